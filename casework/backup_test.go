package casework_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// saved is a case that was backed up for somebody who has an identity of age.
func saved(t *testing.T, d *casework.Desk, data string) (file, keys, identity string) {
	t.Helper()
	who, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, keys = filepath.Join(dir, "data.age"), filepath.Join(dir, "keys.age")
	m, err := casework.Backup(t.Context(), []*casework.Desk{d}, store.ControlConfig{Dir: data, Master: master()},
		casework.BackupOptions{File: file, Keys: keys, Lock: casework.Lock{To: []string{who.Recipient().String()}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Files) < 3 || m.Tenants[0].Records == 0 {
		t.Errorf("a backup of %d files and %d records", len(m.Files), m.Tenants[0].Records)
	}
	left, err := filepath.Glob(filepath.Join(data, "*.tmp"))
	if more, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left)+len(more) > 0 {
		t.Errorf("left behind: %v %v, error %v", left, more, err)
	}
	return file, keys, who.String()
}

func TestBackupRestoresToTheSame(t *testing.T) {
	d, id, evidence := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032"})
	scan(t, d, id, casework.ScanOptions{Evidence: evidence})
	checkBackup(t, d, id)
}

func TestBackupOfPostgreSQLRestoresToSQLite(t *testing.T) {
	server := os.Getenv("KLARLAGT_TEST_POSTGRES")
	if server == "" {
		t.Skip("PostgreSQL is not installed, or not started by scripts/postgres.sh")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"pupils.csv": pupils, "evidence/a.txt": "Aino Koivunen 010594Y9032"})
	s, err := store.Open(t.Context(), store.Config{Dir: filepath.Join(dir, "data"), Key: master(), Postgres: server, Schema: "test_" + strings.ToLower(rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := os.Symlink(sharedCache(t), filepath.Join(s.Dir(), "cache")); err != nil {
		t.Fatal(err)
	}
	d := newDesk(s)
	c, err := d.Open(t.Context(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Register(t.Context(), c.ID, filepath.Join(dir, "pupils.csv"), casework.RegisterOptions{}); err != nil {
		t.Fatal(err)
	}
	scan(t, d, c.ID, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})
	checkBackup(t, d, c.ID)
	if c, err = d.Case(t.Context(), string(c.ID)); err != nil {
		t.Fatal(err)
	}
	checkClosed(t, d, c)
}

// checkBackup backs a case up, restores it, and exports the same from it.
func checkBackup(t *testing.T, d *casework.Desk, id store.CaseID) {
	t.Helper()
	want := export(t, d, id)
	file, keys, identity := saved(t, d, d.Store.Dir())
	content, err := os.ReadFile(file)
	if err != nil || bytes.Contains(content, []byte("klarlagt.db")) {
		t.Errorf("the backup tells what is in it, or error %v", err)
	}
	into := filepath.Join(t.TempDir(), "restored")
	if _, err := casework.Restore(t.Context(), casework.RestoreOptions{File: file, Keys: keys, Into: into, Open: casework.Opening{Identities: strings.NewReader(identity)}}); err != nil {
		t.Fatal(err)
	}
	if got := export(t, desk(t, into), id); !bytes.Equal(got, want) {
		t.Errorf("the restored case exports %d bytes, the first %d, and not the same", len(got), len(want))
	}
	_, err = casework.Restore(t.Context(), casework.RestoreOptions{File: file, Into: into, Open: casework.Opening{Identities: strings.NewReader(identity)}})
	var refusal *breach.Refusal
	if !errors.As(err, &refusal) || refusal.Key != "refusal.restore-not-empty" {
		t.Errorf("into a folder that holds something: %v", err)
	}
}

func TestDamagedBackupRestoresNothing(t *testing.T) {
	d, id, evidence := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032"})
	scan(t, d, id, casework.ScanOptions{Evidence: evidence})
	file, _, identity := saved(t, d, d.Store.Dir())
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for name, c := range map[string]struct {
		content  []byte
		identity string
	}{
		"cut in the middle":   {whole[:len(whole)/2], identity},
		"cut by a byte":       {whole[:len(whole)-1], identity},
		"empty":               {nil, identity},
		"a bit in the head":   {flip(100), identity},
		"a bit in the middle": {flip(len(whole) / 2), identity},
		"somebody else's":     {whole, other.String()},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bad := filepath.Join(dir, "bad.age")
			if err := os.WriteFile(bad, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := casework.Restore(t.Context(), casework.RestoreOptions{File: bad, Into: filepath.Join(dir, "into"), Open: casework.Opening{Identities: strings.NewReader(c.identity)}})
			if err == nil {
				t.Error("no error")
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%d entries are left, error %v", len(entries), err)
			}
		})
	}
}

func TestBackupBehindAPassphrase(t *testing.T) {
	d, _, _ := small(t, map[string]string{"a.txt": "nothing"})
	file := filepath.Join(t.TempDir(), "data.age")
	_, err := casework.Backup(t.Context(), []*casework.Desk{d}, store.ControlConfig{Dir: d.Store.Dir(), Master: master()},
		casework.BackupOptions{File: file, Lock: casework.Lock{Passphrase: []byte("correct horse battery staple")}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = casework.Restore(t.Context(), casework.RestoreOptions{File: file, Into: filepath.Join(t.TempDir(), "into"), Open: casework.Opening{Passphrase: []byte("wrong")}})
	var refusal *breach.Refusal
	if !errors.As(err, &refusal) || refusal.Key != "refusal.backup-closed" {
		t.Errorf("with another passphrase: %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	pack := func(names ...string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, name := range names {
			_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 2, Mode: 0o600})
			_, _ = w.Write([]byte("{}"))
		}
		_ = w.Close()
		return b.Bytes()
	}
	for _, seed := range [][]byte{pack("manifest.json"), pack("control.db", "manifest.json"), pack("../x", "manifest.json"), pack("tenants/../../x"), pack("/etc/x"), pack("tenants/a", "tenants/a/b")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		outer := t.TempDir()
		m, err := casework.Unpack(t.Context(), bytes.NewReader(data), filepath.Join(outer, "in"))
		if err == nil && m.Format != 1 {
			t.Errorf("taken: %+v", m)
		}
		if entries, err := os.ReadDir(outer); err != nil || len(entries) > 1 {
			t.Errorf("%d entries beside the folder, error %v", len(entries)-1, err)
		}
	})
}
