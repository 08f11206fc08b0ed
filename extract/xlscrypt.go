package extract

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/binary"
	"io"
)

// everybody is the password of workbooks that are locked for nobody: Excel
// uses it where a person protects the layout of a workbook, and opens the file
// without asking.
const everybody = "VelvetSweatshop"

// bookKey unlocks the records of a workbook: [MS-XLS] 2.2.10. Each block of
// 1,024 bytes of the stream has a key of its own.
type bookKey struct {
	of    func(block uint32) []byte
	block int64 // that pad is of; -1 for none
	pad   [1024]byte
}

// unlock finds the key among passwords; nil if none fits.
func unlock(filePass []byte, passwords []string) *bookKey {
	for _, p := range append([]string{everybody}, passwords...) {
		password := appendWide(nil, p)
		for _, try := range []func([]byte, []byte) *bookKey{basicKey, providerKey} {
			if k := try(filePass, password); k != nil {
				return k
			}
		}
	}
	return nil
}

func appendWide(to []byte, s string) []byte {
	for _, c := range s {
		to = binary.LittleEndian.AppendUint16(to, uint16(c))
	}
	return to
}

// basicKey is the key of Excel 97: [MS-OFFCRYPTO] 2.3.6.
func basicKey(b, password []byte) *bookKey {
	if u16(b, 0) != 1 || u16(b, 2) != 1 || u16(b, 4) != 1 || len(b) < 54 {
		return nil
	}
	first := md5.Sum(password)
	second := md5.Sum(bytes.Repeat(append(first[:5:5], b[6:22]...), 16))
	k := &bookKey{block: -1, of: func(block uint32) []byte {
		key := md5.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(second[:5]), block))
		return key[:]
	}}
	verifier := bytes.Clone(b[22:54])
	k.apply(verifier, 0)
	if sum := md5.Sum(verifier[:16]); !bytes.Equal(sum[:], verifier[16:]) {
		return nil
	}
	return k
}

// providerKey is the key of Excel 2002 and 2003: [MS-OFFCRYPTO] 2.3.5.
func providerKey(b, password []byte) *bookKey {
	if u16(b, 0) != 1 || u16(b, 2) < 2 || u16(b, 4) != 2 {
		return nil
	}
	at := 14 + int64(u32(b, 10)) // after a header of that size
	if at+60 > int64(len(b)) || u32(b, int(at)) != 16 {
		return nil
	}
	v := b[at+4:]
	bits := u32(b, 14+16)
	if bits == 0 {
		bits = 40
	}
	if bits > 128 || bits < 40 {
		return nil
	}
	first := sha1.Sum(append(bytes.Clone(v[:16]), password...))
	k := &bookKey{block: -1, of: func(block uint32) []byte {
		sum := sha1.Sum(binary.LittleEndian.AppendUint32(bytes.Clone(first[:]), block))
		key := make([]byte, 16)
		copy(key, sum[:bits/8])
		if bits > 40 {
			key = key[:bits/8]
		}
		return key
	}}
	verifier := append(bytes.Clone(v[16:32]), v[36:56]...)
	k.apply(verifier, 0)
	if sum := sha1.Sum(verifier[:16]); !bytes.Equal(sum[:], verifier[16:]) {
		return nil
	}
	return k
}

// apply unlocks data that stands at an offset of the stream.
func (k *bookKey) apply(data []byte, at int64) {
	for i := range data {
		if block := at >> 10; block != k.block {
			k.block = block
			clear(k.pad[:])
			if c, err := rc4.NewCipher(k.of(uint32(block))); err == nil {
				c.XORKeyStream(k.pad[:], k.pad[:])
			}
		}
		data[i] ^= k.pad[at&1023]
		at++
	}
}

// record unlocks the data of a record, as far as it is locked.
func (k *bookKey) record(kind int, data []byte, at int64) {
	switch kind {
	case 0x809, 0x02F, 0x0E1, 0x194, 0x195, 0x196, 0x138:
		return
	case 0x085: // where the sheet begins
		skip := min(len(data), 4)
		data, at = data[skip:], at+int64(skip)
	}
	k.apply(data, at)
}

// unlocked reads a stream all of whose bytes are locked.
type unlocked struct {
	r   io.ReaderAt
	key *bookKey
}

func (u unlocked) ReadAt(p []byte, off int64) (int, error) {
	n, err := u.r.ReadAt(p, off)
	u.key.apply(p[:n], off)
	return n, err
}
