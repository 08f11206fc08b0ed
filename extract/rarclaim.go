package extract

import "encoding/binary"

// rarClaims is what the headers of an archive ask for: the module that reads
// archives grants it.
type rarClaims struct {
	dictionary int64 // bytes, at most
	model      int64 // bytes for predicting text, at most
	rounds     int64 // of hashing, for the first key
	keys       int64 // the same, for all keys that differ from the one before
	locked     bool  // something needs a password
	hidden     bool  // headers do, so that they do not tell all

	salt string // of the last key
}

// Rounds of hashing that keys of RAR need. Since RAR 5 the archive states a
// power of two; all makers of archives use the fifteenth.
const (
	fourRounds  = 1 << 18
	mostPower   = 24
	hiddenTable = 64 << 20 // for a dictionary, where headers do not tell
)

// claims walks all headers.
func (v *rarVolume) claims(most int) rarClaims {
	var sign [8]byte
	c := rarClaims{}
	if n, _ := v.f.ReadAt(sign[:], 0); n < 8 {
		return c
	}
	switch {
	case string(sign[6:]) == "\x01\x00":
		c.five(v, most)
	case sign[6] == 0:
		c.four(v, most)
	}
	if c.hidden {
		c.dictionary = hiddenTable
	}
	return c
}

// add adds what another volume asks for.
func (c *rarClaims) add(v rarClaims) {
	c.dictionary, c.model = max(c.dictionary, v.dictionary), max(c.model, v.model)
	c.locked, c.hidden = c.locked || v.locked, c.hidden || v.hidden
	if c.rounds == 0 {
		c.rounds = v.rounds
	}
	c.keys += v.keys
}

// key notes a key.
func (c *rarClaims) key(salt string, rounds int64) {
	c.locked = true
	if c.rounds == 0 {
		c.rounds = rounds
	}
	if salt != c.salt {
		c.salt = salt
		c.keys += rounds
	}
}

// five walks the blocks of RAR 5.
func (c *rarClaims) five(v *rarVolume, most int) {
	n := 0
	for b := range v.fiveBlocks() {
		if n++; n > most {
			return
		}
		switch b.kind {
		case fiveLock:
			c.locked, c.hidden = true, true
			b.header.number()
			b.header.number()
			c.lock(b.header)
			return
		case fiveFile, fiveService:
			c.fiveFile(b.header, min(b.extra, uint64(len(b.header.b))))
		}
	}
}

// fiveFile reads the header of a file, whose last bytes are extra.
func (c *rarClaims) fiveFile(h *rarHeader, extra uint64) {
	more := &rarHeader{b: h.b[uint64(len(h.b))-extra:]}
	what, unpacked := h.number(), h.number()
	h.number() // attributes
	if what&2 != 0 {
		h.skip(4)
	}
	if what&4 != 0 {
		h.skip(4)
	}
	packing := h.number()
	if packing>>7&7 != 0 {
		size := int64(0x20000) << (packing >> 10 & 31)
		if packing&63 == 0 {
			size = 0x20000 << (packing >> 10 & 15)
		}
		size += size / 32 * int64(packing>>15&31)
		if packing&64 == 0 && what&8 == 0 { // nothing goes before, and the size is known
			size = min(size, int64(min(unpacked, 1<<62)))
		}
		c.dictionary = max(c.dictionary, size)
	}
	for !more.short && len(more.b) > 0 {
		record := &rarHeader{b: more.skip(int(min(more.number(), maxRARHeader)))}
		if record.number() == 1 {
			record.number()
			record.number()
			c.lock(record)
		}
	}
}

// lock reads how a key is made.
func (c *rarClaims) lock(h *rarHeader) {
	c.locked = true
	b := h.skip(17)
	if h.short {
		return
	}
	power := b[0]
	if power > mostPower {
		return // the module refuses it
	}
	c.key(string(b), 2<<power)
}

// four walks the blocks of the versions before.
func (c *rarClaims) four(v *rarVolume, most int) {
	const flagLocked = 0x80
	n := 0
	for b := range v.fourBlocks() {
		if n++; n > most {
			return
		}
		switch h := b.header.b; {
		case b.kind == fourMain && b.flags&flagLocked != 0:
			c.hidden = true
			c.key("", fourRounds)
			return
		case (b.kind == fourFile || b.kind == fourService) && len(h) >= 32:
			c.fourFile(v, h, uint16(b.flags), b.at+int64(len(h)))
		}
	}
}

// fourFile reads the header of a file whose data stands at an offset.
func (c *rarClaims) fourFile(v *rarVolume, b []byte, flags uint16, at int64) {
	version, method := b[24], b[25]
	if method == 0x30 {
		return
	}
	c.dictionary = max(c.dictionary, 0x10000<<(flags>>5&7))
	if flags&4 != 0 {
		salt := ""
		if flags&0x400 != 0 {
			from := 32 + int(binary.LittleEndian.Uint16(b[26:]))
			if flags&0x100 != 0 {
				from += 8
			}
			salt = string(b[min(len(b), from):min(len(b), from+8)])
		}
		c.key("+"+salt, fourRounds)
		return
	}
	// Data that begins so is packed by a model of text, in up to 256 MiB.
	if first := v.bytes(at, 2); version >= 29 && len(first) == 2 && first[0]&0xA0 == 0xA0 {
		c.model = max(c.model, (int64(first[1])+1)<<20*4/3)
	}
}
