package journal

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// timeLayout has six decimals always, so that a time has one form.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// maxLine is more than the longest line: nine texts and all commitments.
const maxLine = 16 << 10

// Line is the record's one encoding: a line of JSON without its newline. All
// fields are there, in this order, without blanks:
//
//	{"v":1,"seq":12,"at":"2026-11-22T01:12:27.000000Z","tenant":"t1","case":"c7",
//	"who":"u4","session":"s9","origin":"inside","act":"reveal","object":"person:81",
//	"purpose":"question","verdict":"done","commitments":[{"of":"national-id","hash":"6f2c…"}]}
//
// v is the version of this encoding. The line is what is hashed, so it never
// changes for a record that is written.
func (r Record) Line() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, 256+128*len(r.Commitments)), `{"v":1,"seq":`...)
	b = strconv.AppendInt(b, r.Seq, 10)
	text := func(name, value string) {
		b = append(b, `,"`...)
		b = append(b, name...)
		b = append(b, `":"`...)
		b = append(b, value...)
		b = append(b, '"')
	}
	text("at", r.At.UTC().Format(timeLayout))
	text("tenant", r.Tenant)
	text("case", r.Case)
	text("who", r.Who)
	text("session", r.Session)
	text("origin", r.Origin)
	text("act", r.Act)
	text("object", r.Object)
	text("purpose", r.Purpose)
	text("verdict", string(r.Verdict))
	b = append(b, `,"commitments":[`...)
	for i, c := range r.Commitments {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"of":"`...)
		b = append(b, c.Of...)
		b = append(b, `","hash":"`...)
		b = hex.AppendEncode(b, c.Hash[:])
		b = append(b, `"}`...)
	}
	return append(b, `]}`...), nil
}

// ParseLine reads a line. It takes the one encoding and nothing else: what it
// gives makes the same line again. An error wraps ErrRecord.
func ParseLine(line []byte) (Record, error) {
	if len(line) > maxLine {
		return Record{}, fmt.Errorf("%d bytes: %w", len(line), ErrRecord)
	}
	c := cursor{rest: line}
	var r Record
	var err error
	c.literal(`{"v":1,"seq":`)
	r.Seq, err = strconv.ParseInt(c.until(','), 10, 64)
	c.bad = c.bad || err != nil
	c.literal(`"at":"`)
	r.At, err = time.Parse(timeLayout, c.until('"'))
	c.bad = c.bad || err != nil
	for _, f := range []struct {
		before string
		to     *string
	}{
		{`,"tenant":"`, &r.Tenant}, {`,"case":"`, &r.Case}, {`,"who":"`, &r.Who},
		{`,"session":"`, &r.Session}, {`,"origin":"`, &r.Origin}, {`,"act":"`, &r.Act},
		{`,"object":"`, &r.Object}, {`,"purpose":"`, &r.Purpose}, {`,"verdict":"`, (*string)(&r.Verdict)},
	} {
		c.literal(f.before)
		*f.to = c.until('"')
	}
	c.literal(`,"commitments":[`)
	for len(r.Commitments) <= maxCommitments && c.commitment(&r) {
	}
	c.literal(`]}`)
	again, err := r.Line()
	if c.bad || err != nil || !bytes.Equal(again, line) {
		return Record{}, ErrRecord
	}
	return r, nil
}

// cursor reads a line from the left. Once it is bad it stays so.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) literal(text string) {
	if len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		c.bad = true
		return
	}
	c.rest = c.rest[len(text):]
}

func (c *cursor) until(end byte) string {
	i := bytes.IndexByte(c.rest, end)
	if i < 0 {
		c.bad = true
		return ""
	}
	text := string(c.rest[:i])
	c.rest = c.rest[i+1:]
	return text
}

// commitment reads one more commitment, if there is one.
func (c *cursor) commitment(r *Record) bool {
	if c.bad || len(c.rest) == 0 || c.rest[0] == ']' {
		return false
	}
	if len(r.Commitments) > 0 {
		c.literal(`,`)
	}
	c.literal(`{"of":"`)
	next := Commitment{Of: c.until('"')}
	c.literal(`,"hash":"`)
	hash, err := hex.DecodeString(c.until('"'))
	c.literal(`}`)
	if c.bad = c.bad || err != nil || len(hash) != len(next.Hash); c.bad {
		return false
	}
	next.Hash = [32]byte(hash)
	r.Commitments = append(r.Commitments, next)
	return true
}
