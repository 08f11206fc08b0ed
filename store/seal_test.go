package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// behind is the database of a store, for whoever has it and not the keys.
func behind(t *testing.T, c store.Config) *sql.DB {
	t.Helper()
	if c.Postgres == "" {
		return file(t, database(c))
	}
	db, err := sql.Open("pgx", c.Postgres+" search_path="+c.Schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// readAll reads everything there is of a case, and gives the first error.
func readAll(t *testing.T, s *store.Store, id store.CaseID) error {
	t.Helper()
	ctx := t.Context()
	_, err := s.Cases(ctx, can(t, s, "", auth.ListCases))
	for _, e := range s.Entries(ctx, can(t, s, id, auth.Resolve)) {
		err = errors.Join(err, e)
	}
	for _, e := range s.Account(ctx, can(t, s, id, auth.ReadAccount)) {
		err = errors.Join(err, e)
	}
	for _, e := range s.Printed(ctx, can(t, s, id, auth.ReadAccount)) {
		err = errors.Join(err, e)
	}
	for _, e := range s.People(ctx, can(t, s, id, auth.ListPeople)) {
		err = errors.Join(err, e)
	}
	_, rootsErr := s.Roots(ctx, can(t, s, id, auth.ReadAccount))
	registers, registersErr := s.Registers(ctx, can(t, s, id, auth.ReadAccount))
	for _, r := range registers {
		_, e := s.Rejects(ctx, can(t, s, id, auth.ReadAccount), r.Name)
		err = errors.Join(err, e)
	}
	_, sightsErr := s.Sights(ctx, can(t, s, id, auth.Scan), [32]byte{})
	var part int64
	_, summaryErr := s.Summary(ctx, can(t, s, id, auth.ReadAccount), "links", &part)
	return errors.Join(err, rootsErr, registersErr, sightsErr, summaryErr)
}

func TestMovedForgedAndReplayedRowsAreRefused(t *testing.T) {
	const other = `(SELECT MIN(id) FROM cases WHERE id <> $1)`
	for name, c := range map[string]struct{ change, place string }{
		"a row of a register in another's place": {`UPDATE entries SET data = (SELECT e.data FROM entries e WHERE e.case_id = $1 ORDER BY e.blind LIMIT 1) WHERE case_id = $1`, "entries.data row"},
		"a row of another case":                  {`UPDATE items SET data = (SELECT i.data FROM items i WHERE i.case_id = ` + other + ` LIMIT 1) WHERE case_id = $1`, "items.data row"},
		"a title of another case":                {`UPDATE cases SET data = (SELECT data FROM cases WHERE id = ` + other + `) WHERE id = $1`, "cases.data row"},
		"a value of another table":               {`UPDATE roots SET data = (SELECT i.data FROM items i WHERE i.case_id = $1 LIMIT 1) WHERE case_id = $1`, "roots.data row"},
		"a path of another content":              {`UPDATE members SET ordinal = ordinal + 7 WHERE case_id = $1 AND ordinal = 1`, "members.data row"},
		"a number of another person":             {`UPDATE identifiers SET person = 1 WHERE case_id = $1`, "identifiers.data row"},
		"a guardian of another child":            {`UPDATE guardianships SET child = (SELECT e.blind FROM entries e WHERE e.case_id = $1 AND e.blind NOT IN (SELECT child FROM guardianships) LIMIT 1) WHERE case_id = $1`, "guardianships.data row"},
		"a heading of another row":               {`UPDATE rejects SET number = number + 1 WHERE case_id = $1`, "rejects.data row"},
		"an older state of a summary":            {`UPDATE summaries SET version = version + 1 WHERE case_id = $1 AND name = 'links'`, "summaries.data row"},
		"an older look at a picture":             {`UPDATE sights SET version = version + 1 WHERE case_id = $1`, "sights.data row"},
		"an older register":                      {`UPDATE registers SET version = version + 1 WHERE case_id = $1`, "registers.data row"},
		"an older state of an entry":             {`UPDATE entries SET seen = seen + 1 WHERE case_id = $1`, "entries.data row"},
		"a value cut short":                      {`UPDATE sights SET data = substr(data, 1, 20) WHERE case_id = $1`, "sights.data row"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := config(t)
			s := opened(t, conf)
			id := fill(t, s)
			fill(t, s)
			if err := readAll(t, s, id); err != nil {
				t.Fatalf("before: %v", err)
			}
			res, err := behind(t, conf).Exec(c.change, id)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := res.RowsAffected(); n == 0 {
				t.Fatal("nothing was changed")
			}
			err = readAll(t, s, id)
			if !errors.Is(err, seal.ErrForged) || !strings.Contains(err.Error(), c.place) {
				t.Errorf("got %v, want to be told that %s is forged", err, c.place)
			}
		})
	}
}

func TestPartsOfAnotherCaseAreRefused(t *testing.T) {
	s, id := open(t)
	other, err := s.OpenCase(t.Context(), console(), "another", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, id, 1)
	save(t, s, other.ID, 1)
	from, to := filepath.Join(s.CaseDir(other.ID), "links-000001.part"), filepath.Join(s.CaseDir(id), "links-000001.part")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	err = s.Links(t.Context(), can(t, s, id, auth.ListPeople), 0, func(store.Link) (bool, error) { return true, nil })
	if !errors.Is(err, seal.ErrForged) || !strings.Contains(err.Error(), "links-000001.part") {
		t.Errorf("got %v", err)
	}
}

func TestDataOpensWithItsOwnKeyAlone(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := fill(t, s)
	_ = s.Close()

	wrong := c
	wrong.Key, wrong.KeyFrom = seal.NewKey(), "another place"
	_, err := store.Open(t.Context(), wrong)
	if refusalOf(err) != "refusal.wrong-key" {
		t.Errorf("another key: got %v", err)
	}
	none := c
	none.Key = seal.Key{}
	if _, err := store.Open(t.Context(), none); refusalOf(err) != "refusal.no-key" {
		t.Errorf("no key: got %v", err)
	}
	keys := filepath.Join(c.Dir, "keys.db")
	if _, err := file(t, keys).Exec(`DELETE FROM wraps WHERE case_id NOT IN ('', 'office')`); err != nil {
		t.Fatal(err)
	}
	again := opened(t, c)
	cases, err := again.Cases(t.Context(), can(t, again, "", auth.ListCases))
	if err != nil || len(cases) != 1 || !cases[0].KeyLost || cases[0].Title != "" {
		t.Errorf("a case whose key is lost: %+v, error %v", cases, err)
	}
	if _, err := again.Registers(t.Context(), can(t, again, id, auth.ReadAccount)); refusalOf(err) != "refusal.case-key-lost" {
		t.Errorf("registers of a case whose key is lost: %v", err)
	}
	_ = again.Close()
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), c); refusalOf(err) != "refusal.keys-lost" {
		t.Errorf("no keys at all: got %v", err)
	}
}

