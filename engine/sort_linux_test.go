package engine_test

import (
	"bytes"
	"errors"
	"syscall"
	"testing"

	"github.com/klarlagt/klarlagt/engine"
)

func TestSorterOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("files are still open: %v", err)
		}
	})
	s := &engine.Sorter{Dir: dir, Memory: 32 << 10}
	var err error
	for range 1000 {
		if err = s.Add(bytes.Repeat([]byte("a"), 1000)); err != nil {
			break
		}
	}
	if !errors.Is(err, engine.ErrDiskFull) {
		t.Errorf("error %v, want one that says the disk is full", err)
	}
	empty(t, dir)
}
