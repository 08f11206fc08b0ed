package store_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// opened opens a store that is closed with the test.
func opened(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// refusalOf gives the key of the refusal that an error is, or "".
func refusalOf(err error) string {
	var refusal *breach.Refusal
	if errors.As(err, &refusal) {
		return refusal.Key
	}
	return ""
}

func TestCaseIsLockedForEveryOtherStore(t *testing.T) {
	c := config(t)
	one, other := opened(t, c), opened(t, c)
	theCase, err := one.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Lock(t.Context(), can(t, one, theCase.ID, auth.Resolve), "scan", clock); err != nil {
		t.Fatal(err)
	}
	var refusal *breach.Refusal
	if _, err := other.Lock(t.Context(), can(t, other, theCase.ID, auth.Resolve), "resolve", clock); !errors.As(err, &refusal) ||
		refusal.Key != "refusal.case-held" || refusal.Args["What"] != "scan" || refusal.Args["PID"] != os.Getpid() {
		t.Fatalf("second lock: got %v", err)
	}
}

func TestManyOpenAFreshStoreAtOnce(t *testing.T) {
	c := config(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			s, err := store.Open(t.Context(), c)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			_ = s.Close()
		})
	}
	wait.Wait()
}

func TestWritersStandInLine(t *testing.T) {
	c := config(t)
	stores := []*store.Store{opened(t, c), opened(t, c)}
	theCase, err := stores[0].OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for n := range 6 {
		wait.Go(func() {
			for range 10 { // each act takes the next free number
				if _, err := stores[n%2].Grant(t.Context(), console(), auth.Ask{Action: auth.ReadReport, Case: theCase.ID, Now: moment(0)}); err != nil {
					t.Errorf("writer %d: %v", n, err)
				}
			}
		})
	}
	wait.Wait()
	records := told(t, stores[1])
	if len(records) != 63 { // two for opening the case, one for reading this
		t.Errorf("%d records, want 63", len(records))
	}
}

