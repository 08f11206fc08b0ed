package extract

import "math/bits"

// Before 1997 the office programs masked what they locked with sixteen bytes
// made of the password: [MS-OFFCRYPTO] 2.3.7.

// xorKey unmasks a stream.
type xorKey struct {
	mask [16]byte
	word bool // as Word does it; else as Excel
}

// xorFill takes the place of what a password has less than sixteen bytes.
const xorFill = "\xBB\xFF\xFF\xBA\xFF\xFF\xB9\x80\x00\xBE\x0F\x00\xBF\x0F\x00"

// openXOR makes the key; nil where the password does not fit what the file says
// of it.
func openXOR(password string, key, sum int, word bool) *xorKey {
	p := appendNarrow(password)
	if len(p) == 0 || xorWord(p) != key || xorSum(p) != sum {
		return nil
	}
	k := &xorKey{word: word}
	turn := 2
	if word {
		turn = 7
	}
	n := copy(k.mask[:], p)
	copy(k.mask[n:], xorFill)
	for i := range k.mask {
		k.mask[i] = bits.RotateLeft8(k.mask[i]^byte(key>>(8*(i&1))), turn)
	}
	return k
}

// appendNarrow gives the bytes of a password's characters, fifteen at most.
func appendNarrow(password string) []byte {
	var p []byte
	for _, c := range password {
		b := byte(c)
		if b == 0 {
			b = byte(c >> 8)
		}
		if p = append(p, b); len(p) == 15 {
			break
		}
	}
	return p
}

// xorWord is the key that a password makes.
func xorWord(p []byte) int {
	next := func(v uint16) uint16 {
		if v = bits.RotateLeft16(v, 1); v&1 != 0 {
			v ^= 0x1020
		}
		return v
	}
	key, base, end := uint16(0), uint16(0x8000), uint16(0xFFFF)
	for i := len(p) - 1; i >= 0; i-- {
		c := p[i] & 0x7F
		for range 8 {
			if base = next(base); c&1 != 0 {
				key ^= base
			}
			c >>= 1
			end = next(end)
		}
	}
	return int(key ^ end)
}

// xorSum is what a file keeps to tell whether a password fits.
func xorSum(p []byte) int {
	sum := len(p) ^ 0xCE4B
	for i, c := range p {
		n := (i + 1) % 15
		v := int(c) << n
		sum ^= (v | v>>15) & 0x7FFF
	}
	return sum
}

// apply unmasks data whose first byte falls on a place in the mask.
func (k *xorKey) apply(data []byte, at int64) {
	for i, c := range data {
		m := k.mask[(at+int64(i))&15]
		if !k.word {
			data[i] = bits.RotateLeft8(c, 3) ^ m
		} else if c != 0 && c != m { // neither zero nor what would become so is masked
			data[i] = c ^ m
		}
	}
}
