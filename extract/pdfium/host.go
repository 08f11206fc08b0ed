package pdfium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/emscripten"
)

// What the module is shown of a world: one file, read-only, and a clock that
// stands still, so that the same bytes in give the same bytes out.
const (
	fileName   = "evidence"
	descriptor = 3
	clock      = 1.7e12 // milliseconds
)

// Error numbers as emscripten counts them, which are WASI's.
const (
	errnoBadDescriptor = 8
	errnoInvalid       = 28
	errnoIO            = 29
	errnoNoEntry       = 44
	errnoNoSystem      = 52
)

// host answers what the instances ask of an operating system.
type host struct {
	open    []*instance // those with a document
	running *instance   // the one that is being called
}

// instantiate links every function the module imports: the few that are
// answered, and for all others a refusal.
func (h *host) instantiate(ctx context.Context, r wazero.Runtime, guest wazero.CompiledModule) error {
	invokes, err := emscripten.NewFunctionExporterForModule(guest)
	if err != nil {
		return err
	}
	env, wasi := r.NewHostModuleBuilder("env"), r.NewHostModuleBuilder("wasi_snapshot_preview1")
	answers := h.answers()
	for _, f := range guest.ImportedFunctions() {
		from, name, _ := f.Import()
		to, refusal := env, int32(-errnoNoSystem)
		switch from {
		case "env":
		case "wasi_snapshot_preview1":
			to, refusal = wasi, errnoNoSystem
		default:
			return fmt.Errorf("import of %s from %s", name, from)
		}
		answer, ok := answers[name]
		if !ok {
			results := len(f.ResultTypes())
			answer = func(_ api.Module, stack []uint64) {
				if results > 0 {
					stack[0] = api.EncodeI32(refusal)
				}
			}
		}
		call := func(_ context.Context, m api.Module, stack []uint64) { answer(m, stack) }
		to.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(call), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	// After ours: longjmp and the calls that can catch it, which wazero knows.
	invokes.ExportFunctions(env)
	if _, err := env.Instantiate(ctx); err != nil {
		return err
	}
	_, err = wasi.Instantiate(ctx)
	return err
}

// answers are the functions that do something. Only the low half of a 32-bit
// parameter on the stack means anything. The clock's three leave their
// structures as they are: zero.
func (h *host) answers() map[string]func(api.Module, []uint64) {
	nothing := func(api.Module, []uint64) {}
	return map[string]func(api.Module, []uint64){
		"__syscall_openat":       h.openat,
		"__syscall_fstat64":      h.fstat64,
		"fd_seek":                h.seek,
		"fd_read":                h.read,
		"fd_close":               func(_ api.Module, stack []uint64) { stack[0] = 0 },
		"emscripten_resize_heap": h.grow,
		"emscripten_date_now":    func(_ api.Module, stack []uint64) { stack[0] = math.Float64bits(clock) },
		"_abort_js":              func(api.Module, []uint64) { panic(errors.New("abort")) },
		"_gmtime_js":             nothing,
		"_localtime_js":          nothing,
		"_tzset_js":              nothing,
		"environ_sizes_get": func(m api.Module, stack []uint64) {
			m.Memory().WriteUint32Le(uint32(stack[0]), 0)
			m.Memory().WriteUint32Le(uint32(stack[1]), 0)
			stack[0] = 0
		},
		"environ_get": func(_ api.Module, stack []uint64) { stack[0] = 0 },
	}
}

// openat (directory, path, flags, mode) opens the one file, only to read.
func (h *host) openat(m api.Module, stack []uint64) {
	path, ok := m.Memory().Read(uint32(stack[1]), uint32(len(fileName)+1))
	const writing = 3 // O_WRONLY | O_RDWR
	if !ok || string(path) != fileName+"\x00" || uint32(stack[2])&writing != 0 {
		stack[0] = api.EncodeI32(-errnoNoEntry)
		return
	}
	h.running.pos = 0
	stack[0] = descriptor
}

// fstat64 (descriptor, buffer) describes a regular file, in musl's layout.
func (h *host) fstat64(m api.Module, stack []uint64) {
	const (
		length    = 96
		atMode    = 4
		atLinks   = 8
		atSize    = 24
		atBlock   = 32
		isRegular = 0o100400
	)
	fd, p := uint32(stack[0]), uint32(stack[1])
	b, ok := m.Memory().Read(p, length)
	if fd != descriptor || !ok {
		stack[0] = api.EncodeI32(-errnoBadDescriptor)
		return
	}
	clear(b)
	m.Memory().WriteUint32Le(p+atMode, isRegular)
	m.Memory().WriteUint32Le(p+atLinks, 1)
	m.Memory().WriteUint64Le(p+atSize, uint64(h.running.size))
	m.Memory().WriteUint32Le(p+atBlock, 4096)
	stack[0] = 0
}

// seek is fd_seek (descriptor, offset, whence, where to write the new offset).
func (h *host) seek(m api.Module, stack []uint64) {
	fd, offset := uint32(stack[0]), int64(stack[1])
	switch uint32(stack[2]) {
	case io.SeekCurrent:
		offset += h.running.pos
	case io.SeekEnd:
		offset += h.running.size
	}
	if fd != descriptor || offset < 0 || !m.Memory().WriteUint64Le(uint32(stack[3]), uint64(offset)) {
		stack[0] = errnoInvalid
		return
	}
	h.running.pos = offset
	stack[0] = 0
}

// read is fd_read (descriptor, buffers, how many, where to write the count).
func (h *host) read(m api.Module, stack []uint64) {
	fd, list, n, count := uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), uint32(stack[3])
	if fd != descriptor {
		stack[0] = errnoBadDescriptor
		return
	}
	i := h.running
	var total uint32
	for ; n > 0; n, list = n-1, list+8 {
		p, ok := m.Memory().ReadUint32Le(list)
		size, sized := m.Memory().ReadUint32Le(list + 4)
		b, fits := m.Memory().Read(p, size)
		if !ok || !sized || !fits {
			stack[0] = errnoInvalid
			return
		}
		b = b[:min(int64(size), max(0, i.size-i.pos))]
		got, err := i.file.ReadAt(b, i.pos)
		i.pos += int64(got)
		total += uint32(got)
		if got < len(b) && err != nil {
			i.failed = err
			stack[0] = errnoIO
			return
		}
		if uint32(got) < size {
			break
		}
	}
	m.Memory().WriteUint32Le(count, total)
	stack[0] = 0
}

// grow is emscripten_resize_heap (bytes): to a quarter more than there is, so
// that growing stays linear, or else to what is asked, or not at all.
func (h *host) grow(m api.Module, stack []uint64) {
	want, have := int64(uint32(stack[0])), int64(m.Memory().Size())
	var others int64
	for _, i := range h.open {
		if i != h.running {
			others += int64(i.module.Memory().Size())
		}
	}
	for _, size := range []int64{max(want, have+have/4), want} {
		if others+size <= memoryLimit {
			if _, ok := m.Memory().Grow(uint32((size - have + pageSize - 1) / pageSize)); ok {
				stack[0] = 1
				return
			}
		}
	}
	h.running.refused = true
	stack[0] = 0
}
