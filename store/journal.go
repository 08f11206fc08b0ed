package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// journalTx is the tenant's journal inside one transaction. Transactions that
// write stand in line, so two never write one record.
type journalTx struct{ tx *sql.Tx }

// Size is the number of records.
func (j journalTx) Size(ctx context.Context) (size int64, err error) {
	err = j.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq) + 1, 0) FROM journal_records`).Scan(&size)
	return size, err
}

// Hashes reads hashes by their numbers.
func (j journalTx) Hashes(ctx context.Context, numbers []int64) ([]journal.Hash, error) {
	hashes := make([]journal.Hash, len(numbers))
	for i, n := range numbers {
		var hash []byte
		if err := j.tx.QueryRowContext(ctx, `SELECT hash FROM journal_hashes WHERE id = $1`, n).Scan(&hash); err != nil {
			return nil, err
		}
		if copy(hashes[i][:], hash) != len(hashes[i]) {
			return nil, fmt.Errorf("hash %d is not whole", n)
		}
	}
	return hashes, nil
}

// Write adds a record with its hashes.
func (j journalTx) Write(ctx context.Context, e journal.Entry) error {
	_, err := j.tx.ExecContext(ctx, `INSERT INTO journal_records (seq, case_id, data) VALUES ($1, $2, $3)`, e.Record.Seq, e.Record.Case, e.Line)
	for i, hash := range e.Hashes {
		if err == nil {
			_, err = j.tx.ExecContext(ctx, `INSERT INTO journal_hashes (id, hash) VALUES ($1, $2)`, e.First+int64(i), hash[:])
		}
	}
	return err
}

// said is a value that a record commits to: it is sealed under the case's key.
type said struct {
	of    string
	value breach.Personal
}

// done writes that what a grant is for was done, in the transaction that does
// it: without the record there is no act, and without the act no record.
func (s *Store) done(ctx context.Context, tx *sql.Tx, g auth.Grant, k *caseKeys, at auth.Instant, object string, values ...said) error {
	r := journal.Record{At: at.Wall, Tenant: string(s.tenant), Case: string(g.Case()), Who: idOf(string(g.Who())), Session: idOf(string(g.Session())),
		Origin: idOf(string(g.Origin())), Act: string(g.Action()), Object: idOf(object), Purpose: string(g.Purpose()), Verdict: journal.Done}
	if k != nil {
		r.Case = k.id
	}
	salts := make([]breach.Personal, len(values))
	for i, v := range values {
		salts[i] = journal.NewSalt()
		r.Commitments = append(r.Commitments, journal.Commit(v.of, salts[i], v.value))
	}
	r, err := journal.Append(ctx, journalTx{tx}, r)
	for i, v := range values {
		if err == nil {
			sealed := k.seal(commitmentAt(r.Seq, int64(i)), pack([]byte(salts[i].Reveal()), []byte(v.value.Reveal())))
			_, err = tx.ExecContext(ctx, `INSERT INTO journal_commitments (seq, number, case_id, data) VALUES ($1, $2, $3, $4)`, r.Seq, i, k.id, sealed)
		}
	}
	if err == nil {
		err = s.announce(ctx, tx, r)
	}
	return err
}

func commitmentAt(seq, number int64) cell {
	return cell{table: "journal_commitments", row: rowKey(seq, number)}
}

// Told is a record of the journal, with the values that it commits to where
// the case's key is there still.
type Told struct {
	journal.Record
	Values []breach.Personal // beside Commitments; zero where nobody can tell any more
}

// CaseJournal yields who has done and seen what in a case, oldest first. A value
// that is not the one committed to is an error.
func (s *Store) CaseJournal(ctx context.Context, g auth.Grant) iter.Seq2[Told, error] {
	return func(yield func(Told, error) bool) {
		k, err := s.under(ctx, g, auth.ReadCaseJournal)
		var refusal *breach.Refusal
		if errors.As(err, &refusal) && refusal.Key == "refusal.case-key-lost" { // what is committed to, nobody can tell any more
			err = nil
		}
		var list []Told
		if err == nil {
			list, err = s.records(ctx, `SELECT data FROM journal_records WHERE case_id = $1 ORDER BY seq`, g.Case())
		}
		for i := range list {
			if list[i].Values = make([]breach.Personal, len(list[i].Commitments)); err == nil && k != nil {
				err = s.openCommitments(ctx, k, &list[i])
			}
			if err == nil && !yield(list[i], nil) {
				return
			}
		}
		if err != nil {
			yield(Told{}, fmt.Errorf("read journal: %w", err))
		}
	}
}

// NewestRecords gives the newest records of a case, the newest first, without
// the values that they commit to, and how many older ones there are.
func (s *Store) NewestRecords(ctx context.Context, g auth.Grant, most int) (list []Told, older int, err error) {
	if err := s.allow(g, auth.ReadCaseJournal); err != nil {
		return nil, 0, err
	}
	list, err = s.records(ctx, `SELECT data FROM journal_records WHERE case_id = $1 ORDER BY seq DESC LIMIT $2`, g.Case(), most)
	if err == nil {
		err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM journal_records WHERE case_id = $1`, g.Case()).Scan(&older)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read journal: %w", explain(err))
	}
	return list, max(0, older-len(list)), nil
}

