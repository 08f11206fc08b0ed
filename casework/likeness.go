package casework

import (
	"slices"
	"strconv"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
)

// Likeness is what two ways of judging say of a case. They are shown beside each
// other; a person decides.
type Likeness struct {
	Nearest    []assess.Precedent // of the 18 cases, the most like first
	Suggestion assess.Suggestion  // by the reasoning of the guidelines
	Level      assess.Level       // of the worst group, by ENISA's sum; 0 without groups
	Conflict   bool               // the two do not say the same
}

// Likeness compares the case with the cases of EDPB Guidelines 01/2021; false
// until what happened was entered.
func (x Dossier) Likeness() (Likeness, bool) {
	cause, ok := causes[x.Says("nature", "incident")]
	if !ok {
		return Likeness{}, false
	}
	f := assess.Features{Cause: cause, Reach: x.reach(), Protected: x.Says("nature", "unintelligible") == "intact",
		Disruption: map[string]assess.Disruption{"delays": assess.Delays, "harm": assess.Harm}[x.Says("reach", "disruption")], Data: 1}
	if x.Says("nature", "cause") == "internal-malicious" {
		f.Cause = assess.Insider
	}
	var l Likeness
	for _, c := range x.Cohorts() {
		f.Data = max(f.Data, c.Points())
		f.Identity = f.Identity || c.Kinds&identities != 0
		if c.People != nil {
			f.People += max(c.People.Lower, c.People.Upper)
		}
		l.Level = max(l.Level, c.Level())
	}
	l.Nearest, l.Suggestion = assess.Nearest(f)[:3], assess.Suggest(f)
	l.Conflict = l.Level != 0 && (l.Suggestion.Persons != (l.Level >= assess.High) || l.Suggestion.Authority != (l.Level >= assess.Medium))
	return l, true
}

// identities are enough to be taken for somebody.
var identities = breach.KindsOf(breach.NationalID, breach.BirthDate, breach.Passport, breach.PaymentCard)

// causes is what each incident of the template is among the cases.
var causes = map[string]assess.Cause{
	"insider": assess.Insider, "ransomware": assess.Ransomware, "hacking": assess.Intrusion, "phishing": assess.Impersonation,
	"vulnerability": assess.Intrusion, "unauthorised-access": assess.Intrusion, "exfiltration": assess.Intrusion,
	"mix-up": assess.Misdirected, "device-lost": assess.Lost, "e-waste": assess.Lost, "paper-disposal": assess.Lost, "mail-lost": assess.Misdirected,
	"misconfiguration": assess.Intrusion, "permissions": assess.Intrusion, "paper-lost": assess.Lost, "deleted": assess.Lost,
	"wrong-display": assess.Misdirected, "sent-by-mistake": assess.Misdirected, "open-list": assess.Misdirected, "malfunction": assess.Misdirected,
	"modification": assess.Intrusion, "publication": assess.Intrusion, "verbal": assess.Misdirected,
}

// Conclusive reports whether every group of people has a decided risk.
func (x Dossier) Conclusive() bool {
	return !slices.ContainsFunc(x.Cohorts(), func(c Cohort) bool { return c.Risk == nil })
}

// PrecedentTitle says in a few words what one of the 18 cases was.
func PrecedentTitle(p assess.Precedent, say *locale.Printer) string {
	return say.T("precedent." + strconv.Itoa(p.Number))
}
