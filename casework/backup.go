package casework

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Manifest is what a backup says of itself. It is the last file in it.
type Manifest struct {
	Format  int           `json:"format"` // 1
	MadeAt  time.Time     `json:"made_at"`
	Files   []KeptFile    `json:"files"`
	Tenants []SavedTenant `json:"tenants"`
}

// SavedTenant is what a backup holds of a tenant.
type SavedTenant struct {
	Tenant  auth.TenantID `json:"tenant"`
	Tables  []SavedTable  `json:"tables"`
	Records int64         `json:"journal_records"`
	Root    string        `json:"journal_root"`
}

// SavedTable is one table of a tenant's database.
type SavedTable struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Sum   string `json:"sum"`
}

// Bytes counts the bytes of all files.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// BackupOptions say where a backup goes, and who can open it.
type BackupOptions struct {
	File string
	Keys string // where keys.db goes, apart; "" for nowhere
	Lock Lock
}

// Backup writes one age file of all that the desks' tenants and the control
// database hold, but their keys, and has it under its name only once it was
// restored into a temporary folder and found to be the same. Nobody may work on
// a case meanwhile.
func Backup(ctx context.Context, desks []*Desk, control store.ControlConfig, o BackupOptions) (m Manifest, err error) {
	work, err := os.MkdirTemp(control.Dir, "backup-*.tmp")
	if err != nil {
		return m, fmt.Errorf("back up: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	lock, unlock, err := o.Lock.both()
	if err != nil {
		return m, err
	}
	half := o.File + ".tmp"
	if m, err = writeBackup(ctx, desks, control, work, half, lock); err == nil {
		err = proveBackup(ctx, half, filepath.Join(work, "restored"), unlock, m)
	}
	if err == nil && o.Keys != "" {
		err = saveKeys(ctx, desks[0], work, o.Keys, lock)
	}
	if err == nil {
		err = os.Rename(half, o.File)
	}
	if err != nil {
		_ = os.Remove(half)
		return Manifest{}, fmt.Errorf("back up: %w", err)
	}
	return m, nil
}

func proveBackup(ctx context.Context, file, dir string, unlock []age.Identity, want Manifest) error {
	got, err := unpackBackup(ctx, file, dir, unlock)
	if err != nil {
		return fmt.Errorf("restore it to see: %w", err)
	}
	if !sameManifest(got, want) {
		return errors.New("what was restored is not what was backed up")
	}
	return os.RemoveAll(dir)
}

func sameManifest(a, b Manifest) bool {
	return a.MadeAt.Equal(b.MadeAt) && slices.Equal(a.Files, b.Files) && slices.EqualFunc(a.Tenants, b.Tenants, sameTenant)
}

func sameTenant(a, b SavedTenant) bool {
	return a.Tenant == b.Tenant && a.Records == b.Records && a.Root == b.Root && slices.Equal(a.Tables, b.Tables)
}

// writeBackup writes the file, which is on the disk when it returns.
func writeBackup(ctx context.Context, desks []*Desk, control store.ControlConfig, work, file string, lock []age.Recipient) (m Manifest, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sealed, err := age.Encrypt(f, lock...)
	if err != nil {
		return m, err
	}
	p := packer{w: tar.NewWriter(sealed), m: Manifest{Format: 1, MadeAt: desks[0].now(), Files: []KeptFile{}}}
	there, err := store.SaveControl(ctx, control, work)
	if err == nil && there {
		err = p.add(ctx, work, "control.db")
	}
	for _, d := range desks {
		if err == nil {
			err = p.tenant(ctx, d, work)
		}
	}
	if err == nil {
		err = p.end()
	}
	if err == nil {
		err = errors.Join(sealed.Close(), f.Sync())
	}
	return p.m, err
}

// packer writes files into a backup, and their manifest.
type packer struct {
	w *tar.Writer
	m Manifest
}

func (p *packer) tenant(ctx context.Context, d *Desk, work string) error {
	g, err := d.grant(ctx, "", auth.Backup)
	if err != nil {
		return err
	}
	before, err := d.Store.CaseFiles(g)
	if err != nil {
		return err
	}
	saved, err := d.Store.SaveTenant(ctx, g, work, d.now())
	if err != nil {
		return err
	}
	of := path.Join("tenants", string(g.Tenant()))
	if err := p.add(ctx, work, path.Join(of, "klarlagt.db")); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if err := p.add(ctx, d.Store.Dir(), path.Join(of, name)); err != nil {
			return err
		}
	}
	after, err := d.Store.CaseFiles(g)
	if err != nil {
		return err
	}
	if !maps.EqualFunc(before, after, sameFile) {
		return &breach.Refusal{Key: "refusal.backup-moved"}
	}
	p.m.Tenants = append(p.m.Tenants, savedTenant(g.Tenant(), saved))
	return nil
}

func sameFile(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

func savedTenant(t auth.TenantID, s store.Saved) SavedTenant {
	tenant := SavedTenant{Tenant: t, Tables: []SavedTable{}, Records: s.Records, Root: s.Root.String()}
	for _, part := range s.Tables {
		tenant.Tables = append(tenant.Tables, SavedTable{part.Table, part.Rows, part.Sum.String()})
	}
	return tenant
}

// add writes one file of a folder.
func (p *packer) add(ctx context.Context, dir, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return &breach.Refusal{Key: "refusal.backup-moved"}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = p.w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o600, Format: tar.FormatPAX})
	}
	h := sha256.New()
	if err == nil {
		_, err = io.Copy(io.MultiWriter(p.w, h), f)
	}
	if err != nil {
		return err
	}
	p.m.Files = append(p.m.Files, KeptFile{name, info.Size(), hex.EncodeToString(h.Sum(nil))})
	return nil
}

func (p *packer) end() error {
	text, err := jsonOf(p.m)
	if err == nil {
		err = p.w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: manifestFile, Size: int64(len(text)), Mode: 0o600, Format: tar.FormatPAX})
	}
	if err == nil {
		_, err = p.w.Write(text)
	}
	if err != nil {
		return err
	}
	return p.w.Close()
}

// saveKeys writes keys.db into an age file of its own.
func saveKeys(ctx context.Context, d *Desk, work, file string, lock []age.Recipient) error {
	g, err := d.grant(ctx, "", auth.Backup)
	if err == nil {
		err = d.Store.SaveKeys(ctx, g, work)
	}
	if err != nil {
		return err
	}
	from, err := os.Open(filepath.Join(work, "keys.db"))
	if err != nil {
		return err
	}
	defer from.Close()
	return writeFile(file, func(to io.Writer) error {
		sealed, err := age.Encrypt(to, lock...)
		if err == nil {
			_, err = io.Copy(sealed, from)
		}
		if err != nil {
			return err
		}
		return sealed.Close()
	})
}
