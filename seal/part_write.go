package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
)

// Writer seals a part file as it is written. Close seals the last chunk: a part
// that was not closed does not open. It is not for concurrent use.
type Writer struct {
	hidden
	to     io.Writer
	aead   sealer
	where  Where
	chunks int64
	plain  []byte // what waits; at most one chunk, for it may be the last
	sealed []byte
	err    error
}

var errClosed = errors.New("the part is closed")

// NewWriter starts a part under the newest key of the ring.
func NewWriter(to io.Writer, ring Ring, w Where) (*Writer, error) {
	var h header
	copy(h[:], partMagic)
	h[len(partMagic)], h[saltAt-1] = partFormat, byte(ring.Newest())
	_, _ = rand.Read(h[saltAt:])
	aead, err := h.cipher(ring, w)
	if err != nil {
		return nil, err
	}
	if _, err := to.Write(h[:]); err != nil {
		return nil, fmt.Errorf("%s: %w", w, err)
	}
	return &Writer{to: to, aead: aead, where: w, plain: make([]byte, 0, chunkSize), sealed: make([]byte, 0, sealedSize)}, nil
}

// Write seals what is more than one chunk, and keeps the rest.
func (w *Writer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 && w.err == nil {
		if len(w.plain) == 0 && len(p) > chunkSize {
			w.seal(p[:chunkSize], false)
			p = p[chunkSize:]
			continue
		}
		if len(w.plain) == chunkSize {
			w.seal(w.plain, false)
			w.plain = w.plain[:0]
		}
		n := min(len(p), chunkSize-len(w.plain))
		w.plain = append(w.plain, p[:n]...)
		p = p[n:]
	}
	if w.err != nil {
		return total - len(p), w.err
	}
	return total, nil
}

// Close seals the last chunk. It does not close what it writes to.
func (w *Writer) Close() error {
	if w.err == nil {
		w.seal(w.plain, true)
	}
	clear(w.plain[:cap(w.plain)])
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

func (w *Writer) seal(plain []byte, last bool) {
	w.sealed = w.aead.seal(w.sealed[:0], chunkNonce(w.chunks, last)[:], plain, nil) // #nosec G407 -- a counter under a key of the part's own
	w.chunks++
	if _, err := w.to.Write(w.sealed); err != nil {
		w.err = fmt.Errorf("%s: %w", w.where, err)
	}
}
