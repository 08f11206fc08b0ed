package assess

import "github.com/klarlagt/klarlagt/breach"

// The severity of a breach by ENISA's working document "Recommendations for a
// methodology of the assessment of severity of personal data breaches" (v1.0,
// December 2013): SE = DPC × EI + CB. It is scored for each group of people by
// itself, never once for a whole incident, and decides nothing: whether to tell
// the authority or the people is a matter of law, not of a sum.

// Score is a severity in quarters: 16 is 4.00. All factors are whole quarters,
// so that no sum is rounded.
type Score int

// Level is what a score means.
type Level uint8

// The levels.
const (
	Low      Level = iota + 1 // below 2: few inconveniences
	Medium                    // from 2: significant inconveniences, overcome despite difficulties
	High                      // from 3: significant consequences, overcome with serious difficulties
	VeryHigh                  // from 4: significant or irreversible consequences
)

// Level gives the level of a score.
func (s Score) Level() Level {
	switch {
	case s < 8:
		return Low
	case s < 12:
		return Medium
	case s < 16:
		return High
	}
	return VeryHigh
}

// Float is the score as the method prints it.
func (s Score) Float() float64 { return float64(s) / 4 }

// Class is the sort of data that a data processing context begins with.
type Class uint8

// The classes, whose number is the base score.
const (
	Simple Class = iota + 1
	Behavioural
	Financial
	Sensitive
)

// Context is the data processing context (DPC) of one kind of data: its class
// and what the circumstances add or take, in whole steps.
type Context struct {
	Class Class
	Step  int
}

// Points is 1 to 4.
func (c Context) Points() int { return min(4, max(1, int(c.Class)+c.Step)) }

// Identification is how easily somebody is identified (EI), in quarters.
type Identification int

// The steps.
const (
	Negligible  Identification = 1
	Limited     Identification = 2
	Significant Identification = 3
	Maximum     Identification = 4
)

// Circumstances is what happened to the data (CB). The three parts are 0, 1 or
// 2 quarters each.
type Circumstances struct {
	Confidentiality Spread
	Integrity       Change
	Availability    Loss
	Malicious       bool // adds 0.5
}

// Spread is who came to know the data.
type Spread int

// The spreads.
const (
	NoSpread   Spread = iota // exposed, and nothing says that anybody looked
	KnownFew                 // known recipients
	UnknownFar               // an unknown number, or published
)

// Change is what was altered.
type Change int

// The changes.
const (
	NoChange      Change = iota // nothing, or put right before it was used
	Recoverable                 // possibly used, and can be put right
	Unrecoverable               // used, and cannot
)

// Loss is what is no longer there.
type Loss int

// The losses.
const (
	NoLoss      Loss = iota // a copy is there
	WithEffort              // can be had again with effort
	NothingLeft             // no copy
)

// Factors is everything that a score comes from.
type Factors struct {
	Contexts       []Context // one a kind of data; the highest counts
	Identification Identification
	Circumstances  Circumstances
}

// Severity works out a score.
func (f Factors) Severity() Score {
	highest := 1
	for _, c := range f.Contexts {
		highest = max(highest, c.Points())
	}
	score := Score(highest * int(min(Maximum, max(Negligible, f.Identification))))
	score += Score(f.Circumstances.Confidentiality) + Score(f.Circumstances.Integrity) + Score(f.Circumstances.Availability)
	if f.Circumstances.Malicious {
		score += 2
	}
	return score
}

// contexts is where each kind of data begins: a proposal that a person can
// change, with a reason.
var contexts = map[breach.Kind]Context{
	breach.Name: {Simple, 0}, breach.NationalID: {Simple, 0}, breach.BirthDate: {Simple, 0}, breach.Address: {Simple, 0},
	breach.Email: {Simple, 0}, breach.Phone: {Simple, 0}, breach.Username: {Simple, 0}, breach.Passport: {Simple, 0},
	breach.Vehicle: {Simple, 0}, breach.Photo: {Simple, 0}, breach.Guardian: {Simple, 0}, breach.Employment: {Simple, 0},
	breach.Application: {Simple, 0},
	// Credentials take the class of what they open, which nobody knows here.
	breach.Password: {Simple, 1},
	// They tell of origin or standing.
	breach.Language: {Simple, 1}, breach.Nationality: {Simple, 1}, breach.Grades: {Simple, 1}, breach.Absence: {Simple, 1},
	breach.Order:       {Behavioural, 0},
	breach.BankAccount: {Financial, -1}, // a bare account number
	breach.Fee:         {Financial, -1},
	breach.Income:      {Financial, 0}, breach.SocialWelfare: {Financial, 0}, breach.PaymentCard: {Financial, 0},
	breach.Religion: {Sensitive, 0}, breach.Health: {Sensitive, 0}, breach.SpecialSupport: {Sensitive, 0},
	// A door, or where somebody hides, is a matter of safety.
	breach.DoorCode: {Simple, 3}, breach.ProtectedIdentity: {Simple, 3},
}

// Propose fills in what the exposures of a group of people tell: the context of
// each kind, and how easily they are identified. People with protected identity
// are a group of their own, and always score highest.
func Propose(kinds breach.Kinds, protected bool) Factors {
	f := Factors{Identification: identification(kinds)}
	for _, k := range kinds.List() {
		f.Contexts = append(f.Contexts, contexts[k])
	}
	if protected {
		f.Contexts = append(f.Contexts, contexts[breach.ProtectedIdentity])
		f.Identification = Maximum
	}
	return f
}

// identification follows the method's table: an identity number is a key to
// public registers here, and a full name with a date of birth or an address
// of any sort is one person.
func identification(kinds breach.Kinds) Identification {
	has := func(list ...breach.Kind) bool { return kinds&breach.KindsOf(list...) != 0 }
	switch {
	case has(breach.NationalID, breach.Passport):
		return Maximum
	case has(breach.Name) && has(breach.BirthDate, breach.Email, breach.Address, breach.Phone):
		return Maximum
	case has(breach.Email, breach.Photo):
		return Significant
	case has(breach.Name, breach.Phone, breach.Address):
		return Limited
	}
	return Negligible
}
