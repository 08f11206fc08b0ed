package seal

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// Reader reads a sealed part at any offset. It is safe for concurrent use.
type Reader struct {
	hidden
	from   io.ReaderAt
	aead   sealer
	where  Where
	size   int64 // of the plaintext
	chunks int64

	// Readers of columns ask for a little here and a little there: a chunk that
	// was opened for part of it waits in the place its number gives it.
	opened [8]atomic.Pointer[chunk]
	sealed sync.Pool // *[sealedSize]byte
}

type chunk struct {
	n     int64
	plain []byte
}

// NewReader opens a sealed part of size bytes. It opens the last chunk, so a
// part that was cut or lengthened is refused here; the others are proved as
// they are read. An error wraps ErrForged or ErrNoKey, or is that of from.
func NewReader(from io.ReaderAt, size int64, ring Ring, w Where) (*Reader, error) {
	body := size - int64(headerSize)
	chunks := (body + sealedSize - 1) / sealedSize
	last := body - (chunks-1)*sealedSize
	if body < tagSize || last < tagSize {
		return nil, fmt.Errorf("%s: not the length of a sealed part: %w", w, ErrForged)
	}
	var h header
	if err := readFull(from, h[:], 0, w); err != nil {
		return nil, err
	}
	aead, err := h.cipher(ring, w)
	if err != nil {
		return nil, err
	}
	r := &Reader{from: from, aead: aead, where: w, chunks: chunks, size: body - chunks*tagSize}
	r.sealed.New = func() any { return new([sealedSize]byte) }
	if _, err := r.chunk(chunks - 1); err != nil {
		return nil, err
	}
	return r, nil
}

// Size is the length of the plaintext in bytes.
func (r *Reader) Size() int64 { return r.size }

// ReadAt reads plaintext at an offset; see io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("%s: offset before the start", r.where)
	}
	n := 0
	for n < len(p) && off < r.size {
		m, err := r.read(p[n:], off/chunkSize, int(off%chunkSize))
		n, off = n+m, off+int64(m)
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// read copies from one chunk. A chunk wanted whole is opened where it is wanted.
func (r *Reader) read(p []byte, n int64, from int) (int, error) {
	if from == 0 && len(p) >= chunkSize && n < r.chunks-1 {
		plain, err := r.open(p[:0:chunkSize], n)
		return len(plain), err
	}
	c, err := r.chunk(n)
	if err != nil {
		return 0, err
	}
	return copy(p, c.plain[from:]), nil
}

// chunk opens one chunk, or finds it opened.
func (r *Reader) chunk(n int64) (*chunk, error) {
	slot := &r.opened[n%int64(len(r.opened))]
	if c := slot.Load(); c != nil && c.n == n {
		return c, nil
	}
	plain, err := r.open(nil, n)
	if err != nil {
		return nil, err
	}
	c := &chunk{n, plain}
	slot.Store(c)
	return c, nil
}

func (r *Reader) open(dst []byte, n int64) ([]byte, error) {
	length := int64(chunkSize)
	if n == r.chunks-1 {
		length = r.size - n*chunkSize
	}
	buf := r.sealed.Get().(*[sealedSize]byte)
	defer r.sealed.Put(buf)
	sealed := buf[:length+tagSize]
	if err := readFull(r.from, sealed, int64(headerSize)+n*sealedSize, r.where); err != nil {
		return nil, err
	}
	plain, err := r.aead.open(dst, chunkNonce(n, n == r.chunks-1)[:], sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: chunk %d: %w", r.where, n, ErrForged)
	}
	return plain, nil
}

// readFull fills b. A file that ends early is not the one whose size was given.
func readFull(from io.ReaderAt, b []byte, off int64, w Where) error {
	n, err := from.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s: cut short: %w", w, ErrForged)
	}
	return fmt.Errorf("%s: %w", w, err)
}
