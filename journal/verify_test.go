package journal_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klarlagt/klarlagt/journal"
)

func TestAJournalVerifies(t *testing.T) {
	for n := range 70 {
		m := filled(t, n)
		r, err := journal.Verify("exempelstad", m.all(), head(t, m))
		if err != nil || r.Records != int64(n) || r.Root != head(t, m).Root || r.Checkpoints != 1 || r.Beyond != 0 {
			t.Fatalf("%d records: %+v, %v", n, r, err)
		}
		if _, err := journal.Verify("exempelstad", each(m.lines()), head(t, m)); err != nil {
			t.Fatalf("%d exported records: %v", n, err)
		}
	}
}

// An outsider who has the lines needs nothing of ours: this is the definition
// in RFC 6962, section 2.1.
func TestTheRootIsThatOfTheStandard(t *testing.T) {
	var root func(lines []journal.Entry) [32]byte
	root = func(lines []journal.Entry) [32]byte {
		switch len(lines) {
		case 0:
			return sha256.Sum256(nil)
		case 1:
			return sha256.Sum256(append([]byte{0}, lines[0].Line...))
		}
		k := 1
		for k*2 < len(lines) {
			k *= 2
		}
		left, right := root(lines[:k]), root(lines[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
	for _, n := range []int{0, 1, 2, 3, 5, 8, 100} {
		m := filled(t, n)
		if got := head(t, m).Root; got != root(m.lines()) {
			t.Errorf("%d records: root %s", n, got)
		}
	}
}

// change is a way to rewrite history at one record. Whoever does it can renumber what follows.
type change struct {
	name  string
	wrong journal.Wrong // where nothing but the lines is altered
	do    func(t *testing.T, lines []journal.Entry, at int) []journal.Entry
}

func changes() []change {
	return []change{
		{"another object", journal.NotAsStored, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			lines[at].Line = bytes.Replace(lines[at].Line, []byte("person:"), []byte("person:9"), 1)
			return lines
		}},
		{"another verdict", journal.NotAsStored, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			b := bytes.Replace(lines[at].Line, []byte(`"refused"`), []byte(`"done"`), 1)
			if bytes.Equal(b, lines[at].Line) {
				b = bytes.Replace(b, []byte(`"done"`), []byte(`"refused"`), 1)
			}
			lines[at].Line = b
			return lines
		}},
		{"a moment later", journal.NotAsStored, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			lines[at].Line = bytes.Replace(lines[at].Line, []byte(`.000000Z`), []byte(`.000001Z`), 1)
			return lines
		}},
		{"removed", journal.OutOfOrder, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			return slices.Delete(lines, at, at+1)
		}},
		{"inserted", journal.OutOfOrder, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			return slices.Insert(lines, at, lines[at])
		}},
		{"swapped with the next", journal.OutOfOrder, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			next := (at + 1) % len(lines)
			lines[at], lines[next] = lines[next], lines[at]
			return lines
		}},
		{"of another tenant", journal.OfAnother, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			lines[at].Line = bytes.Replace(lines[at].Line, []byte("exempelstad"), []byte("exempelby"), 1)
			return lines
		}},
		{"no record", journal.NotARecord, func(t *testing.T, lines []journal.Entry, at int) []journal.Entry {
			lines[at].Line = []byte("{}")
			return lines
		}},
	}
}

// rewritten is a journal made anew of altered lines, as somebody would who can
// write the whole store: everything in it fits together.
func rewritten(t *testing.T, lines []journal.Entry) (*memory, bool) {
	t.Helper()
	m := &memory{}
	for _, e := range lines {
		r, err := journal.ParseLine(e.Line)
		if err != nil {
			return nil, false
		}
		r.Tenant = "exempelstad"
		if _, err := journal.Append(t.Context(), m, r); err != nil {
			t.Fatal(err)
		}
	}
	return m, true
}

const (
	tampered = 61 // records; no power of two, so that the tree has an edge
	minute   = 10 // records between checkpoints
)

