package extract

import (
	"bufio"
	"errors"
	"io"
)

// records reads the records of a workbook: a kind, a length and data each.
type records struct {
	r     *bufio.Reader
	at    int64 // offset of the record at hand
	size  int64 // of what has been read
	kind  int
	data  []byte
	again bool // the record at hand comes once more
	key   *bookKey
}

func newRecords(r io.Reader) records { return records{r: bufio.NewReaderSize(r, 32<<10)} }

const recordContinue = 0x03C

// next reads the next record; io.EOF ends them.
func (r *records) next() error {
	if r.again {
		r.again = false
		return nil
	}
	var h [4]byte
	if _, err := io.ReadFull(r.r, h[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return io.EOF // streams end in a few zeros
		}
		return err
	}
	r.at, r.kind = r.size, u16(h[:], 0)
	n := u16(h[:], 2)
	if cap(r.data) < n {
		r.data = make([]byte, n, 2*n)
	}
	r.data = r.data[:n]
	_, err := io.ReadFull(r.r, r.data)
	if r.key != nil {
		r.key.record(r.kind, r.data, r.at+4)
	}
	r.size += int64(4 + n)
	return unexpected(err)
}

// after is the offset of the next record.
func (r *records) after() int64 { return r.size }

// continued gives the data of the records that go on from the one at hand. At
// the end of the stream it gives none.
func (r *records) continued(give func(data []byte) error) error {
	for {
		err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.kind != recordContinue {
			r.again = true
			return nil
		}
		if err := give(r.data); err != nil {
			return err
		}
	}
}

// more reads the record that goes on from the one at hand, and reports whether
// there is one.
func (r *records) more() bool {
	if err := r.next(); err != nil {
		return false
	}
	if r.kind != recordContinue {
		r.again = true
	}
	return !r.again
}
