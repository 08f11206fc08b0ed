package casework_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// steps are all places where closing can be stopped.
var steps = []string{casework.StepKept, casework.StepShut, casework.StepKeys, casework.StepFiles, casework.StepRows, casework.StepDisk, casework.StepDone}

func TestClosingGoesOnWhereItWasStopped(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 41, People: 60, Files: 30})
	for _, stop := range steps {
		t.Run(stop, func(t *testing.T) {
			data := t.TempDir()
			d := desk(t, data)
			id := openCase(t, d, dir)
			scan(t, d, id, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})
			c, err := d.Case(t.Context(), string(id))
			if err != nil {
				t.Fatal(err)
			}
			stopped := errors.New("stopped")
			_, err = d.Close(t.Context(), c, casework.CloseOptions{Step: func(step string) error {
				if step == stop {
					return stopped
				}
				return nil
			}})
			if !errors.Is(err, stopped) {
				t.Fatalf("closing was to stop at %s: %v", stop, err)
			}
			again := desk(t, data)
			if c, err = again.Case(t.Context(), string(id)); err != nil {
				t.Fatal(err)
			}
			if want := stop != casework.StepKept; c.Closed != want {
				t.Errorf("stopped at %s: closed is %v, want %v", stop, c.Closed, want)
			}
			checkClosed(t, again, c)
		})
	}
}

// checkClosed closes a case and looks what is left of it.
func checkClosed(t *testing.T, d *casework.Desk, c store.Case) casework.Certificate {
	t.Helper()
	cert, err := d.Close(t.Context(), c, casework.CloseOptions{Report: func(w io.Writer) error { _, err := io.WriteString(w, "<p>report</p>"); return err }})
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	for _, table := range cert.Tables {
		rows += table.Rows
	}
	if cert.Keys != 1 || len(cert.Files) == 0 || rows == 0 || cert.Left != (casework.Left{}) || cert.ClosedAt.IsZero() {
		t.Errorf("certificate: %d keys, %d files, %d rows, left %+v, closed at %v", cert.Keys, len(cert.Files), rows, cert.Left, cert.ClosedAt)
	}
	if cert.JournalAfter.Size <= cert.JournalBefore.Size || cert.JournalAfter.Root == cert.JournalBefore.Root {
		t.Errorf("the journal went from %+v to %+v", cert.JournalBefore, cert.JournalAfter)
	}
	if _, err := os.Stat(d.Store.CaseDir(c.ID)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the case: %v", err)
	}
	checkManifest(t, d.Store.ClosedDir(c.ID))
	if c, err = d.Case(t.Context(), string(c.ID)); err != nil || !c.Closed {
		t.Fatalf("after closing: %+v, error %v", c, err)
	}
	if more, err := d.Close(t.Context(), c, casework.CloseOptions{}); err != nil || more.Manifest != cert.Manifest {
		t.Errorf("the certificate once more: manifest %q, want %q, error %v", more.Manifest, cert.Manifest, err)
	}
	return cert
}

func checkManifest(t *testing.T, dir string) {
	t.Helper()
	var list []casework.KeptFile
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil || len(list) < 6 {
		t.Fatalf("manifest of %d files, error %v", len(list), err)
	}
	for _, f := range list {
		if size, sum, err := store.HashFile(filepath.Join(dir, f.Name)); err != nil || size != f.Size || sum != f.SHA256 {
			t.Errorf("%s: %d bytes with %s, want %d with %s, error %v", f.Name, size, sum, f.Size, f.SHA256, err)
		}
	}
}

// TestAfterClosingNothingIsToBeFound searches every byte of the data folder, and
// tries a copy from before.
func TestAfterClosingNothingIsToBeFound(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 31, People: 600, Files: 250})
	data := t.TempDir()
	d := desk(t, data)
	id := openCase(t, d, dir)
	scan(t, d, id, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})
	c, err := d.Case(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	before := t.TempDir()
	if err := os.CopyFS(filepath.Join(before, "tenants"), os.DirFS(filepath.Join(data, "tenants"))); err != nil {
		t.Fatal(err)
	}
	checkClosed(t, d, c)

	schools := groups(t, d.Store.ClosedDir(id))
	values := slices.DeleteFunc(seeded(t, dir), func(v string) bool { return schools[v] }) // schools, which are no people
	if len(values) < 1000 {
		t.Fatalf("%d values to look for, want 1,000", len(values))
	}
	searched := holdsNone(t, data, values) + holdsNone(t, before, values)
	t.Logf("%d values, %d bytes", len(values), searched)

	// A copy of the data from before opens nothing with the keys of today.
	keys, err := os.ReadFile(filepath.Join(data, "keys.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(before, "keys.db"), keys, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	old := desk(t, before)
	_, _, err = old.Sources(context.Background(), id)
	var refusal *breach.Refusal
	if !errors.As(err, &refusal) || refusal.Key != "refusal.case-key-lost" {
		t.Errorf("a copy from before, with the keys of today: %v", err)
	}
}

// groups gives the groups of people that the kept counts name.
func groups(t *testing.T, dir string) map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "counts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, row := range rows {
		names[row[0]] = true
	}
	if len(names) > 40 {
		t.Errorf("%d groups: these are not schools alone", len(names))
	}
	return names
}

func holdsNone(t *testing.T, dir string, values []string) (searched int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		searched += int64(len(content))
		for _, v := range values {
			if bytes.Contains(content, []byte(v)) {
				t.Errorf("%s holds a value in the open", filepath.Base(path))
				break
			}
		}
		return err
	})
	if err != nil || searched < 1<<16 {
		t.Errorf("%d bytes searched, error %v", searched, err)
	}
	return searched
}

func TestJournalOfAClosedCaseIsStillRead(t *testing.T) {
	d, id, evidence := small(t, map[string]string{"a.txt": "Aino Koivunen 010594Y9032"})
	scan(t, d, id, casework.ScanOptions{Evidence: evidence})
	c, err := d.Case(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	checkClosed(t, d, c)
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ReadCaseJournal, Case: id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for told, err := range d.Store.CaseJournal(t.Context(), g) {
		if err != nil {
			t.Fatal(err)
		}
		acts = append(acts, told.Act+" "+told.Object)
	}
	all := strings.Join(acts, "\n")
	for _, want := range []string{"scan", "close", "destroy destroyed:keys", "destroy destroyed:rows", "destroy certificate:"} {
		if !strings.Contains(all, want) {
			t.Errorf("the journal does not tell of %q:\n%s", want, all)
		}
	}
}