func checkpoints(t *testing.T, m *memory) []journal.Checkpoint {
	t.Helper()
	var heads []journal.Checkpoint
	for n := minute; n <= tampered; n += minute {
		heads = append(heads, head(t, filled(t, n)))
	}
	return append(heads, head(t, m))
}

func TestEachRecordThatIsTamperedWithIsFound(t *testing.T) {
	m := filled(t, tampered)
	heads := checkpoints(t, m)
	tried, found := 0, 0
	for _, c := range changes() {
		for at := range tampered {
			tried++
			lines := c.do(t, m.lines(), at)
			_, err := journal.Verify("exempelstad", each(lines), heads[len(heads)-1])
			if err == nil {
				t.Errorf("record %d %s: not found by the checkpoint", at, c.name)
				continue
			}
			found++
			checkPlace(t, m, c, at, lines)
			checkRewritten(t, c, at, lines, heads)
		}
	}
	t.Logf("%d of %d found", found, tried)
	if tried < 400 || found != tried {
		t.Errorf("%d of %d found", found, tried)
	}
}

// checkPlace asks for the first record that differs where the stored hashes
// were left as they were.
func checkPlace(t *testing.T, m *memory, c change, at int, lines []journal.Entry) {
	t.Helper()
	for i := range lines {
		lines[i].Hashes = m.entries[min(i, tampered-1)].Hashes
	}
	want := int64(at)
	switch {
	case c.name == "swapped with the next" && at == tampered-1:
		want = 0 // it changed places with the first
	case c.name == "inserted":
		want++ // the first of the two is where it was
	}
	wrong := c.wrong
	if c.name == "removed" && at == tampered-1 {
		wrong = journal.Missing
	}
	var f *journal.Fault
	_, err := journal.Verify("exempelstad", each(lines), head(t, m))
	if !errors.As(err, &f) || f.Wrong != wrong || f.Seq != want {
		t.Errorf("record %d %s: %v; it should be record %d", at, c.name, err, want)
	}
}

// checkRewritten asks between which checkpoints it is where all was made anew.
func checkRewritten(t *testing.T, c change, at int, lines []journal.Entry, heads []journal.Checkpoint) {
	t.Helper()
	forged, ok := rewritten(t, lines)
	if !ok || c.name == "of another tenant" { // which is as it was once it is made anew
		return
	}
	var f *journal.Fault
	report, err := journal.Verify("exempelstad", forged.all(), heads...)
	if c.name == "inserted" && at == tampered-1 { // that is to add one more, as is everybody's right
		if err != nil || report.Beyond != 1 {
			t.Errorf("a record added after the last: %+v, %v", report, err)
		}
		return
	}
	if !errors.As(err, &f) || f.Wrong != journal.NotAsSigned && f.Wrong != journal.Missing {
		t.Errorf("record %d %s, all made anew: %v", at, c.name, err)
		return
	}
	if c.name == "swapped with the next" && at == tampered-1 {
		at = 0
	}
	first, last := int64(at/minute*minute), int64(min(at/minute*minute+minute, tampered)-1)
	moved := c.name == "inserted" || strings.HasPrefix(c.name, "swapped") // the next record is where it differs
	if f.Wrong == journal.NotAsSigned && (f.Seq != first || f.Last != last) && !(moved && f.Seq == last+1) {
		t.Errorf("record %d %s, all made anew: %v; it should be between %d and %d", at, c.name, err, first, last)
	}
}

func TestAJournalThatWasCutIsTold(t *testing.T) {
	m := filled(t, 20)
	var f *journal.Fault
	_, err := journal.Verify("exempelstad", each(m.lines()[:15]), head(t, m))
	if !errors.As(err, &f) || *f != (journal.Fault{Seq: 15, Last: 19, Wrong: journal.Missing}) {
		t.Errorf("%v", err)
	}
	r, err := journal.Verify("exempelstad", m.all(), head(t, filled(t, 15)), head(t, filled(t, 3)))
	if err != nil || r.Beyond != 5 || r.Records != 20 || r.Checkpoints != 2 {
		t.Errorf("records after the checkpoint: %+v, %v", r, err)
	}
	if _, err := journal.Verify("exempelby", m.all(), head(t, m)); !errors.As(err, &f) || f.Wrong != journal.OfAnother {
		t.Errorf("another tenant's journal: %v", err)
	}
}

