package pdftext

import "strings"

// readSimple reads a font whose codes are bytes: ISO 32000-1, 9.6.
func (d *Document) readSimple(f *font, dict dict) error {
	descriptor, err := d.maybeDict(dict, "FontDescriptor")
	if err != nil {
		return err
	}
	if err := d.lines(f, dict, descriptor); err != nil {
		return err
	}
	if err := d.simpleEncoding(f, dict, descriptor); err != nil {
		return err
	}
	if err := d.simpleWidths(f, dict, descriptor); err != nil {
		return err
	}
	return d.toUnicode(f, dict)
}

// simpleEncoding finds the characters that the encoding gives. What is in the
// font's own program is not looked at: its codes are not sure.
func (d *Document) simpleEncoding(f *font, from, descriptor dict) error {
	o, err := d.at(from, "Encoding")
	if err != nil {
		return err
	}
	base, differences := baseEncoding(o), array(nil)
	if own, ok := o.(dict); ok {
		o, err := d.at(own, "BaseEncoding")
		if err != nil {
			return err
		}
		base = baseEncoding(o)
		if differences, err = d.arrayAt(own, "Differences"); err != nil {
			return err
		}
	}
	flags, _ := descriptor.get("Flags").(int)
	const symbolic, nonsymbolic = 1 << 2, 1 << 5 // ISO 32000-1, table 123
	embedded := descriptor.has("FontFile") || descriptor.has("FontFile2") || descriptor.has("FontFile3")
	trueType := from.get("Subtype") == name("TrueType")
	_, own := o.(dict)
	if base == nil && (flags&symbolic == 0 || !embedded || own && trueType) {
		base = standard
	}
	baseName, _ := from.get("BaseFont").(name)
	switch {
	case strings.Contains(string(baseName), "Symbol") || strings.Contains(string(baseName), "Dingbats"):
		base = nil
	case trueType && flags&symbolic != 0 && flags&nonsymbolic == 0:
		var maps charmaps
		if !from.has("ToUnicode") { // which says more
			if maps, err = d.charmaps(descriptor); err != nil {
				return err
			}
		}
		names := false
		if base, names = maps.symbols(base, len(differences) > 0); !names && len(differences) > 0 && !maps.known {
			base = nil
		} else if !names {
			differences = nil
		}
	}
	if base != nil {
		for code, r := range base {
			if r != 0 {
				f.make(uint32(code)).show(string(r))
			}
		}
	}
	return d.differences(f, differences)
}

// baseEncoding gives the encoding of a name; nil if it is none that is known.
func baseEncoding(o any) *encoding {
	switch o {
	case name("WinAnsiEncoding"):
		return winAnsi
	case name("MacRomanEncoding"):
		return macRoman
	case name("StandardEncoding"):
		return standard
	}
	return nil
}

// differences reads the names that an encoding gives to codes: ISO 32000-1, 9.6.6.1.
func (d *Document) differences(f *font, from array) error {
	code := 0
	for i := range from {
		o, err := d.resolve(from[i])
		if err != nil {
			return err
		}
		switch v := o.(type) {
		case int:
			code = v
		case name:
			if code < 0 || code > 255 {
				return Unsure("the codes of a font")
			}
			g := f.make(uint32(code))
			*g = glyph{}
			if r := named(string(v)); r != 0 {
				g.show(string(r))
			}
			code++
		default:
			return Unsure("the codes of a font")
		}
	}
	return nil
}

// simpleWidths finds how wide its characters are: ISO 32000-1, 9.6.2.
func (d *Document) simpleWidths(f *font, dict, descriptor dict) error {
	widths, err := d.numbers(dict, "Widths")
	if err != nil {
		return err
	}
	if widths == nil {
		baseName, _ := dict.get("BaseFont").(name)
		return f.standardWidths(string(baseName))
	}
	if descriptor.has("MissingWidth") {
		missing, err := d.intAt(descriptor, "MissingWidth")
		if err != nil {
			return err
		}
		for code := range uint32(256) {
			f.make(code).setWidth(float64(missing))
		}
	}
	first, err := d.intAt(dict, "FirstChar")
	if err != nil {
		return err
	}
	for i, w := range widths {
		if code := first + i; code < 256 {
			f.make(uint32(code)).setWidth(w)
		}
	}
	return nil
}

// setWidth notes a width: whole thousandths, as PDFium has it.
func (g *glyph) setWidth(w float64) {
	if w >= -32768 && w <= 32767 {
		g.width, g.wide = int32(w), true
	}
}

// standardWidths are those of fonts that every reader has.
func (f *font) standardWidths(font string) error {
	for code := range uint32(256) {
		g := f.glyph(code)
		if g == nil || g.char == 0 {
			continue
		}
		if w, ok := standardWidth(font, g.whole); ok {
			g.setWidth(float64(w))
		}
	}
	return nil
}
