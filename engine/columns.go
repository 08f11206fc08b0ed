package engine

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/klarlagt/klarlagt/breach"
)

// columns reads one row column by column. The first thing wrong stays in err,
// and everything after it reads as nothing: whoever reads looks at err once.
type columns struct {
	rest  []byte
	over  bool // no column left
	err   error
	buf   []byte            // of unescape
	words map[string]string // the few words that come again and again
}

// maxWords bounds words, whatever a hostile worker sends.
const maxWords = 256

// start begins a row.
func (c *columns) start(line []byte) {
	c.rest, c.over, c.err = line, false, nil
}

// fail notes that a column does not read as what it should be.
func (c *columns) fail(what string) {
	if c.err == nil {
		c.err = fmt.Errorf("bad %s", what)
	}
	c.rest, c.over = nil, true
}

// next is the next column as it stands.
func (c *columns) next() []byte {
	if c.over {
		c.fail("row: too few columns")
		return nil
	}
	i := bytes.IndexByte(c.rest, '\t')
	if i < 0 {
		column := c.rest
		c.rest, c.over = nil, true
		return column
	}
	column := c.rest[:i]
	c.rest = c.rest[i+1:]
	return column
}

// done says what was wrong with the row, if anything.
func (c *columns) done() error {
	if c.err == nil && !c.over {
		return errors.New("bad row: too many columns")
	}
	return c.err
}

// number reads a decimal.
func (c *columns) number(b []byte) int64 {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		c.fail("number")
		return 0
	}
	var n uint64
	for _, d := range digits {
		if d -= '0'; d > 9 {
			c.fail("number")
			return 0
		}
		n = n*10 + uint64(d)
	}
	if len(digits) < len(b) {
		if n > -math.MinInt64 {
			c.fail("number")
		}
		return -int64(n)
	}
	if n > math.MaxInt64 {
		c.fail("number")
	}
	return int64(n)
}

// int is the next column as a number.
func (c *columns) int() int64 { return c.number(c.next()) }

// count is the next column as a number that is not negative and fits an int.
func (c *columns) count() int {
	n := c.int()
	if n < 0 || n > math.MaxInt32 {
		c.fail("count")
		return 0
	}
	return int(n)
}

// word is the next column as a string of which there are few.
func (c *columns) word() string {
	b := c.next()
	if len(b) == 0 {
		return ""
	}
	if w, ok := c.words[string(b)]; ok {
		return w
	}
	w := c.unescape(b)
	if len(b) <= 64 && len(c.words) < maxWords {
		if c.words == nil {
			c.words = map[string]string{}
		}
		c.words[string(b)] = w
	}
	return w
}

// text is the next column as a string.
func (c *columns) text() string { return c.unescape(c.next()) }

// personal is the next column as somebody's value.
func (c *columns) personal() breach.Personal { return breach.Hide(c.text()) }

// unescape gives what a column stands for.
func (c *columns) unescape(b []byte) string { return string(c.unescaped(b)) }

// unescaped gives what a column stands for, until the next call.
func (c *columns) unescaped(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	var err error
	if c.buf, err = appendUnescaped(c.buf[:0], b); err != nil {
		c.fail("escape")
		return nil
	}
	return c.buf
}
