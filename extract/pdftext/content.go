package pdftext

import "bytes"

// operand is one of an operator. Strings and names are their bytes.
type operand struct {
	kind  byte
	n     float64
	bytes []byte
	from  int // of an array: its elements, in interpreter.elements
	to    int
}

// Kinds of operand.
const (
	isOther = iota
	isNumber
	isName
	isString
	isArray
	isDict
)

// What a page's content may hold: more is another's.
const (
	maxOperands = 32 // PDFium forgets those before
	maxElements = 1 << 16
	maxText     = 32767 // bytes of a string: ISO 32000-1, annex C
	maxItems    = 1 << 18
	maxPieces   = 1 << 17
	maxMark     = 200 // of what lies in a dictionary
)

// Steps are ten nanoseconds, nearly: what reading a document may take, over all of
// its pages and beside each of its bytes, and what parts of it take.
const (
	maxSteps      = 8_000_000
	byteSteps     = 200
	pageSteps     = 1_000
	operatorSteps = 5
	formSteps     = 300
	markSteps     = 16 // points of a page in one
)

const errSteps = Unsure("so long a document")

const errContent = Unsure("a page's content")

// interpreter reads one content stream: ISO 32000-1, 7.8.2.
type interpreter struct {
	d *Document
	parser
	resources dict
	form      matrix // from the stream's own space to the page's
	depth     int    // of forms
	stream    int    // the page's own is 0, forms count on

	operands [maxOperands]operand
	count    int
	elements []operand
	strings  []byte // of the operands at hand

	state state
	saved []state
}

// state is the graphics state, as far as it tells where text stands: ISO 32000-1, 9.3.
type state struct {
	ctm    matrix
	tm     matrix  // without what follows
	x, y   float64 // within the line
	lineX  float64
	lineY  float64
	font   *font
	size   float64
	chars  float64 // Tc
	words  float64 // Tw
	scale  float64 // Tz, 1 for all
	lead   float64 // TL
	rise   float64 // Ts
	strike bool    // letters have lines around them
}

// run reads the stream to its end.
func (in *interpreter) run() error {
	for {
		in.skip()
		if in.at >= len(in.b) {
			return nil
		}
		c := in.b[in.at]
		if classes[c] != regular || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '+' {
			o, err := in.operand()
			if err != nil {
				return err
			}
			if in.count == maxOperands {
				return errContent
			}
			in.operands[in.count] = o
			in.count++
			continue
		}
		if err := in.operator(in.word()); err != nil {
			return err
		}
		in.count, in.elements, in.strings = 0, in.elements[:0], in.strings[:0]
	}
}

// operand takes one operand that is not a word.
func (in *interpreter) operand() (operand, error) {
	switch c := in.b[in.at]; c {
	case '(', '<':
		if c == '<' && in.at+1 < len(in.b) && in.b[in.at+1] == '<' {
			return in.skipDict()
		}
		from := len(in.strings)
		var err error
		if c == '(' {
			in.strings, err = in.literal(in.strings)
		} else {
			in.strings, err = in.hex(in.strings)
		}
		if err != nil || len(in.strings)-from > maxText {
			return operand{}, errContent
		}
		return operand{kind: isString, bytes: in.strings[from:len(in.strings):len(in.strings)]}, nil
	case '/':
		in.at++
		w := in.word()
		if bytes.IndexByte(w, '#') >= 0 {
			return operand{}, errContent
		}
		return operand{kind: isName, bytes: w}, nil
	case '[':
		return in.array()
	case ')', ']', '>', '{', '}':
		return operand{}, errContent
	}
	f, _, ok := parseNumber(in.word())
	if !ok {
		return operand{}, errContent
	}
	return operand{kind: isNumber, n: f}, nil
}

// array takes an array, which holds no other.
func (in *interpreter) array() (operand, error) {
	in.at++
	from := len(in.elements)
	for {
		in.skip()
		if in.at >= len(in.b) || len(in.elements) > maxElements {
			return operand{}, errContent
		}
		switch c := in.b[in.at]; c {
		case ']':
			in.at++
			return operand{kind: isArray, from: from, to: len(in.elements)}, nil
		case '[':
			return operand{}, errContent
		}
		o, err := in.operand()
		if err != nil {
			return o, err
		}
		in.elements = append(in.elements, o)
	}
}

// skipDict passes over a dictionary, and gives its bytes.
func (in *interpreter) skipDict() (operand, error) {
	from := in.at
	in.taken = 0
	if _, err := in.dict(); err != nil || in.taken > maxMark {
		return operand{}, errContent
	}
	return operand{kind: isDict, bytes: in.b[from:in.at]}, nil
}

// numbers gives the last n operands, which have to be numbers.
func (in *interpreter) numbers(to ...*float64) bool {
	if in.count < len(to) {
		return false
	}
	for i, o := range in.operands[in.count-len(to) : in.count] {
		if o.kind != isNumber {
			return false
		}
		*to[i] = o.n
	}
	return true
}

// last gives the last operand, if it is of a kind.
func (in *interpreter) last(kind byte) (operand, bool) {
	if in.count == 0 || in.operands[in.count-1].kind != kind {
		return operand{}, false
	}
	return in.operands[in.count-1], true
}
