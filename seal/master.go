package seal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"filippo.io/age"
)

// What is wrong with the place a master key comes from, where somebody can mend
// it.
var (
	ErrMode       = errors.New("others on this machine can read it")
	ErrPassphrase = errors.New("wrong passphrase")
)

// masterFile is far more than a key file holds, or an age file of one.
const masterFile = 16 << 10

// MaxWork is the cost of one try at a passphrase, as the binary logarithm of
// scrypt's N: 256 MiB of memory and about a second. No file may ask for more.
const MaxWork = 18

// NewMasterFile makes a master key and writes it to a new file that its owner
// alone can read: a line of text, so that it can be printed and typed. The same
// text, encrypted by systemd-creds, makes a credential.
func NewMasterFile(path string) (Key, error) {
	k := NewKey()
	if err := create(path, []byte(masterText(k))); err != nil {
		return Key{}, fmt.Errorf("new master key %s: %w", path, err)
	}
	return k, nil
}

// OpenMasterFile reads what NewMasterFile wrote. It refuses a file that anybody
// but its owner can read or write (on Windows, where modes do not say so, it
// does not look).
func OpenMasterFile(path string) (Key, error) {
	text, err := read(path, 0o077)
	if err != nil {
		return Key{}, fmt.Errorf("master key %s: %w", path, err)
	}
	k, err := parseMaster(text)
	if err != nil {
		return Key{}, fmt.Errorf("master key %s: %w", path, err)
	}
	return k, nil
}

// OpenMasterCredential reads the key from a credential of the service, in the
// folder that systemd names in $CREDENTIALS_DIRECTORY. Its group bits are
// systemd's access list, so only what others may do is looked at.
func OpenMasterCredential(folder, name string) (Key, error) {
	if folder == "" {
		return Key{}, fmt.Errorf("credential %s: the service was started without credentials", name)
	}
	if filepath.Base(name) != name || !filepath.IsLocal(name) {
		return Key{}, fmt.Errorf("credential %q: not the name of one", name)
	}
	text, err := read(filepath.Join(folder, name), 0o007)
	if err != nil {
		return Key{}, fmt.Errorf("credential %s: %w", name, err)
	}
	k, err := parseMaster(text)
	if err != nil {
		return Key{}, fmt.Errorf("credential %s: %w", name, err)
	}
	return k, nil
}

// NewMasterPassphrase makes a master key and writes it to a new age file that
// the passphrase opens; `age -d` opens it too. A work of 0 means MaxWork; less
// is for tests.
func NewMasterPassphrase(path string, passphrase []byte, work int) (Key, error) {
	if work < 0 || work > MaxWork {
		return Key{}, fmt.Errorf("new master key %s: work factor %d", path, work)
	}
	k, err := newMasterPassphrase(path, passphrase, cmp.Or(work, MaxWork))
	if err != nil {
		return Key{}, fmt.Errorf("new master key %s: %w", path, err)
	}
	return k, nil
}

func newMasterPassphrase(path string, passphrase []byte, work int) (Key, error) {
	to, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return Key{}, err
	}
	to.SetWorkFactor(work)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, to)
	if err != nil {
		return Key{}, err
	}
	k := NewKey()
	if _, err := io.WriteString(w, masterText(k)); err != nil {
		return Key{}, err
	}
	if err := w.Close(); err != nil {
		return Key{}, err
	}
	return k, create(path, file.Bytes())
}

// OpenMasterPassphrase opens what NewMasterPassphrase wrote; an error wraps
// ErrPassphrase where that is what is wrong.
func OpenMasterPassphrase(path string, passphrase []byte) (Key, error) {
	file, err := read(path, 0o077)
	if err != nil {
		return Key{}, fmt.Errorf("master key %s: %w", path, err)
	}
	k, err := openPassphrase(file, passphrase)
	if err != nil {
		return Key{}, fmt.Errorf("master key %s: %w", path, err)
	}
	return k, nil
}

func openPassphrase(file, passphrase []byte) (Key, error) {
	with, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return Key{}, err
	}
	with.SetMaxWorkFactor(MaxWork)
	plain, err := age.Decrypt(bytes.NewReader(file), with)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return Key{}, ErrPassphrase
	}
	if err != nil {
		return Key{}, err
	}
	text, err := io.ReadAll(io.LimitReader(plain, masterFile))
	if err != nil {
		return Key{}, err
	}
	return parseMaster(text)
}

func masterText(k Key) string {
	return typed{letter: 'M', secret: *k.secret()}.String() + "\n"
}

// parseMaster reads a master key, and clears the text it stood in.
func parseMaster(text []byte) (Key, error) {
	defer clear(text)
	t, err := parseTyped(string(text))
	if err != nil {
		return Key{}, err
	}
	if t.letter != 'M' {
		return Key{}, errors.New("this is not a master key")
	}
	return KeyFrom(t.secret[:])
}

// create writes a new file for its owner alone, and has it on the disk before
// anything is sealed under what is in it. A file that is there stays.
func create(path string, content []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil || runtime.GOOS == "windows" { // which has no folder to sync
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// read gives a small file's content, unless somebody has a right to it that
// nobody should have.
func read(path string, nobody fs.FileMode) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&nobody != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("mode %04o: %w", mode, ErrMode)
	}
	content, err := io.ReadAll(io.LimitReader(f, masterFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > masterFile {
		return nil, errors.New("too large for a key")
	}
	return content, nil
}
