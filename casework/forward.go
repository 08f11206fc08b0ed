package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"github.com/klarlagt/klarlagt/journal"
)

// atOnce is how many records go out in one piece: some 200 kB.
const atOnce = 500

// ErrPutBack says that the journal is not the one whose records went out so far:
// another state of the data was put back. What is there now goes out whole.
var ErrPutBack = errors.New("the journal is not as it went out: another state was put back; all of it goes out anew")

// Forward hands each record of a tenant's journal on to another system, in their
// order, so that they outlive this machine. A record holds ids and words of ours
// and nothing of anybody. Each goes out at least once: what was under way when
// something failed goes out again. Acts never wait for it.
type Forward struct {
	// Records gives the records from a number on, so many at most, and how many
	// there are in all.
	Records  func(ctx context.Context, from, most int64) ([]journal.Entry, int64, error)
	To       Target // gets lines of JSON
	Position string // the file that keeps how far it came
	Every    time.Duration
	Tell     func(error) // when it begins to fail, and nil when it works again

	waiting atomic.Int64
	failing bool
}

// Waiting is how many records have not arrived yet, as of the last time it looked.
func (f *Forward) Waiting() int64 { return f.waiting.Load() }

// Run hands on what there is, and then what comes, until the context ends; what
// was done until then goes out last.
func (f *Forward) Run(ctx context.Context) {
	tick := time.NewTicker(f.Every)
	defer tick.Stop()
	for {
		f.look(ctx)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRound)
			defer cancel()
			f.look(last)
			return
		case <-tick.C:
		}
	}
}

// look hands on what there is, and tells when that begins to fail or to work.
func (f *Forward) look(ctx context.Context) {
	err := f.round(ctx)
	if ctx.Err() != nil && !errors.Is(err, ErrPutBack) {
		return // only cut off
	}
	if err != nil && !f.failing || err == nil && f.failing || errors.Is(err, ErrPutBack) {
		f.Tell(err)
	}
	f.failing = err != nil
}

func (f *Forward) round(ctx context.Context) error {
	at, err := openPosition(f.Position)
	if err != nil {
		return err
	}
	for {
		list, all, err := f.Records(ctx, max(at.next-1, 0), atOnce)
		if err != nil {
			return err
		}
		f.waiting.Store(all - at.next)
		list, ok := at.follow(list)
		if !ok {
			return errors.Join(ErrPutBack, position{}.save(f.Position))
		}
		if len(list) == 0 {
			return nil
		}
		if err := f.To.Put(ctx, linesOf(list)); err != nil {
			return err
		}
		at = after(list[len(list)-1])
		if err := at.save(f.Position); err != nil {
			return err
		}
		f.waiting.Store(all - at.next)
	}
}

func linesOf(list []journal.Entry) []byte {
	var b bytes.Buffer
	for _, e := range list {
		b.Write(e.Line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// position is how far a target has come: the number of the next record, and the
// hash of the one before, by which a journal that was put back is known.
type position struct {
	next int64
	last [sha256.Size]byte
}

func after(e journal.Entry) position { return position{e.Record.Seq + 1, sha256.Sum256(e.Line)} }

// follow drops the record that went out last, with which the list begins; false
// where it is not the same any more.
func (p position) follow(list []journal.Entry) ([]journal.Entry, bool) {
	if p.next == 0 {
		return list, true
	}
	if len(list) == 0 || after(list[0]) != p {
		return nil, false
	}
	return list[1:], true
}

// openPosition reads what save wrote; where there is nothing, nothing went out.
func openPosition(path string) (p position, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read how far the journal went out: %w", err)
	}
	var hash []byte
	if _, err := fmt.Sscanf(string(raw), "%d %x\n", &p.next, &hash); err != nil || copy(p.last[:], hash) != len(p.last) {
		return position{}, nil // nobody can tell any more: all goes out again
	}
	return p, nil
}

func (p position) save(path string) error {
	return writeFile(path, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%d %s\n", p.next, hex.EncodeToString(p.last[:]))
		return err
	})
}
