package pdftext

import "bytes"

// place is where an object lies.
type place struct {
	kind       byte
	generation int32
	at         int32 // an offset, or the number of an object stream
	index      int32 // within the object stream
}

// Kinds of place, in the order of ISO 32000-1, table 18, with one before.
const (
	unset = iota
	free
	plain
	inStream
)

const errXref = Unsure("where its objects lie")

// readPlaces reads the tables of objects, the newest first: ISO 32000-1, 7.5.
func (d *Document) readPlaces() error {
	if !bytes.HasPrefix(d.file, []byte("%PDF-1.")) && !bytes.HasPrefix(d.file, []byte("%PDF-2.")) {
		return Unsure("its header")
	}
	tail := d.file[max(0, len(d.file)-1024):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return errXref
	}
	p := parser{b: d.file, at: len(d.file) - len(tail) + i + len("startxref")}
	at, ok := p.whole()
	seen := map[int]bool{}
	for ok {
		if at <= 0 || at >= len(d.file) || seen[at] {
			return errXref
		}
		seen[at] = true
		trailer, err := d.section(at)
		if err != nil {
			return err
		}
		if d.trailer == nil {
			d.trailer = trailer
		}
		if trailer.has("Info") && !d.trailer.has("Info") {
			return Unsure("which of its trailers counts")
		}
		prev := trailer.get("Prev")
		if at, ok = prev.(int); prev != nil && !ok {
			return errXref
		}
	}
	if d.trailer == nil {
		return errXref
	}
	return nil
}

// section reads one table or stream of places and gives its trailer.
func (d *Document) section(at int) (dict, error) {
	p := parser{b: d.file, at: at}
	if !p.keyword("xref") {
		return d.xrefStream(at)
	}
	var freed []int
	for !p.keyword("trailer") {
		first, ok := p.whole()
		count, ok2 := p.whole()
		if !ok || !ok2 || first+count > maxObjects {
			return nil, errXref
		}
		for n := first; n < first+count; n++ {
			offset, ok := p.whole()
			generation, ok2 := p.whole()
			switch {
			case !ok || !ok2 || generation > 65535:
				return nil, errXref
			case p.keyword("n"):
				d.set(n, place{plain, int32(generation), int32(min(offset, MaxSize)), 0})
			case p.keyword("f"):
				freed = append(freed, n)
			default:
				return nil, errXref
			}
		}
	}
	o, err := p.object()
	trailer, ok := o.(dict)
	if err != nil || !ok {
		return nil, errXref
	}
	if hybrid := trailer.get("XRefStm"); hybrid != nil { // ISO 32000-1, 7.5.8.4
		at, ok := hybrid.(int)
		if !ok || at <= 0 || at >= len(d.file) {
			return nil, errXref
		}
		if _, err := d.xrefStream(at); err != nil {
			return nil, err
		}
	}
	for _, n := range freed {
		d.set(n, place{kind: free})
	}
	return trailer, nil
}

// set notes where an object lies, unless something newer is known.
func (d *Document) set(number int, p place) {
	for len(d.places) <= number {
		d.places = append(d.places, make([]place, max(number+1-len(d.places), len(d.places)/2))...)
	}
	if d.places[number].kind == unset {
		d.places[number] = p
	}
}

// xrefStream reads a stream of places: ISO 32000-1, 7.5.8.
func (d *Document) xrefStream(at int) (dict, error) {
	p := parser{b: d.file, at: at}
	number, ok := p.whole()
	generation, ok2 := p.whole()
	if !ok || !ok2 || !p.keyword("obj") {
		return nil, errXref
	}
	o, err := d.body(&p, ref{number, generation})
	if err != nil {
		return nil, err
	}
	s, ok := o.(*stream)
	if !ok || s.dict.get("Type") != name("XRef") {
		return nil, errXref
	}
	data, err := d.unpack(nil, s)
	if err != nil {
		return nil, err
	}
	var width [3]int
	w, _ := s.dict.get("W").(array)
	if len(w) < 3 {
		return nil, errXref
	}
	for i := range width {
		if width[i], ok = w[i].(int); !ok || width[i] < 0 || width[i] > 7 {
			return nil, errXref
		}
	}
	size, ok := s.dict.get("Size").(int)
	if !ok || size < 0 {
		return nil, errXref
	}
	index, ok := s.dict.get("Index").(array)
	if !ok {
		index = array{0, size}
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, ok := index[i].(int)
		count, ok2 := index[i+1].(int)
		if !ok || !ok2 || first < 0 || count < 0 || first+count > maxObjects {
			return nil, errXref
		}
		if data, err = d.rows(data, width, first, count); err != nil {
			return nil, err
		}
	}
	return s.dict, nil
}

// rows notes the places of one range and gives the rest of the data.
func (d *Document) rows(data []byte, width [3]int, first, count int) ([]byte, error) {
	row := width[0] + width[1] + width[2]
	if row == 0 || len(data) < row*count {
		return nil, errXref
	}
	for n := first; n < first+count; n++ {
		var field [3]int
		for i, w := range width {
			for range w {
				field[i] = field[i]<<8 | int(data[0])
				data = data[1:]
			}
		}
		if width[0] == 0 {
			field[0] = 1
		}
		switch field[0] {
		case 0:
			d.set(n, place{kind: free})
		case 1:
			d.set(n, place{plain, int32(min(field[2], 65536)), int32(min(field[1], MaxSize)), 0})
		case 2:
			d.set(n, place{inStream, 0, int32(min(field[1], maxObjects)), int32(min(field[2], maxObjects))})
		default:
			return nil, errXref
		}
	}
	return data, nil
}
