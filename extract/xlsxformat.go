package extract

import (
	"bytes"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// numberFormat says how a number is shown: ECMA-376, part 1, 18.8.30.
type numberFormat struct {
	shows   showing
	pattern string // for digits: the places for digits, and what stands between
	named   string // the code of a date with months or days by name, or of a clock of twelve hours
	before  string // words or a currency around a number
	after   string
}

// showing is what a number stands for.
type showing uint8

const (
	asNumber showing = iota
	asDate
	asTime
	asDateTime
	asPercent
	asDigits // an id, a phone number: places for digits and characters between them
)

// parseFormat reads a format code, its first section alone.
func parseFormat(code string) numberFormat {
	var f numberFormat
	var plain, pattern strings.Builder // the code without literals, and with them as they are
	around := &f.before
	for token := range formatTokens(code) {
		switch {
		case token == ";":
			return f.classified(plain.String(), pattern.String(), code)
		case token[0] == '"', token[0] == '\\':
			literal := strings.Trim(token[1:], `"`)
			pattern.WriteString(literal)
			*around += literal
		case strings.HasPrefix(token, "[$"): // a currency and a language
			currency, _, _ := strings.Cut(strings.Trim(token, "[$]"), "-")
			*around += currency
		case token[0] == '[', token[0] == '_', token[0] == '*':
		default:
			switch {
			case strings.ContainsAny(token, "0#?gG"):
				around = &f.after
			case token == " ", token == "$", token[0] >= utf8.RuneSelf:
				*around += token
			}
			plain.WriteString(token)
			pattern.WriteString(token)
		}
	}
	return f.classified(plain.String(), pattern.String(), code)
}

// formatTokens gives the pieces of a format code: a literal in quotes, one
// after a backslash, something in brackets (a colour, a condition, a
// language; [h] counts hours), a blank as wide as a character, filling with
// one, runs of one letter, the mark of a clock of twelve hours, other
// characters.
func formatTokens(code string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for code != "" {
			n := 1
			switch c := code[0]; c {
			case '"', '[':
				end := byte('"')
				if c == '[' {
					end = ']'
				}
				if n = strings.IndexByte(code[1:], end) + 2; n == 1 {
					n = len(code)
				}
			case '\\', '_', '*':
				_, size := utf8.DecodeRuneInString(code[1:])
				n += size
			default:
				if len(code) >= 5 && strings.EqualFold(code[:5], "AM/PM") {
					n = 5
				}
				for n < len(code) && code[n]|0x20 == c|0x20 && c|0x20 >= 'a' && c|0x20 <= 'z' {
					n++
				}
			}
			if !yield(code[:n]) {
				return
			}
			code = code[n:]
		}
	}
}

// classified fills in what a code comes to.
func (f numberFormat) classified(plain, pattern, code string) numberFormat {
	plain = strings.ToLower(plain)
	f.shows, f.pattern = classify(plain), pattern
	switch f.shows {
	case asDate, asTime, asDateTime:
		if strings.Contains(plain, "mmm") || strings.Contains(plain, "ddd") || strings.Contains(plain, "am/pm") {
			f.named = code
		}
	case asNumber, asPercent:
		if strings.ContainsFunc(f.before+f.after, func(r rune) bool { return unicode.IsLetter(r) || unicode.Is(unicode.Sc, r) }) {
			return numberFormat{shows: f.shows, before: f.before, after: f.after}
		}
	}
	f.before, f.after = "", ""
	return f
}

// classify tells what a code without its literals shows.
func classify(plain string) showing {
	if strings.Contains(plain, "general") {
		return asNumber
	}
	days := strings.ContainsAny(plain, "dy")
	hours := strings.ContainsAny(plain, "hs")
	switch {
	case days && hours:
		return asDateTime
	case days, strings.Contains(plain, "mmm"):
		return asDate
	case hours:
		return asTime
	case strings.Contains(plain, "%"):
		return asPercent
	case strings.Trim(plain, "0#-/ +()") == "" && (strings.Count(plain, "0") > 1 || strings.HasPrefix(plain, "0#") || strings.Contains(plain, "-")):
		return asDigits
	}
	return asNumber
}

