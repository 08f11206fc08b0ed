package extract_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// file is something to pack.
type file struct {
	name    string
	content []byte
}

func packZip(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packGzip(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packTar(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestMembersAreReadAndHashed(t *testing.T) {
	text := []byte("Åsa Öberg 19121212-1212\n")
	big := bytes.Repeat([]byte("Bo Ek bor i Exempelstad.\n"), 20000)
	inner := packZip(t, file{"b.txt", text}, file{"mapp/", nil}, file{"stor.txt", big})
	outer := packTar(t, file{"x/inre.zip", inner}, file{"tom.txt", nil})
	a := walk(t, "allt.tgz", packGzip(t, outer), extract.Limits{})
	want := []struct {
		name    string
		parent  int
		typ     string
		state   breach.State
		content []byte
	}{
		{"allt.tgz", -1, "gzip", breach.Read, packGzip(t, outer)},
		{"x/inre.zip", 0, "zip", breach.Read, inner},
		{"b.txt", 1, "text", breach.Read, text},
		{"stor.txt", 1, "text", breach.Read, big},
		{"tom.txt", 0, "", breach.Empty, nil},
	}
	if len(a.items) != len(want) {
		t.Fatalf("got %d items, want %d:\n%v", len(a.items), len(want), a)
	}
	for i, w := range want {
		e := a.items[i]
		if e.Item.Name.Reveal() != w.name || e.Parent != w.parent || e.Type != w.typ || e.State != w.state {
			t.Errorf("item %d is %q in %d, %s, %s", i, e.Item.Name.Reveal(), e.Parent, e.Type, e.State)
		}
		if e.SHA256 != sha256.Sum256(w.content) || e.Length != int64(len(w.content)) {
			t.Errorf("item %d has another hash or size: %d", i, e.Length)
		}
	}
}

func TestLimits(t *testing.T) {
	line := []byte("Bo Ek bor i Exempelstad.\n")
	text := bytes.Repeat(line, 40000) // 1 MB
	many := make([]file, 20)
	for i := range many {
		many[i] = file{fmt.Sprintf("%d.txt", i), line}
	}
	tests := []struct {
		name    string
		file    string
		content []byte
		limits  extract.Limits
		item    int
		state   breach.State
		reason  breach.Reason
		missing string
	}{
		{"too many members", "a.zip", packZip(t, many...), extract.Limits{Entries: 5}, 0, breach.Partly, breach.EntryCount, "members 5 on"},
		{"too deep", "a.zip", packZip(t, file{"b.zip", packZip(t, file{"c.txt", line})}), extract.Limits{Depth: 1}, 2, breach.TooLarge, breach.Nesting, ""},
		{"too much text", "a.txt", text, extract.Limits{Text: 100000}, 0, breach.Partly, breach.TextBudget, "the rest"},
		{"too much text in all", "a.zip", packZip(t, file{"a.txt", text}, file{"b.txt", text}), extract.Limits{AllText: 1200000}, 2, breach.Partly, breach.TextBudget, "the rest"},
		{"too well packed", "a.gz", packGzip(t, text), extract.Limits{Ratio: 2, Free: 1000}, 1, breach.Partly, breach.BombRatio, "bytes 32769 to end"},
		{"too large a member", "a.gz", packGzip(t, text), extract.Limits{Member: 500000}, 1, breach.Partly, breach.BudgetTotal, "bytes 500001 to end"},
		{"no room for a member", "a.gz", packGzip(t, packZip(t, file{"n.bin", noise(300000)})), extract.Limits{Memory: 100000}, 1, breach.TooLarge, breach.Memory, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := walk(t, tt.file, tt.content, tt.limits)
			if len(a.items) <= tt.item {
				t.Fatalf("only %d items:\n%v", len(a.items), a)
			}
			e := a.items[tt.item]
			if e.State != tt.state || e.Reason != tt.reason || e.Missing != tt.missing {
				t.Errorf("item %d is %s, %s, %q; want %s, %s, %q", tt.item, e.State, e.Reason, e.Missing, tt.state, tt.reason, tt.missing)
			}
		})
	}
}

func TestSpool(t *testing.T) {
	spool, err := os.CreateTemp(t.TempDir(), "spool")
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	inner := packZip(t, file{"n.bin", noise(300000)}, file{"sist.txt", []byte("Åsa Öberg\n")})
	middle := packZip(t, file{"n.bin", noise(200000)}, file{"inre.zip", inner}, file{"efter.txt", []byte("Bo Ek\n")})
	a := walk(t, "x.gz", packGzip(t, middle), extract.Limits{Memory: 70000, Spool: spool})
	var got []string
	for _, e := range a.items {
		got = append(got, e.Item.Name.Reveal()+" "+string(e.State)+" "+strings.Join(e.Passages, ""))
		if e.Length < 0 {
			t.Errorf("%q was not read to its end", e.Item.Name.Reveal())
		}
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"sist.txt read line 1: Åsa Öberg\n", "efter.txt read line 1: Bo Ek\n"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

// failing is a file that cannot be read from an offset on.
type failing struct {
	*bytes.Reader
	from int64
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, errors.New("the disk is broken")
	}
	return f.Reader.ReadAt(p, off)
}

func TestDiskError(t *testing.T) {
	text := bytes.Repeat([]byte("Bo Ek bor i Exempelstad.\n"), 8000)
	for from, want := range map[int64]breach.State{0: breach.NotReadable, 100000: breach.Partly} {
		a := &account{}
		if err := extract.Walk(context.Background(), failing{bytes.NewReader(text), from}, int64(len(text)), "a.txt", extract.Limits{}, a); err != nil {
			t.Fatal(err)
		}
		a.check(t)
		if e := a.items[0]; e.State != want || e.Reason != breach.IOError {
			t.Errorf("broken from byte %d: %s, %s; want %s, io_error", from, e.State, e.Reason, want)
		}
	}
}

func TestVisitorEndsTheWalk(t *testing.T) {
	stop := errors.New("stop")
	content := packZip(t, file{"a.zip", packZip(t, file{"a.txt", []byte("Bo Ek\n")})}, file{"b.txt", []byte("Bo Ek\n")})
	a := &stopping{err: stop}
	err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), "x.zip", extract.Limits{}, a)
	if !errors.Is(err, stop) || len(a.items) != 3 {
		t.Errorf("the walk ended with %v after %d items, want stop after 3", err, len(a.items))
	}
}

type stopping struct {
	account
	err error
}

func (s *stopping) Text(int, breach.Place, []byte) error { return s.err }

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := extract.Walk(ctx, strings.NewReader("Bo Ek\n"), 6, "a.txt", extract.Limits{}, &account{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the walk ended with %v, want canceled", err)
	}
}

func TestTruncated(t *testing.T) {
	packed := packGzip(t, noisyText(200000))
	a := walk(t, "a.txt.gz", packed[:len(packed)/2], extract.Limits{})
	for i, want := range []breach.Reason{breach.Truncated, breach.Truncated} {
		if e := a.items[i]; e.State != breach.Partly || e.Reason != want {
			t.Errorf("item %d is %s, %s; want partly, %s", i, e.State, e.Reason, want)
		}
	}
	whole := packZip(t, file{"a.txt", noisyText(30000)}, file{"b.txt", noisyText(30000)})
	a = walk(t, "a.zip", whole[:len(whole)*2/3], extract.Limits{})
	if len(a.items) != 3 || a.items[1].State != breach.Read || a.items[2].State != breach.Partly || a.items[2].Reason != breach.Truncated {
		t.Errorf("got %v", a)
	}
}

// noisyText is text that does not pack well.
func noisyText(n int) []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(3, 4))
	for b.Len() < n {
		fmt.Fprintf(&b, "rad %x\n", r.Uint64())
	}
	return b.Bytes()
}

func ExampleWalk() {
	page := "<p>Åsa Öberg<p>070-174 06 05"
	err := extract.Walk(context.Background(), strings.NewReader(page), int64(len(page)), "sida.html", extract.Limits{}, printer{})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// paragraph 1: "Åsa Öberg\n070-174 06 05\n"
	// html: read
}

type printer struct{}

func (printer) Open(extract.Item) error { return nil }

func (printer) Text(_ int, p breach.Place, text []byte) error {
	_, err := fmt.Printf("%v: %q\n", p, text)
	return err
}

func (printer) Close(_ int, o breach.Outcome, _ [32]byte, typ string, _ int64) error {
	_, err := fmt.Printf("%s: %s\n", typ, o.State)
	return err
}
