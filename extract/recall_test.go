package extract_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// corpus is where files of many sources lie, with a reference text for most.
const corpus = "../../shared/corpus/files"

var (
	corpusFolder = flag.String("corpus", corpus, "folder with MANIFEST.tsv, files and reference texts")
	recallReport = flag.String("report", "", "file for the page on what is read")
	missingWords = flag.Int("missing", 0, "log so many of the words missed in each file")
)

// sample is one file of the corpus.
type sample struct{ path, format, reference string }

// manifest lists the corpus.
func manifest(t testing.TB) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join(*corpusFolder, "MANIFEST.tsv"))
	if err != nil {
		t.Skip("the corpus of files is not here")
	}
	defer f.Close()
	var found []sample
	s := bufio.NewScanner(f)
	for s.Scan() {
		c := strings.Split(s.Text(), "\t")
		if len(c) < 8 || c[0] == "path" {
			continue
		}
		one := sample{path: filepath.Join(*corpusFolder, c[0]), format: c[1]}
		if c[7] != "" && !strings.HasPrefix(c[6], "expectation") {
			one.reference = filepath.Join(*corpusFolder, c[7])
		}
		found = append(found, one)
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return found
}

// samples lists the files of a format.
func samples(t testing.TB, format string) []sample {
	t.Helper()
	return slices.DeleteFunc(manifest(t), func(s sample) bool { return s.format != format })
}

// words counts the words of a text: runs of letters, marks and digits, of two
// bytes and more. A soft hyphen is not part of a word.
type words map[string]int

func (w words) add(text string, lettersOnly bool) {
	text = strings.ReplaceAll(text, "\u00AD", "")
	for _, word := range strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		if len(word) >= 2 && !(lettersOnly && strings.ContainsFunc(word, unicode.IsDigit)) {
			w[word]++
		}
	}
}

// reading is a visitor that counts the words of a file and of all inside it.
type reading struct {
	account
	words   words // nil where nobody asks
	letters bool
}

func (r *reading) Open(it extract.Item) error {
	if it.Ordinal > 0 && r.words != nil {
		r.words.add(it.Name.Reveal(), r.letters)
	}
	return r.account.Open(it)
}

func (r *reading) Text(n int, p breach.Place, text []byte) error {
	if r.words != nil {
		r.words.add(string(text), r.letters)
	}
	return r.account.Text(n, p, text)
}

// recall is how many of the words of reference texts were found.
type recall struct {
	files         int
	found, wanted int
	sum           float64 // of each file's share
}

func (r *recall) micro() float64 { return float64(r.found) / float64(max(1, r.wanted)) }
func (r *recall) mean() float64  { return r.sum / float64(max(1, r.files)) }

// add holds what was read in a file against its reference text, and tells the
// share found and some of what is missing. Files with hardly a word say nothing.
func (r *recall) add(reference string, got *reading) (share float64, missing []string) {
	want := words{}
	want.add(reference, got.letters)
	found, wanted := 0, 0
	for word, n := range want {
		wanted += n
		found += min(n, got.words[word])
		if got.words[word] < n && len(missing) < *missingWords {
			missing = append(missing, fmt.Sprintf("%s %d/%d", word, got.words[word], n))
		}
	}
	if wanted < 5 {
		return 1, nil
	}
	share = float64(found) / float64(wanted)
	r.files++
	r.found, r.wanted, r.sum = r.found+found, r.wanted+wanted, r.sum+share
	return share, missing
}

// survey is what reading the corpus came to.
type survey struct {
	recalls map[string]*recall // by the goal's name
	plain   map[string]*recall // likewise, of references as they are
	formats map[string]tally   // by what items are
	files   int
	items   int
}

// tally counts items of one format by how their reading ended.
type tally map[breach.State]int

// add reads a file of the corpus.
func (s *survey) add(t *testing.T, one sample, l extract.Limits) {
	g := goalOf(one.format)
	content, err := os.Open(one.path)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		t.Fatal(err)
	}
	got := &reading{}
	if g != nil {
		got.words, got.letters = words{}, g.letters
	}
	began := time.Now()
	if err := extract.Walk(context.Background(), content, info.Size(), filepath.Base(one.path), l, got); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > hang {
		t.Errorf("%s took %v", one.path, took)
	}
	got.check(t)
	top := got.items[0]
	s.files, s.items = s.files+1, s.items+len(got.items)
	for _, it := range got.items {
		if s.formats[it.Type] == nil {
			s.formats[it.Type] = tally{}
		}
		s.formats[it.Type][it.State]++
	}
	if g == nil || top.State == breach.Encrypted || top.State == breach.OCRPending {
		return
	}
	if s.recalls[g.name] == nil {
		s.recalls[g.name], s.plain[g.name] = &recall{}, &recall{}
	}
	reference := g.reference(t, one)
	s.plain[g.name].add(reference, got)
	if g.guessed != nil {
		content, err := os.ReadFile(one.path)
		if err != nil {
			t.Fatal(err)
		}
		if g.guessed(content) {
			return
		}
	}
	if g.clean != nil {
		reference = g.clean(reference)
	}
	if share, missing := s.recalls[g.name].add(reference, got); share < 0.95 || share < 1 && *missingWords > 0 {
		t.Logf("%.3f of words: %s, %s %s %s %q", share, one.path[len(*corpusFolder)+1:], top.Type, top.State, top.Reason, missing)
	}
}

// TestRecall reads the corpus, each file of which has to be accounted for, and
// holds what comes of it against what other programs read in the same files.
func TestRecall(t *testing.T) {
	limits := extract.Limits{PDF: testPDFium(t)}
	s := survey{recalls: map[string]*recall{}, plain: map[string]*recall{}, formats: map[string]tally{}}
	for _, one := range manifest(t) {
		s.add(t, one, limits)
	}
	for _, g := range goals {
		r := s.recalls[g.name]
		if r == nil {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			t.Logf("%d files, micro %.3f of %.3f, mean %.3f of %.3f", r.files, r.micro(), g.micro, r.mean(), g.mean)
			if r.micro() < g.micro || r.mean() < g.mean {
				t.Errorf("recall of %d files: micro %.3f, want %.3f; mean %.3f, want %.3f", r.files, r.micro(), g.micro, r.mean(), g.mean)
			}
		})
	}
	if *recallReport != "" {
		if err := os.WriteFile(*recallReport, s.page(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
