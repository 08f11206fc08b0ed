//go:build unix

package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free is how many bytes are free where a folder lies, for whoever runs this.
func Free(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize), nil // #nosec G115 -- no disk is that large
}
