package extract

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// batchSize is about how much text goes to the sink at a time.
const batchSize = 64 << 10

// batch gathers lines, paragraphs or rows into passages of about 64 KiB.
type batch struct {
	out   Sink
	at    breach.Place // what the lines are in: a sheet, a table
	unit  breach.Unit  // Line, Paragraph or Row
	first int64        // number of the first line in buf
	next  int64        // number of the line that may follow in buf
	buf   []byte
}

// newBatch makes a batch of units counted from 1 at a place.
func newBatch(out Sink, at breach.Place, unit breach.Unit) *batch {
	return &batch{out: out, at: at, unit: unit, first: 1, next: 1}
}

// Add appends the next line. Newlines in it become blanks.
func (b *batch) Add(line []byte) error { return b.AddAt(b.next, line) }

// AddAt appends line number n, which must not be smaller than the numbers
// before; a gap in the numbers begins a new passage.
func (b *batch) AddAt(n int64, line []byte) error {
	if n != b.next || len(b.buf)+len(line) > batchSize {
		if err := b.Flush(); err != nil {
			return err
		}
		b.first, b.next = n, n
	}
	for len(line) > batchSize {
		cut := cutPoint(line[:batchSize])
		if err := b.Part(line[:cut]); err != nil {
			return err
		}
		line = line[cut:]
	}
	start := len(b.buf)
	b.buf = append(b.buf, line...)
	for i := start; i < len(b.buf); i++ {
		if c := b.buf[i]; c == '\n' || c == '\r' {
			b.buf[i] = ' '
		}
	}
	b.buf = append(b.buf, '\n')
	b.next++
	return nil
}

// Flush hands over what has been gathered.
func (b *batch) Flush() error {
	text := b.buf
	b.buf = b.buf[:0]
	first := b.first
	b.first = b.next
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return b.out.Text(b.at.Down(breach.Step{Unit: b.unit, N: first}), text)
}

// Part hands over part of a line too long for one passage; nothing may wait
// in the batch. Add or Skip ends the line.
func (b *batch) Part(part []byte) error {
	part = bytes.ReplaceAll(part, []byte("\n"), []byte(" "))
	return b.out.Text(b.at.Down(breach.Step{Unit: b.unit, N: b.next}), part)
}

// Skip goes on to the next number.
func (b *batch) Skip() {
	b.next++
	b.first = b.next
}

// cutPoint finds where a stretch of text can be cut without breaking a word
// or a number, and never inside a UTF-8 sequence.
func cutPoint(text []byte) int {
	for i := len(text); i > len(text)-1024 && i > 0; i-- {
		switch text[i-1] {
		case '\t', '\n', ';', ',':
			return i
		}
	}
	if i := bytes.LastIndexByte(text[max(0, len(text)-1024):], ' '); i >= 0 {
		return max(0, len(text)-1024) + i + 1
	}
	i := len(text)
	for i > len(text)-4 && i > 1 && text[i-1]&0xC0 == 0x80 {
		i--
	}
	if i > 1 && text[i-1] >= 0xC0 {
		i--
	}
	return i
}
