package extract

import (
	"bytes"
	"crypto/md5"  // #nosec G501 -- old files are locked with it
	"crypto/rc4"  // #nosec G503 -- old files are locked with it
	"crypto/sha1" // #nosec G505 -- old files are locked with it
	"encoding/binary"
)

// The office programs of 1997 to 2003 lock what they write with RC4, in blocks
// that have keys of their own: [MS-OFFCRYPTO] 2.3.5 and 2.3.6.

// rc4Key unlocks a stream.
type rc4Key struct {
	of    func(block uint32) []byte
	shift uint   // of the size of a block: 512 bytes of a document, 1,024 of a workbook
	pad   []byte // of one block
	block int64  // that it is of; -1 for none
}

func newRC4Key(shift uint, of func(block uint32) []byte) *rc4Key {
	return &rc4Key{of: of, shift: shift, block: -1, pad: make([]byte, 1<<shift)}
}

// findRC4 reads what stands before what is locked, from the version on, and
// finds the key among the passwords; nil if none fits.
func (in *Input) findRC4(info []byte, shift uint) *rc4Key {
	var k *rc4Key
	in.password(cheapTry, func(p string) bool {
		k = openRC4(info, p, shift)
		return k != nil
	})
	return k
}

func openRC4(info []byte, password string, shift uint) *rc4Key {
	wide := appendWide(nil, password)
	switch major, minor := u16(info, 0), u16(info, 2); {
	case major == 1 && minor == 1:
		return basicKey(info, wide, shift)
	case major >= 2 && minor == 2:
		return providerKey(info, wide, shift)
	}
	return nil
}

// basicKey is the key of Office 97: [MS-OFFCRYPTO] 2.3.6.
func basicKey(b, password []byte, shift uint) *rc4Key {
	if len(b) < 52 {
		return nil
	}
	first := md5.Sum(password)                                           // #nosec G401 -- the file's own format asks for it
	second := md5.Sum(bytes.Repeat(append(first[:5:5], b[4:20]...), 16)) // #nosec G401 -- the file's own format asks for it
	k := newRC4Key(shift, func(block uint32) []byte {
		key := md5.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(second[:5]), block)) // #nosec G401 -- the file's own format asks for it
		return key[:]
	})
	verifier := bytes.Clone(b[20:52])
	k.apply(verifier, 0)
	// #nosec G401 -- the file's own format asks for it
	if sum := md5.Sum(verifier[:16]); !bytes.Equal(sum[:], verifier[16:]) {
		return nil
	}
	return k
}

// providerKey is the key of Office 2002 and 2003: [MS-OFFCRYPTO] 2.3.5.
func providerKey(b, password []byte, shift uint) *rc4Key {
	at := 12 + int64(u32(b, 8)) // after a header of that size
	if at+60 > int64(len(b)) || u32(b, int(at)) != 16 {
		return nil
	}
	v := b[at+4:]
	bits := u32(b, 12+16)
	if bits == 0 {
		bits = 40
	}
	if bits > 128 || bits < 40 {
		return nil
	}
	first := sha1.Sum(append(bytes.Clone(v[:16]), password...)) // #nosec G401 -- the file's own format asks for it
	k := newRC4Key(shift, func(block uint32) []byte {
		sum := sha1.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(first[:]), block)) // #nosec G401 -- the file's own format asks for it
		key := make([]byte, 16)
		copy(key, sum[:bits/8])
		if bits > 40 {
			key = key[:bits/8]
		}
		return key
	})
	verifier := append(bytes.Clone(v[16:32]), v[36:56]...)
	k.apply(verifier, 0)
	// #nosec G401 -- the file's own format asks for it
	if sum := sha1.Sum(verifier[:16]); !bytes.Equal(sum[:], verifier[16:]) {
		return nil
	}
	return k
}

// apply unlocks data that stands at an offset of the stream.
func (k *rc4Key) apply(data []byte, at int64) {
	for i := range data {
		if block := at >> k.shift; block != k.block {
			k.block = block
			clear(k.pad)
			// #nosec G405 -- the file's own format asks for it
			if c, err := rc4.NewCipher(k.of(uint32(block))); err == nil {
				c.XORKeyStream(k.pad, k.pad)
			}
		}
		data[i] ^= k.pad[at&int64(len(k.pad)-1)]
		at++
	}
}

func appendWide(to []byte, s string) []byte {
	for _, c := range s {
		to = binary.LittleEndian.AppendUint16(to, uint16(c))
	}
	return to
}
