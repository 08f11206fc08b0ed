package extract

import (
	"bytes"
	"io"
)

// alphabet passes on the letters of base64 in whole groups of four, whatever
// stands between them, and makes up for padding that is missing: a decoder
// behind it never meets an error in the middle.
type alphabet struct {
	r     io.Reader
	buf   [4096]byte
	group []byte // letters not yet given
	err   error
}

func (a *alphabet) Read(p []byte) (int, error) {
	for len(a.group) < 4 && a.err == nil {
		n, err := a.r.Read(a.buf[:])
		a.err = err
		for _, c := range a.buf[:n] {
			if isAlpha(c) || isDigit(c) || c == '+' || c == '/' {
				a.group = append(a.group, c)
			}
		}
	}
	if a.err != nil {
		switch len(a.group) & 3 {
		case 1: // no byte
			a.group = a.group[:len(a.group)-1]
		case 2:
			a.group = append(a.group, "=="...)
		case 3:
			a.group = append(a.group, '=')
		}
	}
	if len(a.group) == 0 {
		return 0, a.err
	}
	n := copy(p, a.group[:len(a.group)&^3])
	a.group = a.group[:copy(a.group, a.group[n:])]
	return n, nil
}

// quotedPrintable decodes RFC 2045 6.7, and passes on what is not of it.
type quotedPrintable struct {
	r   io.Reader
	buf []byte // decoded
	in  []byte // not yet
	err error
}

func (q *quotedPrintable) Read(p []byte) (int, error) {
	for len(q.buf) == 0 {
		if q.err != nil && len(q.in) == 0 {
			return 0, q.err
		}
		if q.err == nil {
			var part [4096]byte
			n, err := readFull(q.r, part[:])
			q.in = append(q.in, part[:n]...)
			q.err = err
		}
		q.decode()
	}
	n := copy(p, q.buf)
	q.buf = q.buf[n:]
	return n, nil
}

// decode takes what it can from in; an escape that is cut off waits for more.
func (q *quotedPrintable) decode() {
	out := q.buf[:0]
	in := q.in
	for len(in) > 0 {
		c := in[0]
		if c != '=' {
			out = append(out, c)
			in = in[1:]
			continue
		}
		if len(in) < 3 && q.err == nil {
			break
		}
		if n := softBreak(in); n > 0 {
			in = in[n:]
			continue
		}
		if len(in) >= 3 {
			if hi, lo := unhex(in[1]), unhex(in[2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				in = in[3:]
				continue
			}
		}
		out = append(out, c)
		in = in[1:]
	}
	q.buf = out
	q.in = append(q.in[:0], in...)
}

// softBreak measures an equals sign that ends a line, blanks included.
func softBreak(in []byte) int {
	rest := bytes.TrimLeft(in[1:], " \t")
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return len(in) - len(rest) + 2
	case bytes.HasPrefix(rest, []byte("\n")):
		return len(in) - len(rest) + 1
	case len(rest) == 0:
		return len(in)
	}
	return 0
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
