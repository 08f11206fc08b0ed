package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Register is one register of a case as it was imported last.
type Register struct {
	Name       string
	Source     [32]byte // SHA-256 of the file
	Settings   string   // how its columns were told to be read
	ImportedAt time.Time
	Charset    string // as detected; "" where the format says it
	Dialect    string
	Columns    string // JSON, see casework
	Rows       int64  // rows of people in the file, bad ones too
	Entries    int64  // people in the newest file
	Gone       int64  // people that only an older file had
	Rejected   int64  // rows that are no entry
}

// Reject is a row of a register with something wrong. It holds no values.
type Reject struct {
	Sheet   int64 // 0 where the file has no sheets
	Row     int64
	Reason  string // from register's closed list
	Heading string // of the column at fault, if one is
	Other   int64  // the row it collides with, if any
	Kept    bool   // the row is an entry all the same
}

// Diff is what an import changed, counted in entries.
type Diff struct{ New, Changed, Gone, Same int64 }

// Import is a register being written; see ImportRegister.
type Import struct {
	tx      *sql.Tx
	ctx     context.Context // of the one call that the Import lives in
	id      CaseID
	name    string
	version int64
	diff    Diff
	get     *sql.Stmt
	put     *sql.Stmt
	bad     *sql.Stmt
}

// errDry undoes an import that was only to be shown.
var errDry = errors.New("dry run")

