package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// sealedTable says where the sealed values of a table lie, by its columns: as
// the functions that read and write it do.
type sealedTable struct {
	name    string
	key     []string // of the row within the case, in the order of its index
	row     []string // what the place of a value is made of
	version string   // "" where rows are not changed
}

// sealedTables lists every table of what is sealed under the keys of cases.
// TestEverySealedTableIsSealedAnew finds one that was left out.
func sealedTables() []sealedTable {
	one := func(name, version string, columns ...string) sealedTable {
		return sealedTable{name, columns, columns, version}
	}
	return []sealedTable{
		one("cases", "", "id"),
		one("registers", "version", "number"),
		one("entries", "seen", "register", "blind"),
		one("rejects", "", "register", "number"),
		{"guardianships", []string{"child", "register", "guardian"}, []string{"register", "child", "guardian"}, ""},
		one("roots", "", "id"),
		one("contents", "", "id"),
		one("members", "", "content", "ordinal"),
		one("items", "", "root", "blind"),
		one("identifiers", "", "person", "kind", "blind"),
		one("summaries", "version", "name"),
		one("sights", "version", "hash", "page"),
		one("journal_commitments", "", "seq", "number"),
		one("papers", "", "id", "name"),
		{"facts", []string{"version"}, []string{"version", "field", "item", "at", "who", "gone"}, ""},
		{"decisions", []string{"number"}, []string{"number", "at", "who", "facts"}, ""},
		{"filings", []string{"number"}, []string{"number", "at", "who", "facts"}, ""},
		one("notices", "revision", "notice", "version"),
		one("letters", "", "notice", "version", "seq"),
		one("deliveries", "", "number"),
		one("batches", "revision", "batch"),
		one("pieces", "revision", "batch", "number"),
		{"errands", []string{"number"}, []string{"number", "notice", "kind", "state"}, "version"},
		one("rolls", "", "group_no", "kind", "grade", "page"),
		one("portraits", "", "person"),
		{"questions", []string{"number"}, []string{"number", "blind"}, ""},
		{"judgements", []string{"number"}, []string{"number", "blind", "at", "who", "said"}, ""},
		{"lists", []string{"number"}, []string{"number", "at", "frozen"}, ""},
		one("list_pages", "", "list", "page"),
		{"scans", []string{"number"}, []string{"number", "state"}, "version"},
		{"uploads", []string{"number"}, []string{"number", "use"}, "version"},
	}
}

// Resealed is how far sealing anew has come.
type Resealed struct {
	Rows, Files int64 // brought under the newest key
	Looked      int64 // rows and files looked at
}

// atOnce is how many rows are brought under the newest key in one transaction.
const atOnce = 500

// Reseal brings whatever is sealed under older keys of a case under its newest.
// It may be stopped anywhere and called again; meanwhile the case can be read,
// and not scanned. It calls tell as it goes on.
func (s *Store) Reseal(ctx context.Context, g auth.Grant, id CaseID, now time.Time, tell func(Resealed)) (r Resealed, err error) {
	if err := s.allow(g, auth.ManageKeys, auth.SetSecret); err != nil {
		return r, err
	}
	if g.Case() != "" && g.Case() != id {
		return r, fmt.Errorf("%w: it is of another case", auth.ErrNoGrant)
	}
	k, err := s.keysOf(ctx, id)
	if err != nil {
		return r, err
	}
	lock, err := s.lock(ctx, k, "keys reseal", now)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return s.resealAll(ctx, g, k, tell)
}

// resealAll seals everything of a case anew whose lock is held.
func (s *Store) resealAll(ctx context.Context, g auth.Grant, k *caseKeys, tell func(Resealed)) (r Resealed, err error) {
	for _, t := range sealedTables() {
		if err := s.resealTable(ctx, k, t, &r, tell); err != nil {
			return r, fmt.Errorf("seal %s anew: %w", t.name, err)
		}
	}
	if err := s.resealFiles(ctx, k, &r, tell); err != nil {
		return r, fmt.Errorf("seal files anew: %w", explain(err))
	}
	return r, s.note(ctx, g, fmt.Sprintf("resealed:%s,generation=%d,rows=%d,files=%d", k.id, k.ring.Newest(), r.Rows, r.Files))
}

