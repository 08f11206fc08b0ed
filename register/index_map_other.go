//go:build !unix

package register

import "os"

// mapFile reads a file whole, where there is no mapping.
func mapFile(path string) (file []byte, unmap func() error, err error) {
	file, err = os.ReadFile(path)
	return file, func() error { return nil }, err
}
