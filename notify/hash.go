package notify

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/klarlagt/klarlagt/breach"
)

// Hash is the SHA-256 of all that a notice is beside its hash: which, about
// whom, to whom, by which channel, to what address, and every byte it says.
// Each part is preceded by its length, so that nothing can move from one part
// into the next unseen.
func Hash(n breach.Notice) [32]byte {
	b := make([]byte, 0, 8192)
	b = field(b, "klarlagt notice 1")
	b = field(b, string(n.ID))
	b = binary.BigEndian.AppendUint64(b, uint64(n.Version))
	for _, text := range [...]string{string(n.Subject), string(n.Reader), n.Letter, string(n.Channel),
		n.To.Name.Reveal(), n.To.Email.Reveal(), n.To.NationalID.Reveal(),
		n.To.Postal.Street.Reveal(), n.To.Postal.Postcode.Reveal(), n.To.Postal.Town.Reveal(), n.To.Country} {
		b = field(b, text)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(len(n.Parts)))
	for _, p := range n.Parts {
		b = field(b, p.Language)
		b = field(b, p.Title)
		b = field(b, p.Text)
	}
	return sha256.Sum256(field(b, n.Bytes))
}

func field[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
}

// tree is a Merkle tree as RFC 6962 (section 2.1) has it, of which only the
// roots of its complete subtrees are kept: one for each bit set in the count.
type tree struct {
	count uint64
	roots [][32]byte // the largest first
}

func (t *tree) add(leaf [32]byte) {
	node := sha256.Sum256(append([]byte{0}, leaf[:]...))
	for n := t.count; n&1 == 1; n >>= 1 {
		last := len(t.roots) - 1
		node = parent(t.roots[last], node)
		t.roots = t.roots[:last]
	}
	t.roots = append(t.roots, node)
	t.count++
}

func (t *tree) root() [32]byte {
	if t.count == 0 {
		return sha256.Sum256(nil)
	}
	node := t.roots[len(t.roots)-1]
	for i := len(t.roots) - 2; i >= 0; i-- {
		node = parent(t.roots[i], node)
	}
	return node
}

func parent(left, right [32]byte) [32]byte {
	var both [65]byte
	both[0] = 1
	copy(both[1:], left[:])
	copy(both[33:], right[:])
	return sha256.Sum256(both[:])
}
