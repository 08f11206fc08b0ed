package extract

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" // #nosec G505 -- old files are locked with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

// encryptedOOXML is a document of Office locked with a password: a compound
// file around the encrypted archive. What is unlocked is handed over as a file
// inside: [MS-OFFCRYPTO] 2.3.4.
var encryptedOOXML = Format{
	Name:  "ooxml",
	Sniff: sniffOLE("EncryptedPackage"),
	Read:  readEncryptedOOXML,
}

const (
	maxEncryptionInfo = 64 << 10
	officeSegment     = 4096
)

func readEncryptedOOXML(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, err := in.OLE()
	switch {
	case err != nil && reasonOf(err) == breach.Malformed: // what is left says no more than that it is locked
		return lockedOutcome(), nil
	case err != nil:
		return breach.Outcome{}, err
	}
	info, packed := f.open(0, "EncryptionInfo"), f.open(0, "EncryptedPackage")
	if info == nil { // who may read is told by a server
		return breach.Outcome{}, gap(breach.DRM)
	}
	if packed == nil {
		return breach.Outcome{}, gap(breach.Malformed)
	}
	k := packageLock(info.bytes(0, info.size, maxEncryptionInfo))
	if k == nil {
		return lockedOutcome(), nil
	}
	var key cipher.Block
	if _, ok := in.password(k.rounds(), func(p string) bool { key = k.open(appendWide(nil, p)); return key != nil }); !ok {
		return lockedOutcome(), nil
	}
	size := int64(binary.LittleEndian.Uint64(append(packed.bytes(0, 8, 8), make([]byte, 8)...)))
	if size < 0 || size > packed.size-8 {
		size = packed.size - 8 // and the archive inside will tell that its end is missing
	}
	r := &segments{r: packed.Reader(8), apply: func(n uint32, b []byte) { k.segment(key, n, b) }}
	return breach.Outcome{}, out.File(in.Name, sized{in.Unpacked(io.LimitReader(r, size)), size})
}

// officeLock is how a package is locked.
type officeLock interface {
	rounds() int64                                     // of hashing, for a password
	open(password []byte) cipher.Block                 // nil where the password does not fit
	segment(key cipher.Block, number uint32, b []byte) // unlocks one
}

// packageLock reads EncryptionInfo; nil where it is of a kind that nobody
// writes.
func packageLock(b []byte) officeLock {
	switch major, minor := u16(b, 0), u16(b, 2); {
	case major == 4 && minor == 4:
		if a := readAgile(b[min(8, len(b)):]); a != nil {
			return a
		}
	case minor == 2 && major >= 2 && major <= 4:
		if s := readStandard(b[4:]); s != nil {
			return s
		}
	}
	return nil
}

// standardLock is the encryption of Office 2007: [MS-OFFCRYPTO] 2.3.4.5.
type standardLock struct {
	salt, verifier, sum []byte
	size                int // of the key, in bytes
}

func readStandard(b []byte) *standardLock {
	at := int64(u32(b, 4)) + 8
	if at+4+16+16+4+32 > int64(len(b)) {
		return nil
	}
	bits := int(u32(b, 8+16))
	if bits != 128 && bits != 192 && bits != 256 {
		return nil
	}
	v := b[at+4:]
	return &standardLock{salt: v[:16], verifier: v[16:32], sum: v[36:68], size: bits / 8}
}

const standardRounds = 50_000

func (s *standardLock) rounds() int64 { return standardRounds }

func (s *standardLock) open(password []byte) cipher.Block {
	h := spin(sha1.New(), s.salt, password, standardRounds) // #nosec G401 -- the file's own format asks for it
	sum := sha1.Sum(append(h, 0, 0, 0, 0))                  // #nosec G401 -- the file's own format asks for it
	var key []byte
	for _, pad := range []byte{0x36, 0x5C} {
		block := bytes.Repeat([]byte{pad}, 64)
		for i, c := range sum {
			block[i] ^= c
		}
		half := sha1.Sum(block) // #nosec G401 -- the file's own format asks for it
		key = append(key, half[:]...)
	}
	c, err := aes.NewCipher(key[:s.size])
	if err != nil {
		return nil
	}
	plain := append(bytes.Clone(s.verifier), s.sum...)
	s.segment(c, 0, plain)
	// #nosec G401 -- the file's own format asks for it
	if want := sha1.Sum(plain[:16]); !bytes.Equal(want[:], plain[16:16+sha1.Size]) {
		return nil
	}
	return c
}

// segment unlocks blocks each by itself: that is how it was laid down.
func (s *standardLock) segment(key cipher.Block, _ uint32, b []byte) {
	for ; len(b) >= aes.BlockSize; b = b[aes.BlockSize:] {
		key.Decrypt(b, b)
	}
}

// agileLock is the encryption of Office since 2010: [MS-OFFCRYPTO] 2.3.4.10.
type agileLock struct {
	data, password agileCipher
	spins          int64
	input, sum     []byte // a random text and its hash, encrypted
	key            []byte // of the data, encrypted
}