// RecordsAfter gives so many records of a case that follow one, the oldest first,
// without the values that they commit to.
func (s *Store) RecordsAfter(ctx context.Context, g auth.Grant, after int64, most int) ([]Told, error) {
	if err := s.allow(g, auth.ReadCaseJournal); err != nil {
		return nil, err
	}
	list, err := s.records(ctx, `SELECT data FROM journal_records WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, g.Case(), after, most)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return list, nil
}

func (s *Store) openCommitments(ctx context.Context, k *caseKeys, t *Told) error {
	return s.each(ctx, `SELECT number, data FROM journal_commitments WHERE seq = $1`, []any{t.Seq}, func(rows *sql.Rows) error {
		var n int64
		var data, salt, value []byte
		err := rows.Scan(&n, &data)
		if err == nil {
			data, err = k.open(commitmentAt(t.Seq, n), data)
		}
		if err == nil {
			err = unpack(data, &salt, &value)
		}
		if err != nil || n < 0 || n >= int64(len(t.Values)) {
			return err
		}
		t.Values[n] = breach.Hide(string(value))
		if !t.Commitments[n].Opens(breach.Hide(string(salt)), t.Values[n]) {
			return fmt.Errorf("record %d: not the value that was committed to", t.Seq)
		}
		return nil
	})
}

// Journal yields the tenant's journal as it is stored, oldest first: for an
// export, and for whoever verifies it.
func (s *Store) Journal(ctx context.Context, g auth.Grant) iter.Seq2[journal.Entry, error] {
	if err := s.allow(g, auth.ReadJournal, auth.VerifyJournal); err != nil {
		return func(yield func(journal.Entry, error) bool) {
			yield(journal.Entry{}, fmt.Errorf("read journal: %w", err))
		}
	}
	return s.journalEntries(ctx)
}

func (s *Store) journalEntries(ctx context.Context) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		const page = 1000
		var err error
		for next := int64(0); err == nil; {
			var entries []journal.Entry
			entries, err = s.journalPage(ctx, next, page)
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if err == nil && len(entries) < page {
				return
			}
			next += page
		}
		yield(journal.Entry{}, fmt.Errorf("read journal: %w", err))
	}
}

// Records gives the records of the tenant's journal from a number on, so many at
// most, and how many there are in all. It is for the server, which hands them on
// without being asked: a record of each look would be one more to hand on.
func (s *Store) Records(ctx context.Context, from, most int64) (list []journal.Entry, all int64, err error) {
	err = s.each(ctx, `SELECT COALESCE(MAX(seq) + 1, 0) FROM journal_records`, nil, func(rows *sql.Rows) error { return rows.Scan(&all) })
	if err == nil && from < all {
		list, err = s.journalPage(ctx, from, most)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read journal: %w", err)
	}
	return list, all, nil
}

// journalPage reads so many records from a number on. Where one cannot be read as
// a record, the error wraps journal.ErrRecord, and what is before it is there.
func (s *Store) journalPage(ctx context.Context, from, limit int64) ([]journal.Entry, error) {
	var entries []journal.Entry
	var unread error
	end := from + limit
	err := s.each(ctx, `SELECT seq, data FROM journal_records WHERE seq >= $1 AND seq < $2 ORDER BY seq`, []any{from, end}, func(rows *sql.Rows) error {
		var e journal.Entry
		var seq int64
		err := rows.Scan(&seq, &e.Line)
		if err != nil || unread != nil {
			return err
		}
		if e.Record, err = journal.ParseLine(e.Line); err != nil {
			unread, end = fmt.Errorf("record %d: %w", seq, err), seq
			return nil
		}
		e.First = hashesOf(seq)
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := 0
	err = s.each(ctx, `SELECT id, hash FROM journal_hashes WHERE id >= $1 AND id < $2 ORDER BY id`, []any{hashesOf(from), hashesOf(end)}, func(rows *sql.Rows) error {
		var id int64
		var hash []byte
		if err := rows.Scan(&id, &hash); err != nil {
			return err
		}
		for at+1 < len(entries) && entries[at+1].First <= id {
			at++
		}
		if at < len(entries) && len(hash) == len(journal.Hash{}) {
			entries[at].Hashes = append(entries[at].Hashes, journal.Hash(hash))
		}
		return nil
	})
	return entries, cmp.Or(err, unread)
}

// hashesOf is how many hashes are stored for so many records (RFC 6962): one a
// record, and one for each pair of subtrees that are whole.
func hashesOf(records int64) int64 { return 2*records - int64(bits.OnesCount64(uint64(records))) }

// JournalHead is the journal's tree as it stands, to be signed.
func (s *Store) JournalHead(ctx context.Context, now auth.Instant) (head journal.Checkpoint, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		head, err = journal.Head(ctx, journalTx{tx}, string(s.tenant), now.Wall)
		return err
	})
	return head, err
}

func (s *Store) records(ctx context.Context, query string, args ...any) ([]Told, error) {
	var list []Told
	err := s.each(ctx, query, args, func(rows *sql.Rows) error {
		var line []byte
		if err := rows.Scan(&line); err != nil {
			return err
		}
		r, err := journal.ParseLine(line)
		if err != nil {
			return &breach.Refusal{Key: "refusal.journal-unread", Err: err}
		}
		list = append(list, Told{Record: r})
		return nil
	})
	return list, err
}

// idOf makes a text of the few characters that records have.
func idOf(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("._:/#=,-", r):
			return r
		}
		return '_'
	}, text)
	return text[:min(len(text), 120)]
}
