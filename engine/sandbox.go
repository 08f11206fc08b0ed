package engine

import (
	"os"
	"runtime"
	"runtime/debug"
)

// Level is which sandbox is in force around a worker.
type Level string

// The levels, from none up.
const (
	NoSandbox Level = "none"
	Rlimits   Level = "rlimits" // bounds on memory, files and file sizes; no environment
)

const (
	// maxAddress bounds what a worker maps beyond what it has at the start.
	maxAddress = 2 << 30
	// maxSpool bounds the scratch file of a worker.
	maxSpool = 16 << 30
	// maxFiles bounds a worker's open files: evidence, scratch, the pipes and
	// what the runtime needs.
	maxFiles = 64
	// softMemory is where the collector begins to work hard. It bounds nothing:
	// that is the parent's watch and the kernel.
	softMemory = 512 << 20
	// maxStack ends deep recursion before it has eaten the memory.
	maxStack = 64 << 20
)

// confine gives up what a worker needs no longer. It is called when all is
// open, before the first hostile byte, and never fails: less than could be is
// told by the level.
func confine(spool, filesOut bool) Level {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(softMemory)
	debug.SetMaxStack(maxStack)
	debug.SetTraceback("none") // a trace could hold values
	os.Clearenv()

	var size uint64
	switch {
	case filesOut: // standard output is a file, and may grow
		size = ^uint64(0)
	case spool:
		size = maxSpool
	}
	return limitProcess(size)
}

// isFile reports whether what a worker writes to is a file on disk.
func isFile(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}
