package engine

import (
	"bytes"
	"os"
	"os/signal"
	"strconv"

	"golang.org/x/sys/unix"
)

// limitProcess bounds the process: no core dumps, which would hold evidence, no
// file beyond a size, few open files, and a bound on memory.
func limitProcess(fileSize uint64) Level {
	signal.Ignore(unix.SIGXFSZ) // a write beyond the limit fails and does not kill
	limits := []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, fileSize},
		{unix.RLIMIT_NOFILE, maxFiles},
		{unix.RLIMIT_MEMLOCK, 0},
		{unix.RLIMIT_AS, mapped() + maxAddress},
	}
	for _, l := range limits {
		if !lower(l.resource, l.value) {
			return NoSandbox
		}
	}
	// Without new privileges no program it could start gains any.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return NoSandbox
	}
	return Rlimits
}

// lower brings a limit down for good; one that is lower already stays.
func lower(resource int, value uint64) bool {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return false
	}
	value = min(value, now.Max)
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}) == nil
}

// mapped is the size of the address space in use: the program, the runtime's
// reservations and the register's index.
func mapped() uint64 {
	pages, _ := statm("self")
	return pages
}

// statm reads the address space of a process and the memory that is its own,
// in bytes; zero if the process is gone.
func statm(pid string) (space, own uint64) {
	b, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0, 0
	}
	f := bytes.Fields(b)
	if len(f) < 3 {
		return 0, 0
	}
	var n [3]uint64
	for i := range n {
		if n[i], err = strconv.ParseUint(string(f[i]), 10, 64); err != nil {
			return 0, 0
		}
	}
	page := uint64(os.Getpagesize())
	return n[0] * page, (n[1] - min(n[1], n[2])) * page
}

// peakMemory is the most memory this process held, in bytes.
func peakMemory() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return int64(u.Maxrss) * 1024
}
