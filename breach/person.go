package breach

import "time"

// Strength is how much one finding says about whose it is.
type Strength uint8

// The strengths.
const (
	Weak   Strength = iota + 1 // never alone: names, birth dates, phones, numbers without a check
	Middle                     // alone only beside a label or a name: a ten-digit personnummer
	Strong                     // may stand alone: hetu, twelve-digit personnummer, fødselsnummer, e-mail, IBAN
)

// Finding is one identifier or one sensitive statement at one place.
type Finding struct {
	Place    Place
	Kind     Kind
	Form     string   // what it looks like: "fi-hetu", "se-personnummer", "email", "name", "word", "cell"
	Value    Personal // canonical: see the detector; for a word or a cell, the text
	Strength Strength
	Labelled bool // a column heading or a label beside it says what it is
	Failed   bool // an identity number whose check digit or serial does not hold
}

// Mention is findings that stand together, in a row, a record, a paragraph or
// a mail header, and so speak of one person, or of few.
type Mention struct {
	Place    Place
	Findings []Finding
	// Document is set where the findings are words that say what the whole
	// document is about; such a mention holds no identifiers.
	Document bool
}

// EntryID numbers an entry within a case, from 0 and without holes. It changes
// when a register is imported anew.
type EntryID uint32

// Entry is one person in one of the organisation's registers.
type Entry struct {
	ID          EntryID
	Register    string   // the name of the register
	Key         Personal // the register's own key, or the row number
	Row         int64    // in the imported file, counted from 1
	Group       string   // which group of people: "pupils", "staff"; the register's name unless a column says
	Unit        Personal // school, class or department
	Names       []FullName
	NationalIDs []Personal // canonical, see nationalid.Number
	BirthDate   Personal   // YYYY-MM-DD
	Emails      []Personal // lower case
	Phones      []Personal // E.164
	Addresses   []Postal
	Usernames   []Personal
	Accounts    []Personal // IBAN, joined, upper case
	Guardians   []Personal // keys or identity numbers of the guardians, as the register gives them
	Household   Personal   // what members of one household share
	Language    string     // BCP 47, such as "sv"; "" if not known
	Protected   bool       // protected identity: spärrmarkering, turvakielto
	Since       time.Time  // zero if not known
	Until       time.Time  // zero while the person is still in the register
}

// FullName is one name of a person. Given may hold several given names.
type FullName struct {
	Given, Surname Personal
	Former         bool
}

// Postal is a postal address.
type Postal struct {
	Street   Personal // with its number: "Storgatan 12 B"
	Postcode Personal // digits only
	Town     Personal
}

// PersonID names a person within a case, such as "p17"; stable as long as the
// registers and the evidence are the same.
type PersonID string

// Person is somebody the mentions point to: the owner of one or more entries,
// or somebody in no register.
type Person struct {
	ID          PersonID
	Entries     []Entry   // none for somebody in no register
	Identifiers []Finding // of somebody in no register: what is known
	Grade       Grade     // of the surest exposure
	Probability float64   // of the surest link
	Kinds       Kinds
}

// Grade is how sure it is that something became known.
type Grade uint8

// The grades, from no to yes. Unknown is no answer: nobody has looked.
const (
	Unknown Grade = iota
	Excluded
	Possible
	Likely
	Proven
)

var gradeNames = [...]string{"unknown", "excluded", "possible", "likely", "proven"}

// String is the word used in files and on the command line.
func (g Grade) String() string {
	if int(g) < len(gradeNames) {
		return gradeNames[g]
	}
	return "unknown"
}

// ParseGrade finds the grade with a name such as "likely".
func ParseGrade(name string) (Grade, bool) {
	for i, n := range gradeNames {
		if n == name {
			return Grade(i), true
		}
	}
	return Unknown, false
}

// Exposure is what became known of one person: one kind of data, how surely,
// and where it stands.
type Exposure struct {
	Person PersonID
	Kind   Kind
	Grade  Grade
	Places int64 // how many places prove it
}

// Refusal is an error that the user can mend. Key names the text that says how
// in every language, Args fill it.
type Refusal struct {
	Key  string
	Args map[string]any
	Err  error // what lies behind, if anything
}

// Error names the refusal; what the user reads is made from Key and Args.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return r.Key + ": " + r.Err.Error()
	}
	return r.Key
}

// Unwrap gives the error that lies behind.
func (r *Refusal) Unwrap() error { return r.Err }
