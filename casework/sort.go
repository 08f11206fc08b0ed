package casework

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// Sort is one sort of fact: what a form asks for it, and what the desk makes of
// the answers.
type Sort struct {
	Name  string // the fact's field
	Group string // under which heading it stands
	Many  bool   // there can be several
	Parts []Part
}

// PartType is what can be entered in a part.
type PartType string

// The types. A moment is kept as RFC 3339 in UTC; what has several values is kept
// with a comma between them.
const (
	TextPart   PartType = "text"
	LongPart   PartType = "long"
	MomentPart PartType = "moment" // that has passed
	LaterPart  PartType = "later"  // a moment that may be to come
	ChoicePart PartType = "choice"
	MultiPart  PartType = "multi"
	YesPart    PartType = "yes" // "yes" or nothing
	NumberPart PartType = "number"
)

// Part is one thing that a fact says.
type Part struct {
	Name    string
	Type    PartType
	Field   draft.ID // whose options it has, in the template
	Options []string // its own
	Needed  bool
}

// text, long and the like are parts of their types.
func text(name string) Part                 { return Part{Name: name, Type: TextPart} }
func long(name string) Part                 { return Part{Name: name, Type: LongPart} }
func tick(name string) Part                 { return Part{Name: name, Type: YesPart} }
func number(name string) Part               { return Part{Name: name, Type: NumberPart} }
func choice(name string, of ...string) Part { return Part{Name: name, Type: ChoicePart, Options: of} }
func from(name string, id draft.ID) Part    { return Part{Name: name, Type: ChoicePart, Field: id} }
func several(name string, f draft.ID) Part  { return Part{Name: name, Type: MultiPart, Field: f} }

func needed(p Part) Part {
	p.Needed = true
	return p
}

// when is the parts of a moment that may be an estimate.
func when(more ...Part) []Part {
	return append([]Part{{Name: "at", Type: MomentPart}, tick("estimated"), tick("unknown")}, more...)
}

// Sorts lists the sorts of facts in the order of forms. To add one, add a line
// here, and its texts.
func Sorts() []Sort {
	var all []Sort
	for _, group := range [][]Sort{whatSorts(), timeSorts(), whoSorts(), peopleSorts(), doneSorts()} {
		all = append(all, group...)
	}
	for i := range all { // where anybody has it from, of any fact
		all[i].Parts = append(all[i].Parts, text("source"))
	}
	return all
}

func whatSorts() []Sort {
	return []Sort{
		{Name: "case", Group: "what", Parts: []Part{needed(choice("kind", Playbooks()...)), needed(choice("country", "FI", "SE", "AX")),
			needed(choice("role", string(breach.Controller), string(breach.Processor), string(breach.SubProcessor))), text("reference")}},
		{Name: "nature", Group: "what", Parts: []Part{several("nature", "55"), from("confidentiality", "56"), from("unintelligible", "57"),
			from("integrity", "58"), from("availability", "59"), from("incident", "60"), from("cause", "61"), long("description")}},
		{Name: "reach", Group: "what", Parts: []Part{choice("reach", "nobody", "trusted", "few", "anybody"), choice("disruption", "none", "delays", "harm")}},
		{Name: "system", Group: "what", Many: true, Parts: []Part{needed(text("name")), text("where"),
			needed(choice("state", "open", "closed", "testing", "reopened")), {Name: "at", Type: MomentPart}, text("note")}},
		{Name: "retention", Group: "what", Parts: []Part{{Name: "at", Type: LaterPart, Needed: true}, long("why")}},
		{Name: "nis2", Group: "what", Parts: []Part{tick("significant"), long("why")}},
		{Name: "link", Group: "what", Many: true, Parts: []Part{needed(text("other")), needed(choice("relation", "repeated", "same-cause", "same-supplier", "follows")), text("note")}},
	}
}

func timeSorts() []Sort {
	list := []Sort{}
	for _, name := range []string{"occurred-from", "occurred-to", "tip", "inquiry", "detected", "told", "contained"} {
		list = append(list, Sort{Name: name, Group: "when", Parts: when()})
	}
	return append(list, Sort{Name: "aware", Group: "when", Parts: when(needed(long("why")))},
		Sort{Name: "discovery", Group: "when", Parts: []Part{from("how", "50"), long("description"), {Name: "at", Type: MomentPart}}},
		Sort{Name: "step", Group: "when", Many: true, Parts: []Part{needed(text("who")), text("told"), {Name: "at", Type: MomentPart, Needed: true}, tick("estimated"), text("what")}},
		Sort{Name: "late", Group: "when", Parts: []Part{needed(long("why"))}})
}

