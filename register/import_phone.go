package register

import "strings"

// dialCodes maps country codes of phone numbers to countries.
func dialCodes() map[string]string {
	return map[string]string{"46": "SE", "358": "FI", "47": "NO", "45": "DK", "354": "IS", "372": "EE"}
}

// splitPhones parts the phone numbers of a cell. A slash stands between two
// numbers only with blanks around it: "08/123 45" is one.
func splitPhones(cell string) []string {
	return splitValues(strings.ReplaceAll(cell, " / ", ";"), ";,|\n")
}

// parsePhone reads a phone number as E.164. Without a country code it belongs
// to the country.
func parsePhone(s, country string) (string, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), "(0)", "")
	if i := strings.IndexFunc(s, isLetter); i > 0 { // "070-123 45 67 (mamma)"
		s = s[:i]
	}
	d := digits(s)
	switch {
	case strings.HasPrefix(s, "+"), strings.HasPrefix(s, "(+"):
		return international(d)
	case strings.HasPrefix(d, "00"):
		return international(d[2:])
	}
	switch country {
	case "SE", "FI":
		code := map[string]string{"SE": "46", "FI": "358"}[country]
		if rest, ok := strings.CutPrefix(d, "0"); ok && len(rest) >= 5 && len(rest) <= 12 {
			return "+" + code + rest, true
		}
		if strings.HasPrefix(d, code) && len(d) >= len(code)+7 { // the plus was lost
			return international(d)
		}
	case "NO", "DK":
		if len(d) == 8 {
			return map[string]string{"NO": "+47", "DK": "+45"}[country] + d, true
		}
	case "IS":
		return "+354" + d, len(d) == 7
	case "EE":
		return "+372" + d, len(d) == 7 || len(d) == 8
	}
	return "", false
}

// international checks the digits after the plus. The trunk zero that people
// leave in after a country code is dropped where the country has one.
func international(d string) (string, bool) {
	for code, country := range dialCodes() {
		if rest, ok := strings.CutPrefix(d, code); ok && (country == "SE" || country == "FI") {
			d = code + strings.TrimPrefix(rest, "0")
		}
	}
	if len(d) < 8 || len(d) > 15 || d[0] == '0' {
		return "", false
	}
	return "+" + d, true
}

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
}
