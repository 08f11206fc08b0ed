package extract

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// TarStream frames a tar that passes by once, and those that follow it in the
// same stream. It reads headers and no contents, and holds at most one header,
// which is bounded: it is for use outside a worker.
type TarStream struct {
	in     *bufio.Reader
	blocks *endSeer
	tar    *tar.Reader
	n      int // members met
}

// TarMember is what the header of a member says.
type TarMember struct {
	Name   string // its path as it stands, in whatever charset; "member 3" where there is none
	Size   int64
	State  breach.State // Pending where its content can be read
	Reason breach.Reason
}

const (
	maxTarName = 4096     // bytes of a path; a header may hold a MiB
	hollowTar  = 64 << 20 // a sparse member of this size is not read: it is mostly holes
)

// NewTarStream begins to read a tar. The buffer of in must hold a block, 512
// bytes.
func NewTarStream(in *bufio.Reader) *TarStream {
	t := &TarStream{in: in}
	t.begin()
	return t
}

// IsTarStream reports whether a stream begins with the header of a tar.
func IsTarStream(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(head[:512])).Next()
	return err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

func (t *TarStream) begin() {
	t.blocks = &endSeer{r: t.in}
	t.tar = tar.NewReader(t.blocks)
}

// Met is how many members Next has given.
func (t *TarStream) Met() int { return t.n }

// Next goes on to the next member. It passes over folders, and from one tar to
// one that follows. A [breach.Gap] says that the stream broke off, io.EOF that
// it came to its end.
func (t *TarStream) Next(ctx context.Context) (TarMember, error) {
	for {
		if err := ctx.Err(); err != nil {
			return TarMember{}, err
		}
		h, err := t.tar.Next()
		switch {
		case errors.Is(err, io.EOF) && t.blocks.ended: // without the blocks that end a tar
			return TarMember{}, gap(breach.Truncated)
		case errors.Is(err, io.EOF):
			if err := t.another(); err != nil {
				return TarMember{}, err
			}
			continue
		case err != nil:
			return TarMember{}, tarGap(err)
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		t.n++
		return t.member(h), nil
	}
}

// Read reads the content of the member that Next gave. Its errors are gaps.
func (t *TarStream) Read(p []byte) (int, error) {
	n, err := t.tar.Read(p)
	if err != nil && err != io.EOF {
		err = tarGap(err)
	}
	return n, err
}

// another goes on to the tar that follows; io.EOF says that none does.
func (t *TarStream) another() error {
	for {
		block, err := t.in.Peek(512)
		switch {
		case len(bytes.Trim(block, "\x00")) > 0:
			t.begin()
			return nil
		case errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return tarGap(err)
		}
		if _, err := t.in.Discard(len(block)); err != nil {
			return tarGap(err)
		}
	}
}

// member tells what a header says.
func (t *TarStream) member(h *tar.Header) TarMember {
	m := TarMember{Name: strings.TrimPrefix(h.Name, "./"), Size: h.Size, State: breach.Pending}
	m.Name = m.Name[:min(len(m.Name), maxTarName)]
	if m.Name == "" {
		m.Name = fmt.Sprintf("member %d", t.n)
	}
	sparse := h.Typeflag == tar.TypeGNUSparse
	for key := range h.PAXRecords {
		sparse = sparse || strings.HasPrefix(key, "GNU.sparse.")
	}
	switch {
	case h.Typeflag == tar.TypeLink, h.Typeflag == tar.TypeSymlink:
		m.State, m.Reason = breach.LeftOut, breach.LinkNotFollowed
	case sparse && h.Size >= hollowTar:
		m.State, m.Reason = breach.NotReadable, breach.SpecialFile
	case sparse, h.Typeflag == tar.TypeReg, h.Typeflag == tar.TypeCont:
	default:
		m.State, m.Reason = breach.LeftOut, breach.SpecialFile
	}
	return m
}

// tarGap says why a stream broke off.
func tarGap(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return gap(breach.Truncated)
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return gap(breach.Malformed)
	}
	return gap(breach.IOError)
}

// endSeer sees whether its reader came to its end.
type endSeer struct {
	r     io.Reader
	ended bool
}

func (e *endSeer) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.ended = e.ended || err == io.EOF
	return n, err
}