func TestOrderIsThatOfBytes(t *testing.T) {
	s, id := open(t)
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A", "B", "Z", "a", "a b", "a-b", "ab", "ab c", "Ä", "ä", "å", "ö"}
	p := store.Person{Number: 1, Stranger: true}
	for _, v := range slices.Backward(want) {
		p.Identifiers = append(p.Identifiers, breach.Finding{Kind: breach.Email, Value: breach.Hide(v)})
	}
	if err := errors.Join(w.Person(p), w.Commit()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	var got []string
	back, err := s.Person(t.Context(), can(t, s, id, auth.ListPeople), 1)
	for _, f := range back.Identifiers {
		got = append(got, f.Value.Reveal())
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q, error %v", got, want, err)
	}
}

func TestTextsThatAreNoTextAreKept(t *testing.T) {
	s, id := open(t)
	r := store.Register{Name: "pu\x00pils\xff", Settings: "\x00", ImportedAt: clock}
	_, err := s.ImportRegister(t.Context(), can(t, s, id, auth.ImportRegister), &r, false, func(im *store.Import) error {
		r.Columns, r.Charset = "\xff", "\x00"
		return errors.Join(im.Entry(entry(r.Name, "a\x00b\xff", 2), []byte("x")), im.Guardian(breach.Hide("\x00"), breach.Hide("\xff")),
			im.Reject(store.Reject{Row: 3, Heading: "\x00\xff"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	odd := store.Person{Number: 1, Identifiers: []breach.Finding{{Kind: breach.Email, Value: breach.Hide("\x00\xff")}}}
	if err := errors.Join(w.Person(odd), w.Commit()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenCase(t.Context(), console(), "\x00\xff", moment(0)); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, id); len(got) != 1 {
		t.Errorf("%d entries, want 1", len(got))
	}
}

func TestDatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	c := config(t)
	_ = opened(t, c).Close()
	db, table := server, c.Schema+".goose_db_version"
	if c.Postgres == "" {
		db, table = func(t testing.TB) *sql.DB { return file(t, database(c)) }, "goose_db_version"
	}
	if _, err := db(t).Exec(`INSERT INTO ` + table + ` (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), c); refusalOf(err) != "refusal.database-newer" {
		t.Errorf("got %v", err)
	}
}

// file is a SQLite file itself, for what goes past the store.
func file(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// oldest makes a data folder whose database is of the first version, with a
// case.
func oldest(t *testing.T) (store.Config, *sql.DB) {
	t.Helper()
	c := lite(t)
	s := opened(t, c)
	if _, err := s.OpenCase(t.Context(), console(), "old", moment(0)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	db := file(t, database(c))
	first, err := os.ReadFile(filepath.Join("migrations", "0001_baseline.sql"))
	if err != nil {
		t.Fatal(err)
	}
	later := []string{`PRAGMA foreign_keys = OFF`, `DELETE FROM goose_db_version WHERE version_id > 1`}
	for _, name := range tablesIn(t, database(c)) {
		if !strings.Contains(string(first), "CREATE TABLE "+name+" (") && !strings.HasPrefix(name, "goose") && !strings.HasPrefix(name, "sqlite") {
			later = append(later, `DROP TABLE `+name)
		}
	}
	later = append(later, `ALTER TABLE items DROP COLUMN volumes`, `DROP INDEX entries_gone`, `ALTER TABLE cases DROP COLUMN account`)
	db.SetMaxOpenConns(1) // the setting is the connection's
	for _, q := range later {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	return c, db
}

func backups(t *testing.T, c store.Config) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.Dir(database(c)), "klarlagt-before-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMigrationLeavesNoCopyBehind(t *testing.T) {
	c, _ := oldest(t)
	s := opened(t, c)
	if cases, err := s.Cases(t.Context(), can(t, s, "", auth.ListCases)); err != nil || len(cases) != 1 || cases[0].Title != "old" {
		t.Errorf("%d cases, error %v", len(cases), err)
	}
	if left := backups(t, c); len(left) != 0 {
		t.Errorf("copies were left behind: %d", len(left))
	}
}

func TestFailedMigrationLeavesTheDatabaseAsItWas(t *testing.T) {
	c, db := oldest(t)
	if _, err := db.Exec(`CREATE TABLE looks (in_the_way TEXT)`); err != nil {
		t.Fatal(err)
	}
	var refusal *breach.Refusal
	if _, err := store.Open(t.Context(), c); !errors.As(err, &refusal) || refusal.Key != "refusal.database-migration" {
		t.Fatalf("got %v", err)
	}
	left := backups(t, c)
	if len(left) != 1 || refusal.Args["Backup"] != left[0] {
		t.Fatalf("copies: %d; the refusal names one: %t", len(left), refusal.Args["Backup"] != nil)
	}
	info, err := os.Stat(left[0])
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("the copy has the mode %v, error %v", info.Mode(), err)
	}
	var cases int
	if err := file(t, left[0]).QueryRow(`SELECT COUNT(*) FROM cases`).Scan(&cases); err != nil || cases != 1 {
		t.Errorf("the copy holds %d cases, error %v", cases, err)
	}
	// With what stood in the way gone, the next try takes a fresh copy.
	if _, err := db.Exec(`DROP TABLE looks`); err != nil {
		t.Fatal(err)
	}
	opened(t, c)
	if left := backups(t, c); len(left) != 0 {
		t.Errorf("copies were left behind: %d", len(left))
	}
}

func TestSettingsThatNameNoDatabase(t *testing.T) {
	good := postgresConfig(t)
	for name, c := range map[string]struct {
		change func(*store.Config)
		want   string
	}{
		"no address":             {func(c *store.Config) { c.Postgres = "postgres://%zz" }, "refusal.database-setting"},
		"a schema with a quote":  {func(c *store.Config) { c.Schema = `x"; DROP` }, "refusal.database-schema"},
		"a schema of the server": {func(c *store.Config) { c.Schema = "pg_catalog" }, "refusal.database-schema"},
		"two schemas":            {func(c *store.Config) { c.Schema = ""; c.Postgres += " search_path=a,b" }, "refusal.database-schema"},
		"a database not there":   {func(c *store.Config) { c.Postgres += " dbname=nowhere" }, "refusal.database-permission"},
		"a server not there":     {func(c *store.Config) { c.Postgres = "host=/nowhere user=klarlagt" }, "refusal.database-gone"},
		"an account not there":   {func(c *store.Config) { c.Postgres += " user=nobody" }, "refusal.database-permission"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			c.change(&bad)
			if _, err := store.Open(t.Context(), bad); refusalOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestAccountThatMayNotMakeASchemaCanBeGivenOne(t *testing.T) {
	c := postgresConfig(t)
	role := "role_" + strings.ToLower(rand.Text())
	db := server(t)
	run := func(q string) {
		t.Helper()
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	run(`CREATE ROLE ` + role + ` LOGIN`)
	t.Cleanup(func() { run(`DROP OWNED BY ` + role); run(`DROP ROLE ` + role) })
	c.Postgres += " user=" + role
	if _, err := store.Open(t.Context(), c); refusalOf(err) != "refusal.database-permission" {
		t.Errorf("without a schema: got %v", err)
	}
	run(`CREATE SCHEMA ` + c.Schema + ` AUTHORIZATION ` + role)
	if _, err := opened(t, c).OpenCase(t.Context(), console(), "a case", moment(0)); err != nil {
		t.Errorf("in a schema of its own: %v", err)
	}
}

func TestWhatTheServerRefusesIsExplained(t *testing.T) {
	c := postgresConfig(t)
	s := opened(t, c)
	theCase, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"53100": "refusal.database-full", "42501": "refusal.database-permission", "25006": "refusal.database-permission",
		"57P01": "refusal.database-gone", "08006": "refusal.database-gone", "XX001": "refusal.database-damaged", "22012": "",
	} {
		_, err := server(t).Exec(fmt.Sprintf(`CREATE OR REPLACE FUNCTION %[1]s.fail() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'made up' USING ERRCODE = '%[2]s'; END $$;
			CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON %[1]s.journal_records EXECUTE FUNCTION %[1]s.fail()`, c.Schema, code))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Grant(t.Context(), console(), auth.Ask{Action: auth.ReadReport, Case: theCase.ID, Now: moment(0)})
		if err == nil || refusalOf(err) != want {
			t.Errorf("%s: got %v, want %q", code, err, want)
		}
	}
}

func TestLostConnectionEndsOneActAndNotTheStore(t *testing.T) {
	c := postgresConfig(t)
	name := "gone_" + strings.ToLower(rand.Text())
	c.Postgres += " application_name=" + name
	s := opened(t, c)
	theCase, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	db := server(t)
	r := store.Register{Name: "pupils", ImportedAt: clock}
	_, err = s.ImportRegister(t.Context(), can(t, s, theCase.ID, auth.ImportRegister), &r, false, func(im *store.Import) error {
		if _, err := db.Exec(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1`, name); err != nil {
			return err
		}
		return im.Entry(entry("pupils", "P-1", 2), []byte("x"))
	})
	if refusalOf(err) != "refusal.database-gone" {
		t.Errorf("an act whose connection was cut: got %v", err)
	}
	load(t, s, theCase.ID, "pupils", false, map[string]string{"P-1": "a"})
	if got := keys(t, s, theCase.ID); len(got) != 1 {
		t.Errorf("after a new connection: %d entries, want 1", len(got))
	}
}
