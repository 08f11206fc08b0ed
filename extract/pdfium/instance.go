package pdfium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tetratelabs/wazero/api"
)

// instance is one run of the module: its memory, the file it sees, and its
// functions as they have been asked for.
type instance struct {
	engine    *Engine
	module    api.Module
	functions map[string]api.Function
	stack     []uint64 // parameters, then the result
	dead      bool     // it trapped: what its memory holds cannot be trusted

	scratch, room uint32 // where functions write what they give, and the size of that place

	file    io.ReaderAt
	size    int64
	pos     int64
	failed  error // of the file
	refused bool  // memory was asked for beyond the limit
}

// call calls a function of PDFium. After one that traps every call fails.
func (i *instance) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	f, err := i.function(name)
	if err != nil {
		return 0, err
	}
	return i.run(ctx, f, args...)
}

// function gives a function of PDFium.
func (i *instance) function(name string) (api.Function, error) {
	f := i.functions[name]
	if f == nil {
		if f = i.module.ExportedFunction(name); f == nil {
			return nil, fmt.Errorf("pdfium: no function %s", name)
		}
		i.functions[name] = f
	}
	return f, nil
}

// run is call for a function that is at hand, as one has it that is called for
// each character.
func (i *instance) run(ctx context.Context, f api.Function, args ...uint64) (uint64, error) {
	i.stack = append(i.stack[:0], args...)
	if len(args) == 0 {
		i.stack = append(i.stack, 0) // room for the result
	}
	if i.dead {
		return 0, i.cause()
	}
	i.engine.host.running = i
	if err := f.CallWithStack(ctx, i.stack); err != nil {
		i.dead = true
		return 0, i.cause()
	}
	return i.stack[0], nil
}

// cause tells why a call was cut short.
func (i *instance) cause() error {
	switch {
	case i.failed != nil:
		return i.failed
	case i.refused:
		return ErrMemory
	}
	return ErrCrash
}

// end keeps the instance for the next document if it is sound and small, and
// throws it away otherwise.
func (i *instance) end(ctx context.Context) error {
	e := i.engine
	e.host.open = slices.DeleteFunc(e.host.open, func(o *instance) bool { return o == i })
	i.file = nil
	if !i.dead && !i.refused && e.idle == nil && i.module.Memory().Size() <= memoryKept {
		e.idle = i
		return nil
	}
	if err := i.module.Close(ctx); err != nil {
		return fmt.Errorf("stop PDFium: %w", err)
	}
	return nil
}

// buffer gives at least n bytes of scratch memory; the next buffer may be the
// same.
func (i *instance) buffer(ctx context.Context, n uint32) (uint32, error) {
	if i.room >= n {
		return i.scratch, nil
	}
	old := i.scratch
	i.scratch, i.room = 0, 0
	if old != 0 {
		if _, err := i.call(ctx, "free", uint64(old)); err != nil {
			return 0, err
		}
	}
	n = max(n, 4<<10)
	p, err := i.call(ctx, "malloc", uint64(n))
	if err == nil && p == 0 {
		err = ErrMemory
	}
	if err != nil {
		return 0, err
	}
	i.scratch, i.room = uint32(p), n
	return i.scratch, nil
}

// read gives n bytes of linear memory, good until the next call.
func (i *instance) read(p, n uint32) ([]byte, error) {
	b, ok := i.module.Memory().Read(p, n)
	if !ok {
		return nil, ErrCrash
	}
	return b, nil
}

// put writes strings into scratch memory, each with a NUL behind it, and
// tells where they begin.
func (i *instance) put(ctx context.Context, texts ...string) ([]uint64, error) {
	var b []byte
	starts := make([]uint64, len(texts))
	for n, t := range texts {
		starts[n] = uint64(len(b))
		b = append(append(b, t...), 0)
	}
	p, err := i.buffer(ctx, uint32(len(b)))
	if err != nil {
		return nil, err
	}
	if !i.module.Memory().Write(p, b) {
		return nil, ErrCrash
	}
	for n := range starts {
		starts[n] += uint64(p)
	}
	return starts, nil
}

// maxString is how long a name, a value or a title may be, in bytes of UTF-16.
const maxString = 2 << 20

// text calls a function whose last two parameters are a buffer and its size,
// and which returns how many bytes of UTF-16 it has, NUL included. key, if
// any, is the C string that goes before the buffer.
func (i *instance) text(ctx context.Context, name, key string, args ...uint64) (string, error) {
	b, err := i.give(ctx, name, key, args...)
	if err != nil || len(b) < 2 {
		return "", err
	}
	return string(appendUTF16(nil, b[:len(b)-2])), nil
}

// give is text without decoding.
func (i *instance) give(ctx context.Context, name, key string, args ...uint64) ([]byte, error) {
	const keyRoom = 64
	for size := uint32(4 << 10); ; {
		p, err := i.buffer(ctx, size+keyRoom)
		if err != nil {
			return nil, err
		}
		call := slices.Clone(args)
		if key != "" {
			if len(key) >= keyRoom || !i.module.Memory().Write(p, append([]byte(key), 0)) {
				return nil, errors.New("pdfium: no room for " + key)
			}
			call = append(call, uint64(p))
		}
		n, err := i.call(ctx, name, append(call, uint64(p+keyRoom), uint64(size))...)
		if err != nil {
			return nil, err
		}
		switch need := uint32(n); {
		case need <= size:
			return i.read(p+keyRoom, need)
		case need > maxString:
			return nil, nil
		default:
			size = need
		}
	}
}
