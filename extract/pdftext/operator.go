package pdftext

import "bytes"

// operator does what an operator says: ISO 32000-1, annex A. Those that only
// colour and draw are passed over, but for the number of their shapes.
func (in *interpreter) operator(w []byte) error {
	t := &in.d.text
	if t.steps -= operatorSteps; t.steps < 0 {
		return errSteps
	}
	switch string(w) {
	case "q":
		if len(in.saved) > 1000 {
			return errContent
		}
		in.saved = append(in.saved, in.state)
	case "Q":
		if n := len(in.saved); n > 0 {
			in.state, in.saved = in.saved[n-1], in.saved[:n-1]
		}
	case "cm":
		var m matrix
		if !in.numbers(&m.a, &m.b, &m.c, &m.d, &m.e, &m.f) {
			return errContent
		}
		in.state.ctm = m.times(in.state.ctm)
	case "Do":
		return in.do()
	case "gs":
		return in.graphics()
	case "BDC":
		return in.marked()
	case "BI":
		return in.inlineImage()
	case "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh":
		t.paths++
	case "m", "l", "c", "v", "y", "h", "re", "n", "W", "W*", "w", "J", "j", "M", "d", "ri", "i",
		"CS", "cs", "SC", "SCN", "sc", "scn", "G", "g", "RG", "rg", "K", "k",
		"BMC", "EMC", "MP", "DP", "BX", "EX", "true", "false", "null":
	case "d0", "d1":
		return errContent
	default:
		return in.textOperator(w)
	}
	return nil
}

// textOperator does what an operator of text says: ISO 32000-1, 9.3 and 9.4.
func (in *interpreter) textOperator(w []byte) error {
	s := &in.state
	ok := true
	switch string(w) {
	case "BT":
		s.tm = identity
		s.x, s.y, s.lineX, s.lineY = 0, 0, 0, 0
		ok = in.count == 0
	case "ET":
		ok = in.count == 0
	case "Tc":
		ok = in.numbers(&s.chars)
	case "Tw":
		ok = in.numbers(&s.words)
	case "Tz":
		ok = in.numbers(&s.scale)
		s.scale /= 100
	case "TL":
		ok = in.numbers(&s.lead)
	case "Ts":
		ok = in.numbers(&s.rise)
	case "Tr":
		var mode float64
		ok = in.numbers(&mode) && mode >= 0 && mode <= 7
		s.strike = mode == 1 || mode == 2 || mode == 5 || mode == 6
	case "Tf":
		return in.chooseFont()
	case "Td", "TD":
		var x, y float64
		ok = in.numbers(&x, &y)
		in.nextLine(x, y)
		if w[1] == 'D' {
			s.lead = -y
		}
	case "Tm":
		ok = in.numbers(&s.tm.a, &s.tm.b, &s.tm.c, &s.tm.d, &s.tm.e, &s.tm.f)
		s.x, s.y, s.lineX, s.lineY = 0, 0, 0, 0
	case "T*":
		in.nextLine(0, -s.lead)
	case "Tj", "'", "\"", "TJ":
		return in.show(w[len(w)-1])
	default:
		ok = false
	}
	if !ok {
		return errContent
	}
	return nil
}

func (in *interpreter) nextLine(x, y float64) {
	s := &in.state
	s.lineX, s.lineY = s.lineX+x, s.lineY+y
	s.x, s.y = s.lineX, s.lineY
}

// chooseFont does Tf.
func (in *interpreter) chooseFont() error {
	var size float64
	if in.count != 2 || !in.numbers(&size) || in.operands[0].kind != isName {
		return errContent
	}
	at, err := in.resource("Font", in.operands[0].bytes)
	if err != nil {
		return err
	}
	in.state.font, in.state.size = in.d.font(at), size
	return nil
}

// resource gives one of the named resources as it stands; nil if there is none.
func (in *interpreter) resource(kind name, key []byte) (any, error) {
	all, err := in.d.maybeDict(in.resources, kind)
	if err != nil {
		return nil, err
	}
	in.d.text.steps -= int64(len(all))
	for i := range all {
		if string(all[i].key) == string(key) {
			return all[i].value, nil
		}
	}
	return nil, nil
}

// graphics does gs, which can choose a font too: ISO 32000-1, 8.4.5.
func (in *interpreter) graphics() error {
	key, ok := in.last(isName)
	if !ok {
		return errContent
	}
	at, err := in.resource("ExtGState", key.bytes)
	if err != nil {
		return err
	}
	o, err := in.d.resolve(at)
	if err != nil {
		return err
	}
	if set, ok := o.(dict); ok && set.has("Font") {
		return Unsure("a font from elsewhere")
	}
	return nil
}

// marked does BDC. What a mark says instead of the text is PDFium's: it takes it
// only at times.
func (in *interpreter) marked() error {
	if in.count != 2 {
		return errContent
	}
	switch o := in.operands[1]; o.kind {
	case isDict:
		if bytes.Contains(o.bytes, []byte("ActualText")) {
			return Unsure("text that stands for other")
		}
	case isName:
		at, err := in.resource("Properties", o.bytes)
		if err != nil {
			return err
		}
		set, err := in.d.resolve(at)
		if err != nil {
			return err
		}
		if set, ok := set.(dict); ok && set.has("ActualText") {
			return Unsure("text that stands for other")
		}
	default:
		return errContent
	}
	return nil
}

// do draws an image or a form: ISO 32000-1, 8.8 and 8.10.
func (in *interpreter) do() error {
	key, ok := in.last(isName)
	if !ok {
		return errContent
	}
	at, err := in.resource("XObject", key.bytes)
	if err != nil {
		return err
	}
	o, err := in.d.resolve(at)
	if err != nil {
		return err
	}
	s, ok := o.(*stream)
	if !ok {
		return Unsure("a picture that is not there")
	}
	switch s.dict.get("Subtype") {
	case name("Image"):
		in.d.text.images++
		return nil
	case name("Form"):
		return in.formXObject(s)
	}
	return Unsure("a picture of no known kind")
}

// formXObject reads the content of a form.
func (in *interpreter) formXObject(s *stream) error {
	if in.depth > 12 {
		return Unsure("forms within forms")
	}
	values, err := in.d.numbers(s.dict, "Matrix")
	if err != nil {
		return err
	}
	m := identity
	if values != nil {
		if len(values) != 6 {
			return errContent
		}
		m = matrix{values[0], values[1], values[2], values[3], values[4], values[5]}
	}
	resources, err := in.d.maybeDict(s.dict, "Resources")
	if err != nil {
		return err
	}
	if resources == nil {
		resources = in.resources
	}
	content, err := in.d.unpack(nil, s)
	if err != nil {
		return err
	}
	in.d.text.forms++
	in.d.text.steps -= formSteps
	inner := interpreter{
		d: in.d, parser: parser{b: content}, resources: resources, depth: in.depth + 1, stream: in.d.text.forms,
		form: in.state.ctm.times(in.form), state: in.state,
	}
	inner.state.ctm = m
	inner.state.tm = identity
	inner.state.x, inner.state.y, inner.state.lineX, inner.state.lineY = 0, 0, 0, 0
	return inner.run()
}

// inlineImage passes over an image in the content: ISO 32000-1, 8.9.7.
func (in *interpreter) inlineImage() error {
	in.d.text.images++
	return Unsure("a picture within the content")
}
