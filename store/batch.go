package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Batch is letters of one version that are printed together.
type Batch struct {
	ID      string // which stands on each sheet
	Notice  breach.NoticeID
	Version int64
	Made    bool   // all its letters are written, and its pieces are known
	Data    []byte // how it is printed and what was read of it, as casework has it

	revision int64
}

// PieceState is how far one numbered piece of paper has come.
type PieceState string

// The states. A piece that is spoilt stays so: what is printed in its place has
// a number of its own.
const (
	PieceMade     PieceState = "made" // its file is written
	PiecePrinted  PieceState = "printed"
	PieceSpoilt   PieceState = "spoilt" // and not posted
	PiecePosted   PieceState = "posted"
	PieceReturned PieceState = "returned"
)

// Piece is one numbered letter of a batch.
type Piece struct {
	Batch  string
	Number int64 // from 1
	Seq    int64 // of its dispatch
	State  PieceState
	Data   []byte // where it is printed, as casework has it

	revision int64
}

// Standing is how far a dispatch has come, without what it says.
type Standing struct {
	State   breach.DeliveryState
	Attempt int64
}

func batchAt(b Batch) cell {
	return cell{table: "batches", row: rowKey(b.ID), version: b.revision}
}

func pieceAt(p Piece) cell {
	return cell{table: "pieces", row: rowKey(p.Batch, p.Number), version: p.revision}
}

