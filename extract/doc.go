package extract

import (
	"context"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// doc is a document of Word 6 to 2003: [MS-DOC], and for Word 6 and 95 the
// structures that came before.
var doc = Format{
	Name:       "doc",
	Extensions: []string{"doc", "dot"},
	Sniff:      sniffOLE("WordDocument"),
	Read:       readDOC,
	Strings:    true,
}

func readDOC(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d, err := newOLEDoc(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := oleProperties(d.f, 0, d.out); err != nil {
		return breach.Outcome{}, err
	}
	w := &docReader{oleDoc: d}
	if err := w.open(); err != nil {
		return breach.Outcome{}, err
	}
	if w.locked() && !w.unlock() {
		return lockedOutcome(), nil
	}
	w.readPieces()
	err = w.texts()
	if d.out.err != nil {
		return breach.Outcome{}, d.out.err
	}
	for _, step := range []func() error{w.names, w.pool, w.artwork} {
		if err := step(); err != nil {
			return breach.Outcome{}, err
		}
	}
	if err != nil {
		o := lostOutcome(fmt.Sprintf("characters %d to %d of %d", w.read+1, w.total, w.total))
		o.Reason = reasonOf(err)
		return o, nil
	}
	return breach.Outcome{}, nil
}

// docReader is a Word document while it is read.
type docReader struct {
	*oleDoc
	main, table *oleStream
	fib         []byte
	old         bool // Word 6 or 95
	page        int  // code page of text in bytes
	pieces      []docPiece
	marks       docMarks
	read, total int64 // characters
	left        int64 // bytes of text that may still be read: pieces can say the same again
	key         streamKey
}

// docPiece is a run of text that is stored together.
type docPiece struct {
	from, to int64 // characters
	at       int64 // offset in the main stream
	wide     bool  // UTF-16
}

const (
	maxFIB    = 4 << 10
	maxClx    = 16 << 20 // bytes that say where the text is
	maxPieces = 1 << 20
)

// open finds the streams and reads the header of the document.
func (w *docReader) open() error {
	if w.main = w.f.open(0, "WordDocument"); w.main == nil {
		return gap(breach.Malformed)
	}
	w.fib = w.main.bytes(0, maxFIB, maxFIB)
	if len(w.fib) < 0x180 || u16(w.fib, 0)&0xFF00 != 0xA500 {
		return gap(breach.Malformed)
	}
	w.old = u16(w.fib, 2) < 190
	w.page = pageOfLanguage(u16(w.fib, 6))
	if stated := propertyPage(w.f); w.page == 1252 && stated > 1200 && stated < 10000 {
		w.page = stated // of the machine that it was written on
	}
	if u16(w.fib, 20) == 256 && w.old {
		w.page = 10000 // written on a Macintosh
	}
	if w.table = w.main; w.old {
		return nil
	}
	name := "0Table"
	if u16(w.fib, 10)&0x0200 != 0 {
		name = "1Table"
	}
	if w.table = w.f.open(0, name); w.table == nil {
		w.table = &oleStream{f: w.f}
	}
	return nil
}

func (w *docReader) locked() bool { return u16(w.fib, 10)&0x0100 != 0 }

// streamKey unlocks what stands at an offset of a stream.
type streamKey interface{ apply(data []byte, at int64) }

// unlock unlocks the streams, where a password fits: [MS-DOC] 2.2.6.
func (w *docReader) unlock() bool {
	const plain = 68 // bytes of the header that are never locked
	stated := u32(w.fib, 14)
	if u16(w.fib, 10)&0x8000 != 0 || w.old {
		w.in.password(cheapTry, func(p string) bool {
			k := openXOR(p, int(stated>>16), int(stated&0xFFFF), true)
			if k != nil {
				w.key = k
			}
			return k != nil
		})
		stated = 0
	} else if k := w.in.findRC4(w.table.bytes(0, int64(stated), maxEncryptionInfo), 9); k != nil {
		w.key = k
	}
	if w.key == nil {
		return false
	}
	w.main.unlock = skipped(w.key, plain)
	if w.table != w.main {
		w.table.unlock = skipped(w.key, int64(stated))
	}
	w.fib = w.main.bytes(0, maxFIB, maxFIB)
	return true
}

// skipped is a key for a stream that begins with plain bytes.
func skipped(k streamKey, plain int64) func(b []byte, off int64) {
	return func(b []byte, off int64) {
		skip := min(max(0, plain-off), int64(len(b)))
		k.apply(b[skip:], off+skip)
	}
}

// pair gives a stretch of the table stream that the header points to by number.
func (w *docReader) pair(n int, most int64) []byte {
	at := 0x9A + 8*n
	return w.table.bytes(int64(u32(w.fib, at)), int64(u32(w.fib, at+4)), most)
}

// readPieces finds where the text is.
func (w *docReader) readPieces() {
	var clx []byte
	switch {
	case !w.old:
		clx = w.pair(33, maxClx)
	case u16(w.fib, 10)&0x0004 != 0:
		clx = w.table.bytes(int64(u32(w.fib, 0x160)), int64(u32(w.fib, 0x164)), maxClx)
	}
	w.total = w.counts().sum()
	for len(clx) > 3 && clx[0] == 1 { // changes of layout, of older versions
		clx = clx[min(len(clx), 3+u16(clx, 1)):]
	}
	if len(clx) > 5 && clx[0] == 2 {
		w.pieceTable(clx[5:min(len(clx), 5+int(u32(clx, 1)))])
	}
	if len(w.pieces) == 0 { // all in one
		from, to := int64(u32(w.fib, 0x18)), int64(u32(w.fib, 0x1C))
		w.pieces = []docPiece{{0, max(0, to-from), from, false}}
	}
	w.left = 2*w.main.size + 64<<10
	w.marks.load(w)
}

func (w *docReader) pieceTable(b []byte) {
	n := min((len(b)-4)/12, maxPieces)
	for i := range n {
		p := docPiece{from: int64(u32(b, 4*i)), to: int64(u32(b, 4*i+4))}
		fc := u32(b, 4*(n+1)+8*i+2)
		p.at, p.wide = int64(fc), !w.old
		if fc&0x40000000 != 0 && !w.old {
			p.at, p.wide = int64(fc&0x3FFFFFFF)/2, false
		}
		if p.to > p.from && (i == 0 || p.from >= w.pieces[len(w.pieces)-1].to) {
			w.pieces = append(w.pieces, p)
		} else if i == 0 {
			return
		}
	}
}

// docCounts are the characters of the parts of a document, which follow each
// other: the text, footnotes, headers, macros, comments, endnotes, text boxes
// and text boxes in headers.
type docCounts [8]int64

func (c docCounts) sum() (n int64) {
	for _, v := range c {
		n += v
	}
	return n
}

func (w *docReader) counts() (c docCounts) {
	at := 0x4C
	if w.old {
		at = 0x34
	}
	for i := range c {
		if n := u32(w.fib, at+4*i); n < 1<<31 {
			c[i] = int64(n)
		}
	}
	return c
}

// texts reads the parts one after another.
func (w *docReader) texts() error {
	t := &docText{out: w.out, marks: &w.marks, numbers: w.numbering()}
	from := int64(0)
	counts := w.counts()
	if counts.sum() == 0 && len(w.pieces) > 0 { // some writers leave it out
		counts[0] = w.pieces[len(w.pieces)-1].to
	}
	for i, n := range counts {
		switch i {
		case 0, 6, 7: // text boxes go on from the text
			t.begin(breach.Place{}, 0)
		case 2:
			t.begin(breach.At(breach.Step{Unit: breach.Header}), 0)
		case 1, 5:
			t.begin(breach.At(breach.Step{Unit: breach.Comment, N: t.notes + 1}), 2)
		case 4:
			t.authors = w.commenters()
			t.begin(breach.At(breach.Step{Unit: breach.Comment, N: t.notes + 1}), 5)
		}
		err := w.stretch(t, from, from+n)
		if e := t.end(); e != nil {
			return e
		}
		if err != nil {
			return err
		}
		from += n
	}
	return nil
}

// stretch reads the characters from one number up to another.
func (w *docReader) stretch(t *docText, from, to int64) error {
	for _, p := range w.pieces {
		a, b := max(from, p.from), min(to, p.to)
		if a >= b {
			continue
		}
		size := int64(1)
		if p.wide {
			size = 2
		}
		w.read = a
		if err := w.piece(t, p.at+(a-p.from)*size, (b-a)*size, p.wide); err != nil {
			return err
		}
		w.read = b
	}
	return nil
}

// piece reads n bytes of text at an offset of the main stream.
func (w *docReader) piece(t *docText, at, n int64, wide bool) error {
	buf := make([]byte, min(n, 32<<10))
	for n > 0 {
		if w.left -= min(n, int64(len(buf))); w.left < 0 {
			return gap(breach.BombRatio)
		}
		part := buf[:min(n, int64(len(buf)))]
		m, err := w.main.ReadAt(part, at)
		if wide {
			m &^= 1
		}
		if e := t.take(part[:m], at, wide, w.page); e != nil {
			return e
		}
		if at, n = at+int64(m), n-int64(m); n > 0 && err != nil {
			return unexpected(io.ErrUnexpectedEOF)
		}
	}
	return nil
}

// pool hands over what is embedded.
func (w *docReader) pool() error {
	if pool := w.f.find(0, "ObjectPool"); pool >= 0 {
		if err := w.embedded(pool); err != nil {
			return err
		}
	}
	return w.embedded(0, "ObjectPool")
}

// pageOfLanguage is the code page that Windows uses for a language.
func pageOfLanguage(id int) int {
	switch id & 0x3FF {
	case 0x19, 0x22, 0x23, 0x02, 0x2F: // Russian, Ukrainian, Belarusian, Bulgarian, Macedonian
		return 1251
	case 0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x24, 0x1C: // Czech, Hungarian, Polish, Romanian, Croatian, Slovak, Slovene, Albanian
		return 1250
	case 0x08:
		return 1253
	case 0x1F:
		return 1254
	case 0x0D:
		return 1255
	case 0x01, 0x20, 0x29:
		return 1256
	case 0x25, 0x26, 0x27: // Estonian, Latvian, Lithuanian
		return 1257
	case 0x11:
		return 932
	case 0x12:
		return 949
	case 0x04:
		if id == 0x0404 {
			return 950
		}
		return 936
	case 0x1E:
		return 874
	case 0x2A:
		return 1258
	}
	return 1252
}
