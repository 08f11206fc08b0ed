package pdftext

import "bytes"

// rebuild finds the objects of a document whose tables are wrong: each begins
// with its number. Only a document that is simple all the same can be sure: no
// objects packed together, one catalogue. What its objects hold
// is read as strictly as ever.
func (d *Document) rebuild() error {
	d.places, d.trailer, d.objects = nil, nil, map[int]any{}
	at := 0
	for {
		i := bytes.Index(d.file[at:], []byte("obj"))
		if i < 0 {
			break
		}
		end := at + i + len("obj")
		start, number, generation, ok := d.objectHead(at, at+i)
		if !ok {
			at = end
			continue
		}
		if number >= maxObjects || generation > 65535 {
			return errXref
		}
		if number < len(d.places) && int(d.places[number].generation) <= generation {
			d.places[number] = place{} // what stands later is newer
		}
		d.set(number, place{plain, int32(generation), int32(start), 0})
		at = d.objectEnd(end)
	}
	if len(d.places) == 0 {
		return errXref
	}
	return d.trailers()
}

// objectHead reads the two numbers before the word "obj", which is not part of
// another.
func (d *Document) objectHead(from, obj int) (start, number, generation int, ok bool) {
	at := obj
	back := func() (int, bool) {
		end := at
		for end > from && classes[d.file[end-1]] == space {
			end--
		}
		if end == at {
			return 0, false
		}
		at = end
		for at > from && d.file[at-1] >= '0' && d.file[at-1] <= '9' {
			at--
		}
		return digits(d.file[at:end])
	}
	if generation, ok = back(); !ok {
		return 0, 0, 0, false
	}
	if number, ok = back(); !ok {
		return 0, 0, 0, false
	}
	return at, number, generation, true
}

// objectEnd gives where an object ends that begins before at. What looks like an
// object within the data of a stream is none.
func (d *Document) objectEnd(at int) int {
	end := bytes.Index(d.file[at:], []byte("endobj"))
	if end < 0 {
		return len(d.file)
	}
	if i := bytes.Index(d.file[at:at+end], []byte("stream")); i >= 0 {
		i = bytes.Index(d.file[at:], []byte("endstream"))
		if i < 0 {
			return len(d.file)
		}
		return at + i
	}
	return at + end
}

// trailers finds the trailer that names the catalogue.
func (d *Document) trailers() error {
	if bytes.Contains(d.file, []byte("/ObjStm")) || bytes.Contains(d.file, []byte("/XRef")) {
		return errXref
	}
	for rest := d.file; ; {
		i := bytes.Index(rest, []byte("trailer"))
		if i < 0 {
			break
		}
		rest = rest[i+len("trailer"):]
		p := parser{b: rest}
		o, err := p.object()
		t, ok := o.(dict)
		root, pointed := t.get("Root").(ref)
		info, _ := t.get("Info").(ref)
		switch {
		case err != nil || !ok || t.has("Encrypt") || t.has("Root") != pointed:
			return errXref
		case !pointed:
		case d.trailer == nil:
			d.trailer = t
		case root != d.trailer.get("Root") || t.has("Info") && info != d.trailer.get("Info"):
			return errXref
		}
	}
	if d.trailer == nil {
		return errXref
	}
	return nil
}
