package engine

import (
	"github.com/klarlagt/klarlagt/breach"
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
