package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// Token is the secret that a browser holds and that opens a session: 256
// random bits. It prints as dots; only Reveal gives its text, for the cookie.
type Token struct {
	// A pointer: of what is not exported fmt prints fields without asking their
	// methods, and all it prints of a pointer inside a struct is an address.
	raw *[32]byte
}

// TokenHash is what is stored of a token: its SHA-256. A token has too much
// chance in it to be guessed from its hash, so the hash needs no salt.
type TokenHash [32]byte

// NewToken is one that nobody can guess.
func NewToken() Token {
	t := Token{new([32]byte)}
	_, _ = rand.Read(t.raw[:]) // never fails: crypto/rand
	return t
}

// tokenTextLen is the length of a token's text.
const tokenTextLen = 43

// ParseToken reads the text of a token, in the one form that Reveal gives.
func ParseToken(text string) (Token, bool) {
	if len(text) != tokenTextLen {
		return Token{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 32 {
		return Token{}, false
	}
	return Token{(*[32]byte)(raw)}, true
}

// Reveal gives the text.
func (t Token) Reveal() string {
	if t.raw == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(t.raw[:])
}

// Hash is what to store, and to look a session up by. The zero Token has none:
// its hash is of nothing that anybody can send.
func (t Token) Hash() TokenHash {
	if t.raw == nil {
		return TokenHash{}
	}
	return sha256.Sum256(t.raw[:])
}

// String returns dots.
func (t Token) String() string { return breach.Hidden }

// Format prints dots for every verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, breach.Hidden) }

// MarshalText returns dots.
func (t Token) MarshalText() ([]byte, error) { return []byte(breach.Hidden), nil }
