package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// rtf is the Rich Text Format 1.9.1, and the HTML that mail programs wrap in
// it: [MS-OXRTFEX].
var rtf = Format{
	Name:       "rtf",
	Extensions: []string{"rtf"},
	Sniff: func(in *Input) bool {
		return hasAnyPrefix(bytes.TrimLeft(in.Head(), "\xEF\xBB\xBF \t\r\n"), `{\rtf`, `{\urtf`)
	},
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return breach.Outcome{}, readRTF(in.Stream(), in, out, breach.Place{})
	},
	Strings: true,
}

// readRTF reads from r; its passages are at a place of depth 1 at most.
func readRTF(r io.Reader, in *Input, out Sink, at breach.Place) error {
	x := newRTF(r, in, out, at)
	for x.err == nil && !x.html {
		x.step()
	}
	if x.html {
		err := readPage(x, x.out, at)
		if x.out.err != nil || err != nil {
			return err
		}
	}
	return x.finish()
}

// rtfReader is a document of RTF while it is read. Groups lie in each other as
// deep as they like: they are a stack, not calls.
type rtfReader struct {
	r   *bufio.Reader
	in  *Input
	out *steady
	err error

	group rtfGroup
	stack []rtfGroup
	flows []*docText // texts inside texts: a footnote stands in its paragraph
	html  bool       // what is wrapped is HTML
	page  []byte     // HTML that waits for its reader

	fonts    map[int]int // code pages by the number of the font
	base     int         // code page of the document
	standard int         // number of the font where none is said
	font     int         // whose line of the table is being read
	raw      []byte      // bytes that wait to be decoded
	skip     int         // characters that say again what was said in Unicode
	high     rune

	value  []byte // of what is no text: a property, instructions
	label  string
	author string
	link   string
	props  labels
	files  int
}

// rtfGroup is what holds until the group ends.
type rtfGroup struct {
	to     rtfTo
	under  rtfTo // what the group around a choice is
	star   bool  // what follows may be left out by who does not know it
	begins bool  // no text or control yet
	flow   bool  // the text in it is a text of its own
	table  bool  // the paragraph stands in a table
	echo   bool  // of HTML: says in RTF what HTML says already
	page   int   // code page
	repeat int   // characters after one in Unicode that say it again
}

// rtfTo is where the text of a group goes.
type rtfTo uint8

const (
	rtfText rtfTo = iota
	rtfNowhere
	rtfInside // looked at for the groups in it alone
	rtfFonts
	rtfProperty
	rtfInstruction
	rtfAuthor
	rtfTag
	rtfChoice
)

const (
	maxGroups   = 1 << 20
	maxRTFFonts = 10_000
	maxRTFValue = 64 << 10
)

func newRTF(r io.Reader, in *Input, out Sink, at breach.Place) *rtfReader {
	x := &rtfReader{
		r: bufio.NewReaderSize(r, 32<<10), in: in, out: &steady{Sink: out},
		fonts: map[int]int{}, base: 1252, group: rtfGroup{repeat: 1, page: 1252},
	}
	t := &docText{out: x.out}
	t.begin(at, 0)
	x.flows = []*docText{t}
	return x
}

// text is the text that is being read.
func (x *rtfReader) text() *docText { return x.flows[len(x.flows)-1] }

// fail keeps the first error.
func (x *rtfReader) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// finish hands over what is open.
func (x *rtfReader) finish() error {
	x.decode()
	if x.out.err != nil {
		return x.out.err
	}
	err := x.err
	if errors.Is(err, io.EOF) {
		err = nil
		if len(x.stack) > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	for len(x.flows) > 0 {
		if e := x.text().end(); e != nil {
			return e
		}
		x.flows = x.flows[:len(x.flows)-1]
	}
	if e := x.props.flush(x.out, breach.At(breach.Step{Unit: breach.Property})); e != nil {
		return e
	}
	return err
}

// step reads one byte, and the control that it begins.
func (x *rtfReader) step() {
	c, err := x.r.ReadByte()
	if err != nil {
		x.fail(err)
		return
	}
	switch c {
	case '{':
		x.decode()
		x.open()
	case '}':
		x.decode()
		x.close()
	case '\\':
		x.control()
	case '\r', '\n', 0:
	default:
		x.byte(c)
	}
}

// byte takes a byte of text.
func (x *rtfReader) byte(c byte) {
	x.group.begins = false
	if x.skip > 0 {
		x.skip--
		return
	}
	if x.group.to != rtfNowhere {
		if x.raw = append(x.raw, c); len(x.raw) >= 4096 {
			x.decode()
		}
	}
}

// decode makes text of the bytes that wait.
func (x *rtfReader) decode() {
	if len(x.raw) == 0 {
		return
	}
	raw := x.raw
	x.raw = x.raw[:0]
	x.say(func(to []byte) []byte { return appendPage(to, raw, x.group.page) })
}

// say puts text where the group says.
func (x *rtfReader) say(add func([]byte) []byte) {
	switch x.group.to {
	case rtfText:
		if x.html {
			if !x.group.echo {
				x.page = appendEscaped(x.page, add(nil))
			}
			return
		}
		t := x.text()
		if t.line = add(t.line); len(t.line) > maxParagraph {
			x.check(t.paragraph())
		}
	case rtfTag:
		x.page = add(x.page)
	case rtfProperty, rtfInstruction, rtfAuthor:
		if len(x.value) < maxRTFValue {
			x.value = add(x.value)
		}
	}
}

func (x *rtfReader) check(err error) {
	if err != nil {
		x.fail(err)
	}
}

func (x *rtfReader) sayText(s string) {
	x.decode()
	x.say(func(to []byte) []byte { return append(to, s...) })
}

// appendEscaped appends text to HTML.
func appendEscaped(to, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '<':
			to = append(to, "&lt;"...)
		case '>':
			to = append(to, "&gt;"...)
		case '&':
			to = append(to, "&amp;"...)
		default:
			to = append(to, c)
		}
	}
	return to
}

