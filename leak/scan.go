package leak

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
)

// Limits bound a message; the zero value means 200 bytes to 64 KiB.
type Limits struct {
	Least, Most int
}

func (l Limits) least() int {
	if l.Least == 0 {
		return 200
	}
	return l.Least
}

func (l Limits) most() int {
	if l.Most == 0 {
		return 64 << 10
	}
	return l.Most
}

// Approve takes the wording that is the same for everybody as it is: the
// telephone of the desk, the officer's name. It tells which of it is also an
// identifier of somebody of the case, so that whoever approves sees it.
func (x *Index) Approve(wording []byte) []Leak {
	var found []Leak
	var c compact
	of(wording, func(view []byte) {
		c.fill(view)
		for _, s := range x.find(&c, nil) {
			x.approved[s.hash] = struct{}{}
			found = append(found, Leak{Another, "wording", place(view, s.start)})
		}
		mails(view, func(_ int, mail string) { x.mails[mail] = true })
		numbersIn(view, func(_ int, n string) { x.numbers[n] = true })
	})
	return found
}

// scanner holds what one scan needs; the index keeps those that have ended.
type scanner struct {
	index *Index
	own   []uint64
	mail  string
	text  compact
	spans []span
	has   bytesOf
	leaks []Leak

	lines        *bufio.Reader // reads what lies encoded
	raw, content []byte        // a message's body as it goes over the wire, and decoded
}

func (x *Index) scanner(own Own) *scanner {
	s, ok := x.idle.Get().(*scanner)
	if !ok {
		s = &scanner{index: x, lines: bufio.NewReader(nil)}
	}
	s.own, s.mail, s.leaks = s.own[:0], strings.ToLower(own.Mail.Reveal()), nil
	allow := func(id []byte) { s.own = append(s.own, x.hash(id)) }
	for _, e := range own.Entries {
		identifiers(e, allow)
	}
	for _, v := range own.Values {
		allow(folds(v.Reveal()))
	}
	if s.mail != "" {
		allow(folds(s.mail))
	}
	return s
}

// end gives what was found, and the scanner back, with nothing of the message.
func (s *scanner) end() []Leak {
	leaks := s.leaks
	s.leaks = nil
	clear(s.raw[:cap(s.raw)])
	clear(s.content[:cap(s.content)])
	s.lines.Reset(nil)
	s.index.idle.Put(s)
	return leaks
}

// may reports whether an identifier is the reader's, or approved.
func (s *scanner) may(hash uint64) bool {
	return slices.Contains(s.own, hash) || s.index.fine(hash)
}

// Text scans a letter, or the text of any message, that one reader gets.
func (x *Index) Text(text []byte, own Own, limits Limits) []Leak {
	s := x.scanner(own)
	if len(text) < limits.least() || len(text) > limits.most() {
		s.leak(Size, "body", len(text))
	}
	s.body(text[:min(len(text), limits.most())], "body")
	return s.end()
}

// Export scans a file of many people for anybody who is in the index: for an
// export of one controller that is the people of the others.
func (x *Index) Export(r io.Reader) ([]Leak, error) {
	const size, overlap = 64 << 10, 1 << 10
	s := x.scanner(Own{})
	buf := make([]byte, size)
	for kept, base := 0, 0; ; {
		n, err := io.ReadFull(r, buf[kept:])
		n += kept
		if !of(buf[:n], func(view []byte) { s.others(view, "export", base) }) {
			s.leak(Structure, "export", base)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return s.end(), nil
		}
		if err != nil || len(s.leaks) == most {
			return s.end(), err
		}
		kept = copy(buf, buf[n-overlap:n])
		base += n - kept
	}
}

// body looks for everything in a text.
func (s *scanner) body(text []byte, where string) {
	s.everywhere(text, where)
	s.has.fill(text)
	if at := s.has.find(text, unfilled[:]); at >= 0 {
		s.leak(Unfilled, where, at)
	}
	if at := s.has.find(text, loggish[:]); at >= 0 {
		s.leak(Log, where, at)
	}
	if at := clock(text); at >= 0 {
		s.leak(Log, where, at)
	}
}

// everywhere looks for what is anybody's in a text and in what is written
// inside it.
func (s *scanner) everywhere(text []byte, where string) {
	whole := of(text, func(view []byte) {
		s.others(view, where, 0)
		s.shapes(view, where)
	})
	if !whole {
		s.leak(Structure, where, 0)
	}
}

// others looks for identifiers of anybody else. What lies within one of the
// reader's own is the reader's: Maria Berg in Anna Maria Berg.
func (s *scanner) others(view []byte, where string, base int) {
	s.text.fill(view)
	s.spans = s.index.find(&s.text, s.spans[:0])
	for _, f := range s.spans {
		if len(s.leaks) == most {
			return
		}
		if s.may(f.hash) {
			continue
		}
		inside := slices.ContainsFunc(s.spans, func(o span) bool {
			return o.start <= f.start && o.end >= f.end && s.may(o.hash)
		})
		if !inside {
			s.leak(Another, where, base+place(view, f.start))
		}
	}
}

// shapes looks for addresses and numbers, whoever's.
func (s *scanner) shapes(view []byte, where string) {
	if bytes.IndexByte(view, '@') >= 0 {
		mails(view, func(at int, mail string) {
			if mail != s.mail && !s.index.mails[mail] {
				s.leak(Address, where, at)
			}
		})
	}
	numbersIn(view, func(at int, n string) {
		if !s.index.numbers[n] {
			s.leak(Number, where, at)
		}
	})
}

func (s *scanner) leak(rule Rule, where string, at int) {
	l := Leak{rule, where, at}
	if len(s.leaks) < most && !slices.Contains(s.leaks, l) {
		s.leaks = append(s.leaks, l)
	}
}
