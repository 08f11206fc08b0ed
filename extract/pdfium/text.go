package pdfium

import (
	"context"
	"encoding/binary"
	"math"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendText appends the page's text as UTF-8, with its lines as on the page.
func (p *Page) AppendText(ctx context.Context, to []byte) ([]byte, error) {
	t, err := p.d.i.call(ctx, "FPDFText_LoadPage", p.handle)
	if err == nil && t == 0 {
		err = ErrFormat
	}
	if err != nil {
		return to, err
	}
	w := writer{text: to}
	if err := p.chars(ctx, t, &w); err != nil {
		return w.text, err
	}
	_, err = p.d.i.call(ctx, "FPDFText_ClosePage", t)
	return w.text, err
}

// chars hands the characters of a text to w.
func (p *Page) chars(ctx context.Context, t uint64, w *writer) error {
	i := p.d.i
	n, err := i.call(ctx, "FPDFText_CountChars", t)
	if err != nil {
		return err
	}
	unicodeOf, err := i.function("FPDFText_GetUnicode")
	if err != nil {
		return err
	}
	boxOf, err := i.function("FPDFText_GetLooseCharBox")
	if err != nil {
		return err
	}
	at, err := i.buffer(ctx, boxBytes)
	if err != nil {
		return err
	}
	for k := range uint64(max(0, int32(n))) {
		r, err := i.run(ctx, unicodeOf, t, k)
		if err != nil {
			return err
		}
		var b box
		if r > ' ' {
			there, err := i.run(ctx, boxOf, t, k, uint64(at))
			if err != nil {
				return err
			}
			if there != 0 {
				b = i.box(at)
			}
		}
		w.write(rune(uint32(r)), b)
	}
	return nil
}

// box is where a character stands, with the space its font gives it.
type box struct{ left, top, right, bottom float32 }

const boxBytes = 16

// box reads a box from memory.
func (i *instance) box(at uint32) box {
	b, ok := i.module.Memory().Read(at, boxBytes)
	if !ok {
		return box{}
	}
	edge := func(n int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[4*n:])) }
	return box{edge(0), edge(1), edge(2), edge(3)}
}

// apart reports whether a blank belongs between two characters that follow
// each other: programs that place every word by itself often write none, and
// PDFium puts in too few.
func (a box) apart(b box) bool {
	height := a.top - a.bottom
	shared := min(a.top, b.top) - max(a.bottom, b.bottom)
	return height > 0 && shared > height/2 && b.left-a.right > height*wordGap
}

// wordGap is the width of a gap between words, in heights of a line.
const wordGap = 0.1

// Hyphens that break a word at the end of a line, as PDFium marks them.
const (
	brokenWord    = 0x02
	brokenWordOld = 0xFFFE
)

// writer puts characters together.
type writer struct {
	text   []byte
	last   box  // of the last character; zero after a blank
	high   rune // the first half of a surrogate pair, whose second comes next
	hyphen bool // the last character broke a word at the end of a line
	held   bool // an end of line is held back: it may stand in a number
}

// write appends one character. Words and numbers broken at the end of a line
// are whole again, and control characters, which fonts without a proper
// encoding give, become blanks.
func (w *writer) write(r rune, b box) {
	if utf16.IsSurrogate(r) && w.high == 0 {
		w.high = r
		return
	}
	if w.high != 0 {
		r, w.high = utf16.DecodeRune(w.high, r), 0
	}
	if w.hyphen || w.held {
		if r == '\r' || r == '\n' {
			return
		}
		w.resume(r)
	}
	switch {
	case r == brokenWord || r == brokenWordOld:
		w.hyphen = true
		return
	case r == '\n' && w.inNumber():
		w.held = true
		return
	case r == '\r' || r == 0:
		return
	case r < ' ' && r != '\n' && r != '\t':
		r = ' '
	}
	if w.last != (box{}) && b != (box{}) && w.last.apart(b) {
		w.text = append(w.text, ' ')
	}
	w.text = utf8.AppendRune(w.text, r)
	w.last = b
}

// resume goes on behind the end of a line that something was broken at.
func (w *writer) resume(r rune) {
	switch {
	case w.hyphen && !unicode.IsLower(r):
		w.text = append(w.text, '-') // a name keeps its hyphen: Anna-Liisa
	case w.held && !unicode.IsDigit(r):
		w.text = append(w.text, '\n')
	}
	w.hyphen, w.held, w.last = false, false, box{}
}

// inNumber reports whether the text ends like the first half of an identity
// number.
func (w *writer) inNumber() bool {
	n := len(w.text)
	return n > 1 && w.text[n-1] == '-' && w.text[n-2] >= '0' && w.text[n-2] <= '9'
}
