package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract/pdfium"
	"github.com/klarlagt/klarlagt/extract/pdftext"
)

// pdf is a document laid out in pages. Package pdftext reads the text that it is
// sure of, and PDFium all else.
var pdf = Format{
	Name:       "pdf",
	Extensions: []string{"pdf"},
	Sniff:      sniffPDF,
	Read:       readPDF,
	Strings:    true,
}

// sniffPDF looks for the signature at the start. Readers accept it anywhere in
// the first 1,024 bytes, so we do where the name says PDF; a mail that quotes
// a PDF is a mail.
func sniffPDF(in *Input) bool {
	head := in.Head()
	if in.HasExtension("pdf") {
		return bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-"))
	}
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n\x00"), []byte("%PDF-"))
}

// PDFium is the PDF reader of one worker. It starts with the first PDF and
// stays. It is for one goroutine.
type PDFium struct {
	// CacheDir keeps the compiled reader, 14 MB, so that the next process
	// starts it in a tenth of a second instead of seconds. Nobody else may be
	// able to write there.
	CacheDir string

	engine *pdfium.Engine
}

// Start starts the reader, and so fills the cache.
func (p *PDFium) Start(ctx context.Context) error {
	_, err := p.start(ctx)
	return err
}

// Close stops the reader if it was started.
func (p *PDFium) Close(ctx context.Context) error {
	if p.engine == nil {
		return nil
	}
	err := p.engine.Close(ctx)
	p.engine = nil
	return err
}

func (p *PDFium) start(ctx context.Context) (*pdfium.Engine, error) {
	if p.engine != nil {
		return p.engine, nil
	}
	engine, err := pdfium.New(ctx, pdfium.Settings{CacheDir: p.CacheDir})
	if err != nil && p.CacheDir != "" {
		// A worker may read the cache but not fill it.
		engine, err = pdfium.New(ctx, pdfium.Settings{})
	}
	p.engine = engine
	return engine, err
}

// pdfRounds is what a try of a password costs since PDF 2.0.
const pdfRounds = 10_000

func readPDF(ctx context.Context, in *Input, out Sink) (breach.Outcome, error) {
	file, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	r := pdfReader{in: in, out: out, file: file, size: size, looker: looker{in: in, out: out, look: in.Limits.Look}}
	defer r.close(ctx)
	if err := r.sure(); err != nil {
		return breach.Outcome{}, err
	}
	if r.own == nil {
		if _, err := r.pdfium(ctx); err != nil {
			return breach.Outcome{}, pdfGap(err)
		}
	}
	return r.read(ctx)
}

// sureMemory is what pdftext may need beside the file, in bytes.
const sureMemory = 64 << 20

// sure opens the document with the reader that is fast and repairs nothing, if
// it is one for it.
func (r *pdfReader) sure() error {
	if r.size > pdftext.MaxSize || r.in.ask(r.size+sureMemory) != nil {
		return nil
	}
	own, err := pdftext.Open(r.file, r.size)
	var unsure pdftext.Unsure
	switch {
	case err == nil:
		r.own = own
	case !errors.As(err, &unsure):
		return err
	}
	return nil
}

// pdfium opens the document with PDFium, which reads what the other does not.
func (r *pdfReader) pdfium(ctx context.Context) (*pdfium.Document, error) {
	if r.doc != nil || r.docErr != nil {
		return r.doc, r.docErr
	}
	r.doc, r.docErr = r.open(ctx)
	if r.docErr == nil && r.own != nil && r.doc.Pages() != r.own.Pages() {
		r.own = nil // one of the two is wrong, and it is not the one that repairs
	}
	return r.doc, r.docErr
}

func (r *pdfReader) open(ctx context.Context) (*pdfium.Document, error) {
	reader := r.in.Limits.PDF
	if reader == nil {
		reader = &PDFium{}
		r.started = reader
	}
	engine, err := reader.start(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := engine.Open(ctx, r.file, r.size, "")
	if errors.Is(err, pdfium.ErrPassword) {
		// A try opens the file anew, and looks for its end and its tables.
		r.in.password(pdfRounds+r.size/16, func(p string) bool {
			doc, err = engine.Open(ctx, r.file, r.size, p)
			return !errors.Is(err, pdfium.ErrPassword)
		})
	}
	return doc, err
}

func (r *pdfReader) close(ctx context.Context) {
	if r.doc != nil {
		_ = r.doc.Close(ctx) // one that cannot be closed is not used again
	}
	if r.started != nil {
		_ = r.started.Close(ctx) // nothing is left to lose
	}
}

// pdfGap gives PDFium's errors their reasons. Others are the sink's or the
// file's, and stay as they are.
func pdfGap(err error) error {
	for _, known := range []struct {
		err    error
		reason breach.Reason
	}{
		{pdfium.ErrPassword, breach.PasswordNeeded},
		{pdfium.ErrSecurity, breach.DRM},
		{pdfium.ErrFormat, breach.Malformed},
		{pdfium.ErrMemory, breach.Memory},
		{pdfium.ErrCrash, breach.Crash},
	} {
		if errors.Is(err, known.err) {
			return gap(known.reason)
		}
	}
	return err
}

// pdfReader reads one document, with two readers: what one is not sure of, the
// other reads.
type pdfReader struct {
	in   *Input
	out  Sink
	file io.ReaderAt
	size int64
	text []byte // of one page

	own     *pdftext.Document // nil where it is not sure of the document
	doc     *pdfium.Document  // nil until something needs it
	docErr  error             // why it could not be opened
	started *PDFium           // nil where it is somebody else's

	done   int  // pages that are behind us
	broken int  // pages that PDFium cannot load
	worded bool // there is text on some page

	looker // at pages whose text is in their pixels; its missing has all pages not read whole
}

// count is the number of pages, as the document counts them.
func (r *pdfReader) count() int {
	if r.own != nil {
		return r.own.Pages()
	}
	return r.doc.Pages()
}

func (r *pdfReader) read(ctx context.Context) (breach.Outcome, error) {
	steps := []func(context.Context) error{r.properties, r.pages, r.bookmarks, r.attachments}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return breach.Outcome{Missing: r.unread()}, pdfGap(err)
		}
	}
	o := breach.Outcome{Missing: r.unread()}
	if r.doc != nil {
		if err := r.doc.Err(); err != nil { // it carries on with less where memory or the file fail it
			return o, pdfGap(err)
		}
	}
	switch {
	case r.pending > 0: // what is broken is told when the rest has been looked at
	case r.broken > 0, r.count() == 0:
		return o, gap(breach.Malformed)
	}
	looked := r.outcome(r.worded)
	o.State, o.Reason = looked.State, looked.Reason
	return o, nil
}

// unread names the pages that are missing: "pages 3, 7-9 of 12".
func (r *pdfReader) unread() string {
	for n := r.done + 1; n <= r.count(); n++ {
		r.missing.add(int64(n))
	}
	r.done = r.count()
	if r.missing.n == 0 {
		return ""
	}
	return fmt.Sprintf("pages %s of %d", &r.missing, r.count())
}
