package casework_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
)

func TestFullDiskStopsAndLosesNothing(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 13, People: 200, Files: 150})
	o := casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")}
	small := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %s", bytes.TrimSpace(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", small).Run() })
	d := desk(t, small)
	t.Cleanup(func() { _ = d.Store.Close() }) // before the disk goes
	id := openCase(t, d, dir)

	stopped := 0
	for _, left := range []int64{64 << 10, 256 << 10, 1 << 20} {
		fill := filepath.Join(small, "fill")
		fillDisk(t, fill, left)
		err := d.Scan(context.Background(), id, o)
		if err == nil {
			err = d.Resolve(context.Background(), id, nil)
		}
		var refusal *breach.Refusal
		switch {
		case err == nil:
		case errors.As(err, &refusal) && refusal.Key == "refusal.disk-full", errors.Is(err, syscall.ENOSPC):
			stopped++
		default:
			t.Errorf("with %d bytes left: %v, want to be told that the disk is full", left, err)
		}
		if err := os.Remove(fill); err != nil {
			t.Fatal(err)
		}
	}
	if stopped == 0 {
		t.Error("the disk was never full")
	}
	scan(t, d, id, o)
	whole := desk(t, t.TempDir())
	other := openCase(t, whole, dir)
	scan(t, whole, other, o)
	if !bytes.Equal(export(t, d, id), export(t, whole, other)) {
		t.Error("a scan that met a full disk gives another export")
	}
}

// fillDisk leaves so many bytes on the disk of a file.
func fillDisk(t *testing.T, name string, left int64) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(name), &fs); err != nil {
		t.Fatal(err)
	}
	n := int64(fs.Bavail)*fs.Bsize - left
	if n <= 0 {
		t.Fatalf("only %d bytes to begin with", int64(fs.Bavail)*fs.Bsize)
	}
	if err := os.WriteFile(name, make([]byte, n), 0o600); err != nil {
		t.Fatal(fmt.Errorf("fill the disk: %w", err))
	}
}
