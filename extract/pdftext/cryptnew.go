package pdftext

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
)

// newKey finds the key of a document encrypted with AES of 256 bits, for no
// password: ISO 32000-2, algorithms 2.A and 11.
func (d *Document) newKey(from dict, revision int) ([]byte, error) {
	user, _ := from.get("U").(text)
	wrapped, _ := from.get("UE").(text)
	if len(user) < 48 || len(wrapped) != 32 || revision != 5 && revision != 6 {
		return nil, errLock
	}
	hash := hash2B
	if revision == 5 {
		hash = func(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] }
	}
	if !bytes.Equal(hash([]byte(user)[32:40]), []byte(user)[:32]) {
		return nil, errLock
	}
	block, err := aes.NewCipher(hash([]byte(user)[40:48]))
	if err != nil {
		return nil, errLock
	}
	key := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(key, []byte(wrapped))
	return key, nil
}

// hash2B is the hash of no password with a salt: ISO 32000-2, algorithm 2.B.
func hash2B(salt []byte) []byte {
	sum := sha256.Sum256(salt)
	k := sum[:]
	for round := 0; ; round++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		rest := 0
		for _, b := range e[:16] {
			rest += int(b)
		}
		switch rest % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-32 {
			return k[:32]
		}
	}
}
