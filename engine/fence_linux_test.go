package engine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/engine"
)

// fenced is set in the process that fences itself: the folder it may write in,
// and one that it may not.
const fenced = "KLARLAGT_TEST_FENCED"

func TestFenceLeavesTheDataFolderAndTheWorkers(t *testing.T) {
	if inside, outside, ok := strings.Cut(os.Getenv(fenced), ":"); ok {
		behindTheFence(t, inside, outside)
		return
	}
	inside, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), fenced+"="+inside+":"+outside)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "cannot be fenced") {
		t.Skip("this kernel has no Landlock, or the test was built with cgo")
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func behindTheFence(t *testing.T, inside, outside string) {
	t.Helper()
	if err := engine.Fence([]string{inside}, []string{os.Args[0], "/usr", "/lib", "/lib64", "/etc", "/proc", "/nowhere"}); err != nil {
		t.Fatalf("cannot be fenced: %v", err)
	}
	file := filepath.Join(inside, "sub", "file")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Error(err)
	}
	if err := os.Rename(file, filepath.Join(inside, "renamed")); err != nil {
		t.Errorf("rename to another folder: %v", err)
	}
	if err := os.Truncate(filepath.Join(inside, "renamed"), 0); err != nil {
		t.Errorf("truncate: %v", err)
	}
	if _, err := os.ReadFile(filepath.Join(outside, "secret")); err == nil {
		t.Error("a file outside can be read")
	}
	if err := os.WriteFile(filepath.Join(outside, "new"), nil, 0o600); err == nil {
		t.Error("a file outside can be made")
	}
	if err := exec.CommandContext(t.Context(), os.Args[0], moodyWorker, "other-program").Run(); err != nil {
		t.Errorf("a worker does not start: %v", err)
	}
}
