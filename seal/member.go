package seal

import (
	"bytes"
	"crypto/hpke"
	"errors"
	"fmt"
)

// memberFormat is in front of a key that is wrapped to a member: HPKE (RFC 9180)
// with ML-KEM-768 and X25519, HKDF-SHA-256 and AES-256-GCM.
const memberFormat = 1

// NewMember makes a key pair: the public half is stored in the clear, and keys
// are wrapped to it; the private half is a Key, sealed by what only the member
// has. So who runs the server cannot read a case in secret mode.
func NewMember() (private Key, public []byte, err error) {
	private = NewKey()
	public, err = Public(private)
	return private, public, err
}

// Public is the public half of a member's private key.
func Public(private Key) ([]byte, error) {
	pair, err := pair(private)
	if err != nil {
		return nil, err
	}
	return pair.PublicKey().Bytes(), nil
}

// OpenMember reads a member's private key from what is in its file: the text that
// NewMasterFile writes, or what NewMasterPassphrase does. It clears the text. An
// error wraps ErrPassphrase where that is what is wrong.
func OpenMember(file, passphrase []byte) (Key, error) {
	open := func() (Key, error) { return parseMaster(file) }
	switch {
	case len(file) > masterFile:
		return Key{}, errors.New("too large for a key")
	case bytes.HasPrefix(file, []byte("age-encryption.org/")):
		open = func() (Key, error) { return openPassphrase(file, passphrase) }
	}
	k, err := open()
	if err != nil {
		return Key{}, fmt.Errorf("a member's key: %w", err)
	}
	return k, nil
}

// WrapTo seals a key to the holder of a public key's private half, bound to
// what it is as in Wrap; Row is whose it is.
func WrapTo(public []byte, w Where, k Key) ([]byte, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("wrapping %s: %w", w, ErrNoKey)
	}
	to, err := hpke.MLKEM768X25519().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("wrapping %s: public key: %w", w, err)
	}
	sealed, err := hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), w.bound(nil), k.secret()[:])
	if err != nil {
		return nil, fmt.Errorf("wrapping %s: %w", w, err)
	}
	return append([]byte{memberFormat}, sealed...), nil
}

// UnwrapAs opens what WrapTo has made; an error wraps ErrForged or ErrNoKey.
func UnwrapAs(private Key, w Where, wrapped []byte) (Key, error) {
	pair, err := pair(private)
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, err)
	}
	if len(wrapped) == 0 || wrapped[0] != memberFormat {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, ErrForged)
	}
	secret, err := hpke.Open(pair, hpke.HKDFSHA256(), hpke.AES256GCM(), w.bound(nil), wrapped[1:])
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping %s: %w", w, ErrForged)
	}
	return KeyFrom(secret)
}

func pair(private Key) (hpke.PrivateKey, error) {
	if private.IsZero() {
		return nil, ErrNoKey
	}
	pair, err := hpke.MLKEM768X25519().NewPrivateKey(private.secret()[:])
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return pair, nil
}
