package journal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"

	"github.com/klarlagt/klarlagt/breach"
)

// Commitment stands in a record for a value that the record must not hold. With
// the salt it proves which value that was; without, it says nothing.
type Commitment struct {
	Of   string // what kind of value: "national-id", "reason"
	Hash [32]byte
}

// NewSalt makes 32 random bytes. The caller seals them under the case's key. A
// salt is hidden as a person's value is: with it, anybody can try every identity
// number there is.
func NewSalt() breach.Personal {
	var salt [32]byte
	_, _ = rand.Read(salt[:]) // never fails: see crypto/rand
	return breach.Hide(string(salt[:]))
}

// Commit commits to a value: HMAC-SHA-256 under the salt over what it is of, a
// zero byte, and the value. A salt is used once.
func Commit(of string, salt, value breach.Personal) Commitment {
	mac := hmac.New(sha256.New, []byte(salt.Reveal()))
	mac.Write([]byte(of))
	mac.Write([]byte{0})
	mac.Write([]byte(value.Reveal()))
	return Commitment{of, [32]byte(mac.Sum(nil))}
}

// Opens reports whether this is the value that was committed to.
func (c Commitment) Opens(salt, value breach.Personal) bool {
	is := Commit(c.Of, salt, value)
	return hmac.Equal(is.Hash[:], c.Hash[:])
}
