package engine

import (
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// maxOpen bounds how many items can be open inside each other.
const maxOpen = 64

var errOrder = errors.New("row out of order")

// ledger follows the rows of one attempt at a job. It refuses rows that cannot
// be, and closes what a lost worker left open, so that every item is accounted
// for exactly once.
type ledger struct {
	job  Job
	next int      // ordinal of the next item
	open []opened // each inside the one before it
}

// opened is an item that was begun and not yet closed.
type opened struct {
	ordinal int
	size    int64
	told    bool // mentions or passages came of it
	inside  int  // items found inside it
}

// take checks a row.
func (l *ledger) take(row Row) error {
	if row.Of() != l.job.ID {
		return errOrder
	}
	switch r := row.(type) {
	case *Item:
		return l.begin(r)
	case *Mention:
		return l.tell(r.Ordinal)
	case *Passage:
		return l.tell(r.Ordinal)
	case *Picture:
		return l.tell(r.Ordinal)
	case *Close:
		if last := len(l.open) - 1; last >= 0 && l.open[last].ordinal == r.Ordinal {
			l.open = l.open[:last]
			return nil
		}
		return errOrder
	case *End:
		if l.next == 0 || len(l.open) > 0 {
			return errOrder
		}
	}
	return nil
}

func (l *ledger) begin(r *Item) error {
	parent := -1
	switch last := len(l.open) - 1; {
	case last >= maxOpen || last < 0 && l.next > 0:
		return errOrder
	case last >= 0:
		parent = l.open[last].ordinal
		l.open[last].inside++
	}
	if r.Parent != parent || r.Ordinal != l.next {
		return errOrder
	}
	l.next++
	l.open = append(l.open, opened{ordinal: r.Ordinal, size: r.Size})
	return nil
}

func (l *ledger) tell(ordinal int) error {
	for i := len(l.open) - 1; i >= 0; i-- {
		if l.open[i].ordinal == ordinal {
			l.open[i].told = true
			return nil
		}
	}
	return errOrder
}

// finish tells of the items that will never be closed otherwise, with the
// reason they were not read to their end.
func (l *ledger) finish(why breach.Reason, tell func(Row) error) error {
	if l.next == 0 {
		file := &Item{Job: l.job.ID, Item: extract.Item{Parent: -1, Name: l.job.Name, Size: l.job.Size}}
		if err := l.begin(file); err != nil {
			return err
		}
		if err := tell(file); err != nil {
			return err
		}
	}
	for i := len(l.open) - 1; i >= 0; i-- {
		o := &l.open[i]
		row := &Close{Job: l.job.ID, Ordinal: o.ordinal, Size: o.size}
		row.State, row.Reason = breach.NotReadable, why
		switch {
		case o.inside > 0:
			row.State, row.Missing = breach.Partly, fmt.Sprintf("members from %d on", o.inside)
		case o.told:
			row.State, row.Missing = breach.Partly, "the rest"
		}
		if err := tell(row); err != nil {
			return err
		}
	}
	l.open = l.open[:0]
	return nil
}
