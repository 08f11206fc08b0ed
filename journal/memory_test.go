package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// memory is a journal without a store.
type memory struct {
	entries []journal.Entry
	hashes  []journal.Hash
	fail    error // of the next Write
}

func (m *memory) Size(context.Context) (int64, error) { return int64(len(m.entries)), nil }

func (m *memory) Hashes(_ context.Context, numbers []int64) ([]journal.Hash, error) {
	out := make([]journal.Hash, len(numbers))
	for i, n := range numbers {
		if n >= int64(len(m.hashes)) {
			return nil, fmt.Errorf("hash %d of %d", n, len(m.hashes))
		}
		out[i] = m.hashes[n]
	}
	return out, nil
}

func (m *memory) Write(_ context.Context, e journal.Entry) error {
	if m.fail != nil {
		return m.fail
	}
	if e.Record.Seq != int64(len(m.entries)) || e.First != int64(len(m.hashes)) {
		return fmt.Errorf("record %d and hash %d come after %d and %d", e.Record.Seq, e.First, len(m.entries), len(m.hashes))
	}
	m.entries, m.hashes = append(m.entries, e), append(m.hashes, e.Hashes...)
	return nil
}

// all gives the entries with their stored hashes.
func (m *memory) all() iter.Seq2[journal.Entry, error] { return each(m.entries) }

// lines gives them as an export does, with nothing but lines.
func (m *memory) lines() []journal.Entry {
	out := make([]journal.Entry, len(m.entries))
	for i, e := range m.entries {
		out[i].Line = bytes.Clone(e.Line)
	}
	return out
}

func each(entries []journal.Entry) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// act is a record of somebody who looks at somebody.
func act(n int) journal.Record {
	return journal.Record{
		At: start.Add(time.Duration(n) * time.Second), Tenant: "exempelstad", Case: "c7", Who: "u4", Session: "s9",
		Origin: "inside", Act: "reveal", Object: fmt.Sprintf("person:%d", n), Purpose: "question", Verdict: journal.Done,
	}
}

func filled(t testing.TB, n int) *memory {
	t.Helper()
	m := &memory{}
	for i := range n {
		r := act(i)
		if i%3 == 0 {
			r.Verdict = journal.Refused
			r.Commitments = []journal.Commitment{journal.Commit("national-id", breach.Hide("salt"), breach.Hide("010594Y9032"))}
		}
		got, err := journal.Append(context.Background(), m, r)
		if err != nil || got.Seq != int64(i) {
			t.Fatalf("record %d: %d, %v", i, got.Seq, err)
		}
	}
	return m
}

func head(t testing.TB, m *memory) journal.Checkpoint {
	t.Helper()
	c, err := journal.Head(context.Background(), m, "exempelstad", start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signer makes a key of this name.
func signer(t testing.TB, name string) (journal.Signer, string) {
	t.Helper()
	private, public, err := journal.NewSigner(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := journal.LoadSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

func sign(t testing.TB, c journal.Checkpoint, s journal.Signer) []byte {
	t.Helper()
	signed, err := journal.Sign(c, s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}
