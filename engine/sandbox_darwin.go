package engine

import (
	"os/signal"

	"golang.org/x/sys/unix"
)

// limitProcess bounds the process: no core dumps, which would hold evidence, no
// file beyond a size, few open files. The system does not enforce a bound on
// the address space.
func limitProcess(fileSize uint64) Level {
	signal.Ignore(unix.SIGXFSZ) // a write beyond the limit fails and does not kill
	limits := []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, fileSize},
		{unix.RLIMIT_NOFILE, maxFiles},
	}
	for _, l := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(l.resource, &now); err != nil {
			return NoSandbox
		}
		value := min(l.value, now.Max)
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return NoSandbox
		}
	}
	return Rlimits
}

// peakMemory is the most memory this process held, in bytes.
func peakMemory() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss // bytes here, kilobytes elsewhere
}
