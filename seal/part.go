package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A sealed part file:
//
//	"klarpart"  8 bytes
//	format      1 byte, 1
//	generation  1 byte: which key of the ring
//	salt       32 bytes, random
//	chunks     64 KiB of plaintext each, sealed, with a tag of 16 bytes; the last is shorter
//
// The file's own key is derived from the case's by HKDF over the salt and the
// place. A chunk's nonce is its number and whether it is the last, as in the
// STREAM of age: so no chunk can be left out, added, swapped or moved to
// another file, and no file can be cut at a chunk. An empty part has one empty
// chunk.
const (
	partMagic  = "klarpart"
	partFormat = 1
	saltAt     = len(partMagic) + 2
	headerSize = saltAt + 32

	chunkSize  = 64 << 10
	tagSize    = 16
	sealedSize = chunkSize + tagSize
)

// PartOverhead is how many bytes longer a part of size bytes is once it is
// sealed.
func PartOverhead(size int64) int64 {
	return int64(headerSize) + tagSize*max(1, (size+chunkSize-1)/chunkSize)
}

type header [headerSize]byte

// cipher is what seals the chunks of the file that the header stands before.
func (h *header) cipher(ring Ring, w Where) (sealer, error) {
	if string(h[:len(partMagic)]) != partMagic || h[len(partMagic)] != partFormat {
		return sealer{}, fmt.Errorf("%s: not a sealed part: %w", w, ErrForged)
	}
	key, err := ring.key(Generation(h[saltAt-1]), w)
	if err != nil {
		return sealer{}, err
	}
	own := key.For(ForParts, string(h[saltAt:]), string(w.bound(nil)))
	defer own.Destroy()
	return own.gcm(), nil
}

// PartGeneration tells under which generation of the key a file is sealed;
// false where it is no sealed part.
func PartGeneration(path string) (g Generation, sealed bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	var h header
	if _, err := io.ReadFull(f, h[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false, nil
	} else if err != nil {
		return 0, false, err
	}
	if string(h[:len(partMagic)]) != partMagic {
		return 0, false, nil
	}
	return Generation(h[saltAt-1]), true, nil
}

type nonce [12]byte

func chunkNonce(n int64, last bool) *nonce {
	var b nonce
	binary.BigEndian.PutUint64(b[3:], uint64(n))
	if last {
		b[11] = 1
	}
	return &b
}
