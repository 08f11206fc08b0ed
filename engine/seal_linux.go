package engine

import "golang.org/x/sys/unix"

// seal takes from every thread of the process what the kernel can: opening
// files but in some folders, connecting, starting programs. Where the kernel
// cannot keep files closed, nothing at all may be opened, and what needs more
// has to be ready before.
func seal(n needs) Level {
	if closeFiles(n.read) == nil {
		if filterCalls(true) == nil {
			return Sealed
		}
		return Landlock
	}
	if !n.paths && n.ready() != nil {
		return Rlimits
	}
	if filterCalls(n.paths) == nil {
		return Seccomp
	}
	return Rlimits
}

// sealTool takes from this thread what the program it becomes can do without:
// all files but those below the given folders, writing, connecting, starting
// processes. It does what the kernel can.
func sealTool(read []string) {
	_ = unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: toolMemory, Max: toolMemory})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return
	}
	if rules, err := ruleset(readFiles|runPrograms, read); err == nil {
		_, _, _ = unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0)
		_ = unix.Close(int(rules))
	}
	_ = filterTool()
}
