package draft

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/breach"
)

// Template names the template and its version, as drafts carry it.
const Template = "edpb-1.0"

// ID names a field: its number in the template ("48"), or a word for what other
// authorities ask beyond it ("indicators").
type ID string

// Need is how much the template wants a field.
type Need string

// The needs. A conditional field whose condition holds is as needed as a
// mandatory one.
const (
	Mandatory   Need = "mandatory"
	Conditional Need = "conditional"
	Optional    Need = "optional"
)

// Holds is what sort of thing an answer tells that not everybody should read.
type Holds string

// The sorts. A contact is somebody who speaks for an organisation, and the only
// personal data that a draft may hold.
const (
	Contacts  Holds = "contact"
	Security  Holds = "security" // of systems
	Private   Holds = "person"   // of people, where groups are small
	Business  Holds = "business"
	Nothing   Holds = ""
	shortened       = "shortened"
)

// Field is one question.
type Field struct {
	ID      ID
	Section string
	Need    Need
	Type    string // choice, multi, text, long, yes-no, number, moment, date
	Options []Option
	Holds   Holds

	// Shortened says that our wording is not the whole wording of the template;
	// Ours that the condition is our reading of it; Corrected that a slip of
	// the template is put right.
	Shortened, Ours, Corrected bool

	when   condition
	titles titles
}

// Option is one answer to choose.
type Option struct {
	ID        string
	Only      string // "incomplete" or "follow-up": the notifications that may use it
	Shortened bool
	titles    titles
}

// Part is a section of the template.
type Part struct {
	ID, Number string
	titles     titles
}

// titles are one text by language.
type titles struct{ en, sv, fi string }

func (t titles) in(lang string) string {
	switch lang {
	case "sv":
		return t.sv
	case "fi":
		return t.fi
	}
	return t.en
}

// Title is the question in a language; the Swedish and the Finnish are our own.
func (f Field) Title(lang string) string { return f.titles.in(lang) }

// Title is the option in a language.
func (o Option) Title(lang string) string { return o.titles.in(lang) }

// Title is the name of the section in a language.
func (p Part) Title(lang string) string { return p.titles.in(lang) }

// Beyond reports whether the template does not ask this, but another form does.
func (f Field) Beyond() bool { return f.Section == "beyond" }

// Option finds an option by its id.
func (f Field) Option(id string) (Option, bool) {
	i := slices.IndexFunc(f.Options, func(o Option) bool { return o.ID == id })
	if i < 0 {
		return Option{}, false
	}
	return f.Options[i], true
}

//go:embed data
var data embed.FS

// form is the template in memory.
type form struct {
	parts  []Part
	fields []Field
	byID   map[ID]int
}

// model reads the data once. It is ours and embedded: what is wrong in it is
// our mistake.
var model = sync.OnceValue(func() form {
	options := map[string][]Option{}
	for r := range rows("options") {
		options[r["list"]] = append(options[r["list"]], Option{ID: r["id"], Only: r["only"],
			Shortened: r["notes"] == shortened, titles: titles{r["en"], r["sv"], r["fi"]}})
	}
	f := form{byID: map[ID]int{}}
	for r := range rows("sections") {
		f.parts = append(f.parts, Part{r["id"], r["number"], titles{r["en"], r["sv"], r["fi"]}})
	}
	for r := range rows("fields") {
		when, err := parseCondition(r["when"])
		if err != nil {
			panic(fmt.Sprintf("draft: field %s: %v", r["id"], err))
		}
		f.byID[ID(r["id"])] = len(f.fields)
		f.fields = append(f.fields, Field{ID: ID(r["id"]), Section: r["section"], Need: Need(r["need"]), Type: r["type"],
			Options: options[r["options"]], Holds: Holds(r["holds"]), Shortened: strings.Contains(r["notes"], shortened),
			Ours: strings.Contains(r["notes"], "ours"), Corrected: strings.Contains(r["notes"], "corrected"),
			when: when, titles: titles{r["en"], r["sv"], r["fi"]}})
	}
	return f
})

// rows reads an embedded table: its first line names the columns.
func rows(name string) func(yield func(map[string]string) bool) {
	return func(yield func(map[string]string) bool) {
		raw, err := data.ReadFile("data/" + name + ".tsv")
		if err != nil {
			panic(fmt.Sprintf("draft: %v", err))
		}
		lines := strings.Split(strings.TrimRight(string(raw), "\r\n"), "\n")
		heads := strings.Split(strings.TrimRight(lines[0], "\r"), "\t")
		for _, line := range lines[1:] {
			cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
			if len(cells) != len(heads) {
				panic(fmt.Sprintf("draft: %s: %d cells under %d headings: %s", name, len(cells), len(heads), cells[0]))
			}
			row := make(map[string]string, len(heads))
			for i, head := range heads {
				row[head] = cells[i]
			}
			if !yield(row) {
				return
			}
		}
	}
}

// Fields lists the fields in the order of the template, those beyond it last.
func Fields() []Field { return slices.Clone(model().fields) }

// Parts lists the sections in order.
func Parts() []Part { return slices.Clone(model().parts) }

// FieldOf finds a field by its id.
func FieldOf(id ID) (Field, bool) {
	f := model()
	i, ok := f.byID[id]
	if !ok {
		return Field{}, false
	}
	return f.fields[i], true
}

// typeOfData finds the option of field 70 that a kind of data falls under: the
// category is how the option's wording begins.
func typeOfData(k breach.Kind) string {
	field, _ := FieldOf("70")
	for _, o := range field.Options {
		if strings.HasPrefix(o.titles.en, string(k.Category())) {
			return o.ID
		}
	}
	return "additional"
}
