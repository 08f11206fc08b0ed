package register

import (
	"strings"
	"unicode"

	"github.com/klarlagt/klarlagt/breach"
)

// splitName parts a full name. A comma always stands after the surname;
// without one the column's order counts. Particles ("von", "de") go with the
// surname.
func splitName(cell string, surnameFirst bool) breach.FullName {
	if open := strings.Index(cell, " ("); open > 0 { // "Ek Anna (2A)"
		cell = cell[:open]
	}
	if surname, given, ok := strings.Cut(cell, ","); ok && strings.TrimSpace(given) != "" {
		return breach.FullName{Given: hideWords(given), Surname: hideWords(surname)}
	}
	words := strings.Fields(strings.Trim(cell, " ,"))
	if len(words) < 2 {
		return breach.FullName{Given: breach.Hide(strings.Join(words, " "))}
	}
	cut := len(words) - 1
	if surnameFirst {
		for cut = 1; cut < len(words)-1 && particle(words[cut-1]); cut++ {
		}
		return breach.FullName{Given: breach.Hide(strings.Join(words[cut:], " ")), Surname: breach.Hide(strings.Join(words[:cut], " "))}
	}
	for cut > 1 && particle(words[cut-1]) {
		cut--
	}
	return breach.FullName{Given: breach.Hide(strings.Join(words[:cut], " ")), Surname: breach.Hide(strings.Join(words[cut:], " "))}
}

// hideWords hides a name with single blanks between its words.
func hideWords(s string) breach.Personal { return breach.Hide(strings.Join(strings.Fields(s), " ")) }

func particle(word string) bool {
	switch strings.ToLower(word) {
	case "von", "af", "av", "de", "da", "di", "del", "della", "der", "den", "van", "la", "le", "el", "al", "bin", "ibn", "ben", "dos", "das", "du", "ter", "ten", "zu", "zum":
		return true
	}
	return false
}

// surnameComesFirst judges a column of names without commas by the column as a
// whole: by e-mail addresses beside them (anna.ek@ is given name first), and by
// endings that surnames have. Where neither tells, the given name comes first.
func surnameComesFirst(values []string, emails map[string]string) bool {
	first, last := 0, 0
	for _, v := range values {
		words := strings.Fields(v)
		if len(words) < 2 || strings.Contains(v, ",") {
			continue
		}
		a, b := foldHeading(words[0]), foldHeading(words[len(words)-1])
		if before, after, ok := localParts(emails[v]); ok {
			switch {
			case before == a && after == b:
				last += 3
			case before == b && after == a:
				first += 3
			}
		}
		if surnameLike(a) {
			first++
		}
		if surnameLike(b) {
			last++
		}
	}
	return first > last
}

// localParts gives the two words of an address such as anna.ek@example.se.
func localParts(email string) (before, after string, ok bool) {
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' })
	if len(words) != 2 {
		return "", "", false
	}
	return foldHeading(words[0]), foldHeading(words[1]), true
}

// surnameLike knows the endings that Nordic surnames have and given names seldom.
func surnameLike(folded string) bool {
	for _, ending := range []string{"sson", "ssen", "sen", "nen", "strom", "berg", "lund", "gren", "qvist", "kvist", "dahl", "holm",
		"stedt", "ling", "mark", "maki", "niemi", "ranta", "koski", "saari", "jarvi", "lahti", "korpi", "dottir", "ovic", "ski", "sdotter"} {
		if strings.HasSuffix(folded, ending) && len(folded) > len(ending)+1 {
			return true
		}
	}
	return false
}

// formerNames reads what a column of former names holds: surnames, or whole
// names that repeat the person's given name.
func formerNames(cell string, given breach.Personal, surnameFirst bool) []breach.FullName {
	var names []breach.FullName
	current := strings.Fields(strings.ToLower(given.Reveal()))
	for _, v := range splitValues(cell, ";/|") {
		name := breach.FullName{Given: given, Surname: hideWords(v), Former: true}
		for _, w := range strings.FieldsFunc(strings.ToLower(v), func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
			for _, c := range current {
				if w == c && strings.ContainsAny(v, " ,") {
					name = splitName(v, surnameFirst)
					name.Former = true
				}
			}
		}
		names = append(names, name)
	}
	return names
}
