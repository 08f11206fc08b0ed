package engine

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// panicError is a panic as an error that holds no values: where it was, and
// what the runtime says of it.
type panicError struct{ what, where string }

// Error tells of the panic.
func (p *panicError) Error() string { return "panic: " + p.what + " at " + p.where }

// caught makes an error of what recover gave. It is to be called in the
// deferred function itself, where the stack still shows who panicked.
func caught(p any) error {
	what := fmt.Sprintf("%T", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for panicking := false; ; {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime."):
			panicking = true
		case panicking:
			where := fmt.Sprintf("%s (%s:%d)", filepath.Base(frame.Function), filepath.Base(frame.File), frame.Line)
			return &panicError{what, where}
		}
		if !more {
			return &panicError{what, "?"}
		}
	}
}
