package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Export writes the lines of a journal, each with a newline: JSON lines, which
// with a checkpoint are all that Verify needs. It gives the number of records.
func Export(to io.Writer, entries iter.Seq2[Entry, error]) (int64, error) {
	w := bufio.NewWriterSize(to, 64<<10)
	var n int64
	for e, err := range entries {
		if err != nil {
			return n, fmt.Errorf("journal: export after %d records: %w", n, err)
		}
		_, _ = w.Write(e.Line) // Flush tells
		if err := w.WriteByte('\n'); err != nil {
			return n, fmt.Errorf("journal: export after %d records: %w", n, err)
		}
		n++
	}
	if err := w.Flush(); err != nil {
		return n, fmt.Errorf("journal: export: %w", err)
	}
	return n, nil
}

// Lines reads what Export wrote. The entries have their lines alone, which are
// valid until the next; Verify says what is wrong with them.
func Lines(from io.Reader) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := bufio.NewReaderSize(from, maxLine)
		for {
			line, err := r.ReadSlice('\n')
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				err = fmt.Errorf("line of more than %d bytes: %w", maxLine, ErrRecord)
			case errors.Is(err, io.EOF) && len(line) == 0:
				return
			case errors.Is(err, io.EOF): // a last line without its newline
				err = nil
			}
			line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
			if !yield(Entry{Line: line}, err) || err != nil {
				return
			}
		}
	}
}
