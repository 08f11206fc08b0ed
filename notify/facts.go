package notify

import (
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Facts are all that decides how one reader is told about one subject. They
// are asked for anew when a notice is about to go: a protection or a custody
// that changed since the registers were imported changes the way.
type Facts struct {
	Country string // of the controller: rules.Country.Code
	Matter  Matter
	Before  bool         // an earlier version went, or may have gone, to this reader
	Grade   breach.Grade // of the subject's surest exposure

	// Of the subject:
	Age       Age
	Dead      bool
	Conflict  bool // the registers that were merged into the person contradict each other
	Ward      bool // an adult for whom a court has named a guardian
	Employee  bool // of the controller
	Protected bool // by any register, or by what became known itself: see Marked

	// Of the reader:
	Role   Role
	Shield Shield
	Doors  Doors
}

// Matter is what there is to tell.
type Matter uint8

// The matters.
const (
	First      Matter = iota // that data became known
	Update                   // what is new since an earlier version
	Correction               // that an earlier version was wrong
	Unaffected               // the answer to somebody who asked and is not in it
)

// Age is the subject's age as far as it decides who reads.
type Age uint8

// The ages. No law names one for GDPR art. 34; these bounds are the practice
// that authorities' own services follow.
const (
	AgeUnknown Age = iota
	Child          // under 15: the guardians read
	Young          // 15 to 17: both read, each a letter of their own
	Adult
	ageEnd
)

// Role is what the reader is to the subject.
type Role uint8

// The roles.
const (
	Self Role = iota
	JointGuardian
	SoleGuardian
	OrderedGuardian // named by a court for a child
	WithoutCustody
	InCare // social services answer for the child
	CustodyUnknown
)

// Shield is how protected identities stand among the guardians of a child. It
// says nothing of an adult who reads of himself.
type Shield uint8

// The shields.
const (
	NoShield      Shield = iota // there are guardians, and none is protected
	NoGuardian                  // none is known
	ThisGuardian                // the reader is protected, and another guardian is not
	OtherGuardian               // another is protected, and the reader is not
	AllGuardians
	Barred // the reader may not approach the child or another guardian
	shieldEnd
)

// Door is what is known of one way to a reader.
type Door uint8

// The doors. Waiting is anything that is not over, an unknown outcome too: as
// long as one door waits no other is tried, so that nobody is told twice.
const (
	NoDoor  Door = iota
	Open         // usable, and not tried
	Shared       // others read there too: a family's or an office's mailbox
	Foreign      // a postal address abroad
	Failed       // tried, and certainly not taken: refused, bounced, returned
	Waiting
	Told // tried, and taken
)

// Doors are the ways to a reader. Care is the way to somebody protected: in
// Finland the contact address, in Sweden the identity number that the tax
// agency forwards by.
type Doors struct {
	Mailbox, Paper, Mail, Care Door
}

// has reports whether any way is in a state.
func (d Doors) has(state Door) bool {
	return d.Mailbox == state || d.Paper == state || d.Mail == state || d.Care == state
}

// Marked reports whether the exposed data say that the subject has a protected
// identity. Then the letter says so too, and goes as to somebody protected,
// whatever the registers say.
func Marked(exposures []breach.Exposure) bool {
	return grade(exposures).all().Has(breach.ProtectedIdentity)
}

// ShieldOf tells how the reader stands among the guardians of a child, from who
// of them is protected and whether the reader is barred from any of them, or
// from the child. Others are the guardians with custody beside the reader.
func ShieldOf(protected, barred bool, others []bool) Shield {
	all, any := protected, protected
	for _, other := range others {
		all, any = all && other, any || other
	}
	switch {
	case barred:
		return Barred
	case all && len(others) > 0:
		return AllGuardians
	case protected: // the only guardian is not all of several
		return ThisGuardian
	case any:
		return OtherGuardian
	}
	return NoShield
}

// AgeOn tells the age on a day of somebody born on a date such as 2012-03-09.
func AgeOn(day time.Time, born breach.Personal) Age {
	birth, err := time.Parse(time.DateOnly, born.Reveal())
	if err != nil || birth.After(day) || birth.Year() < day.Year()-130 {
		return AgeUnknown
	}
	years := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() < birth.Day() {
		years-- // the birthday of the year is still to come
	}
	switch {
	case years < 15:
		return Child
	case years < 18:
		return Young
	}
	return Adult
}

// LanguagesFor tells in which languages somebody reads who asked for one, or
// of whom none is known (""): where there is no letter in it, in English
// beside the controller's own.
func LanguagesFor(asked, country string) []string {
	own := []string{"sv"}
	if country == "FI" {
		own = []string{"fi", "sv"}
	}
	base, _, _ := strings.Cut(strings.ToLower(asked), "-")
	switch {
	case base == "":
		return own
	case slices.Contains(Languages(), base):
		return []string{base}
	}
	return []string{"en", own[0]}
}
