package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Registers lists the registers of a case in the order they were first
// imported.
func (s *Store) Registers(ctx context.Context, g auth.Grant) ([]Register, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	var list []Register
	var imports []registerKey
	err = s.each(ctx, `SELECT number, version, data, imported_at, charset, dialect, rows FROM registers WHERE case_id = $1 ORDER BY number`, []any{id}, func(rows *sql.Rows) error {
		var r Register
		var number, version, at int64
		var data []byte
		if err := rows.Scan(&number, &version, &data, &at, &r.Charset, &r.Dialect, &r.Rows); err != nil {
			return err
		}
		r.ImportedAt = time.UnixMicro(at).UTC()
		data, err := k.open(registerAt(number, version), data)
		if err != nil {
			return err
		}
		var name, source, settings, columns []byte
		if err := unpack(data, &name, &source, &settings, &columns); err != nil {
			return err
		}
		copy(r.Source[:], source)
		r.Name, r.Settings, r.Columns = string(name), string(settings), string(columns)
		list, imports = append(list, r), append(imports, registerKey{number, version})
		return nil
	})
	for i, of := range imports {
		if err == nil {
			err = s.countRegister(ctx, k, of, &list[i])
		}
	}
	if errors.Is(err, sql.ErrNoRows) { // a newer one was imported just now
		return s.Registers(ctx, g)
	}
	if err != nil {
		return nil, fmt.Errorf("list registers: %w", err)
	}
	return list, nil
}

// registerKey is one import of a register: what belongs to it is written with it.
type registerKey struct{ number, version int64 }