func TestDestroyedKeyIsGoneFromTheFile(t *testing.T) {
	c := config(t)
	k, err := store.OpenKeys(t.Context(), c.Dir, c.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	tenant, err := k.Tenant(t.Context(), store.Local, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.NewCase(t.Context(), store.Local, tenant, "0a0a0a0a"); err != nil {
		t.Fatal(err)
	}
	var wrap []byte
	if err := file(t, filepath.Join(c.Dir, "keys.db")).QueryRow(`SELECT wrap FROM wraps WHERE case_id = '0a0a0a0a'`).Scan(&wrap); err != nil {
		t.Fatal(err)
	}
	holds := func() bool {
		data, err := os.ReadFile(filepath.Join(c.Dir, "keys.db"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(data), string(wrap[10:40]))
	}
	if !holds() {
		t.Fatal("the wrap is not to be found in the file: this test proves nothing")
	}
	if err := k.Destroy(t.Context(), store.Local, "0a0a0a0a"); err != nil {
		t.Fatal(err)
	}
	if holds() {
		t.Error("the wrap is in the file still")
	}
	if _, err := k.Case(t.Context(), store.Local, tenant, "0a0a0a0a"); refusalOf(err) != "refusal.case-key-lost" {
		t.Errorf("got %v", err)
	}
}
