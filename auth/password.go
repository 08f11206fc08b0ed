package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/klarlagt/klarlagt/breach"
)

// The least and the most characters of a password. OWASP ASVS 5.0 (6.2.1,
// 6.2.9) asks for at least 8, recommends 15, and wants 64 to be possible.
const (
	leastPassword = 12
	mostPassword  = 256
)

// PasswordHash is a password as it is stored: argon2id in the PHC text form,
// $argon2id$v=19$m=47104,t=1,p=1$salt$hash.
type PasswordHash string

// cost is what one hash costs.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// hashCost is the first of the settings that OWASP's password storage cheat
// sheet gives.
var hashCost = cost{memory: 46 * 1024, passes: 1, threads: 1}

// The most that a stored hash may ask for: more is no hash of ours.
var mostCost = cost{memory: 256 * 1024, passes: 10, threads: 8}

const (
	saltLen = 16
	hashLen = 32
)

// NewPassword hashes a password that somebody chooses, and refuses one that is
// too short, too long or among the first to be tried. The names are what the
// account says of itself: user name, organisation.
func NewPassword(password string, names ...string) (PasswordHash, error) {
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || n < leastPassword || n > mostPassword:
		return "", &breach.Refusal{Key: "refusal.password-length", Args: map[string]any{"Least": leastPassword, "Most": mostPassword}}
	case isCommon(password, names...):
		return "", &breach.Refusal{Key: "refusal.password-common"}
	}
	return hash(password, hashCost), nil
}

func hash(password string, c cost) PasswordHash {
	var salt [saltLen]byte
	_, _ = rand.Read(salt[:]) // never fails: crypto/rand
	key := argon2.IDKey([]byte(password), salt[:], c.passes, c.memory, c.threads, hashLen)
	b64 := base64.RawStdEncoding.EncodeToString
	return PasswordHash(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads, b64(salt[:]), b64(key)))
}

// Matches holds a password against the hash, in the time that one hash takes,
// whatever the password. Weak says that it matches and was hashed for less than
// is asked for today: hash it anew while it is at hand.
func (h PasswordHash) Matches(password string) (ok, weak bool) {
	c, salt, want, err := h.parse()
	// A hash that cannot be read and a password beyond all length still cost the same.
	usable := err == nil && len(password) <= 4*mostPassword
	if !usable {
		c, salt, want, password = hashCost, make([]byte, saltLen), make([]byte, hashLen), ""
	}
	got := argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.passes, c.memory, c.threads, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1 && usable
	return ok, ok && (uint64(c.memory)*uint64(c.passes) < uint64(hashCost.memory)*uint64(hashCost.passes) || len(want) < hashLen)
}

// Again hashes a password that has just matched a weak hash.
func (h PasswordHash) Again(password string) PasswordHash {
	return hash(norm.NFC.String(password), hashCost)
}

// errHash says that a stored hash is none of ours.
var errHash = errors.New("not an argon2id hash")

func (h PasswordHash) parse() (c cost, salt, key []byte, err error) {
	parts := strings.Split(string(h), "$")
	if len(h) > 256 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", c.memory, c.passes, c.threads) {
		return cost{}, nil, nil, errHash
	}
	if c.memory > mostCost.memory || c.passes > mostCost.passes || c.threads > mostCost.threads ||
		c.memory < 8*uint32(c.threads) || c.passes < 1 || c.threads < 1 {
		return cost{}, nil, nil, errHash
	}
	salt, errSalt := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return cost{}, nil, nil, errHash
	}
	return c, salt, key, nil
}

// String returns dots: a hash can be tried at leisure.
func (h PasswordHash) String() string { return breach.Hidden }
