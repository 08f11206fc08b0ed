package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// Purpose is what a key that was derived from another is for. Two purposes
// never share a key, so what leaks of one says nothing of the others.
type Purpose string

// Every purpose there is. The number is the format's: a change of what a
// purpose seals, or how, is a new purpose.
const (
	ForWraps    Purpose = "klarlagt/wraps/1"    // keys under a key
	ForRows     Purpose = "klarlagt/rows/1"     // values in the database; one key a table
	ForParts    Purpose = "klarlagt/parts/1"    // part files; one key a file
	ForBlind    Purpose = "klarlagt/blind/1"    // the blind index
	ForSalts    Purpose = "klarlagt/salts/1"    // the salts of what the journal commits to
	ForRegister Purpose = "klarlagt/register/1" // the keyed index of the organisation's registers
)

// Purposes lists every purpose.
func Purposes() []Purpose {
	return []Purpose{ForWraps, ForRows, ForParts, ForBlind, ForSalts, ForRegister}
}

// For derives the key for one purpose and, within it, for one context (a table,
// a file), by HKDF with SHA-256 (RFC 5869). It is no key where k is none.
func (k Key) For(p Purpose, context ...string) Key {
	if k.IsZero() {
		return Key{}
	}
	info := field(nil, string(p))
	for _, c := range context {
		info = field(info, c)
	}
	out, err := hkdf.Key(sha256.New, k.secret()[:], nil, string(info), KeySize)
	if err != nil {
		panic("seal: " + err.Error()) // only lengths beyond what HKDF gives
	}
	return hold((*[KeySize]byte)(out))
}

// field appends a text behind its length, so that no two lists of texts give
// the same bytes.
func field(b []byte, text string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}
