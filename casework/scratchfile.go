package casework

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
)

// scratchWriter writes records to a scratch file, each after its length.
type scratchWriter struct{ w *bufio.Writer }

func newScratchWriter(f *os.File) *scratchWriter {
	return &scratchWriter{bufio.NewWriterSize(f, 64<<10)}
}

// record writes one record, of the given parts.
func (w *scratchWriter) record(parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if err := w.raw(binary.BigEndian.AppendUint32(nil, uint32(size))); err != nil {
		return err
	}
	for _, p := range parts {
		if err := w.raw(p); err != nil {
			return err
		}
	}
	return nil
}

func (w *scratchWriter) raw(b []byte) error {
	_, err := w.w.Write(b)
	return err
}

func (w *scratchWriter) flush() error { return w.w.Flush() }

// scratchReader reads them back from the start.
type scratchReader struct {
	r   *bufio.Reader
	buf []byte
}

func newScratchReader(f *os.File) (*scratchReader, error) {
	_, err := f.Seek(0, io.SeekStart)
	return &scratchReader{r: bufio.NewReaderSize(f, 64<<10)}, err
}

// record gives the next record, valid until the next call; io.EOF at the end.
func (r *scratchReader) record() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.r, size[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(size[:]))
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	_, err := io.ReadFull(r.r, r.buf[:n])
	return r.buf[:n], err
}
