package extract

import (
	"errors"
	"io"
	"sync"

	"github.com/klarlagt/klarlagt/breach"
)

// windows reads a file for formats that ask for a few bytes here and there,
// without asking the system each time: what lies near what was read last is at
// hand. It marks the errors of the file as those of input, not of format.
type windows struct {
	file io.ReaderAt
	size int64
	head []byte // of the file

	mu   sync.Mutex // some decompressors read beside us
	near [windowCount]window
}

// window is a stretch of the file that has been read.
type window struct {
	at  int64 // a multiple of windowSize
	buf []byte
}

const (
	windowSize  = 8 << 10
	windowCount = 16
)

// ReadAt implements io.ReaderAt.
func (w *windows) ReadAt(p []byte, off int64) (int, error) {
	switch end := off + int64(len(p)); {
	case off >= 0 && end <= int64(len(w.head)):
		return copy(p, w.head[off:]), nil
	case off < 0, end > w.size, len(p) > windowSize/2:
		return w.read(p, off)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := 0; n < len(p); {
		at := (off + int64(n)) &^ (windowSize - 1)
		stretch, err := w.window(at)
		m := copy(p[n:], stretch[min(int64(len(stretch)), off+int64(n)-at):])
		n += m
		if n < len(p) && (err != nil || m == 0) {
			return n, err
		}
	}
	return len(p), nil
}

// window gives the stretch that begins at an offset, or as much of it as there
// is before an error.
func (w *windows) window(at int64) ([]byte, error) {
	n := &w.near[at/windowSize%windowCount]
	if n.buf != nil && n.at == at {
		return n.buf, nil
	}
	buf := n.buf[:cap(n.buf)]
	if buf == nil {
		buf = make([]byte, windowSize)
	}
	buf = buf[:min(windowSize, w.size-at)]
	got, err := w.read(buf, at)
	if got < len(buf) {
		n.buf = nil
		return buf[:got], err
	}
	n.at, n.buf = at, buf
	return buf, nil
}

// read reads the file itself.
func (w *windows) read(p []byte, off int64) (int, error) {
	n, err := w.file.ReadAt(p, off)
	var known *breach.Gap
	if err != nil && err != io.EOF && !errors.As(err, &known) {
		err = gap(breach.IOError)
	}
	return n, err
}
