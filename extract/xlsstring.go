package extract

import (
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// sharedTable reads the texts that cells point to. Their records go on in
// others wherever they are full, in the middle of a text too; then a flag says
// anew how wide its characters are.
func (b *book) sharedTable() error {
	t := textReader{rec: &b.rec, data: b.rec.data[min(8, len(b.rec.data)):]}
	for n := u32(b.rec.data, 4); n > 0; n-- {
		var err error
		if b.shared.text, err = t.read(b.shared.text); err != nil {
			return nil // what is missing is missing in its cells
		}
		b.shared.ends = append(b.shared.ends, uint32(len(b.shared.text)))
		if len(b.shared.text) > maxShared || len(b.shared.ends) > maxSharedCount {
			return gap(breach.Memory)
		}
	}
	return nil
}

// textReader reads texts of Excel 97 on, that go on from record to record.
type textReader struct {
	rec  *records
	data []byte
}

// read appends the next text.
func (t *textReader) read(to []byte) ([]byte, error) {
	head, err := t.take(3)
	if err != nil {
		return to, err
	}
	n, flags := u16(head, 0), head[2]
	skip := 0
	if flags&8 != 0 { // changes of the font
		if head, err = t.take(2); err != nil {
			return to, err
		}
		skip = 4 * u16(head, 0)
	}
	if flags&4 != 0 { // how it is spoken
		if head, err = t.take(4); err != nil {
			return to, err
		}
		skip += int(u32(head, 0) & 0x7FFFFFFF)
	}
	if to, err = t.chars(to, n, flags&1 != 0); err != nil {
		return to, err
	}
	return to, t.skip(skip)
}

// chars appends n characters.
func (t *textReader) chars(to []byte, n int, wide bool) ([]byte, error) {
	high := rune(0)
	for n > 0 {
		if len(t.data) == 0 {
			if !t.rec.more() {
				return to, io.ErrUnexpectedEOF
			}
			if t.data = t.rec.data; len(t.data) == 0 {
				return to, io.ErrUnexpectedEOF
			}
			wide = t.data[0]&1 != 0
			t.data = t.data[1:]
			continue
		}
		if !wide {
			m := min(n, len(t.data))
			to = appendLatin1(to, t.data[:m])
			n, t.data = n-m, t.data[m:]
			continue
		}
		m := min(n, len(t.data)/2)
		if m == 0 {
			t.data = nil
			continue
		}
		to, high = appendUTF16(to, t.data[:2*m], high)
		n, t.data = n-m, t.data[2*m:]
	}
	return to, nil
}

// take gives n bytes that stand together.
func (t *textReader) take(n int) ([]byte, error) {
	if len(t.data) == 0 {
		if !t.rec.more() {
			return nil, io.ErrUnexpectedEOF
		}
		t.data = t.rec.data
	}
	if len(t.data) >= n {
		head := t.data[:n]
		t.data = t.data[n:]
		return head, nil
	}
	head := append([]byte(nil), t.data...)
	for len(head) < n {
		if !t.rec.more() {
			return nil, io.ErrUnexpectedEOF
		}
		m := min(n-len(head), len(t.rec.data))
		head, t.data = append(head, t.rec.data[:m]...), t.rec.data[m:]
	}
	return head, nil
}

// skip leaves out n bytes.
func (t *textReader) skip(n int) error {
	for n > len(t.data) {
		n -= len(t.data)
		if t.data = nil; !t.rec.more() {
			return io.ErrUnexpectedEOF
		}
		t.data = t.rec.data
	}
	t.data = t.data[n:]
	return nil
}

// standardFormats are the formats of numbers that need no record; the oldest
// versions have all in records, in order.
func (b *book) standardFormats() {
	if b.version >= 5 {
		for id := range 60 {
			b.formats[id] = builtIn(id)
		}
	}
}

// format takes the format of numbers.
func (b *book) format() {
	d := b.rec.data
	id, at, width := len(b.formats), 0, 1
	switch {
	case b.version >= 5:
		id, at = u16(d, 0), 2
		if b.version == 8 {
			width = 2
		}
	case b.version == 4:
		at = 2
	}
	if len(b.formats) < maxStyles {
		b.formats[id] = parseFormat(b.text(d, at, width))
	}
}

// style takes the style of cells: the format that it uses.
func (b *book) style() {
	d := b.rec.data
	if len(b.styles) == maxStyles || len(d) < 4 {
		return
	}
	id := int(d[1])
	switch b.version {
	case 2:
		id = int(d[2] & 0x3F)
	case 5, 8:
		id = u16(d, 2)
	}
	b.styles = append(b.styles, b.formats[id])
}
