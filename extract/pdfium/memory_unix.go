//go:build unix

package pdfium

import (
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// reserve allocates linear memory as a stretch of addresses that the system
// fills in as they are used: growing copies nothing, and closing gives all of
// it back at once. From Go's heap, growing to 500 MB would hold 900.
func reserve(_, most uint64) experimental.LinearMemory {
	b, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return &heap{} // no such stretch is left
	}
	return &reserved{b}
}

// reserved is linear memory in addresses of its own.
type reserved struct{ b []byte }

// Reallocate makes the memory larger.
func (r *reserved) Reallocate(size uint64) []byte {
	if size > uint64(len(r.b)) {
		return nil
	}
	return r.b[:size:len(r.b)]
}

// Free gives the addresses back.
func (r *reserved) Free() {
	if r.b != nil {
		_ = unix.Munmap(r.b) // the addresses are ours, so this cannot fail
		r.b = nil
	}
}
