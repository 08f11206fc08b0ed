package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/seal"
)

func TestMasterKeyInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	k, err := seal.NewMasterFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.OpenMasterFile(path); err != nil || !got.Equal(k) {
		t.Fatalf("not the key that was written: %v", err)
	}
	if _, err := seal.NewMasterFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a key that is there is written over: %v", err)
	}
	if got, err := seal.OpenMasterFile(path); err != nil || !got.Equal(k) {
		t.Errorf("the key that was there is lost: %v", err)
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o777} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.OpenMasterFile(path); !errors.Is(err, seal.ErrMode) || !strings.Contains(err.Error(), path) {
				t.Errorf("mode %04o: %v", mode, err)
			}
		}
	}
}

func TestMasterFilesThatAreNone(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good")
	if _, err := seal.NewMasterFile(good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	half, _ := split(t, seal.NewKey())
	typo := []byte(strings.Clone(string(text)))
	if typo[30]++; typo[30] == 'I' || typo[30] == 'L' || typo[30] == 'O' {
		typo[30]++
	}
	for name, c := range map[string]struct{ content, want string }{
		"empty":       {"", "does not begin"},
		"random":      {strings.Repeat("\x00\xff", 16), "does not begin"},
		"cut":         {string(text[:50]), "characters"},
		"a typo":      {string(typo), "mistyped"},
		"another use": {half, "not a master key"},
		"too large":   {strings.Repeat("x", 1<<20), "too large"},
	} {
		path := filepath.Join(folder, "bad")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := seal.OpenMasterFile(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), string(text[40:50])) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
	if _, err := seal.OpenMasterFile(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := seal.OpenMasterFile(folder); err == nil {
		t.Error("a folder is a key")
	}
	if _, err := seal.NewMasterFile(filepath.Join(folder, "no", "folder")); err == nil {
		t.Error("a key is written where no folder is")
	}
}

func TestMasterKeyAsACredential(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "klarlagt.key")
	k, err := seal.NewMasterFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o440); err != nil { // as systemd shows an access list
		t.Fatal(err)
	}
	if got, err := seal.OpenMasterCredential(folder, "klarlagt.key"); err != nil || !got.Equal(k) {
		t.Errorf("not the key: %v", err)
	}
	for _, name := range []string{"", ".", "..", "../klarlagt.key", "a/b", "/etc/passwd", "other"} {
		if _, err := seal.OpenMasterCredential(folder, name); err == nil {
			t.Errorf("credential %q is one", name)
		}
	}
	if _, err := seal.OpenMasterCredential("", "klarlagt.key"); err == nil || !strings.Contains(err.Error(), "without credentials") {
		t.Errorf("no folder: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.OpenMasterCredential(folder, "klarlagt.key"); !errors.Is(err, seal.ErrMode) {
		t.Errorf("readable by all: %v", err)
	}
}

// Whoever steals the file tries passphrases: each try has to cost.
func TestATryAtAPassphraseCosts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.age")
	if _, err := seal.NewMasterPassphrase(path, []byte("nine plain words"), 0); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(strings.Split(string(file), "\n")[1], " 18") {
		t.Errorf("the work factor is not 18: %v", err)
	}
}

func TestMasterKeyBehindAPassphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.age")
	k, err := seal.NewMasterPassphrase(path, []byte("nine plain words"), 4)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seal.OpenMasterPassphrase(path, []byte("nine plain words")); err != nil || !got.Equal(k) {
		t.Errorf("not the key: %v", err)
	}
	if _, err := seal.OpenMasterPassphrase(path, []byte("ten plain words")); !errors.Is(err, seal.ErrPassphrase) || !strings.Contains(err.Error(), path) {
		t.Errorf("another passphrase: %v", err)
	}
	if _, err := seal.NewMasterPassphrase(path+"2", nil, 4); err == nil {
		t.Error("no passphrase is one")
	}
	if _, err := seal.OpenMasterPassphrase(path, nil); err == nil {
		t.Error("no passphrase opens the file")
	}
	if _, err := seal.NewMasterPassphrase(path+"3", []byte("nine plain words"), seal.MaxWork+1); err == nil {
		t.Error("a file is made that does not open")
	}
	file, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(file[:200]), " 4\n") {
		t.Fatalf("no work factor in the file: %v", err)
	}
	for name, content := range map[string]string{
		"cut":             string(file[:len(file)-5]),
		"not an age file": "KLARLAGT-M-",
		"asks for hours":  strings.Replace(string(file), " 4\n", " 19\n", 1),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenMasterPassphrase(path, []byte("nine plain words")); err == nil || errors.Is(err, seal.ErrPassphrase) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
