package journal

import (
	"errors"
	"fmt"
	"time"
)

// Verdict says whether an act was done or refused.
type Verdict string

// The verdicts. A refusal is a record too.
const (
	Done    Verdict = "done"
	Refused Verdict = "refused"
)

// Record is one act: who did what to which object, why, and whether it was let.
// Its texts are ids and words of ours, of the letters a to z, digits and
// "._:/#=,-": there is no room for a name or an address, and none for a
// sentence. What somebody wrote goes in as a Commitment.
type Record struct {
	Seq         int64     // from 0, without gaps; Append gives it
	At          time.Time // kept to the microsecond, in UTC; the order is Seq's
	Tenant      string
	Case        string // "" for an act on no case
	Who         string // the id of a user, or of a part of the program
	Session     string
	Origin      string // the class of the address that it came from, never the address
	Act         string
	Object      string
	Purpose     string // a word from a short list
	Verdict     Verdict
	Commitments []Commitment
}

const (
	maxText        = 128
	maxCommitments = 32
)

// ErrRecord means that a record or its line is not as records are.
var ErrRecord = errors.New("not a record of the journal")

// check reports what no record may hold. It names the field, never its text.
func (r Record) check() error {
	for _, f := range []struct {
		name, text string
		must       bool
	}{
		{"tenant", r.Tenant, true}, {"case", r.Case, false}, {"who", r.Who, true},
		{"session", r.Session, false}, {"origin", r.Origin, false}, {"act", r.Act, true},
		{"object", r.Object, false}, {"purpose", r.Purpose, false}, {"verdict", string(r.Verdict), true},
	} {
		if !isID(f.text) || f.must && f.text == "" {
			return fmt.Errorf("%s: %w", f.name, ErrRecord)
		}
	}
	if r.Verdict != Done && r.Verdict != Refused {
		return fmt.Errorf("verdict: %w", ErrRecord)
	}
	if r.Seq < 0 || r.At.Year() < 0 || r.At.Year() > 9999 {
		return fmt.Errorf("sequence or time: %w", ErrRecord)
	}
	if len(r.Commitments) > maxCommitments {
		return fmt.Errorf("%d commitments: %w", len(r.Commitments), ErrRecord)
	}
	for _, c := range r.Commitments {
		if !isID(c.Of) || c.Of == "" {
			return fmt.Errorf("commitment: %w", ErrRecord)
		}
	}
	return nil
}

// isID reports whether a text is made of the few characters that records have,
// which every encoder of JSON writes alike.
func isID(text string) bool {
	if len(text) > maxText {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '.', c == '_', c == ':', c == '/', c == '#', c == '=', c == ',', c == '-':
		default:
			return false
		}
	}
	return true
}
