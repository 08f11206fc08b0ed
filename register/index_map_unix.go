//go:build unix

package register

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file into memory, read-only: its pages are shared by all
// processes that map it, and go when memory is short.
func mapFile(path string) (file []byte, unmap func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() < headerSize || info.Size() != int64(int(info.Size())) {
		return nil, nil, ErrIndex
	}
	file, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return file, func() error { return unix.Munmap(file) }, nil
}
