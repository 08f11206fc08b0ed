package pdfletter

import "strings"

// The patterns of Code 128 (ISO/IEC 15417): for each value six widths, bar and
// space by turns; the last is the stop, with a seventh.
const patterns = "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 " +
	"221312 231212 112232 122132 122231 113222 123122 123221 223211 221132 " +
	"221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 " +
	"212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 " +
	"231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 " +
	"231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 " +
	"314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 " +
	"112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 " +
	"111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 " +
	"214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 " +
	"114131 311141 411131 211412 211214 211232 2331112"

const (
	toC    = 99
	toB    = 100
	startB = 104
	startC = 105
	stop   = 106
)

// codable reports whether a text can be a Code 128 of the sets B and C.
func codable(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(text) <= 24 // as wide as the sheet has room for
}

// code128 gives the widths of bars and spaces by turns, in modules.
func code128(text string) []byte {
	values := code128Values(text)
	check := values[0]
	for i, v := range values[1:] {
		check += (i + 1) * v
	}
	values = append(values, check%103, stop)
	table := strings.Fields(patterns)
	var widths []byte
	for _, v := range values {
		for _, w := range []byte(table[v]) {
			widths = append(widths, w-'0')
		}
	}
	return widths
}

// code128Values spells a text, with pairs of digits where there are four or
// more in a row.
func code128Values(text string) []int {
	values, inC := []int{startB}, false
	if digits(text) >= 4 {
		values, inC = []int{startC}, true
	}
	for i := 0; i < len(text); {
		n := digits(text[i:])
		switch {
		case inC && n >= 2:
			values = append(values, int(text[i]-'0')*10+int(text[i+1]-'0'))
			i += 2
		case inC:
			values, inC = append(values, toB), false
		case n >= 4 && n%2 == 0:
			values, inC = append(values, toC), true
		default:
			values = append(values, int(text[i]-' '))
			i++
		}
	}
	return values
}

// digits is how many digits a text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}
