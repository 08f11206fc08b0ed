package nationalid

// IsOrganisation reports whether a whole spelling is the number of an
// organisation and of no person: a Finnish Y-tunnus, a Swedish
// organisationsnummer (also with the prefix 16, or as a VAT number), the
// kennitala of an Icelandic organisation. A Swedish sole trader's number is
// the personnummer of its owner and so is not one.
func IsOrganisation(text string) bool {
	if isVAT(text) {
		return true
	}
	s, ok := spell(text)
	return ok && (isYtunnus(&s) || isSwedishOrganisation(&s) || isIcelandicOrganisation(&s))
}

// ValidYtunnus reports whether eight digits, the hyphen left out, hold the
// check of a Y-tunnus.
func ValidYtunnus[T Text](eight T) bool {
	if len(eight) != 8 || !Digits(eight) {
		return false
	}
	// Remainder 1 would need the check digit 10: no such number is given out.
	sum := int(eight[7] - '0')
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2} {
		sum += int(eight[i]-'0') * w
	}
	return sum%11 == 0
}

// ValidOrganisationsnummer reports whether ten digits are the number of a
// Swedish organisation: the third digit is 2 or more, so that the "month" of a
// personnummer is 20 or later, and the Luhn digit holds.
func ValidOrganisationsnummer[T Text](ten T) bool {
	return len(ten) == 10 && ten[2] >= '2' && Luhn(ten)
}

func isYtunnus(s *spelling) bool {
	return s.n == 8 && s.sep == '-' && s.at == 7 && ValidYtunnus(s.chars[:8])
}

func isSwedishOrganisation(s *spelling) bool {
	prefixed := s.n == 12 && s.chars[0] == '1' && s.chars[1] == '6'
	return (s.n == 10 || prefixed) && s.split(4, "- ") && ValidOrganisationsnummer(s.chars[s.n-10:s.n])
}

func isIcelandicOrganisation(s *spelling) bool {
	t := s.chars[:10]
	return s.n == 10 && s.split(4, "- ") && Digits(t) && t[0] >= '4' && t[0] <= '7' &&
		weighted(t, kennitalaWeights)%11 == 0 && icelandicYear(t) > 0 &&
		ValidDate(icelandicYear(t), pair(t, 2), pair(t, 0)-40)
}

// isVAT reads Swedish and Finnish VAT numbers: SE, ten digits and 01; FI and
// eight digits.
func isVAT(text string) bool {
	switch {
	case len(text) == 14 && text[:2] == "SE" && text[12:] == "01":
		return ValidOrganisationsnummer(text[2:12])
	case len(text) == 10 && text[:2] == "FI":
		return ValidYtunnus(text[2:])
	}
	return false
}
