package detect

import "github.com/klarlagt/klarlagt/breach"

// Start says which places can begin what a detector looks for: the scanner
// calls it only there.
type Start uint8

// The starts. The first four are found for all text in one pass; the others
// cost more and are looked for only where that pass found a person, and in
// tables and records.
const (
	AtNumber Start = iota // the first digit of a number of six digits or more, or after two capitals
	AtSign                // the @ of an address, the = or : behind a label
	AtPair                // the second of two words that may be a name
	AtDigit               // any first digit
	AtLabel               // the value beside a label or under a heading of the detector's kind
	starts
)

// Detector finds one kind of identifier. It keeps no state.
type Detector struct {
	Kind  breach.Kind
	Form  string // as in breach.Finding; "" where one detector finds several
	Start Start

	// match adds what it finds at one place.
	match func(t *text, at int)

	// Hits are texts with one finding of the kind, Misses texts without; for
	// detectors that start at a label it stands in front.
	Hits, Misses []string
}

// All lists the detectors in the order they are asked.
var All = []Detector{
	nationalNumber, bankAccount, paymentCard, phone,
	email, knownUser,
	name,
	birthDate, address,
	labelledNumber, labelledPhone, labelledAccount, passport, vehicle, username, password, doorCode,
}
