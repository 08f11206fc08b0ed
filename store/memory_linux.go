package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newOpened makes an empty file in memory, which has a name for this process
// and its children alone and is gone with them. Memory that is short may go to
// swap: keep that encrypted.
func newOpened(string) (*Opened, error) {
	fd, err := unix.MemfdCreate("klarlagt", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)
	return &Opened{File: os.NewFile(uintptr(fd), path), path: path}, nil
}

// keepsOpened says that what is opened lies in memory, and may stay open a while.
const keepsOpened = true

// freeze lets nobody write it any more.
func (o *Opened) freeze() error {
	_, err := unix.FcntlInt(o.File.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	return os.NewSyscallError("fcntl", err)
}

func (o *Opened) drop() error { return o.File.Close() }
