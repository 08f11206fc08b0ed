package notify

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// The reasons not to freeze a notice.
var (
	ErrOrder   = errors.New("not in the order of subject and reader, or twice")
	ErrForeign = errors.New("of another notice or version")
	ErrChanged = errors.New("its hash is not of what it says")
	ErrBox     = errors.New("another reader has the same mailbox")
	ErrChannel = errors.New("its channel and its address do not go together")
)

// Batch is a frozen version of a notice: what is approved. Root is the root of
// a Merkle tree (RFC 6962, SHA-256) whose leaves are the hashes of all notices
// in the order of subject and reader. It changes when a word, an address or a
// person does; with it the approval is void.
type Batch struct {
	ID        breach.NoticeID
	Version   int
	Root      [32]byte
	Count     int
	ByChannel map[breach.Channel]int
	Samples   []Sample
}

// Freezer takes the notices of one version one after another and keeps only
// what grows with their count by a few bytes each.
type Freezer struct {
	id      breach.NoticeID
	version int
	seed    [32]byte
	tree    tree
	last    [2]breach.PersonID
	boxes   map[[16]byte]breach.PersonID // keyed hashes of mailboxes, by who reads there
	channel map[breach.Channel]int
	samples samples
}

// NewFreezer begins a version. The seed chooses the samples: it comes from
// chance once everything is written, so that no author knows what is shown.
func NewFreezer(id breach.NoticeID, version int, seed [32]byte) *Freezer {
	return &Freezer{id: id, version: version, seed: seed, boxes: map[[16]byte]breach.PersonID{},
		channel: map[breach.Channel]int{}, samples: samples{}}
}

// Finished is a notice with the hash of what it says: nothing is added to it any
// more. Only Finish makes one.
type Finished struct{ notice breach.Notice }

// Finish hashes a notice.
func Finish(n breach.Notice) Finished {
	n.Hash = Hash(n)
	return Finished{n}
}

// Notice is the notice. Nobody may change its content.
func (f Finished) Notice() breach.Notice { return f.notice }

// Add takes the next notice; left is what Render told. An error wraps one of
// the reasons above and names the people by their ids.
func (f *Freezer) Add(n breach.Notice, left int) error { return f.add(n, left, Hash) }

// AddFinished is Add for a notice that was hashed just now, elsewhere: hashing is
// most of the work.
func (f *Freezer) AddFinished(n Finished, left int) error {
	return f.add(n.notice, left, func(n breach.Notice) [32]byte { return n.Hash })
}

func (f *Freezer) add(n breach.Notice, left int, hash func(breach.Notice) [32]byte) error {
	if err := f.check(n, hash); err != nil {
		return fmt.Errorf("freeze %s: %w", n, err)
	}
	f.last = [2]breach.PersonID{n.Subject, n.Reader}
	f.tree.add(n.Hash)
	f.channel[n.Channel]++
	f.samples.consider(n, left, f.rank(n.Hash[:]))
	return nil
}

func (f *Freezer) check(n breach.Notice, hash func(breach.Notice) [32]byte) error {
	order := cmp.Or(cmp.Compare(n.Subject, f.last[0]), cmp.Compare(n.Reader, f.last[1]))
	switch {
	case n.ID != f.id || n.Version != f.version:
		return ErrForeign
	case order <= 0 || n.Subject == "" || n.Reader == "":
		return ErrOrder
	case n.Hash != hash(n):
		return ErrChanged
	case !addressed(n):
		return ErrChannel
	}
	for _, box := range []breach.Personal{n.To.Email, n.To.NationalID} {
		if box.IsZero() {
			continue
		}
		sum := sha256.Sum256(append(f.seed[:len(f.seed):len(f.seed)], box.Reveal()...))
		key := [16]byte(sum[:16])
		if reader, taken := f.boxes[key]; taken && reader != n.Reader {
			return ErrBox
		}
		f.boxes[key] = n.Reader
	}
	return nil
}

// addressed reports whether a notice has the address that its channel needs and
// no other: an address that is not there cannot be used by mistake.
func addressed(n breach.Notice) bool {
	to := n.To
	mail, box, street := !to.Email.IsZero(), !to.NationalID.IsZero(), to.Postal != breach.Postal{}
	switch n.Channel {
	case breach.Mail:
		return mail && !box && !street
	case breach.Mailbox:
		return box && !mail && !street
	case breach.Paper:
		return street && !mail && !box
	case breach.Envelope:
		return !mail && box != street
	case breach.ByHand:
		return !mail && !box
	}
	return false
}

// rank orders notices as chance does.
func (f *Freezer) rank(text []byte) uint64 {
	sum := sha256.Sum256(append(f.seed[:len(f.seed):len(f.seed)], text...))
	return binary.BigEndian.Uint64(sum[:8])
}

// Batch is what has been taken so far.
func (f *Freezer) Batch() Batch {
	return Batch{ID: f.id, Version: f.version, Root: f.tree.root(), Count: int(f.tree.count),
		ByChannel: f.channel, Samples: f.samples.list()}
}