// caseColumn is the column that says which case a row is of.
func (t sealedTable) caseColumn() string {
	if t.name == "cases" {
		return "id"
	}
	return "case_id"
}

// resealTable goes through a table by its index, a page in a transaction.
func (s *Store) resealTable(ctx context.Context, k *caseKeys, t sealedTable, r *Resealed, tell func(Resealed)) error {
	columns := strings.Join(t.key, ", ")
	var after []any
	for {
		query, args := `SELECT `+columns+`, data`, []any{k.id}
		for _, c := range append(append([]string{}, t.row...), t.version) {
			if c != "" {
				query += ", " + c
			}
		}
		query += ` FROM ` + t.name + ` WHERE ` + t.caseColumn() + ` = $1`
		if after != nil {
			var places []string
			for i := range t.key {
				places = append(places, fmt.Sprintf("$%d", i+2))
			}
			query += ` AND (` + columns + `) > (` + strings.Join(places, ", ") + `)`
			args = append(args, after...)
		}
		query += fmt.Sprintf(` ORDER BY %s LIMIT %d`, columns, atOnce)
		n := 0
		err := s.tx(ctx, func(tx *sql.Tx) error {
			var rows [][]any
			err := eachOf(ctx, tx, query, args, func(_ []string, row []any) error {
				rows = append(rows, copied(row))
				return nil
			})
			for _, row := range rows {
				if err == nil {
					err = t.reseal(ctx, tx, k, row, r)
				}
			}
			if n = len(rows); n > 0 {
				after = rows[n-1][:len(t.key)]
			}
			return err
		})
		if err != nil {
			return err
		}
		if n > 0 && tell != nil {
			tell(*r)
		}
		if n < atOnce {
			return nil
		}
	}
}

// copied is a row that outlives the next.
func copied(row []any) []any {
	own := make([]any, len(row))
	for i, v := range row {
		if b, ok := v.([]byte); ok {
			v = bytes.Clone(b)
		}
		own[i] = v
	}
	return own
}

// reseal brings one row under the newest key: its key, its value, and what its
// place is made of.
func (t sealedTable) reseal(ctx context.Context, tx *sql.Tx, k *caseKeys, row []any, r *Resealed) error {
	r.Looked++
	data, _ := row[len(t.key)].([]byte)
	if len(data) == 0 || seal.Generation(data[0]) == k.ring.Newest() {
		return nil
	}
	place := row[len(t.key)+1:]
	at := cell{table: t.name, row: rowKey(place[:len(t.row)]...)}
	if t.version != "" {
		at.version, _ = place[len(t.row)].(int64)
	}
	fresh, err := k.rows.Reseal(k.where(at), data)
	if err != nil {
		return err
	}
	// #nosec G202 -- texts of ours alone; values go as arguments
	query, args := `UPDATE `+t.name+` SET data = $1 WHERE `+t.caseColumn()+` = $2`, []any{fresh, k.id}
	for i, c := range t.key {
		query += fmt.Sprintf(" AND %s = $%d", c, len(args)+1)
		args = append(args, row[i])
	}
	r.Rows++
	_, err = tx.ExecContext(ctx, query, args...) // #nosec G202 -- texts of ours alone; values go as arguments
	return err
}

// partKind tells what kind of sealed file a file of a case is, and what it is
// bound to beside that.
func partKind(path string) (kind, name string, known bool) {
	base := filepath.Base(path)
	switch {
	case filepath.Base(filepath.Dir(path)) == heldParts:
		return heldParts, "", true
	case filepath.Base(filepath.Dir(path)) == uploadParts:
		return uploadParts, base, true
	case filepath.Base(filepath.Dir(path)) == batchParts:
		return batchParts, base, true
	case strings.HasPrefix(base, "findings-"):
		return "findings", base, true
	case strings.HasPrefix(base, "links-"):
		return "links", base, true
	case base == indexFile:
		return "index", base, true
	}
	return "", "", false
}

