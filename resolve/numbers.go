package resolve

import (
	"strings"

	"github.com/klarlagt/klarlagt/nationalid"
)

// country is the country whose number a finding's form names: "FI" for
// "fi-hetu".
func country(form string) string {
	code, _, _ := strings.Cut(form, "-")
	return strings.ToUpper(code)
}

// sameNumber reports whether two canonical numbers of one country are the same
// person's. Swedish numbers of ten digits leave the century open, so they equal
// both numbers of twelve that end like them.
func sameNumber(country, a, b string) bool {
	if country == "SE" && len(a) != len(b) && len(a) >= 10 && len(b) >= 10 {
		return a[len(a)-10:] == b[len(b)-10:]
	}
	return a == b
}

// clash reports whether two stored numbers cannot be of one person: some
// country reads both, and as different numbers. A Finnish and a Swedish number
// do not clash, for people who moved have both.
func clash(a, b string) bool {
	if a == b {
		return false
	}
	for _, c := range nationalid.All {
		x, okX := c.Parse(a)
		y, okY := c.Parse(b)
		if okX && okY && !x.Failed && !y.Failed {
			return !sameNumber(c.Code, x.Canonical, y.Canonical)
		}
	}
	return false
}

// near reports whether two numbers differ by one mistyped, missing or added
// character, or by two neighbours that changed places.
func near(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// nearNumber is near for canonical numbers, which may or may not give the
// century of a Swedish number.
func nearNumber(country, a, b string) bool {
	if country == "SE" && len(a) == 12 && len(b) == 10 {
		a = a[2:]
	}
	if country == "SE" && len(b) == 12 && len(a) == 10 {
		b = b[2:]
	}
	return near(a, b)
}
