package register

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/nationalid"
)

// plan is how the rows of one table are read.
type plan struct {
	columns []reading
	of      map[Field][]int // the columns of each field, in order
	width   int             // cells a row may have
	full    bool            // a row must have them all
	country string          // of the identity numbers, "" if there are none
	dial    string          // country of phone numbers without a code
	mixed   bool            // the identity numbers are of several countries
}

// reading is how one column is read: what it holds, and what the column as a
// whole, not one cell, tells of how it is written.
type reading struct {
	columnGuess
	monthFirst bool // dates are written month/day/year
	digits     int  // numbers that lost their leading zeros have this many; 0 if none are lost
}

// newPlan makes a plan from what was recognised and the sampled rows.
func newPlan(t *table, guesses []columnGuess, country string) *plan {
	p := &plan{of: map[Field][]int{}, width: t.width()}
	for i, g := range guesses {
		p.columns = append(p.columns, reading{columnGuess: g})
		if g.field != "" {
			p.of[g.field] = append(p.of[g.field], i)
		}
	}
	// The user may make the identity number the key: it stays what it is.
	if key := p.of[FieldKey]; len(key) > 0 && len(p.of[FieldNationalID]) == 0 && holdsNationalIDs(t, key[0], nil) {
		p.of[FieldNationalID] = key
	}
	p.full = !t.record && t.sheet() == 0 && fullRows(t, p.width)
	p.country, p.mixed = idCountry(t, p.of[FieldNationalID])
	p.dial = phoneCountry(t, p, country)
	for i := range p.columns {
		p.study(t, i)
	}
	return p
}

// people reports whether the table tells who somebody is.
func (p *plan) people() bool {
	return slices.ContainsFunc([]Field{FieldName, FieldSurname, FieldGiven, FieldNationalID, FieldEmail, FieldPhone, FieldUsername},
		func(f Field) bool { return len(p.of[f]) > 0 })
}

// fullRows reports whether most sampled rows have all their cells, so that a
// shorter one is broken and not merely without its last cells.
func fullRows(t *table, width int) bool {
	n := 0
	for _, r := range t.rows {
		if len(r.cells) >= width {
			n++
		}
	}
	return n*2 > len(t.rows)
}

// study finds what a column as a whole tells of its spelling.
func (p *plan) study(t *table, i int) {
	c := &p.columns[i]
	switch c.field {
	case FieldName, FieldFormerName:
		c.surnameFirst = c.surnameFirst || surnameComesFirst(t.values(i), emailsBeside(t, p, i))
	case FieldBirthDate, FieldSince, FieldUntil:
		c.monthFirst = t.share(i, monthFirstOnly) > 0 && t.share(i, dayFirstOnly) == 0
	case FieldNationalID, FieldKey:
		if slices.Contains(p.of[FieldNationalID], i) {
			c.digits = lostZeros(t.values(i), map[string]int{"SE": 10, "DK": 10, "IS": 10, "NO": 11}[p.country])
		}
	case FieldPostcode:
		c.digits = lostZeros(t.values(i), map[string]int{"FI": 5, "EE": 5, "NO": 4}[p.dial])
	case FieldPhone:
		if p.dial == "SE" || p.dial == "FI" {
			c.digits = lostPhoneZeros(t.values(i))
		}
	}
}

// lostZeros reports the full width if a column of bare digits lost leading
// zeros: most values have the width, some are shorter, and none begins with a
// zero, as some would if they had been kept.
func lostZeros(values []string, width int) int {
	if width == 0 {
		return 0
	}
	whole, shorter := 0, 0
	for _, v := range values {
		v = strings.TrimSuffix(v, ".0")
		switch {
		case v == "" || digits(v) != v || v[0] == '0' || len(v) > width+2:
			return 0
		case len(v) < width && len(v) >= width-4:
			shorter++
		default:
			whole++
		}
	}
	if shorter == 0 || shorter > whole {
		return 0
	}
	return width
}

// lostPhoneZeros reports 1 if a column of phone numbers holds bare digits
// only, and none begins with the zero that all national numbers begin with.
func lostPhoneZeros(values []string) int {
	for _, v := range values {
		if v = strings.TrimSuffix(v, ".0"); digits(v) != v || v[0] == '0' {
			return 0
		}
	}
	return 1
}

// idCountry is the country whose numbers most cells of the columns hold, and
// whether those of another country are more than a few.
func idCountry(t *table, columns []int) (country string, mixed bool) {
	most, sum := 0, 0
	for _, c := range nationalid.All {
		n := 0
		for _, i := range columns {
			for _, v := range t.values(i) {
				if id, ok := c.Parse(v); ok && !id.Failed {
					n += 2
				} else if ok {
					n++
				}
			}
		}
		sum += n
		if n > most {
			country, most = c.Code, n
		}
	}
	return country, sum-most > sum/10
}

// phoneCountry is where phone numbers without a country code belong: where the
// user says, where the identity numbers are from, where the numbers with a
// code are from, where the postcodes or the words of the headings point.
func phoneCountry(t *table, p *plan, said string) string {
	if said != "" {
		return said
	}
	if p.country != "" {
		return p.country
	}
	count := map[string]int{}
	for _, i := range p.of[FieldPhone] {
		for _, v := range t.values(i) {
			for code, country := range dialCodes() {
				if d := digits(v); strings.HasPrefix(v, "+"+code) || strings.HasPrefix(d, "00"+code) {
					count[country]++
				}
			}
		}
	}
	best := ""
	for country, n := range count {
		if n > count[best] || n == count[best] && country < best {
			best = country
		}
	}
	if best != "" {
		return best
	}
	if finnishHeadings(t) {
		return "FI"
	}
	return "SE"
}

// finnishHeadings reports whether the headings are Finnish words.
func finnishHeadings(t *table) bool {
	for i := range t.width() {
		h := foldHeading(t.heading(i))
		for _, word := range []string{"nimi", "puhelin", "osoite", "hetu", "tunnus", "luokka", "puh", "posti", "numero"} {
			if strings.Contains(h, word) && h != "numero" {
				return true
			}
		}
	}
	return false
}

// emailsBeside pairs the values of a column with the e-mail of the same row.
func emailsBeside(t *table, p *plan, i int) map[string]string {
	beside := map[string]string{}
	for _, k := range p.of[FieldEmail] {
		for _, r := range t.rows {
			if v, e := r.cell(i), r.cell(k); v != "" && e != "" {
				beside[v] = e
			}
		}
	}
	return beside
}

// columnName names a column for the user: by heading, or by number.
func (t *table) columnName(i int) string {
	if h := t.heading(i); h != "" {
		return h
	}
	return decimal(i + 1)
}
