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
	planeStart          // 0 +: what telephone numbers begin with
	planeLow            // 0 1 @: the first digit of a month; the sign of an e-mail address
	planeBetween        // what may stand between two names: blank , ; . _ - " ' | tab LF CR
	planes
)

// window is how many blocks are classified before their candidates are judged.
const window = 64

// masks holds the planes of one window, with one block before it and one
// after, so that shifts across the ends find their neighbours.
type masks [window + 2][planes]uint64

// classTable tells the classes of a byte: one byte of the entry for each
// plane, 1 if the byte belongs to it.
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
	set(planeStart, "0+")
	set(planeLow, "01@")
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

// classify fills the planes of whole blocks of 64 bytes.
func classify(dst [][planes]uint64, text []byte) {
	t := classes
	for i := range dst {
		b := text[64*i : 64*i+64 : 64*i+64]
		var rows [8]uint64 // for eight bytes: the byte of each plane holds their bits
		for j := range rows {
			w := binary.LittleEndian.Uint64(b[8*j:])
			rows[j] = t[byte(w)] | t[byte(w>>8)]<<1 | t[byte(w>>16)]<<2 | t[byte(w>>24)]<<3 |
				t[byte(w>>32)]<<4 | t[byte(w>>40)]<<5 | t[byte(w>>48)]<<6 | t[byte(w>>56)]<<7
		}
		transpose(&dst[i], &rows)
	}
}

// transpose turns eight rows of eight bytes into eight columns.
func transpose(dst, r *[8]uint64) {
	a0, a1 := swap8(r[0], r[1])
	a2, a3 := swap8(r[2], r[3])
	a4, a5 := swap8(r[4], r[5])
	a6, a7 := swap8(r[6], r[7])
	b0, b2 := swap16(a0, a2)
	b1, b3 := swap16(a1, a3)
	b4, b6 := swap16(a4, a6)
	b5, b7 := swap16(a5, a7)
	dst[0], dst[4] = b0&0xFFFFFFFF|b4<<32, b0>>32|b4&^0xFFFFFFFF
	dst[1], dst[5] = b1&0xFFFFFFFF|b5<<32, b1>>32|b5&^0xFFFFFFFF
	dst[2], dst[6] = b2&0xFFFFFFFF|b6<<32, b2>>32|b6&^0xFFFFFFFF
	dst[3], dst[7] = b3&0xFFFFFFFF|b7<<32, b3>>32|b7&^0xFFFFFFFF
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
