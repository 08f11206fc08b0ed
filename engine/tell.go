package engine

import (
	"github.com/klarlagt/klarlagt/breach"
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
}

// begin gives a teller for an item with a name.
func (t *tellers) begin(string) teller { return &passages{} }

// put takes back a teller whose item has ended.
func (t *tellers) put(teller) {}

// passages tells the text as it is.
type passages struct{ row Passage }

func (t *passages) passage(p breach.Passage, emit func(Row) error) error {
	t.row.Passage = p
	return emit(&t.row)
}

func (t *passages) end(func(Row) error) error { return nil }
