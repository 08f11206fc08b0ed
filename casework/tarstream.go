package casework

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// tarPrefix begins the name of a tar on standard input; what tells the stream
// from others follows.
const tarPrefix = "tar:"

// tarStream is a tar that passes by once. Its members are held while they are
// read, and while their pictures wait.
type tarStream struct {
	id   string // of the source: the same stream again has the same
	held *held

	in     *bufio.Reader
	blocks *endSeer
	tar    *tar.Reader
	n      int // members met
}

// newTarStream begins a stream. It is known by its first bytes, so that the
// same one goes on where it was when it broke off.
func newTarStream(head []byte, in *bufio.Reader, held *held) *tarStream {
	sum := sha256.Sum256(head[:min(len(head), 4096)])
	t := &tarStream{id: tarPrefix + hex.EncodeToString(sum[:8]), held: held, in: in}
	t.begin()
	return t
}

func (t *tarStream) begin() {
	t.blocks = &endSeer{r: t.in}
	t.tar = tar.NewReader(t.blocks)
}

func (t *tarStream) name() string { return t.id }

func (t *tarStream) Close() error { return nil }

func (t *tarStream) unchanged(store.Item) bool { return true }

func (t *tarStream) release(sha [32]byte, waits bool) { t.held.release(sha, waits) }

// list lists nothing: the stream is fed as it passes.
func (t *tarStream) list(context.Context, *walker) error { return nil }

// open opens a member that is held.
func (t *tarStream) open(ctx context.Context, it store.Item) (*os.File, []byte, error) {
	file, err := t.held.open(ctx, it.SHA256)
	if err != nil {
		return nil, nil, &breach.Gap{Reason: reasonOf(err)}
	}
	return hashed(ctx, file)
}

// next gives the header of the next member as an item. It passes over folders,
// and from one tar to one that follows. A Gap says that the stream broke off.
func (t *tarStream) next() (store.Item, error) {
	for {
		h, err := t.tar.Next()
		switch {
		case errors.Is(err, io.EOF) && t.blocks.ended: // without the blocks that end a tar
			return store.Item{}, &breach.Gap{Reason: breach.Truncated}
		case errors.Is(err, io.EOF):
			if err := t.another(); err != nil {
				return store.Item{}, err
			}
			continue
		case err != nil:
			return store.Item{}, tarGap(err)
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		t.n++
		return t.item(h), nil
	}
}

// another goes on to the tar that follows; io.EOF says that none does.
func (t *tarStream) another() error {
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

// item tells a member.
func (t *tarStream) item(h *tar.Header) store.Item {
	it := store.Item{Path: strings.TrimPrefix(h.Name, "./"), Size: h.Size, State: breach.Pending}
	if it.Path == "" {
		it.Path = fmt.Sprintf("member %d", t.n)
	}
	sparse := h.Typeflag == tar.TypeGNUSparse
	for key := range h.PAXRecords {
		sparse = sparse || strings.HasPrefix(key, "GNU.sparse.")
	}
	switch {
	case h.Typeflag == tar.TypeLink, h.Typeflag == tar.TypeSymlink:
		it.State, it.Reason = breach.LeftOut, breach.LinkNotFollowed
	case sparse && h.Size >= hollowSize:
		it.State, it.Reason = breach.NotReadable, breach.SpecialFile
	case sparse, h.Typeflag == tar.TypeReg, h.Typeflag == tar.TypeCont:
	default:
		it.State, it.Reason = breach.LeftOut, breach.SpecialFile
	}
	return it
}

// take copies the content of the member that next gave.
func (t *tarStream) take(ctx context.Context) (*os.File, []byte, error) {
	file, sha, err := t.held.take(ctx, t.tar)
	var broken errSource
	if errors.As(err, &broken) && ctx.Err() == nil {
		return nil, nil, tarGap(broken.error)
	}
	return file, sha, err
}

// rest names what was not met of a stream that broke off.
func (t *tarStream) rest(reason breach.Reason) store.Item {
	return store.Item{Path: fmt.Sprintf("members from %d on", t.n+1), Size: -1, State: breach.Partly, Reason: reason}
}

// tarGap says why a stream broke off.
func tarGap(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &breach.Gap{Reason: breach.Truncated}
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return &breach.Gap{Reason: breach.Malformed}
	}
	return &breach.Gap{Reason: breach.IOError}
}

// versionOf is what stands for the time of an item whose content, or a mark of
// it, is known: with the size it tells whether the item changed.
func versionOf(mark []byte) int64 {
	sum := sha256.Sum256(mark)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// isTar reports whether a stream begins with the header of a tar.
func isTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(head[:512])).Next()
	return err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
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
