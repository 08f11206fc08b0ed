// Package rules holds what each country asks of us after a breach of personal
// data, as dated data: who has to tell whom, from which event, within how long,
// by which law; the authority to tell; the public holidays. It decides nothing:
// what it means for a case is worked out by package assess.
package rules

import "time"

// Country is what one country asks.
type Country struct {
	Code      string // ISO 3166-1: "FI"; "AX" is Åland
	Zone      string // IANA
	Authority Authority
	Rules     []Rule
	Holidays  func(year int) []Holiday // in order of date
}

// Authority is who supervises data protection.
type Authority struct {
	Name    string // in the country's own language
	Secrecy string // key of the text that says what becomes of what is sent
}

// All lists the countries, in the order in which they are offered.
var All = []Country{finland, aland, sweden}

// Find finds a country by its code.
func Find(code string) (Country, bool) {
	for _, c := range All {
		if c.Code == code {
			return c, true
		}
	}
	return Country{}, false
}

// RuleID names a rule: "gdpr-33".
type RuleID string

// Rule is one duty to tell somebody.
type Rule struct {
	ID     RuleID
	Law    string // where it stands: "GDPR art. 33(1)"
	Of     Role
	Toward Role
	Start  Event  // what starts the clock
	Within Period // zero: without undue delay, and no more is fixed
	When   Condition

	// From and To bound the days on which the event that starts the clock has
	// to fall; a zero To is open.
	From, To time.Time

	// LateReason says that whoever is late has to say why.
	LateReason bool

	// Proposed marks what is no law yet: it is shown when asked for, and is
	// never a duty.
	Proposed bool
}

// InForce reports whether the rule covers an event at a time.
func (r Rule) InForce(t time.Time) bool {
	return !r.Proposed && !t.Before(r.From) && (r.To.IsZero() || t.Before(r.To))
}

// Role is a part that somebody plays after a breach.
type Role string

// The roles.
const (
	Controller Role = "controller"
	Processor  Role = "processor"
	Person     Role = "person" // whose data it is
	Supervisor Role = "supervisory-authority"
	CSIRT      Role = "csirt"
	Operator   Role = "operator" // of a service that NIS2 covers
)

// Event is what starts a clock. They are different events: a clock never
// starts at another's.
type Event string

// The events.
const (
	Aware          Event = "aware"           // the controller is reasonably certain that personal data were compromised
	ProcessorAware Event = "processor-aware" // the processor knows of the breach
	Detected       Event = "detected"        // a significant incident was detected: NIS2
	Reported       Event = "reported"        // the NIS2 incident notification was made
)

// Condition is when a rule applies.
type Condition string

// The conditions.
const (
	UnlessNoRisk Condition = "unless-no-risk" // GDPR art. 33(1): unless a risk is unlikely
	HighRisk     Condition = "high-risk"      // GDPR art. 34(1), for each group of people by itself
	Always       Condition = "always"
	Significant  Condition = "significant" // a significant incident of a service that NIS2 covers
)

// Period is how long a duty leaves. Periods in hours run through nights,
// weekends and holidays; those in months do not end on one (Regulation (EEC,
// Euratom) 1182/71 art. 3).
type Period struct {
	Hours  int
	Months int
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
