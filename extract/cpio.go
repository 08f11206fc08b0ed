package extract

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

var cpioFormat = Format{
	Name:       "cpio",
	Extensions: []string{"cpio"},
	Sniff:      func(in *Input) bool { _, ok := cpioKind(in.Head()); return ok },
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return readCPIO(in, bufio.NewReader(in.Stream()), out)
	},
}

// cpioHead is how one generation of cpio writes what stands before each file.
type cpioHead struct {
	magic string
	size  int // of the head
	pad   int64
	// read gives the mode, the length of the name with its zero, and of the
	// content.
	read func(h []byte) (mode, name, size int64, err error)
}

var cpioHeads = []cpioHead{
	{"070701", 110, 4, cpioNumbers(16, 14, 8, 94, 54)},
	{"070702", 110, 4, cpioNumbers(16, 14, 8, 94, 54)},
	{"070707", 76, 1, func(h []byte) (mode, name, size int64, err error) {
		return octals(h[18:24], h[59:65], h[65:76])
	}},
	{"\xC7\x71", 26, 2, func(h []byte) (mode, name, size int64, err error) {
		u := binary.LittleEndian.Uint16
		return int64(u(h[6:])), int64(u(h[20:])), int64(u(h[22:]))<<16 | int64(u(h[24:])), nil
	}},
	{"\x71\xC7", 26, 2, func(h []byte) (mode, name, size int64, err error) {
		u := binary.BigEndian.Uint16
		return int64(u(h[6:])), int64(u(h[20:])), int64(u(h[22:]))<<16 | int64(u(h[24:])), nil
	}},
}

// cpioNumbers reads hexadecimal numbers of eight digits.
func cpioNumbers(base, mode, digits, name, size int) func(h []byte) (int64, int64, int64, error) {
	return func(h []byte) (m, n, s int64, err error) {
		var errs [3]error
		m, errs[0] = strconv.ParseInt(string(h[mode:mode+digits]), base, 64)
		n, errs[1] = strconv.ParseInt(string(h[name:name+digits]), base, 64)
		s, errs[2] = strconv.ParseInt(string(h[size:size+digits]), base, 64)
		return m, n, s, errors.Join(errs[:]...)
	}
}

func octals(mode, name, size []byte) (m, n, s int64, err error) {
	var errs [3]error
	m, errs[0] = strconv.ParseInt(string(mode), 8, 64)
	n, errs[1] = strconv.ParseInt(string(name), 8, 64)
	s, errs[2] = strconv.ParseInt(string(size), 8, 64)
	return m, n, s, errors.Join(errs[:]...)
}

// cpioKind finds the generation of a head.
func cpioKind(h []byte) (cpioHead, bool) {
	for _, k := range cpioHeads {
		if len(h) < k.size || !bytes.HasPrefix(h, []byte(k.magic)) {
			continue
		}
		_, name, size, err := k.read(h)
		end := k.size + int(name)
		return k, err == nil && name > 0 && name <= 64<<10 && size >= 0 && (end > len(h) || h[end-1] == 0)
	}
	return cpioHead{}, false
}

var errCPIO = errors.New("not as cpio is written")

// readCPIO hands over every file of a cpio archive; links and devices by their
// names.
func readCPIO(in *Input, r *bufio.Reader, out Sink) (breach.Outcome, error) {
	for n := 1; ; n++ {
		h, err := r.Peek(110)
		if len(h) < 26 && err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, unexpected(err)
		}
		k, ok := cpioKind(h)
		if !ok {
			return breach.Outcome{Missing: membersFrom(n)}, errCPIO
		}
		mode, length, size, _ := k.read(h)
		_, _ = r.Discard(k.size)
		raw := make([]byte, length+-(int64(k.size)+length)&(k.pad-1))
		if _, err := io.ReadFull(r, raw); err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, unexpected(err)
		}
		raw, _, _ = bytes.Cut(raw[:length], []byte{0})
		if string(raw) == "TRAILER!!!" {
			return breach.Outcome{}, nil
		}
		content := &io.LimitedReader{R: r, N: size}
		if err := cpioFile(in, out, mode, decodeName(raw), content, size); err != nil {
			return breach.Outcome{Missing: membersFrom(n)}, err
		}
		_, _ = io.Copy(io.Discard, content)
		_, _ = r.Discard(int(-size & (k.pad - 1)))
	}
}

// cpioFile hands over what its mode says is a file.
func cpioFile(in *Input, out Sink, mode int64, name string, content *io.LimitedReader, size int64) error {
	switch mode & 0o170000 {
	case 0o040000:
		return nil
	case 0o100000, 0:
		return out.File(name, sized{in.Unpacked(complete{content}), size})
	case 0o120000:
		return out.File(name, errReader{gap(breach.LinkNotFollowed)})
	}
	return out.File(name, errReader{gap(breach.SpecialFile)})
}

// complete fails where what it limits ends early.
type complete struct{ r *io.LimitedReader }

func (c complete) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == io.EOF && c.r.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