// agileCipher is one of the two ciphers of a package.
type agileCipher struct {
	salt []byte
	size int // of the key, in bytes
	hash func() hash.Hash
}

func readAgile(b []byte) *agileLock {
	a := &agileLock{}
	m := newMarkup(bytes.NewReader(b))
	for {
		kind, err := m.Next()
		if err != nil {
			break
		}
		if kind != startTag {
			continue
		}
		switch m.Name() {
		case "keyData":
			a.data = readAgileCipher(m)
		case "encryptedKey":
			a.password = readAgileCipher(m)
			a.spins, _ = strconv.ParseInt(m.Attr("spinCount"), 10, 64)
			a.input, a.sum, a.key = base64Attr(m, "encryptedVerifierHashInput"), base64Attr(m, "encryptedVerifierHashValue"), base64Attr(m, "encryptedKeyValue")
		}
	}
	const most = 10_000_000 // spins, by the specification
	whole := len(a.input) > 0 && len(a.input)%aes.BlockSize == 0 && len(a.sum)%aes.BlockSize == 0 && len(a.key)%aes.BlockSize == 0
	if a.data.hash == nil || a.password.hash == nil || a.spins < 0 || a.spins > most || !whole || len(a.key) < a.data.size {
		return nil
	}
	return a
}

func readAgileCipher(m *markup) agileCipher {
	c := agileCipher{salt: base64Attr(m, "saltValue")}
	bits, _ := strconv.Atoi(m.Attr("keyBits"))
	if m.Attr("cipherAlgorithm") != "AES" || m.Attr("cipherChaining") != "ChainingModeCBC" || bits != 128 && bits != 192 && bits != 256 {
		return agileCipher{}
	}
	c.size = bits / 8
	c.hash = map[string]func() hash.Hash{"SHA1": sha1.New, "SHA-1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New}[m.Attr("hashAlgorithm")]
	return c
}

func base64Attr(m *markup, name string) []byte {
	b, err := base64.StdEncoding.DecodeString(m.Attr(name))
	if err != nil {
		return nil
	}
	return b
}

func (a *agileLock) rounds() int64 { return 2 * a.spins }

func (a *agileLock) open(password []byte) cipher.Block {
	h := spin(a.password.hash(), a.password.salt, password, uint32(a.spins))
	decrypt := func(purpose string, data []byte) []byte {
		key := a.password.hash()
		_, _ = key.Write(append(bytes.Clone(h), purpose...))
		return a.password.decrypt(fit(key.Sum(nil), a.password.size), a.password.salt, data)
	}
	input := decrypt("\xFE\xA7\xD2\x76\x3B\x4B\x9E\x79", a.input)
	want := a.password.hash()
	_, _ = want.Write(input[:min(len(input), max(1, len(a.password.salt)))])
	got := decrypt("\xD7\xAA\x0F\x6D\x30\x61\x34\x4E", a.sum)
	if n := want.Size(); len(got) < n || !bytes.Equal(want.Sum(nil), got[:n]) {
		return nil
	}
	c, err := aes.NewCipher(decrypt("\x14\x6E\x0B\xE7\xAB\xAC\xD0\xD6", a.key)[:a.data.size])
	if err != nil {
		return nil
	}
	return c
}

// segment unlocks one of the segments, which have vectors of their own.
func (a *agileLock) segment(key cipher.Block, number uint32, b []byte) {
	h := a.data.hash()
	_, _ = h.Write(binary.LittleEndian.AppendUint32(bytes.Clone(a.data.salt), number))
	cipher.NewCBCDecrypter(key, fit(h.Sum(nil), aes.BlockSize)).CryptBlocks(b, b)
}

func (c agileCipher) decrypt(key, vector, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, fit(vector, aes.BlockSize)).CryptBlocks(plain, data)
	return plain
}

// fit cuts a key to its size, or fills it up as the specification says.
func fit(b []byte, size int) []byte {
	b = bytes.Clone(b[:min(len(b), size)])
	for len(b) < size {
		b = append(b, 0x36)
	}
	return b
}

// spin hashes a password many times over.
func spin(h hash.Hash, salt, password []byte, rounds uint32) []byte {
	_, _ = h.Write(salt)
	_, _ = h.Write(password)
	sum := h.Sum(nil)
	var count [4]byte
	for i := range rounds {
		h.Reset()
		binary.LittleEndian.PutUint32(count[:], i)
		_, _ = h.Write(count[:])
		_, _ = h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	return sum
}

// segments unlocks a stream a segment at a time.
type segments struct {
	r     io.Reader
	apply func(number uint32, b []byte)
	n     uint32
	buf   [officeSegment]byte
	left  []byte
	err   error
}

func (s *segments) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		n, err := io.ReadFull(s.r, s.buf[:])
		if errors.Is(err, io.ErrUnexpectedEOF) && n > 0 { // the last one; what is missing shows in the archive
			err = io.EOF
		}
		s.err = err
		s.left = s.buf[:n&^(aes.BlockSize-1)]
		s.apply(s.n, s.left)
		s.n++
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}
