package extract

import (
	"math"
	"strings"
	"time"
)

// serial writes a number of days as a date or a time; "" if it is neither.
func serial(v float64, as showing, since04 bool) string {
	if v < 0 || v >= 2_958_466 { // the year 10000
		return ""
	}
	t := serialTime(v, since04)
	midnight := t.Equal(t.Truncate(24 * time.Hour))
	clock := "15:04"
	if t.Second() != 0 {
		clock = "15:04:05"
	}
	switch {
	case as == asTime && v < 1:
		return t.Format(clock)
	case as != asTime && midnight:
		return t.Format(time.DateOnly)
	case as == asDate && v < 1:
		return t.Format(clock)
	}
	return t.Format(time.DateOnly + " " + clock)
}

// serialTime is the time that a number of days stands for.
func serialTime(v float64, since04 bool) time.Time {
	const day = 24 * 60 * 60
	seconds := int64(math.Round(v * day))
	days, seconds := seconds/day, seconds%day
	switch {
	case since04:
		days += 1462
	case days < 60: // a leap day of 1900 that never was
		days++
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
}

// dateNames writes a date as it is shown, after a blank, where its code gives
// the month or the day by name, or the hour as one of twelve; "" otherwise,
// as digits alone can be read in several orders.
func (f numberFormat) dateNames(v float64, since04 bool) string {
	if f.named == "" {
		return ""
	}
	t := serialTime(v, since04)
	b := []byte{' '}
	hour := false // what came last: a run of m then means minutes
	clock := "15"
	if strings.Contains(strings.ToLower(f.named), "am/pm") {
		clock = "3"
	}
	for token := range formatTokens(f.named) {
		layout := ""
		switch token[0] | 0x20 {
		case 'y':
			layout = [...]string{"06", "06", "2006"}[min(len(token)-1, 2)]
		case 'm':
			layout = [...]string{"1", "01", "Jan", "January"}[min(len(token)-1, 3)]
			if hour && len(token) < 3 {
				layout = "04"
			}
		case 'd':
			layout = [...]string{"2", "02", "Mon", "Monday"}[min(len(token)-1, 3)]
		case 'h':
			layout = clock
		case 's':
			layout = "05"
		case 'a':
			layout = "PM"
		}
		switch c := token[0]; {
		case layout != "":
			b = t.AppendFormat(b, layout)
			hour = layout == clock || hour && layout == "PM"
		case c == ';':
			return string(b)
		case c == '"', c == '\\':
			b = append(b, strings.Trim(token[1:], `"`)...)
		case c == '_':
			b = append(b, ' ')
		case c != '[' && c != '*':
			b = append(b, token...)
		}
	}
	return string(b)
}
