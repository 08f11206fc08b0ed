package casework_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// reads scans, and counts the contents that were read for it.
func reads(t *testing.T, d *casework.Desk, id store.CaseID, o casework.ScanOptions) (n int64) {
	t.Helper()
	var last int64
	o.Progress = func(p casework.Progress) {
		if p.Items == last+1 { // what needs no reading comes at once
			n++
		}
		last = p.Items
	}
	if err := d.Scan(t.Context(), id, o); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHigherLimitsReadWhatTheyConcern(t *testing.T) {
	evidence := t.TempDir()
	nested := inZip(t, "inre.zip", inZip(t, "innerst.zip", inZip(t, "a.txt", "Aino Koivunen")))
	write(t, evidence, map[string]string{
		"djup.zip": nested, "lång.txt": strings.Repeat("en lång text\n", 200), "torn.pdf": "%PDF-1.7\ntorn",
		"a.txt": "a", "b.txt": "b", "c.txt": "c", "d.txt": "d",
	})
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "limits")
	if err != nil {
		t.Fatal(err)
	}
	const deep, long = "djup.zip!/inre.zip!/innerst.zip", "lång.txt"
	for _, step := range []struct {
		name       string
		limits     casework.Limits
		deep, long string
		read       int64
	}{
		{"low limits", casework.Limits{"depth": 1, "text": 1000}, "too_large nesting", "too_large text_budget", 7},
		{"the same", casework.Limits{"depth": 1, "text": 1000}, "too_large nesting", "too_large text_budget", 0},
		{"none named", nil, "too_large nesting", "too_large text_budget", 0},
		{"deeper", casework.Limits{"depth": 9}, "read", "too_large text_budget", 1},
		{"less deep", casework.Limits{"depth": 1}, "read", "too_large text_budget", 0},
		{"more text, still too little", casework.Limits{"text": 1500}, "read", "too_large text_budget", 1},
		{"enough text", casework.Limits{"text": 1e6}, "read", "read", 1},
		{"more time", casework.Limits{"time": 1e15}, "read", "read", 0},
	} {
		read := reads(t, d, c.ID, casework.ScanOptions{Evidence: evidence, Limits: step.limits})
		if read != step.read {
			t.Errorf("%s: %d contents were read, want %d", step.name, read, step.read)
		}
		got := states(t, d, c.ID)
		if !strings.HasPrefix(got[deep], step.deep) || !strings.HasPrefix(got[long], step.long) {
			t.Errorf("%s: %q and %q, want %q and %q", step.name, got[deep], got[long], step.deep, step.long)
		}
	}
}

func TestAnotherFolderIsLeftAsItIs(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	long := strings.Repeat("en lång text\n", 200)
	write(t, one, map[string]string{"x1": "x1", "x2": "x2", "a.txt": long + "a", "samma.txt": long})
	write(t, other, map[string]string{"y1": "y1", "y2": "y2", "b.txt": long + "b", "samma.txt": long})
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "two folders")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, folder string
		text, read   int64  // read, or found to be read already
		want         string // of a, b, and the one in both
	}{
		{"the first", one, 1000, 4, "too_large  too_large"},
		{"the second", other, 1000, 4, "too_large too_large too_large"},
		{"more for the first", one, 1e6, 2, "read too_large read"},
		{"more for the second", other, 1e6, 1, "read read read"},
		{"the first again", one, 1e6, 0, "read read read"},
	} {
		read := reads(t, d, c.ID, casework.ScanOptions{Evidence: step.folder, Limits: casework.Limits{"text": step.text}})
		got := states(t, d, c.ID)
		first := func(name string) string { word, _, _ := strings.Cut(got[name], " "); return word }
		if words := fmt.Sprint(first("a.txt"), " ", first("b.txt"), " ", bothOf(t, d, c.ID)); words != step.want || read != step.read {
			t.Errorf("%s: %s, %d read; want %s, %d", step.name, words, read, step.want, step.read)
		}
	}
}

// bothOf is the state of the file that stands in both folders.
func bothOf(t *testing.T, d *casework.Desk, id store.CaseID) (state string) {
	t.Helper()
	_, err := d.Account(t.Context(), id, func(r store.AccountRow) error {
		if filepath.Base(r.Path) == "samma.txt" && r.Outcome.State != breach.DuplicateOf {
			state = string(r.Outcome.State)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestParseLimits(t *testing.T) {
	for text, want := range map[string]int64{"depth=20": 20, "text=2GB": 2e9, "member=500": 500, "time=30m": 30 * 60 * 1e9,
		"depth=2GB": 0, "depth=0": 0, "depth=-1": 0, "depth": 0, "text=9999999999999TB": 0, "memory=1": 0, "time=3": 0, "entries=99999999999": 0} {
		got, err := casework.ParseLimits([]string{text})
		name, _, _ := strings.Cut(text, "=")
		var refusal *breach.Refusal
		if got[name] != want || (want == 0) != errors.As(err, &refusal) {
			t.Errorf("%s: %v, error %v", text, got, err)
		}
	}
}
