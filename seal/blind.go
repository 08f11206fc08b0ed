package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// Blind makes what a value is looked up by without being stored: HMAC-SHA-256
// under a key of the case. Without the key nobody can try values against it;
// with the database alone, all that shows is which rows hold equal values.
type Blind struct {
	hidden
	key Key
}

// NewBlind makes a Blind from the case's key. There is no ring: a new key means
// to make the index anew.
func NewBlind(k Key) (Blind, error) {
	if k.IsZero() {
		return Blind{}, fmt.Errorf("blind index: %w", ErrNoKey)
	}
	return Blind{key: k.For(ForBlind)}, nil
}

// Of is where a value stands in the index of one column. The caller brings the
// value into the one form that is looked up. The first 128 bits of the HMAC:
// among a billion values, the odds of two at one place are 2^-69.
func (b Blind) Of(column string, value breach.Personal) [16]byte {
	mac := hmac.New(sha256.New, b.key.secret()[:])
	mac.Write(field(nil, column))
	mac.Write([]byte(value.Reveal()))
	return [16]byte(mac.Sum(nil))
}
