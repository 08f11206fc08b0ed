//go:build !linux && !darwin

package casework

import (
	"io/fs"
	"os"
)

// hollow is not known here: Windows says of a file that it is sparse, and says
// so of many that have no holes.
func hollow(*os.File, fs.FileInfo) bool { return false }
