package extract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klarlagt/klarlagt/breach"
)

// metafile is a picture as the drawing commands of Windows: EMF, [MS-EMF], and
// WMF, [MS-WMF]. Office programs keep pasted tables and diagrams so.
var metafile = Format{
	Name:       "metafile",
	Extensions: []string{"emf", "wmf"},
	Sniff: func(in *Input) bool {
		h := in.Head()
		return isEMF(h) || isWMF(h)
	},
	Read: readMetafile,
}

func isEMF(h []byte) bool { return at(h, 0, "\x01\x00\x00\x00") && at(h, 40, " EMF") }

func readMetafile(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	r, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	d := &canvas{at: r, out: out, lines: newBatch(out, breach.Place{}, breach.Paragraph)}
	if isEMF(in.Head()) {
		err = d.readEMF(size)
	} else {
		err = d.readWMF(size)
	}
	if e := d.endLine(); e != nil {
		return breach.Outcome{}, e
	}
	if e := d.lines.Flush(); e != nil {
		return breach.Outcome{}, e
	}
	if err == nil && !d.said {
		return breach.Outcome{State: breach.NoText}, nil
	}
	return breach.Outcome{}, err
}

// maxDrawn bounds a record that is read: a text, a comment.
const maxDrawn = 1 << 20

// canvas is a metafile while it is read.
type canvas struct {
	at       io.ReaderAt
	out      Sink
	lines    *batch
	line     []byte
	y        int32 // of the line
	end      int32 // of what stands in it; where that is known
	width    int32 // of a character, about; 0 where it is not known
	said     bool  // there was text, or a picture
	pictures int
}

// readEMF reads the records of an EMF.
func (d *canvas) readEMF(size int64) error {
	in := bufio.NewReaderSize(io.NewSectionReader(d.at, 0, size), 32<<10)
	var data []byte
	for from := int64(0); from < size; {
		var h [8]byte
		if _, err := io.ReadFull(in, h[:]); err != nil {
			return unexpected(err)
		}
		kind, n := u32(h[:], 0), int64(u32(h[:], 4))
		if n < 8 {
			return gap(breach.Malformed)
		}
		if n > size-from {
			return io.ErrUnexpectedEOF
		}
		if !drawsWords(kind) || n > maxDrawn {
			if err := d.bitmap(kind, from, n); err != nil {
				return err
			}
			if _, err := in.Discard(int(n - 8)); err != nil {
				return unexpected(err)
			}
		} else {
			data = append(append(data[:0], h[:]...), make([]byte, n-8)...)
			if _, err := io.ReadFull(in, data[8:]); err != nil {
				return unexpected(err)
			}
			if err := d.record(kind, data); err != nil {
				return err
			}
		}
		if from += n; kind == 14 {
			return nil
		}
	}
	return io.ErrUnexpectedEOF
}

func drawsWords(kind uint32) bool {
	switch kind {
	case 1, 70, 83, 84, 96, 97, 108:
		return true
	}
	return false
}

// record takes a record of an EMF that can hold words.
func (d *canvas) record(kind uint32, b []byte) error {
	switch kind {
	case 1: // what made it, and its title
		n, from := int64(u32(b, 60)), int64(u32(b, 64))
		if from < 88 || n > maxDrawn || from+2*n > int64(len(b)) {
			return nil
		}
		title := bytes.Trim(bytes.ReplaceAll([]byte(utf16Text(b[from:from+2*n])), []byte{0}, []byte(" ")), " ")
		return prose(d.out, breach.At(breach.Step{Unit: breach.Property}), title)
	case 83, 84:
		return d.text(b, 36, kind == 84)
	case 96, 97:
		for i := range int64(u32(b, 36)) {
			at := 40 + 40*i
			if at+40 > int64(len(b)) {
				return nil
			}
			if err := d.text(b, int(at), kind == 97); err != nil {
				return err
			}
		}
	case 108:
		return d.smallText(b)
	case 70:
		return d.comment(b)
	}
	return nil
}

// text takes a text: where it stands, how long it is, where in the record its
// characters are and how wide each is.
func (d *canvas) text(b []byte, at int, wide bool) error {
	if at+40 > len(b) {
		return nil
	}
	n, from, widths := int64(u32(b, at+8)), int64(u32(b, at+12)), int64(u32(b, at+36))
	size := n
	if wide {
		size *= 2
	}
	if n == 0 || n > maxDrawn || from+size > int64(len(b)) || u32(b, at+16)&0x10 != 0 { // glyphs, not characters
		return nil
	}
	advance := int32(0)
	if widths > 0 && widths+4*n <= int64(len(b)) {
		for i := range n {
			advance += int32(u32(b, int(widths+4*i)))
		}
	}
	text := b[from : from+size]
	if wide {
		text = []byte(utf16Text(text))
	} else {
		text = appendPage(nil, text, 1252)
	}
	return d.add(int32(u32(b, at)), int32(u32(b, at+4)), advance, int32(n), text)
}

