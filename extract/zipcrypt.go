package extract

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" // #nosec G505 -- old files are locked with it
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// zipRounds is what a try costs at most: a thousand rounds for each of four
// parts of a key, of two hashes.
const zipRounds = 8 * 1000

// unlock decrypts a member with the first password that fits.
func (m *member) unlock(raw *io.SectionReader, later byte) (io.Reader, error) {
	var found io.Reader
	_, ok := m.in.password(zipRounds, func(p string) bool {
		_, _ = raw.Seek(0, io.SeekStart)
		if m.aes.strength != 0 {
			found = m.openAES(raw, p)
		} else {
			found = m.openPKZIP(raw, p, later)
		}
		return found != nil
	})
	if !ok {
		return nil, gap(breach.PasswordNeeded)
	}
	return found, nil
}

// openPKZIP undoes the encryption of APPNOTE.TXT 6.1; nil where the password
// does not fit. One byte in 256 fits by chance, so the data has the last word.
func (m *member) openPKZIP(raw *io.SectionReader, password string, later byte) io.Reader {
	start := func() io.Reader {
		_, _ = raw.Seek(0, io.SeekStart)
		p := newPKZIP(raw, password)
		var head [12]byte
		if _, err := io.ReadFull(p, head[:]); err != nil || head[11] != later {
			return nil
		}
		return p
	}
	p := start()
	if p == nil || m.in.spend(0) != nil {
		return nil
	}
	r, err := unpack(m.method, m.flags, m.Size, p, m.in.ask)
	if err != nil {
		return start() // the same for every password
	}
	const enough = 1 << 20
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, io.LimitReader(r, enough))
	if err != nil || n < enough && !m.noCRC && sum.Sum32() != m.crc {
		return nil
	}
	return start()
}

// pkzip decrypts with three keys that each byte changes.
type pkzip struct {
	r    io.Reader
	keys [3]uint32
}

func newPKZIP(r io.Reader, password string) *pkzip {
	p := &pkzip{r: r, keys: [3]uint32{0x12345678, 0x23456789, 0x34567890}}
	for _, c := range []byte(password) {
		p.turn(c)
	}
	return p
}

func (p *pkzip) turn(c byte) {
	k := &p.keys
	k[0] = crc32.IEEETable[byte(k[0])^c] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xFF)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

func (p *pkzip) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	for i := range b[:n] {
		t := p.keys[2] | 2
		b[i] ^= byte(t * (t ^ 1) >> 8)
		p.turn(b[i])
	}
	return n, err
}

// aesField is what a member says of its AES encryption, as WinZip wrote it
// first: https://www.winzip.com/en/support/aes-encryption/.
type aesField struct {
	version  uint16 // 2 gives no checksum of the data: small files could be guessed by it
	strength byte   // 1 to 3: 128, 192, 256 bits; 0 where there is no such encryption
}

// openAES decrypts; nil where the password does not fit.
func (m *member) openAES(raw *io.SectionReader, password string) io.Reader {
	const check, code, rounds = 2, 10, 1000
	if m.aes.strength > 3 {
		return nil
	}
	size := 8 + 8*int(m.aes.strength)
	head := make([]byte, size/2+check)
	if _, err := io.ReadFull(raw, head); err != nil || raw.Size() < int64(len(head))+code {
		return nil
	}
	keys, err := pbkdf2.Key(sha1.New, password, head[:size/2], rounds, 2*size+check)
	if err != nil || !bytes.Equal(keys[2*size:], head[size/2:]) {
		return nil
	}
	block, err := aes.NewCipher(keys[:size])
	if err != nil {
		return nil
	}
	left := raw.Size() - int64(len(head)) - code
	mac := hmac.New(sha1.New, keys[size:2*size])
	want := make([]byte, code)
	if _, err := raw.ReadAt(want, raw.Size()-code); err != nil && err != io.EOF {
		return nil
	}
	return &zipAES{r: io.LimitReader(raw, left), block: block, mac: mac, want: want}
}

// zipAES decrypts with a counter of its own order of bytes, and checks the
// code at the end.
type zipAES struct {
	r     io.Reader
	block cipher.Block
	mac   hash.Hash
	want  []byte
	count uint64
	pad   [aes.BlockSize]byte
	used  int // of pad; 0 where a new one is due
}

func (z *zipAES) Read(b []byte) (int, error) {
	n, err := z.r.Read(b)
	_, _ = z.mac.Write(b[:n])
	for i := range b[:n] {
		if z.used == 0 {
			z.count++
			var c [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(c[:], z.count)
			z.block.Encrypt(z.pad[:], c[:])
		}
		b[i] ^= z.pad[z.used]
		z.used = (z.used + 1) % len(z.pad)
	}
	if err == io.EOF && !hmac.Equal(z.mac.Sum(nil)[:len(z.want)], z.want) {
		return n, errors.New("code of an encrypted member does not hold")
	}
	return n, err
}
