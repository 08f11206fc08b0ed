package breach

import (
	"encoding/json"
	"time"
)

// Fact is one thing that somebody entered of a case. Facts are added and never
// changed: what was known at any hour is the newest of each from before.
type Fact struct {
	Version int64  // counted within the case; 0 until it is kept
	Field   string // which fact: "aware", "party"
	Item    string // which of several; "" where there is one, NewItem to add one
	Parts   Parts
	Gone    bool // it was taken back
	At      time.Time
	By      string // the account
}

// NewItem is the item of a fact that is to be one more of its field.
const NewItem = "+"

// Parts is what a fact says, by the name of each part. A part that says nothing
// is left out.
type Parts map[string]Personal

// Says gives a part as it was entered; "" where it says nothing. Who shows it
// has asked for leave to read the case.
func (p Parts) Says(name string) string { return p[name].Reveal() }

// Texts makes parts of texts, without the empty ones.
func Texts(named map[string]string) Parts {
	p := Parts{}
	for name, text := range named {
		if text != "" {
			p[name] = Hide(text)
		}
	}
	return p
}

// Pack is the parts in the open, to be sealed.
func (p Parts) Pack() ([]byte, error) {
	open := map[string]string{}
	for name, text := range p {
		open[name] = text.Reveal()
	}
	return json.Marshal(open)
}

// UnpackParts reads what Pack wrote.
func UnpackParts(raw []byte) (Parts, error) {
	var open map[string]string
	if err := json.Unmarshal(raw, &open); err != nil {
		return nil, err
	}
	return Texts(open), nil
}

// Decision is what a named person concluded.
type Decision struct {
	Number int64  // from 1; 0 until it is kept
	About  string // "authority", "risk", "people"
	Group  string // item of the group of people it is about; "" for the case
	Says   string // one of the words that decisions of its sort can have
	Why    string
	Facts  int64 // the version of the facts that it rests on
	At     time.Time
	By     string // the account
}

// Filing is what was sent to an authority.
type Filing struct {
	Number  int64  // from 1; 0 until it is kept
	Form    string // which form: "se-imy"
	Sent    time.Time
	Facts   int64 // the version of the facts that it was made of
	By      string
	Content Content // the draft as it was sent
}
