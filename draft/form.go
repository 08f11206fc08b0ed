package draft

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/rules"
)

// Form is a draft laid out for reading: all of it text in one language. It
// holds the contacts in the open.
type Form struct {
	Lang     string
	Title    string
	Notes    []string // what stands over the form
	Sections []Section
}

// Section is questions under one heading.
type Section struct {
	Title string
	Rows  []Row
}

// Row is one question with its answer.
type Row struct {
	Field  ID
	Number string // as the form shows it; "" for none
	Label  string
	Lines  []string // of the answer, or why there is none
	Lang   string   // of the lines, where it is not the form's
	Open   bool
	Origin string // where the answer comes from, in words
	Public string // what is said of its becoming public
}

// Form lays the draft out in the order of the template, in a language. Texts
// that somebody wrote stay in the draft's.
func (d Draft) Form(lang string) Form {
	w := d.writer(lang)
	form := Form{Lang: w.Lang(), Title: w.T("draft.title"), Notes: w.notes()}
	for _, part := range Parts() {
		s := Section{Title: joined(" ", part.Number, part.Title(w.Lang()))}
		for _, a := range d.Answers {
			field, _ := FieldOf(a.Field)
			if field.Section != part.ID || field.Beyond() && !a.Given() {
				continue
			}
			number := string(field.ID)
			if field.Beyond() {
				number = ""
			}
			s.Rows = append(s.Rows, w.row(a, field, number, field.Title(w.Lang())))
		}
		if len(s.Rows) > 0 {
			form.Sections = append(form.Sections, s)
		}
	}
	if s := w.changes(); len(s.Rows) > 0 {
		form.Sections = append(form.Sections, s)
	}
	return form
}

// In lays the draft out as an authority's form. A heading whose fields are not
// asked in this case stands there with nothing to say.
func (d Draft) In(s Shape) Form {
	w := d.writer(s.Lang)
	form := Form{Lang: w.Lang(), Title: s.heading, Notes: w.notes()}
	for _, i := range s.items {
		if len(form.Sections) == 0 || form.Sections[len(form.Sections)-1].Title != i.part {
			form.Sections = append(form.Sections, Section{Title: i.part})
		}
		section := &form.Sections[len(form.Sections)-1]
		section.Rows = append(section.Rows, w.item(i))
	}
	return form
}

// Bare gives the form without what is for our own eyes: the notes over it, where
// answers come from, and what is said of secrecy.
func (f Form) Bare() Form {
	f.Notes = nil
	f.Sections = slices.Clone(f.Sections)
	for i, s := range f.Sections {
		f.Sections[i].Rows = slices.Clone(s.Rows)
		for j := range s.Rows {
			f.Sections[i].Rows[j].Origin, f.Sections[i].Rows[j].Public = "", ""
		}
	}
	return f
}

// writer puts one draft into words.
type writer struct {
	*locale.Printer
	d    Draft
	zone *time.Location
}

func (d Draft) writer(lang string) writer {
	zone := time.UTC
	if c, ok := rules.Find(d.Country); ok {
		if z, err := time.LoadLocation(c.Zone); err == nil {
			zone = z
		}
	}
	return writer{locale.For(lang), d, zone}
}

// notes say what this is, and what is to be known before it is sent.
func (w writer) notes() []string {
	state := "draft.note.complete"
	switch {
	case w.d.Withdrawn:
		state = "draft.note.withdraw"
	case w.d.Incomplete:
		state = "draft.note.incomplete"
	}
	list := []string{w.T(state), w.T("draft.note.made", "Time", w.Time(w.d.Made.In(w.zone)))}
	if !w.d.Due.IsZero() && !w.d.FollowUp {
		list = append(list, w.T("draft.note.due", "Time", w.Time(w.d.Due.In(w.zone))))
	}
	if open := len(Missing(w.d)); open > 0 {
		list = append(list, w.T("draft.note.open", "Count", open))
	}
	if isPublic(w.d.Country) {
		list = append(list, w.T("draft.note.public"))
	}
	if w.d.Why != "" {
		list = append(list, w.T("draft.note.why", "Why", w.d.Why))
	}
	return list
}

