package draft

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/nationalid"
)

// Trouble is what is wrong with a text that goes to an authority.
type Trouble string

// The troubles.
const (
	HasNumber Trouble = "identity-number"
	HasEmail  Trouble = "email"
	HasPhone  Trouble = "phone"
	HasName   Trouble = "name"
	IsPublic  Trouble = "public" // it becomes public record, and tells what may be kept secret
)

// Troubles lists every trouble.
func Troubles() []Trouble { return []Trouble{HasNumber, HasEmail, HasPhone, HasName, IsPublic} }

// Flag points at a field that somebody should look at. It does not repeat what
// the field says.
type Flag struct {
	Field   ID
	Trouble Trouble
	Ground  string // of IsPublic: the law that secrecy can be claimed by, as the country writes it, in Swedish for Swedish drafts
}

// Check looks for personal data in free text, and for what becomes public
// record and should be kept back or claimed secret. No name is known here:
// named reports whether a text holds the name of somebody in the registers; it
// may be nil. Contacts are left alone: they are there to be named.
func Check(d Draft, named func(text string) bool) []Flag {
	var flags []Flag
	for _, trouble := range troubles(d.Why, named) {
		flags = append(flags, Flag{Field: "6", Trouble: trouble}) // why it follows up stands beside what it follows
	}
	for _, a := range d.Answers {
		field, _ := FieldOf(a.Field)
		if a.Text != "" {
			for _, trouble := range troubles(a.Text, named) {
				flags = append(flags, Flag{Field: a.Field, Trouble: trouble})
			}
		}
		if !a.Given() || a.Text == "" && len(a.Options) == 0 {
			continue
		}
		if law, ok := ground(d.Country, field.Holds, d.Lang); ok {
			flags = append(flags, Flag{Field: a.Field, Trouble: IsPublic, Ground: law})
		}
	}
	return flags
}

// Patterns of what a text may hold of somebody, compiled when the first text is
// looked at: most commands look at none.
var (
	email  = pattern(`[\pL\pN._%+-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
	number = pattern(`[0-9]{6,8}[-+\x{2013}A-Ya-y ]?[0-9]{3,5}[0-9A-Za-z]?`)
	phone  = pattern(`(?:\+|\b00|\b0)[0-9](?:[ ()/-]{0,2}[0-9]){5,13}\b`)
)

func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// troubles says what of somebody's a text seems to hold. It rather sees too
// much: a wrong flag costs a look, a missed number cannot be taken back.
func troubles(text string, named func(string) bool) []Trouble {
	var list []Trouble
	if slices.ContainsFunc(number().FindAllString(text, -1), isIdentity) {
		list = append(list, HasNumber)
	}
	if email().MatchString(text) {
		list = append(list, HasEmail)
	}
	if slices.ContainsFunc(phone().FindAllString(text, -1), func(s string) bool { return !nationalid.IsOrganisation(s) }) {
		list = append(list, HasPhone)
	}
	if named != nil && named(text) {
		list = append(list, HasName)
	}
	return list
}

func isIdentity(spelling string) bool {
	spelling = strings.ReplaceAll(spelling, "–", "-")
	return !nationalid.IsOrganisation(spelling) && len(nationalid.Readings(spelling)) > 0
}

// ground finds the law that what a field holds may be kept secret by, in a
// country where everything that is handed in becomes public record.
func ground(country string, h Holds, lang string) (string, bool) {
	if h == Nothing || h == Contacts {
		return "", false
	}
	law, ok := secrecy()[country][h]
	return law.in(lang), ok
}

// secrecy is, by country and by what an answer holds, the law by which secrecy
// can be asked for: in Swedish, and in the country's own language.
var secrecy = sync.OnceValue(func() map[string]map[Holds]titles {
	laws := map[string]map[Holds]titles{}
	for r := range rows("secrecy") {
		if laws[r["country"]] == nil {
			laws[r["country"]] = map[Holds]titles{}
		}
		laws[r["country"]][Holds(r["holds"])] = titles{en: r["law"], sv: r["sv"], fi: r["law"]}
	}
	return laws
})

// isPublic reports whether what an authority of the country is handed becomes
// public record.
func isPublic(country string) bool { return len(secrecy()[country]) > 0 }

// secrecy asks for what the answers tell to be kept back, where everything that
// is handed in becomes public record, unless somebody has written the request.
func (f *filler) secrecy(d Draft) {
	last := slices.IndexFunc(d.Answers, func(a Answer) bool { return a.Field == "secrecy" })
	if last < 0 || d.Answers[last].Given() {
		return
	}
	var lines []string
	for _, holds := range []Holds{Security, Private, Business} {
		law, ok := ground(d.Country, holds, d.Lang)
		told := slices.ContainsFunc(d.Answers, func(a Answer) bool {
			field, _ := FieldOf(a.Field)
			return field.Holds == holds && a.Given()
		})
		if ok && told {
			lines = append(lines, f.print.T("draft.secrecy."+string(holds), "Law", law))
		}
	}
	if len(lines) > 0 {
		d.Answers[last] = Answer{Field: "secrecy", Text: strings.Join(lines, "\n"), Origin: follows(RuleSecrecy)}
	}
}
