package nationalid

import "fmt"

// Text is what the checks below read. They look at bytes where they stand and
// allocate nothing: the scanner calls them for every candidate.
type Text interface{ ~string | ~[]byte }

// Digits reports whether a text is digits and nothing else, and not empty.
func Digits[T Text](text T) bool {
	for i := range len(text) {
		if text[i]-'0' > 9 {
			return false
		}
	}
	return len(text) > 0
}

// Luhn reports whether digits pass the check of Swedish numbers and payment
// cards: every second digit from the right doubled, the sum of all digits a
// multiple of ten.
func Luhn[T Text](digits T) bool {
	if !Digits(digits) {
		return false
	}
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// ValidDate reports whether the day exists in the Gregorian calendar.
func ValidDate(year, month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= monthDays(year, month)
}

func monthDays(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// inSomeCentury reports whether the day exists in a year that ends in yy.
func inSomeCentury(yy, month, day int) bool {
	// Only the last year of a century differs, and 2000 was a leap year.
	return ValidDate(2000+yy, month, day)
}

// number reads two or three digits; the caller has checked that they are.
func number[T Text](digits T) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// weighted is the sum of digits times weights, as far as there are weights.
func weighted[T Text](digits T, weights string) int {
	sum := 0
	for i := range len(weights) {
		sum += int(digits[i]-'0') * int(weights[i]-'0')
	}
	return sum
}

// date spells a day; "" for the year 0.
func date(year, month, day int) string {
	if year == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}
