package engine_test

import (
	"bytes"
	"errors"
	"image"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
)

// nasty are texts that could break a line, a column or a place.
var nasty = []string{"", "Elina Mäkinen", "a\tb\nc\rd\\e", `\t\n\s\x00`, "\x00\x1F\x7F", "\xFF\xFE\xC3", "a b:c@d=e",
	"\u0085\u2028\u2029\uFFFD", "=", "@1", "\xED\xA0\x80", "namn\xE5.txt", strings.Repeat("å\n", 3000)}

func somePlace(r *rand.Rand) breach.Place {
	var steps []breach.Step
	for range r.IntN(4) {
		s := breach.Step{Unit: breach.Unit(1 + r.IntN(int(breach.Bytes))), N: []int64{0, 1, 14, math.MaxInt64, -3}[r.IntN(5)]}
		if r.IntN(3) == 0 {
			s.Name = breach.Hide(nasty[r.IntN(len(nasty))])
		}
		steps = append(steps, s)
	}
	p := breach.At(steps...)
	p.Offset = []int64{0, 512, math.MaxInt64}[r.IntN(3)]
	return p
}

func someMention(r *rand.Rand) *engine.Mention {
	m := &engine.Mention{Job: engine.JobID(r.Int64()), Ordinal: r.IntN(1 << 20)}
	m.Document = r.IntN(2) == 0
	m.Place = somePlace(r)
	for range r.IntN(5) {
		f := breach.Finding{
			Kind: breach.Kind(1 + r.IntN(len(breach.AllKinds()))), Form: nasty[r.IntN(len(nasty))],
			Value: breach.Hide(nasty[r.IntN(len(nasty))]), Strength: breach.Strength(r.IntN(4)),
			Labelled: r.IntN(2) == 0, Failed: r.IntN(2) == 0, Place: somePlace(r),
		}
		if r.IntN(2) == 0 {
			f.Place = m.Place.Down(breach.Step{Unit: breach.Column, N: 3})
		}
		m.Findings = append(m.Findings, f)
	}
	return m
}

func someRow(r *rand.Rand) engine.Row {
	text := func() string { return nasty[r.IntN(len(nasty))] }
	job, ordinal := engine.JobID(r.Int64()), r.IntN(1<<20)
	switch r.IntN(7) {
	case 0:
		return &engine.Item{Job: job, Item: extract.Item{Ordinal: ordinal, Parent: ordinal - 1, Name: breach.Hide(text()), Size: r.Int64N(9) - 1}}
	case 1:
		return &engine.Passage{Job: job, Ordinal: ordinal, Passage: breach.Passage{Place: somePlace(r), Text: []byte(text())}}
	case 2:
		c := &engine.Close{Job: job, Ordinal: ordinal, Type: text(), Size: r.Int64()}
		c.Outcome = breach.Outcome{State: breach.States()[r.IntN(12)], Reason: breach.Reasons()[r.IntN(22)],
			Missing: text(), Text: r.Int64(), Charset: text(), Dialect: text()}
		if r.IntN(2) == 0 {
			c.SHA256 = [32]byte{0: 1, 31: 255}
			c.Print = bytes.Repeat([]byte("\t\x00"), compare.Size/2)
		}
		return c
	case 3:
		return &engine.End{Job: job, Took: time.Duration(r.IntN(1e6)) * time.Millisecond, Memory: r.Int64(), Reason: breach.Timeout, Error: text()}
	case 4:
		return &engine.Beat{Job: job}
	case 5:
		p := &engine.Picture{Job: job, Ordinal: ordinal, Picture: extract.Picture{Item: [32]byte{1, 31: 2}, Page: r.Int64()}}
		if r.IntN(2) == 0 {
			p.Reason = breach.OCRFailed
			return p
		}
		p.Image = image.NewGray(image.Rect(0, 0, 1+r.IntN(200), 1+r.IntN(200)))
		for i := range p.Image.Pix {
			p.Image.Pix[i] = "\t\\x"[i%3]
		}
		return p
	}
	return someMention(r)
}

// write gives the bytes of rows.
func write(t testing.TB, rows ...engine.Row) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := engine.NewWriter(&out, engine.Scan, engine.Rlimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatalf("write %T: %v", row, err)
		}
	}
	return out.Bytes()
}

// same compares rows; those without findings or text may have either kind of
// nothing.
func same(a, b engine.Row) bool {
	switch a := a.(type) {
	case *engine.Mention:
		if b, ok := b.(*engine.Mention); ok && len(a.Findings)+len(b.Findings) == 0 {
			a, b := *a, *b
			a.Findings, b.Findings = nil, nil
			return reflect.DeepEqual(a, b)
		}
	case *engine.Passage:
		b, ok := b.(*engine.Passage)
		return ok && bytes.Equal(a.Text, b.Text) && a.Place == b.Place && a.Ordinal == b.Ordinal && a.Job == b.Job
	}
	return reflect.DeepEqual(a, b)
}

