package seal

import (
	"fmt"
	"sync"
)

// RowOverhead is how many bytes longer a value is once it is sealed: its
// generation, a nonce, a tag.
const RowOverhead = 1 + 12 + 16

// Rows seals values of the database. It is safe for concurrent use.
//
// Nonces are random and of 96 bits, so one key may seal 2^32 values before the
// odds of two equal nonces pass 2^-32 (NIST SP 800-38D, 8.3). Each table of
// each case has a key of its own, so the bound is four billion writes a table:
// out of reach for what people decide on. Findings can be a billion, and lie in
// part files, of which each has its own key; see Writer.
type Rows struct {
	hidden
	ring   Ring
	newest Generation
	tables sync.Map // tableKey → sealer; as many as there are tables
}

type tableKey struct {
	generation Generation
	table      string
}

// NewRows makes a Rows from the keys of a case.
func NewRows(ring Ring) (*Rows, error) {
	newest := ring.Newest()
	if newest == 0 {
		return nil, fmt.Errorf("sealing rows: %w", ErrNoKey)
	}
	own := make(Ring, len(ring))
	for g, k := range ring {
		own[g] = k.For(ForRows)
	}
	return &Rows{ring: own, newest: newest}, nil
}

// Seal seals one value for one place under the newest key.
func (r *Rows) Seal(w Where, plain []byte) []byte {
	aead, err := r.table(r.newest, w)
	if err != nil {
		panic("seal: " + err.Error()) // the newest key was there when r was made, and r's are its own
	}
	var buf [192]byte
	out := make([]byte, 1, RowOverhead+len(plain))
	out[0] = byte(r.newest)
	return aead.seal(out, nil, plain, w.bound(buf[:0]))
}

// Open opens what was sealed for a place; an error wraps ErrForged or ErrNoKey.
func (r *Rows) Open(w Where, sealed []byte) ([]byte, error) {
	if len(sealed) < RowOverhead {
		return nil, fmt.Errorf("%s: %w", w, ErrForged)
	}
	aead, err := r.table(Generation(sealed[0]), w)
	if err != nil {
		return nil, err
	}
	var buf [192]byte
	plain, err := aead.open(nil, nil, sealed[1:], w.bound(buf[:0]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w, ErrForged)
	}
	return plain, nil
}

// Reseal brings a value under the newest key. It gives back what it got where
// that is so already.
func (r *Rows) Reseal(w Where, sealed []byte) ([]byte, error) {
	plain, err := r.Open(w, sealed)
	if err != nil {
		return nil, err
	}
	if Generation(sealed[0]) == r.newest {
		return sealed, nil
	}
	return r.Seal(w, plain), nil
}

// table is the cipher for one table.
func (r *Rows) table(g Generation, w Where) (sealer, error) {
	at := tableKey{g, w.Table}
	if aead, ok := r.tables.Load(at); ok {
		return aead.(sealer), nil
	}
	key, err := r.ring.key(g, w)
	if err != nil {
		return sealer{}, err
	}
	aead := key.For(ForRows, w.Table).gcmRandom()
	r.tables.Store(at, aead)
	return aead, nil
}
