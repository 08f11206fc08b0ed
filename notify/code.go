package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// symbols are Crockford's 32: none looks like another, and there is no U.
const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeSymbols is how long a code is: 70 bits and a check symbol.
const codeSymbols = 15

// Code makes the code by which a reader, on the phone or at a counter, sees
// that a letter is the controller's. It is in three groups of five, "0A1B2-…",
// says nothing of anybody, and cannot be guessed without the key. It stands in
// the letter alone, never in an address of a page: links spread.
func Code(key []byte, notice breach.NoticeID, subject, reader breach.PersonID) string {
	mac := hmac.New(sha256.New, key)
	for _, part := range []string{"klarlagt code 1", string(notice), string(subject), string(reader)} {
		mac.Write([]byte{byte(len(part) >> 8), byte(len(part))})
		mac.Write([]byte(part))
	}
	sum := mac.Sum(nil)
	var values [codeSymbols]byte
	for i := range codeSymbols - 1 {
		bit := 5 * i
		two := uint16(sum[bit/8])<<8 | uint16(sum[bit/8+1])
		values[i] = byte(two>>(11-bit%8)) & 31
	}
	values[codeSymbols-1] = checkSymbol(values[:codeSymbols-1])
	return spell(values[:])
}

// spell writes a code in its groups.
func spell(values []byte) string {
	out := make([]byte, 0, codeSymbols+2)
	for i, v := range values {
		if i > 0 && i%5 == 0 {
			out = append(out, '-')
		}
		out = append(out, symbols[v])
	}
	return string(out)
}

// ParseCode reads a code as people say and type it: in any case, with O for 0
// and I or L for 1, however it is grouped. It gives the code as Code writes
// it; ok is false where a symbol is wrong, or two have changed places.
func ParseCode(text string) (code string, ok bool) {
	if len(text) > 100 {
		return "", false
	}
	var values []byte
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '–', '.', '\u00a0':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		v := strings.IndexRune(symbols, r)
		if v < 0 || len(values) == codeSymbols {
			return "", false
		}
		values = append(values, byte(v))
	}
	if len(values) != codeSymbols || checkSymbol(values[:codeSymbols-1]) != values[codeSymbols-1] {
		return "", false
	}
	return spell(values), true
}

// checkSymbol is the sum of each symbol times a power of its own in the field
// of 32 elements (x⁵+x²+1): it tells every wrong symbol, and every two that
// have changed places.
func checkSymbol(values []byte) byte {
	var sum byte
	for i := len(values) - 1; i >= 0; i-- {
		if sum = (sum ^ values[i]) << 1; sum&32 != 0 {
			sum ^= 0b100101
		}
	}
	return sum
}
