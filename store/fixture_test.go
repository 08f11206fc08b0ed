package store_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// With -update, the newest schema gets fixtures of its own: do so at a release.
// The others are what was released, and never change.
var update = flag.Bool("update", false, "write fixtures of the newest schema")

// TestEveryReleasedSchemaIsBroughtUpToDate opens a database of each version, as
// its own program wrote it, and reads it through.
func TestEveryReleasedSchemaIsBroughtUpToDate(t *testing.T) {
	if *update {
		writeFixtures(t)
	}
	for _, kind := range []struct {
		pattern string
		restore func(t *testing.T, path string) store.Config
	}{
		{"schema-????.db.gz", restoreSQLite},
		{"schema-????.sql", restorePostgres},
	} {
		paths, err := filepath.Glob(filepath.Join("testdata", kind.pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d fixtures, error %v", kind.pattern, len(paths), err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path), func(t *testing.T) { readThrough(t, opened(t, kind.restore(t, path))) })
		}
	}
}

// readThrough looks for what fill wrote.
func readThrough(t *testing.T, s *store.Store) {
	t.Helper()
	cases, err := s.Cases(t.Context(), can(t, s, "", auth.ListCases))
	if err != nil || len(cases) != 1 || cases[0].Title != "a case" || !cases[0].OpenedAt.Equal(clock) {
		t.Fatalf("%d cases, error %v", len(cases), err)
	}
	id := cases[0].ID
	if got, want := keys(t, s, id), []string{"pupils/P-1", "pupils/P-2", "pupils/p-3", "pupils/Ä"}; !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
	if got, want := account(t, s, id), []string{"a.zip! read  ", "a.zip!inner.pdf encrypted password ", "caf\xe9/\xff.txt! pending  "}; !slices.Equal(got, want) {
		t.Errorf("account %q, want %q", got, want)
	}
	if got := people(t, s, id); len(got) != 2 || !strings.HasPrefix(got[1], "2 true") {
		t.Errorf("people %q", got)
	}
	if records := told(t, s); len(records) < 10 || records[0].Act != "open-case" {
		t.Errorf("%d records in the journal", len(records))
	}
	sights, err := s.Sights(t.Context(), can(t, s, id, auth.Scan), [32]byte{})
	if err != nil || len(sights) != 1 || string(sights[0].Text) != "\x00\xff" {
		t.Errorf("%d sights, error %v", len(sights), err)
	}
	// It can be written, too.
	if d := load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-9": "x"}); d != (store.Diff{New: 1, Same: 1, Gone: 3}) {
		t.Errorf("a newer register: %+v", d)
	}
}

func restoreSQLite(t *testing.T, path string) store.Config {
	t.Helper()
	c := lite(t)
	unpackTo(t, path, database(c))
	unpackTo(t, keysOf(path), filepath.Join(c.Dir, "keys.db"))
	return c
}

// keysOf names the fixture of the keys of a database.
func keysOf(path string) string { return strings.TrimSuffix(path, ".gz") + ".keys.gz" }

func unpackTo(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func restorePostgres(t *testing.T, path string) store.Config {
	t.Helper()
	c := postgresConfig(t)
	dump, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unpackTo(t, keysOf(path), filepath.Join(c.Dir, "keys.db"))
	text := fixtureSchema.ReplaceAllString(string(dump), c.Schema)
	if _, err := server(t).Exec(text); err != nil {
		t.Fatal(err)
	}
	return c
}

// fixtureSchema is the schema in a dump, where nothing else is named so.
var fixtureSchema = regexp.MustCompile(`\bfixture_schema\b`)

// writeFixtures fills a store on each database and keeps it in testdata.
func writeFixtures(t *testing.T) {
	t.Helper()
	newest, err := filepath.Glob(filepath.Join("migrations", "*.sql"))
	if err != nil || len(newest) == 0 {
		t.Fatal(err)
	}
	name := filepath.Join("testdata", "schema-"+filepath.Base(newest[len(newest)-1])[:4])
	file := lite(t)
	s := opened(t, file)
	fill(t, s)
	_ = s.Close()
	keep(t, name+".db.gz", packed(t, database(file)))
	keep(t, name+".db.keys.gz", packed(t, filepath.Join(file.Dir, "keys.db")))

	c := postgresConfig(t)
	fill(t, opened(t, c))
	keep(t, name+".sql.keys.gz", packed(t, filepath.Join(c.Dir, "keys.db")))
	dump, err := exec.CommandContext(t.Context(), "pg_dump", "--schema="+c.Schema, "--inserts", "--no-owner", "--no-privileges", c.Postgres).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	text := strings.ReplaceAll(string(dump), c.Schema, "fixture_schema")
	keep(t, name+".sql", psqlOnly.ReplaceAll([]byte(text), nil))
}

func packed(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(data) // a Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// psqlOnly is what pg_dump writes for psql alone, and its remarks.
var psqlOnly = regexp.MustCompile(`(?m)^(\\.*|--.*|)\n`)

func keep(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
