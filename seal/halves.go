package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// Split makes two texts of a recovery key (the private half of a NewMember), to
// be printed and kept by two people. One is random, the other the key XORed
// with it: each alone says no more of the key than its public half does, by which
// both say what they are of.
func Split(k Key) (a, b breach.Personal, err error) {
	of, err := keyMark(k)
	if err != nil {
		return a, b, fmt.Errorf("splitting the recovery key: %w", err)
	}
	one, other := typed{letter: 'A', of: of}, typed{letter: 'B', of: of}
	_, _ = rand.Read(one.secret[:])
	subtle.XORBytes(other.secret[:], one.secret[:], k.secret()[:])
	return breach.Hide(one.String()), breach.Hide(other.String()), nil
}

// Join makes the key of the two texts, in either order. A typing mistake is
// told by its group.
func Join(a, b breach.Personal) (Key, error) {
	one, err := parseTyped(a.Reveal())
	if err != nil {
		return Key{}, fmt.Errorf("first half of the recovery key: %w", err)
	}
	other, err := parseTyped(b.Reveal())
	if err != nil {
		return Key{}, fmt.Errorf("second half of the recovery key: %w", err)
	}
	switch {
	case one.letter == other.letter:
		return Key{}, errors.New("the same half of the recovery key twice")
	case one.letter+other.letter != 'A'+'B' || one.of != other.of:
		return Key{}, errors.New("halves of two different recovery keys")
	}
	secret := make([]byte, KeySize)
	subtle.XORBytes(secret, one.secret[:], other.secret[:])
	k, err := KeyFrom(secret)
	if err != nil {
		return Key{}, fmt.Errorf("joining the recovery key: %w", err)
	}
	if of, err := keyMark(k); err != nil || of != one.of {
		return Key{}, errors.New("the halves do not make the key they are said to be of")
	}
	return k, nil
}

// keyMark says which key a half is of: the first bytes of the hash of its public
// half, which is no secret.
func keyMark(k Key) ([4]byte, error) {
	public, err := Public(k)
	if err != nil {
		return [4]byte{}, err
	}
	sum := sha256.Sum256(public)
	return [4]byte(sum[:4]), nil
}
