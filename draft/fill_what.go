package draft

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// nature answers section 3.2.
func (f *filler) nature() {
	n, o := f.Nature, by(f.Nature.Mark)
	f.option("55", o, n.Nature...)
	f.option("56", o, n.Confidentiality)
	f.option("57", o, n.Unintelligible)
	f.option("58", o, n.Integrity)
	f.option("59", o, n.Availability)
	f.option("60", o, n.Incident)
	f.option("61", o, n.Cause)
	f.text("62", o, n.Description)
	if f.Incomplete {
		for id, option := range map[ID]string{"56": "tbd", "57": "tbd", "61": "tbd"} {
			if _, ok := f.known[id]; !ok && n.Nature != nil {
				f.option(id, follows(RuleUnknown), option)
			}
		}
	}
	var lines []string
	for _, s := range f.Systems {
		lines = append(lines, joined(", ", s.Name, s.Where, s.State))
		o = by(s.Mark)
	}
	f.text("63", o, strings.Join(lines, "\n"))
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// extent answers sections 3.3 and 3.4: who is touched, and with what.
func (f *filler) extent() {
	e := f.Extent
	from := func(r Rule) Origin {
		if e.By != "" {
			return by(e.Mark)
		}
		return Origin{From: FromEvidence, Rule: r, At: e.At}
	}
	var categories, lines []string
	for _, g := range e.Groups {
		categories = append(categories, g.Categories...)
		lines = append(lines, f.counted(g.Name, g.People))
	}
	if len(categories) == 0 && f.Incomplete {
		f.option("65", follows(RuleUnknown), "not-known")
	}
	f.option("65", from(RulePeople), categories...)
	if len(lines) > 0 && e.Gaps > 0 {
		lines = append(lines, f.print.T("draft.unread", "Count", e.Gaps, "Items", e.Items))
	}
	f.text("66", from(RulePeople), strings.Join(lines, "\n"))
	f.number("67", "68", e.People, from(RulePeople))

	var types []string
	lines = nil
	for _, k := range e.Kinds {
		types = append(types, typeOfData(k.Kind))
		lines = append(lines, f.counted(k.Kind.Title(f.print.Lang()), k.People))
	}
	if len(types) == 0 && f.Incomplete {
		f.option("70", follows(RuleUnknown), "not-known")
	}
	f.option("70", from(RuleKinds), types...)
	f.text("71", from(RuleKinds), strings.Join(lines, "\n"))
	f.number("72", "73", e.Records, from(RuleRecords))
	if _, ok := f.known["73"]; !ok {
		if a, ok := f.known["72"]; ok { // the template wants a number here whatever stands before it
			f.text("73", follows(RuleUnknown), f.print.T("draft.number."+a.Options[0]))
		}
	}
}

// number answers a pair of fields: whether there is a number, and the number.
func (f *filler) number(sort, value ID, r *Range, o Origin) {
	switch {
	case r == nil:
		f.option(sort, follows(RuleUnknown), f.unless("tbd", "undeterminable"))
		return
	case r.Lower == r.Upper && f.Extent.Gaps == 0:
		f.option(sort, o, "exact")
	default:
		f.option(sort, o, "approximate")
	}
	f.put(value, Answer{Count: r, Origin: o})
}

// few is below how many people a group is not counted out in a text that may
// become public: so few can be somebody.
const few = 5

// counted is a line such as "pupils: 1,200–1,340 people".
func (f *filler) counted(name string, r *Range) string {
	if r == nil {
		return name
	}
	number := people(f.print, *r)
	if r.Upper > 0 && r.Upper < few {
		number = f.print.T("draft.people.few", "Number", few)
	}
	return f.print.T("draft.counted", "Name", name, "People", number)
}

// impacts is what each kind of data can be used for: options of field 85.
var impacts = []struct {
	option string
	kinds  breach.Kinds
}{
	{"identity-theft", breach.KindsOf(breach.NationalID, breach.Passport)},
	{"fraud", breach.KindsOf(breach.Email, breach.Phone, breach.Password, breach.BankAccount, breach.PaymentCard, breach.NationalID)},
	{"financial", breach.KindsOf(breach.BankAccount, breach.PaymentCard)},
	{"discrimination", breach.KindsOf(breach.Religion, breach.Health, breach.SpecialSupport, breach.SocialWelfare)},
	{"reputation", breach.KindsOf(breach.Health, breach.SocialWelfare, breach.SpecialSupport, breach.Grades)},
	{"secrecy", breach.KindsOf(breach.Health, breach.SocialWelfare, breach.SpecialSupport, breach.ProtectedIdentity)},
	{"physical", breach.KindsOf(breach.ProtectedIdentity, breach.DoorCode)},
}

// consequences answers fields 79 to 86 as far as the nature of the breach and
// the kinds of data tell: somebody looks at them before they are sent.
func (f *filler) consequences() {
	nature := func(s string) bool { return slices.Contains(f.Nature.Nature, s) }
	var kinds breach.Kinds
	for _, k := range f.Extent.Kinds {
		kinds |= breach.KindsOf(k.Kind)
	}
	if nature("confidentiality") {
		spread, impact := []string{"beyond"}, []string{"control", "disclosure"}
		if kinds.Has(breach.NationalID) || kinds.Has(breach.Email) {
			spread = append(spread, "linked")
		}
		if f.Nature.Cause == "external-malicious" || f.Nature.Cause == "internal-malicious" {
			spread = append(spread, "misused")
		}
		for _, i := range impacts {
			if i.kinds&kinds != 0 {
				impact = append(impact, i.option)
			}
		}
		f.option("79", follows(RuleSpread), spread...)
		f.option("85", follows(RuleImpact), impact...)
	}
	if nature("availability") && f.Nature.Availability != "" {
		f.option("83", follows(RuleSpread), "no-access")
	}
	if f.Incomplete && nature("integrity") {
		f.option("81", follows(RuleUnknown), "assessing")
	}
	if _, ok := f.known["83"]; !ok && f.Incomplete && nature("availability") {
		f.option("83", follows(RuleUnknown), "assessing")
	}
}