// ImportRegister replaces a register by a newer file, all of it or nothing.
// The caller hands over the entries and rejects in fill, which also completes
// r (rows, columns, charset). Entries that the newer file lacks are kept and
// marked as gone: whoever has left may still be in the evidence. With dry set,
// nothing is written and the Diff says what would be.
func (s *Store) ImportRegister(ctx context.Context, id CaseID, r *Register, dry bool, fill func(*Import) error) (Diff, error) {
	var diff Diff
	err := s.tx(ctx, func(tx *sql.Tx) error {
		im, err := beginImport(ctx, tx, id, r)
		if err != nil {
			return err
		}
		if err := fill(im); err != nil {
			return err
		}
		if diff, err = im.finish(r); err != nil {
			return err
		}
		if dry {
			return errDry
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDry) {
		return Diff{}, fmt.Errorf("import register: %w", err)
	}
	return diff, nil
}

func beginImport(ctx context.Context, tx *sql.Tx, id CaseID, r *Register) (*Import, error) {
	im := &Import{tx: tx, ctx: ctx, id: id, name: plain(r.Name)}
	err := tx.QueryRowContext(ctx, `INSERT INTO registers
		(case_id, name, position, source, settings, imported_at, charset, dialect, columns, rows, version)
		SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3, $4, $5, '', '', '', 0, 1 FROM registers WHERE case_id = $1
		ON CONFLICT (case_id, name) DO UPDATE SET source = excluded.source, settings = excluded.settings,
			imported_at = excluded.imported_at, version = registers.version + 1
		RETURNING version`,
		id, im.name, r.Source[:], plain(r.Settings), r.ImportedAt.UnixMicro()).Scan(&im.version)
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"rejects", "guardianships"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE case_id = $1 AND register = $2`, id, im.name); err != nil {
			return nil, err
		}
	}
	if im.get, err = tx.PrepareContext(ctx, `SELECT fingerprint, gone_at FROM entries WHERE case_id = $1 AND register = $2 AND key = $3`); err != nil {
		return nil, err
	}
	if im.put, err = tx.PrepareContext(ctx, `INSERT INTO entries (case_id, register, row, key, fingerprint, data, seen, gone_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
		ON CONFLICT (case_id, register, key) DO UPDATE SET row = excluded.row, fingerprint = excluded.fingerprint,
			data = excluded.data, seen = excluded.seen, gone_at = 0`); err != nil {
		return nil, err
	}
	im.bad, err = tx.PrepareContext(ctx, `INSERT INTO rejects (case_id, register, sheet, row, reason, heading, other, kept)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`)
	return im, err
}

// Entry adds one person. The fingerprint tells a changed entry from the same.
func (im *Import) Entry(e breach.Entry, fingerprint []byte) error {
	data, err := encodeEntry(e)
	if err != nil {
		return fmt.Errorf("row %d: %w", e.Row, err)
	}
	key := plain(e.Key.Reveal())
	var old []byte
	var gone int64
	switch err := im.get.QueryRowContext(im.ctx, im.id, im.name, key).Scan(&old, &gone); {
	case errors.Is(err, sql.ErrNoRows):
		im.diff.New++
	case err != nil:
		return err
	case gone != 0:
		im.diff.New++
	case string(old) != string(fingerprint):
		im.diff.Changed++
	default:
		im.diff.Same++
	}
	_, err = im.put.ExecContext(im.ctx, im.id, im.name, e.Row, key, fingerprint, data, im.version)
	return err
}

// Reject adds a row with something wrong.
func (im *Import) Reject(j Reject) error {
	_, err := im.bad.ExecContext(im.ctx, im.id, im.name, j.Sheet, j.Row, j.Reason, plain(j.Heading), j.Other, truth(j.Kept))
	return err
}

// Guardian adds that one person is the guardian of another, by their keys.
func (im *Import) Guardian(child, guardian breach.Personal) error {
	_, err := im.tx.ExecContext(im.ctx, `INSERT INTO guardianships (case_id, register, child, guardian) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, im.id, im.name, plain(child.Reveal()), plain(guardian.Reveal()))
	return err
}

func (im *Import) finish(r *Register) (Diff, error) {
	res, err := im.tx.ExecContext(im.ctx, `UPDATE entries SET gone_at = $1
		WHERE case_id = $2 AND register = $3 AND seen < $4 AND gone_at = 0`, r.ImportedAt.UnixMicro(), im.id, im.name, im.version)
	if err != nil {
		return Diff{}, err
	}
	if im.diff.Gone, err = res.RowsAffected(); err != nil {
		return Diff{}, err
	}
	_, err = im.tx.ExecContext(im.ctx, `UPDATE registers SET charset = $1, dialect = $2, columns = $3, rows = $4
		WHERE case_id = $5 AND name = $6`, plain(r.Charset), plain(r.Dialect), plain(r.Columns), r.Rows, im.id, im.name)
	return im.diff, err
}

// Registers lists the registers of a case in the order they were first
// imported.
func (s *Store) Registers(ctx context.Context, id CaseID) ([]Register, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT r.name, r.source, r.settings, r.imported_at, r.charset, r.dialect, r.columns, r.rows,
		(SELECT COUNT(*) FROM entries e WHERE e.case_id = r.case_id AND e.register = r.name AND e.gone_at = 0),
		(SELECT COUNT(*) FROM entries e WHERE e.case_id = r.case_id AND e.register = r.name AND e.gone_at <> 0),
		(SELECT COUNT(DISTINCT j.row) FROM rejects j WHERE j.case_id = r.case_id AND j.register = r.name AND j.kept = 0)
		FROM registers r WHERE r.case_id = $1 ORDER BY r.position`, id)
	if err != nil {
		return nil, fmt.Errorf("list registers: %w", err)
	}
	defer rows.Close()
	var list []Register
	for rows.Next() {
		var r Register
		var source []byte
		var at int64
		if err := rows.Scan(&r.Name, &source, &r.Settings, &at, &r.Charset, &r.Dialect, &r.Columns, &r.Rows, &r.Entries, &r.Gone, &r.Rejected); err != nil {
			return nil, fmt.Errorf("list registers: %w", err)
		}
		copy(r.Source[:], source)
		r.ImportedAt = time.UnixMicro(at).UTC()
		list = append(list, r)
	}
	return list, rows.Err()
}

// Rejects lists what was wrong with the rows of a register, in row order.
func (s *Store) Rejects(ctx context.Context, id CaseID, register string) ([]Reject, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT sheet, row, reason, heading, other, kept FROM rejects
		WHERE case_id = $1 AND register = $2 ORDER BY sheet, row, reason, heading`, id, plain(register))
	if err != nil {
		return nil, fmt.Errorf("list rejects: %w", err)
	}
	defer rows.Close()
	var list []Reject
	for rows.Next() {
		var j Reject
		if err := rows.Scan(&j.Sheet, &j.Row, &j.Reason, &j.Heading, &j.Other, &j.Kept); err != nil {
			return nil, fmt.Errorf("list rejects: %w", err)
		}
		list = append(list, j)
	}
	return list, rows.Err()
}

// Entries yields every entry of a case with its EntryID: the registers in
// order, in each the rows of the newest file and then who is gone.
func (s *Store) Entries(ctx context.Context, id CaseID) iter.Seq2[breach.Entry, error] {
	return func(yield func(breach.Entry, error) bool) {
		var last breach.Entry
		n := int64(-1)
		err := s.each(ctx, `SELECT e.data, e.gone_at, g.guardian FROM entries e
			JOIN registers r ON r.case_id = e.case_id AND r.name = e.register
			LEFT JOIN guardianships g ON g.case_id = e.case_id AND g.child = e.key
			WHERE e.case_id = $1 ORDER BY r.position, e.gone_at <> 0, e.row, e.key, g.guardian`, []any{id}, func(rows *sql.Rows) error {
			e, guardian, err := scanEntry(rows)
			if err != nil {
				return err
			}
			same := n >= 0 && e.Register == last.Register && e.Key == last.Key
			if !same {
				if n >= 0 && !yield(last, nil) {
					return errStop
				}
				n++
				last = e
				last.ID = breach.EntryID(n)
			}
			if !guardian.IsZero() && !slices.Contains(last.Guardians, guardian) {
				last.Guardians = append(last.Guardians, guardian)
			}
			return nil
		})
		switch {
		case errors.Is(err, errStop):
		case err != nil:
			yield(breach.Entry{}, fmt.Errorf("read entries: %w", err))
		case n >= 0:
			yield(last, nil)
		}
	}
}

// errStop ends a query that nobody reads on.
var errStop = errors.New("stop")

func scanEntry(rows *sql.Rows) (e breach.Entry, guardian breach.Personal, err error) {
	var data []byte
	var gone int64
	var other sql.NullString
	if err = rows.Scan(&data, &gone, &other); err == nil {
		e, err = decodeEntry(data)
	}
	if gone != 0 && e.Until.IsZero() {
		e.Until = time.UnixMicro(gone).UTC()
	}
	return e, breach.Hide(other.String), err
}

// EntriesHash tells one state of a case's registers from another.
func (s *Store) EntriesHash(ctx context.Context, id CaseID) ([32]byte, error) {
	h := sha256.New()
	err := s.each(ctx, `SELECT e.register, e.row, e.key, e.fingerprint, e.gone_at FROM entries e
		JOIN registers r ON r.case_id = e.case_id AND r.name = e.register
		WHERE e.case_id = $1 ORDER BY r.position, e.row, e.key`, []any{id}, func(rows *sql.Rows) error {
		var register, key string
		var fingerprint []byte
		var row, gone int64
		if err := rows.Scan(&register, &row, &key, &fingerprint, &gone); err != nil {
			return err
		}
		_, err := fmt.Fprintf(h, "%q %d %q %x %d\n", register, row, key, fingerprint, gone)
		return err
	})
	if err == nil {
		err = s.each(ctx, `SELECT child, register, guardian FROM guardianships WHERE case_id = $1 ORDER BY child, register, guardian`, []any{id}, func(rows *sql.Rows) error {
			var child, register, guardian string
			if err := rows.Scan(&child, &register, &guardian); err != nil {
				return err
			}
			_, err := fmt.Fprintf(h, "%q %q %q\n", child, register, guardian)
			return err
		})
	}
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash entries: %w", err)
	}
	return [32]byte(h.Sum(nil)), nil
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
