package store

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// Free is how many bytes are free where a folder lies, for whoever runs this.
func Free(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return int64(free), nil // #nosec G115 -- no disk is that large
}