func whoSorts() []Sort {
	return []Sort{
		{Name: "controller", Group: "who", Parts: []Part{needed(text("name")), text("identifier"), text("contact"), from("sector", "14"), from("size", "15"),
			text("activity"), tick("outside")}},
		{Name: "reporter", Group: "who", Parts: []Part{needed(text("name")), text("contact"), from("function", "23")}},
		{Name: "officer", Group: "who", Parts: []Part{text("name"), text("contact"), tick("none")}},
		{Name: "more", Group: "who", Parts: []Part{needed(text("name")), text("contact"), text("position")}},
		{Name: "party", Group: "who", Many: true, Parts: []Part{needed(text("name")),
			needed(choice("part", "joint-controller", "own-controller", "processor", "sub-processor", "recipient", "authority", "other")), text("contact"), text("note")}},
		{Name: "clock-mail", Group: "who", Many: true, Parts: []Part{needed(text("mail")), needed(choice("language", "sv", "fi", "en"))}},
		{Name: "contract", Group: "who", Parts: []Part{needed(number("hours"))}},
	}
}

func peopleSorts() []Sort {
	return []Sort{
		{Name: "cohort", Group: "people", Many: true, Parts: []Part{needed(text("name")), {Name: "kinds", Type: MultiPart, Options: kindNames()}, several("categories", "65"),
			number("lower"), number("upper"), text("evidence"), tick("protected"), tick("children"),
			choice("context", "1", "2", "3", "4"), choice("identification", "1", "2", "3", "4"), choice("spread", "0", "1", "2"), choice("change", "0", "1", "2"),
			choice("loss", "0", "1", "2"), choice("malicious", "yes", "no"), long("why")}},
		{Name: "records", Group: "people", Parts: []Part{number("lower"), number("upper")}},
	}
}

func kindNames() []string { return breach.KindsOf(breach.AllKinds()...).Strings() }

func doneSorts() []Sort {
	return []Sort{
		{Name: "before", Group: "done", Parts: []Part{several("measures", "75"), long("description")}},
		{Name: "taken", Group: "done", Parts: []Part{long("description")}},
		{Name: "prevention", Group: "done", Parts: []Part{several("measures", "94"), long("description")}},
		{Name: "notice", Group: "done", Parts: []Part{from("informed", "97"), {Name: "at", Type: LaterPart}, tick("all"), long("not-all"), from("means", "104"), long("content"),
			from("exemption", "100"), long("why")}},
		{Name: "report", Group: "done", Many: true, Parts: []Part{needed(choice("to", string(draft.Police), string(draft.CSIRT))), tick("not"), {Name: "at", Type: MomentPart}, tick("estimated"), text("note")}},
		{Name: "task", Group: "tasks", Many: true, Parts: []Part{needed(text("name")), text("owner"), {Name: "due", Type: LaterPart}, {Name: "done", Type: MomentPart}, text("note")}},
		{Name: "done", Group: "filed", Parts: []Part{{Name: "at", Type: MomentPart, Needed: true}, long("why")}},
		{Name: "receipt", Group: "filed", Parts: []Part{text("number"), {Name: "at", Type: MomentPart}, text("note")}},
		{Name: "answer", Group: "filed", Parts: []Part{text("options"), long("text"), {Name: "at", Type: LaterPart}, tick("estimated"), number("lower"), number("upper"),
			choice("open", reasonNames()...)}},
	}
}

func reasonNames() []string {
	var names []string
	for _, r := range draft.Reasons() {
		names = append(names, string(r))
	}
	return names
}

// SortOf finds a sort of fact by its name.
func SortOf(name string) (Sort, bool) {
	all := Sorts()
	i := slices.IndexFunc(all, func(s Sort) bool { return s.Name == name })
	if i < 0 {
		return Sort{}, false
	}
	return all[i], true
}

// Part finds a part by its name.
func (s Sort) Part(name string) (Part, bool) {
	i := slices.IndexFunc(s.Parts, func(p Part) bool { return p.Name == name })
	if i < 0 {
		return Part{}, false
	}
	return s.Parts[i], true
}

// Keyed reports whether the item of a fact names what it is about, and is not a
// number of ours: a duty, a filing, a field of the template.
func (s Sort) Keyed() bool { return s.Group == "filed" }

// Title names the sort in a language.
func (s Sort) Title(p *locale.Printer) string { return p.T("fact." + s.Name) }

// Title names the part: as the template asks it, or in words of ours.
func (p Part) Title(to *locale.Printer) string {
	if field, ok := draft.FieldOf(p.Field); ok {
		return field.Title(to.Lang())
	}
	return to.T("part." + p.Name)
}

// Choice is one value that a part can have, with its words.
type Choice struct {
	Value, Title string
}

// Choices lists what a part can say, in a language; nothing for one that says
// what it likes.
func (p Part) Choices(to *locale.Printer) []Choice {
	var list []Choice
	if field, ok := draft.FieldOf(p.Field); ok {
		for _, o := range field.Options {
			list = append(list, Choice{o.ID, o.Title(to.Lang())})
		}
		return list
	}
	for _, o := range p.Options {
		list = append(list, Choice{o, p.choiceTitle(to, o)})
	}
	return list
}

func (p Part) choiceTitle(to *locale.Printer, option string) string {
	if p.Name == "kinds" {
		if k, ok := breach.ParseKind(option); ok {
			return k.Title(to.Lang())
		}
	}
	if p.Name == "open" {
		return to.T("draft.reason." + option)
	}
	return to.T("choice." + p.Name + "." + option)
}
