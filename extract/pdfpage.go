package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"unicode"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract/pdfium"
)

// maxBroken is how many pages in a row may be broken before we believe that
// the rest is too: a damaged file can claim a million.
const maxBroken = 1000

// pages reads all pages in order.
func (r *pdfReader) pages(ctx context.Context) error {
	broken := 0
	for n := 1; n <= r.count() && broken < maxBroken; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := r.onePage(ctx, n)
		switch {
		case err == nil:
			broken = 0
		case errors.Is(err, pdfium.ErrFormat):
			broken++
			r.broken++
			r.missing.add(int64(n))
		default:
			return err
		}
		r.done = n
	}
	return nil
}

// onePage reads one page.
func (r *pdfReader) onePage(ctx context.Context, n int) error {
	if r.own != nil {
		if sure, err := r.surePage(n); sure || err != nil {
			return err
		}
	}
	doc, err := r.pdfium(ctx)
	if err != nil {
		return err
	}
	page, err := doc.Page(ctx, n-1)
	if err != nil {
		return err
	}
	at := breach.At(breach.Step{Unit: breach.Page, N: int64(n)})
	err = r.annotations(ctx, page, at)
	if err == nil {
		r.text, err = page.AppendText(ctx, r.text[:0])
	}
	pictured := false
	if err == nil {
		pictured, err = r.pictured(ctx, page)
	}
	if err == nil {
		r.worded = r.worded || len(bytes.TrimSpace(r.text)) > 0
		err = prose(r.out, at, r.text)
	}
	if err == nil && pictured {
		err = r.looker.page(int64(n), func() (*image.Gray, error) { return page.Render(ctx, drawnDPI, MaxSide) })
	}
	if e := page.Close(ctx); err == nil {
		err = e
	}
	return err
}

// surePage reads one page without PDFium, and reports whether it did.
func (r *pdfReader) surePage(n int) (bool, error) {
	text, page, err := r.own.AppendText(r.text[:0], n-1)
	if err != nil {
		return false, nil // it is not sure
	}
	r.text = text
	letters := r.letters()
	if letters < fewLetters && page.Images > 0 || letters == 0 && page.Paths >= manyPaths {
		return false, nil
	}
	at := breach.At(breach.Step{Unit: breach.Page, N: int64(n)})
	over := overlay{out: r.out, at: at}
	for _, link := range page.Links {
		if err := over.add(pdfium.Annotation{Link: link.To, Author: link.Author, Text: link.Text}); err != nil {
			return false, err
		}
	}
	if err := over.flush(); err != nil {
		return false, err
	}
	r.worded = r.worded || len(bytes.TrimSpace(text)) > 0
	return true, prose(r.out, at, text)
}

// What tells a page whose text is in its pixels, or drawn without fonts: a
// scan may carry a stamp of a few words, and a drawn page has many strokes.
const (
	fewLetters = 64
	mostOfPage = 0.5
	manyPaths  = 100
)

// pictured reports whether there is likely more to read on the page than its text.
func (r *pdfReader) pictured(ctx context.Context, page *pdfium.Page) (bool, error) {
	letters := r.letters()
	if letters >= fewLetters {
		return false, nil
	}
	s, err := page.Shapes(ctx)
	if letters > 0 {
		return s.Cover >= mostOfPage, err
	}
	return s.Images > 0 || s.Paths >= manyPaths, err
}

