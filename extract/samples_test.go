package extract_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestSamples reads one file of each format that is kept as text, and compares
// all that comes of it.
func TestSamples(t *testing.T) {
	samples, err := filepath.Glob("testdata/samples/*")
	if err != nil || len(samples) == 0 {
		t.Fatal("no samples")
	}
	for _, path := range samples {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			compareGolden(t, path)
		})
	}
}

// compareGolden holds all that comes of a file against what is written beside it.
func compareGolden(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, golden := walk(t, filepath.Base(path), content, extract.Limits{}).String(), path+".golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// String is the account with all its text.
func (a *account) String() string {
	var b strings.Builder
	for _, e := range a.items {
		fmt.Fprintf(&b, "%d in %d: %q is %s, %s", e.Ordinal, e.Parent, e.Item.Name.Reveal(), e.Type, e.State)
		for _, s := range []string{string(e.Reason), e.Missing, e.Charset, e.Dialect} {
			if s != "" {
				fmt.Fprintf(&b, ", %s", s)
			}
		}
		fmt.Fprintf(&b, "; %d bytes, text %d\n", e.Length, e.Outcome.Text)
		for _, p := range e.Passages {
			fmt.Fprintf(&b, "\t%s\n", strings.ReplaceAll(strings.TrimRight(p, "\n"), "\n", "\n\t| "))
		}
	}
	return b.String()
}
