package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// DispatchSealer makes the dispatches of one version that is being frozen ready
// to be kept.
type DispatchSealer struct {
	k       *caseKeys
	n       NoticeVersion
	wording *s2.Dict
	idle    sync.Pool // of *sealing
}

// sealing is what one dispatch is written in before it is sealed.
type sealing struct{ plain, short []byte }

// SealedDispatch is a dispatch sealed for its place. Only Seal makes one.
type SealedDispatch struct {
	by              *DispatchSealer
	seq             int64
	subject, reader breach.PersonID
	ref             string
	wave            int64
	state           breach.DeliveryState
	byHand          bool
	data            []byte
}

// ErrMisplaced means that a dispatch was sealed for another place than the next.
var ErrMisplaced = errors.New("sealed for another place")

// DispatchSealer begins to freeze a version. Wording is what letters have in
// common, and says nothing of anybody: it is kept once, and the more of a letter
// stands in it the less is kept of each. Of more than 64 KiB the end counts; it may be nil.
func (s *Store) DispatchSealer(ctx context.Context, g auth.Grant, n NoticeVersion, wording []byte) (*DispatchSealer, error) {
	k, err := s.under(ctx, g, auth.FreezeNotice)
	if err != nil {
		return nil, err
	}
	return &DispatchSealer{k: k, n: n, wording: newWording(wording)}, nil
}

// Seal seals a dispatch for its place: Seq says which, from 1, and Ref is what
// Refs gives, or "". Many may seal at once.
func (x *DispatchSealer) Seal(d Dispatch) SealedDispatch {
	if d.Ref == "" {
		d.Ref = refOf(x.k, d.Notice)
	}
	in, ok := x.idle.Get().(*sealing)
	if !ok {
		in = &sealing{}
	}
	in.plain = encodeDispatch(in.plain[:0], d)
	in.short = shorten(x.wording, in.short, in.plain)
	data := x.k.seal(letterAt(x.n, d.Seq), in.short)
	clear(in.plain) // nothing of one lies where the next is written
	clear(in.short)
	x.idle.Put(in)
	return SealedDispatch{by: x, seq: d.Seq, subject: d.Notice.Subject, reader: d.Notice.Reader, ref: d.Ref, wave: d.Wave, state: d.State,
		byHand: d.Notice.Channel == breach.ByHand, data: data}
}

// FreezeNotice keeps everything of the version that the dispatches were sealed
// for: these in their order, and the version's data once all were given. They are
// kept some at a time, so that nobody waits for long, and count for nothing until
// the version is frozen: as a whole, or it is a draft.
func (s *Store) FreezeNotice(ctx context.Context, g auth.Grant, x *DispatchSealer, dispatches iter.Seq2[SealedDispatch, error], data func() ([]byte, error)) (NoticeVersion, error) {
	if err := s.allow(g, auth.FreezeNotice); err != nil {
		return x.n, err
	}
	if string(g.Case()) != x.k.id {
		return x.n, fmt.Errorf("freeze notice: %w", ErrMisplaced)
	}
	unlock, err := s.dialect.lock(ctx, "cases/"+x.k.id+"/freezing", false)
	if errors.Is(err, errHeld) {
		return x.n, &breach.Refusal{Key: "refusal.freezing"}
	}
	if err != nil {
		return x.n, fmt.Errorf("freeze notice: %w", explain(err))
	}
	done, err := s.freeze(ctx, g, x, dispatches, data)
	if err = errors.Join(err, unlock()); err != nil {
		return x.n, fmt.Errorf("freeze notice: %w", err)
	}
	return done, nil
}

