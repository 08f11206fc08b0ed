package engine

import (
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// maxRow bounds the bytes of one row, and with it what a hostile worker can
// make its parent hold.
const maxRow = 8 << 20

// maxFindings is how many findings go in one row; a mention with more goes in
// several.
const maxFindings = 4096

// ErrRowTooLong says that a row does not fit the contract.
var ErrRowTooLong = errors.New("row too long")

// Writer writes rows. It does not buffer: hand it a writer that does.
type Writer struct {
	w   io.Writer
	buf []byte
}

// NewWriter begins a worker's answer with its header.
func NewWriter(w io.Writer, s Stage, l Level) (*Writer, error) {
	x := &Writer{w: w}
	return x, x.header(string(s), string(l))
}

// Write writes one row.
func (w *Writer) Write(row Row) error {
	switch r := row.(type) {
	case *Item:
		b := w.begin("item", r.Job)
		b = tabInt(b, int64(r.Ordinal))
		b = tabInt(b, int64(r.Parent))
		b = tabInt(b, r.Size)
		w.buf = tabText(b, r.Name.Reveal())
	case *Mention:
		return w.mention(r)
	case *Passage:
		b := w.begin("passage", r.Job)
		b = tabInt(b, int64(r.Ordinal))
		b = appendPlace(append(b, '\t'), &r.Place, &breach.Place{})
		w.buf = appendEscaped(append(b, '\t'), r.Text, false)
	case *Picture:
		return w.picture(r)
	case *Close:
		w.close(r)
	case *Beat:
		w.begin("beat", r.Job)
	case *End:
		b := w.begin("end", r.Job)
		b = tabInt(b, r.Took.Milliseconds())
		b = tabInt(b, r.Memory)
		b = tabText(b, string(r.Reason))
		w.buf = tabText(b, r.Error)
	default:
		return fmt.Errorf("write a row: no tag for %T", row)
	}
	return w.flush()
}

// mention writes a mention, in several rows where it has very many findings.
func (w *Writer) mention(r *Mention) error {
	findings := r.Findings
	for {
		n := min(len(findings), maxFindings)
		b := w.begin("mention", r.Job)
		b = tabInt(b, int64(r.Ordinal))
		b = append(b, '\t', flag(r.Document))
		b = appendPlace(append(b, '\t'), &r.Place, &breach.Place{})
		b = tabInt(b, int64(n))
		for i := range findings[:n] {
			f := &findings[i]
			b = tabInt(b, int64(f.Kind))
			b = tabText(b, f.Form)
			b = tabText(b, f.Value.Reveal())
			b = tabInt(b, int64(f.Strength)<<2|int64(flag(f.Labelled)&1)<<1|int64(flag(f.Failed)&1))
			b = appendPlace(append(b, '\t'), &f.Place, &r.Place)
		}
		w.buf = b
		if err := w.flush(); err != nil {
			return err
		}
		if findings = findings[n:]; len(findings) == 0 {
			return nil
		}
	}
}

// close makes the row that ends an item.
func (w *Writer) close(r *Close) {
	b := w.begin("close", r.Job)
	b = tabInt(b, int64(r.Ordinal))
	b = tabText(b, string(r.State))
	b = tabText(b, string(r.Reason))
	b = tabText(b, r.Missing)
	b = tabInt(b, r.Outcome.Text)
	b = tabText(b, r.Charset)
	b = tabText(b, r.Dialect)
	b = append(b, '\t')
	if r.SHA256 != [32]byte{} {
		b = hex.AppendEncode(b, r.SHA256[:])
	}
	b = tabText(b, r.Type)
	b = tabInt(b, r.Size)
	w.buf = hex.AppendEncode(append(b, '\t'), r.Print)
}

// picture writes a picture and its pixels.
func (w *Writer) picture(r *Picture) error {
	b := w.begin("picture", r.Job)
	b = tabInt(b, int64(r.Ordinal))
	b = hex.AppendEncode(append(b, '\t'), r.Item[:])
	b = tabInt(b, r.Page)
	b = tabText(b, string(r.Reason))
	var size image.Point
	if r.Image != nil {
		size = r.Image.Rect.Size()
	}
	b = tabInt(b, int64(size.X))
	w.buf = tabInt(b, int64(size.Y))
	if err := w.flush(); err != nil || r.Image == nil {
		return err
	}
	if _, err := w.w.Write(r.Image.Pix[:size.X*size.Y]); err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

// job writes the row that hands a job to a worker, its volumes and its sights.
// Without paths the files themselves come beside the rows.
func (w *Writer) job(j *Job, paths bool) error {
	path := func(f *os.File) string {
		if !paths || f == nil {
			return ""
		}
		return f.Name()
	}
	b := w.begin("job", j.ID)
	b = tabInt(b, j.Size)
	b = tabText(b, j.Name.Reveal())
	b = tabText(b, path(j.File))
	b = tabInt(b, int64(len(j.Volumes)))
	w.buf = tabInt(b, int64(len(j.Sights)))
	if err := w.flush(); err != nil {
		return err
	}
	for _, v := range j.Volumes {
		b := w.begin("volume", j.ID)
		b = tabInt(b, int64(v.Number))
		b = tabInt(b, v.Size)
		w.buf = tabText(b, path(v.File))
		if err := w.flush(); err != nil {
			return err
		}
	}
	for p, s := range j.Sights {
		b := w.begin("sight", j.ID)
		b = hex.AppendEncode(append(b, '\t'), p.Item[:])
		b = tabInt(b, p.Page)
		b = tabText(b, string(s.State))
		b = tabText(b, string(s.Reason))
		w.buf = appendEscaped(append(b, '\t'), s.Text, false)
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

// header writes the first row.
func (w *Writer) header(stage, more string) error {
	b := append(w.buf[:0], "klarlagt"...)
	b = tabInt(b, Contract)
	b = tabText(b, stage)
	w.buf = tabText(b, more)
	return w.flush()
}

// begin begins a row in the buffer.
func (w *Writer) begin(tag string, job JobID) []byte {
	w.buf = tabInt(append(w.buf[:0], tag...), int64(job))
	return w.buf
}

// flush writes the row out of the buffer.
func (w *Writer) flush() error {
	if len(w.buf) >= maxRow {
		return ErrRowTooLong
	}
	w.buf = append(w.buf, '\n')
	if _, err := w.w.Write(w.buf); err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

func tabInt(dst []byte, n int64) []byte {
	return strconv.AppendInt(append(dst, '\t'), n, 10)
}

func tabText(dst []byte, text string) []byte {
	return appendEscaped(append(dst, '\t'), text, false)
}

func flag(set bool) byte {
	if set {
		return '1'
	}
	return '0'
}

// milliseconds turns the column of an end row back.
func milliseconds(n int64) time.Duration {
	return time.Duration(min(max(n, 0), int64(365*24*time.Hour/time.Millisecond))) * time.Millisecond
}
