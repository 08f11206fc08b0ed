package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// account is a visitor that checks the account as it grows.
type account struct {
	items    []entry
	open     []int
	text     int64
	broken   []string // what no walk may do
	keepText bool
}

type entry struct {
	extract.Item
	breach.Outcome
	Type     string
	SHA256   [32]byte
	Length   int64
	Passages []string // "place: text"
	closed   int
}

func (a *account) Open(it extract.Item) error {
	if it.Ordinal != len(a.items) {
		a.fault("item %d opened as number %d", len(a.items), it.Ordinal)
	}
	if len(a.open) > 0 && a.open[len(a.open)-1] != it.Parent {
		a.fault("item %d is not inside the item that is open", it.Ordinal)
	}
	a.items = append(a.items, entry{Item: it})
	a.open = append(a.open, it.Ordinal)
	return nil
}

func (a *account) Text(n int, p breach.Place, text []byte) error {
	if len(a.open) == 0 || a.open[len(a.open)-1] != n {
		a.fault("text for item %d, which is not open", n)
	}
	if len(text) == 0 {
		a.fault("item %d gave an empty passage at %v", n, p)
	}
	if p.Depth() == 0 {
		a.fault("item %d gave a passage without a place", n)
	}
	if !utf8.Valid(text) {
		a.fault("item %d gave a passage that is not UTF-8 at %v", n, p)
	}
	if bytes.ContainsAny(text, "\x00\r") {
		a.fault("item %d gave a passage with controls at %v", n, p)
	}
	if len(text) > 160<<10 {
		a.fault("item %d gave a passage of %d bytes at %v", n, len(text), p)
	}
	a.text += int64(len(text))
	if a.keepText {
		a.items[n].Passages = append(a.items[n].Passages, p.Follow("en")+": "+string(text))
	}
	return nil
}

func (a *account) Close(n int, o breach.Outcome, sum [32]byte, typ string, size int64) error {
	if len(a.open) == 0 || a.open[len(a.open)-1] != n {
		a.fault("item %d closed while another is open", n)
	} else {
		a.open = a.open[:len(a.open)-1]
	}
	e := &a.items[n]
	e.Outcome, e.SHA256, e.Type, e.Length = o, sum, typ, size
	e.closed++
	if o.State == "" || o.State == breach.Pending {
		a.fault("item %d closed with state %q", n, o.State)
	}
	if o.State == breach.Partly && (o.Reason == "" || o.Missing == "") {
		a.fault("item %d read partly, without saying why and what: %q, %q", n, o.Reason, o.Missing)
	}
	return nil
}

func (a *account) fault(format string, args ...any) {
	a.broken = append(a.broken, fmt.Sprintf(format, args...))
}

// check fails the test where the account does not add up.
func (a *account) check(t testing.TB) {
	t.Helper()
	for _, b := range a.broken {
		t.Error(b)
	}
	for _, e := range a.items {
		if e.closed != 1 {
			t.Errorf("item %d closed %d times", e.Ordinal, e.closed)
		}
	}
	if len(a.items) == 0 {
		t.Error("no item")
	}
}

// walk reads content and checks the account.
func walk(t testing.TB, name string, content []byte, l extract.Limits) *account {
	t.Helper()
	a := &account{keepText: true}
	if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, l, a); err != nil {
		t.Fatalf("walk: %v", err)
	}
	a.check(t)
	return a
}

// endure reads content that may be damaged: in time, without a crash, and with
// an account that adds up.
func endure(t testing.TB, name string, content []byte, l extract.Limits) *account {
	t.Helper()
	a := &account{}
	start := time.Now()
	if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), name, l, a); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > hang {
		t.Errorf("%s damaged took %v", name, took)
	}
	for _, e := range a.items {
		if e.Reason == breach.Crash {
			t.Errorf("%s damaged crashed the reader of %s", name, e.Type)
		}
	}
	a.check(t)
	return a
}
