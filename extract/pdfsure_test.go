package extract_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract/pdfium"
	"github.com/klarlagt/klarlagt/extract/pdftext"
)

// What the text that pdftext is sure of has to have in common with PDFium's.
const (
	leastSame     = 0.999 // of all words, found and not made up
	leastSamePage = 0.98  // of those of each page
)

// TestSureTextIsThatOfPDFium holds every page of the corpus that pdftext is sure
// of, and what it says of the document, against PDFium.
func TestSureTextIsThatOfPDFium(t *testing.T) {
	files := samples(t, "pdf")
	c := comparison{T: t, engine: pdfEngine(t), doubts: map[pdftext.Unsure]int{}}
	for _, one := range files {
		content, err := os.ReadFile(one.path)
		if err != nil {
			t.Fatal(err)
		}
		c.file(filepath.Base(one.path), content)
	}
	t.Logf("%d documents, %d sure in part, %d of all their pages; %d pages of those, %d sure; words %d here, %d there, %d in both; not sure of %v",
		c.documents, c.opened, c.whole, c.pages, c.sure, c.ours, c.theirs, c.both, c.doubts)
	if float64(c.both) < leastSame*float64(max(c.ours, c.theirs)) {
		t.Errorf("of %d and %d words %d are the same", c.ours, c.theirs, c.both)
	}
	if c.sure < c.pages/2 {
		t.Errorf("sure of %d of %d pages", c.sure, c.pages)
	}
}

// pdfEngine starts PDFium beside the reader of the package.
func pdfEngine(t testing.TB) *pdfium.Engine {
	t.Helper()
	dir := testPDFium(t).CacheDir
	e, err := pdfium.New(context.Background(), pdfium.Settings{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.Background()) })
	return e
}

// comparison is of two readers over many documents.
type comparison struct {
	*testing.T
	engine *pdfium.Engine

	documents, opened, whole int
	pages, sure              int
	ours, theirs, both       int // words
	doubts                   map[pdftext.Unsure]int
}

// doubt counts why a document or page is not sure.
func (c *comparison) doubt(name string, err error) {
	var unsure pdftext.Unsure
	if !errors.As(err, &unsure) {
		c.Errorf("%s: %v", name, err)
	}
	c.doubts[unsure]++
}

// file compares one document.
func (c *comparison) file(name string, content []byte) {
	ctx := context.Background()
	c.documents++
	own, err := pdftext.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		c.doubt(name, err)
		return
	}
	other, err := c.engine.Open(ctx, bytes.NewReader(content), int64(len(content)), "")
	if err != nil {
		c.Errorf("%s: PDFium does not open what pdftext is sure of: %v", name, err)
		return
	}
	defer func() { _ = other.Close(ctx) }()
	c.opened++
	if own.Pages() != other.Pages() {
		c.Errorf("%s has %d pages, with PDFium %d", name, own.Pages(), other.Pages())
		return
	}
	c.about(name, own, other)
	before := c.sure
	for n := range own.Pages() {
		c.pages++
		text, page, err := own.AppendText(nil, n)
		if err != nil {
			c.doubt(name, err)
			continue
		}
		c.sure++
		c.page(fmt.Sprintf("%s, page %d", name, n+1), text, page, other, n)
	}
	if c.sure-before == own.Pages() {
		c.whole++
	}
}

// about compares what is said of the document.
func (c *comparison) about(name string, own *pdftext.Document, other *pdfium.Document) {
	ctx := context.Background()
	for _, tag := range []string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer"} {
		ours, err := own.Meta(tag)
		if err != nil {
			continue
		}
		theirs, err := other.Meta(ctx, tag)
		if err != nil || !slices.Equal(strings.Fields(ours), strings.Fields(theirs)) {
			c.Errorf("%s: %s differs (%v)", name, tag, err)
		}
	}
	if ours, err := own.Bookmarks(); err == nil {
		theirs, err := other.Bookmarks(ctx)
		if err != nil || !slices.Equal(ours, theirs) {
			c.Errorf("%s: %d bookmarks, with PDFium %d, or others (%v)", name, len(ours), len(theirs), err)
		}
	}
}

// page compares a page.
func (c *comparison) page(name string, ours []byte, own pdftext.Page, other *pdfium.Document, n int) {
	ctx := context.Background()
	page, err := other.Page(ctx, n)
	if err != nil {
		c.Errorf("%s: PDFium does not read what pdftext is sure of: %v", name, err)
		return
	}
	defer func() { _ = page.Close(ctx) }()
	theirs, err := page.AppendText(ctx, nil)
	if err != nil {
		c.Errorf("%s: PDFium does not read what pdftext is sure of: %v", name, err)
		return
	}
	a, b := words{}, words{}
	a.add(string(ours), false)
	b.add(string(theirs), false)
	here, there, both := 0, 0, 0
	for _, n := range a {
		here += n
	}
	for word, n := range b {
		there += n
		both += min(n, a[word])
	}
	c.ours, c.theirs, c.both = c.ours+here, c.theirs+there, c.both+both
	if float64(both) < leastSamePage*float64(max(here, there)) {
		c.Errorf("%s: %d words, with PDFium %d, of which %d are the same", name, here, there, both)
	}
	if !slices.Equal(figures(ours), figures(theirs)) {
		c.Errorf("%s: other figures than with PDFium", name)
	}
	c.beside(name, own, page)
}

// beside compares what a page has beside its text.
func (c *comparison) beside(name string, own pdftext.Page, page *pdfium.Page) {
	ctx := context.Background()
	var links []pdftext.Link
	err := page.Annotations(ctx, func(a pdfium.Annotation) error {
		if l := (pdftext.Link{To: a.Link, Author: a.Author, Text: a.Text}); l != (pdftext.Link{}) {
			links = append(links, l)
		}
		if a.Shown || a.Field != "" {
			c.Errorf("%s: there is more over the page than links", name)
		}
		return nil
	})
	if err != nil || !slices.Equal(links, own.Links) {
		c.Errorf("%s: %d links, with PDFium %d, or others (%v)", name, len(own.Links), len(links), err)
	}
	shapes, err := page.Shapes(ctx)
	if err != nil || (shapes.Images > 0) != (own.Images > 0) || shapes.Paths > own.Paths {
		c.Errorf("%s: %d images and %d paths, with PDFium %d and %d (%v)", name, own.Images, own.Paths, shapes.Images, shapes.Paths, err)
	}
}

// figures gives the runs of digits of a text: an identity number must be neither
// split nor joined in another way.
func figures(text []byte) []string {
	return strings.FieldsFunc(string(text), func(r rune) bool { return r < '0' || r > '9' })
}
