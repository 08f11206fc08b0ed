package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// A paragraph longer than this, or of more lines, is read line by line: a log,
// a list. A line with more hits than this is read in parts.
const (
	maxBlock = 6 << 10
	maxLines = 60
	maxHits  = 256
)

// block is what carries a paragraph from one passage to the next.
type block struct {
	held   []byte       // the beginning of a paragraph, waiting for its end
	place  breach.Place // of held
	next   breach.Place // where a passage that goes on begins
	joined []byte
	open   bool // a paragraph too long to hold goes on
	active bool
}

func (b *block) reset() { b.held, b.open, b.active = b.held[:0], false, false }

// goesOn reports whether a passage begins where the one before has ended.
func (b *block) goesOn(p breach.Passage) bool {
	at := p.Place
	at.Offset = 0
	return b.active && at == b.next
}

// flush reads what is held.
func (s *Scanner) flush(emit func(breach.Mention) error) error {
	b := &s.block
	held := b.held
	b.held, b.open, b.active = b.held[:0], false, false
	if len(held) == 0 {
		return nil
	}
	return s.blocks(held, b.place, 0, false, false, emit)
}

// prose reads running text. Its last paragraph may go on in the next passage
// and is held back, unless it is too long for a paragraph anyway.
func (s *Scanner) prose(p breach.Passage, emit func(breach.Mention) error) error {
	b := &s.block
	unit := p.Place.Last().Unit
	if unit != breach.Bytes { // those may be words of anything
		s.document.read(p.Text)
	}
	rest, at := p.Text, 0
	if len(b.held) > 0 {
		end := blockEnd(rest, unit)
		joined := append(append(b.joined[:0], b.held...), rest[:min(end, maxBlock)]...)
		b.joined = joined
		switch {
		case end == len(rest) && len(joined) <= maxBlock: // and it goes on still
			b.held = append(b.held, rest...)
			b.next = after(p)
			return nil
		case len(joined) <= maxBlock:
			cut := len(b.held)
			b.held = b.held[:0]
			if err := s.blocks(joined, b.place, cut, false, false, emit); err != nil {
				return err
			}
			at = end
		default: // too long after all: what is held is read by lines
			b.held = b.held[:0]
			if err := s.blocks(joined[:len(joined)-min(end, maxBlock)], b.place, 0, true, true, emit); err != nil {
				return err
			}
			b.open = true
		}
	}
	open := b.open
	tail := blockStart(rest[at:], unit) + at
	b.open, b.active = false, true
	switch {
	case tail == at && open: // one long paragraph, and no end of it
		b.open, tail = true, len(rest)
	case len(rest)-tail > maxBlock || bytes.Count(rest[tail:], []byte("\n")) > maxLines:
		b.open, tail = !byLine(unit), len(rest)
	}
	b.held = append(b.held[:0], rest[tail:]...)
	b.place = step(p.Place, rest[:tail])
	b.next = after(breach.Passage{Place: b.place, Text: rest[tail:]})
	if tail == at {
		return nil
	}
	place := step(p.Place, rest[:at])
	return s.blocksAt(rest[at:tail], place, int64(at), 0, open, b.open, emit)
}

// after is where the passage after p begins, if it goes on where p ends.
func after(p breach.Passage) breach.Place {
	at := step(p.Place, p.Text)
	at.Offset = 0
	return at
}

// step moves a place over text that is laid out by lines.
func step(at breach.Place, text []byte) breach.Place {
	switch at.Last().Unit {
	case breach.Line, breach.Paragraph:
		at.Path[at.Depth()-1].N += int64(bytes.Count(text, []byte("\n")))
	}
	return at
}

func (s *Scanner) blocks(text []byte, place breach.Place, cut int, head, tail bool, emit func(breach.Mention) error) error {
	return s.blocksAt(text, place, 0, cut, head, tail, emit)
}

// blocksAt reads whole paragraphs. The first and the last may be parts of ones
// too long to be paragraphs: head and tail say so.
func (s *Scanner) blocksAt(text []byte, place breach.Place, offset int64, cut int, head, tail bool, emit func(breach.Mention) error) error {
	s.where.set(text, place)
	s.where.offset, s.where.cut = offset, cut
	s.scan(text)
	unit := place.Last().Unit
	for hits := s.text.hits; len(hits) > 0; {
		from, to, long := blockAround(text, hits[0].from, unit)
		long = long || head && from == 0 || tail && to == len(text)
		var in []hit
		in, hits = hitsIn(hits, to)
		if err := s.paragraph(from, to, in, long, emit); err != nil {
			return err
		}
	}
	return nil
}

// paragraph reads one paragraph as one unit, or part by part where it is a list
// of several people, or line by line where it is long.
func (s *Scanner) paragraph(from, to int, hits []hit, long bool, emit func(breach.Mention) error) error {
	long = long || s.isLog(from, to)
	if !long && !s.isList(from, to, hits) {
		return s.form(from, to, hits, emit)
	}
	for len(hits) > 0 {
		a, b := lineStart(s.text.b, hits[0].from), lineEnd(s.text.b, hits[0].from)
		a, b = max(a, from), min(b, to)
		if !long {
			b = s.partEnd(hits, b, to)
		}
		var in []hit
		in, hits = hitsIn(hits, max(b, hits[0].from+1))
		if err := s.line(a, b, in, emit); err != nil {
			return err
		}
	}
	return nil
}

