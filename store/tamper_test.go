package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/store"
)

// tampering changes the lines of a journal at one record.
var tampering = map[string]func(lines [][]byte, at int) [][]byte{
	"changed": func(lines [][]byte, at int) [][]byte {
		lines[at] = bytes.Replace(lines[at], []byte(`"who":"`), []byte(`"who":"x`), 1)
		return lines
	},
	"made unreadable": func(lines [][]byte, at int) [][]byte {
		lines[at] = bytes.Replace(lines[at], []byte(`"verdict":"`), []byte(`"verdict":"x`), 1)
		return lines
	},
	"removed":  func(lines [][]byte, at int) [][]byte { return slices.Delete(lines, at, at+1) },
	"inserted": func(lines [][]byte, at int) [][]byte { return slices.Insert(lines, at, bytes.Clone(lines[at])) },
	"reordered": func(lines [][]byte, at int) [][]byte {
		next := (at + 1) % len(lines)
		lines[at], lines[next] = lines[next], lines[at]
		return lines
	},
}

// numbered gives every line the number of its place, as somebody would who
// knows how records are written.
func numbered(lines [][]byte) [][]byte {
	for i, line := range lines {
		_, rest, _ := bytes.Cut(line, []byte(`,"at"`))
		lines[i] = append(fmt.Appendf(nil, `{"v":1,"seq":%d,"at"`, i), rest...)
	}
	return lines
}

// TestEveryRecordThatIsTamperedWithIsFound tampers with each record of a
// journal, in the database and in its export, clumsily and with the numbers put
// right.
func TestEveryRecordThatIsTamperedWithIsFound(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("what it writes past the store is SQLite's; what is read is the same on either database")
	}
	c := lite(t)
	s := opened(t, c)
	id := fill(t, s)
	for range 20 {
		can(t, s, id, auth.Reveal)
	}
	g := can(t, s, "", auth.ReadJournal)
	head, err := s.JournalHead(t.Context(), moment(0))
	if err != nil {
		t.Fatal(err)
	}
	var export bytes.Buffer
	if _, err := journal.Export(&export, s.Journal(t.Context(), g)); err != nil {
		t.Fatal(err)
	}
	db := file(t, database(c))
	// What is added at the end is told as beyond what was signed.
	verify := func(entries iter.Seq2[journal.Entry, error]) error {
		report, err := journal.Verify(string(store.Local), entries, head)
		if err == nil && report.Beyond > 0 {
			err = fmt.Errorf("%d records beyond what was signed", report.Beyond)
		}
		return err
	}
	whole := func(text []byte) error { return verify(journal.Lines(bytes.NewReader(text))) }
	stored := func() error { return verify(s.Journal(t.Context(), g)) }
	if err := whole(export.Bytes()); err != nil || stored() != nil {
		t.Fatalf("before: %v, %v", err, stored())
	}
	lines := bytes.Split(bytes.TrimSpace(export.Bytes()), []byte("\n"))
	tried, found := 0, 0
	for what, tamper := range tampering {
		for at := range lines {
			for _, careful := range []bool{false, true} {
				changed := tamper(cloned(lines), at)
				if careful {
					changed = numbered(changed)
				}
				if err := whole(append(bytes.Join(changed, []byte("\n")), '\n')); err == nil {
					t.Errorf("export: record %d %s, numbers put right: %t: not found", at, what, careful)
				} else {
					found++
				}
				write(t, db, changed)
				err := stored()
				var fault *journal.Fault
				switch {
				case err == nil:
					t.Errorf("database: record %d %s, numbers put right: %t: not found", at, what, careful)
				case what == "made unreadable" && (!errors.As(err, &fault) || fault.Seq != int64(at)):
					t.Errorf("database: record %d %s: told as %v", at, what, err)
				default:
					found++
				}
				tried += 2
			}
		}
	}
	write(t, db, lines)
	if err := stored(); err != nil {
		t.Errorf("as it was: %v", err)
	}
	if !bytes.Equal(numbered(cloned(lines))[7], lines[7]) {
		t.Error("the numbers are not put right: this proves less than it says")
	}
	t.Logf("tampered: %d records, tried: %d, found: %d", len(lines), tried, found)
}

func cloned(lines [][]byte) [][]byte {
	all := make([][]byte, len(lines))
	for i, line := range lines {
		all[i] = bytes.Clone(line)
	}
	return all
}

// write puts lines in the place of all records.
func write(t *testing.T, db *sql.DB, lines [][]byte) {
	t.Helper()
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec(`DELETE FROM journal_records`)
	}
	for seq, line := range lines {
		if err == nil {
			_, err = tx.Exec(`INSERT INTO journal_records (seq, case_id, data) VALUES ($1, '', $2)`, seq, line)
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
}
