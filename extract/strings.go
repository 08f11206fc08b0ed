package extract

import (
	"context"
	"io"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// readStrings hands over the readable runs of bytes in something no format
// knows or could read. Runs close to each other stay together.
func readStrings(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	s := scavenger{out: out}
	return breach.Outcome{}, s.all(in.Stream())
}

const (
	shortestRun = 6  // characters worth keeping
	nearRuns    = 64 // bytes between runs that belong together
)

// scavenger gathers runs into passages.
type scavenger struct {
	out   Sink
	at    int64 // offset in the file of the data at hand
	start int64 // offset of the first run in text
	last  int64 // offset after the last run in text
	text  []byte
	run   []byte
	err   error
}

// all hands over the runs in what r gives.
func (s *scavenger) all(r io.Reader) error {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := readFull(r, buf[kept:])
		data := buf[:kept+n]
		used := s.scan(data, err != nil)
		if s.err != nil {
			return s.err
		}
		kept = copy(buf, data[used:])
		s.at += int64(used)
		if err == io.EOF {
			return s.flush()
		}
		if err != nil {
			_ = s.flush()
			return err
		}
	}
}

// scan looks for runs in data and tells how much of it is done with: a run
// that touches the end waits for more, unless it fills half the buffer.
func (s *scavenger) scan(data []byte, end bool) int {
	i := 0
	for i < len(data) && s.err == nil {
		if c := data[i]; c < ' ' && c != '\t' {
			i++
			continue
		}
		n := s.narrow(data[i:])
		if m := s.wide(data[i:]); m > 2*n && m > 0 {
			if i+m+2 >= len(data) && !end && i > len(data)/2 {
				return i
			}
			s.run = s.run[:0]
			for j := i; j < i+m; j += 2 {
				s.run = utf8.AppendRune(s.run, rune(data[j])|rune(data[j+1])<<8)
			}
			s.keep(s.at+int64(i), s.at+int64(i+m))
			i += m
			continue
		}
		if n == 0 {
			i++
			continue
		}
		if i+n+4 >= len(data) && !end && i > len(data)/2 {
			return i
		}
		s.run = appendLoose(s.run[:0], data[i:i+n])
		s.keep(s.at+int64(i), s.at+int64(i+n))
		i += n
	}
	return i
}

// narrow measures a run of letters of one byte or of UTF-8.
func (s *scavenger) narrow(data []byte) int {
	i := 0
	for i < len(data) && (data[i] >= 0x20 && data[i] < 0x7F || data[i] == '\t' || data[i] >= 0xA0) {
		i++
	}
	return i
}

// wide measures a run of UTF-16, little end first, of Latin letters.
func (s *scavenger) wide(data []byte) int {
	i := 0
	for i+1 < len(data) {
		lo, hi := data[i], data[i+1]
		switch {
		case hi == 0 && (lo >= 0x20 && lo < 0x7F || lo >= 0xA0 || lo == '\t'):
		case hi == 1 && lo < 0x80:
		default:
			return i
		}
		i += 2
	}
	return i
}

// appendLoose decodes a run as UTF-8, and as windows-1252 what is not.
func appendLoose(out, run []byte) []byte {
	for len(run) > 0 {
		r, n := utf8.DecodeRune(run)
		if r == utf8.RuneError && n <= 1 {
			r, n = candidates[0].table.DecodeByte(run[0]), 1
		}
		out = utf8.AppendRune(out, r)
		run = run[n:]
	}
	return out
}

// keep adds a run to the passage, if it looks like text.
func (s *scavenger) keep(from, to int64) {
	if !telling(s.run) {
		return
	}
	if len(s.text) > 0 && len(s.text)+len(s.run) > batchSize {
		s.err = s.flush()
	}
	switch {
	case len(s.text) == 0:
		s.start = from
	case from-s.last <= nearRuns:
		s.text = append(s.text, '\n')
	default:
		s.text = append(s.text, "\n\n"...)
	}
	s.text = append(s.text, s.run...)
	s.last = to
}

// telling reports whether a run is long enough and has a word or a number in
// it: bytes that happen to be printable seldom do.
func telling(run []byte) bool {
	if len(run) < shortestRun {
		return false
	}
	lower, upper, digits, plain := 0, 0, 0, 0
	found := false
	for _, c := range run {
		if isAlpha(c) || isDigit(c) || c == ' ' {
			plain++
		}
		switch {
		case c >= 'a' && c <= 'z':
			lower, upper, digits = lower+1, 0, 0
		case c >= 'A' && c <= 'Z':
			lower, upper, digits = 0, upper+1, 0
		case isDigit(c):
			lower, upper, digits = 0, 0, digits+1
		case c < 0x80:
			lower, upper, digits = 0, 0, 0
		}
		found = found || lower >= 4 || upper >= 5 || digits >= 5
	}
	return found && plain*4 >= len(run)*3
}

func (s *scavenger) flush() error {
	text := s.text
	s.text = s.text[:0]
	if len(text) == 0 {
		return nil
	}
	return s.out.Text(breach.At(breach.Step{Unit: breach.Bytes, N: s.start + 1}), text)
}
