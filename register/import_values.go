package register

import (
	"math/big"
	"strings"
	"sync"
	"time"
)

// digits keeps the ASCII digits of a text.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// splitValues parts the values of a cell at any of the separators; what is
// beyond the limit of one cell is left out.
func splitValues(cell, separators string) []string {
	var values []string
	for _, v := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if v = strings.TrimSpace(v); v != "" && len(values) < maxValues {
			values = append(values, v)
		}
	}
	return values
}

// parseDate reads a date as YYYY-MM-DD, "" if it is none. It knows
// 2010-03-14, 20100314, 14.3.2010, 14/3/2010, 2010/03/14 and any of them
// before a time of day.
func parseDate(s string, monthFirst bool) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, "T "); i >= 6 {
		s = s[:i]
	}
	if len(s) == 8 && digits(s) == s {
		return validDate(s[:4], s[4:6], s[6:])
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '.' || r == '/' })
	if len(parts) != 3 {
		return ""
	}
	switch {
	case len(parts[0]) == 4:
		return validDate(parts[0], parts[1], parts[2])
	case len(parts[2]) == 4 && monthFirst:
		return validDate(parts[2], parts[0], parts[1])
	case len(parts[2]) == 4:
		return validDate(parts[2], parts[1], parts[0])
	}
	return ""
}

func validDate(y, m, d string) string {
	t, err := time.Parse("2006-1-2", y+"-"+strings.TrimPrefix(m, "0")+"-"+strings.TrimPrefix(d, "0"))
	if err != nil || t.Year() < 1850 {
		return ""
	}
	return t.Format(time.DateOnly)
}

// monthFirstOnly reports a date that can only be month/day/year.
func monthFirstOnly(s string) bool { return parseDate(s, true) != "" && parseDate(s, false) == "" }

// dayFirstOnly reports a date that can only be day/month/year.
func dayFirstOnly(s string) bool { return parseDate(s, false) != "" && parseDate(s, true) == "" }

// parseEmail reads one e-mail address, in small letters.
func parseEmail(s string) (string, bool) {
	s = strings.ToLower(strings.Trim(strings.TrimPrefix(strings.TrimSpace(s), "mailto:"), "<>.,\"'"))
	local, domain, ok := strings.Cut(s, "@")
	dot := strings.LastIndexByte(domain, '.')
	if !ok || local == "" || dot < 1 || dot > len(domain)-3 || len(s) > 254 || strings.ContainsAny(s, " \t<>()[]\\,;:\"") ||
		strings.Contains(domain, "@") || strings.Contains(domain, "..") {
		return "", false
	}
	return s, true
}

// parseEmails reads the addresses of a cell; ok is false if something in it
// looks like one and is none.
func parseEmails(cell string) (emails []string, ok bool) {
	ok = true
	for _, v := range splitValues(cell, " ;,|/<>()\t") {
		if e, good := parseEmail(v); good {
			emails = append(emails, e)
		} else if strings.Contains(v, "@") {
			ok = false
		}
	}
	return emails, ok && len(emails) > 0
}

// parseIBAN reads an IBAN, joined and in capitals (ISO 13616: the characters
// moved and read as a number leave 1 modulo 97).
func parseIBAN(s string) (string, bool) {
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, s))
	if len(s) < 15 || len(s) > 34 || digits(s[2:4]) != s[2:4] {
		return "", false
	}
	var number strings.Builder
	for i := range len(s) {
		switch c := s[(i+4)%len(s)]; {
		case c >= '0' && c <= '9':
			number.WriteByte(c)
		case c >= 'A' && c <= 'Z':
			number.WriteString(decimal(int(c-'A') + 10))
		default:
			return "", false
		}
	}
	n, ok := new(big.Int).SetString(number.String(), 10)
	if !ok || s[0] < 'A' || s[1] < 'A' {
		return "", false
	}
	return s, new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}

// no reports a cell that says no. Whatever else stands in a column of
// protection counts as yes: to protect somebody too many harms nobody.
func no(cell string) bool {
	switch strings.ToLower(strings.Trim(cell, " .-–")) {
	case "", "0", "n", "nej", "no", "ei", "e", "nei", "false", "f", "falskt", "epätosi", "ingen", "inte", "ei ole", "none", "null", "saknas":
		return true
	}
	return false
}

// languageCodes maps what registers write to BCP 47, from languages.txt.
var languageCodes = sync.OnceValue(func() map[string]string {
	codes := map[string]string{}
	for line := range strings.Lines(languageList) {
		line, _, _ = strings.Cut(line, "#")
		code, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		code = strings.TrimSpace(code)
		codes[code] = code
		for _, name := range splitValues(rest, ",\n") {
			codes[strings.ToLower(name)] = code
		}
	}
	return codes
})

// parseLanguage reads a language's name or code; a region is dropped.
func parseLanguage(cell string) (string, bool) {
	word := strings.ToLower(strings.TrimSpace(cell))
	if code, ok := languageCodes()[word]; ok {
		return code, true
	}
	base, _, _ := strings.Cut(strings.ReplaceAll(word, "_", "-"), "-")
	code, ok := languageCodes()[base]
	return code, ok && len(base) <= 3
}