func TestRowsComeBackAsTheyWent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []engine.Row
	for range 5000 {
		rows = append(rows, someRow(r))
	}
	raw := write(t, rows...)
	if !utf8.Valid(raw) {
		t.Error("the rows are not UTF-8")
	}
	if got, want := bytes.Count(raw, []byte{'\n'}), len(rows)+1; got != want {
		t.Errorf("%d lines for %d rows and a header", got, want)
	}
	if i := bytes.IndexFunc(raw, func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' || c == 0x7F || c == 0x2028 }); i >= 0 {
		t.Errorf("a control character stands unescaped at byte %d", i)
	}
	in, level, err := engine.NewReader(bytes.NewReader(raw), engine.Scan)
	if err != nil || level != engine.Rlimits {
		t.Fatalf("header: level %q, %v", level, err)
	}
	for i, want := range rows {
		got, err := in.Read()
		if err != nil {
			t.Fatalf("row %d, a %T: %v", i, want, err)
		}
		if !same(got, want) {
			t.Fatalf("row %d, a %T, came back different:\n%s", i, want, bytes.Split(raw, []byte{'\n'})[i+1])
		}
	}
	if _, err := in.Read(); err != io.EOF {
		t.Errorf("after the last row: %v, want EOF", err)
	}
}

func TestManyFindingsGoInSeveralRows(t *testing.T) {
	m := &engine.Mention{Job: 1, Ordinal: 2}
	m.Place = breach.At(breach.Step{Unit: breach.Paragraph, N: 1})
	for i := range 10_000 {
		f := breach.Finding{Kind: breach.Email, Form: "email", Value: breach.Hide("elina@example.com"), Strength: breach.Strong, Place: m.Place}
		f.Place.Offset = int64(i)
		m.Findings = append(m.Findings, f)
	}
	in, _, err := engine.NewReader(bytes.NewReader(write(t, m)), engine.Scan)
	if err != nil {
		t.Fatal(err)
	}
	var got []breach.Finding
	rows := 0
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		part := row.(*engine.Mention)
		if part.Place != m.Place || part.Ordinal != m.Ordinal {
			t.Errorf("row %d is of another mention", rows)
		}
		got = append(got, part.Findings...)
		rows++
	}
	if !reflect.DeepEqual(got, m.Findings) {
		t.Errorf("%d findings in %d rows, want the same %d", len(got), rows, len(m.Findings))
	}
}

