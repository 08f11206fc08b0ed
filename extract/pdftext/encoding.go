package pdftext

import (
	_ "embed" // the lists of names and of widths
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/encoding/charmap"
)

// encoding tells the characters of codes; 0 where there is none.
type encoding [256]rune

// Encodings by their names: ISO 32000-1, annex D.2.
var (
	winAnsi  = codePage(charmap.Windows1252, "\x7F•\x81•\x8D•\x8F•\x90•\x9D•\xA0 \xAD-", "")
	macRoman = codePage(charmap.Macintosh, "\xCA \xDB¤", macWithout)
	standard = standardEncoding()
	ascii    = codePage(charmap.Windows1252, "", upper)

	// What PDFium takes the codes of fonts without names for, where it gives them
	// characters and where not.
	appleRoman = withControls(codePage(charmap.Macintosh, "\xCA \xDB¤", macWithout+"\xC1"))
	latin1     = withControls(codePage(charmap.ISO8859_1, "", upper[:32]))
)

// macWithout is what Mac OS Roman has and the encoding of PDF has not.
const macWithout = "\xAD\xB0\xB2\xB3\xB6\xB7\xB8\xB9\xBA\xBD\xC3\xC5\xC6\xD7\xF0"

// withControls adds the codes before the blank, which are blanks too.
func withControls(e *encoding) *encoding {
	for code := rune(1); code < ' '; code++ {
		e[code] = code
	}
	return e
}

// upper is the upper half of the codes.
var upper = func() string {
	var b [128]byte
	for i := range b {
		b[i] = byte(128 + i)
	}
	return string(b[:])
}()

// codePage makes an encoding of a code page, with pairs of a code and its
// character put right and others left out.
func codePage(page *charmap.Charmap, right, without string) *encoding {
	var e encoding
	for code := ' '; code <= 0xFF; code++ {
		if code != 0x7F {
			e[code] = page.DecodeByte(byte(code))
		}
	}
	for i := 0; i < len(right); {
		code := right[i]
		var r rune
		for _, r = range right[i+1:] {
			break
		}
		e[code] = r
		i += 1 + len(string(r))
	}
	for i := range len(without) {
		e[without[i]] = 0
	}
	return &e
}

// standardEncoding is Adobe's, from A1 on; ~ stands for none.
func standardEncoding() *encoding {
	var e encoding
	for code := rune(' '); code < 0x7F; code++ {
		e[code] = code
	}
	e['\''], e['`'] = '’', '‘'
	const marks = "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ~–†‡·~¶•‚„”»…‰~¿~`´ˆ˜¯˘˙¨~˚¸~˝˛ˇ—~~~~~~~~~~~~~~~~Æ~ª~~~~ŁØŒº~~~~~æ~~~ı~~łøœß"
	code := 0xA1
	for _, r := range marks {
		if r != '~' {
			e[code] = r
		}
		code++
	}
	return &e
}

//go:embed glyphlist.txt
var glyphList string

//go:embed widths.txt
var widthList string

// listed finds the line of a sorted list that begins with a name, and gives
// what follows its separator.
func listed(list, name string, separator byte) (string, bool) {
	low, high := 0, len(list)
	for low < high {
		middle := strings.LastIndexByte(list[:(low+high)/2], '\n') + 1
		if middle < low {
			middle = low
		}
		end := middle + strings.IndexByte(list[middle:], '\n')
		line := list[middle:end]
		cut := strings.IndexByte(line, separator)
		switch {
		case cut < 0: // a comment of the head, which ends with a separator-less line
			low = end + 1
		case line[:cut] == name:
			return line[cut+1:], true
		case line[:cut] < name:
			low = end + 1
		default:
			high = middle
		}
	}
	return "", false
}

// body is a list without the comment at its head.
func body(list string) string {
	for strings.HasPrefix(list, "#") {
		_, list, _ = strings.Cut(list, "\n")
	}
	return list
}

// named gives the character of a glyph's name, by Adobe's list of 2002 and its
// rules for "uniXXXX" and "uXXXXXX"; 0 for a name that says nothing.
func named(glyph string) rune {
	base, _, _ := strings.Cut(glyph, ".")
	if base == "" {
		return 0
	}
	if hex, ok := listed(body(glyphList), base, ';'); ok {
		if len(hex) != 4 {
			return 0 // several characters
		}
		r, _ := strconv.ParseUint(hex, 16, 32)
		return rune(r)
	}
	hex, ok := strings.CutPrefix(base, "uni")
	if !ok || len(hex) != 4 {
		if hex, ok = strings.CutPrefix(base, "u"); !ok || len(hex) < 4 || len(hex) > 6 {
			return 0
		}
	}
	if strings.ContainsFunc(hex, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'F') }) {
		return 0
	}
	r, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || r > 0x10FFFF || r >= 0xD800 && r < 0xE000 {
		return 0
	}
	return rune(r)
}

// standardFonts are those of widths.txt, in its order: ISO 32000-1, 9.6.2.2.
var standardFonts = []string{"Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"}

// standardWidths are the widths of their characters.
var standardWidths = sync.OnceValue(func() map[rune][]int {
	widths := map[rune][]int{}
	for line := range strings.Lines(body(widthList)) {
		fields := strings.Fields(line)
		for _, field := range fields[1:] {
			n, _ := strconv.Atoi(field)
			r := named(fields[0])
			widths[r] = append(widths[r], n)
		}
	}
	return widths
})

// standardWidth tells how wide a character of a standard font is.
func standardWidth(font string, r rune) (int, bool) {
	if font == "Courier" || strings.HasPrefix(font, "Courier-") {
		return 600, true
	}
	font = strings.TrimSuffix(strings.Replace(font, "-BoldOblique", "-Bold", 1), "-Oblique") // as wide as upright
	k, all := slices.Index(standardFonts, font), standardWidths()[r]
	if k < 0 || k >= len(all) {
		return 0, false
	}
	return all[k], true
}
