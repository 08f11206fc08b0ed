//go:build unix

package casework_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
)

// oddities is a folder with what is no ordinary file.
func oddities(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "outside.txt")
	for name, content := range map[string]string{
		outside: "outside", filepath.Join(dir, "a.txt"): "inside",
		filepath.Join(dir, "with\nbreak.txt"): "a name of two lines", filepath.Join(dir, "plain"): "",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"out": outside, "in": "a.txt", "loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A terabyte of nothing, with a word in it.
	f, err := os.Create(filepath.Join(dir, "hollow.img"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("word"), 1<<29)
	if err != nil || f.Truncate(1<<40) != nil || f.Close() != nil {
		t.Skipf("this disk makes no holes: %v", err)
	}
	return dir
}

var oddAccount = map[string]string{"a.txt": "read ", "with\nbreak.txt": "read ", "plain": "empty ", "out": "excluded link_not_followed",
	"in": "excluded link_not_followed", "loop": "excluded link_not_followed", "pipe": "excluded special_file", "hollow.img": "not_readable special_file"}

func TestOnlyOrdinaryFilesAreRead(t *testing.T) {
	dir := oddities(t)
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	scan(t, d, id, casework.ScanOptions{Evidence: dir})
	check(t, d, id, oddAccount)
}

func TestListOfFiles(t *testing.T) {
	dir := oddities(t)
	t.Chdir(dir)
	var names []string
	for name := range oddAccount {
		names = append(names, "./"+name)
	}
	d := desk(t, t.TempDir())
	id := newCase(t, d)
	pipe(t, d, id, []byte(strings.Join(names, "\x00")))
	check(t, d, id, oddAccount)

	if err := os.WriteFile("latin-\xe5.txt", []byte("a name of bytes"), 0o600); err != nil {
		t.Skipf("this disk has no such names: %v", err)
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	abs := filepath.Join(dir, "a.txt")
	pipe(t, d, id, []byte("latin-\xe5.txt\r\n\nmissing.txt\n"+abs+"\nfolder"))
	want := map[string]string{"latin-\xe5.txt": "read ", "missing.txt": "not_readable io_error",
		"folder": "excluded special_file"}
	for name, state := range oddAccount { // lists add up
		want[name] = state
	}
	want[abs] = "duplicate_of " // the first list comes first
	check(t, d, id, want)
}
