package extract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/klarlagt/klarlagt/breach"
)

var htmlFormat = Format{
	Name:       "html",
	Extensions: []string{"html", "htm", "xhtml", "mht"},
	Sniff:      isHTML,
	Read:       readHTML,
}

// htmlStarts are tags that only HTML begins with.
var htmlStarts = []string{"<!doctype html", "<html", "<head", "<body", "<meta", "<title", "<table", "<div", "<p>", "<script", "<style", "<h1", "<br", "<center", "<font"}

func isHTML(in *Input) bool {
	head := bytes.TrimLeft(in.TextHead(), " \t\n")
	if len(head) == 0 || head[0] != '<' {
		return false
	}
	if in.HasExtension("html", "htm", "xhtml") {
		return true
	}
	head = bytes.ToLower(head[:min(len(head), 1024)])
	if bytes.HasPrefix(head, []byte("<?xml")) || bytes.HasPrefix(head, []byte("<!--")) {
		return bytes.Contains(head, []byte("<html"))
	}
	return hasAnyPrefix(head, htmlStarts...)
}

// readHTML hands over blocks as paragraphs, tables as rows, and what a page
// holds without showing it: comments, hidden fields, addresses behind links.
func readHTML(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), statedIn(in.Head(), "charset"))
	err := readPage(d, out, breach.Place{})
	o := textOutcome(d)
	if errors.Is(err, html.ErrBufferExceeded) {
		err = gap(breach.Memory)
	}
	return o, err
}

// maxToken is the longest tag or text without tags; pictures inside a page
// make long ones.
const maxToken = 16 << 20

