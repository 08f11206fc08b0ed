package extract

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" // #nosec G505 -- old files are locked with it
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 old documents are locked with it

	"github.com/klarlagt/klarlagt/breach"
)

// odfLock is how a part of an OpenDocument file is locked: OpenDocument 1.3,
// part 2, 3.4; since 2024 LibreOffice locks the whole package as one part.
type odfLock struct {
	part      *member
	algorithm string
	vector    []byte
	salt      []byte
	start     func() hash.Hash // of the password
	spins     int64
	memory    int64 // KiB, where the key takes memory: Argon2
	lanes     int64
	size      int64 // of the key, in bytes
	sum       []byte
	sumOf     func() hash.Hash // of the beginning of what is unlocked

	password string // that opens it
	key      []byte // made of that, once it is needed
}

// odfWhole is the name of the part that is the whole package.
const odfWhole = "encrypted-package"

// unlock finds the parts that are locked and the password that opens them.
// The names of the parts are fixed and tell nothing, so none is handed over.
func (d *odfDocument) unlock() error {
	var locks []*odfLock
	err := d.part("META-INF/manifest.xml", func(m *markup) (err error) {
		locks, err = readODFLocks(m, d.zip)
		return err
	})
	if err != nil || locks == nil {
		return err
	}
	if len(locks) == 0 {
		return gap(breach.PasswordNeeded)
	}
	least := locks[0]
	for _, l := range locks {
		if l.part.packed < least.part.packed {
			least = l
		}
	}
	password, ok := d.in.password(least.rounds(), func(p string) bool {
		return d.in.ask(least.memory<<10) == nil && least.fits(p)
	})
	if !ok {
		return gap(breach.PasswordNeeded)
	}
	for _, l := range locks {
		l.password = password
		l.part.lock = l
	}
	whole := d.zip.Find(odfWhole)
	if whole == nil || whole.lock == nil {
		return nil
	}
	r, err := whole.Open()
	if err != nil {
		return err
	}
	d.whole = true
	return d.out.File(d.in.Name, r)
}

// readODFLocks reads which parts are locked; nil where none is.
func readODFLocks(m *markup, zip *archive) ([]*odfLock, error) {
	var locks []*odfLock
	var l odfLock
	for {
		kind, err := m.Next()
		if errors.Is(err, io.EOF) {
			return locks, nil
		}
		if err != nil {
			return locks, err
		}
		if kind == endTag && m.Is("file-entry") && l.sumOf != nil && l.part != nil && l.part.lock == nil && len(locks) < len(zip.Members) {
			one := l
			locks = append(locks, &one)
		}
		if kind != startTag {
			continue
		}
		number := func(name string) int64 {
			n, _ := strconv.ParseInt(m.Attr(name), 10, 64)
			return n
		}
		switch m.Name() {
		case "file-entry":
			l = odfLock{part: zip.Find(m.Attr("full-path")), start: sha1.New, size: 16}
		case "encryption-data":
			if locks == nil {
				locks = []*odfLock{}
			}
			l.sum, l.sumOf = base64Attr(m, "checksum"), odfHash(m.Attr("checksum-type"))
		case "algorithm":
			l.algorithm, l.vector = strings.ToLower(m.Attr("algorithm-name")), base64Attr(m, "initialisation-vector")
		case "start-key-generation":
			l.start = odfHash(m.Attr("start-key-generation-name"))
		case "key-derivation":
			l.salt, l.spins = base64Attr(m, "salt"), number("iteration-count")
			if n := number("key-size"); n > 0 {
				l.size = n
			}
			if strings.HasSuffix(m.Attr("key-derivation-name"), "argon2id") {
				l.spins, l.memory, l.lanes = number("argon2-iterations"), number("argon2-memory"), number("argon2-lanes")
			}
		}
	}
}

// odfHash is a hash by its name, which has been written in many ways.
func odfHash(name string) func() hash.Hash {
	if strings.Contains(strings.ToLower(name), "sha256") {
		return sha256.New
	}
	return sha1.New
}

// rounds is what a password costs; more than may be where the file asks for
// what nobody writes.
func (l *odfLock) rounds() int64 {
	const mostMemory, mostLanes, mostSpins = 128 << 10, 16, 4 << 20
	if l.spins < 1 || l.spins > mostSpins || l.size < 5 || l.size > 56 || l.memory < 0 || l.memory > mostMemory || l.memory > 0 && (l.lanes < 1 || l.lanes > mostLanes) {
		return math.MaxInt64
	}
	if l.memory > 0 {
		return min(l.spins, 1<<20) * l.memory * 4
	}
	return 2 * l.spins * (l.size/sha1.Size + 1)
}

