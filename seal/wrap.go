package seal

import "fmt"

// WrapSize is the length of a wrapped key.
const WrapSize = 1 + 12 + KeySize + 16

const wrapFormat = 1

// Wrap seals a key under another, bound to what it is: whose tenant's, which
// case's, what for (Table), which generation (Version).
func Wrap(under Key, w Where, k Key) ([]byte, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("wrapping %s: %w", w, ErrNoKey)
	}
	aead, err := wrapper(under)
	if err != nil {
		return nil, fmt.Errorf("wrapping %s: %w", w, err)
	}
	return aead.seal([]byte{wrapFormat}, nil, k.secret()[:], w.bound(nil)), nil
}

// Unwrap opens what Wrap has made; an error wraps ErrForged or ErrNoKey.
func Unwrap(under Key, w Where, wrapped []byte) (Key, error) {
	aead, err := wrapper(under)
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, err)
	}
	if len(wrapped) != WrapSize || wrapped[0] != wrapFormat {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, ErrForged)
	}
	secret, err := aead.open(nil, nil, wrapped[1:], w.bound(nil))
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, ErrForged)
	}
	return KeyFrom(secret)
}

// Rewrap brings a wrapped key under another: all that a new master key asks of
// the tenants' keys, and a new tenant key of the cases'.
func Rewrap(from, to Key, w Where, wrapped []byte) ([]byte, error) {
	k, err := Unwrap(from, w, wrapped)
	if err != nil {
		return nil, err
	}
	defer k.Destroy()
	return Wrap(to, w, k)
}

func wrapper(under Key) (sealer, error) {
	if under.IsZero() {
		return sealer{}, ErrNoKey
	}
	return under.For(ForWraps).gcmRandom(), nil
}
