package pdftext

import "bytes"

// errMissing is of an object that is not there. It should be null (ISO 32000-1,
// 7.3.10), but readers differ.
const errMissing = Unsure("an object that is not there")

// resolve gives what a ref points to, and everything else as it is.
func (d *Document) resolve(o any) (any, error) {
	r, ok := o.(ref)
	if !ok {
		return o, nil
	}
	if found, ok := d.objects[r.number]; ok {
		return found, nil
	}
	switch {
	case d.depth > maxDepth:
		return nil, Unsure("objects that point at each other")
	case d.parsed > maxParsed:
		return nil, Unsure("so many objects")
	}
	d.depth++
	defer func() { d.depth-- }()
	found, err := d.load(r)
	if err != nil {
		return nil, err
	}
	if found, err = d.resolve(found); err != nil {
		return nil, err
	}
	d.objects[r.number] = found
	return found, nil
}

// load reads an object from its place.
func (d *Document) load(r ref) (any, error) {
	if r.number >= len(d.places) {
		return nil, errMissing
	}
	switch at := d.places[r.number]; at.kind {
	case plain:
		p := parser{b: d.file, at: min(int(at.at), len(d.file))}
		number, ok := p.whole()
		generation, ok2 := p.whole()
		if !ok || !ok2 || number != r.number || generation != int(at.generation) || generation != r.generation || !p.keyword("obj") {
			return nil, errXref
		}
		return d.body(&p, r)
	case inStream:
		return d.fromStream(int(at.at), int(at.index), r.number)
	}
	return nil, errMissing
}

// body reads an object that stands by itself, and finds its data if it is a
// stream: ISO 32000-1, 7.3.8.
func (d *Document) body(p *parser, of ref) (any, error) {
	o, err := p.object()
	if d.parsed += p.taken; err == nil && d.lock != nil && d.trailer.get("Encrypt") != of {
		o, err = d.lock.strings(o, of)
	}
	if err != nil {
		return nil, err
	}
	if p.keyword("endobj") {
		return o, nil
	}
	head, ok := o.(dict)
	if !ok || !p.keyword("stream") {
		return nil, errSyntax
	}
	if p.at < len(p.b) && p.b[p.at] == '\r' {
		p.at++
	}
	if p.at >= len(p.b) || p.b[p.at] != '\n' {
		return nil, errSyntax
	}
	at := p.at + 1
	n, err := d.resolve(head.get("Length"))
	if err != nil {
		return nil, err
	}
	length, ok := n.(int)
	if !ok || length < 0 || length > len(p.b)-at {
		return nil, Unsure("the length of a stream")
	}
	rest := p.b[at+length:]
	for len(rest) > 0 && (rest[0] == '\r' || rest[0] == '\n') && len(p.b)-at-length-len(rest) < 2 {
		rest = rest[1:]
	}
	if !bytes.HasPrefix(rest, []byte("endstream")) {
		return nil, Unsure("the length of a stream")
	}
	return &stream{head, at, length, of}, nil
}

// objectStream is objects packed together: ISO 32000-1, 7.5.7.
type objectStream struct {
	data    []byte
	numbers []int
	offsets []int
}

func (d *Document) fromStream(number, index, want int) (any, error) {
	s, err := d.objectStream(number)
	if err != nil {
		return nil, err
	}
	if index >= len(s.numbers) || s.numbers[index] != want || s.offsets[index] > len(s.data) {
		return nil, errXref
	}
	p := parser{b: s.data, at: s.offsets[index]}
	o, err := p.object()
	d.parsed += p.taken
	return o, err
}

func (d *Document) objectStream(number int) (*objectStream, error) {
	if s, ok := d.packed[number]; ok {
		return s, nil
	}
	if number >= len(d.places) || d.places[number].kind != plain {
		return nil, errXref
	}
	o, err := d.resolve(ref{number, int(d.places[number].generation)})
	if err != nil {
		return nil, err
	}
	s, ok := o.(*stream)
	if !ok || s.dict.get("Type") != name("ObjStm") {
		return nil, errXref
	}
	count, err := d.intAt(s.dict, "N")
	if err != nil {
		return nil, err
	}
	first, err := d.intAt(s.dict, "First")
	if err == nil && count > maxParts {
		err = errXref
	}
	if err != nil {
		return nil, err
	}
	data, err := d.unpack(nil, s)
	if err != nil {
		return nil, err
	}
	if d.kept += len(data); d.kept > maxPacked {
		return nil, Unsure("so many objects")
	}
	packed := &objectStream{data: data}
	p := parser{b: data}
	for range count {
		n, ok := p.whole()
		offset, ok2 := p.whole()
		if !ok || !ok2 {
			return nil, errXref
		}
		packed.numbers = append(packed.numbers, n)
		packed.offsets = append(packed.offsets, first+offset)
	}
	d.packed[number] = packed
	return packed, nil
}

// at gives a value of a dictionary, resolved.
func (d *Document) at(from dict, key name) (any, error) { return d.resolve(from.get(key)) }

// dictAt gives a dictionary that has to be there.
func (d *Document) dictAt(from dict, key name) (dict, error) {
	found, err := d.maybeDict(from, key)
	if err == nil && found == nil {
		err = Unsure("a dictionary that is not there")
	}
	return found, err
}

// maybeDict gives a dictionary, or nil if there is none.
func (d *Document) maybeDict(from dict, key name) (dict, error) {
	o, err := d.at(from, key)
	if err != nil || o == nil {
		return nil, err
	}
	found, ok := o.(dict)
	if !ok {
		return nil, Unsure("what should be a dictionary")
	}
	if found == nil {
		found = dict{}
	}
	return found, nil
}

// arrayAt gives an array, or nil if there is none.
func (d *Document) arrayAt(from dict, key name) (array, error) {
	o, err := d.at(from, key)
	if err != nil || o == nil {
		return nil, err
	}
	found, ok := o.(array)
	if !ok {
		return nil, Unsure("what should be an array")
	}
	return found, nil
}

// intAt gives a whole number that has to be there.
func (d *Document) intAt(from dict, key name) (int, error) {
	o, err := d.at(from, key)
	if err != nil {
		return 0, err
	}
	n, ok := o.(int)
	if !ok || n < 0 {
		return 0, Unsure("what should be a number")
	}
	return n, nil
}

// numbers gives an array of numbers; nil if there is none.
func (d *Document) numbers(from dict, key name) ([]float64, error) {
	a, err := d.arrayAt(from, key)
	if err != nil || a == nil {
		return nil, err
	}
	to := make([]float64, len(a))
	for i := range a {
		o, err := d.resolve(a[i])
		if err != nil {
			return nil, err
		}
		n, ok := float(o)
		if !ok {
			return nil, Unsure("what should be a number")
		}
		to[i] = n
	}
	return to, nil
}

// float gives a number of either kind.
func float(o any) (float64, bool) {
	switch n := o.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
