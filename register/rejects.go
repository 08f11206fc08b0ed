package register

import "slices"

// Reject is a row that could not become an entry, or a warning about one that
// did. It names the place, never what stands there.
type Reject struct {
	Sheet  int64  // counted from 1; 0 where the file has no sheets
	Row    int64  // counted from 1; 0 for a whole sheet
	Other  int64  // for KeyTwice: the row that has the key already
	Column string // heading or number of the column; "" if it is the whole row
	Reason Reason
}

// Reason is why a row was kept apart or warned about. The list is closed.
type Reason string

// The reasons for keeping a row apart.
const (
	WrongCells Reason = "cells"     // more or fewer cells than headings
	TooLong    Reason = "too-long"  // a cell beyond any name, number or address
	Nobody     Reason = "nobody"    // neither a name nor an identifier
	KeyEmpty   Reason = "key-empty" // no key where the register has keys
	KeyTwice   Reason = "key-twice" // the key of an earlier row, with other data
	RowTwice   Reason = "row-twice" // an earlier row once more
)

// The reasons for a warning: the row became an entry, without the value.
const (
	NoColumns    Reason = "no-columns" // a sheet that is no list of people
	IDUnreadable Reason = "id-unreadable"
	IDCheck      Reason = "id-check" // kept: the shape holds, the check digit does not
	IDShort      Reason = "id-short" // a birth date where a number should be; kept as such
	BadDate      Reason = "date"
	BadEmail     Reason = "email"
	BadPhone     Reason = "phone"
	BadAccount   Reason = "account"
	BadLanguage  Reason = "language"
)

// RejectReasons lists every reason in the order of reports.
func RejectReasons() []Reason {
	return []Reason{WrongCells, TooLong, Nobody, KeyEmpty, KeyTwice, RowTwice,
		NoColumns, IDUnreadable, IDCheck, IDShort, BadDate, BadEmail, BadPhone, BadAccount, BadLanguage}
}

// Warning reports whether the row became an entry all the same.
func (r Reason) Warning() bool {
	return slices.Index(RejectReasons(), r) >= slices.Index(RejectReasons(), NoColumns)
}
