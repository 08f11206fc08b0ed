package seal

import (
	"crypto/aes"
	"crypto/cipher"
)

// sealer is a cipher, which holds its key, behind a pointer to an interface: of
// that fmt prints an address and no more, as of the pointer in a Key.
type sealer struct{ aead *cipher.AEAD }

// gcm is AES-256-GCM under a key, which is one: whoever calls has asked IsZero.
func (k Key) gcm() sealer { return k.sealer(cipher.NewGCM) }

// gcmRandom is the same with a random nonce in front of what it seals.
func (k Key) gcmRandom() sealer { return k.sealer(cipher.NewGCMWithRandomNonce) }

func (s sealer) seal(dst, nonce, plain, bound []byte) []byte {
	return (*s.aead).Seal(dst, nonce, plain, bound)
}

func (s sealer) open(dst, nonce, sealed, bound []byte) ([]byte, error) {
	return (*s.aead).Open(dst, nonce, sealed, bound)
}

func (k Key) sealer(mode func(cipher.Block) (cipher.AEAD, error)) sealer {
	block, err := aes.NewCipher(k.secret()[:])
	if err != nil {
		panic("seal: " + err.Error()) // only a wrong length
	}
	aead, err := mode(block)
	if err != nil {
		panic("seal: " + err.Error()) // only a block that is not AES's
	}
	return sealer{&aead}
}
