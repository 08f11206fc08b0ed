package draft

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Answer is what a draft says to one field. Which of the values is set follows
// from the field's type; where Open is set, none is.
type Answer struct {
	Field   ID
	Options []string        // of a choice: ids, in the field's order
	Text    string          // in the draft's language; holds nobody's data
	Contact breach.Personal // who speaks for an organisation, where the field holds contacts
	Time    time.Time       // UTC
	Guessed bool            // the time is an estimate
	Count   *Range
	Origin  Origin
	Open    Reason // why there is no answer; "" where there is one
}

// Given reports whether there is an answer.
func (a Answer) Given() bool { return a.Open == "" }

// Range is how many, between two bounds. An Upper of 0 over a Lower that is not
// means that nobody knows an upper bound.
type Range struct {
	Lower int64 `json:"lower"`
	Upper int64 `json:"upper"`
}

// Source is where an answer comes from.
type Source string

// The sources.
const (
	FromEvidence Source = "evidence" // counted in what was read
	FromCase     Source = "case"     // entered by somebody
	FromRule     Source = "rule"     // follows from other answers, by a named rule
)

// Origin is where one answer comes from.
type Origin struct {
	From Source
	Rule Rule   // which counts, or which rule
	By   string // the account of who entered it
	At   time.Time
}

// Rule names what an answer was counted from or follows from.
type Rule string

// The rules.
const (
	RulePeople   Rule = "people"   // people counted by group
	RuleKinds    Rule = "kinds"    // people counted by kind of data
	RuleRecords  Rule = "records"  // places counted
	RuleMode     Rule = "mode"     // new or follow-up, whole or not: how the draft was asked for
	RuleTimes    Rule = "times"    // the times of the incident
	RuleChain    Rule = "chain"    // who told whom, and when
	RuleParties  Rule = "parties"  // whether anybody else is in the chain
	RuleSpread   Rule = "spread"   // what follows from what happened to the data
	RuleImpact   Rule = "impact"   // what such data can be used for
	RuleSeverity Rule = "severity" // the highest of the groups; ENISA levels to the template's three
	RuleRisk     Rule = "risk"     // the highest of what was decided for the groups
	RuleReports  Rule = "reports"  // what was reported to other authorities
	RuleSecrecy  Rule = "secrecy"  // what the answers tell that may be kept secret
	RuleUnknown  Rule = "unknown"  // nobody knows yet, and this notification may say so
)

// Reason is why a field has no answer. The list is closed.
type Reason string

// The reasons.
const (
	NotEntered     Reason = "not-entered"    // nobody has entered it
	Investigating  Reason = "investigating"  // somebody is finding out
	Undecided      Reason = "undecided"      // a decision is to be made first
	Unread         Reason = "unread"         // it hangs on evidence that is not read
	Undeterminable Reason = "undeterminable" // it cannot be found out
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{NotEntered, Investigating, Undecided, Unread, Undeterminable}
}
