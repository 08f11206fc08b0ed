package engine

import (
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/detect"
	"github.com/klarlagt/klarlagt/register"
)

// teller makes rows of one item's passages. It is spoken to by one goroutine,
// and used for one item after the other.
type teller interface {
	passage(p breach.Passage, emit func(Row) error) error
	end(emit func(Row) error) error
}

// tellers keeps those that are free: an item inside another needs one of its
// own, so there are as many as items are deep.
type tellers struct {
	stage Stage
	index *register.Index // nil without registers
	free  []*mentions
	idle  []*compare.Printer // free ones, as many for the same reason
}

// begin gives a teller for an item with a name.
func (t *tellers) begin(name string) teller {
	switch t.stage {
	case Text:
		return &passages{}
	case Draw:
		return silence{}
	}
	var m *mentions
	if last := len(t.free) - 1; last >= 0 {
		m, t.free = t.free[last], t.free[:last]
	} else {
		m = newMentions(t.index)
	}
	m.scanner.Begin(name)
	return m
}

// put takes back a teller whose item has ended.
func (t *tellers) put(x teller) {
	if m, ok := x.(*mentions); ok {
		t.free = append(t.free, m)
	}
}

// printer gives a printer for an item's text, in the stage that keeps prints.
func (t *tellers) printer() *compare.Printer {
	if t.stage != Scan {
		return nil
	}
	last := len(t.idle) - 1
	if last < 0 {
		return &compare.Printer{}
	}
	p := t.idle[last]
	t.idle = t.idle[:last]
	p.Reset()
	return p
}

// print gives the print that a printer made, and takes it back.
func (t *tellers) print(p *compare.Printer) []byte {
	if p == nil {
		return nil
	}
	t.idle = append(t.idle, p)
	print, ok := p.Print()
	if !ok {
		return nil
	}
	return print.Bytes()
}

// body reports whether a place is in the text proper: what is written about it,
// beside it or on its envelope is another matter in each copy.
func body(p *breach.Place) bool {
	for _, s := range p.Path {
		switch s.Unit {
		case breach.Property, breach.Header, breach.Comment, breach.FileName:
			return false
		}
	}
	return true
}

// mentions tells what the detectors find.
type mentions struct {
	scanner *detect.Scanner
	emit    func(Row) error
	found   func(breach.Mention) error
	row     Mention
}

func newMentions(x *register.Index) *mentions {
	m := &mentions{scanner: detect.New(x)}
	m.found = func(found breach.Mention) error {
		m.row.Mention = found
		return m.emit(&m.row)
	}
	return m
}

func (m *mentions) passage(p breach.Passage, emit func(Row) error) error {
	m.emit = emit
	return m.scanner.Passage(p, m.found)
}

func (m *mentions) end(emit func(Row) error) error {
	m.emit = emit
	return m.scanner.End(m.found)
}

// passages tells the text as it is.
type passages struct{ row Passage }

func (t *passages) passage(p breach.Passage, emit func(Row) error) error {
	t.row.Passage = p
	return emit(&t.row)
}

func (t *passages) end(func(Row) error) error { return nil }

// silence tells nothing.
type silence struct{}

func (silence) passage(breach.Passage, func(Row) error) error { return nil }

func (silence) end(func(Row) error) error { return nil }
