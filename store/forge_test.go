package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// unsealed are the columns of bytes that hold nothing to open. Any other is
// taken for sealed, and has to refuse what is forged.
var unsealed = map[string]string{
	"registers.blind":        "keyed hash",
	"entries.blind":          "keyed hash",
	"entries.fingerprint":    "keyed hash",
	"guardianships.child":    "keyed hash",
	"guardianships.guardian": "keyed hash",
	"roots.blind":            "keyed hash",
	"contents.hash":          "keyed hash",
	"members.hash":           "keyed hash",
	"items.blind":            "keyed hash",
	"items.hash":             "keyed hash",
	"identifiers.blind":      "keyed hash",
	"sights.hash":            "keyed hash",
	"questions.blind":        "keyed hash",
	"judgements.blind":       "keyed hash",
	"deliveries.chain":       "the chain stands for it",
	"journal_records.data":   "the journal's proofs stand for it",
	"journal_hashes.hash":    "the journal's proofs stand for it",
	"approvals.data":         "ids, hashes and times",
}

// emptied may be empty for nothing, which nothing can be sealed in: whoever
// empties one takes a value away, as whoever deletes its row.
var emptied = []string{"rejects.data", "members.data", "deliveries.data"}

// forgery is one sealed value of a table.
type forgery struct {
	table, column string
	row           int64
	value         []byte
}

// forger puts what it likes into a database file, and sees what the store says.
type forger struct {
	t      *testing.T
	db     *sql.DB
	view   view
	tried  map[string]int // by kind of forgery
	column map[string]int
}