// NewBatch begins a batch: its dispatches are being handed over from here on,
// before anything of them is written. The version is approved and not halted.
func (s *Store) NewBatch(ctx context.Context, g auth.Grant, n NoticeVersion, b Batch, now time.Time, taken []Outcome) (Batch, error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return b, err
	}
	b.Notice, b.Version, b.Made, b.revision = n.ID, n.Version, false, 1
	err = s.tx(ctx, func(tx *sql.Tx) error {
		v, err := noticeIn(ctx, tx, k, n.ID, n.Version)
		if err != nil {
			return err
		}
		if v.State != NoticeApproved {
			return &breach.Refusal{Key: "refusal.notice-not-approved"}
		}
		if v.Halted != "" {
			return &breach.Refusal{Key: "refusal.notice-halted", Args: map[string]any{"Why": v.Halted}}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO batches (case_id, batch, notice, version, made, revision, data) VALUES ($1, $2, $3, $4, 0, 1, $5)`,
			k.id, b.ID, n.ID, n.Version, k.seal(batchAt(b), b.Data))
		if err != nil {
			return err
		}
		return s.stepIn(ctx, tx, g, k, n, now, taken, "batch="+idOf(b.ID)+",taken")
	})
	if err != nil {
		return b, fmt.Errorf("begin a batch: %w", err)
	}
	return b, nil
}

// stepIn takes dispatches each a step on, with a record of how many.
func (s *Store) stepIn(ctx context.Context, tx *sql.Tx, g auth.Grant, k *caseKeys, n NoticeVersion, now time.Time, outcomes []Outcome, what string) error {
	c, err := openChain(ctx, tx, k)
	if err != nil {
		return err
	}
	if err := move(ctx, c, g, n, now, outcomes); err != nil {
		return err
	}
	return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("%s,%s=%d%s", n.name(), what, len(outcomes), c.name()))
}

// ChangeBatch keeps what became of a batch, in one transaction: what it says by
// now, pieces that are new or changed, and the steps of their dispatches. A batch
// with pieces is made.
func (s *Store) ChangeBatch(ctx context.Context, g auth.Grant, n NoticeVersion, b Batch, now time.Time, pieces []Piece, outcomes []Outcome) (Batch, error) {
	k, err := s.under(ctx, g, append([]auth.Action{auth.SettleNotice}, toTell...)...)
	if err != nil {
		return b, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		was := b.revision
		b.revision++
		b.Made = b.Made || len(pieces) > 0
		done, err := tx.ExecContext(ctx, `UPDATE batches SET made = $1, revision = $2, data = $3 WHERE case_id = $4 AND batch = $5 AND revision = $6 AND notice = $7 AND version = $8`,
			flag(b.Made), b.revision, k.seal(batchAt(b), b.Data), k.id, b.ID, was, n.ID, n.Version)
		if err != nil {
			return err
		}
		if rows, err := done.RowsAffected(); err != nil || rows != 1 {
			return errors.Join(ErrMoved, err)
		}
		if err := putPieces(ctx, tx, k, b.ID, pieces); err != nil {
			return err
		}
		return s.stepIn(ctx, tx, g, k, n, now, outcomes, fmt.Sprintf("batch=%s,pieces=%d,settled", idOf(b.ID), len(pieces)))
	})
	if err != nil {
		return b, fmt.Errorf("change batch %s: %w", b.ID, err)
	}
	return b, nil
}

// flag is a truth as a number: one SQL text serves both databases.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func putPieces(ctx context.Context, tx *sql.Tx, k *caseKeys, batch string, pieces []Piece) error {
	if len(pieces) == 0 {
		return nil
	}
	put, err := tx.PrepareContext(ctx, `INSERT INTO pieces (case_id, batch, number, revision, data) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (case_id, batch, number) DO UPDATE SET revision = excluded.revision, data = excluded.data WHERE pieces.revision = excluded.revision - 1`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, p := range pieces {
		p.Batch = batch
		p.revision++
		plain := pack([]byte(strconv.FormatInt(p.Seq, 10)), []byte(p.State), p.Data)
		done, err := put.ExecContext(ctx, k.id, batch, p.Number, p.revision, k.seal(pieceAt(p), plain))
		if err != nil {
			return err
		}
		if rows, err := done.RowsAffected(); err != nil || rows != 1 {
			return fmt.Errorf("piece %d: %w", p.Number, errors.Join(ErrMoved, err))
		}
	}
	return nil
}

// Batches lists the batches of a case in the order of their names; of one
// version of a notice.
func (s *Store) Batches(ctx context.Context, g auth.Grant, n NoticeVersion) ([]Batch, error) {
	k, err := s.under(ctx, g, toCheck...)
	if err != nil {
		return nil, err
	}
	var list []Batch
	err = s.each(ctx, `SELECT batch, made, revision, data FROM batches WHERE case_id = $1 AND notice = $2 AND version = $3 ORDER BY batch`,
		[]any{k.id, n.ID, n.Version}, func(rows *sql.Rows) error {
			b := Batch{Notice: n.ID, Version: n.Version}
			var made int64
			var data []byte
			err := rows.Scan(&b.ID, &made, &b.revision, &data)
			if err == nil {
				b.Made = made != 0
				b.Data, err = k.open(batchAt(b), data)
			}
			list = append(list, b)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return list, nil
}

// Pieces yields the pieces of a batch by their numbers.
func (s *Store) Pieces(ctx context.Context, g auth.Grant, b Batch) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		k, err := s.under(ctx, g, toCheck...)
		const page = 1000
		for after := int64(-1); err == nil; {
			var list []Piece
			err = s.each(ctx, `SELECT number, revision, data FROM pieces WHERE case_id = $1 AND batch = $2 AND number > $3 ORDER BY number LIMIT $4`,
				[]any{k.id, b.ID, after, page}, func(rows *sql.Rows) error {
					p, err := scanPiece(rows, k, b.ID)
					list = append(list, p)
					return err
				})
			if err != nil {
				break
			}
			for _, p := range list {
				if !yield(p, nil) {
					return
				}
			}
			if len(list) < page {
				return
			}
			after = list[len(list)-1].Number
		}
		yield(Piece{}, fmt.Errorf("read the pieces of batch %s: %w", b.ID, err))
	}
}

func scanPiece(rows *sql.Rows, k *caseKeys, batch string) (Piece, error) {
	p := Piece{Batch: batch}
	var sealed, seq, state []byte
	err := rows.Scan(&p.Number, &p.revision, &sealed)
	if err == nil {
		sealed, err = k.open(pieceAt(p), sealed)
	}
	if err == nil {
		err = unpack(sealed, &seq, &state, &p.Data)
	}
	if err == nil {
		p.State = PieceState(state)
		p.Seq, err = strconv.ParseInt(string(seq), 10, 64)
	}
	return p, err
}

// Standings tells how far each dispatch of a version has come, by its number.
func (s *Store) Standings(ctx context.Context, g auth.Grant, n NoticeVersion) (map[int64]Standing, error) {
	if err := s.allow(g, toCheck...); err != nil {
		return nil, err
	}
	all := map[int64]Standing{}
	err := s.each(ctx, `SELECT seq, state, attempt FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3`, []any{g.Case(), n.ID, n.Version}, func(rows *sql.Rows) error {
		var seq int64
		var at Standing
		err := rows.Scan(&seq, &at.State, &at.Attempt)
		all[seq] = at
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how far dispatches have come: %w", err)
	}
	return all, nil
}
