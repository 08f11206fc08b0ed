package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// The encoding is what was signed: it may never change.
func TestTheLineOfARecord(t *testing.T) {
	r := act(12)
	r.Seq = 12
	r.Commitments = []journal.Commitment{{Of: "national-id", Hash: [32]byte{0xab, 31: 1}}, {Of: "reason"}}
	const want = `{"v":1,"seq":12,"at":"2026-03-01T08:00:12.000000Z","tenant":"exempelstad","case":"c7","who":"u4","session":"s9",` +
		`"origin":"inside","act":"reveal","object":"person:12","purpose":"question","verdict":"done","commitments":[` +
		`{"of":"national-id","hash":"ab00000000000000000000000000000000000000000000000000000000000001"},` +
		`{"of":"reason","hash":"0000000000000000000000000000000000000000000000000000000000000000"}]}`
	line, err := r.Line()
	if err != nil || string(line) != want {
		t.Fatalf("got  %s\nwant %s\n%v", line, want, err)
	}
	if !json.Valid(line) {
		t.Error("the line is not JSON")
	}
	got, err := journal.ParseLine(line)
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("got  %+v\nwant %+v\n%v", got, r, err)
	}
}

func TestARecordHasOneLine(t *testing.T) {
	r := act(12)
	r.Commitments = []journal.Commitment{{Of: "reason"}}
	line, err := r.Line()
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	sub := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, bad := range map[string]string{
		"nothing":             "",
		"a blank more":        sub(`,"at"`, `, "at"`),
		"a newline":           good + "\n",
		"cut":                 good[:len(good)-1],
		"another version":     sub(`"v":1`, `"v":2`),
		"a leading zero":      sub(`"seq":0`, `"seq":00`),
		"a plus":              sub(`"seq":0`, `"seq":+0`),
		"less than none":      sub(`"seq":0`, `"seq":-1`),
		"another clock":       sub(`000000Z`, `000000+00:00`),
		"fewer decimals":      sub(`.000000Z`, `.0Z`),
		"no decimals":         sub(`.000000Z`, `Z`),
		"a comma for a point": sub(`.000000Z`, `,000000Z`),
		"no such day":         sub(`2026-03-01`, `2026-02-30`),
		"an escape":           sub(`u4`, `\u0075`),
		"a field twice":       sub(`"who":"u4"`, `"who":"u4","who":"u4"`),
		"a field missing":     sub(`"who":"u4",`, ``),
		"a field more":        sub(`]}`, `],"x":""}`),
		"capital digits":      sub(strings.Repeat("0", 64), strings.Repeat("0", 62)+"AB"),
		"a short hash":        sub(strings.Repeat("0", 64), strings.Repeat("0", 62)),
		"a comma at the end":  sub(`}]`, `},]`),
		"another verdict":     sub(`"done"`, `"perhaps"`),
		"far too long":        sub(`u4`, strings.Repeat("u", 1<<20)),
	} {
		if bad == good {
			t.Errorf("%s: the line was not altered", name)
		}
		if _, err := journal.ParseLine([]byte(bad)); !errors.Is(err, journal.ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingPersonalFitsIntoARecord(t *testing.T) {
	const name = "Testa Test"
	for field, alter := range map[string]func(r *journal.Record, text string){
		"tenant":     func(r *journal.Record, text string) { r.Tenant = text },
		"case":       func(r *journal.Record, text string) { r.Case = text },
		"who":        func(r *journal.Record, text string) { r.Who = text },
		"session":    func(r *journal.Record, text string) { r.Session = text },
		"origin":     func(r *journal.Record, text string) { r.Origin = text },
		"act":        func(r *journal.Record, text string) { r.Act = text },
		"object":     func(r *journal.Record, text string) { r.Object = text },
		"purpose":    func(r *journal.Record, text string) { r.Purpose = text },
		"verdict":    func(r *journal.Record, text string) { r.Verdict = journal.Verdict(text) },
		"commitment": func(r *journal.Record, text string) { r.Commitments = []journal.Commitment{{Of: text}} },
	} {
		for _, text := range []string{name, "testa@example.com", "å", "a\"b", "a\\b", "a\nb", "a<b", strings.Repeat("x", 129), "\xff"} {
			r := act(0)
			alter(&r, text)
			_, err := journal.Append(context.Background(), &memory{}, r)
			if !errors.Is(err, journal.ErrRecord) || !strings.Contains(err.Error(), field) {
				t.Errorf("%s %q: %v", field, text, err)
			}
			if err != nil && strings.Contains(err.Error(), text) {
				t.Errorf("%s: the error shows the text: %v", field, err)
			}
		}
	}
	for what, alter := range map[string]func(r *journal.Record){
		"no tenant":            func(r *journal.Record) { r.Tenant = "" },
		"nobody":               func(r *journal.Record) { r.Who = "" },
		"no act":               func(r *journal.Record) { r.Act = "" },
		"no verdict":           func(r *journal.Record) { r.Verdict = "" },
		"a year too far":       func(r *journal.Record) { r.At = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"too many commitments": func(r *journal.Record) { r.Commitments = make([]journal.Commitment, 33) },
	} {
		r := act(0)
		alter(&r)
		if _, err := journal.Append(context.Background(), &memory{}, r); !errors.Is(err, journal.ErrRecord) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestACommitmentOpensWithItsSaltAlone(t *testing.T) {
	salt, value := journal.NewSalt(), breach.Hide("010594Y9032")
	c := journal.Commit("national-id", salt, value)
	if !c.Opens(salt, value) {
		t.Error("it does not open")
	}
	if c.Opens(journal.NewSalt(), value) || c.Opens(breach.Personal{}, value) {
		t.Error("it opens with another salt")
	}
	if c.Opens(salt, breach.Hide("010594Y9033")) {
		t.Error("it opens to another value")
	}
	if c == journal.Commit("national-id", journal.NewSalt(), value) {
		t.Error("two commitments to a value are one")
	}
	if c.Hash == journal.Commit("phone", salt, value).Hash {
		t.Error("what a value is of does not count")
	}
	if journal.Commit("a", salt, breach.Hide("bc")).Hash == journal.Commit("ab", salt, breach.Hide("c")).Hash {
		t.Error("where the value begins does not count")
	}
	if len(salt.Reveal()) != 32 || strings.Contains(fmt.Sprintf("%v %s %q %#v", salt, salt, salt, salt), salt.Reveal()) {
		t.Error("a salt is short, or prints")
	}
}

func TestARecordThatIsNotWrittenIsNone(t *testing.T) {
	m := filled(t, 3)
	full := errors.New("the disk is full")
	m.fail = full
	if _, err := journal.Append(context.Background(), m, act(3)); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	m.fail = nil
	if r, err := journal.Append(context.Background(), m, act(3)); err != nil || r.Seq != 3 {
		t.Errorf("record %d, %v", r.Seq, err)
	}
}

// A time in another zone, finer than is kept, is the same time in the journal.
func TestTimesAreKeptToTheMicrosecond(t *testing.T) {
	r := act(0)
	r.At = time.Date(2026, 3, 1, 10, 0, 0, 123_456_789, time.FixedZone("", 2*3600))
	m := &memory{}
	got, err := journal.Append(context.Background(), m, r)
	if err != nil || !got.At.Equal(time.Date(2026, 3, 1, 8, 0, 0, 123_456_000, time.UTC)) {
		t.Fatalf("%v, %v", got.At, err)
	}
	if again, err := journal.ParseLine(m.entries[0].Line); err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("%+v, %v", again, err)
	}
}

func FuzzParseLine(f *testing.F) {
	for n := range 4 {
		r := act(n)
		for range n {
			r.Commitments = append(r.Commitments, journal.Commitment{Of: "x"})
		}
		line, err := r.Line()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
		f.Add(line[:len(line)/2])
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := journal.ParseLine(line)
		if err != nil {
			return
		}
		again, err := r.Line()
		if err != nil || !bytes.Equal(again, line) || !json.Valid(line) {
			t.Errorf("%q became %q, %v", line, again, err)
		}
	})
}
