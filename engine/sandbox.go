package engine

import (
	"os"
	"runtime"
	"runtime/debug"

	"github.com/klarlagt/klarlagt/extract"
)

// Level is which sandbox is in force around a worker.
type Level string

// The levels, from none up. Each holds what Rlimits does.
const (
	NoSandbox Level = "none"
	Rlimits   Level = "rlimits"          // bounds on memory, files and file sizes; nothing of our environment
	Landlock  Level = "landlock"         // no file opened, and no connection made by kernels from 6.7 on
	Seccomp   Level = "seccomp"          // no file opened, no connection made, no program started
	Sealed    Level = "landlock+seccomp" // both
)

// Weak reports whether whoever takes over a worker could reach other files.
func (l Level) Weak() bool { return l != Sealed && l != Seccomp && l != Landlock }

const (
	// maxAddress bounds what a worker maps beyond what it has at the start:
	// what the kernel enforces where the parent looks away. Addresses that are
	// set aside count, so it is more than a worker may hold.
	maxAddress = 5 << 28
	// maxSpool bounds the scratch file of a worker.
	maxSpool = 16 << 30
	// maxFiles bounds a worker's open files: evidence in volumes, scratch, the
	// pipes and what the runtime needs.
	maxFiles = extract.MaxVolumes + 64
	// softMemory is where the collector begins to work hard. It bounds nothing:
	// that is the parent's watch and the kernel. What PDFium holds is not in it.
	softMemory = 192 << 20
	// collectAt is by how many percent memory may grow before the collector runs:
	// little is alive at any time, and softMemory holds what more there is. The
	// parent starts a worker with it, for its first collections come before main.
	collectAt = 400
	// maxStack ends deep recursion before it has eaten the memory.
	maxStack = 64 << 20
)

// needs is what a worker still needs once all is open.
type needs struct {
	spool    bool     // its scratch file grows
	filesOut bool     // standard output is a file, and grows
	read     []string // folders that it goes on opening files in
	paths    bool     // evidence comes by path, from anywhere: read cannot do without

	ready func() error // opens for good what it would read there
}

// confine gives up what a worker needs no longer. It is called when all is
// open, before the first hostile byte, and never fails: less than could be is
// told by the level.
func confine(n needs) Level {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(collectAt)
	debug.SetMemoryLimit(softMemory)
	debug.SetMaxStack(maxStack)
	debug.SetTraceback("none") // a trace could hold values
	os.Clearenv()

	var size uint64
	switch {
	case n.filesOut:
		size = ^uint64(0)
	case n.spool:
		size = maxSpool
	}
	if limitProcess(size) == NoSandbox {
		return NoSandbox
	}
	return seal(n)
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
