package extract_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	htmlcharset "golang.org/x/net/html/charset"

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

// recallOf measures a walk of the samples against a reference text of each.
func recallOf(t *testing.T, list []sample, reference func(s sample, content []byte) string) recall {
	t.Helper()
	var r recall
	limits := extract.Limits{PDF: testPDFium(t)}
	for _, s := range list {
		content, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		w := &allWords{words{count: map[string]int{}}}
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), filepath.Base(s.path), limits, w); err != nil {
			t.Fatal(err)
		}
		w.check(t)
		want := map[string]int{}
		tokens(reference(s, content), want, false)
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
			t.Logf("%.2f of %d %s %s %s", share, wanted, s.path[len(corpus)+1:], w.items[0].Type, w.items[0].State)
		}
	}
	t.Logf("%d files, recall micro %.3f mean %.3f", r.files, r.micro(), r.mean())
	return r
}

func TestRecallOfMail(t *testing.T) {
	r := recallOf(t, samples(t, "eml", "raw"), func(s sample, _ []byte) string {
		if s.reference == "" {
			return ""
		}
		text, err := os.ReadFile(filepath.Join(corpus, s.reference))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
	if r.mean() < 0.96 {
		t.Errorf("mean recall %.3f of mail, want 0.96", r.mean())
	}
}

// TestRecallOfHTML compares the stream of tags with the tree that a browser
// would build.
func TestRecallOfHTML(t *testing.T) {
	r := recallOf(t, samples(t, "html"), func(_ sample, content []byte) string {
		kind := "text/html"
		if utf8.Valid(content) { // whatever it says
			kind += "; charset=utf-8"
		}
		decoded, err := htmlcharset.NewReader(bytes.NewReader(content), kind)
		if err != nil {
			return ""
		}
		tree, err := html.Parse(decoded)
		if err != nil {
			return "" // too deep for a tree
		}
		var b strings.Builder
		for n := range tree.Descendants() {
			if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" && n.Parent.Data != "noscript" {
				b.WriteString(n.Data)
				b.WriteByte(' ')
			}
		}
		return b.String()
	})
	if r.mean() < 0.98 {
		t.Errorf("mean recall %.3f of HTML, want 0.98", r.mean())
	}
}

// TestCorpus reads what has no reference text: each item must be closed once,
// in time, and whatever is wrong with it.
func TestCorpus(t *testing.T) {
	for _, format := range []string{"html", "json", "csv", "txt", "xml", "zip", "tar", "gz", "tgz", "bz2", "zst", "mbox", "mhtml", "7z", "rar", "png", "jpg", "bin", "dat", "db", "z", "svg"} {
		t.Run(format, func(t *testing.T) { measure(t, false, samples(t, format)) })
	}
}
