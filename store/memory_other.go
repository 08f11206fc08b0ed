//go:build !linux

package store

import (
	"errors"
	"os"
)

// newOpened makes an empty file for its owner alone; systems other than Linux
// have no files in memory that a child finds by a path.
func newOpened(dir string) (*Opened, error) {
	f, err := os.CreateTemp(dir, ".opened-*")
	if err != nil {
		return nil, err
	}
	return &Opened{File: f, path: f.Name()}, nil
}

// keepsOpened says that what is opened lies in a file, and goes with its last user.
const keepsOpened = false

func (o *Opened) freeze() error { return nil }

// drop removes the file.
func (o *Opened) drop() error { return errors.Join(o.File.Close(), os.Remove(o.path)) }