// smallText takes a text in short.
func (d *canvas) smallText(b []byte) error {
	if len(b) < 36 {
		return nil
	}
	n, options, from := int64(u32(b, 16)), u32(b, 20), int64(36)
	if options&0x100 == 0 { // with what bounds it
		from += 16
	}
	small := options&0x200 != 0
	size := 2 * n
	if small {
		size = n
	}
	if n > maxDrawn || from+size > int64(len(b)) || options&0x10 != 0 {
		return nil
	}
	text := b[from : from+size]
	if small {
		text = appendLatin1(nil, text)
	} else {
		text = []byte(utf16Text(text))
	}
	return d.add(int32(u32(b, 8)), int32(u32(b, 12)), 0, int32(n), text)
}

// comment takes what programs note, and the records of EMF+ in it.
func (d *canvas) comment(b []byte) error {
	n := int64(u32(b, 8))
	if n < 4 || 12+n > int64(len(b)) {
		return nil
	}
	switch data := b[12 : 12+n]; string(data[:4]) {
	case "EMF+":
		return d.plus(data[4:])
	case "GDIC":
		if size := int64(u32(data, 24)); u32(data, 4) == 2 && 28+2*size <= n { // begins a group, with its description
			return d.note([]byte(utf16Text(data[28 : 28+2*size])))
		}
	default:
		if text := bytes.TrimRight(data, "\x00"); isASCII(text) && bytes.IndexFunc(text, func(r rune) bool { return r < ' ' }) < 0 {
			return d.note(text)
		}
	}
	return nil
}

func (d *canvas) note(text []byte) error {
	if len(text) < 4 {
		return nil
	}
	return prose(d.out, breach.At(breach.Step{Unit: breach.Comment}), text)
}

// plus takes the records of EMF+: [MS-EMFPLUS] 2.3.4.14.
func (d *canvas) plus(b []byte) error {
	for len(b) >= 12 {
		kind, size, n := u16(b, 0), int64(u32(b, 4)), int64(u32(b, 8))
		if size < 12 || size > int64(len(b)) || n > size-12 {
			return nil
		}
		if data := b[12 : 12+n]; kind == 0x401C && n >= 28 {
			if chars := int64(u32(data, 8)); 28+2*chars <= n {
				x, y := whole32(data, 12), whole32(data, 16)
				if err := d.add(x, y, 0, int32(chars), []byte(utf16Text(data[28:28+2*chars]))); err != nil {
					return err
				}
			}
		}
		b = b[size:]
	}
	return nil
}

// whole32 reads a number of four bytes as a whole one.
func whole32(b []byte, at int) int32 { return int32(math.Float32frombits(u32(b, at))) }

// add puts a text into its line. Programs draw words, lines or single letters:
// what stands at the same height and goes on where the last ended is one word.
func (d *canvas) add(x, y, advance, n int32, text []byte) error {
	text = bytes.ReplaceAll(text, []byte{0}, nil)
	if len(bytes.TrimSpace(text)) == 0 && advance == 0 {
		return nil
	}
	if y != d.y || len(d.line) > maxLines {
		if err := d.endLine(); err != nil {
			return err
		}
		d.y = y
	}
	if len(d.line) > 0 && (d.width == 0 || x-d.end > d.width/4 || d.end-x > d.width) {
		d.line = append(d.line, ' ')
	}
	d.line = append(d.line, text...)
	d.end, d.width = x+advance, 0
	if n > 0 {
		d.width = advance / n
	}
	return nil
}

func (d *canvas) endLine() error {
	line := bytes.TrimSpace(d.line)
	d.line = d.line[:0]
	if len(line) == 0 {
		return nil
	}
	d.said = true
	return d.lines.Add(line)
}

// bitmaps are the records that draw one, and where they say where it is.
var bitmaps = map[uint32]int64{76: 84, 77: 84, 80: 48, 81: 48}

// Icons and patterns hold no words: a bitmap must have room for a few.
const (
	leastWidth  = 100
	leastHeight = 12
)

// bitmap hands over the bitmap that a record draws: a scanned page, a picture
// of a screen.
func (d *canvas) bitmap(kind uint32, from, n int64) error {
	where, ok := bitmaps[kind]
	if !ok || n < where+16 {
		return nil
	}
	var b [16]byte
	if _, err := d.at.ReadAt(b[:], from+where); err != nil {
		return unexpected(err)
	}
	info, infoSize, bits, bitsSize := int64(u32(b[:], 0)), int64(u32(b[:], 4)), int64(u32(b[:], 8)), int64(u32(b[:], 12))
	if infoSize < 40 || bitsSize == 0 || info+infoSize > n || bits+bitsSize > n {
		return nil
	}
	if _, err := d.at.ReadAt(b[:], from+info); err != nil {
		return unexpected(err)
	}
	if wide, high := int32(u32(b[:], 4)), int32(u32(b[:], 8)); wide < leastWidth || max(high, -high) < leastHeight {
		return nil
	}
	head := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(14+infoSize+bitsSize))
	head = binary.LittleEndian.AppendUint32(append(head, 0, 0, 0, 0), uint32(14+infoSize))
	d.said = true
	d.pictures++
	return d.out.File(fmt.Sprintf("picture %d.bmp", d.pictures), io.MultiReader(bytes.NewReader(head),
		io.NewSectionReader(d.at, from+info, infoSize), io.NewSectionReader(d.at, from+bits, bitsSize)))
}
