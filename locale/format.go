package locale

import (
	"strconv"
	"strings"
	"time"
)

// format is how a language writes numbers and dates (CLDR 46: sv, fi, en-GB).
type format struct {
	group   string // between thousands
	decimal string
	percent string // after the number
	day     string // layout of a date; month names are texts
	clock   string // layout of a time of day
}

// blank does not break: a number stays on one line.
const blank = "\u00a0"

var formats = map[string]format{
	"sv": {group: blank, decimal: ",", percent: blank + "%", day: "2 January 2006", clock: "15.04"},
	"fi": {group: blank, decimal: ",", percent: blank + "%", day: "2. January 2006", clock: "15.04"},
	"en": {group: ",", decimal: ".", percent: "%", day: "2 January 2006", clock: "15:04"},
}

// Number writes a whole number with its thousands apart.
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + p.form.group + digits[i:]
	}
	return sign + digits
}

// Decimal writes a number with so many decimals.
func (p *Printer) Decimal(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	head, tail, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return text
	}
	if head = p.Number(n); strings.HasPrefix(text, "-0") {
		head = "−0"
	}
	if !ok {
		return head
	}
	return head + p.form.decimal + tail
}

// Percent writes a part of a whole. What is neither none nor all never rounds
// to 0 or 100: 3 of 10 000 is "<0.1 %", 9 999 is ">99.9 %".
func (p *Printer) Percent(part, of int64) string {
	if of <= 0 {
		return "–"
	}
	share := 100 * float64(part) / float64(of)
	switch {
	case part <= 0:
		return "0" + p.form.percent
	case part >= of:
		return "100" + p.form.percent
	case share < 0.1:
		return "<" + blank + p.Decimal(0.1, 1) + p.form.percent
	case share > 99.9:
		return ">" + blank + p.Decimal(99.9, 1) + p.form.percent
	case share < 10 || share > 90:
		return p.Decimal(share, 1) + p.form.percent
	}
	return p.Decimal(share, 0) + p.form.percent
}

// Range writes two bounds, or the one number that both are.
func (p *Printer) Range(low, high int64) string {
	if low >= high {
		return p.Number(low)
	}
	return p.Number(low) + "–" + p.Number(high)
}

// Bytes writes a size in units of a thousand.
func (p *Printer) Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	x, i := float64(n), 0
	for x >= 999.5 && i < len(units)-1 {
		x, i = x/1000, i+1
	}
	if i == 0 || x >= 99.5 {
		return p.Decimal(x, 0) + blank + units[i]
	}
	return p.Decimal(x, 1) + blank + units[i]
}

// Date writes the day of a time in the time's own zone.
func (p *Printer) Date(t time.Time) string {
	months := strings.Fields(p.T("date.months"))
	month := t.Month()
	if len(months) != 12 {
		return t.Format(time.DateOnly)
	}
	return strings.Replace(t.Format(p.form.day), month.String(), months[month-1], 1)
}

// Time writes day and time of day in the time's own zone, and names the zone.
func (p *Printer) Time(t time.Time) string {
	return p.T("date.time", "Date", p.Date(t), "Clock", t.Format(p.form.clock), "Zone", t.Format("MST"))
}

// List joins words: "a, b and c".
func (p *Printer) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return p.T("list.and", "First", strings.Join(words[:last], ", "), "Last", words[last])
}