// readPage reads HTML from r; its passages are at a place of depth 2 at most.
func readPage(r io.Reader, out Sink, at breach.Place) error {
	p := &page{z: html.NewTokenizer(r), out: out, at: at, prose: newBatch(out, at, breach.Paragraph)}
	p.z.SetMaxBuf(maxToken)
	err := p.read()
	if e := p.end(); e != nil {
		return e
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// page is an HTML page being read.
type page struct {
	z      *html.Tokenizer
	out    Sink
	at     breach.Place
	prose  *batch
	grids  []*grid // tables that are open
	tables int64
	text   []byte // the paragraph at hand
	link   string // address behind the link that is open
	raw    atom.Atom
	json   bool // raw is a script that holds data
	pre    int
	tag    map[string]string
}

func (p *page) read() error {
	for {
		var err error
		switch p.z.Next() {
		case html.ErrorToken:
			return p.z.Err()
		case html.TextToken:
			err = p.textToken(p.z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			err = p.start()
		case html.EndTagToken:
			name, _ := p.z.TagName()
			err = p.stop(atom.Lookup(name))
		case html.CommentToken:
			err = p.comment(p.z.Text())
		}
		if err != nil {
			return err
		}
	}
}

// end hands over what is open.
func (p *page) end() error {
	for len(p.grids) > 0 {
		if err := p.closeTable(); err != nil {
			return err
		}
	}
	if err := p.breakBlock(); err != nil {
		return err
	}
	return p.prose.Flush()
}

func (p *page) textToken(text []byte) error {
	raw := p.raw
	p.raw = 0
	switch raw {
	case atom.Style:
		return nil
	case atom.Title:
		return p.property("title", text)
	case atom.Script:
		if p.json {
			return readObjects(bytes.NewReader(bytes.Clone(text)), p.out, p.at)
		}
		return p.lines(text)
	}
	if p.pre > 0 {
		return p.lines(text)
	}
	p.add(text)
	if len(p.text) > batchSize {
		return p.breakBlock()
	}
	return nil
}

// lines takes text whose line ends count.
func (p *page) lines(text []byte) error {
	for line := range bytes.Lines(text) {
		p.add(line)
		if bytes.HasSuffix(line, []byte("\n")) {
			if err := p.breakBlock(); err != nil {
				return err
			}
		}
	}
	return nil
}

// add appends text with its blanks collapsed.
func (p *page) add(text []byte) {
	blank := len(p.text) == 0 || p.text[len(p.text)-1] == ' '
	for _, c := range text {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' {
			if !blank {
				p.text = append(p.text, ' ')
			}
			blank = true
			continue
		}
		blank = false
		p.text = append(p.text, c)
	}
}

// start takes a start tag.
func (p *page) start() error {
	name, more := p.z.TagName()
	a := atom.Lookup(name)
	p.attributes(more)
	switch a {
	case atom.Script, atom.Style, atom.Title:
		p.raw = a
		p.json = strings.Contains(p.tag["type"], "json")
	case atom.Br:
		return p.breakLine()
	case atom.Pre:
		p.pre++
	case atom.Img, atom.Area, atom.Embed, atom.Object, atom.Source:
		return p.picture()
	case atom.Input:
		return p.input()
	case atom.Meta:
		return p.meta()
	case atom.A:
		p.link = contact(p.tag["href"])
	case atom.Table:
		return p.openTable()
	case atom.Tr:
		if len(p.grids) > 0 {
			return p.endRow()
		}
	case atom.Td, atom.Th:
		if len(p.grids) > 0 {
			p.openCell()
			return nil
		}
	case atom.Dd:
		if len(p.text) > 0 && p.text[len(p.text)-1] != ':' {
			p.text = append(bytes.TrimRight(p.text, " "), ": "...)
		}
		return nil
	}
	if isBlock(a) {
		return p.breakBlock()
	}
	return nil
}

// stop takes an end tag.
func (p *page) stop(a atom.Atom) error {
	switch a {
	case atom.A:
		if p.link != "" && !bytes.Contains(p.text, []byte(p.link)) {
			p.add([]byte(" " + p.link + " "))
		}
		p.link = ""
	case atom.Pre:
		p.pre = max(0, p.pre-1)
	case atom.Table:
		if len(p.grids) > 0 {
			return p.closeTable()
		}
	case atom.Tr:
		if len(p.grids) > 0 {
			return p.endRow()
		}
	case atom.Td, atom.Th:
		if len(p.grids) > 0 {
			p.endCell()
			return nil
		}
	case atom.Dt:
		return nil // its description follows
	}
	if isBlock(a) {
		return p.breakBlock()
	}
	return nil
}

// attributes keeps those of the tag at hand that we look at.
func (p *page) attributes(more bool) {
	clear(p.tag)
	for more {
		var key, value []byte
		key, value, more = p.z.TagAttr()
		switch string(key) {
		case "href", "src", "alt", "type", "name", "value", "content", "title", "data", "property", "colspan":
			if p.tag == nil {
				p.tag = map[string]string{}
			}
			if _, twice := p.tag[string(key)]; !twice {
				p.tag[string(key)] = string(value)
			}
		}
	}
}

// isBlock reports whether an element begins and ends a paragraph.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Section, atom.Article, atom.Header, atom.Footer, atom.Nav, atom.Main, atom.Aside, atom.Blockquote, atom.Pre, atom.Hr,
		atom.Form, atom.Fieldset, atom.Legend, atom.Address, atom.Figure, atom.Figcaption, atom.Option, atom.Select, atom.Textarea,
		atom.Table, atom.Caption, atom.Tr, atom.Td, atom.Th, atom.Body, atom.Head, atom.Html, atom.Center, atom.Details, atom.Summary,
		atom.Script, atom.Style, atom.Title, atom.Frame, atom.Iframe, atom.Noscript, atom.Template, atom.Button:
		return true
	}
	return false
}

// breakLine ends a line inside a paragraph. Lines that hold a number or an
// address of somebody stand for themselves, as in a list; others go on, as in
// a postal address.
func (p *page) breakLine() error {
	if isData(string(p.text)) {
		return p.breakBlock()
	}
	p.add([]byte(" "))
	return nil
}

// breakBlock ends the paragraph at hand.
func (p *page) breakBlock() error {
	text := bytes.TrimSpace(p.text)
	if n := len(p.grids); n > 0 && p.grids[n-1].open {
		p.grids[n-1].block(text)
		p.text = p.text[:0]
		return nil
	}
	p.text = p.text[:0]
	if len(text) == 0 {
		return nil
	}
	return p.prose.Add(text)
}