// Read gives the HTML that is wrapped.
func (x *rtfReader) Read(p []byte) (int, error) {
	for len(x.page) == 0 {
		if x.err != nil {
			x.decode()
			if len(x.page) > 0 {
				break
			}
			return 0, io.EOF // finish tells more
		}
		x.step()
	}
	n := copy(p, x.page)
	x.page = x.page[:copy(x.page, x.page[n:])]
	return n, nil
}

func (x *rtfReader) open() {
	if len(x.stack) == maxGroups {
		x.fail(gap(breach.Nesting))
		return
	}
	x.skip = 0
	x.stack = append(x.stack, x.group)
	if x.group.to == rtfChoice { // the first is for those who know no Unicode
		x.group.to = rtfNowhere
	}
	x.group.star, x.group.begins, x.group.flow = false, true, false
}

// close ends a group.
func (x *rtfReader) close() {
	if len(x.stack) == 0 {
		return
	}
	x.skip = 0
	g := x.group
	x.group = x.stack[len(x.stack)-1]
	x.stack = x.stack[:len(x.stack)-1]
	switch {
	case g.flow:
		t := x.text()
		x.check(t.end())
		x.flows = x.flows[:len(x.flows)-1]
		x.text().notes, x.text().nTables = t.notes, max(t.nTables, x.text().nTables)
	case g.to == x.group.to:
	case g.to == rtfProperty:
		if x.props.add(x.label, string(x.value)); len(x.props.text) > batchSize {
			x.check(x.props.flush(x.out, breach.At(breach.Step{Unit: breach.Property})))
		}
	case g.to == rtfAuthor:
		x.author = strings.TrimSpace(string(x.value))
	case g.to == rtfInstruction:
		x.instruction(strings.TrimSpace(string(x.value)))
	}
}

// instruction keeps the address that a link leads to.
func (x *rtfReader) instruction(code string) {
	word, rest, _ := strings.Cut(code, " ")
	if !strings.EqualFold(word, "HYPERLINK") {
		return
	}
	x.link = contact(strings.Trim(strings.TrimSpace(rest), `"`))
	if x.link != "" {
		x.sayText(x.link + " ")
	}
}

// begin makes the text of the group one of its own, at a place.
func (x *rtfReader) begin(at breach.Place) {
	if len(x.flows) > maxNested || x.group.flow {
		return
	}
	around := x.text()
	t := &docText{out: x.out, body: around.body, notes: around.notes, nTables: around.nTables}
	x.group.flow, x.group.to, x.group.table = true, rtfText, false
	if at.Depth() > 0 && at.Path[0].Unit == breach.Comment {
		t.notes++
		at.Path[0].N = t.notes
	}
	t.begin(at, 0)
	x.flows = append(x.flows, t)
	if x.author != "" {
		x.check(t.paras.Add([]byte(x.author)))
		x.author = ""
	}
}

// unicode takes a character of UTF-16.
func (x *rtfReader) unicode(n int) {
	x.decode()
	c := rune(uint16(n))
	switch {
	case utf16.IsSurrogate(c) && c < 0xDC00:
		x.high = c
	case utf16.IsSurrogate(c):
		x.sayText(string(utf16.DecodeRune(x.high, c)))
	case c >= 0xF020 && c < 0xF100: // of a font of symbols
		x.sayText(string(c - 0xF000))
	default:
		x.say(func(to []byte) []byte { return utf8.AppendRune(to, c) })
	}
	x.skip = x.group.repeat
}
