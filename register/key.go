package register

import (
	"encoding/binary"
	"math/bits"

	"github.com/klarlagt/klarlagt/breach"
)

// Secret keys the index of one case and is destroyed with it. It keeps
// outsiders from aiming collisions at the table; it does not make an index
// safe to publish, for national identity numbers can be tried one by one.
type Secret [32]byte

// keyer makes 64-bit keys of values under a secret: two rounds of a 64 × 64
// bit multiplication whose halves are folded together. Fast, not cryptographic.
type keyer struct{ a, b, c, d uint64 }

func newKeyer(s Secret) keyer {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(s[8*i:]) }
	// The constants, digits of pi, give even a poor secret enough bits to mix
	// well. Odd, so that no multiplication loses bits for good.
	return keyer{
		(word(0) ^ 0x243F6A8885A308D3) | 1, (word(1) ^ 0x13198A2E03707344) | 1,
		(word(2) ^ 0xA4093822299F31D0) | 1, (word(3) ^ 0x082EFA98EC4E6C89) | 1,
	}
}

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// hash is the key of bytes of one kind.
func (k keyer) hash(kind breach.Kind, text []byte) uint64 {
	h := k.c ^ uint64(kind)
	n := len(text)
	for len(text) >= 8 {
		h = fold(h^binary.LittleEndian.Uint64(text)^k.a, k.b)
		text = text[8:]
	}
	var last uint64
	for i, c := range text {
		last |= uint64(c) << (8 * i)
	}
	return fold(fold(h^last^k.a, k.b)^uint64(n), k.d)
}

// word is the key of one word of a name, whatever its case.
func (k keyer) word(w []byte) uint64 {
	var buf [maxWord]byte
	return k.hash(breach.Name, foldWord(buf[:0], w))
}

// pair joins the keys of two words of a name, in either order.
func (k keyer) pair(a, b uint64) uint64 { return fold(a+b^k.c, k.d) }