func (l *odfLock) derive(password string) []byte {
	h := l.start()
	_, _ = io.WriteString(h, password)
	first := h.Sum(nil)
	if l.memory > 0 {
		return argon2.IDKey(first, l.salt, uint32(l.spins), uint32(l.memory), uint8(l.lanes), uint32(l.size))
	}
	key, err := pbkdf2.Key(sha1.New, string(first), l.salt, int(l.spins), int(l.size))
	if err != nil {
		return nil
	}
	return key
}

// fits reports whether a password opens the part.
func (l *odfLock) fits(password string) bool {
	const summed = 1024 // bytes that the checksum is of
	l.key = l.derive(password)
	r, err := l.open()
	if err != nil {
		return false
	}
	head := make([]byte, min(summed, l.part.packed))
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	if len(l.sum) > 0 {
		return l.sums(head)
	}
	// Without a checksum, what is unlocked has to unpack.
	z := flate.NewReader(bytes.NewReader(head))
	some := make([]byte, 64)
	_, err = io.ReadFull(z, some)
	return err == nil || len(head) < summed && errors.Is(err, io.ErrUnexpectedEOF)
}

// sums compares the checksum: of the unlocked bytes without what fills up the
// last block, of which the last byte tells.
func (l *odfLock) sums(head []byte) bool {
	for cut := range min(len(head), aes.BlockSize+1) {
		h := l.sumOf()
		_, _ = h.Write(head[:len(head)-cut])
		if bytes.Equal(h.Sum(nil), l.sum) {
			return true
		}
	}
	return false
}

// unpack unlocks and unpacks the part.
func (l *odfLock) unpack(in *Input, raw io.Reader) (io.Reader, error) {
	if l.key == nil {
		if err := in.derive(l.rounds()); err != nil {
			return nil, err
		}
		if err := in.ask(l.memory << 10); err != nil {
			return nil, err
		}
		l.key = l.derive(l.password)
	}
	r, err := l.decrypt(raw)
	if err != nil {
		return nil, err
	}
	return flate.NewReader(r), nil
}

// open finds the bytes of the part and unlocks them.
func (l *odfLock) open() (io.Reader, error) {
	raw, _, err := l.part.raw()
	if err != nil {
		return nil, err
	}
	return l.decrypt(raw)
}

// decrypt unlocks.
func (l *odfLock) decrypt(raw io.Reader) (io.Reader, error) {
	if strings.Contains(l.algorithm, "blowfish") {
		block, err := blowfish.NewCipher(l.key)
		if err != nil || len(l.vector) != blowfish.BlockSize {
			return nil, gap(breach.Malformed)
		}
		return &feedback{r: raw, block: block, pad: bytes.Clone(l.vector), used: blowfish.BlockSize}, nil
	}
	block, err := aes.NewCipher(l.key)
	if err != nil {
		return nil, gap(breach.Malformed)
	}
	switch {
	case strings.Contains(l.algorithm, "gcm"):
		return openGCM(raw, block)
	case len(l.vector) != aes.BlockSize || !strings.Contains(l.algorithm, "cbc"):
		return nil, gap(breach.Malformed)
	}
	chain := cipher.NewCBCDecrypter(block, l.vector)
	return &segments{r: raw, apply: func(_ uint32, b []byte) { chain.CryptBlocks(b, b) }}, nil
}

// openGCM unlocks without looking at the tag, for that would need all of it at
// once: what is packed inside has checksums of its own. The vector stands
// before the data.
func openGCM(raw io.Reader, block cipher.Block) (io.Reader, error) {
	var vector [aes.BlockSize]byte
	if _, err := io.ReadFull(raw, vector[:12]); err != nil {
		return nil, unexpected(err)
	}
	vector[15] = 2                                                              // the first is the tag's
	return cipher.StreamReader{S: cipher.NewCTR(block, vector[:]), R: raw}, nil // #nosec G407 -- the vector is the file's own
}

// feedback undoes the mode in which each block is masked with the encrypted
// one before: CFB.
type feedback struct {
	r     io.Reader
	block cipher.Block
	pad   []byte
	used  int // of pad
}

func (f *feedback) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	for i, c := range p[:n] {
		if f.used == len(f.pad) {
			f.block.Encrypt(f.pad, f.pad)
			f.used = 0
		}
		p[i] = c ^ f.pad[f.used]
		f.pad[f.used] = c
		f.used++
	}
	return n, err
}
