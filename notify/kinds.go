package notify

import (
	"github.com/klarlagt/klarlagt/breach"
)

// topics say which advice goes with which kinds, in the order of what matters
// most. A kind without advice of its own is covered by what each letter says
// to everybody.
var topics = [...]struct {
	name  string
	kinds breach.Kinds
}{
	{"protected", breach.KindsOf(breach.ProtectedIdentity)},
	{"password", breach.KindsOf(breach.Password)},
	{"card", breach.KindsOf(breach.PaymentCard)},
	{"bank", breach.KindsOf(breach.BankAccount)},
	{"identity", breach.KindsOf(breach.NationalID)},
	{"passport", breach.KindsOf(breach.Passport)},
	{"door", breach.KindsOf(breach.DoorCode)},
	{"address", breach.KindsOf(breach.Address)},
	{"sensitive", breach.KindsOf(breach.Health, breach.SpecialSupport, breach.SocialWelfare, breach.Religion,
		breach.Grades, breach.Absence, breach.Income, breach.Photo)},
	{"contact", breach.KindsOf(breach.Email, breach.Phone, breach.Username)},
}

// title names a kind to a reader. The Swedish of Finland has words of its own.
func title(k breach.Kind, lang, country string) string {
	if lang == "sv" && country != "SE" {
		switch k {
		case breach.NationalID:
			return "personbeteckning"
		case breach.ProtectedIdentity:
			return "spärrmarkering"
		}
	}
	return k.Title(lang)
}

// graded is a person's kinds by how sure it is that they became known.
type graded struct{ proven, likely, possible breach.Kinds }

// all is every kind that may have become known.
func (g graded) all() breach.Kinds { return g.proven | g.likely | g.possible }

// grade sorts exposures: each kind once, by its surest.
func grade(exposures []breach.Exposure) graded {
	var g graded
	for _, e := range exposures {
		one := breach.KindsOf(e.Kind)
		switch e.Grade {
		case breach.Proven:
			g.proven |= one
		case breach.Likely:
			g.likely |= one
		case breach.Possible:
			g.possible |= one
		}
	}
	g.likely &^= g.proven
	g.possible &^= g.proven | g.likely
	return g
}
