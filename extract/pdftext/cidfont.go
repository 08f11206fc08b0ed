package pdftext

// readComposite reads a font whose codes are pairs of bytes that are its glyphs'
// own numbers: ISO 32000-1, 9.7. What characters they are its ToUnicode tells.
func (d *Document) readComposite(f *font, dict dict) error {
	encoding, err := d.at(dict, "Encoding")
	if err != nil {
		return err
	}
	if encoding != name("Identity-H") {
		return Unsure("the codes of a font")
	}
	f.wide = true
	below, err := d.arrayAt(dict, "DescendantFonts")
	if err != nil {
		return err
	}
	if len(below) != 1 {
		return Unsure("what a font is made of")
	}
	o, err := d.resolve(below[0])
	if err != nil {
		return err
	}
	if err := d.descendant(f, o); err != nil {
		return err
	}
	return d.toUnicode(f, dict)
}

func (d *Document) descendant(f *font, o any) error {
	from, ok := o.(dict)
	if !ok {
		return Unsure("what a font is made of")
	}
	descriptor, err := d.maybeDict(from, "FontDescriptor")
	if err != nil {
		return err
	}
	if !descriptor.has("FontFile2") && !descriptor.has("FontFile3") {
		return Unsure("a font that is elsewhere")
	}
	if err := d.lines(f, from, descriptor); err != nil {
		return err
	}
	standing := 1000
	if from.has("DW") {
		if standing, err = d.intAt(from, "DW"); err != nil {
			return err
		}
	}
	f.other = int32(min(standing, 32767))
	widths, err := d.arrayAt(from, "W")
	if err != nil {
		return err
	}
	return d.compositeWidths(f, widths)
}

// maxTold is how many codes the tables of a font may speak of, which may speak
// of the same ones over and over.
const maxTold = 1 << 18

const errWidths = Unsure("the widths of a font")

// compositeWidths reads widths: "first [w w w]" or "first last w", ISO 32000-1,
// 9.7.4.3.
func (d *Document) compositeWidths(f *font, from array) error {
	for len(from) > 0 {
		first, err := d.code(from[0])
		if err != nil || len(from) < 2 {
			return errWidths
		}
		second, err := d.resolve(from[1])
		if err != nil {
			return err
		}
		if each, ok := second.(array); ok {
			for i := range each {
				if err := d.setWidth(f, first+i, first+i, each[i]); err != nil {
					return err
				}
			}
			from = from[2:]
			continue
		}
		last, err := d.code(second)
		if err != nil || last < first || len(from) < 3 {
			return errWidths
		}
		if err := d.setWidth(f, first, last, from[2]); err != nil {
			return err
		}
		from = from[3:]
	}
	return nil
}

// code gives a glyph's number.
func (d *Document) code(o any) (int, error) {
	o, err := d.resolve(o)
	if err != nil {
		return 0, err
	}
	n, ok := o.(int)
	if !ok || n < 0 || n > 0xFFFF {
		return 0, errWidths
	}
	return n, nil
}

func (d *Document) setWidth(f *font, first, last int, o any) error {
	o, err := d.resolve(o)
	if err != nil {
		return err
	}
	w, ok := float(o)
	if f.told += last - first; !ok || last > 0xFFFF || f.told > maxTold {
		return errWidths
	}
	for code := first; code <= last; code++ {
		if g := f.make(uint32(code)); !g.wide { // the first that is told counts
			g.setWidth(w)
		}
	}
	return nil
}
