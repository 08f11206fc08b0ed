package casework_test

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
)

// TestNothingOfAnybodyLiesInTheOpen searches every byte of a data folder, while
// it is open and its journals lie beside the databases, for what the registers
// and the evidence hold.
func TestNothingOfAnybodyLiesInTheOpen(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 31, People: 600, Files: 250})
	data := t.TempDir()
	d := desk(t, data)
	id := openCase(t, d, dir)
	scan(t, d, id, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})

	values := seeded(t, dir)
	if len(values) < 1000 {
		t.Fatalf("%d values to look for, want 1,000", len(values))
	}
	searched := int64(0)
	err := filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		searched += int64(len(content))
		for _, v := range values {
			if bytes.Contains(content, []byte(v)) {
				t.Errorf("%s holds a value in the open", filepath.Base(path))
				break
			}
		}
		return nil
	})
	if err != nil || searched < 1<<20 {
		t.Errorf("%d bytes searched, error %v", searched, err)
	}
	t.Logf("%d values, %d bytes", len(values), searched)
}

// seeded gives what the registers hold of people, and the names of the files.
func seeded(t *testing.T, dir string) []string {
	t.Helper()
	seen := map[string]bool{}
	add := func(v string) {
		if v = strings.TrimSpace(v); len(v) >= 7 {
			seen[v] = true
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "registers", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d registers, error %v", len(files), err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(content))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				add(cell)
			}
		}
	}
	err = filepath.WalkDir(filepath.Join(dir, "evidence"), func(path string, e fs.DirEntry, err error) error {
		add(filepath.Base(path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for v := range seen {
		values = append(values, v)
	}
	return values
}
