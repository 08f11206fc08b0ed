package breach

import (
	"hash/maphash"
	"runtime"
	"strings"
	"sync"
	"weak"
)

// interner keeps each text in use at one address, as the package unique of the
// standard library does. A scan hides a new text for nearly each finding, and
// there unique costs several microseconds a text, for it has the collector
// watch each by itself. Here the collector watches texts by the slab: one is
// forgotten when nobody uses it or its neighbours any more.
type interner struct {
	seed   maphash.Seed
	shards [16]internShard // by the high bits of the hash, so that cores seldom wait for each other
}

type internShard struct {
	sync.Mutex
	known  map[uint64]internRef // by hash; where that is taken by the one after it
	slab   *internSlab          // the one being filled
	weak   weak.Pointer[internSlab]
	hashes *slabHashes // of its texts
}

// slabTexts is how many texts are kept and forgotten together.
const slabTexts = 32

type internSlab struct {
	texts [slabTexts]string
	n     int
}

// slabHashes are the keys of a slab's texts, to forget them by when the slab
// is gone.
type slabHashes [slabTexts]uint64

type internRef struct {
	slab weak.Pointer[internSlab]
	i    uint8
}

// interned is the one thing here that changes after start: that two Personals
// of one text are equal is true of a whole process or not at all.
var interned = newInterner()

func newInterner() *interner {
	in := &interner{seed: maphash.MakeSeed()}
	for i := range in.shards {
		in.shards[i].known = map[uint64]internRef{}
	}
	return in
}

// address gives the address of a text, which it copies.
func (in *interner) address(text string) *string {
	hash := maphash.String(in.seed, text)
	s := &in.shards[hash>>60]
	s.Lock()
	defer s.Unlock()
	for ; ; hash++ {
		ref, ok := s.known[hash]
		if !ok {
			break
		}
		slab := ref.slab.Value()
		if slab == nil { // about to be forgotten
			break
		}
		if t := &slab.texts[ref.i]; *t == text {
			return t
		}
	}
	if s.slab == nil || s.slab.n == slabTexts {
		s.begin()
	}
	i := s.slab.n
	s.slab.n++
	s.slab.texts[i] = strings.Clone(text)
	s.hashes[i] = hash
	s.known[hash] = internRef{s.weak, uint8(i)}
	return &s.slab.texts[i]
}

// begin begins a new slab.
func (s *internShard) begin() {
	s.slab, s.hashes = &internSlab{}, &slabHashes{}
	s.weak = weak.Make(s.slab)
	gone, hashes := s.weak, s.hashes
	runtime.AddCleanup(s.slab, func(s *internShard) { s.forget(gone, hashes) }, s)
}

// forget removes the texts of a slab that is gone, but not those that have come
// again since.
func (s *internShard) forget(gone weak.Pointer[internSlab], hashes *slabHashes) {
	s.Lock()
	defer s.Unlock()
	for _, hash := range hashes {
		if ref, ok := s.known[hash]; ok && ref.slab == gone {
			delete(s.known, hash)
		}
	}
}
