package extract_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// allWords counts the words of a file, of what is inside it, and of the names
// of that.
type allWords struct{ words }

func (w *allWords) Open(it extract.Item) error {
	if it.Ordinal > 0 {
		tokens(it.Name.Reveal(), w.count, false)
	}
	return w.words.Open(it)
}

func (w *allWords) Text(n int, p breach.Place, text []byte) error {
	if n > 0 {
		tokens(string(text), w.count, false)
	}
	return w.words.Text(n, p, text)
}

func TestRecallOfMail(t *testing.T) {
	var r recall
	limits := extract.Limits{PDF: testPDFium(t)}
	for _, s := range samples(t, "eml", "raw") {
		if s.reference == "" {
			continue
		}
		content, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		reference, err := os.ReadFile(filepath.Join(corpus, s.reference))
		if err != nil {
			t.Fatal(err)
		}
		w := &allWords{words{count: map[string]int{}}}
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), filepath.Base(s.path), limits, w); err != nil {
			t.Fatal(err)
		}
		w.check(t)
		want := map[string]int{}
		tokens(string(reference), want, false)
		found, wanted := 0, 0
		for word, n := range want {
			wanted += n
			found += min(n, w.count[word])
		}
		if wanted < 5 {
			continue
		}
		share := float64(found) / float64(wanted)
		r.files++
		r.found, r.wanted, r.sum = r.found+found, r.wanted+wanted, r.sum+share
		if share < 0.95 {
			t.Logf("%.2f of %d %s %s %s %q", share, wanted, s.path[len(corpus)+1:], w.items[0].State, w.items[0].Reason, w.items[0].Missing)
		}
	}
	t.Logf("%d mails, recall micro %.3f mean %.3f", r.files, r.micro(), r.mean())
	if r.mean() < 0.95 {
		t.Errorf("mean recall %.3f of mail, want 0.95", r.mean())
	}
}

// TestCorpus reads what has no reference text: each item must be closed once,
// in time, and whatever is wrong with it.
func TestCorpus(t *testing.T) {
	for _, format := range []string{"html", "json", "csv", "txt", "xml", "zip", "tar", "gz", "tgz", "bz2", "zst", "mbox", "mhtml", "7z", "rar", "png", "jpg", "bin", "dat", "db", "z", "svg"} {
		t.Run(format, func(t *testing.T) { measure(t, false, samples(t, format)) })
	}
}
