package pdftext

import "encoding/binary"

// charmaps are the tables of characters that a TrueType font has: which there
// are decides what the codes of a font with symbols are taken for.
type charmaps struct {
	known   bool // the font is here, and nothing in its directory is odd
	windows bool // any for Windows or Unicode
	symbol  bool // that of symbols for Windows
	mac     bool // Mac Roman
}

// charmaps reads the directory of an embedded font: OpenType, "cmap".
func (d *Document) charmaps(descriptor dict) (c charmaps, err error) {
	o, err := d.at(descriptor, "FontFile2")
	if err != nil {
		return c, err
	}
	s, ok := o.(*stream)
	if !ok {
		return c, nil
	}
	font, err := d.unpack(nil, s)
	if err != nil {
		return c, err
	}
	table := trueTypeTable(font, "cmap")
	if len(table) < 4 {
		return c, nil
	}
	count := int(binary.BigEndian.Uint16(table[2:]))
	if len(table) < 4+8*count || count == 0 {
		return c, nil
	}
	for i := range count {
		entry := table[4+8*i:]
		platform, kind, at := binary.BigEndian.Uint16(entry), binary.BigEndian.Uint16(entry[2:]), binary.BigEndian.Uint32(entry[4:])
		if int64(at)+2 > int64(len(table)) {
			return charmaps{}, nil
		}
		switch binary.BigEndian.Uint16(table[at:]) {
		case 0, 4, 6, 12:
		default:
			return charmaps{}, nil
		}
		c.windows = c.windows || platform == 0 || platform == 3
		c.symbol = c.symbol || platform == 3 && kind == 0
		c.mac = c.mac || platform == 1 && kind == 0
	}
	c.known = true
	return c, nil
}

// trueTypeTable finds a table of a font; nil if there is none.
func trueTypeTable(font []byte, tag string) []byte {
	if len(font) < 12 {
		return nil
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		if len(font) < 28+16*i {
			return nil
		}
		entry := font[12+16*i:]
		at, n := int64(binary.BigEndian.Uint32(entry[8:])), int64(binary.BigEndian.Uint32(entry[12:]))
		if string(entry[:4]) == tag && at+n <= int64(len(font)) {
			return font[at : at+n]
		}
	}
	return nil
}

// symbols gives what the codes of a TrueType font with symbols are, with the
// encoding that its dictionary gives, which may be none. It also says whether
// the names in the dictionary count: PDFium, CPDF_TrueTypeFont::LoadGlyphMap.
func (c charmaps) symbols(base *encoding, named bool) (codes *encoding, names bool) {
	if !c.known {
		return ascii, false
	}
	switch {
	case base == winAnsi && !c.windows && c.mac:
		base = macRoman
	case base == winAnsi && !c.windows, base == macRoman && !c.mac && !c.windows:
		base = nil
	case base == macRoman && !c.mac:
		base = winAnsi
	}
	switch {
	case (base == winAnsi || base == macRoman) && !named, c.symbol && base != nil:
		return base, true
	case c.mac:
		return appleRoman, false
	}
	return latin1, false
}
