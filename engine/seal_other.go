//go:build !linux

package engine

// seal has nothing to take: the system has no such thing, or none that a
// program without cgo can ask for.
func seal(needs) Level { return Rlimits }

// sealTool has nothing to take either.
func sealTool([]string) {}