func (s *Store) freeze(ctx context.Context, g auth.Grant, x *DispatchSealer, dispatches iter.Seq2[SealedDispatch, error], data func() ([]byte, error)) (NoticeVersion, error) {
	k, n := x.k, x.n
	drop := func(ctx context.Context) error { // of an attempt that came to nothing
		return s.asDraft(ctx, k, n, func(tx *sql.Tx, _ NoticeVersion) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM dispatches WHERE case_id = $1 AND notice = $2 AND version = $3`, k.id, n.ID, n.Version)
			return err
		})
	}
	if err := drop(ctx); err != nil {
		return n, err
	}
	hands, err := s.keepDispatches(ctx, x, dispatches)
	if err == nil {
		err = s.asDraft(ctx, k, n, func(tx *sql.Tx, now NoticeVersion) (err error) {
			if now.Data, err = data(); err != nil {
				return err
			}
			now.State = NoticeFrozen
			now.revision++
			_, err = tx.ExecContext(ctx, `UPDATE notices SET state = $1, revision = $2, data = $3 WHERE case_id = $4 AND notice = $5 AND version = $6`,
				now.State, now.revision, k.seal(noticeAt(now), now.Data), k.id, now.ID, now.Version)
			if err == nil {
				err = putSummary(ctx, tx, k, handsSummary(now), hands)
			}
			if err == nil && x.wording != nil {
				err = putSummary(ctx, tx, k, wordingSummary(now), x.wording.Bytes())
			}
			n = now
			if err == nil {
				err = s.done(ctx, tx, g, k, g.Asked(), n.name()+",frozen", said{"notice", breach.Hide(string(n.Data))})
			}
			return err
		})
	}
	if err != nil { // where this fails too, the next attempt does it
		_ = drop(context.WithoutCancel(ctx))
	}
	return n, err
}

// asDraft runs f in a transaction, in which the version is still the draft that
// was read.
func (s *Store) asDraft(ctx context.Context, k *caseKeys, n NoticeVersion, f func(*sql.Tx, NoticeVersion) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		now, err := noticeIn(ctx, tx, k, n.ID, n.Version)
		if err != nil {
			return err
		}
		if now.State != NoticeDraft || now.revision != n.revision {
			return ErrMoved
		}
		return f(tx, now)
	})
}

// keepAtOnce is how many dispatches are kept in one transaction. Their names are
// random, so nearly each of them has SQLite write a page of the index of names:
// with more at once, several share one.
const keepAtOnce = 4000

// keepDispatches keeps them, and tells which of them no machine hands over.
func (s *Store) keepDispatches(ctx context.Context, x *DispatchSealer, dispatches iter.Seq2[SealedDispatch, error]) (hands []int64, err error) {
	var some []SealedDispatch
	keep := func() error {
		err := s.asDraft(ctx, x.k, x.n, func(tx *sql.Tx, _ NoticeVersion) error { return insertDispatches(ctx, tx, x, some) })
		clear(some)
		some = some[:0]
		return err
	}
	seq := int64(0)
	hands = []int64{}
	for d, err := range dispatches {
		if err != nil {
			return nil, err
		}
		if seq++; d.by != x || d.seq != seq {
			return nil, fmt.Errorf("dispatch %d of %s: %w", seq, x.n.name(), ErrMisplaced)
		}
		if d.byHand {
			hands = append(hands, seq)
		}
		if some = append(some, d); len(some) == keepAtOnce {
			if err := keep(); err != nil {
				return nil, err
			}
		}
	}
	return hands, keep()
}

// rowsAtOnce is how many rows one statement writes. SQLite's driver looks each
// value up among all: with many more it is slower again.
const rowsAtOnce = 16

func insertDispatches(ctx context.Context, tx *sql.Tx, x *DispatchSealer, some []SealedDispatch) error {
	const (
		dispatches = `INSERT INTO dispatches (case_id, notice, version, seq, subject, reader, ref, wave, state, attempt, due) VALUES `
		letters    = `INSERT INTO letters (case_id, notice, version, seq, data) VALUES `
	)
	var put, say string
	args := make([]any, 0, 3+6*rowsAtOnce)
	for rows := range slices.Chunk(some, rowsAtOnce) {
		if put == "" || len(rows) < rowsAtOnce {
			put, say = dispatches+valuesOf(len(rows), 6, ", 0, 0"), letters+valuesOf(len(rows), 2, "")
		}
		args = append(args[:0], x.k.id, x.n.ID, x.n.Version)
		for _, d := range rows {
			args = append(args, d.seq, d.subject, d.reader, d.ref, d.wave, d.state)
		}
		_, err := tx.ExecContext(ctx, put, args...)
		if err == nil {
			args = args[:3]
			for _, d := range rows {
				args = append(args, d.seq, d.data)
			}
			_, err = tx.ExecContext(ctx, say, args...)
		}
		if err != nil {
			return fmt.Errorf("dispatches from %d: %w", rows[0].seq, err)
		}
	}
	return nil
}

// valuesOf writes so many rows of arguments: each of the first three, which all
// have in common, so many of its own, and an end.
func valuesOf(rows, own int, end string) string {
	var b strings.Builder
	for row := range rows {
		if row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("($1, $2, $3")
		for i := range own {
			fmt.Fprintf(&b, ", $%d", 4+row*own+i)
		}
		b.WriteString(end + ")")
	}
	return b.String()
}
