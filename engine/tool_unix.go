//go:build unix

package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// toolCommand has a worker become the program.
func toolCommand(worker []string, nice int, program string, args ...string) []string {
	command := slices.Clone(worker)
	if nice > 0 {
		command = append(command, "--nice", strconv.Itoa(nice))
	}
	return append(append(command, string(Tool), "--", program), args...)
}

// The bounds of the program.
const (
	toolMemory  = 2 << 30
	toolSeconds = 150
	toolFiles   = 64
)

// become gives up what it can and becomes another program: a path and its
// arguments, which stands back for other programs so far. It returns only where
// that fails.
func become(command []string, nice int) error {
	runtime.LockOSThread() // what this thread gives up, the program lacks
	defer runtime.UnlockOSThread()
	for _, l := range []struct {
		resource int
		value    uint64
	}{{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, toolFiles}, {unix.RLIMIT_CPU, toolSeconds}} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("bound a program: %w", err)
		}
	}
	if nice > 0 {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, nice) // this thread's; it is a wish
	}
	dirs := []string{"/usr", "/lib", "/lib64", "/etc/ld.so.cache"}
	if program, err := filepath.EvalSymlinks(command[0]); err == nil {
		if prefix := filepath.Dir(filepath.Dir(program)); prefix != "/" { // what it has beside it
			dirs = append(dirs, prefix)
		}
	}
	if dir := os.Getenv("TESSDATA_PREFIX"); dir != "" {
		dirs = append(dirs, dir)
	}
	sealTool(dirs)
	return fmt.Errorf("become a program: %w", syscall.Exec(command[0], command, os.Environ())) // #nosec G204 -- our own program, or one that the operator names
}