// builtIn gives the formats that have a number and no code: 18.8.30, and the
// East Asian ones, which are dates too.
func builtIn(id int) numberFormat {
	switch {
	case id >= 15 && id <= 19:
		return parseFormat([...]string{"d-mmm-yy", "d-mmm", "mmm-yy", "h:mm AM/PM", "h:mm:ss AM/PM"}[id-15])
	case id == 14, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numberFormat{shows: asDate}
	case id == 20, id == 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return numberFormat{shows: asTime}
	case id == 22:
		return numberFormat{shows: asDateTime}
	case id == 9, id == 10:
		return numberFormat{shows: asPercent}
	}
	return numberFormat{}
}

// append appends a stored number as it is shown; an id is never rounded.
func (f numberFormat) append(to, value []byte, since04 bool) []byte {
	value = bytes.TrimSpace(value)
	v, err := strconv.ParseFloat(string(value), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return appendCell(to, value)
	}
	switch f.shows {
	case asDate, asTime, asDateTime:
		if text := serial(v, f.shows, since04); text != "" {
			return append(append(to, text...), f.dateNames(v, since04)...)
		}
	case asPercent:
		to = append(strconv.AppendFloat(append(to, f.before...), round15(v*100), 'f', -1, 64), '%')
		return append(to, f.after...)
	case asDigits:
		if v == math.Trunc(v) && v >= 0 && v < 1e15 {
			return appendDigits(to, f.pattern, strconv.FormatInt(int64(v), 10))
		}
	}
	return append(appendNumber(append(to, f.before...), value, v), f.after...)
}

// appendNumber appends a number in full: 198001011234, not 1.98E+11.
func appendNumber(to, value []byte, v float64) []byte {
	if len(bytes.Trim(value, "0123456789")) == 0 {
		return append(to, value...)
	}
	if math.Abs(v) >= 1e21 || v != 0 && math.Abs(v) < 1e-9 {
		return append(to, value...)
	}
	return strconv.AppendFloat(to, round15(v), 'f', -1, 64)
}

// round15 keeps the fifteen digits that spreadsheets show: 0.1+0.2 is 0.3.
func round15(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// appendDigits puts digits into the places of a pattern, from the right;
// more digits than places stand before the first.
func appendDigits(to []byte, pattern, digits string) []byte {
	var back []byte // from the right
	n := len(digits)
	first := strings.IndexAny(pattern, "0#?")
	for i := len(pattern) - 1; i >= 0; i-- {
		switch c := pattern[i]; c {
		case '0', '#', '?':
			switch {
			case n > 0:
				n--
				back = append(back, digits[n])
			case c == '0':
				back = append(back, '0')
			}
			for i == first && n > 0 {
				n--
				back = append(back, digits[n])
			}
		default:
			back = append(back, c)
		}
	}
	for i := len(back) - 1; i >= 0; i-- {
		to = append(to, back[i])
	}
	return to
}

// maxStyles bounds the formats of a workbook.
const maxStyles = 100_000

// readStyles reads the number format of each cell style.
func (w *workbook) readStyles(m *markup) error {
	custom := map[int]numberFormat{}
	inCells := false
	for {
		kind, err := m.Next()
		if err != nil {
			return err
		}
		switch {
		case kind == startTag && m.Is("numFmt") && len(custom) < maxStyles:
			custom[number(m.Attr("numFmtId"))] = parseFormat(m.Attr("formatCode"))
		case m.Is("cellXfs"):
			inCells = kind == startTag
		case kind == startTag && inCells && m.Is("xf") && len(w.styles) < maxStyles:
			id := number(m.Attr("numFmtId"))
			f, ok := custom[id]
			if !ok {
				f = builtIn(id)
			}
			w.styles = append(w.styles, f)
		}
	}
}