// countRegister counts the entries and rejects of an import: once, for there may be
// hundreds of thousands.
func (s *Store) countRegister(ctx context.Context, k *caseKeys, of registerKey, r *Register) error {
	type counts struct{ entries, gone, rejected int64 }
	n, err := keep(k.forGood.value(of), func() (n counts, err error) {
		err = s.db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM entries e WHERE e.case_id = r.case_id AND e.register = r.number),
			(SELECT COUNT(*) FROM entries e WHERE e.case_id = r.case_id AND e.register = r.number AND e.gone_at <> 0),
			(SELECT COUNT(DISTINCT j.row) FROM rejects j WHERE j.case_id = r.case_id AND j.register = r.number AND j.kept = 0)
			FROM registers r WHERE r.case_id = $1 AND r.number = $2 AND r.version = $3`, k.id, of.number, of.version).Scan(&n.entries, &n.gone, &n.rejected)
		return n, err
	})
	r.Entries, r.Gone, r.Rejected = n.entries-n.gone, n.gone, n.rejected
	return err
}

// Rejects lists what was wrong with the rows of a register, in row order.
func (s *Store) Rejects(ctx context.Context, g auth.Grant, register string) ([]Reject, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	var list []Reject
	err = s.each(ctx, `SELECT j.register, j.number, j.sheet, j.row, j.reason, j.data, j.other, j.kept FROM rejects j
		JOIN registers r ON r.case_id = j.case_id AND r.number = j.register
		WHERE j.case_id = $1 AND r.blind = $2 ORDER BY j.sheet, j.row, j.reason, j.number`,
		[]any{id, k.look(blindRegister, register)}, func(rows *sql.Rows) error {
			var j Reject
			var number, n int64
			var data []byte
			err := rows.Scan(&number, &n, &j.Sheet, &j.Row, &j.Reason, &data, &j.Other, &j.Kept)
			if err == nil && len(data) > 0 {
				data, err = k.open(rejectAt(number, n), data)
				j.Heading = string(data)
			}
			list = append(list, j)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list rejects: %w", err)
	}
	return list, nil
}

// Entries yields every entry of a case with its EntryID: the registers in
// order, in each the rows of the newest file and then who is gone.
func (s *Store) Entries(ctx context.Context, g auth.Grant) iter.Seq2[breach.Entry, error] {
	id := g.Case()
	return func(yield func(breach.Entry, error) bool) {
		k, err := s.under(ctx, g, append(append([]auth.Action{auth.FreezeNotice}, toTell...), toWork...)...)
		g := gathering{keys: k, yield: yield}
		if err == nil {
			err = s.each(ctx, `SELECT e.register, e.blind, e.seen, e.data, e.gone_at, g.register, g.guardian, g.data FROM entries e
				LEFT JOIN guardianships g ON g.case_id = e.case_id AND g.child = e.blind
				WHERE e.case_id = $1 ORDER BY e.register, e.gone_at <> 0, e.row, e.position, e.seen`, []any{id}, g.take)
		}
		if err == nil {
			err = g.give()
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(breach.Entry{}, fmt.Errorf("read entries: %w", err))
		}
	}
}

// errStop ends a query that nobody reads on.
var errStop = errors.New("stop")

// gathering joins the rows of one entry, of which there is one a guardian.
type gathering struct {
	keys      *caseKeys
	yield     func(breach.Entry, error) bool
	at        string // the key of the entry's row; "" before the first
	entry     breach.Entry
	guardians []breach.Personal // of other registers
	given     int64
}

func (g *gathering) take(rows *sql.Rows) error {
	var register, seen, gone int64
	var blind, data, guardian, sealed []byte
	var by sql.NullInt64
	if err := rows.Scan(&register, &blind, &seen, &data, &gone, &by, &guardian, &sealed); err != nil {
		return err
	}
	if at := rowKey(register, blind); at != g.at {
		if err := g.give(); err != nil {
			return err
		}
		data, err := g.keys.open(entryAt(register, blind, seen), data)
		if err != nil {
			return err
		}
		if g.entry, err = decodeEntry(data); err != nil {
			return err
		}
		g.at = at
		if gone != 0 && g.entry.Until.IsZero() {
			g.entry.Until = time.UnixMicro(gone).UTC()
		}
	}
	if !by.Valid {
		return nil
	}
	key, err := g.keys.open(guardianAt(by.Int64, blind, guardian), sealed)
	g.guardians = append(g.guardians, breach.Hide(string(key)))
	return err
}

// give hands the entry on, if there is one.
func (g *gathering) give() error {
	if g.at == "" {
		return nil
	}
	slices.SortFunc(g.guardians, func(a, b breach.Personal) int { return strings.Compare(a.Reveal(), b.Reveal()) })
	for _, who := range g.guardians {
		if !slices.Contains(g.entry.Guardians, who) {
			g.entry.Guardians = append(g.entry.Guardians, who)
		}
	}
	g.entry.ID = breach.EntryID(g.given)
	g.given++
	g.at, g.guardians = "", g.guardians[:0]
	if !g.yield(g.entry, nil) {
		return errStop
	}
	return nil
}

// EntriesHash tells one state of a case's registers from another. Two cases
// never have the same.
func (s *Store) EntriesHash(ctx context.Context, g auth.Grant) ([32]byte, error) {
	if err := s.allow(g, toWork...); err != nil {
		return [32]byte{}, err
	}
	id := g.Case()
	h := sha256.New()
	err := s.each(ctx, `SELECT register, row, position, blind, fingerprint, gone_at FROM entries
		WHERE case_id = $1 ORDER BY register, row, position, blind`, []any{id}, func(rows *sql.Rows) error {
		var blind, fingerprint []byte
		var register, row, position, gone int64
		if err := rows.Scan(&register, &row, &position, &blind, &fingerprint, &gone); err != nil {
			return err
		}
		_, err := fmt.Fprintf(h, "%d %d %d %x %x %d\n", register, row, position, blind, fingerprint, gone)
		return err
	})
	if err == nil {
		err = s.each(ctx, `SELECT child, register, guardian FROM guardianships WHERE case_id = $1 ORDER BY child, register, guardian`, []any{id}, func(rows *sql.Rows) error {
			var child, guardian []byte
			var register int64
			if err := rows.Scan(&child, &register, &guardian); err != nil {
				return err
			}
			_, err := fmt.Fprintf(h, "%x %d %x\n", child, register, guardian)
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
