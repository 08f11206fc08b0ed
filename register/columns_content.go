package register

import (
	"slices"
	"strings"
	"unicode"

	"github.com/klarlagt/klarlagt/nationalid"
)

// recogniseByContent fills in what the headings left open. A kind that some
// heading already names is not looked for again: a second column of it may
// well be somebody else's.
func recogniseByContent(t *table, guesses []columnGuess) {
	for _, rule := range []struct {
		field Field
		holds func(t *table, i int, guesses []columnGuess) bool
	}{
		{FieldNationalID, holdsNationalIDs},
		{FieldEmail, most(func(c string) bool { _, ok := parseEmail(c); return ok })},
		{FieldAccount, most(func(c string) bool { _, ok := parseIBAN(c); return ok })},
		{FieldBirthDate, holdsBirthDates},
		{FieldPhone, most(looksLikePhone)},
		{FieldPostcode, holdsPostcodes},
		{FieldName, holdsNames},
		{FieldKey, holdsKeys},
	} {
		if slices.ContainsFunc(guesses, func(g columnGuess) bool { return g.field == rule.field }) {
			continue
		}
		if rule.field == FieldName && slices.ContainsFunc(guesses, func(g columnGuess) bool { return g.field == FieldSurname }) {
			continue
		}
		for i, g := range guesses {
			if g.field == "" && rule.holds(t, i, guesses) {
				guesses[i] = columnGuess{field: rule.field, by: ByContent}
				break
			}
		}
	}
}

// most makes a rule that holds for a column where nearly every cell does.
func most(is func(string) bool) func(*table, int, []columnGuess) bool {
	return func(t *table, i int, _ []columnGuess) bool { return t.share(i, is) >= 0.8 }
}

// holdsNationalIDs wants numbers of one country that hold their check. Danish
// numbers have none, so only their hyphen tells them from other ten digits.
func holdsNationalIDs(t *table, i int, _ []columnGuess) bool {
	for _, country := range nationalid.All {
		good := func(c string) bool {
			n, ok := country.Parse(c)
			return ok && !n.Failed && (country.Code != "DK" || strings.Contains(c, "-"))
		}
		if t.share(i, good) >= 0.8 {
			return true
		}
	}
	return false
}

// holdsBirthDates wants dates that agree with the identity numbers beside
// them; without numbers, the only column of dates, spread over many years.
func holdsBirthDates(t *table, i int, guesses []columnGuess) bool {
	if t.share(i, func(c string) bool { return parseDate(c, false) != "" }) < 0.8 {
		return false
	}
	ids := slices.IndexFunc(guesses, func(g columnGuess) bool { return g.field == FieldNationalID })
	if ids < 0 {
		years := map[string]bool{}
		for _, v := range t.values(i) {
			if d := parseDate(v, false); d != "" {
				years[d[:4]] = true
			}
		}
		return len(years) >= 3
	}
	same, both := 0, 0
	for _, r := range t.rows {
		date := parseDate(r.cell(i), false)
		for _, n := range nationalid.Readings(r.cell(ids)) {
			if date == "" || n.Birth == "" {
				continue
			}
			both++
			if n.Birth == date {
				same++
			}
			break
		}
	}
	return both > 0 && same*10 >= both*8
}

// looksLikePhone wants a plus or a leading zero: bare digits may be anything.
func looksLikePhone(cell string) bool {
	first := splitPhones(cell)
	if len(first) == 0 || !strings.HasPrefix(first[0], "+") && !strings.HasPrefix(first[0], "0") {
		return false
	}
	_, ok := parsePhone(first[0], "SE")
	return ok
}

// holdsPostcodes wants five digits written "123 45", or five digits that come
// again and stand next to a column of words.
func holdsPostcodes(t *table, i int, guesses []columnGuess) bool {
	if t.share(i, func(c string) bool { return len(c) == 6 && c[3] == ' ' && len(digits(c)) == 5 }) >= 0.8 {
		return true
	}
	return t.share(i, func(c string) bool { return len(c) == 5 && len(digits(c)) == 5 }) >= 0.9 &&
		!t.identifies(i, nil, 0) && i+1 < len(guesses) && t.share(i+1, hasNoDigit) >= 0.9
}

// holdsNames wants two to five words with capitals, seldom repeated. Only a
// table without headings is searched for names: towns look alike.
func holdsNames(t *table, i int, _ []columnGuess) bool {
	if t.head != nil || t.record {
		return false
	}
	values := t.values(i)
	distinct := map[string]bool{}
	for _, v := range values {
		distinct[v] = true
	}
	return len(distinct)*10 >= len(values)*8 && t.share(i, looksLikeName) >= 0.9
}

func looksLikeName(cell string) bool {
	words := strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) < 2 || len(words) > 5 || !hasNoDigit(cell) {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool {
		return !unicode.IsUpper([]rune(w)[0]) && !particle(w)
	})
}

// holdsKeys wants values that tell people apart under a heading such as
// "Deltagarnr"; without headings, only the first column can be the key.
func holdsKeys(t *table, i int, guesses []columnGuess) bool {
	heading := foldHeading(t.heading(i))
	named := slices.ContainsFunc([]string{"id", "nr", "nro", "nummer", "numero", "number", "tunnus", "tunniste", "kod", "code"},
		func(s string) bool { return strings.HasSuffix(heading, s) })
	if !named && (heading != "" || i != 0) {
		return false
	}
	var person []int
	for k, g := range guesses {
		if names(g.field) {
			person = append(person, k)
		}
	}
	short := func(c string) bool { return len(c) <= 40 && !strings.Contains(c, " ") && !hasNoDigit(c) }
	return t.share(i, short) >= 0.95 && t.identifies(i, person, 0.05)
}
