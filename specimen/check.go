package specimen

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
)

// reportedPerson is a line of the export about a person.
type reportedPerson struct {
	ID          string            `json:"id"`
	Register    *string           `json:"register"`
	Key         string            `json:"key"`
	Grade       string            `json:"grade"`
	Kinds       []string          `json:"kinds"`
	Identifiers map[string]string `json:"identifiers"`
	Files       []struct {
		Evidence string   `json:"evidence"`
		Kinds    []string `json:"kinds"`
	} `json:"files"`
}

// reportedItem is a line about an item of evidence.
type reportedItem struct {
	Evidence string       `json:"evidence"`
	State    breach.State `json:"state"`
}

// reportedAccount is the line of sums.
type reportedAccount struct {
	Items  *int           `json:"items"`
	States map[string]int `json:"states"`
}

// claim is that something is known of somebody; with evidence, that it stands there.
type claim struct {
	person   string
	kind     breach.Kind
	evidence string
}

// checker holds the key the way an export is compared with it.
type checker struct {
	entries   map[Entry]string  // register entry → the key's name of the person
	strangers map[string]string // identifier of somebody in no register → name
	decoys    map[string]int    // identifier that is nobody's → its place in Key.Decoys
	plain     map[string]bool   // evidence in a plain format

	truth   map[claim]How  // must be found, the surest way there is
	allowed map[claim]bool // may be said: with and without evidence

	reported map[claim]bool
	people   map[string]map[string]bool // the export's ids → names
	fooled   map[int]bool               // decoys reported as persons
	items    map[string]breach.State
	sums     map[string]int
	formats  map[string]string // evidence → the key's name of its format
	score    Score
	key      Key
}

// Check compares the JSON lines of `klarlagt export exposures` with the key.
// It reads any number of them. People in no register can only be compared
// where the export reveals their identifiers.
//
// A person graded possible counts neither as reported nor as found.
func Check(key Key, exports ...io.Reader) (Score, error) {
	c := newChecker(key)
	for _, r := range exports {
		if err := eachLine(r, c.line); err != nil {
			return Score{}, fmt.Errorf("check the export: %w", err)
		}
	}
	c.tally()
	return c.score, nil
}

func newChecker(key Key) *checker {
	c := &checker{
		entries: map[Entry]string{}, strangers: map[string]string{}, decoys: map[string]int{}, plain: map[string]bool{}, formats: map[string]string{},
		truth: map[claim]How{}, allowed: map[claim]bool{}, reported: map[claim]bool{}, people: map[string]map[string]bool{},
		fooled: map[int]bool{}, items: map[string]breach.State{}, key: key,
		score: Score{ByKind: map[breach.Kind]*Tally{}, ByFormat: map[string]*Tally{}, States: map[StatePair]int{}},
	}
	for _, i := range key.Items {
		c.plain[sameEvidence(i.Evidence)] = i.Plain
		c.formats[sameEvidence(i.Evidence)] = i.Format
	}
	for _, p := range key.Plants {
		for _, e := range p.Entries {
			c.entries[e] = p.Person
		}
		for kind, value := range p.Identifiers {
			c.strangers[sameIdentifier(kind, value)] = p.Person
		}
		c.plant(p)
	}
	for n, d := range key.Decoys {
		if d.Value != "" {
			c.decoys[sameIdentifier("national-id", d.Value)] = n
			c.decoys[sameIdentifier("email", d.Value)] = n
		}
	}
	return c
}

// plant enters what is true into the sets, with and without its place.
func (c *checker) plant(p Plant) {
	at := sameEvidence(p.Evidence)
	for _, k := range (p.Kinds | p.May).List() {
		c.allowed[claim{p.Person, k, at}] = true
		c.allowed[claim{p.Person, k, ""}] = true
		if p.Plain {
			c.allowed[claim{p.Person, k, inPlain}] = true
		}
	}
	for _, k := range p.Kinds.List() {
		for _, place := range []string{at, "", inPlain} {
			if place == inPlain && !p.Plain {
				continue
			}
			cl := claim{p.Person, k, place}
			if old, ok := c.truth[cl]; !ok || surer(p.How, old) {
				c.truth[cl] = p.How
			}
		}
	}
}

// inPlain stands for "in some item of a plain format".
const inPlain = "\x00plain"

func surer(a, b How) bool { return a == Unique && b != Unique || a == Weak && b == ByName }

// line takes one line of the export.
func (c *checker) line(kind string, line []byte) error {
	switch kind {
	case "person":
		var p reportedPerson
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		c.person(p)
	case "evidence":
		var i reportedItem
		if err := json.Unmarshal(line, &i); err != nil {
			return err
		}
		c.items[sameEvidence(i.Evidence)] = i.State
	case "account":
		var a reportedAccount
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		c.account(a)
	}
	return nil
}

func (c *checker) person(p reportedPerson) {
	grade, _ := breach.ParseGrade(p.Grade)
	switch {
	case grade == breach.Possible:
		c.score.Possible++
		return
	case grade < breach.Possible:
		return
	case p.Register == nil && len(p.Identifiers) == 0:
		c.score.Unrevealed++
		return
	}
	name := c.who(p)
	if c.people[p.ID] == nil {
		c.people[p.ID] = map[string]bool{}
	}
	c.people[p.ID][name] = true
	for _, f := range p.Files {
		at := sameEvidence(f.Evidence)
		for _, k := range kindsOf(f.Kinds).List() {
			c.reported[claim{name, k, at}] = true
			if c.plain[at] {
				c.reported[claim{name, k, inPlain}] = true
			}
		}
	}
	for _, k := range kindsOf(p.Kinds).List() {
		c.reported[claim{name, k, ""}] = true
	}
}

// who finds the key's name of a reported person, or makes one that nothing is
// true of.
func (c *checker) who(p reportedPerson) string {
	if p.Register != nil {
		if name, ok := c.entries[Entry{*p.Register, p.Key}]; ok {
			return name
		}
		return "entry " + *p.Register + " " + p.Key
	}
	for _, kind := range []string{"national-id", "email"} {
		if name, ok := c.strangers[sameIdentifier(kind, p.Identifiers[kind])]; ok && p.Identifiers[kind] != "" {
			return name
		}
	}
	for kind, value := range p.Identifiers {
		if n, ok := c.decoys[sameIdentifier(kind, value)]; ok {
			c.fooled[n] = true
		}
	}
	return "nobody " + p.ID
}

// sameIdentifier spells an identifier for comparison: a Swedish number with
// and without its century is one.
func sameIdentifier(kind, value string) string {
	if kind != "national-id" {
		return strings.ToLower(value)
	}
	if n, ok := nationalid.Parse("SE", value); ok && len(n.Canonical) >= 10 {
		return n.Canonical[len(n.Canonical)-10:]
	}
	return strings.ToUpper(value)
}

// sameEvidence spells a path for comparison. Whether the tar inside a .tar.gz
// is a step on the way to what lies in it, is the reader's choice.
func sameEvidence(path string) string {
	steps := strings.Split(path, "!/")
	for i := 0; i+2 < len(steps); i++ {
		lower := strings.ToLower(steps[i])
		if strings.HasSuffix(lower, ".tar.gz") && strings.HasSuffix(strings.ToLower(steps[i+1]), ".tar") {
			steps = append(steps[:i+1], steps[i+2:]...)
		}
	}
	return strings.Join(steps, "!/")
}
