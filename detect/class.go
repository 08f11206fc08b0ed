package detect

import "encoding/binary"

// The scanner first sorts all bytes into classes: a plane is one class as a
// mask of 64 bits for each block of 64 bytes, whose bit i stands for byte i.
// Which bytes can begin an identifier is then a matter of a few shifts and
// ands of planes (see candidates), and the text is looked at again only there.

// The planes.
const (
	planeDigit   = iota // 0–9
	planeSep            // what may part groups of digits: blank - . / +
	planeBlank          // blank
	planeWord           // A–Z, a–z and every byte of a character beyond ASCII
	planeUpper          // A–Z and 0xC3–0xC5, the first byte of Å Ä Ö É Š Ž… (and of their small letters: more than need be)
	planeStart          // 0 + @: what telephone numbers begin with, and what tells the signs of planeLow apart
	planeLow            // 0 1 @ = : the first digit of a month; the sign of an e-mail address, those behind a label
	planeBetween        // what may stand between two names: blank , ; . _ - " ' | tab LF CR
	planes
)

// window is how many blocks are classified before their candidates are judged.
const window = 64

// masks holds the planes of one window, each in a row: one block before it, its
// blocks, and one after, so that shifts across the ends find their neighbours.
// The rest of a row is there for vectors, which take four blocks at a time.
type masks [planes][rowBlocks]uint64

const rowBlocks = window + 8

// classTable tells the classes of a byte: byte p of the entry is 1 if it
// belongs to plane p.
type classTable [256]uint64

var classes = newClassTable()

func newClassTable() *classTable {
	var t classTable
	set := func(plane int, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= 1 << (8 * plane)
		}
	}
	set(planeDigit, "0123456789")
	set(planeSep, " -./+")
	set(planeBlank, " ")
	set(planeStart, "0+@")
	set(planeLow, "01@=:")
	set(planeBetween, " ,;._-\"'|\t\n\r")
	for c := range 256 {
		upper := 'A' <= c && c <= 'Z'
		if upper || 'a' <= c && c <= 'z' || c >= 0x80 {
			t[c] |= 1 << (8 * planeWord)
		}
		if upper || c >= 0xC3 && c <= 0xC5 {
			t[c] |= 1 << (8 * planeUpper)
		}
	}
	return &t
}

// rowTables are the class table for each of eight bytes in a row: that of byte
// i has its bits i further up, so that eight of them can be joined.
var rowTables = func() *[8]classTable {
	var t [8]classTable
	for i := range t {
		for c, mask := range classes {
			t[i][c] = mask << i
		}
	}
	return &t
}()

// row gives the classes of eight bytes: byte p holds their bits of plane p.
func row(t *[8]classTable, b []byte) uint64 {
	w := binary.LittleEndian.Uint64(b)
	return t[0][byte(w)] | t[1][byte(w>>8)] | t[2][byte(w>>16)] | t[3][byte(w>>24)] |
		t[4][byte(w>>32)] | t[5][byte(w>>40)] | t[6][byte(w>>48)] | t[7][byte(w>>56)]
}

// tier is one way to do the work that every byte costs: all give the same
// masks, some machines can run faster ones.
type tier struct {
	name string

	// classify fills the planes of n blocks, from the given block of the masks
	// on, with the classes of 64 bytes of text each.
	classify func(m *masks, from, n int, text []byte)

	// numbers fills dst with the candidates for numbers of the n blocks after
	// the first of the masks.
	numbers func(dst *[window]uint64, m *masks, n int)
}

// portable runs everywhere.
var portable = tier{"table", classifyTable, numbersTable}

// classifyTable classifies eight rows of eight bytes each, and turns them into
// columns.
func classifyTable(m *masks, from, n int, text []byte) {
	const low = 0xFFFFFFFF
	t := rowTables
	for i := range n {
		b, at := (*[64]byte)(text[64*i:]), from+i
		r0, r1 := swap8(row(t, b[0:8]), row(t, b[8:16]))
		r2, r3 := swap8(row(t, b[16:24]), row(t, b[24:32]))
		r0, r2 = swap16(r0, r2)
		r1, r3 = swap16(r1, r3)
		r4, r5 := swap8(row(t, b[32:40]), row(t, b[40:48]))
		r6, r7 := swap8(row(t, b[48:56]), row(t, b[56:64]))
		r4, r6 = swap16(r4, r6)
		r5, r7 = swap16(r5, r7)
		m[0][at], m[4][at] = r0&low|r4<<32, r0>>32|r4&^low
		m[1][at], m[5][at] = r1&low|r5<<32, r1>>32|r5&^low
		m[2][at], m[6][at] = r2&low|r6<<32, r2>>32|r6&^low
		m[3][at], m[7][at] = r3&low|r7<<32, r3>>32|r7&^low
	}
}

// swap8 exchanges the odd bytes of a with the even bytes of b.
func swap8(a, b uint64) (uint64, uint64) {
	const even = 0x00FF00FF00FF00FF
	return a&even | b&even<<8, a>>8&even | b&^even
}

// swap16 does the same with pairs of bytes.
func swap16(a, b uint64) (uint64, uint64) {
	const even = 0x0000FFFF0000FFFF
	return a&even | b&even<<16, a>>16&even | b&^even
}
