// Package nationalid reads the national identity numbers of the Nordic
// countries and Estonia: one file a country. It tells which number a spelling
// is, whether its check digits hold, and what it says of its owner's birth.
//
// A number that fails its check still points to somebody, for people mistype
// and scanners misread: it is a number with Failed set, not nothing.
package nationalid

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Number is one reading of a spelling.
type Number struct {
	Country string // ISO 3166: "FI"
	// Form is the kind of number: "fi-hetu", "se-personnummer",
	// "se-samordningsnummer", "se-interim", "no-fodselsnummer", "no-d-nummer",
	// "no-h-nummer", "dk-cpr", "is-kennitala" or "ee-isikukood".
	Form string
	// Canonical is the number in the one spelling used as a key. FI: eleven
	// characters with the century sign, upper case; the sign is part of the
	// identity. SE: twelve digits where the text gives the century, else ten.
	// NO and EE: eleven digits. DK and IS: ten.
	Canonical  string
	Birth      string // YYYY-MM-DD, "" where the number leaves it open
	Strength   breach.Strength
	Failed     bool // shape and date hold, the check digit or the serial does not
	Artificial bool // from a range set aside for tests and temporary use
}

// Country is one country's numbers.
type Country struct {
	Code   string // ISO 3166
	Parse  func(text string) (Number, bool)
	Hits   []string // spellings that are numbers
	Misses []string // spellings that are none, or that fail their check
}

// All lists the countries.
var All = []Country{finland, sweden, norway, denmark, iceland, estonia}

// Parse reads a whole spelling as a number of one country. Blanks, hyphens and
// small letters are read as people write them there; anything before or after
// the number makes it none. Swedish numbers of ten digits leave the century
// open (Birth is ""), unless a plus sign tells that the owner is past a hundred.
func Parse(country, text string) (Number, bool) {
	for _, c := range All {
		if c.Code == country {
			return c.Parse(text)
		}
	}
	return Number{}, false
}

// Readings gives every country's reading of a spelling: the ones that hold
// their check before those that fail it, strong before weak, and among equals
// in the order of All. Ten digits may well be a Swedish, a Danish and an
// Icelandic number at once.
func Readings(text string) []Number {
	var found []Number
	for _, c := range All {
		if n, ok := c.Parse(text); ok {
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b Number) int {
		switch {
		case a.Failed != b.Failed && b.Failed, a.Failed == b.Failed && a.Strength > b.Strength:
			return -1
		case a.Failed != b.Failed, a.Strength < b.Strength:
			return 1
		}
		return 0
	})
	return found
}

// failed marks a number whose check does not hold.
func (n Number) failed() Number {
	n.Failed, n.Strength = true, breach.Weak
	return n
}