// letters counts the letters of a page, if they are few.
func (r *pdfReader) letters() int {
	n := 0
	for _, c := range string(r.text[:min(len(r.text), 64*fewLetters)]) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// annotations reads what is laid over the page.
func (r *pdfReader) annotations(ctx context.Context, page *pdfium.Page, at breach.Place) error {
	over := overlay{out: r.out, at: at}
	flat := true // but for links
	err := page.Annotations(ctx, func(a pdfium.Annotation) error {
		flat = flat && !a.Shown
		if err := page.Attached(ctx, a, r.inside); err != nil {
			return err
		}
		return over.add(a)
	})
	if err != nil {
		return err
	}
	if err := over.flush(); err != nil || flat {
		return err
	}
	return page.Flatten(ctx)
}

// overlay hands over what is laid over a page: form fields and links as
// properties of the page, notes as comments.
type overlay struct {
	out      Sink
	at       breach.Place
	fields   labels
	comments int64
}

func (o *overlay) add(a pdfium.Annotation) error {
	if a.Text != "" {
		o.comments++
		text := []byte(strings.TrimSpace(a.Author + "\n" + a.Text))
		return prose(o.out, o.at.Down(breach.Step{Unit: breach.Comment, N: o.comments}), text)
	}
	o.fields.add("Link", a.Link)
	o.fields.add(a.Field, a.Value)
	for _, option := range a.Options {
		if option != a.Value {
			o.fields.add(a.Field, option)
		}
	}
	return nil
}

func (o *overlay) flush() error {
	return o.fields.flush(o.out, o.at.Down(breach.Step{Unit: breach.Property}))
}

// properties reads the document information.
func (r *pdfReader) properties(ctx context.Context) error {
	var l labels
	for _, tag := range []string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer"} {
		value, err := r.meta(ctx, tag)
		if err != nil {
			return err
		}
		l.add(tag, value)
	}
	return l.flush(r.out, breach.At(breach.Step{Unit: breach.Property}))
}

func (r *pdfReader) meta(ctx context.Context, tag string) (string, error) {
	if r.own != nil {
		if value, err := r.own.Meta(tag); err == nil {
			return value, nil
		}
	}
	doc, err := r.pdfium(ctx)
	if err != nil {
		return "", err
	}
	return doc.Meta(ctx, tag)
}

// bookmarks reads the outline.
func (r *pdfReader) bookmarks(ctx context.Context) error {
	titles, err := r.titles(ctx)
	if err != nil {
		return err
	}
	b := newBatch(r.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph)
	for _, title := range titles {
		if err := b.Add([]byte(title)); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (r *pdfReader) titles(ctx context.Context) ([]string, error) {
	if r.own != nil {
		if titles, err := r.own.Bookmarks(); err == nil {
			return titles, nil
		}
	}
	doc, err := r.pdfium(ctx)
	if err != nil {
		return nil, err
	}
	return doc.Bookmarks(ctx)
}

// attachments hands over the files inside, and the parts of an XFA form.
func (r *pdfReader) attachments(ctx context.Context) error {
	if r.own != nil && !r.own.HoldsFiles() {
		return nil
	}
	doc, err := r.pdfium(ctx)
	if err != nil {
		return err
	}
	if err := doc.Attachments(ctx, r.inside); err != nil {
		return err
	}
	return doc.Packets(ctx, func(name string, f io.Reader) error {
		if name != "datasets" {
			return nil // the form's layout, not what was filled in
		}
		return r.inside("datasets.xml", f)
	})
}

// inside hands over one file inside.
func (r *pdfReader) inside(name string, f io.Reader) error { return r.out.File(name, r.in.Unpacked(f)) }

// prose hands over running text, in pieces that end with a line where it is long.
func prose(out Sink, at breach.Place, text []byte) error {
	for len(bytes.TrimSpace(text)) > 0 {
		n := len(text)
		if n > batchSize {
			n = bytes.LastIndexByte(text[:batchSize], '\n') + 1
			if n == 0 {
				n = cutPoint(text[:batchSize])
			}
		}
		if err := out.Text(at, text[:n]); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// labels gathers lines of "label: value" that belong together.
type labels struct{ text []byte }

// add appends a line, unless there is no value.
func (l *labels) add(label, value string) {
	value = strings.Join(strings.Fields(value), " ")
	if value == "" {
		return
	}
	label = strings.Join(strings.Fields(label), " ")
	if label != "" {
		label += ": "
	}
	l.text = fmt.Appendf(l.text, "%s%s\n", label, value)
}

// flush hands over the lines and begins anew.
func (l *labels) flush(out Sink, at breach.Place) error {
	text := l.text
	l.text = l.text[:0]
	return prose(out, at, text)
}
