package register

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf8"
)

// appendBases appends the names, folded and each ended by a newline, that a
// folded word may be an inflected form of: "koivuselle" may be of "koivunen",
// "bergs" of "berg". It goes backwards from the word, so that an index needs
// no inflected forms; that it gives words which are no names does no harm, for
// the index decides.
//
// Finnish: the case endings in real use, after the stems of surnames; in
// "Ek:n" the colon parts the word from its ending. Swedish and Norwegian: the
// genitive.
func appendBases(dst, word []byte) []byte {
	if len(word) < 3 {
		return dst
	}
	switch word[len(word)-1] {
	case 's':
		return appendBase(dst, word[:len(word)-1], "")
	case 'n', 'a', 't', 'e', 'i', 0xA4: // ä
	default:
		return dst // no Finnish case ends so
	}
	for _, ending := range finnishEndings {
		if stem := len(word) - len(ending); stem >= 2 && string(word[stem:]) == ending {
			dst = appendStemBases(dst, word[:stem])
		}
	}
	return dst
}

// finnishEndings are what follows a stem.
var finnishEndings = [...]string{
	"n", "a", "ä", "ta", "tä", "tta", "ttä", "ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "na", "nä",
	"ksi", "an", "en", "in", "on", "un", "yn", "än", "ön", "hin", "iin", "hen", "han", "hän", "hun", "hon", "seen", "ten",
	"iden", "ien", "itten", "ia", "iä", "ja", "jä", "t",
}

// appendStemBases appends the names that have a stem.
func appendStemBases(dst, stem []byte) []byte {
	n := len(stem)
	dst = appendBase(dst, stem, "") // Juva-n
	switch {
	case bytes.HasSuffix(stem, []byte("kse")): // Markukse-n
		dst = appendBase(dst, stem[:n-3], "s")
	case bytes.HasSuffix(stem, []byte("se")): // Koivuse-lle
		dst = appendBase(dst, stem[:n-2], "nen")
	case bytes.HasSuffix(stem, []byte("et")): // Lainet-ta
		dst = appendBase(dst, stem[:n-1], "")
	case stem[n-1] == 's': // Koivus-ta
		dst = appendBase(dst, stem[:n-1], "nen")
	}
	if d := doubled(stem); d > 0 { // Lainee-n, Kallaa-n
		dst = appendBase(dst, stem[:n-d], "")
		dst = appendBase(dst, stem[:n-d], "s")
	}
	switch stem[n-1] {
	case 'i': // Bergi-n
		dst = appendBase(dst, stem[:n-1], "")
	case 'e': // Smithe-n, Nieme-n
		dst = appendBase(dst, stem[:n-1], "")
		dst = appendBase(dst, stem[:n-1], "i")
	}
	return appendStrong(dst, stem)
}

// grades are the weak consonants before a stem's last vowel and the strong
// ones of the name itself: Heiki-n is of Heikki, Ranna-n of Ranta.
var grades = [...][2]string{
	{"nn", "nt"}, {"ll", "lt"}, {"rr", "rt"}, {"mm", "mp"}, {"ng", "nk"}, {"rj", "rk"}, {"lj", "lk"},
	{"k", "kk"}, {"p", "pp"}, {"t", "tt"}, {"d", "t"}, {"v", "p"}, {"", "k"},
}

// appendStrong undoes consonant gradation.
func appendStrong(dst, stem []byte) []byte {
	vowel := len(stem) - 1
	if stem[vowel] >= utf8.RuneSelf {
		vowel-- // ä, ö: two bytes
	}
	if vowel < 1 || !finnishVowel(stem[vowel:]) {
		return dst
	}
	for _, g := range grades {
		if !strings.HasSuffix(string(stem[:vowel]), g[0]) {
			continue
		}
		head := stem[:vowel-len(g[0])]
		if len(head) < 1 {
			continue
		}
		dst = append(append(append(append(dst, head...), g[1]...), stem[vowel:]...), '\n')
		if stem[vowel] == 'e' { // Mäe-n: Mäki
			dst = append(append(append(dst, head...), g[1]...), "i\n"...)
		}
	}
	return dst
}

// appendBase appends one name, unless it would be too short for one.
func appendBase(dst, stem []byte, tail string) []byte {
	if len(stem)+len(tail) < 2 {
		return dst
	}
	return append(append(append(dst, stem...), tail...), '\n')
}

// eachBase iterates over what appendBases gave.
func eachBase(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(list) > 0 {
			i := bytes.IndexByte(list, '\n')
			if !yield(list[:i]) {
				return
			}
			list = list[i+1:]
		}
	}
}

// doubled gives the length in bytes of the last vowel if the one before it is
// the same, else 0.
func doubled(stem []byte) int {
	n := len(stem)
	switch {
	case n >= 2 && stem[n-1] == stem[n-2] && finnishVowel(stem[n-1:]):
		return 1
	case n >= 4 && bytes.Equal(stem[n-2:], stem[n-4:n-2]) && finnishVowel(stem[n-2:]):
		return 2
	}
	return 0
}

// finnishVowel reports whether text is one vowel in small letters.
func finnishVowel(text []byte) bool {
	switch string(text) {
	case "a", "e", "i", "o", "u", "y", "ä", "ö", "å":
		return true
	}
	return false
}
