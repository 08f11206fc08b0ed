package compare

import (
	"encoding/binary"
	"math"
	"unicode"
	"unicode/utf8"
)

// maxWord is where a run of letters without an end is cut.
const maxWord = 64

// Printer makes the print of a text that is handed to it piece by piece. Its
// memory does not grow. The zero value is ready for use.
type Printer struct {
	words uint32
	same  [2]uint64 // of the words so far, in their order
	last  [2]uint64 // the two words before
	least [bins]uint64
	begun bool
}

// Reset makes the printer ready for another text.
func (p *Printer) Reset() {
	*p = Printer{begun: true}
	for i := range p.least {
		p.least[i] = math.MaxUint64
	}
}

// Add takes a piece of the text, which begins and ends with whole words.
func (p *Printer) Add(text []byte) {
	if !p.begun {
		p.Reset()
	}
	var w word
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			i += n
			if !w.rune(r) && w.n > 0 {
				p.word(&w)
			}
			continue
		}
		i++
		if c = ascii[c]; c != 0 {
			w.add(c)
			if w.n < maxWord {
				continue
			}
		}
		if w.n > 0 {
			p.word(&w)
		}
	}
	if w.n > 0 {
		p.word(&w)
	}
}

// word takes a whole word, and readies w for the next.
func (p *Printer) word(w *word) {
	h := w.sum()
	*w = word{}
	if p.words >= 2 {
		// One hash serves all minima: its high bits choose which of them it may
		// be (Li, Owen and Zhang, "One permutation hashing", 2012).
		run := mix(mix(p.last[0]^mix0, p.last[1]^mix1)^mix2, h^mix1)
		bin := run >> 57
		p.least[bin] = min(p.least[bin], run<<7)
	}
	p.last[0], p.last[1] = p.last[1], h
	p.same[0] = mix(p.same[0]^h, mix0)
	p.same[1] = mix(p.same[1]+h, mix2)
	if p.words < math.MaxUint32 {
		p.words++
	}
}

// word is the hash of a word under way.
type word struct {
	h, acc uint64
	n      int // bytes
}

func (w *word) add(c byte) {
	w.acc = w.acc<<8 | uint64(c)
	if w.n++; w.n%8 == 0 {
		w.h = mix(w.h^w.acc^mix0, mix1)
	}
}

func (w *word) sum() uint64 { return mix(w.h^w.acc^mix1, mix2^uint64(w.n)) }

// rune takes a letter beyond ASCII. It reports false for what parts words.
func (w *word) rune(r rune) bool {
	switch {
	case r == softHyphen:
	case r >= 0xFB00 && r <= 0xFB06:
		for _, c := range []byte(ligatures[r-0xFB00]) {
			w.add(c)
		}
	case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
		var b [utf8.UTFMax]byte
		for _, c := range b[:utf8.EncodeRune(b[:], unicode.ToLower(r))] {
			w.add(c)
		}
	default:
		return false
	}
	return w.n < maxWord
}

// ascii gives the small letter or digit for a byte; 0 for what parts words.
var ascii = func() (table [utf8.RuneSelf]byte) {
	for c := range table {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z':
			table[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			table[c] = byte(c) + 'a' - 'A'
		}
	}
	return table
}()

// softHyphen stands where a word may be parted.
const softHyphen = '\u00AD'

// ligatures are letters that print sets as one: U+FB00 to U+FB06.
var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

// Print gives the print of what was added since the last Reset; ok is false
// where that is too little.
func (p *Printer) Print() (print Print, ok bool) {
	if p.words < MinWords {
		return print, false
	}
	print.Words = p.words
	binary.BigEndian.PutUint64(print.Same[:8], p.same[0])
	binary.BigEndian.PutUint64(print.Same[8:], p.same[1])
	for i := range print.Sketch {
		// A minimum that nothing fell on borrows another's, chosen the same way
		// for every text (Shrivastava, "Optimal densification", 2017).
		from := i
		for try := uint64(1); p.least[from] == math.MaxUint64; try++ {
			from = int(mix(uint64(i)^mix0, try^mix1) % bins)
		}
		print.Sketch[i] = byte(p.least[from] >> 7)
	}
	return print, true
}
