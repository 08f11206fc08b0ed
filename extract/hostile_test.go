package extract_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// bounded is a visitor that watches the memory and looks for a text.
type bounded struct {
	account
	seek  string
	seen  bool
	calls int
	peak  uint64
}

func (b *bounded) Text(n int, p breach.Place, text []byte) error {
	b.seen = b.seen || strings.Contains(string(text), b.seek)
	if b.calls++; b.calls%256 == 1 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.peak = max(b.peak, m.HeapInuse)
	}
	return b.account.Text(n, p, text)
}

const pnr = "850709-9805"

// hostile are files that were made to do harm, and how they end.
var hostile = []struct {
	file   string
	states []breach.State // of the items, in order; the last for all that follow
	reason breach.Reason  // of the first
	seek   string
}{
	{"flat-64MiB-1000to1.zip", []breach.State{breach.Read, breach.Unsupported}, "", ""},
	{"nested-8x6-levels.zip", []breach.State{breach.Partly}, breach.BombRatio, ""},
	{"overlap-2000x4MiB.zip", []breach.State{breach.Partly, breach.Read, breach.TooLarge}, breach.OverlappingEntries, ""},
	{"gz-200MiB.gz", []breach.State{breach.Partly, breach.TooLarge}, breach.BombRatio, ""},
	{"zipslip.zip", []breach.State{breach.Read}, "", "Anna Andersson " + pnr},
	{"billion-laughs.xml", []breach.State{breach.Read}, "", pnr},
	{"xxe.xml", []breach.State{breach.Read}, "", pnr},
	{"deep-200k.xml", []breach.State{breach.Read}, "", pnr},
	{"deep-200k.json", []breach.State{breach.Read}, "", pnr},
	{"deep-200k.html", []breach.State{breach.Read}, "", pnr},
	{"long-line-64MiB.csv.gz", []breach.State{breach.Read}, "", pnr},
	{"mime-2000-deep.eml", []breach.State{breach.Read}, "", ""},
	{"mime-50k-parts.eml", []breach.State{breach.Read}, "", "a"},
	{"zero.docx", []breach.State{breach.Empty}, "", ""},
	{"double-ext.jpg", []breach.State{breach.Read}, "", "Anna\t" + pnr},
	{"encrypted-flag.zip", []breach.State{breach.Read, breach.Encrypted}, "", ""},
	{"truncated.zip", []breach.State{breach.Partly, breach.Read, breach.NotReadable}, breach.Malformed, "Anna " + pnr},
	{"tar-symlink-fifo-1TiBclaim.tar", []breach.State{breach.Partly, breach.LeftOut, breach.Read, breach.LeftOut, breach.NotReadable}, breach.Truncated, ""},
}

// TestHostile reads each: it must end in time, in bounded memory, and with an
// account that says what was not read.
func TestHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(corpus, "_hostile", tt.file))
			if err != nil {
				t.Skip("the corpus of files is not here")
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			b := &bounded{seek: tt.seek}
			start := time.Now()
			if err := extract.Walk(context.Background(), f, info.Size(), tt.file, extract.Limits{}, b); err != nil {
				t.Fatal(err)
			}
			b.check(t)
			if took := time.Since(start); took > hang {
				t.Errorf("took %v", took)
			}
			if b.peak > 128<<20 {
				t.Errorf("took %d MiB of memory", b.peak>>20)
			}
			if tt.seek != "" && !b.seen {
				t.Errorf("%q was not found", tt.seek)
			}
			if b.items[0].Reason != tt.reason {
				t.Errorf("the reason is %q, want %q", b.items[0].Reason, tt.reason)
			}
			if len(tt.states) == 1 {
				return
			}
			for i, e := range b.items {
				if want := tt.states[min(i, len(tt.states)-1)]; e.State != want {
					t.Errorf("item %d is %s, want %s", i, e.State, want)
				}
			}
		})
	}
}

// TestDepth reads a file packed forty times.
func TestDepth(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(corpus, "_hostile/gz-40-deep.gz"))
	if err != nil {
		t.Skip("the corpus of files is not here")
	}
	a := walk(t, "x.gz", content, extract.Limits{})
	if n := len(a.items); n != 14 || a.items[13].State != breach.TooLarge || a.items[13].Reason != breach.Nesting {
		t.Errorf("%d items, the last %s %s; want 14, the last too large by nesting", n, a.items[n-1].State, a.items[n-1].Reason)
	}
}

// TestNordicCharsets reads one text in twelve encodings.
func TestNordicCharsets(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus, "_hostile/nordic-*.csv"))
	if len(files) == 0 {
		t.Skip("the corpus of files is not here")
	}
	const want = "row 1: Namn\tPersonnummer\tOrt\nÅsa Öberg\t850709-9805\tÖstersund\nJärvinen Yrjö\t131052-308T\tHämeenlinna\nSøren Æbelø\t010190-1234\tÆrø\n"
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		a := walk(t, filepath.Base(f), content, extract.Limits{})
		if got := strings.Join(a.items[0].Passages, ""); got != want {
			t.Errorf("%s: got %q, read as %s", filepath.Base(f), got, a.items[0].Charset)
		}
	}
}
