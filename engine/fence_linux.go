package engine

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Fence keeps this process, and every worker it starts, from opening files but
// in some folders: to read, write and rename in the first, to read and run in
// the second. What is open stays open, and connections are let be. It fails
// where the kernel has no Landlock, or the program was built with cgo.
func Fence(write, read []string) error {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("fence: %w", errno)
	}
	handled := uint64(filesV1)
	for _, later := range []struct {
		version uintptr
		files   uint64
	}{{2, filesV2}, {3, filesV3}, {5, filesV5}} {
		if version >= later.version {
			handled |= later.files
		}
	}
	refused := unix.LandlockRulesetAttr{Handled_access_fs: handled}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&refused)), unsafe.Sizeof(refused), 0) // #nosec G103 -- the kernel takes an address
	if errno != 0 {
		return fmt.Errorf("fence: %w", errno)
	}
	defer unix.Close(int(rules))
	for _, side := range []struct {
		rights uint64
		dirs   []string
	}{{handled &^ runPrograms, write}, {readFiles | runPrograms, read}} {
		for _, dir := range side.dirs {
			if err := allow(rules, side.rights, dir); err != nil {
				return fmt.Errorf("fence: %w", err)
			}
		}
	}
	// /dev/null is what a program that is started has where nothing is given.
	if err := allow(rules, (readFiles|unix.LANDLOCK_ACCESS_FS_WRITE_FILE)&handled, "/dev/null"); err != nil {
		return fmt.Errorf("fence: %w", err)
	}
	if err := restrictThreads(rules); err != nil {
		return fmt.Errorf("fence: %w", err)
	}
	return nil
}
