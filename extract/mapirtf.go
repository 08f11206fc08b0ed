package extract

import (
	"bufio"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// rtfStart is what the window of packed RTF holds before its first byte;
// [MS-OXRTFCP] 2.1.2.1.
const rtfStart = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// lzfu unpacks the rich text of messages.
type lzfu struct {
	r      *bufio.Reader
	window [4096]byte
	at     int
	left   int64 // bytes still to give
	flags  int
	bits   int
	from   int // of a stretch that is said again
	again  int
	err    error
	packed bool
}

func newLZFu(r io.Reader) io.Reader {
	z := &lzfu{r: bufio.NewReaderSize(r, 4096)}
	var h [16]byte
	if _, z.err = io.ReadFull(z.r, h[:]); z.err != nil {
		z.err = unexpected(z.err)
	}
	z.left = int64(u32(h[:], 4))
	switch string(h[8:12]) {
	case "LZFu":
		z.packed = true
	case "MELA":
	default:
		if z.err == nil {
			z.err = gap(breach.Malformed)
		}
	}
	z.at = copy(z.window[:], rtfStart)
	return z
}

func (z *lzfu) Read(p []byte) (n int, err error) {
	if z.err != nil {
		return 0, z.err
	}
	if !z.packed {
		n, z.err = io.LimitReader(z.r, z.left).Read(p)
		z.left -= int64(n)
		return n, z.err
	}
	for n < len(p) && z.err == nil {
		if z.left <= 0 {
			z.err = io.EOF
			break
		}
		if z.again == 0 {
			z.token(p, &n)
			continue
		}
		z.again--
		c := z.window[z.from]
		z.from = (z.from + 1) & 4095
		z.put(c, p, &n)
	}
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

func (z *lzfu) put(c byte, p []byte, n *int) {
	z.window[z.at] = c
	z.at = (z.at + 1) & 4095
	p[*n] = c
	*n++
	z.left--
}

// token reads a byte, or where to find a stretch again.
func (z *lzfu) token(p []byte, n *int) {
	if z.bits == 0 {
		c, err := z.r.ReadByte()
		if err != nil {
			z.err = unexpected(err)
			return
		}
		z.flags, z.bits = int(c), 8
	}
	repeat := z.flags&1 != 0
	z.flags >>= 1
	z.bits--
	a, err := z.r.ReadByte()
	if err == nil && !repeat {
		z.put(a, p, n)
		return
	}
	var b byte
	if err == nil {
		b, err = z.r.ReadByte()
	}
	if err != nil {
		z.err = unexpected(err)
		return
	}
	z.from, z.again = int(a)<<4|int(b)>>4, int(b&0xF)+2
	if z.from == z.at {
		z.err = io.EOF // says that it ends here
	}
}

// wideText passes text on, that of UTF-16 with a mark so that nobody has to
// guess.
type wideText struct {
	r    io.Reader
	wide bool
	mark bool
}

func (w *wideText) Read(p []byte) (int, error) {
	if !w.wide || w.mark || len(p) < 2 {
		return w.r.Read(p)
	}
	w.mark = true
	return copy(p, "\xFF\xFE"), nil
}