// partEnd finds where the part of a list ends whose first line ends at end:
// before the next line that begins with a name or holds what is one person's.
func (s *Scanner) partEnd(hits []hit, end, to int) int {
	for i := range hits {
		h := &hits[i]
		if h.from < end {
			continue
		}
		start := lineStart(s.text.b, h.from)
		switch {
		case h.Kind == breach.NationalID, h.Kind == breach.Email, h.Kind == breach.Username, h.Kind == breach.Name && h.from-start < 3:
			return max(end, start-1)
		}
	}
	return to
}

// line reads a unit that is known to be one.
func (s *Scanner) line(from, to int, hits []hit, emit func(breach.Mention) error) error {
	for len(hits) > maxHits {
		cut := hits[maxHits].from
		if err := s.line(from, cut, hits[:maxHits], emit); err != nil {
			return err
		}
		from, hits = cut, hits[maxHits:]
	}
	if !telling(hits) {
		return nil
	}
	if isAddressLine(s.text.b[from:to]) {
		return s.quotedHeader(from, to, hits, emit)
	}
	s.begin(from, to, hits).running()
	return s.emit(emit)
}

// isAddressLine reports whether text begins with a line of a mail header that
// lists addresses, as it stands above a message that is answered.
func isAddressLine(text []byte) bool {
	line := text[:lineEnd(text, 0)]
	label, at := splitLabel(line)
	return at > 0 && isAddressHeader(label) && bytes.IndexByte(line, '@') > 0
}

// quotedHeader reads a paragraph that is such a header, line by line.
func (s *Scanner) quotedHeader(from, to int, hits []hit, emit func(breach.Mention) error) error {
	for from < to && len(hits) > 0 {
		end := lineEnd(s.text.b[:to], from)
		var in []hit
		in, hits = hitsIn(hits, end)
		var err error
		switch {
		case isAddressLine(s.text.b[from:end]):
			_, at := splitLabel(s.text.b[from:end])
			err = s.addresses(from+at, end, in, emit)
		case telling(in):
			s.begin(from, end, in).running()
			err = s.emit(emit)
		}
		if err != nil {
			return err
		}
		from = end + 1
	}
	return nil
}

// form reads a paragraph; where it begins with a label that comes again, each
// time a new person's form begins.
func (s *Scanner) form(from, to int, hits []hit, emit func(breach.Mention) error) error {
	b := s.text.b
	first := lineLabel(b[from:lineEnd(b[:to], from)])
	for from < to {
		end := to
		if first.kind != 0 {
			for next := lineEnd(b[:to], from) + 1; next < to; next = lineEnd(b[:to], next) + 1 {
				if lineLabel(b[next:lineEnd(b[:to], next)]) == first {
					end = next
					break
				}
			}
		}
		var in []hit
		in, hits = hitsIn(hits, end)
		if len(in) > 0 {
			if err := s.line(from, end, in, emit); err != nil {
				return err
			}
		}
		from = end
	}
	return nil
}

// telling reports whether hits hold one that points to somebody. A number that
// needs more than it has beside it does not, unless it may be labelled as a
// national number that was mistyped.
func telling(hits []hit) bool {
	for i := range hits {
		if hits[i].needs == needsNothing || hits[i].Kind == breach.NationalID {
			return true
		}
	}
	return false
}

// isLog reports whether the first two lines of a paragraph begin with the day
// of an event.
func (s *Scanner) isLog(from, to int) bool {
	dated := func(at int) bool {
		return s.text.digitsAt(at, 4) && s.text.at(at+4) == '-' && s.text.digitsAt(at+5, 2) && s.text.at(at+7) == '-'
	}
	next := lineEnd(s.text.b[:to], from) + 1
	return dated(from) && next < to && dated(next)
}

// isList reports whether the lines of a paragraph speak of different people:
// several with national numbers of their own, or many with addresses or names.
func (s *Scanner) isList(from, to int, hits []hit) bool {
	b := s.text.b
	lines := bytes.Count(b[from:to], []byte("\n")) + 1
	if lines == 1 {
		return false
	}
	numbered, other, lastNumber, lastOther := 0, 0, -1, -1
	var number breach.Finding
	for i := range hits {
		line := lineStart(b, hits[i].from)
		switch hits[i].Kind {
		case breach.NationalID:
			if line != lastNumber && hits[i].Value != number.Value && !hits[i].Failed {
				numbered++
				lastNumber, number = line, hits[i].Finding
			}
		case breach.Email, breach.Name, breach.Username:
			if line != lastOther {
				other++
				lastOther = line
			}
		}
	}
	return numbered > 1 && lineLabel(b[from:lineEnd(b[:to], from)]).kind == 0 || other > 3 && 2*other > lines
}