// eachPart calls f for every sealed file of a case, with the generation that it
// is sealed under.
func (s *Store) eachPart(ctx context.Context, id CaseID, f func(path string, g seal.Generation) error) error {
	return filepath.WalkDir(s.CaseDir(id), func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, ".tmp") {
			return err
		}
		g, sealed, err := seal.PartGeneration(path)
		if err != nil || !sealed {
			return err
		}
		return f(path, g)
	})
}

func (s *Store) resealFiles(ctx context.Context, k *caseKeys, r *Resealed, tell func(Resealed)) error {
	return s.eachPart(ctx, CaseID(k.id), func(path string, g seal.Generation) error {
		r.Looked++
		if g == k.ring.Newest() {
			return nil
		}
		if err := s.resealFile(k, path); err != nil {
			return err
		}
		if r.Files++; tell != nil {
			tell(*r)
		}
		return nil
	})
}

func (s *Store) resealFile(k *caseKeys, path string) error {
	kind, name, known := partKind(path)
	if !known {
		return fmt.Errorf("a sealed file of no known kind: %w", seal.ErrForged)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := seal.NewStream(f, k.ring, k.part(kind, name))
	if err != nil {
		return err
	}
	return s.saveAs(k, path, kind, name, old)
}

// ErrInUse says that something is sealed still under a key that is to go.
var ErrInUse = &breach.Refusal{Key: "refusal.key-in-use"}

// SealedUnder counts the rows and files of a case by the key that they are
// sealed under.
func (s *Store) SealedUnder(ctx context.Context, g auth.Grant, id CaseID) (map[seal.Generation]int64, error) {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return nil, err
	}
	counts := map[seal.Generation]int64{}
	for _, t := range sealedTables() {
		// #nosec G202 -- texts of ours alone; values go as arguments
		query := `SELECT substr(data, 1, 1), COUNT(*) FROM ` + t.name + ` WHERE ` + t.caseColumn() + ` = $1 AND length(data) > 0 GROUP BY 1`
		err := s.each(ctx, query, []any{id}, func(rows *sql.Rows) error {
			var first []byte
			var n int64
			err := rows.Scan(&first, &n)
			if err == nil {
				counts[seal.Generation(first[0])] += n
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("count what is sealed in %s: %w", t.name, err)
		}
	}
	err := s.eachPart(ctx, id, func(_ string, g seal.Generation) error { counts[g]++; return nil })
	if err != nil {
		return nil, fmt.Errorf("count sealed files: %w", explain(err))
	}
	return counts, nil
}

// DropKeys destroys the keys of a case that nothing is sealed under any more,
// but for the first, which its look-ups are keyed with. It gives how many. Call
// it a while after [Store.Reseal]: what began before the new key was there has
// to have ended.
func (s *Store) DropKeys(ctx context.Context, g auth.Grant, id CaseID, now time.Time) (int, error) {
	counts, err := s.SealedUnder(ctx, g, id)
	if err != nil {
		return 0, err
	}
	k, err := s.keysOf(ctx, id)
	if err != nil {
		return 0, err
	}
	lock, err := s.lock(ctx, k, "keys drop", now)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	ring, dropped := seal.Ring{}, 0
	for generation, key := range k.ring {
		if generation == 1 || generation == k.ring.Newest() {
			ring[generation] = key
			continue
		}
		if counts[generation] > 0 {
			return 0, ErrInUse
		}
		dropped++
	}
	if dropped == 0 {
		return 0, nil
	}
	if err := s.keys.dropCase(ctx, s.tenant, id, ring); err != nil {
		return 0, err
	}
	s.forget(id)
	return dropped, s.note(ctx, g, fmt.Sprintf("dropped:%s,keys=%d", id, dropped))
}

// dropCase destroys the wraps of a case's keys but those of a ring.
func (k *Keys) dropCase(ctx context.Context, t auth.TenantID, id CaseID, ring seal.Ring) error {
	err := k.overwriting(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"wraps", "secrets"} {
			// #nosec G202 -- texts of ours alone; values go as arguments
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND case_id = $2 AND generation <> 1 AND generation <> $3`, t, id, ring.Newest())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop keys: %w", err)
	}
	return nil
}
