package extract

import (
	"bytes"
	"context"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

var xmlFormat = Format{
	Name:       "xml",
	Extensions: []string{"xml", "xsd", "rss", "svg", "gpx", "kml"},
	Sniff:      isXML,
	Read:       readXML,
}

func isXML(in *Input) bool {
	head := bytes.TrimLeft(in.TextHead(), " \t\n")
	if bytes.HasPrefix(head, []byte("<?xml")) {
		return true
	}
	if len(head) < 4 || head[0] != '<' {
		return false
	}
	return in.HasExtension("xml", "xsd", "rss", "svg", "gpx", "kml") || bytes.HasPrefix(head, []byte("<svg"))
}

// readXML hands over elements as records, labelled by the names of elements
// and attributes, and text with elements in its midst as paragraphs.
func readXML(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), statedIn(in.Head(), "encoding"))
	x := &tree{rec: newRecorder(out, breach.Place{}), prose: newBatch(out, breach.Place{}, breach.Paragraph)}
	err := x.read(newMarkup(d))
	return textOutcome(d), err
}

// statedIn finds the charset that a document states at its beginning.
func statedIn(head []byte, key string) string {
	head = head[:min(len(head), 2048)]
	lower := bytes.Clone(head)
	for i, c := range lower { // bytes.ToLower would make bytes that are no UTF-8 longer
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	i := bytes.Index(lower, []byte(key))
	if i < 0 {
		return ""
	}
	v := bytes.TrimLeft(head[i+len(key):], "\"'= \t")
	if end := bytes.IndexAny(v, "\"'?>/; \t\r\n"); end >= 0 {
		v = v[:end]
	}
	return string(v[:min(len(v), 40)])
}

// tree follows the elements of a document.
type tree struct {
	rec   *recorder
	prose *batch
	stack []element
	over  int // elements open beyond maxElements
	attr  []byte
}

// element is one that is open.
type element struct {
	name    string
	text    []byte // its own
	flat    []byte // its own and that of the elements inside
	parent  bool   // has elements inside
	tooLong bool   // flat was given up
}

const (
	maxElements = 512
	maxFlat     = 16 << 10
)

func (x *tree) read(m *markup) error {
	for x.rec.err == nil {
		kind, err := m.Next()
		if err != nil {
			return x.end(err)
		}
		switch kind {
		case startTag:
			err = x.open(m)
		case endTag:
			err = x.closeTag(m.name)
		case textRun:
			err = x.add(m.Text())
		}
		if err != nil {
			return err
		}
	}
	return x.rec.err
}

// end closes what is open.
func (x *tree) end(cause error) error {
	cut := len(x.stack) > 0 && cause == io.EOF
	for len(x.stack) > 0 {
		if err := x.close(); err != nil {
			return err
		}
	}
	if err := x.rec.Flush(); err != nil {
		return err
	}
	if err := x.prose.Flush(); err != nil {
		return err
	}
	switch {
	case cut:
		return io.ErrUnexpectedEOF
	case cause == io.EOF:
		return nil
	}
	return cause
}

func (x *tree) open(m *markup) error {
	if len(x.stack) >= maxElements {
		x.over++
		return nil
	}
	if n := len(x.stack); n > 0 {
		x.stack[n-1].parent = true
	}
	x.stack = append(x.stack, element{name: m.Name()})
	x.rec.Open(m.Name())
	for name, value := range attributes(m.attr) {
		x.attr = appendUnescaped(x.attr[:0], value)
		if name != "xmlns" {
			x.rec.Value(name, x.attr)
		}
	}
	return x.rec.err
}

// closeTag closes the element with a name, and those inside it that were left
// open; an end tag of nothing that is open is passed over.
func (x *tree) closeTag(name []byte) error {
	if x.over > 0 {
		x.over--
		return nil
	}
	for n := len(x.stack) - 1; n >= 0 && n >= len(x.stack)-16; n-- {
		if x.stack[n].name != string(name) {
			continue
		}
		for len(x.stack) > n {
			if err := x.close(); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// add takes text of the element that is open.
func (x *tree) add(text []byte) error {
	n := len(x.stack)
	if n == 0 {
		return nil
	}
	e := &x.stack[n-1]
	if len(e.text)+len(text) > maxLines {
		x.rec.Value("", e.text)
		e.text = e.text[:0]
	}
	if e.parent && len(bytes.TrimSpace(text)) == 0 {
		text = []byte(" ")
	}
	e.text = append(e.text, text...)
	return x.flow(e, text)
}

// flow adds to the running text of an element.
func (x *tree) flow(e *element, text []byte) error {
	if e.tooLong {
		return nil
	}
	if len(e.flat)+len(text) > maxFlat {
		if !e.mixed() {
			e.tooLong, e.flat = true, nil
			return nil
		}
		if err := x.prose.Add(e.flat); err != nil {
			return err
		}
		e.flat = e.flat[:0]
	}
	e.flat = append(e.flat, text...)
	return nil
}

// mixed reports whether the element has text beside the elements inside it.
func (e *element) mixed() bool { return e.parent && len(bytes.TrimSpace(e.text)) > 0 }

func (x *tree) close() error {
	e := x.stack[len(x.stack)-1]
	x.stack = x.stack[:len(x.stack)-1]
	mixed := e.mixed()
	if mixed {
		if err := x.prose.Add(bytes.TrimSpace(e.flat)); err != nil {
			return err
		}
		e.text = nil
	}
	x.rec.Close(e.text)
	if n := len(x.stack); n > 0 && !e.tooLong && !mixed {
		if err := x.flow(&x.stack[n-1], e.flat); err != nil {
			return err
		}
	}
	return x.rec.err
}

// attributes walks over the attributes of a start tag, as written.
func attributes(rest []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for len(rest) > 0 {
			eq := bytes.IndexByte(rest, '=')
			if eq < 0 {
				return
			}
			key := bytes.TrimSpace(rest[:eq])
			if i := bytes.LastIndexAny(key, " \t\r\n"); i >= 0 {
				key = key[i+1:]
			}
			if bytes.HasPrefix(key, []byte("xmlns:")) {
				key = key[:5]
			}
			rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
			if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
				return
			}
			end := bytes.IndexByte(rest[1:], rest[0])
			if end < 0 {
				end = len(rest) - 2
			}
			if !yield(string(local(key)), rest[1:1+max(end, 0)]) {
				return
			}
			rest = rest[min(len(rest), max(end, 0)+2):]
		}
	}
}
