package draft

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Mark is who entered something, and when. Without a By, nobody did: it was
// counted.
type Mark struct {
	By string // the account
	At time.Time
}

// Case is all that a draft is made of. Whatever is zero is not known. Words for
// options are those of the template's data ("ransomware" for field 60).
type Case struct {
	Lang      string // of the texts: en, sv, fi
	Now       time.Time
	Reference string // the organisation's own

	Incomplete bool     // what is sent now is not all: GDPR art. 33(4)
	Earlier    *Earlier // what was sent before; nil for a new notification
	Withdrawn  Statement

	Controller Organisation
	Reporter   Contact
	Officer    Contact // the data protection officer
	More       Contact // who can tell more
	Parties    []Party
	Chain      []Step

	Incident     breach.Incident
	IncidentMark Mark
	LateReasons  Statement
	Discovery    Discovery
	Nature       Nature
	Systems      []System
	Extent       Extent
	Cohorts      []Cohort

	Before, Taken, Prevention Measures

	Notice  Notice
	Reports []Report

	// Entered answers a field in so many words, over whatever else is known.
	Entered map[ID]Entry
	// Open says why fields cannot be answered.
	Open map[ID]Reason
}

// Earlier is the notification that this one follows up.
type Earlier struct {
	Number string // as the authority gave it
	Sent   *Draft // as it was sent; nil where it was made elsewhere
	Why    Statement
}

// Statement is a text somebody wrote.
type Statement struct {
	Mark
	Text string
}

// Organisation is a controller.
type Organisation struct {
	Mark
	Name, Identifier string
	Contact          breach.Personal
	Sector, Size     string // options of fields 14 and 15
	Activity         string // its economic activity
	Outside          bool   // not established in the EEA
}

// Contact is somebody who speaks for the controller.
type Contact struct {
	Mark
	Name, Details breach.Personal
	Function      string // option of field 23, for the reporting person; else in words
	None          bool   // it is known that there is nobody: no officer is designated
}

// Party is another organisation in the chain.
type Party struct {
	Mark
	Name    string
	Role    string // in words
	Contact breach.Personal
}

// Step is one thing that happened on the way of the news down the chain.
type Step struct {
	Mark
	When breach.Moment
	Who  string // an organisation
	Told string // the organisation told; "" where Who found something out
	What string // what it found out
}

// Discovery is how the breach came to be known.
type Discovery struct {
	Mark
	How  string // option of field 50
	Text string
	When time.Time // when another party told; zero: as the incident has it
}

// Nature is what happened to the data, and why: options of fields 55 to 61.
type Nature struct {
	Mark
	Nature                                                   []string
	Confidentiality, Unintelligible, Integrity, Availability string
	Incident, Cause                                          string
	Description                                              string
}

// System is a system or part of one that was touched.
type System struct {
	Mark
	Name, Where string
	State       string // in words: closed, being tested
}

// Extent is who and what is touched. Its Mark is zero where it was counted in
// the evidence, which is then At.
type Extent struct {
	Mark
	People  *Range
	Records *Range
	Groups  []Group
	Kinds   []KindCount
	Items   int64 // of evidence
	Gaps    int64 // items of which nobody knows the text
}

// Group is people of one sort.
type Group struct {
	Name       string
	Categories []string // options of field 65
	People     *Range
}

// KindCount is how many people are touched with one kind of data.
type KindCount struct {
	Kind   breach.Kind
	People *Range
}

// Level is what an ENISA score means, from low to very high.
type Level uint8

// The levels; zero is not judged.
const (
	Low Level = iota + 1
	Medium
	High
	VeryHigh
)

// Risk is how much is at stake for people, as somebody decided.
type Risk string

// The risks, by the options of field 89; "" is not decided.
const (
	RiskUnlikely Risk = "unlikely"
	RiskPresent  Risk = "risk"
	RiskHigh     Risk = "high"
)

// Cohort is people judged together, with what was decided for them.
type Cohort struct {
	Mark
	Name  string
	Score float64
	Level Level
	Risk  Risk
	Why   string
}

// Measures is what was done, as options and in words.
type Measures struct {
	Mark
	Kinds []string // options of field 75 or 94
	Text  string
}

// Notice is what the people are told.
type Notice struct {
	Mark
	Told      string // option of field 97; "" is not decided
	When      time.Time
	All       bool   // all of them
	NotAllWhy string // why not all of them
	Means     string // option of field 104
	Content   string
	Exemption string // option of field 100
	Why       string // why the exemption holds
}

// Authority is another that a breach is reported to.
type Authority string

// The others.
const (
	Police Authority = "police"
	CSIRT  Authority = "csirt"
)

// Report is what another authority was told.
type Report struct {
	Mark
	To      Authority
	Not     bool // it is known that no report was made
	When    breach.Moment
	Details string
}

// Entry is an answer entered in so many words.
type Entry struct {
	Mark
	Options []string
	Text    string
	Contact breach.Personal
	Time    time.Time
	Guessed bool
	Count   *Range
}
