package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
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
	keys    *caseKeys
	number  int64
	version int64
	entries int64 // so far
	rejects int64
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
func (s *Store) ImportRegister(ctx context.Context, g auth.Grant, r *Register, dry bool, fill func(*Import) error) (Diff, error) {
	k, err := s.under(ctx, g, auth.ImportRegister)
	if err != nil {
		return Diff{}, err
	}
	var diff Diff
	err = s.tx(ctx, func(tx *sql.Tx) error {
		im, err := beginImport(ctx, tx, k, r)
		if err != nil {
			return err
		}
		if err := fill(im); err != nil {
			return err
		}
		if diff, err = im.finish(r); err != nil {
			return err
		}
		object := fmt.Sprintf("register:%d,version=%d,new=%d,changed=%d,gone=%d", im.number, im.version, diff.New, diff.Changed, diff.Gone)
		at := auth.Instant{Wall: r.ImportedAt}
		if err := s.done(ctx, tx, g, k, at, object, said{"register", breach.Hide(r.Name)}, said{"file", breach.Hide(string(r.Source[:]))}); err != nil {
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

func beginImport(ctx context.Context, tx *sql.Tx, k *caseKeys, r *Register) (*Import, error) {
	im := &Import{tx: tx, ctx: ctx, keys: k}
	err := tx.QueryRowContext(ctx, `INSERT INTO registers (case_id, number, blind, data, imported_at, charset, dialect, rows, version)
		SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, '', '', 0, 1 FROM registers WHERE case_id = $1
		ON CONFLICT (case_id, blind) DO UPDATE SET imported_at = excluded.imported_at, version = registers.version + 1
		RETURNING number, version`,
		k.id, k.look(blindRegister, r.Name), []byte{}, r.ImportedAt.UnixMicro()).Scan(&im.number, &im.version)
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"rejects", "guardianships"} {
		// #nosec G202 -- texts of ours alone; values go as arguments
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE case_id = $1 AND register = $2`, k.id, im.number); err != nil {
			return nil, err
		}
	}
	if im.get, err = tx.PrepareContext(ctx, `SELECT fingerprint, gone_at FROM entries WHERE case_id = $1 AND register = $2 AND blind = $3`); err != nil {
		return nil, err
	}
	if im.put, err = tx.PrepareContext(ctx, `INSERT INTO entries (case_id, register, blind, row, position, fingerprint, data, seen, gone_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
		ON CONFLICT (case_id, register, blind) DO UPDATE SET row = excluded.row, position = excluded.position,
			fingerprint = excluded.fingerprint, data = excluded.data, seen = excluded.seen, gone_at = 0`); err != nil {
		return nil, err
	}
	im.bad, err = tx.PrepareContext(ctx, `INSERT INTO rejects (case_id, register, number, sheet, row, reason, data, other, kept)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	return im, err
}

// Entry adds one person. The fingerprint tells a changed entry from the same;
// it is keyed.
func (im *Import) Entry(e breach.Entry, fingerprint []byte) error {
	data, err := encodeEntry(e)
	if err != nil {
		return fmt.Errorf("row %d: %w", e.Row, err)
	}
	blind := im.keys.look(blindKey, e.Key.Reveal())
	var old []byte
	var gone int64
	switch err := im.get.QueryRowContext(im.ctx, im.keys.id, im.number, blind).Scan(&old, &gone); {
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
	im.entries++
	sealed := im.keys.seal(entryAt(im.number, blind, im.version), data)
	_, err = im.put.ExecContext(im.ctx, im.keys.id, im.number, blind, e.Row, im.entries, fingerprint, sealed, im.version)
	return err
}

func entryAt(register int64, blind []byte, version int64) cell {
	return cell{table: "entries", row: rowKey(register, blind), version: version}
}

// Reject adds a row with something wrong.
func (im *Import) Reject(j Reject) error {
	im.rejects++
	data := []byte{}
	if j.Heading != "" {
		data = im.keys.seal(rejectAt(im.number, im.rejects), []byte(j.Heading))
	}
	_, err := im.bad.ExecContext(im.ctx, im.keys.id, im.number, im.rejects, j.Sheet, j.Row, plain(j.Reason), data, j.Other, truth(j.Kept))
	return err
}

func rejectAt(register, number int64) cell {
	return cell{table: "rejects", row: rowKey(register, number)}
}

// Guardian adds that one person is the guardian of another, by their keys.
func (im *Import) Guardian(child, guardian breach.Personal) error {
	of, who := im.keys.look(blindKey, child.Reveal()), im.keys.look(blindKey, guardian.Reveal())
	sealed := im.keys.seal(guardianAt(im.number, of, who), []byte(guardian.Reveal()))
	_, err := im.tx.ExecContext(im.ctx, `INSERT INTO guardianships (case_id, register, child, guardian, data) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, im.keys.id, im.number, of, who, sealed)
	return err
}

func guardianAt(register int64, child, guardian []byte) cell {
	return cell{table: "guardianships", row: rowKey(register, child, guardian)}
}

func (im *Import) finish(r *Register) (Diff, error) {
	res, err := im.tx.ExecContext(im.ctx, `UPDATE entries SET gone_at = $1
		WHERE case_id = $2 AND register = $3 AND seen < $4 AND gone_at = 0`, r.ImportedAt.UnixMicro(), im.keys.id, im.number, im.version)
	if err != nil {
		return Diff{}, err
	}
	if im.diff.Gone, err = res.RowsAffected(); err != nil {
		return Diff{}, err
	}
	data := im.keys.seal(registerAt(im.number, im.version), pack([]byte(r.Name), r.Source[:], []byte(r.Settings), []byte(r.Columns)))
	_, err = im.tx.ExecContext(im.ctx, `UPDATE registers SET charset = $1, dialect = $2, data = $3, rows = $4
		WHERE case_id = $5 AND number = $6`, plain(r.Charset), plain(r.Dialect), data, r.Rows, im.keys.id, im.number)
	return im.diff, err
}

func registerAt(number, version int64) cell {
	return cell{table: "registers", row: rowKey(number), version: version}
}
