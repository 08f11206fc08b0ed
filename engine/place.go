package engine

import (
	"bytes"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

// A place is words parted by blanks: "=" if it begins with the steps of the
// mention it belongs to, then its own steps as unit:number:name (what is zero
// at the end left out), then @offset if there is one. "= 15:3 @512" is column 3
// of the mention's row, 512 bytes into its passage.

// appendPlace appends a place; base is the mention's, or the zero place.
func appendPlace(dst []byte, p, base *breach.Place) []byte {
	start := len(dst)
	depth, shared := p.Depth(), base.Depth()
	if shared > depth {
		shared = 0
	}
	for i := range shared {
		if p.Path[i] != base.Path[i] {
			shared = 0
			break
		}
	}
	if shared > 0 {
		dst = append(dst, '=')
	}
	for i := shared; i < depth; i++ {
		s := &p.Path[i]
		dst = blank(dst, start)
		dst = strconv.AppendUint(dst, uint64(s.Unit), 10)
		if s.N == 0 && s.Name.IsZero() {
			continue
		}
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, s.N, 10)
		if !s.Name.IsZero() {
			dst = append(dst, ':')
			dst = appendEscaped(dst, s.Name.Reveal(), true)
		}
	}
	if p.Offset != 0 {
		dst = append(blank(dst, start), '@')
		dst = strconv.AppendInt(dst, p.Offset, 10)
	}
	return dst
}

// blank parts a word from those before it.
func blank(dst []byte, start int) []byte {
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	return dst
}

// place reads a column that appendPlace wrote.
func (c *columns) place(base *breach.Place) (p breach.Place) {
	rest := c.next()
	depth := 0
	for len(rest) > 0 {
		word := rest
		if i := bytes.IndexByte(rest, ' '); i >= 0 {
			word, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		switch {
		case len(word) == 1 && word[0] == '=' && depth == 0:
			p.Path, depth = base.Path, base.Depth()
		case len(word) > 1 && word[0] == '@':
			p.Offset = c.number(word[1:])
		case depth < len(p.Path):
			p.Path[depth] = c.step(word)
			depth++
		default:
			c.fail("place")
		}
	}
	return p
}

// step reads one step, unit:number:name.
func (c *columns) step(word []byte) (s breach.Step) {
	unit, rest, _ := bytes.Cut(word, []byte{':'})
	n, name, _ := bytes.Cut(rest, []byte{':'})
	u := c.number(unit)
	if u <= int64(breach.NoUnit) || u > int64(breach.Bytes) {
		c.fail("unit")
		return s
	}
	s.Unit = breach.Unit(u)
	if len(n) > 0 {
		s.N = c.number(n)
	}
	if len(name) > 0 {
		s.Name = breach.Hide(c.unescape(name))
	}
	return s
}
