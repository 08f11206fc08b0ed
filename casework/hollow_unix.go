//go:build linux || darwin

package casework

import (
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// maxExtents bounds how many stretches of data are looked at.
const maxExtents = 10_000

// hollow reports whether a large file is mostly holes. Few blocks alone do not
// make it so, for some disks compress: the system is asked for the holes.
func hollow(file *os.File, info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.Size() < hollowSize || stat.Blocks*512 >= info.Size()/2 {
		return false
	}
	data := int64(0)
	for at, n := int64(0), 0; n < maxExtents; n++ {
		from, err := file.Seek(at, seekData())
		if err != nil { // ENXIO: holes up to the end; or nobody can tell
			break
		}
		if at, err = file.Seek(from, 7-seekData()); err != nil {
			return false
		}
		data += at - from
	}
	_, err := file.Seek(0, 0)
	return err == nil && data < info.Size()/2
}

// seekData is SEEK_DATA: 3 on Linux and 4 on macOS, and SEEK_HOLE is the other.
func seekData() int {
	if runtime.GOOS == "darwin" {
		return 4
	}
	return 3
}
