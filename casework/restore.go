package casework

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// maxManifest is more than the manifest of a million files.
const maxManifest = 512 << 20

// errBackup says that a file opens and is no backup that is whole.
var errBackup = errors.New("not a whole backup")

// RestoreOptions say what is restored.
type RestoreOptions struct {
	File  string
	Keys  string // the backup of keys.db; "" where there is none
	Into  string // a folder that is empty or not there
	Check bool   // only prove that it could be restored; Into is where that is tried
	Open  Opening
	Seen  func(dir string) error // looks at what was restored before it is called done; nil for nothing
}

// Restore restores a backup, holds every file, every row and every record of
// the journal against its manifest, and only then gives the folder its name.
func Restore(ctx context.Context, o RestoreOptions) (m Manifest, err error) {
	unlock, err := o.Open.identities()
	if err != nil {
		return m, err
	}
	if err := checkVacant(o.Into); err != nil && !o.Check {
		return m, err
	}
	work, err := os.MkdirTemp(filepath.Dir(o.Into), ".restore-*.tmp")
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	dir := filepath.Join(work, "data")
	if m, err = unpackBackup(ctx, o.File, dir, unlock); err == nil && o.Keys != "" {
		err = unpackKeys(o.Keys, filepath.Join(dir, "keys.db"), unlock)
	}
	if err == nil && o.Seen != nil {
		err = o.Seen(dir)
	}
	if err == nil && !o.Check {
		if err = os.Remove(o.Into); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err == nil {
			err = os.Rename(dir, o.Into)
		}
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	return m, nil
}

// checkVacant refuses a folder that holds anything.
func checkVacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	return &breach.Refusal{Key: "refusal.restore-not-empty", Args: map[string]any{"Path": dir}, Err: err}
}

// unpackBackup unpacks a backup into a new folder, and checks all of it.
func unpackBackup(ctx context.Context, file, dir string, unlock []age.Identity) (Manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, unlock...)
	if err != nil {
		return Manifest{}, explainAge(err)
	}
	m, err := Unpack(ctx, plain, dir)
	if err != nil {
		return Manifest{}, err
	}
	for _, want := range m.Tenants {
		saved, err := store.CheckSaved(ctx, dir, want.Tenant)
		if err != nil {
			return Manifest{}, err
		}
		if !sameTenant(want, savedTenant(want.Tenant, saved)) {
			return Manifest{}, fmt.Errorf("tenant %s: the rows are not those of the manifest: %w", want.Tenant, errBackup)
		}
	}
	return m, nil
}

// Unpack writes the files of a backup that is decrypted into a new folder, and
// holds them against the manifest at its end. Who can encrypt to a recipient can
// make a backup, so nothing in it is trusted: no file lands outside the folder,
// and none but regular ones.
func Unpack(ctx context.Context, from io.Reader, dir string) (m Manifest, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	var files []KeptFile
	r := tar.NewReader(from)
	for {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		h, err := r.Next()
		if err != nil {
			return m, fmt.Errorf("%w: %w", errBackup, err) // the manifest comes before the end
		}
		if h.Name == manifestFile {
			break
		}
		if h.Typeflag != tar.TypeReg || !backupName(h.Name) {
			return m, fmt.Errorf("a file that no backup holds: %w", errBackup)
		}
		kept, err := unpackFile(root, h.Name, r)
		if err != nil {
			return m, err
		}
		files = append(files, kept)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil || m.Format != 1 {
		return Manifest{}, fmt.Errorf("its manifest cannot be read: %w", errBackup)
	}
	if _, err := io.Copy(io.Discard, from); err != nil { // to the end, which age vouches for
		return Manifest{}, fmt.Errorf("%w: %w", errBackup, err)
	}
	if !slices.Equal(files, m.Files) {
		return Manifest{}, fmt.Errorf("its files are not those of the manifest: %w", errBackup)
	}
	return m, nil
}

// backupName reports whether a file of a backup may have a name.
func backupName(name string) bool {
	if path.Clean(name) != name || !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsAny(name, "\\:\x00") {
		return false
	}
	return name == "control.db" || strings.HasPrefix(name, "tenants/")
}

func unpackFile(root *os.Root, name string, from io.Reader) (kept KeptFile, err error) {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return kept, fmt.Errorf("unpack: %w", err)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return kept, fmt.Errorf("unpack: %w", err)
	}
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, h), from)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return kept, fmt.Errorf("unpack: %w", err)
	}
	return KeptFile{name, size, hex.EncodeToString(h.Sum(nil))}, nil
}

// unpackKeys decrypts the backup of keys.db.
func unpackKeys(file, to string, unlock []age.Identity) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := age.Decrypt(f, unlock...)
	if err != nil {
		return explainAge(err)
	}
	return writeFile(to, func(w io.Writer) error { _, err := io.Copy(w, plain); return err })
}

func jsonOf(v any) ([]byte, error) {
	var b bytes.Buffer
	err := encode(&b, v)
	return b.Bytes(), err
}
