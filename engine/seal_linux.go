package engine

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
