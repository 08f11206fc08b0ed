package extract

import (
	"bufio"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// isWMF reports whether content begins as a WMF, with or without the header
// that says how large it is to be drawn.
func isWMF(h []byte) bool {
	if hasAnyPrefix(h, placeable) {
		return true
	}
	return hasAnyPrefix(h, "\x01\x00\x09\x00\x00\x03", "\x01\x00\x09\x00\x00\x01", "\x02\x00\x09\x00\x00\x03") && len(h) > 18 && u16(h, 16) == 0
}

const placeable = "\xD7\xCD\xC6\x9A"

// maxObjects bounds the fonts, pens and brushes that a WMF has at once.
const maxObjects = 4096

// wmfObjects are the fonts, pens and brushes of a WMF, of which only the
// charsets of fonts matter: -1 is no font, -2 a place that is free.
type wmfObjects struct {
	charsets []int
	page     int // of the font at hand
}

// readWMF reads the records of a WMF.
func (d *canvas) readWMF(size int64) error {
	in := bufio.NewReaderSize(io.NewSectionReader(d.at, 0, size), 32<<10)
	head := 18
	if h, err := in.Peek(4); err == nil && string(h) == placeable {
		head += 22
	}
	if _, err := in.Discard(head); err != nil {
		return unexpected(err)
	}
	objects := wmfObjects{page: 1252}
	var data []byte
	for {
		var h [6]byte
		if _, err := io.ReadFull(in, h[:]); err != nil {
			return unexpected(err)
		}
		n, kind := 2*int64(u32(h[:], 0))-6, u16(h[:], 4)
		switch {
		case kind == 0:
			return nil
		case n < 0:
			return gap(breach.Malformed)
		case n > maxDrawn:
			if _, err := in.Discard(int(min(n, size))); err != nil {
				return unexpected(err)
			}
			continue
		}
		data = append(data[:0], make([]byte, n)...)
		if _, err := io.ReadFull(in, data); err != nil {
			return unexpected(err)
		}
		if err := d.wmfRecord(kind, data, &objects); err != nil {
			return err
		}
	}
}

// wmfRecord takes a record of a WMF.
func (d *canvas) wmfRecord(kind int, b []byte, objects *wmfObjects) error {
	switch kind {
	case 0x0521: // text
		n := u16(b, 0)
		if from := 2 + n + n&1; from+4 <= len(b) {
			return d.wmfText(b, from, 2, n, 0, objects.page)
		}
	case 0x0A32: // text with what bounds it and the widths of characters
		n, from := u16(b, 4), 8
		if u16(b, 6)&6 != 0 {
			from += 8
		}
		if from+n <= len(b) {
			return d.wmfText(b, 0, from, n, from+n+n&1, objects.page)
		}
	case 0x02FB: // a font
		charset := 0
		if len(b) > 13 {
			charset = int(b[13])
		}
		objects.add(charset)
	case 0x00F7, 0x01F9, 0x02FA, 0x02FC, 0x06FF, 0x0142: // other objects
		objects.add(-1)
	case 0x012D:
		objects.choose(u16(b, 0))
	case 0x01F0:
		if i := u16(b, 0); i < len(objects.charsets) {
			objects.charsets[i] = -2
		}
	}
	return nil
}

// wmfText takes a text of n bytes at from, which stands at the place that y
// and x at where say, with widths of its characters perhaps.
func (d *canvas) wmfText(b []byte, where, from, n, widths, page int) error {
	advance := int32(0)
	if widths > 0 && widths+2*n <= len(b) {
		for i := range n {
			advance += int32(int16(u16(b, widths+2*i)))
		}
	}
	y, x := int32(int16(u16(b, where))), int32(int16(u16(b, where+2)))
	return d.add(x, y, advance, int32(n), appendPage(nil, b[from:from+n], page))
}

// add puts an object into the first place that is free.
func (o *wmfObjects) add(charset int) {
	for i, c := range o.charsets {
		if c == -2 {
			o.charsets[i] = charset
			return
		}
	}
	if len(o.charsets) < maxObjects {
		o.charsets = append(o.charsets, charset)
	}
}

// choose takes an object to draw with.
func (o *wmfObjects) choose(i int) {
	if i >= len(o.charsets) || o.charsets[i] < 0 {
		return
	}
	if o.page = pageOfCharset(o.charsets[i]); o.page == 0 {
		o.page = 1252
	}
}