// item answers one question of a shape from all the fields it takes.
func (w writer) item(i item) Row {
	all := Row{Number: i.number, Label: i.title}
	given := false
	var origins, public, open []string
	for _, id := range i.fields {
		a, asked := w.d.Answer(id)
		if !asked {
			continue
		}
		field, _ := FieldOf(id)
		r := w.row(a, field, "", field.Title(w.Lang()))
		all.Field = cmp.Or(all.Field, id)
		if r.Open {
			all.Open = true
			if field.needed() {
				open = append(open, w.among(i, field, r)...)
			}
			continue
		}
		given = true
		all.Lines = append(all.Lines, w.among(i, field, r)...)
		all.Lang = cmp.Or(all.Lang, r.Lang)
		origins, public = append(origins, r.Origin), append(public, r.Public)
	}
	switch all.Lines = append(all.Lines, open...); {
	case given:
		all.Open = false
	case len(open) == 0 && all.Open: // nothing that has to be answered
		first, _ := w.d.Answer(all.Field)
		all.Lines = []string{w.unknown(first)}
	case len(open) == 0:
		all.Lines = []string{w.T("draft.nothing")}
	}
	all.Origin, all.Public = distinct("; ", origins), distinct(" ", public)
	return all
}

// among gives the lines of one of several fields under a question: what does
// not speak for itself says which it is.
func (w writer) among(i item, field Field, r Row) []string {
	if len(i.fields) == 1 || !r.Open && (field.Type == "long" || field.Type == "text") {
		return r.Lines
	}
	return []string{w.T("draft.among", "Label", strings.TrimRight(r.Label, "?:"), "Said", strings.Join(r.Lines, "; "))}
}

// distinct joins sentences, each once.
func distinct(sep string, list []string) string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}

func (w writer) row(a Answer, field Field, number, label string) Row {
	r := Row{Field: a.Field, Number: number, Label: label, Lines: w.lines(a, field), Open: !a.Given(), Origin: w.origin(a.Origin)}
	if r.Open {
		r.Lines = []string{w.unknown(a)}
	}
	if a.Text != "" && w.d.Lang != w.Lang() {
		r.Lang = w.d.Lang
	}
	if law, ok := ground(w.d.Country, field.Holds, w.Lang()); ok && a.Given() {
		r.Public = w.T("draft.secrecy."+string(field.Holds), "Law", law)
	}
	return r
}

// unknown says why there is no answer.
func (w writer) unknown(a Answer) string {
	return w.T("draft.open", "Reason", w.T("draft.reason."+string(a.Open)))
}

// lines is what an answer says.
func (w writer) lines(a Answer, field Field) []string {
	var list []string
	for _, id := range a.Options {
		o, _ := field.Option(id)
		list = append(list, o.Title(w.Lang()))
	}
	if !a.Time.IsZero() {
		t := w.Time(a.Time.In(w.zone))
		if field.Type == "date" {
			t = w.Date(a.Time.In(w.zone))
		}
		if a.Guessed {
			t = w.T("draft.estimated", "Time", t)
		}
		list = append(list, t)
	}
	if a.Count != nil {
		list = append(list, people(w.Printer, *a.Count))
	}
	for _, text := range []string{a.Text, a.Contact.Reveal()} {
		if text != "" {
			list = append(list, strings.Split(text, "\n")...)
		}
	}
	return list
}

// origin says where an answer comes from.
func (w writer) origin(o Origin) string {
	switch {
	case o.From == FromEvidence:
		return w.T("draft.from.evidence", "What", w.T("draft.rule."+string(o.Rule)), "At", w.Time(o.At.In(w.zone)))
	case o.From == FromCase && o.By != "":
		return w.T("draft.from.case", "By", o.By, "At", w.Time(o.At.In(w.zone)))
	case o.From == FromRule:
		return w.T("draft.from.rule", "Rule", w.T("draft.rule."+string(o.Rule)))
	}
	return ""
}

// changes is what a follow-up says otherwise.
func (w writer) changes() Section {
	s := Section{Title: w.T("draft.changes")}
	for _, c := range w.d.Changes {
		field, _ := FieldOf(c.Field)
		r := Row{Field: c.Field, Number: string(c.Field), Label: field.Title(w.Lang())}
		if field.Beyond() {
			r.Number = ""
		}
		r.Lines = []string{w.T("draft.change.before", "Said", w.said(c.Before, field)), w.T("draft.change.after", "Said", w.said(c.After, field))}
		s.Rows = append(s.Rows, r)
	}
	return s
}

// said is one side of a change.
func (w writer) said(a *Answer, field Field) string {
	if a == nil {
		return w.T("draft.not-asked")
	}
	return strings.Join(w.row(*a, field, "", "").Lines, "; ")
}
