package extract_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// corpus is where files of many sources lie, with a reference text for each.
const corpus = "../../shared/corpus/files"

// sample is one file of the corpus.
type sample struct{ path, reference string }

// samples lists the files of a format that are meant for development: the
// others are held out, for measuring.
func samples(t testing.TB, formats ...string) []sample {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "MANIFEST.tsv"))
	if err != nil {
		t.Skip("the corpus of files is not here")
	}
	defer f.Close()
	var found []sample
	for s := bufio.NewScanner(f); s.Scan(); {
		c := strings.Split(s.Text(), "\t")
		if len(c) < 8 || c[5] == "" || c[5][0] >= 'c' || strings.HasPrefix(c[0], "_hostile/") {
			continue
		}
		for _, format := range formats {
			if c[1] == format {
				found = append(found, sample{filepath.Join(corpus, c[0]), c[7]})
			}
		}
	}
	return found
}

// tokens counts the words of a text.
func tokens(text string, count map[string]int, alpha bool) {
	words := strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	for _, w := range words {
		if len(w) >= 2 && !(alpha && strings.ContainsFunc(w, unicode.IsDigit)) {
			count[w]++
		}
	}
}

// words is a visitor that counts the words of the file itself.
type words struct {
	account
	count map[string]int
	alpha bool
}

func (w *words) Text(n int, p breach.Place, text []byte) error {
	if n == 0 {
		tokens(string(text), w.count, w.alpha)
	}
	return w.account.Text(n, p, text)
}

// recall is how many of the reference's words were found.
type recall struct {
	files         int
	found, wanted int
	sum           float64 // of each file's share
}

func (r *recall) micro() float64 { return float64(r.found) / float64(max(1, r.wanted)) }
func (r *recall) mean() float64  { return r.sum / float64(max(1, r.files)) }

// measure reads all samples, and checks that each is accounted for in time.
func measure(t *testing.T, alpha bool, list []sample) recall {
	var r recall
	l := extract.Limits{PDF: testPDFium(t)}
	var size int64
	start := time.Now()
	for _, s := range list {
		f, err := os.Open(s.path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
		began := time.Now()
		w := &words{count: map[string]int{}, alpha: alpha}
		if err := extract.Walk(context.Background(), f, info.Size(), filepath.Base(s.path), l, w); err != nil {
			t.Fatal(err)
		}
		f.Close()
		for _, b := range w.broken {
			t.Errorf("%s: %s", s.path, b)
		}
		took := time.Since(began)
		if took > hang {
			t.Errorf("%s took %v", s.path, took)
		}
		reference, err := os.ReadFile(filepath.Join(corpus, s.reference))
		if s.reference == "" || err != nil || w.items[0].State == breach.Encrypted {
			continue
		}
		want := map[string]int{}
		tokens(string(reference), want, alpha)
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
	took := time.Since(start)
	t.Logf("%d files, recall micro %.3f mean %.3f, %.0f files/s, %.1f MB/s", r.files, r.micro(), r.mean(),
		float64(len(list))/took.Seconds(), float64(size)/1e6/took.Seconds())
	return r
}

func TestRecallOfWord(t *testing.T) {
	if r := measure(t, false, samples(t, "docx", "docm")); r.mean() < 0.97 {
		t.Errorf("mean recall %.3f of DOCX, want 0.97", r.mean())
	}
}

func TestRecallOfODT(t *testing.T) {
	if r := measure(t, false, samples(t, "odt")); r.mean() < 0.97 {
		t.Errorf("mean recall %.3f of ODT, want 0.97", r.mean())
	}
}

func TestRecallOfExcel(t *testing.T) {
	if r := measure(t, true, samples(t, "xlsx", "xlsm")); r.micro() < 0.95 {
		t.Errorf("recall %.3f of words in XLSX, want 0.95", r.micro())
	}
}

func TestRecallOfODS(t *testing.T) {
	// The mean, for the reference of the largest file shows "#NAME?" where the
	// file itself says "Err:508".
	if r := measure(t, true, samples(t, "ods")); r.mean() < 0.95 {
		t.Errorf("mean recall %.3f of words in ODS, want 0.95", r.mean())
	}
}

func TestRecallOfPDF(t *testing.T) {
	if r := measure(t, false, samples(t, "pdf")); r.micro() < 0.95 {
		t.Errorf("recall %.3f of PDF, want 0.95", r.micro())
	}
}

func TestCorpusOfPowerPoint(t *testing.T) {
	measure(t, true, samples(t, "pptx"))
}

// BenchmarkCorpus reads the files of each format in the corpus, each once a round.
func BenchmarkCorpus(b *testing.B) {
	limits := extract.Limits{PDF: testPDFium(b)}
	for _, format := range []string{"docx", "xlsx", "pptx", "odt", "ods", "pdf"} {
		var files [][]byte
		var size int64
		for _, s := range samples(b, format) {
			content, err := os.ReadFile(s.path)
			if err != nil {
				b.Fatal(err)
			}
			files, size = append(files, content), size+int64(len(content))
		}
		b.Run(format, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				for _, content := range files {
					if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), "x", limits, quiet{}); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*len(files))/b.Elapsed().Seconds(), "files/s")
		})
	}
}
