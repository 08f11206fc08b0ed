package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Step is one step of one dispatch, or with Seq 0 of all that are in a state
// and a wave.
type Step struct {
	Number  int64 // in the case
	Notice  breach.NoticeID
	Version int64
	Seq     int64
	Wave    int64
	Attempt int64
	Was     breach.DeliveryState
	Becomes breach.DeliveryState
	At      time.Time
	Who     auth.UserID
	Detail  breach.Personal // what was answered, found or decided
}

// chain is the running end of a case's chain of steps, in one transaction.
type chain struct {
	tx     *sql.Tx
	k      *caseKeys
	number int64
	hash   [32]byte
}

func openChain(ctx context.Context, tx *sql.Tx, k *caseKeys) (*chain, error) {
	c := &chain{tx: tx, k: k}
	var hash []byte
	err := tx.QueryRowContext(ctx, `SELECT number, chain FROM deliveries WHERE case_id = $1 ORDER BY number DESC LIMIT 1`, k.id).Scan(&c.number, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	copy(c.hash[:], hash)
	return c, nil
}

// add writes a step.
func (c *chain) add(ctx context.Context, s Step) error {
	return c.link(ctx, s, []byte(plain(s.Detail.Reveal())))
}

// grouped stands for the seq of a row that holds many steps of one kind: which,
// and what was answered to each, lies sealed together.
const grouped = -1

// addAll writes steps that many dispatches took together, as one link.
func (c *chain) addAll(ctx context.Context, s Step, outcomes []Outcome) error {
	var list []byte
	for _, o := range outcomes {
		detail := plain(o.Detail.Reveal())
		list = binary.AppendUvarint(binary.AppendUvarint(list, uint64(o.Seq)), uint64(o.Attempt))
		list = append(binary.AppendUvarint(list, uint64(len(detail))), detail...)
	}
	s.Seq = grouped
	return c.link(ctx, s, list)
}

// each gives the steps of a row that holds many.
func (s Step) each(list []byte) (steps []Step, err error) {
	number := func() uint64 {
		n, size := binary.Uvarint(list)
		if size <= 0 {
			err, size = errPacked, len(list)
		}
		list = list[size:]
		return n
	}
	for len(list) > 0 {
		s.Seq, s.Attempt = int64(number()), int64(number())
		size := number()
		if err != nil || size > uint64(len(list)) {
			return nil, errPacked
		}
		s.Detail = breach.Hide(string(list[:size]))
		list = list[size:]
		steps = append(steps, s)
	}
	return steps, nil
}

// link writes one row, which holds all before it.
func (c *chain) link(ctx context.Context, s Step, detail []byte) error {
	c.number++
	s.Number = c.number
	salted, sealed := []byte(nil), []byte{}
	if len(detail) > 0 {
		var salt [16]byte
		_, _ = rand.Read(salt[:]) // never fails: crypto/rand
		salted = pack(salt[:], detail)
		sealed = c.k.seal(stepAt(s.Number), salted)
	}
	c.hash = s.link(c.hash, salted)
	_, err := c.tx.ExecContext(ctx, `INSERT INTO deliveries (case_id, number, notice, version, seq, wave, attempt, was, becomes, at, who, data, chain)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.k.id, s.Number, s.Notice, s.Version, s.Seq, s.Wave, s.Attempt, s.Was, s.Becomes, s.At.UnixMicro(), s.Who, sealed, c.hash[:])
	return err
}

func stepAt(number int64) cell { return cell{table: "deliveries", row: rowKey(number)} }

// link is the hash of a step together with all before it. Each part is preceded
// by its length.
func (s Step) link(before [32]byte, salted []byte) [32]byte {
	b := append(make([]byte, 0, 256), before[:]...)
	for _, n := range []int64{s.Number, s.Version, s.Seq, s.Wave, s.Attempt, s.At.UnixMicro()} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	for _, t := range []string{string(s.Notice), string(s.Was), string(s.Becomes), string(s.Who)} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(t))), t...)
	}
	sum := sha256.Sum256(salted)
	return sha256.Sum256(append(b, sum[:]...))
}

// name is the end of the chain, as the journal has it.
func (c *chain) name() string {
	return fmt.Sprintf(",steps=%d,chain=%s", c.number, hex.EncodeToString(c.hash[:16]))
}

// Command asks for a wave, once, with a key that its author's page or command
// made beforehand.
type Command struct {
	Key  string
	Wave int64
	Due  time.Time // nothing goes out before
}

// Released is the answer to a command.
type Released struct {
	Now     bool // by this command, or one with the same key
	By      auth.UserID
	At      time.Time
	Outcome string // "released", "already-released", "halted", "not-approved", "wave-order"
	Rows    int64
}

// Release opens a wave of a version that was approved. However often and with
// whatever keys it is asked for, a wave is released once; the same key always
// gets the same answer.
func (s *Store) Release(ctx context.Context, g auth.Grant, n NoticeVersion, c Command) (r Released, err error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return r, err
	}
	if c.Key == "" || c.Wave < 1 {
		return r, errors.New("release a wave: no key, or no wave")
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT who, at, outcome FROM commands WHERE case_id = $1 AND id = $2 AND notice = $3 AND version = $4 AND wave = $5`,
			k.id, plain(c.Key), n.ID, n.Version, c.Wave).Scan(&r.By, &at, &r.Outcome)
		if err == nil {
			r.At, r.Now = time.UnixMicro(at).UTC(), r.Outcome == "released"
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		now, err := noticeIn(ctx, tx, k, n.ID, n.Version)
		if err != nil {
			return err
		}
		r = Released{By: g.Who(), At: g.Asked().Wall.UTC().Truncate(time.Microsecond), Outcome: "released"}
		switch {
		case now.State != NoticeApproved:
			r.Outcome = "not-approved"
		case now.Halted != "":
			r.Outcome = "halted"
		case c.Wave <= now.Wave:
			r.Outcome = "already-released"
		case c.Wave > now.Wave+1:
			r.Outcome = "wave-order"
		}
		if r.Outcome == "released" {
			if r.Rows, err = s.openWave(ctx, tx, k, g, now, c); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO commands (case_id, id, notice, version, wave, who, at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.id, plain(c.Key), n.ID, n.Version, c.Wave, r.By, r.At.UnixMicro(), r.Outcome)
		r.Now = r.Outcome == "released"
		if r.Outcome == "already-released" && err == nil {
			err = tx.QueryRowContext(ctx, `SELECT who, at FROM commands WHERE case_id = $1 AND notice = $2 AND version = $3 AND wave = $4 AND outcome = 'released'`,
				k.id, n.ID, n.Version, c.Wave).Scan(&r.By, &at)
			r.At = time.UnixMicro(at).UTC()
		}
		return err
	})
	if err != nil {
		return Released{}, fmt.Errorf("release a wave: %w", err)
	}
	return r, nil
}

func (s *Store) openWave(ctx context.Context, tx *sql.Tx, k *caseKeys, g auth.Grant, n NoticeVersion, c Command) (int64, error) {
	done, err := tx.ExecContext(ctx, `UPDATE dispatches SET state = 'released', due = $1 WHERE case_id = $2 AND notice = $3 AND version = $4 AND wave = $5 AND state = 'planned'`,
		max(c.Due.UnixMicro(), 0), k.id, n.ID, n.Version, c.Wave)
	if err != nil {
		return 0, err
	}
	rows, err := done.RowsAffected()
	if err != nil {
		return 0, err
	}
	n.Wave = c.Wave
	n.revision++
	_, err = tx.ExecContext(ctx, `UPDATE notices SET wave = $1, revision = $2, data = $3 WHERE case_id = $4 AND notice = $5 AND version = $6`,
		n.Wave, n.revision, k.seal(noticeAt(n), n.Data), k.id, n.ID, n.Version)
	if err != nil {
		return 0, err
	}
	ch, err := openChain(ctx, tx, k)
	if err != nil {
		return 0, err
	}
	err = ch.add(ctx, Step{Notice: n.ID, Version: n.Version, Wave: c.Wave, Was: breach.Planned, Becomes: breach.Released, At: g.Asked().Wall, Who: g.Who()})
	if err == nil {
		err = s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("%s,wave=%d,released=%d%s", n.name(), c.Wave, rows, ch.name()))
	}
	return rows, err
}

// ReleasedAt is when a wave was released; zero if it was not.
func (s *Store) ReleasedAt(ctx context.Context, g auth.Grant, n NoticeVersion, wave int64) (time.Time, error) {
	if err := s.allow(g, toCheck...); err != nil {
		return time.Time{}, err
	}
	var at int64
	err := s.db.QueryRowContext(ctx, `SELECT at FROM commands WHERE case_id = $1 AND notice = $2 AND version = $3 AND wave = $4 AND outcome = 'released'`,
		g.Case(), n.ID, n.Version, wave).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look up a wave: %w", err)
	}
	return time.UnixMicro(at).UTC(), nil
}
