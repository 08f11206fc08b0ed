package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// List is one version of the list of who is exposed with what. A resolve that
// finds the same people with the same data makes none.
type List struct {
	Number    int64 // from 1
	At        time.Time
	Root      [sha256.Size]byte // of everybody on it; the same for the same people with the same data
	People    int64             // of the registers
	Strangers int64             // in no register
	Protected int64             // of the people, those with a protected identity
	Frozen    time.Time         // zero until two others agreed that notices go by it
	By        string            // who froze it
	Approval  string            // by which; "" at the console
	Kept      bool              // who stands on it is still known
}

// Listed is somebody on a list. Who is the same on every list of the case.
type Listed struct {
	Who                      ListKey
	Number                   int64 // the person's, in the resolve that made the list
	Stranger                 bool
	Protected                bool
	Proven, Likely, Possible breach.Kinds
}

// ListKey tells people apart on lists: a keyed hash.
type ListKey [16]byte

// keptLists is how many of the newest lists keep who stands on them.
const keptLists = 10

// listRow is what is sealed of a list.
type listRow struct {
	Root      string `json:"root"`
	People    int64  `json:"people"`
	Strangers int64  `json:"strangers"`
	Protected int64  `json:"protected"`
	By        string `json:"by,omitempty"`
	Approval  string `json:"approval,omitempty"`
}

const blindListed = "lists.person"

// ListKey is the key of a person who is told apart by some values, the same in
// every resolve.
func (w *PeopleWriter) ListKey(values ...breach.Personal) ListKey {
	var parts []any
	for _, v := range values {
		parts = append(parts, []byte(v.Reveal()))
	}
	return ListKey(w.keys.look(blindListed, rowKey(parts...)))
}

// List writes a new version, unless it would be the one before it; everybody
// comes in the order of the keys, more than once if need be.
func (w *PeopleWriter) List(at time.Time, everybody iter.Seq2[Listed, error]) error {
	last, err := w.s.lastList(w.ctx, w.tx, w.keys)
	if err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	l := List{Number: last.Number + 1, At: at.UTC().Truncate(time.Microsecond)}
	pages := listPages{w: w, list: l.Number}
	root := sha256.New()
	root.Write([]byte("klarlagt list 1\n"))
	for p, err := range everybody {
		if err != nil {
			return err
		}
		record := p.Record()
		root.Write(record[:listedHashed])
		l.count(p)
		if err := pages.add(record); err != nil {
			return fmt.Errorf("write list: %w", explain(err))
		}
	}
	root.Sum(l.Root[:0])
	if last.Number > 0 && l.Root == last.Root {
		_, err = w.tx.ExecContext(w.ctx, `DELETE FROM list_pages WHERE case_id = $1 AND list = $2`, w.id, l.Number)
	} else if err = pages.turn(); err == nil {
		err = w.putList(l)
	}
	if err != nil {
		return fmt.Errorf("write list: %w", explain(err))
	}
	return nil
}

func (l *List) count(p Listed) {
	switch {
	case p.Stranger:
		l.Strangers++
		return
	case p.Protected:
		l.Protected++
	}
	l.People++
}

// putList writes the row of a list, and forgets who stands on an old one.
func (w *PeopleWriter) putList(l List) error {
	data, err := json.Marshal(l.row())
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, `INSERT INTO lists (case_id, number, at, frozen, data) VALUES ($1, $2, $3, $4, $5)`,
			w.id, l.Number, l.At.UnixMicro(), 0, w.keys.seal(listAt(l), data))
	}
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, `DELETE FROM list_pages WHERE case_id = $1 AND list <= $2 AND list IN
			(SELECT number FROM lists WHERE case_id = $1 AND frozen = 0)`, w.id, l.Number-keptLists)
	}
	return err
}

func (l List) row() listRow {
	return listRow{hex.EncodeToString(l.Root[:]), l.People, l.Strangers, l.Protected, l.By, l.Approval}
}

func listAt(l List) cell {
	return cell{table: "lists", row: rowKey(l.Number, l.At.UnixMicro(), micros(l.Frozen))}
}

// micros is a time as a column has it; 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

const listColumns = `number, at, frozen, data, EXISTS (SELECT 1 FROM list_pages p WHERE p.case_id = lists.case_id AND p.list = lists.number)`

func scanList(k *caseKeys, row interface{ Scan(...any) error }) (l List, err error) {
	var at, frozen int64
	var data []byte
	if err := row.Scan(&l.Number, &at, &frozen, &data, &l.Kept); err != nil {
		return l, err
	}
	if l.At = time.UnixMicro(at).UTC(); frozen != 0 {
		l.Frozen = time.UnixMicro(frozen).UTC()
	}
	if data, err = k.open(listAt(l), data); err != nil {
		return l, err
	}
	var r listRow
	if err := json.Unmarshal(data, &r); err != nil {
		return l, err
	}
	root, err := hex.DecodeString(r.Root)
	copy(l.Root[:], root)
	l.People, l.Strangers, l.Protected, l.By, l.Approval = r.People, r.Strangers, r.Protected, r.By, r.Approval
	l.Kept = l.Kept || l.People+l.Strangers == 0
	return l, err
}

// lastList is the newest list; the zero one where there is none.
func (s *Store) lastList(ctx context.Context, tx *sql.Tx, k *caseKeys) (List, error) {
	l, err := scanList(k, tx.QueryRowContext(ctx, `SELECT `+listColumns+` FROM lists WHERE case_id = $1 ORDER BY number DESC LIMIT 1`, k.id))
	if errors.Is(err, sql.ErrNoRows) {
		return List{}, nil
	}
	return l, err
}

// FreezeList freezes the newest list, if it is the one of that number and root,
// as two others have agreed. There is no way back.
func (s *Store) FreezeList(ctx context.Context, g auth.Grant, number int64, root [sha256.Size]byte, approval string) (l List, err error) {
	k, err := s.under(ctx, g, auth.FreezeList)
	if err != nil {
		return l, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if l, err = s.lastList(ctx, tx, k); err != nil {
			return err
		}
		switch {
		case l.Number != number || !bytes.Equal(l.Root[:], root[:]):
			return &breach.Refusal{Key: "refusal.list-old", Args: map[string]any{"Number": number, "Newest": l.Number}}
		case !l.Frozen.IsZero():
			return &breach.Refusal{Key: "refusal.list-frozen", Args: map[string]any{"Number": number}}
		}
		l.Frozen, l.By, l.Approval = g.Asked().Wall.UTC().Truncate(time.Microsecond), string(g.Who()), approval
		data, err := json.Marshal(l.row())
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE lists SET frozen = $1, data = $2 WHERE case_id = $3 AND number = $4`, l.Frozen.UnixMicro(), k.seal(listAt(l), data), k.id, number)
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("list:%d", number), said{"root", breach.Hide(hex.EncodeToString(root[:]))})
	})
	if err != nil {
		return List{}, fmt.Errorf("freeze list: %w", err)
	}
	return l, nil
}