func TestTwoHistoriesCannotBothVerify(t *testing.T) {
	common := filled(t, 12)
	one, other := filled(t, 12), filled(t, 12)
	for i := range 8 {
		if _, err := journal.Append(t.Context(), one, act(i)); err != nil {
			t.Fatal(err)
		}
		if _, err := journal.Append(t.Context(), other, act(i+100)); err != nil {
			t.Fatal(err)
		}
	}
	var f *journal.Fault
	for name, m := range map[string]*memory{"one": one, "the other": other} {
		if _, err := journal.Verify("exempelstad", m.all(), head(t, common), head(t, m)); err != nil {
			t.Errorf("%s by itself: %v", name, err)
		}
		_, err := journal.Verify("exempelstad", m.all(), head(t, common), head(t, one), head(t, other))
		if !errors.As(err, &f) || f.Wrong != journal.NotAsSigned {
			t.Errorf("%s against both checkpoints: %v", name, err)
		}
	}
}

func TestAnExportVerifiesFromItsText(t *testing.T) {
	m := filled(t, 40)
	var file bytes.Buffer
	if n, err := journal.Export(&file, m.all()); err != nil || n != 40 {
		t.Fatalf("%d records, %v", n, err)
	}
	text := file.String()
	for name, c := range map[string]struct {
		text  string
		wrong journal.Wrong
	}{
		"as it is":               {text, ""},
		"without the last break": {strings.TrimSuffix(text, "\n"), ""},
		"with breaks of Windows": {strings.ReplaceAll(text, "\n", "\r\n"), ""},
		"an empty line":          {strings.Replace(text, "\n", "\n\n", 1), journal.NotARecord},
		"a line without end":     {text[:400] + strings.Repeat("x", 100_000), journal.NotARecord},
		"cut in a line":          {text[:len(text)-20], journal.NotARecord},
		"nothing":                {"", journal.Missing},
	} {
		r, err := journal.Verify("exempelstad", journal.Lines(strings.NewReader(c.text)), head(t, m))
		var f *journal.Fault
		errors.As(err, &f)
		if c.wrong == "" && (err != nil || r.Records != 40) || c.wrong != "" && (f == nil || f.Wrong != c.wrong) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	disk := errors.New("the disk is gone")
	if _, err := journal.Verify("exempelstad", journal.Lines(io.MultiReader(strings.NewReader(text[:500]), iotest.ErrReader(disk))), head(t, m)); !errors.Is(err, disk) {
		t.Errorf("a disk that fails: %v", err)
	}
	if _, err := journal.Export(io.Discard, broken(disk)); !errors.Is(err, disk) {
		t.Errorf("an export of a store that fails: %v", err)
	}
}

func broken(err error) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) { yield(journal.Entry{}, err) }
}

func FuzzVerify(f *testing.F) {
	m := filled(f, 5)
	var file bytes.Buffer
	if _, err := journal.Export(&file, m.all()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := journal.Verify("exempelstad", journal.Lines(bytes.NewReader(text)), head(t, m))
		same := bytes.Equal(bytes.TrimSuffix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n")), bytes.TrimSuffix(file.Bytes(), []byte("\n")))
		if err == nil && !same && !bytes.HasPrefix(bytes.ReplaceAll(text, []byte("\r"), nil), file.Bytes()) {
			t.Errorf("a journal that nobody wrote verifies: %q", text)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	m := &memory{}
	r := act(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := journal.Append(b.Context(), m, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify200000(b *testing.B) {
	m := filled(b, 200_000)
	var file bytes.Buffer
	if _, err := journal.Export(&file, m.all()); err != nil {
		b.Fatal(err)
	}
	want := head(b, m)
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if _, err := journal.Verify("exempelstad", journal.Lines(bytes.NewReader(file.Bytes())), want); err != nil {
			b.Fatal(err)
		}
	}
}
