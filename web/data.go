package web

import (
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// ReportData is what a report tells: counts, and of files their paths. It
// holds no name, number or address of a person.
type ReportData struct {
	Case      string    // title or id of the case
	Evidence  string    // label of what was scanned, such as its folder
	Generated time.Time // in the zone the reader lives in
	Version   string    // of the program

	Exposed   Bounds // people of the registers
	Strangers Grades // people in no register, by grade
	Protected int64  // exposed people with protected identity; shown from five on
	OneOf     int64  // places that speak of one of several people, nobody knows which
	Traces    int64  // places with a name and nothing else

	Groups    []Group
	Coverage  Coverage
	Registers []Register
	Chance    []Chance
	Commands  []string // that export what lies behind this report
}

// Grades counts people by the grade of their surest exposure.
type Grades struct {
	Proven, Likely, Possible int64
}

// Sum is how many people have any grade.
func (g Grades) Sum() int64 { return g.Proven + g.Likely + g.Possible }

// best is the surest grade anybody has.
func (g Grades) best() breach.Grade {
	switch {
	case g.Proven > 0:
		return breach.Proven
	case g.Likely > 0:
		return breach.Likely
	case g.Possible > 0:
		return breach.Possible
	}
	return breach.Unknown
}

// Bounds is how many people are exposed: Grades for whom something speaks, and
// no more than Upper whatever the unclear places hold.
type Bounds struct {
	Grades
	Upper int64
}

// Group is one group of people and what became known of it.
type Group struct {
	Name       string
	Registered int64 // people of the group in the registers
	Any        Cell  // at least one kind of data
	Kinds      map[breach.Kind]Cell
}

// Cell is one group and one kind of data: how many people of the group it
// became known of.
type Cell struct {
	Bounds
	Excluded int64 // people for whom it is ruled out
}

// within reports whether the bounds of a cell hold each other.
func (c Cell) within(registered int64) bool { return c.Sum() <= c.Upper && c.Upper <= registered }

// Coverage is the account of the evidence. The counts of States, of Types, of
// Folders and of Sizes each sum to all items.
type Coverage struct {
	States  []StateCount
	Types   []PartCount
	Folders []PartCount
	Sizes   []PartCount // by class, the smallest first
	// Gaps are the first of what was not read whole, GapsMore how many more.
	Gaps     []Gap
	GapsMore int64
	GapsAll  string // the command that lists them all
}

// StateCount is how many items ended in a state.
type StateCount struct {
	State   breach.State
	Items   int64
	Bytes   int64
	Reasons []ReasonCount // of the items that have one
}

// ReasonCount is how many items of a state have a reason.
type ReasonCount struct {
	Reason breach.Reason
	Items  int64
}

// PartCount is one type of file, one top folder or one class of sizes.
type PartCount struct {
	Name   string // "" for files without a type, or at the top; of a size class as casework names it
	Items  int64
	Bytes  int64
	Gaps   int64        // items not read whole
	States []StateCount // of all its items; none where that is not told
}

// Gap is one item that was not read whole.
type Gap struct {
	Path    string
	State   breach.State
	Reason  breach.Reason
	Missing string // in countable units, in English: "pages 3, 7-9 of 12"
}

// Register is one register that the people were taken from.
type Register struct {
	Name        string
	Entries     int64
	Rejected    int64
	Imported    time.Time
	Fingerprint string // of the file
}

// Chance is how many findings of a form would come about by chance alone.
type Chance struct {
	Form     string // "se-personnummer"; see breach.Finding
	Found    int64
	Expected float64
}

// Items sums the items of all states.
func (c Coverage) Items() int64 { n, _ := c.total(func(breach.State) bool { return true }); return n }

// total sums items and bytes over the states that count.
func (c Coverage) total(counts func(breach.State) bool) (items, bytes int64) {
	for _, s := range c.States {
		if counts(s.State) {
			items += s.Items
			bytes += s.Bytes
		}
	}
	return items, bytes
}

// check refuses an account that does not add up: a report must not print one.
func (d *ReportData) check() error {
	all, allBytes := d.Coverage.total(func(breach.State) bool { return true })
	gaps, _ := d.Coverage.total(breach.State.IsGap)
	for name, parts := range map[string][]PartCount{"types": d.Coverage.Types, "folders": d.Coverage.Folders, "sizes": d.Coverage.Sizes} {
		var items, bytes, open int64
		for _, p := range parts {
			items, bytes, open = items+p.Items, bytes+p.Bytes, open+p.Gaps
			if n := (Coverage{States: p.States}).Items(); n != p.Items && len(p.States) > 0 {
				return fmt.Errorf("web: report: one of %s counts %d items; its states count %d", name, p.Items, n)
			}
		}
		if items != all || bytes != allBytes || open != gaps {
			return fmt.Errorf("web: report: %s count %d items, %d bytes and %d gaps; the states count %d, %d and %d",
				name, items, bytes, open, all, allBytes, gaps)
		}
	}
	for _, s := range d.Coverage.States {
		var n int64
		for _, r := range s.Reasons {
			n += r.Items
		}
		if n > s.Items {
			return fmt.Errorf("web: report: state %s has %d items and %d reasons", s.State, s.Items, n)
		}
	}
	if d.Exposed.Sum() > d.Exposed.Upper {
		return fmt.Errorf("web: report: %d people exposed, at most %d", d.Exposed.Sum(), d.Exposed.Upper)
	}
	for i, g := range d.Groups {
		if !g.Any.within(g.Registered) {
			return fmt.Errorf("web: report: group %d: %d exposed, at most %d, of %d", i+1, g.Any.Sum(), g.Any.Upper, g.Registered)
		}
		for kind, c := range g.Kinds {
			if !c.within(g.Registered) {
				return fmt.Errorf("web: report: group %d, %s: %d exposed, at most %d, of %d", i+1, kind, c.Sum(), c.Upper, g.Registered)
			}
		}
	}
	return nil
}
