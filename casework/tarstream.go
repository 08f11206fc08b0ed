package casework

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
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

	tar *extract.TarStream
}

// newTarStream begins a stream. It is known by its first bytes, so that the
// same one goes on where it was when it broke off.
func newTarStream(head []byte, in *bufio.Reader, held *held) *tarStream {
	sum := sha256.Sum256(head[:min(len(head), 4096)])
	return &tarStream{id: tarPrefix + hex.EncodeToString(sum[:8]), held: held, tar: extract.NewTarStream(in)}
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

// next gives the header of the next member as an item. A Gap says that the
// stream broke off.
func (t *tarStream) next(ctx context.Context) (store.Item, error) {
	m, err := t.tar.Next(ctx)
	return store.Item{Path: m.Name, Size: m.Size, State: m.State, Reason: m.Reason}, err
}

// take copies the content of the member that next gave.
func (t *tarStream) take(ctx context.Context) (*os.File, []byte, error) {
	file, sha, err := t.held.take(ctx, t.tar)
	var broken errSource
	if errors.As(err, &broken) && ctx.Err() == nil {
		return nil, nil, broken.error
	}
	return file, sha, err
}

// rest names what was not met of a stream that broke off.
func (t *tarStream) rest(reason breach.Reason) store.Item {
	return store.Item{Path: fmt.Sprintf("members from %d on", t.tar.Met()+1), Size: -1, State: breach.Partly, Reason: reason}
}

// versionOf is what stands for the time of an item whose content, or a mark of
// it, is known: with the size it tells whether the item changed.
func versionOf(mark []byte) int64 {
	sum := sha256.Sum256(mark)
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}
