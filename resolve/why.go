package resolve

import "github.com/klarlagt/klarlagt/breach"

// Reason is the rule by which a mention was linked. The list is closed, and its
// words are stable: they stand in part files and in exports.
type Reason string

// The reasons.
const (
	ByNumber        Reason = "national-id"         // an identity number that one person has
	ByNumberAndMore Reason = "national-id-agrees"  // and another field beside it agrees
	ByNumberAgainst Reason = "national-id-differs" // but the name beside it is somebody else's
	ByValue         Reason = "unique-value"        // an e-mail, username or account that one person has
	ByValueAndMore  Reason = "unique-value-agrees"
	ByValueAgainst  Reason = "unique-value-differs"
	ByFields        Reason = "fields"          // two or more weak fields of one person agree
	ByNearNumber    Reason = "near-number"     // a name, and an identity number one slip away
	OneOf           Reason = "one-of"          // several people fit equally well
	SameDocument    Reason = "same-document"   // the name of somebody linked elsewhere in the item
	Judged          Reason = "judged"          // somebody looked at it and said whose it is
	DocumentTopic   Reason = "document-topic"  // what the document is about, told of the person it is about
	NewNumber       Reason = "stranger-number" // an identity number that is in no register
	NewEmail        Reason = "stranger-email"  // an e-mail address that is in no register
	NameOnly        Reason = "trace-name"      // a name and nothing else: a trace, no link
	WeakOnly        Reason = "trace-weak"      // a phone, address or the like and nothing else: a trace
	SharedByMany    Reason = "trace-shared"    // a value that too many people share: a trace
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{ByNumber, ByNumberAndMore, ByNumberAgainst, ByValue, ByValueAndMore, ByValueAgainst, ByFields, ByNearNumber,
		OneOf, Judged, SameDocument, DocumentTopic, NewNumber, NewEmail, NameOnly, WeakOnly, SharedByMany}
}

// Key is the key of the sentence that tells the reason: "why.national-id".
func (r Reason) Key() string { return "why." + string(r) }

// Trace reports whether the rule links to nobody: what it leaves is only a
// trace of somebody, counted in upper bounds.
func (r Reason) Trace() bool {
	switch r {
	case NameOnly, WeakOnly, SharedByMany:
		return true
	}
	return false
}

// Why says on what a link rests. It holds no values.
type Why struct {
	Reason     Reason
	Fields     breach.Kinds // what agreed
	Candidates int          // how many people it could be; 0 for somebody in no register
}

// Key is the key of the sentence.
func (w Why) Key() string { return w.Reason.Key() }

// Args fill the sentence: Fields ([]breach.Kind) and Candidates (int).
func (w Why) Args() map[string]any {
	return map[string]any{"Fields": w.Fields.List(), "Candidates": w.Candidates}
}
