package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// CodeHash is what is stored of a code that is given once: SHA-256, in
// hexadecimal. A code has 80 random bits, which nobody tries out.
type CodeHash string

// newCode makes a code to be written down: XXXX-XXXX-XXXX-XXXX, in letters and
// digits that are not taken for each other.
func newCode() (breach.Personal, CodeHash) {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand
	text := base32.StdEncoding.EncodeToString(raw[:])
	return breach.Hide(text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]), hashCode(text)
}

// hashCode hashes a code as somebody typed it: case, blanks and hyphens do not
// matter, nor a nought for an O, a one for an I and an eight for a B, which the
// alphabet lacks.
func hashCode(typed string) CodeHash {
	if len(typed) > 64 {
		typed = ""
	}
	plain := typedCode.Replace(strings.ToUpper(typed))
	sum := sha256.Sum256([]byte(plain))
	return CodeHash(hex.EncodeToString(sum[:]))
}

var typedCode = strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I", "8", "B")

func (h CodeHash) is(other CodeHash) bool {
	return subtle.ConstantTimeCompare([]byte(h), []byte(other)) == 1
}

// recoveryCodes is how many an account gets.
const recoveryCodes = 10

// NewRecovery makes the codes that let somebody in once each when their app or
// key is lost: the texts to print, and what to store.
func NewRecovery() ([]breach.Personal, []CodeHash) {
	var texts []breach.Personal
	var hashes []CodeHash
	for range recoveryCodes {
		text, hash := newCode()
		texts, hashes = append(texts, text), append(hashes, hash)
	}
	return texts, hashes
}

// UseRecovery holds a code against those left, and gives those left after it.
func UseRecovery(left []CodeHash, code string) ([]CodeHash, bool) {
	hash := hashCode(code)
	var after []CodeHash
	for _, h := range left { // all, so that time does not tell which
		if !h.is(hash) {
			after = append(after, h)
		}
	}
	return after, len(after) < len(left)
}
