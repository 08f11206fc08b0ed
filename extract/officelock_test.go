package extract_test

import (
	"bytes"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/hex"
	"math/bits"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// maskOfABC is what the password abc makes, as other programs have it: the key,
// the sum and the mask of [MS-OFFCRYPTO] 2.3.7.2.
var maskOfABC = struct {
	key, sum uint16
	mask     string
}{20810, 52250, "ACCCA4ABD6BAC3BAD6A32B45D37929BB"}

// opens checks that a file is read with its password, after one that does not
// fit, and not without.
func opens(t *testing.T, name string, file []byte, password string, passages ...string) {
	t.Helper()
	for state, given := range map[breach.State][]string{breach.Read: {"fel", password}, breach.Encrypted: {"fel", password + "x"}} {
		a := walk(t, name, file, extract.Limits{Passwords: given})
		if e := a.items[0]; e.State != state {
			t.Errorf("with %q it is %s %s", given, e.State, e.Reason)
		} else if state == breach.Read {
			expect(t, e.Passages, passages...)
		}
	}
}

// maskRecords masks records as Excel does.
func maskRecords(book []byte, from int) []byte {
	mask, err := hex.DecodeString(maskOfABC.mask)
	if err != nil {
		panic(err)
	}
	for at := from; at < len(book); {
		size := int(book[at+2]) | int(book[at+3])<<8
		for i := range size {
			if c := &book[at+4+i]; book[at] != 0x09 || book[at+1] != 8 {
				*c = bits.RotateLeft8(*c^mask[(at+4+size+i)&15], 5)
			}
		}
		at += 4 + size
	}
	return book
}

func TestMaskedOldExcel(t *testing.T) {
	rest := le(record(0x0A, nil), begin97(16), cellRecord(0x204, 0, 0, text97("Anna Ask")), cellRecord(0x204, 1, 0, text97("Bo Ek")), record(0x0A, nil))
	lock := record(0x2F, le(uint16(0), maskOfABC.key, maskOfABC.sum))
	book := le(begin97(5), lock, rest)
	file := compoundFile(streams{"Workbook": maskRecords(book, len(book)-len(rest))})
	opens(t, "x.xls", file, "abc", "sheet 1 row 1: Anna Ask\nBo Ek")
}

func TestMaskedOldWord(t *testing.T) {
	mask, err := hex.DecodeString(maskOfABC.mask)
	if err != nil {
		t.Fatal(err)
	}
	stream := oldWord("Anna Ask bor i Exempelstad\r", nil)
	stream[11] |= 1 // encrypted
	copy(stream[14:], le(maskOfABC.sum, maskOfABC.key))
	for i := 68; i < len(stream); i++ { // Word turns each byte of the mask by five bits more, and spares zeros
		if m := bits.RotateLeft8(mask[i&15], 5); stream[i] != 0 && stream[i] != m {
			stream[i] ^= m
		}
	}
	file := compoundFile(streams{"WordDocument": stream})
	opens(t, "x.doc", file, "abc", "paragraph 1: Anna Ask bor i Exempelstad")
}

// providerLock is what stands before what the programs of 2002 locked, and the
// pad of each block.
func providerLock(password string) (info []byte, pad func(block uint32, n int) []byte) {
	salt, verifier := bytes.Repeat([]byte{5}, 16), bytes.Repeat([]byte{6}, 16)
	first := sha1.Sum(append(bytes.Clone(salt), utf16Bytes(password)...))
	pad = func(block uint32, n int) []byte {
		key := sha1.Sum(le(first[:], block))
		c, err := rc4.NewCipher(key[:16])
		if err != nil {
			panic(err)
		}
		b := make([]byte, n)
		c.XORKeyStream(b, b)
		return b
	}
	sum := sha1.Sum(verifier)
	proof := le(verifier, sum[:])
	for i, p := range pad(0, len(proof)) {
		proof[i] ^= p
	}
	header := le(uint32(4), uint32(0), uint32(0x6801), uint32(0x8004), uint32(128), uint32(1), uint32(0), uint32(0), utf16Bytes("x\x00"))
	return le(uint16(2), uint16(2), uint32(4), uint32(len(header)), header, uint32(16), salt, proof[:16], uint32(20), proof[16:]), pad
}

func TestLockedWord2003(t *testing.T) {
	info, pad := providerLock("hemlig")
	text := "Anna Ask bor i Exempelstad\r"
	stream := make([]byte, 0x600)
	copy(stream, le(uint16(0xA5EC), uint16(193), make([]byte, 6), uint16(0x0100), uint16(0), uint32(len(info))))
	copy(stream[0x18:], le(uint32(0x500), uint32(0x500+len(text))))
	copy(stream[0x4C:], le(uint32(len(text))))
	copy(stream[0x500:], text)
	for block := range uint32(3) {
		for i, p := range pad(block, 512) {
			if at := 512*int(block) + i; at >= 68 {
				stream[at] ^= p
			}
		}
	}
	file := compoundFile(streams{"WordDocument": stream, "0Table": info})
	opens(t, "x.doc", file, "hemlig", "paragraph 1: Anna Ask bor i Exempelstad")
}

func TestLockedOldPowerPoint(t *testing.T) {
	info, pad := providerLock("hemlig")
	var stream []byte
	add := func(id uint32, b []byte) (at uint32) {
		at = uint32(len(stream))
		b = bytes.Clone(b)
		if id > 0 {
			for i, p := range pad(id, len(b)) {
				b[i] ^= p
			}
		}
		stream = append(stream, b...)
		return at
	}
	document := add(1, container(0x03E8, 0, container(0x0FF0, 0, atom(0x03F3, le(uint32(2), uint32(0), uint32(0), uint32(256), uint32(0))))))
	first := add(2, slide("Klass 3B\rÅsa Öberg"))
	session := add(0, container(0x2F14, 0))
	stream = append(stream[:session], le(uint16(0xF), uint16(0x2F14), uint32(len(info)), info)...)
	directory := add(0, atom(0x1772, le(uint32(1|3<<20), document, first, session)))
	edit := add(0, atom(0x0FF5, le(uint32(0), uint32(0), uint32(0), directory, uint32(1), uint32(4), uint32(0), uint32(3))))
	file := compoundFile(streams{
		"PowerPoint Document": stream,
		"Current User":        le(uint16(0), uint16(0x0FF6), uint32(20), uint32(20), uint32(0xF3D1C4DF), edit, make([]byte, 8)),
	})
	opens(t, "x.ppt", file, "hemlig", "slide 1 paragraph 1: Klass 3B\nÅsa Öberg")
}
