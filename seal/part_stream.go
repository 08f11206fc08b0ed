package seal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Stream reads a sealed part from front to back, where its size is not known.
// Each chunk is proved before it is given out; that the part is whole is proved
// by io.EOF alone.
type Stream struct {
	hidden
	from   *bufio.Reader
	aead   sealer
	where  Where
	chunks int64
	sealed []byte
	plain  []byte // what is opened and not yet read
	err    error
}

// NewStream starts to read a sealed part; errors are as in NewReader.
func NewStream(from io.Reader, ring Ring, w Where) (*Stream, error) {
	var h header
	if _, err := io.ReadFull(from, h[:]); err != nil {
		return nil, cutShort(err, w)
	}
	aead, err := h.cipher(ring, w)
	if err != nil {
		return nil, err
	}
	return &Stream{from: bufio.NewReaderSize(from, sealedSize), aead: aead, where: w, sealed: make([]byte, sealedSize)}, nil
}

// Read reads plaintext.
func (s *Stream) Read(p []byte) (int, error) {
	for len(s.plain) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.plain, s.err = s.next()
	}
	n := copy(p, s.plain)
	s.plain = s.plain[n:]
	return n, nil
}

// next opens one chunk in place; with the last comes io.EOF.
func (s *Stream) next() ([]byte, error) {
	n, err := io.ReadFull(s.from, s.sealed)
	last := errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		return nil, cutShort(err, s.where)
	}
	if !last {
		_, err := s.from.Peek(1)
		if last = errors.Is(err, io.EOF); err != nil && !last {
			return nil, fmt.Errorf("%s: %w", s.where, err)
		}
	}
	if n < tagSize {
		return nil, fmt.Errorf("%s: chunk %d: %w", s.where, s.chunks, ErrForged)
	}
	plain, err := s.aead.open(s.sealed[:0], chunkNonce(s.chunks, last)[:], s.sealed[:n], nil)
	if err != nil {
		return nil, fmt.Errorf("%s: chunk %d: %w", s.where, s.chunks, ErrForged)
	}
	s.chunks++
	if last {
		return plain, io.EOF
	}
	return plain, nil
}

func cutShort(err error, w Where) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: cut short: %w", w, ErrForged)
	}
	return fmt.Errorf("%s: %w", w, err)
}
