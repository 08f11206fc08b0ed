package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/engine"
)

func TestFillCache(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling the PDF reader takes seconds")
	}
	dir := filepath.Join(t.TempDir(), "cache")
	nobody := []string{filepath.Join(t.TempDir(), "none")}
	if err := engine.FillCache(t.Context(), nobody, dir); err == nil {
		t.Error("no error without a program to do it")
	}
	if err := engine.FillCache(t.Context(), worker(t), dir); err != nil {
		t.Fatal(err)
	}
	var size int64
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if info, statErr := os.Stat(path); statErr == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil || size < 1<<20 {
		t.Errorf("the cache holds %d bytes, %v", size, err)
	}
	if err := engine.FillCache(t.Context(), nobody, dir); err != nil {
		t.Errorf("a full cache is filled again: %v", err)
	}
}
