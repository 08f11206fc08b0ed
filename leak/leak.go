// Package leak looks at finished bytes, of a message, a letter or an export,
// for what must not be in them: anything of anybody but the one they are for,
// and the traces of a machine's mistake. It knows nothing of how they were
// made. What it finds it names by rule and place, never by value.
package leak

import (
	"fmt"

	"github.com/klarlagt/klarlagt/breach"
)

// Rule is what a leak breaks.
type Rule string

// The rules.
const (
	Recipient Rule = "recipient" // not one recipient, or not the right one
	Header    Rule = "header"    // an address in a header where none belongs
	Structure Rule = "structure" // an attachment, or a form that no notice has
	Another   Rule = "another"   // an identifier of somebody else of the case
	Address   Rule = "address"   // an e-mail address that nobody has approved
	Number    Rule = "number"    // a national identity number, whoever's
	Unfilled  Rule = "unfilled"  // the mark of a field that was not filled
	Log       Rule = "log"       // a line as logs have them
	Size      Rule = "size"      // too short or too long to be a notice
)

// Leak is one thing that must not be there.
type Leak struct {
	Rule   Rule
	Where  string // "header", "body", "name of an attachment"
	Offset int    // in bytes, after decoding; of a header in its value
}

// String says which rule is broken where.
func (l Leak) String() string { return fmt.Sprintf("%s in the %s at %d", l.Rule, l.Where, l.Offset) }

// Own is whatever of the reader's a message may hold. Everything else that
// belongs to somebody is a leak, were it the reader's sister's.
type Own struct {
	Mail    breach.Personal   // the address it goes to; none for a letter
	Entries []breach.Entry    // the reader's
	Values  []breach.Personal // else: the name on the envelope, the child's given name
}

// most is how many leaks of one message are told: one is enough to stop it.
const most = 20
