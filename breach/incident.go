package breach

import "time"

// Incident is one breach as it happened: what the clocks of the law run from.
type Incident struct {
	Country string // rules.Country.Code of the controller
	Role    Role   // of the organisation that keeps the case

	OccurredFrom Moment
	OccurredTo   Moment // zero while it goes on, or where nobody knows
	Tip          Moment // the first sign, before anybody was sure
	Inquiry      Moment // the short investigation of the tip began
	Aware        Moment // the controller was reasonably certain
	AwareWhy     string // why then and not before
	Told         Moment // the processor told the controller
	Detected     Moment // a significant incident of a service that NIS2 covers
	Contained    Moment
}

// Role is the part of the organisation that keeps the case.
type Role string

// The roles.
const (
	Controller   Role = "controller"
	Processor    Role = "processor"
	SubProcessor Role = "sub-processor"
)

// Moment is when something happened, to the minute. A zero time is not known.
type Moment struct {
	At        time.Time
	Estimated bool
}

// Known reports whether anything is known of the moment.
func (m Moment) Known() bool { return !m.At.IsZero() }

// Duty is what the law asks of somebody after a breach.
type Duty struct {
	Rule   string // rules.RuleID
	Law    string
	Of     string // rules.Role
	Toward string

	// Group names the people it is about, where it is about some of them.
	Group string

	Starts time.Time // what the clock runs from
	Due    time.Time // the strictest reading; zero: without undue delay
	Formal time.Time // the end by Regulation 1182/71, at or after Due
	Met    time.Time // zero until done
	Why    string    // reasons for being late, or for having nothing to do
}

// Late reports whether the duty was met after its time, or is open and its time
// is past.
func (d Duty) Late(now time.Time) bool {
	if d.Due.IsZero() {
		return false
	}
	if d.Met.IsZero() {
		return now.After(d.Due)
	}
	return d.Met.After(d.Due)
}
