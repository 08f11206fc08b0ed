package extract_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// TestDatabases reads small databases that the database's own programs have
// made, and compares all that comes of them.
func TestDatabases(t *testing.T) {
	paths, err := filepath.Glob("testdata/databases/*")
	if err != nil || len(paths) == 0 {
		t.Fatal("no databases")
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			compareGolden(t, path)
		})
	}
}

// TestDamagedSQLite takes a page away that leads to others, and the end: what
// the pages hold has to be there all the same, and the account has to name
// the pages that are not.
func TestDamagedSQLite(t *testing.T) {
	whole, err := os.ReadFile("testdata/databases/people-utf-8.db")
	if err != nil {
		t.Fatal(err)
	}
	text := func(a *account) string { return strings.Join(a.items[0].Passages, "") }
	inner := bytes.Clone(whole)
	root := 0
	for at := 1024; at < len(inner); at += 1024 {
		if inner[at] == 5 {
			root = at
		}
	}
	clear(inner[root : root+1024])
	a := walk(t, "a.db", inner, extract.Limits{})
	if e := a.items[0]; e.State != breach.Partly || e.Missing != fmt.Sprintf("pages %d of 15", root/1024+1) {
		t.Errorf("without an inner page: %s, %q", e.State, e.Missing)
	}
	for _, want := range []string{"Åsa Öberg\t19121212-1212", "table elever part lost row 1: id\tnamn"} {
		if !strings.Contains(text(a), want) {
			t.Errorf("without an inner page %q is not found in %s", want, text(a))
		}
	}
	a = walk(t, "a.db", whole[:5*1024+500], extract.Limits{})
	if e := a.items[0]; e.State != breach.Partly || e.Reason != breach.Truncated || !strings.Contains(e.Missing, "6-15 of 15") {
		t.Errorf("cut short: %s, %s, %q", e.State, e.Reason, e.Missing)
	}
}

// storeSeeds are the databases and archives in testdata.
func storeSeeds(t testing.TB) map[string][]byte {
	t.Helper()
	seeds := map[string][]byte{}
	for _, dir := range []string{"testdata/databases/*", "testdata/containers/*"} {
		files, _ := filepath.Glob(dir)
		for _, path := range files {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(path, ".golden") {
				seeds[filepath.Base(path)] = content
			}
		}
	}
	return seeds
}

// TestDamagedStores reads databases and archives with bytes changed, cut out
// and repeated.
func TestDamagedStores(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	r := rand.New(rand.NewPCG(8, 21))
	for name, seed := range storeSeeds(t) {
		for range rounds {
			endure(t, name, damage(r, seed), extract.Limits{Free: 1 << 20})
		}
	}
}

// FuzzStores reads anything that begins as a database or an archive.
func FuzzStores(f *testing.F) {
	for name, seed := range storeSeeds(f) {
		f.Add(name, seed)
	}
	limits := extract.Limits{Member: 1 << 20, Free: 1 << 20, Text: 1 << 20, AllText: 2 << 20, Entries: 1000, Memory: 1 << 20}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		endure(t, name, content, limits)
	})
}

// BenchmarkStores reads the databases and archives in testdata, each once a
// round.
func BenchmarkStores(b *testing.B) {
	for name, content := range storeSeeds(b) {
		b.Run(name, func(b *testing.B) { bench(b, name, content) })
	}
}
