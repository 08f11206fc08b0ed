package extract

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat says how a number is shown: ECMA-376, part 1, 18.8.30.
type numberFormat struct {
	shows   showing
	pattern string // for digits: the places for digits, and what stands between
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
	var plain, pattern strings.Builder // the code without literals, and with them as they are
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			i = len(code)
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 1
			}
			pattern.WriteString(code[i+1 : i+1+end])
			i += end + 1
		case '\\':
			if i++; i < len(code) {
				pattern.WriteByte(code[i])
			}
		case '[': // a colour, a condition, a language; [h] counts hours
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return numberFormat{}
			}
			i += end
		case '_', '*': // a blank as wide as a character; filling with it
			i++
		default:
			plain.WriteByte(c)
			pattern.WriteByte(c)
		}
	}
	return numberFormat{classify(strings.ToLower(plain.String())), pattern.String()}
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
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return numberFormat{shows: asDate}
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
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
			return append(to, text...)
		}
	case asPercent:
		return append(strconv.AppendFloat(to, round15(v*100), 'f', -1, 64), '%')
	case asDigits:
		if v == math.Trunc(v) && v >= 0 && v < 1e15 {
			return appendDigits(to, f.pattern, strconv.FormatInt(int64(v), 10))
		}
	}
	return appendNumber(to, value, v)
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

// serial writes a number of days as a date or a time; "" if it is neither.
func serial(v float64, as showing, since04 bool) string {
	const day = 24 * 60 * 60
	if v < 0 || v >= 2_958_466 { // the year 10000
		return ""
	}
	seconds := int64(math.Round(v * day))
	days, seconds := seconds/day, seconds%day
	switch {
	case since04:
		days += 1462
	case days < 60: // a leap day of 1900 that never was
		days++
	}
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	clock := "15:04"
	if t.Second() != 0 {
		clock = "15:04:05"
	}
	switch {
	case as == asTime && v < 1:
		return t.Format(clock)
	case as == asDate && seconds == 0, as == asDateTime && seconds == 0:
		return t.Format(time.DateOnly)
	case as == asDate && v < 1:
		return t.Format(clock)
	}
	return t.Format(time.DateOnly + " " + clock)
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
