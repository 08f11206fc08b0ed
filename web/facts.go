package web

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// factsPage is every fact of a case, by heading.
type factsPage struct {
	casePage
	Groups  []factGroup
	Version int64
	Enter   bool
}

// factGroup is the facts under one heading.
type factGroup struct {
	Key   string
	Facts []factLine
}

// factLine is one fact, or one that nobody has entered.
type factLine struct {
	Sort, Item, Title string
	Says              []saying
	By, At            string
	Many, Open        bool
}

// saying is what one part of a fact says.
type saying struct {
	Title string
	Lines []string
}

func showFacts(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	x, err := v.desk().Known(v.Context(), base.Case.ID, time.Time{})
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p := factsPage{casePage: base, Version: x.Version, Enter: v.may(auth.RecordFacts)}
	for _, s := range casework.Sorts() {
		if s.Keyed() || s.Name == "task" {
			continue
		}
		if len(p.Groups) == 0 || p.Groups[len(p.Groups)-1].Key != "web.facts."+s.Group {
			p.Groups = append(p.Groups, factGroup{Key: "web.facts." + s.Group})
		}
		g := &p.Groups[len(p.Groups)-1]
		items := x.Items(s.Name)
		for _, f := range items {
			g.Facts = append(g.Facts, v.factLine(s, f, x.Zone(), names))
		}
		if len(items) == 0 || s.Many {
			g.Facts = append(g.Facts, factLine{Sort: s.Name, Title: s.Title(v.text), Many: s.Many, Open: true})
		}
	}
	return v.page("facts", p)
}

func (v *visit) factLine(s casework.Sort, f breach.Fact, zone *time.Location, names colleagues) factLine {
	l := factLine{Sort: s.Name, Item: f.Item, Title: s.Title(v.text), Many: s.Many, By: names.of(f.By), At: v.text.Time(f.At.In(zone))}
	for _, p := range s.Parts {
		if said := casework.Words(f, p.Name, v.text, zone); said != "" {
			title := p.Title(v.text)
			if said == title { // a tick says what it is
				title = ""
			}
			l.Says = append(l.Says, saying{title, strings.Split(said, "\n")})
		}
	}
	return l
}

// factPage is the form of one fact, with the versions it has had.
type factPage struct {
	casePage
	Sort    casework.Sort
	Item    string
	Title   string
	Base    int64
	Zone    string // of its times; "" where it has none
	Fields  []factField
	Theirs  *factLine // what somebody else entered meanwhile
	History []factLine
	Back    string // the page to go back to
}

// factField is one part in the form.
type factField struct {
	casework.Part
	Title, Value string
	Choices      []factChoice
}

// factChoice is one value that can be chosen.
type factChoice struct {
	casework.Choice
	On bool
}

// asked is which fact a request is about.
func (v *visit) asked() (casework.Sort, string, error) {
	name, item := cmp.Or(v.FormValue("fact"), "case"), v.FormValue("item")
	s, ok := casework.SortOf(name)
	if !ok || item != "" && item != breach.NewItem && !itemName(item) {
		return s, "", errNotThere
	}
	if s.Many && item == "" {
		item = breach.NewItem
	}
	return s, item, nil
}

// itemName reports whether a text is what our items look like.
func itemName(item string) bool {
	return len(item) < 64 && strings.Trim(item, "abcdefghijklmnopqrstuvwxyz0123456789-/") == ""
}

func showFact(v *visit) error { return v.factForm(nil) }

// factForm shows a fact to be entered: as it is, or as it was typed and refused.
func (v *visit) factForm(wrong error) error {
	s, item, err := v.asked()
	if err != nil {
		return err
	}
	base, err := v.theCase()
	if err != nil {
		return err
	}
	k, err := v.desk().Known(v.Context(), base.Case.ID, time.Time{})
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p := factPage{casePage: base, Sort: s, Item: item, Title: s.Title(v.text), Base: k.Base(s.Name, item), Back: v.backFrom(s)}
	f := k.Fact(s.Name, item)
	for _, part := range s.Parts {
		value := f.Parts.Says(part.Name)
		if part.Type == casework.MomentPart || part.Type == casework.LaterPart {
			value, p.Zone = onForm(value, k.Zone()), k.Zone().String()
		}
		if wrong != nil {
			value = strings.Join(v.PostForm["part-"+part.Name], ",")
		}
		p.Fields = append(p.Fields, v.factField(part, value))
	}
	for _, old := range k.History(s.Name, item) {
		p.History = append([]factLine{v.factLine(s, old, k.Zone(), names)}, p.History...)
	}
	var both *store.Conflict
	if errors.As(wrong, &both) {
		theirs := v.factLine(s, both.Theirs, k.Zone(), names)
		p.Theirs, p.Base = &theirs, both.Theirs.Version
	}
	return v.form("fact", p, wrong)
}

// onForm writes a moment as its field has it.
func onForm(value string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

func (v *visit) factField(p casework.Part, value string) factField {
	f := factField{Part: p, Title: p.Title(v.text), Value: value}
	for _, c := range p.Choices(v.text) {
		on := false
		for chosen := range strings.SplitSeq(value, ",") {
			on = on || chosen == c.Value
		}
		f.Choices = append(f.Choices, factChoice{c, on})
	}
	return f
}

// backFrom is the page that a fact is entered from.
func (v *visit) backFrom(s casework.Sort) string {
	switch s.Name {
	case "task", "done":
		return v.inCase("duties")
	case "cohort":
		return v.inCase("assessment")
	case "receipt", "answer":
		return v.inCase("drafts")
	case "step", "system":
		return v.inCase("timeline")
	}
	return v.inCase("facts")
}

// enterFact keeps what was typed.
func enterFact(v *visit) error {
	s, item, err := v.asked()
	if err != nil {
		return err
	}
	k, err := v.desk().Known(v.Context(), v.grant.Case(), time.Time{})
	if err != nil {
		return err
	}
	in := casework.Entering{Sort: s.Name, Item: item, Typed: casework.Typed{Parts: map[string]string{}, Zone: k.Zone(), Say: v.text}}
	in.Base, _ = strconv.ParseInt(v.PostFormValue("base"), 10, 64) // anything else is no version
	for _, p := range s.Parts {
		in.Parts[p.Name] = strings.Join(v.PostForm["part-"+p.Name], ",")
	}
	if v.PostFormValue("remove") != "" {
		_, err = v.desk().TakeBack(v.Context(), v.grant.Case(), s.Name, item, in.Base, in.Parts["source"])
	} else {
		_, err = v.desk().Enter(v.Context(), v.grant.Case(), in)
	}
	if err != nil {
		return v.factForm(err)
	}
	return v.redirect(v.backFrom(s))
}
