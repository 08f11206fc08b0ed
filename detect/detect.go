// Package detect turns passages of text into findings and mentions, in a
// single pass over the bytes: national identity numbers, addresses of every
// sort, accounts, the names of the people in the registers, and the words that
// say what a text is about.
//
// The pass does not try patterns at each byte. It sorts bytes into classes,
// sixty-four at a time, computes from the classes where an identifier can begin
// at all, and looks only there; whether a value is somebody's is one look into
// the index of the registers. What costs more (labels, postal addresses, names
// in small letters, words) is done only where that found a person, and in
// tables and records, whose headings and labels say what a value is.
package detect

import (
	"bytes"
	"math"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"golang.org/x/text/unicode/norm"
)

// Scanner reads items one after the other: Begin, the item's passages in
// order, End. It is for one goroutine, and does not grow with what it reads.
type Scanner struct {
	text     text
	first    firstPass
	unit     unit
	table    table
	block    block
	document document
	where    where
}

// New makes a scanner. Without registers (x is nil) it finds no names but those
// beside surer identifiers and under headings.
func New(x *register.Index) *Scanner {
	s := &Scanner{first: firstPass{tier: tiers()[0]}}
	byStart, byKind := [starts][]func(*text, int){}, map[breach.Kind][]func(*text, int){}
	for _, d := range All {
		if d.Start == AtLabel {
			byKind[d.Kind] = append(byKind[d.Kind], d.match)
		} else {
			byStart[d.Start] = append(byStart[d.Start], d.match)
		}
	}
	s.text = text{x: x, starts: &byStart, byKind: byKind}
	return s
}

// Begin starts an item. Its name, with the folders before it, is searched as
// text is.
func (s *Scanner) Begin(name string) {
	s.table = table{columns: s.table.columns[:0]}
	s.block.reset()
	s.document.reset(norm.NFC.String(name))
}

// Passage finds what a passage holds and calls emit with each mention. A
// paragraph that may go on in the next passage waits for it. The error is
// emit's.
func (s *Scanner) Passage(p breach.Passage, emit func(breach.Mention) error) error {
	unit := p.Place.Last().Unit
	if !s.block.goesOn(p) {
		if err := s.flush(emit); err != nil {
			return err
		}
	}
	switch unit {
	case breach.Row:
		return s.rows(p, emit)
	case breach.Record, breach.Property:
		return s.record(p, emit)
	case breach.Header:
		return s.header(p, emit)
	}
	return s.prose(p, emit)
}

// End ends the item: it emits what was held back, what the item's name says of
// people, and one mention of what the document as a whole is about.
func (s *Scanner) End(emit func(breach.Mention) error) error {
	if err := s.flush(emit); err != nil {
		return err
	}
	return s.end(emit)
}

// scan runs the first pass over a text: afterwards s.text holds its hits in
// order.
func (s *Scanner) scan(b []byte) {
	t := &s.text
	t.b, t.limit, t.hits, t.next, t.unit = b, len(b), t.hits[:0], 0, math.MaxInt
	unit := s.where.base.Last().Unit
	t.wrapped = unit != breach.Row && !byLine(unit)
	s.first.run(b, t.x != nil, t)
	t.order(t.hits)
}

// begin makes the unit [from, to) of the scanned text, whose hits come first
// in hits; the detectors' further hits are appended to them.
func (s *Scanner) begin(from, to int, hits []hit) *unit {
	u := &s.unit
	u.text, u.from, u.to, u.values = &s.text, from, to, u.values[:0]
	u.first = len(s.text.hits)
	s.text.unit, s.text.limit = u.first, to
	u.hits = append(u.hits, hits...)
	return u
}

// done forgets the hits of the unit beyond those of the first pass.
func (s *Scanner) done() { s.text.hits = s.text.hits[:s.unit.first] }

// emit emits the unit and forgets it.
func (s *Scanner) emit(emit func(breach.Mention) error) error {
	people, err := s.unit.emit(&s.where, emit)
	s.document.people = s.document.people || people
	s.done()
	return err
}

// hitsIn cuts the hits that begin before to off the front of a sorted list.
func hitsIn(hits []hit, to int) (in, rest []hit) {
	n := 0
	for n < len(hits) && hits[n].from < to {
		n++
	}
	return hits[:n], hits[n:]
}

// where places the bytes of the passage being read.
type where struct {
	b       []byte
	base    breach.Place // of the first byte
	offset  int64        // of the first byte in its passage
	cut     int          // where the next passage begins, if text of an earlier one stands first
	lined   bool         // each newline goes on to the next step
	columns bool         // tabs part columns
	at      int          // up to here lines are counted
	line    int64
}

func (w *where) set(b []byte, base breach.Place) {
	unit := base.Last().Unit
	*w = where{b: b, base: base, lined: unit == breach.Line || unit == breach.Paragraph || unit == breach.Row,
		columns: unit == breach.Row}
}

// unit is the place of the line, row or whole that the byte at i stands in.
func (w *where) unit(i int) breach.Place {
	p := w.base
	p.Offset = w.offset + int64(i)
	if w.cut > 0 && i >= w.cut {
		p.Offset = int64(i - w.cut)
	}
	if !w.lined {
		return p
	}
	if i < w.at {
		w.at, w.line = 0, 0
	}
	w.line += int64(bytes.Count(w.b[w.at:i], []byte("\n")))
	w.at = i
	p.Path[p.Depth()-1].N += w.line
	return p
}

// place is the place of the byte at i, in a row with its column.
func (w *where) place(i int) breach.Place {
	p := w.unit(i)
	if w.columns {
		start := bytes.LastIndexByte(w.b[:i], '\n') + 1
		p = p.Down(breach.Step{Unit: breach.Column, N: int64(bytes.Count(w.b[start:i], []byte("\t"))) + 1})
	}
	return p
}
