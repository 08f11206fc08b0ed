package assess

// Range is between how many and how many.
type Range struct{ Low, High int64 }

// Strangers bounds the number of people in no register. Each identity number is
// one person. Of those known by an e-mail address alone each may be another
// person, or all of them one who has many addresses, or one of those with a
// number; so they make one at least if there are no numbers. Addresses that
// stand beside exactly one number are that number's, and not counted here.
func Strangers(numbers, addresses int64) Range {
	return Range{Low: max(numbers, min(addresses, 1)), High: numbers + addresses}
}
