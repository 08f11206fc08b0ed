package specimen

import (
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// paper is a document before it has a format: prose, or a table whose first
// row holds the headings.
type paper struct {
	lang   string // "sv", "fi"
	title  string
	paras  []string
	rows   [][]string
	folder string
	name   string // of the file, without number and extension

	from, to string // of a mail: "Name <address>"
	plants   []Plant
	decoys   []Decoy
}

// para adds a paragraph.
func (p *paper) para(format string, args ...any) {
	p.paras = append(p.paras, fmt.Sprintf(format, args...))
}

// row adds a row of the table.
func (p *paper) row(cells ...string) { p.rows = append(p.rows, cells) }

// inherent is what an identity number tells besides itself.
var inherent = breach.KindsOf(breach.BirthDate)

// plant notes what the paper reveals of somebody.
func (p *paper) plant(who *person, how How, kinds, may breach.Kinds) {
	entries := who.entries()
	plant := Plant{Person: fmt.Sprintf("h%d.%d", who.household.n, who.place()), Entries: entries, How: how, Kinds: kinds, May: may &^ kinds}
	if kinds.Has(breach.NationalID) {
		plant.May |= inherent &^ kinds
	}
	if len(entries) == 0 {
		plant.Identifiers = map[string]string{}
		if kinds.Has(breach.NationalID) {
			plant.Identifiers[breach.NationalID.String()] = who.id
		}
		if kinds.Has(breach.Email) {
			plant.Identifiers[breach.Email.String()] = who.email
		}
	}
	p.plants = append(p.plants, plant)
}

// plantMail is plant for papers that hold a person's e-mail address. Where two
// adults share it, it is the other one's too; and alone it tells of neither
// for sure.
func (p *paper) plantMail(t *town, who *person, kinds, may breach.Kinds) {
	how, mail := Unique, breach.KindsOf(breach.Email)
	if who.mailShare {
		if mate := t.person(who.ref ^ 1); mate.known() {
			p.plant(&mate, Weak, 0, mail)
		}
		if !kinds.Has(breach.NationalID) {
			how = Weak
		}
		if kinds == mail {
			kinds, may = 0, may|mail
		}
	}
	p.plant(who, how, kinds, may)
}

// decoy notes something that looks like a person and is none.
func (p *paper) decoy(what, value string) string {
	p.decoys = append(p.decoys, Decoy{What: what, Value: value})
	return value
}

// entries lists where the person stands in the registers.
func (p *person) entries() []Entry {
	var e []Entry
	for _, r := range []Entry{{"pupils", p.pupil}, {"guardians", p.guardian}, {"staff", p.staff}, {"customers", p.customer}} {
		if r.Key != "" {
			e = append(e, r)
		}
	}
	return e
}

// writes is the language a municipality writes to somebody in.
func (p *person) writes() string {
	switch {
	case p.language == "fi", p.language == "sv":
		return p.language
	case p.country == "SE":
		return "sv"
	}
	return "fi"
}

// in picks the Swedish or the Finnish wording.
func (p *paper) in(sv, fi string) string {
	if p.lang == "fi" {
		return fi
	}
	return sv
}

// spellDate writes a date the way people of a language do.
func (p *paper) spellDate(d *dice, t time.Time) string {
	if p.lang == "fi" || d.percent(20) {
		return t.Format("2.1.2006")
	}
	return t.Format("2006-01-02")
}

// calls writes a person's name as a list does: in either order, some in capitals.
func calls(d *dice, who *person) string {
	switch d.n(12) {
	case 0, 1:
		return who.surname.name + ", " + who.given
	case 2:
		return who.surname.name + " " + who.given
	case 3:
		return upper(who.surname.name) + " " + who.given
	}
	return who.name()
}

// kinds is a set of kinds of data; a short name for a word used on every line.
func kinds(list ...breach.Kind) breach.Kinds { return breach.KindsOf(list...) }
