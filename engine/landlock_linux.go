package engine

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What Landlock can refuse, as its versions came to know it.
const (
	filesV1  = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1 // all up to making links
	filesV2  = unix.LANDLOCK_ACCESS_FS_REFER
	filesV3  = unix.LANDLOCK_ACCESS_FS_TRUNCATE
	netV4    = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	filesV5  = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	scopesV6 = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET

	readFiles   = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	runPrograms = unix.LANDLOCK_ACCESS_FS_EXECUTE
)

// closeFiles keeps the process from opening any file but for reading in the
// given folders, and from connecting where the kernel's Landlock knows of
// that. What is open stays open. It fails where there is no Landlock.
func closeFiles(read []string) error {
	rules, err := ruleset(readFiles, read)
	if err != nil {
		return err
	}
	defer unix.Close(int(rules))
	return restrictThreads(rules)
}

// ruleset makes rules that allow something in the given folders and nothing
// else anywhere.
func ruleset(allowed uint64, dirs []string) (rules uintptr, err error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	refused := unix.LandlockRulesetAttr{Handled_access_fs: filesV1}
	for _, later := range []struct {
		version            uintptr
		files, net, scopes uint64
	}{{2, filesV2, 0, 0}, {3, filesV3, 0, 0}, {4, 0, netV4, 0}, {5, filesV5, 0, 0}, {6, 0, 0, scopesV6}} {
		if version >= later.version {
			refused.Handled_access_fs |= later.files
			refused.Handled_access_net |= later.net
			refused.Scoped |= later.scopes
		}
	}
	rules, _, errno = unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&refused)), unsafe.Sizeof(refused), 0) // #nosec G103 -- the kernel takes an address
	if errno != 0 {
		return 0, errno
	}
	for _, dir := range dirs {
		if err := allow(rules, allowed, dir); err != nil {
			_ = unix.Close(int(rules))
			return 0, err
		}
	}
	return rules, nil
}

// allow adds a folder or a file to the rules; what is not there needs none.
func allow(rules uintptr, allowed uint64, dir string) error {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open a folder to allow: %w", err)
	}
	defer unix.Close(fd)
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return fmt.Errorf("open a folder to allow: %w", err)
	}
	if info.Mode&unix.S_IFMT != unix.S_IFDIR {
		allowed &^= unix.LANDLOCK_ACCESS_FS_READ_DIR
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: allowed, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, rules, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0) // #nosec G103 -- the kernel takes an address
	if errno != 0 {
		return errno
	}
	return nil
}

// restrictThreads puts the rules in force for all threads, those that the
// runtime starts later too. A program built with cgo has threads that Go does
// not know, and cannot.
func restrictThreads(rules uintptr) error {
	if _, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	if _, _, errno := syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
