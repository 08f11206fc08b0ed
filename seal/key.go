package seal

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/klarlagt/klarlagt/breach"
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// ErrNoKey means that the key something needs is not there: destroyed, or
// never given.
var ErrNoKey = errors.New("its key is not here")

// Key is a secret of 32 bytes. However it is printed, logged or marshalled it
// shows dots. Copies of a Key are one key: Destroy ends them all. The zero
// value is "no key", and so is a key of zeroes.
type Key struct {
	// fmt prints unexported fields without asking their methods, and of a pointer
	// to an array, where the verb does not fit, what is in it. Of a pointer to a
	// pointer all it prints is an address.
	at **[KeySize]byte
}

func hold(secret *[KeySize]byte) Key { return Key{&secret} }

// secret is the bytes themselves; only where there is a key.
func (k Key) secret() *[KeySize]byte { return *k.at }

// NewKey makes a random key.
func NewKey() Key {
	secret := new([KeySize]byte)
	_, _ = rand.Read(secret[:]) // never fails: see crypto/rand
	return hold(secret)
}

// KeyFrom makes a key of bytes that are one already, and clears them.
func KeyFrom(secret []byte) (Key, error) {
	defer clear(secret)
	if len(secret) != KeySize {
		return Key{}, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(secret))
	}
	own := [KeySize]byte(secret)
	k := hold(&own)
	if k.IsZero() {
		return Key{}, ErrNoKey
	}
	return k, nil
}

// Reveal gives a copy of the bytes, for what must have them outside this
// package. Who asks clears them.
func (k Key) Reveal() []byte {
	if k.IsZero() {
		return nil
	}
	b := *k.secret()
	return b[:]
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool {
	var none [KeySize]byte
	return k.at == nil || subtle.ConstantTimeCompare(k.secret()[:], none[:]) == 1
}

// Equal reports whether two keys are the same, without telling by its time
// where they differ.
func (k Key) Equal(other Key) bool {
	if k.at == nil || other.at == nil {
		return k.IsZero() && other.IsZero()
	}
	return subtle.ConstantTimeCompare(k.secret()[:], other.secret()[:]) == 1
}

// Destroy overwrites the key with zeroes in this and every copy. It must not
// run beside a use of the key. As far as Go allows: what was made of the key
// before (a Rows, an open part) lives until it is collected, and the system may
// have written memory to swap.
func (k Key) Destroy() {
	if k.at != nil {
		clear(k.secret()[:])
	}
}

// String returns dots, or nothing where there is no key.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return breach.Hidden
}

// Format prints dots for every verb.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.String()) }

// GoString returns dots.
func (k Key) GoString() string { return k.String() }

// LogValue returns dots.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText returns dots; encoding/json, encoding/xml and map keys use it.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