// put puts a value in the place of another, reads everything and puts the old
// one back.
func (f *forger) put(kind string, at forgery, value []byte) {
	f.t.Helper()
	if bytes.Equal(at.value, value) {
		f.t.Fatalf("%s: the same value", kind)
	}
	set := func(value []byte) {
		_, err := f.db.Exec(fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE rowid = $2`, at.table, at.column), value, at.row)
		if err != nil {
			f.t.Fatal(err)
		}
	}
	set(value)
	_, err := f.view.read([][32]byte{{}}, "links", "again", "hands-n1-1", "wording-n1-1")
	set(at.value)
	f.tried[kind]++
	f.column[at.table]++
	if place := at.table + "." + at.column + " row"; !errors.Is(err, seal.ErrForged) || !strings.Contains(err.Error(), place) {
		f.t.Errorf("%s in %s.%s, row %d: got %v, want to be told the place", kind, at.table, at.column, at.row, err)
	}
}

// sealedColumns lists every column of bytes that is not known to be unsealed.
func sealedColumns(t *testing.T, db *sql.DB) (columns [][2]string) {
	t.Helper()
	rows, err := db.Query(`SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND c.type = 'BYTEA' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		if unsealed[c[0]+"."+c[1]] == "" {
			columns = append(columns, c)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// values reads the sealed values of a column: of a case, or of all others.
func values(t *testing.T, db *sql.DB, table, column string, id store.CaseID, of string) (list []forgery) {
	t.Helper()
	key := "case_id"
	if table == "cases" {
		key = "id"
	}
	rows, err := db.Query(fmt.Sprintf(`SELECT rowid, %s FROM %s WHERE %s %s $1 AND length(%[1]s) > 0 ORDER BY rowid`, column, table, key, of), id)
	if err != nil {
		t.Fatalf("%s.%s: %v", table, column, err)
	}
	defer rows.Close()
	for rows.Next() {
		f := forgery{table: table, column: column}
		if err := rows.Scan(&f.row, &f.value); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// TestEverySealedColumnRefusesWhatIsForged goes by the schema: a sealed column
// that is added is forged too, and has to be read by a view to pass. What it
// writes past the store is SQLite's; the seals are the same on either database.
func TestEverySealedColumnRefusesWhatIsForged(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("what it writes past the store is SQLite's; what is read is the same on either database")
	}
	c := lite(t)
	s := opened(t, c)
	id := filled(t, s)
	filled(t, s)
	village := c
	village.Tenant = "village"
	v := opened(t, village)
	if _, err := v.OpenCase(t.Context(), auth.Console("console:test", "village", moment(0)), "another tenant's", moment(0)); err != nil {
		t.Fatal(err)
	}
	foreign := values(t, file(t, strings.Replace(database(c), "local", "village", 1)), "cases", "data", "", "<>")[0].value

	db := file(t, database(c))
	f := forger{t, db, viewOf(t, s, id), map[string]int{}, map[string]int{}}
	if _, err := f.view.read([][32]byte{{}}, "links", "again", "hands-n1-1", "wording-n1-1"); err != nil {
		t.Fatalf("before: %v", err)
	}
	columns := sealedColumns(t, db)
	older := snapshot(t, db, columns, id)
	for _, col := range columns {
		mine, others := values(t, db, col[0], col[1], id, "="), values(t, db, col[0], col[1], id, "<>")
		if len(mine) == 0 || len(others) == 0 {
			t.Errorf("%s.%s: no value to forge: filled has to write one", col[0], col[1])
			continue
		}
		f.alter(mine)
		for i, at := range mine {
			if next := mine[(i+1)%len(mine)]; len(mine) > 1 {
				f.put("another row's", at, next.value)
			}
			f.put("another case's", at, others[i%len(others)].value)
		}
		f.put("another tenant's", mine[0], foreign)
		for _, from := range columns {
			if from != col {
				f.put("another table's", mine[0], values(t, db, from[0], from[1], id, "=")[0].value)
			}
		}
	}
	f.replay(s, id, older)
	total := 0
	for _, n := range f.tried {
		total += n
	}
	t.Logf("forged: %d columns, %v, tried: %d, refused: %d", len(columns), f.tried, total, total)
}

// alter turns a bit in bytes of the first value and one in each other, cuts them
// short, makes them longer and takes them away. KLARLAGT_FORGERIES=all turns one
// in every byte.
func (f *forger) alter(list []forgery) {
	f.t.Helper()
	every := 9
	if os.Getenv("KLARLAGT_FORGERIES") == "all" {
		every = 1
	}
	for i, at := range list {
		for n := 1; n < len(at.value); n++ { // the first says which generation of the key: there is no other
			if i > 0 && n != len(at.value)/2 || i == 0 && n%every != 0 {
				continue
			}
			turned := bytes.Clone(at.value)
			turned[n] ^= 1 << (n % 8)
			f.put("a bit turned", at, turned)
		}
		f.put("cut short", at, at.value[:len(at.value)-1])
		f.put("made longer", at, append(bytes.Clone(at.value), 0))
		if !slices.Contains(emptied, at.table+"."+at.column) {
			f.put("emptied", at, []byte{})
		}
	}
}

func snapshot(t *testing.T, db *sql.DB, columns [][2]string, id store.CaseID) map[[2]string][]forgery {
	t.Helper()
	all := map[[2]string][]forgery{}
	for _, c := range columns {
		all[c] = values(t, db, c[0], c[1], id, "=")
	}
	return all
}

// replay changes what can change, and puts each older value back.
func (f *forger) replay(s *store.Store, id store.CaseID, older map[[2]string][]forgery) {
	f.t.Helper()
	newer(f.t, s, id)
	columns := map[string]bool{}
	for col, list := range older {
		now := map[int64][]byte{}
		for _, at := range values(f.t, f.db, col[0], col[1], id, "=") {
			now[at.row] = at.value
		}
		for _, old := range list {
			at := old
			if at.value = now[old.row]; at.value != nil && !bytes.Equal(at.value, old.value) {
				columns[col[0]] = true
				f.put("an older one", at, old.value)
			}
		}
	}
	for _, table := range []string{"registers", "entries", "sights", "summaries"} {
		if !columns[table] {
			f.t.Errorf("%s: nothing older was put back", table)
		}
	}
}

// filled is a case with something in every sealed column.
func filled(t *testing.T, s *store.Store) store.CaseID {
	t.Helper()
	id := fill(t, s)
	again(t, s, id, 1)
	return id
}

func again(t *testing.T, s *store.Store, id store.CaseID, n int) {
	t.Helper()
	err := errors.Join(s.SetSummary(t.Context(), can(t, s, id, auth.Scan), "again", n),
		s.SaveSights(t.Context(), can(t, s, id, auth.Scan), []store.Sight{{Page: 1, State: breach.Read, Text: []byte{byte(n)}, Tool: "a tool"}}))
	if err != nil {
		t.Fatal(err)
	}
}

// newer writes anew whatever is counted up.
func newer(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	load(t, s, id, "pupils", false, map[string]string{"P-1": "a", "P-2": "changed", "p-3": "c", "Ä": "d"})
	again(t, s, id, 2)
}