func TestTooLongRows(t *testing.T) {
	w, err := engine.NewWriter(io.Discard, engine.Text, engine.NoSandbox)
	if err != nil {
		t.Fatal(err)
	}
	long := &engine.Passage{Passage: breach.Passage{Text: bytes.Repeat([]byte{0}, 4<<20)}}
	if err := w.Write(long); !errors.Is(err, engine.ErrRowTooLong) {
		t.Errorf("writing: %v, want ErrRowTooLong", err)
	}
	in, _, err := engine.NewReader(io.MultiReader(bytes.NewReader(write(t)), endless{}), engine.Scan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read(); !errors.Is(err, engine.ErrRowTooLong) {
		t.Errorf("reading: %v, want ErrRowTooLong", err)
	}
}

// endless is a row without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestRowsThatDoNotFit(t *testing.T) {
	good := strings.Split(string(write(t)), "\n")[0] + "\n"
	for name, line := range map[string]string{
		"no tag":                "\n",
		"unknown tag":           "person\t1\n",
		"job is no number":      "beat\tx\n",
		"picture too large":     "picture\t1\t0\t\t1\t\t2601\t1\n",
		"picture without width": "picture\t1\t0\t\t1\t\t0\t1\n",
		"picture cut off":       "picture\t1\t0\t\t1\t\t2\t2\nxyz",
		"number too large":      "beat\t9223372036854775808\n",
		"number far too large":  "beat\t99999999999999999999\n",
		"minus alone":           "beat\t-\n",
		"too few columns":       "end\t1\t2\n",
		"too many columns":      "beat\t1\t2\n",
		"cut off":               "beat\t1",
		"bad escape":            "end\t1\t2\t3\t\ta\\qb\n",
		"escape cut off":        "end\t1\t2\t3\t\ta\\x0\n",
		"escape with capitals":  "end\t1\t2\t3\t\ta\\xFF\n",
		"escape at the end":     "end\t1\t2\t3\t\ta\\\n",
		"unknown reason":        "end\t1\t2\t3\tbored\t\n",
		"unknown state":         "close\t1\t0\tgone\t\t\t0\t\t\t\tcsv\t5\n",
		"short hash":            "close\t1\t0\tread\t\t\t0\t\t\tabcd\tcsv\t5\n",
		"odd hash":              "close\t1\t0\tread\t\t\t0\t\t\tabc\tcsv\t5\n",
		"long hash":             "close\t1\t0\tread\t\t\t0\t\t\t" + strings.Repeat("ab", 33) + "\tcsv\t5\n",
		"ordinal below zero":    "passage\t1\t-1\t\ttext\n",
		"unit zero":             "passage\t1\t0\t0:1\ttext\n",
		"unknown unit":          "passage\t1\t0\t99:1\ttext\n",
		"four steps":            "passage\t1\t0\t2:1 3:1 4:1 5:1\ttext\n",
		"base in the middle":    "passage\t1\t0\t2:1 =\ttext\n",
		"empty offset":          "passage\t1\t0\t@\ttext\n",
		"kind zero":             "mention\t1\t0\t0\t\t1\t0\t\t\t4\t\n",
		"unknown kind":          "mention\t1\t0\t0\t\t1\t77\t\t\t4\t\n",
		"strength beyond":       "mention\t1\t0\t0\t\t1\t1\t\t\t16\t\n",
		"flag is no flag":       "mention\t1\t0\tx\t\t0\n",
		"more findings told":    "mention\t1\t0\t0\t\t2\t1\t\t\t4\t\n",
		"far more findings":     "mention\t1\t0\t0\t\t2000000000\n",
		"fewer findings told":   "mention\t1\t0\t0\t\t0\t1\t\t\t4\t\n",
		"findings without tabs": "mention\t1\t0\t0\t\t1\n",
	} {
		in, _, err := engine.NewReader(strings.NewReader(good+line), engine.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if row, err := in.Read(); err == nil || err == io.EOF {
			t.Errorf("%s: %T, %v; want an error", name, row, err)
		}
	}
}

func TestHeadersThatDoNotFit(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":         "",
		"another program": "hello\t1\tscan\tnone\n",
		"another version": "klarlagt\t99\tscan\tnone\n",
		"another stage":   "klarlagt\t4\ttext\tnone\n",
		"too short":       "klarlagt\t1\n",
		"cut off":         "klarlagt\t4\tscan\tno",
	} {
		if _, _, err := engine.NewReader(strings.NewReader(line), engine.Scan); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestErrorsHoldNoValues(t *testing.T) {
	in, _, err := engine.NewReader(strings.NewReader("klarlagt\t4\tscan\tnone\nmention\t1\tElina\t\n"), engine.Scan)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read(); err == nil || strings.Contains(err.Error(), "Elina") {
		t.Errorf("error %q: want one without the column's text", err)
	}
}

func FuzzReader(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		f.Add(write(f, someRow(r), someRow(r)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, _, err := engine.NewReader(bytes.NewReader(raw), engine.Scan)
		if err != nil {
			return
		}
		for {
			row, err := in.Read()
			if err != nil {
				return
			}
			back, _, err := engine.NewReader(bytes.NewReader(write(t, row)), engine.Scan)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := back.Read(); err != nil || !same(row, again) {
				t.Fatalf("a %T that was read does not come back when written: %v", row, err)
			}
		}
	})
}

// simple is a row of a table with a name and a number.
func simple() *engine.Mention {
	m := &engine.Mention{Job: 17, Ordinal: 1}
	m.Place = breach.At(breach.Step{Unit: breach.Sheet, N: 2, Name: breach.Hide("Klass 7B")}, breach.Step{Unit: breach.Row, N: 14})
	for i, f := range []breach.Finding{
		{Kind: breach.NationalID, Form: "fi-hetu", Value: breach.Hide("010594-9032"), Strength: breach.Strong},
		{Kind: breach.Name, Form: "name", Value: breach.Hide("Elina Mäkinen"), Strength: breach.Weak},
	} {
		f.Place = m.Place.Down(breach.Step{Unit: breach.Column, N: int64(i + 1)})
		f.Place.Offset = 512
		m.Findings = append(m.Findings, f)
	}
	return m
}

func BenchmarkWriteMention(b *testing.B) {
	w, err := engine.NewWriter(io.Discard, engine.Scan, engine.NoSandbox)
	if err != nil {
		b.Fatal(err)
	}
	m := simple()
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadMention(b *testing.B) {
	header, row := write(b), write(b, simple())
	row = row[len(header):]
	in, _, err := engine.NewReader(io.MultiReader(bytes.NewReader(header), &again{row: bytes.Repeat(row, 500)}), engine.Scan)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Read(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWritePassage(b *testing.B) {
	w, err := engine.NewWriter(io.Discard, engine.Text, engine.NoSandbox)
	if err != nil {
		b.Fatal(err)
	}
	p := &engine.Passage{Passage: breach.Passage{Text: bytes.Repeat([]byte("Elina Mäkinen bor på Storgatan 12 i Äppelbo.\n"), 1400)}}
	b.SetBytes(int64(len(p.Text)))
	for b.Loop() {
		if err := w.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}

// again reads the same bytes for ever.
type again struct {
	row  []byte
	rest []byte
}

func (a *again) Read(p []byte) (int, error) {
	if len(a.rest) == 0 {
		a.rest = a.row
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}
