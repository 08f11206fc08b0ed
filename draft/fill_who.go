package draft

import (
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// who answers sections 1 and 2: the controller, who reports, and who else is in
// the chain.
func (f *filler) who() {
	c := f.Controller
	o := by(c.Mark)
	if c.Identifier != "" {
		f.option("10", o, "organisation-number")
		f.text("11", o, c.Identifier)
	}
	f.text("12", o, c.Name)
	f.put("13", Answer{Contact: c.Contact, Origin: o})
	f.option("14", o, c.Sector)
	f.option("15", o, c.Size)
	f.text("17", o, c.Activity)

	f.put("21", Answer{Contact: f.Reporter.Name, Origin: by(f.Reporter.Mark)})
	f.put("22", Answer{Contact: f.Reporter.Details, Origin: by(f.Reporter.Mark)})
	f.option("23", by(f.Reporter.Mark), f.Reporter.Function)

	if f.Officer.None || !f.Officer.Name.IsZero() || !f.Officer.Details.IsZero() {
		f.option("29", by(f.Officer.Mark), yesNo(!f.Officer.None))
	}
	f.put("30", Answer{Contact: f.Officer.Name, Origin: by(f.Officer.Mark)})
	f.put("31", Answer{Contact: f.Officer.Details, Origin: by(f.Officer.Mark)})

	if !f.More.Name.IsZero() || !f.More.Details.IsZero() {
		f.option("33", by(f.More.Mark), "other")
		f.put("34", Answer{Contact: f.More.Name, Origin: by(f.More.Mark)})
		f.text("35", by(f.More.Mark), f.More.Function)
		f.put("36", Answer{Contact: f.More.Details, Origin: by(f.More.Mark)})
	}
	f.parties()
}

// parties answers fields 38 to 41. With no other party the answer "no" is only
// given where the chain or the case says so: silence is not "no".
func (f *filler) parties() {
	if len(f.Parties) == 0 {
		return
	}
	var names, roles []string
	var contacts []string
	for _, p := range f.Parties {
		names = append(names, p.Name)
		roles = append(roles, p.Name+": "+p.Role)
		if !p.Contact.IsZero() {
			contacts = append(contacts, p.Name+": "+p.Contact.Reveal())
		}
	}
	o := by(f.Parties[0].Mark)
	f.option("38", follows(RuleParties), "yes")
	f.text("39", o, strings.Join(roles, "\n"))
	f.text("40", o, strings.Join(names, "\n"))
	f.put("41", Answer{Contact: breach.Hide(strings.Join(contacts, "\n")), Origin: o})
}
