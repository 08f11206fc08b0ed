package register

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// splitAddress parts "Storgatan 12 B, 123 45 Storstad" at its postcode. An
// address without one is all street. Lines of care-of are left out: they name
// somebody else.
func splitAddress(cell, country string) breach.Postal {
	cell = dropCareOf(cell)
	words := strings.Fields(strings.ReplaceAll(cell, ",", " , "))
	// The postcode is the last that fits: a house number may look like one.
	for i := len(words) - 1; i > 0; i-- {
		code, n := postcodeAt(words, i, country)
		if n == 0 {
			continue
		}
		return breach.Postal{
			Street:   breach.Hide(joinWords(words[:i])),
			Postcode: breach.Hide(code),
			Town:     breach.Hide(town(words[i+n:])),
		}
	}
	return breach.Postal{Street: breach.Hide(joinWords(words))}
}

// splitTown parts a cell that may hold a postcode before the town.
func splitTown(cell, country string) (code, name string) {
	words := strings.Fields(strings.ReplaceAll(cell, ",", " , "))
	if len(words) == 0 {
		return "", ""
	}
	if code, n := postcodeAt(words, 0, country); n > 0 {
		return code, town(words[n:])
	}
	if d := digits(cell); len(d) >= 3 && len(words) == 1 {
		return d, ""
	}
	return "", town(words)
}

// postcodeAt reads a postcode at a word: its digits, and how many words it
// takes. Four digits are one only in Norway and Denmark, three only in Iceland.
func postcodeAt(words []string, i int, country string) (string, int) {
	w := words[i]
	if k := strings.IndexByte(w, '-'); k > 0 && k <= 3 && hasNoDigit(w[:k]) { // "SE-123", "FIN-00100"
		w = w[k+1:]
	}
	if digits(w) != w {
		return "", 0
	}
	switch {
	case len(w) == 5:
		return w, 1
	case len(w) == 3 && i+1 < len(words) && len(words[i+1]) == 2 && digits(words[i+1]) == words[i+1]:
		return w + words[i+1], 2
	case len(w) == 4 && (country == "NO" || country == "DK"), len(w) == 3 && country == "IS":
		return w, 1
	}
	return "", 0
}

// town is the words up to the next comma: a country may follow.
func town(words []string) string {
	for len(words) > 0 && words[0] == "," {
		words = words[1:]
	}
	for i, w := range words {
		if w == "," {
			words = words[:i]
			break
		}
	}
	return joinWords(words)
}

func joinWords(words []string) string {
	return strings.Trim(strings.ReplaceAll(strings.Join(words, " "), " ,", ","), " ,")
}

func dropCareOf(cell string) string {
	lower := strings.ToLower(cell)
	if !strings.HasPrefix(lower, "c/o ") && !strings.HasPrefix(lower, "co ") {
		return cell
	}
	if _, rest, ok := strings.Cut(cell, ","); ok {
		return strings.TrimSpace(rest)
	}
	return cell
}
