// Package pdfium reads PDF with PDFium, compiled to WebAssembly and run by
// wazero: a fault in its C++ stays inside a linear memory that the host caps
// and throws away, and the only file it can see is the one it was given.
package pdfium

import (
	"context"
	_ "embed" // the compiled PDFium
	"errors"
	"fmt"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// Hash is the SHA-256 of the embedded module: see README.md on where it is from.
const Hash = "71aec412a303a0405baee21c3d6d3f30ad2033dc02444130fe476be3976e2d09"

//go:embed pdfium.wasm
var module []byte

const (
	pageSize    = 64 << 10  // of WebAssembly memory
	memoryLimit = 256 << 20 // of all open documents together: beyond, the one that asks is given up
	memoryKept  = 64 << 20  // an instance that grew beyond is not used again: memory never shrinks
)

// What ends the reading of a document, but not of the engine.
var (
	ErrPassword = errors.New("pdfium: password needed")
	ErrSecurity = errors.New("pdfium: unknown security handler")
	ErrFormat   = errors.New("pdfium: not a PDF, or damaged beyond repair")
	ErrMemory   = errors.New("pdfium: memory limit reached")
	ErrCrash    = errors.New("pdfium: crashed")
)

// Settings say how an engine runs; the zero value compiles anew and keeps
// nothing.
type Settings struct {
	// CacheDir keeps the machine code between processes, 14 MB. Whoever can
	// write there can run code in every process that reads it.
	CacheDir string
}

// Engine is PDFium, ready to open documents. It and its documents are for one
// goroutine; documents may be open side by side, and share one memory limit.
type Engine struct {
	runtime  wazero.Runtime
	cache    wazero.CompilationCache
	compiled wazero.CompiledModule
	host     *host
	idle     *instance // sound and small, for the next document; nil if there is none
}

// Compile fills the cache, so that engines opened later start in a tenth of
// the time and the memory.
func Compile(ctx context.Context, s Settings) error {
	e, err := New(ctx, s)
	if err != nil {
		return err
	}
	return e.Close(ctx)
}

// New starts an engine. Without a cache, or with an empty one, that takes
// seconds and hundreds of megabytes.
func New(ctx context.Context, s Settings) (*Engine, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryLimit / pageSize).WithDebugInfoEnabled(false)
	e := &Engine{host: &host{}}
	if s.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(s.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("open the cache of compiled code: %w", err)
		}
		e.cache = cache
		config = config.WithCompilationCache(cache)
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	compiled, err := e.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, 1), module)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("compile PDFium: %w", err), e.Close(ctx))
	}
	e.compiled = compiled
	if err := e.host.instantiate(ctx, e.runtime, compiled); err != nil {
		return nil, errors.Join(fmt.Errorf("link PDFium: %w", err), e.Close(ctx))
	}
	return e, nil
}

// Close ends the engine and frees what it holds.
func (e *Engine) Close(ctx context.Context) error {
	err := e.runtime.Close(ctx)
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(ctx))
	}
	return err
}

// Open reads a document's structure, with a password where one is needed and
// "" else. The file is used until the document is
// closed. The error is ErrPassword, ErrSecurity, ErrFormat, ErrMemory or
// ErrCrash where the document is at fault, and the file's own where that failed.
func (e *Engine) Open(ctx context.Context, file io.ReaderAt, size int64, password string) (*Document, error) {
	i, err := e.take(ctx)
	if err != nil {
		return nil, err
	}
	i.file, i.size, i.pos, i.failed, i.refused = file, size, 0, nil, false
	d := &Document{i: i}
	if err := d.load(ctx, password); err != nil {
		return nil, errors.Join(err, d.Close(ctx))
	}
	return d, nil
}

// take gives the idle instance, or a new one.
func (e *Engine) take(ctx context.Context) (*instance, error) {
	if i := e.idle; i != nil {
		e.idle = nil
		e.host.open = append(e.host.open, i)
		return i, nil
	}
	// A name would allow only one instance at a time.
	own := experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(reserve))
	mod, err := e.runtime.InstantiateModule(own, e.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	i := &instance{engine: e, module: mod, functions: map[string]api.Function{}}
	e.host.open = append(e.host.open, i)
	for _, f := range []string{"emscripten_stack_init", "__wasm_call_ctors", "FPDF_InitLibrary"} {
		if _, err := i.call(ctx, f); err != nil {
			return nil, errors.Join(fmt.Errorf("start PDFium: %w", err), i.end(ctx))
		}
	}
	return i, nil
}
