package pdftext

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Box is where a character stands on a page, with the space that its font gives
// it, in points.
type Box struct{ Left, Top, Right, Bottom float32 }

// apart reports whether a blank belongs between two characters that follow
// each other: programs that place every word by itself often write none, and
// PDFium puts in too few.
func (b Box) apart(next Box) bool {
	height := b.Top - b.Bottom
	shared := min(b.Top, next.Top) - max(b.Bottom, next.Bottom)
	return height > 0 && shared > height/2 && next.Left-b.Right > height*wordGap
}

// near reports whether it would be another answer were the letters a little
// higher or lower: by what is lost in rounding, if their height is known.
func (b Box) near(next Box, known bool) bool {
	least, most := float32(wordGap*0.99), float32(wordGap*1.01)
	if !known {
		least, most = wordGap*0.7, wordGap*1.7
	}
	height := b.Top - b.Bottom
	shared := min(b.Top, next.Top) - max(b.Bottom, next.Bottom)
	gap := next.Left - b.Right
	return height > 0 && shared > height/4 && gap > height*least && gap < height*most
}

// wordGap is the width of a gap between words, in heights of a line.
const wordGap = 0.1

// Hyphens that break a word at the end of a line, as PDFium marks them.
const (
	brokenWord    = 0x02
	brokenWordOld = 0xFFFE
)

// Writer puts the characters of a page together, whoever found them.
type Writer struct {
	Text []byte // so far

	last   Box  // of the last character; zero after a blank
	high   rune // the first half of a surrogate pair, whose second comes next
	hyphen bool // the last character broke a word at the end of a line
	held   bool // an end of line is held back: it may stand in a number
}

// Write appends one character. Words and numbers broken at the end of a line
// are whole again, and control characters, which fonts without a proper
// encoding give, become blanks.
func (w *Writer) Write(r rune, b Box) {
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
	if w.last != (Box{}) && b != (Box{}) && w.last.apart(b) {
		w.Text = append(w.Text, ' ')
	}
	w.Text = utf8.AppendRune(w.Text, r)
	w.last = b
}

// resume goes on behind the end of a line that something was broken at.
func (w *Writer) resume(r rune) {
	switch {
	case w.hyphen && !unicode.IsLower(r):
		w.Text = append(w.Text, '-') // a name keeps its hyphen: Anna-Liisa
	case w.held && !unicode.IsDigit(r):
		w.Text = append(w.Text, '\n')
	}
	w.hyphen, w.held, w.last = false, false, Box{}
}

// inNumber reports whether the text ends like the first half of an identity
// number.
func (w *Writer) inNumber() bool {
	n := len(w.Text)
	return n > 1 && w.Text[n-1] == '-' && w.Text[n-2] >= '0' && w.Text[n-2] <= '9'
}
