package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// A secret on paper: 64 characters in 16 groups, each closed by a check
// character, so that who types it is told which group is wrong:
//
//	KLARLAGT-A-0123X-4567Y-…
//
// All of it is in the alphabet that QR codes hold best. The letters are
// Crockford's: no I, L, O or U; whoever types I or L means 1, and O means 0.
//
// The characters hold 40 bytes: the letter, 4 bytes that say which secret it
// is of, 32 bytes, and 3 of a checksum over all these.
const (
	letters     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	textPrefix  = "KLARLAGT-"
	groups      = 16
	groupLetter = 4
	maxText     = 1024 // with all the blanks that a printer or a typist puts in
)

// typed is a secret as it stands on paper.
type typed struct {
	letter byte
	of     [4]byte
	secret [KeySize]byte
}

func paper() *base32.Encoding {
	return base32.NewEncoding(letters).WithPadding(base32.NoPadding)
}

func (t typed) String() string {
	raw := append([]byte{t.letter}, t.of[:]...)
	raw = append(raw, t.secret[:]...)
	sum := sha256.Sum256(raw)
	text := paper().EncodeToString(append(raw, sum[:3]...))
	var b strings.Builder
	b.WriteString(textPrefix)
	b.WriteByte(t.letter)
	for g := range groups {
		group := text[g*groupLetter : (g+1)*groupLetter]
		b.WriteByte('-')
		b.WriteString(group)
		b.WriteByte(check(g, group))
	}
	return b.String()
}

// parseTyped reads a secret as somebody typed it. Errors name the group, never
// what stands in it.
func parseTyped(text string) (typed, error) {
	if len(text) > maxText {
		return typed{}, fmt.Errorf("%d characters are too many", len(text))
	}
	text, found := strings.CutPrefix(strings.Map(written, text), strings.Map(written, textPrefix))
	if !found || text == "" {
		return typed{}, fmt.Errorf("it does not begin with %s", textPrefix)
	}
	letter, text := text[0], text[1:]
	if len(text) != groups*(groupLetter+1) {
		return typed{}, fmt.Errorf("%d characters in place of %d", len(text), groups*(groupLetter+1))
	}
	var plain strings.Builder
	for g := range groups {
		group := text[g*(groupLetter+1):][:groupLetter+1]
		if check(g, group[:groupLetter]) != group[groupLetter] {
			return typed{}, fmt.Errorf("group %d is mistyped", g+1)
		}
		plain.WriteString(group[:groupLetter])
	}
	raw, err := paper().DecodeString(plain.String())
	if err != nil {
		return typed{}, fmt.Errorf("a character that none of ours is")
	}
	sum := sha256.Sum256(raw[:len(raw)-3])
	if !bytes.Equal(sum[:3], raw[len(raw)-3:]) || raw[0] != letter {
		return typed{}, fmt.Errorf("the checksum is wrong: a group was mistyped, or two were swapped")
	}
	return typed{raw[0], [4]byte(raw[1:5]), [KeySize]byte(raw[5 : 5+KeySize])}, nil
}

// written brings what was typed into the form that is read: blanks and dashes
// dropped, capitals, and letters for what they were taken for.
func written(r rune) rune {
	switch {
	case r == ' ', r == '-', r == '\n', r == '\r', r == '\t':
		return -1
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	}
	switch r {
	case 'I', 'L':
		return '1'
	case 'O':
		return '0'
	}
	return r
}

// check is the check character of a group: the value at 2 of the polynomial
// over GF(32) whose coefficients are the group's number and characters. One
// wrong character changes it, and so do two that changed places.
func check(group int, chars string) byte {
	sum := group + 1
	for i := range len(chars) {
		sum = twice(sum) ^ (strings.IndexByte(letters, chars[i]) & 31)
	}
	return letters[twice(sum)]
}

// twice multiplies by 2 in GF(32), modulo x⁵+x²+1.
func twice(x int) int {
	x <<= 1
	if x&32 != 0 {
		x ^= 0b100101
	}
	return x
}
