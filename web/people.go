package web

import (
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// searchPage looks for one person by an exact value. Nobody is listed.
type searchPage struct {
	casePage
	Purposes []auth.Purpose
	Purpose  auth.Purpose // as chosen
	None     bool         // nobody was found, or nobody for whoever asks
	Answer   bool         // the visitor may write that somebody is not affected
}

func showSearch(v *visit) error { return v.searchForm(false, nil) }

func (v *visit) searchForm(none bool, wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	return v.form("people", searchPage{base, auth.Purposes(), auth.Purpose(v.PostFormValue("purpose")), none, v.may(auth.AnswerUnaffected)}, wrong)
}

// desk is the desk of whoever makes the request, for whom it asks for leave
// where the route has not.
func (v *visit) desk() *casework.Desk {
	return &casework.Desk{Store: v.tenant, Who: v.session, Granted: v.grant,
		Now: func() time.Time { return v.now.Wall }, Clock: func() auth.Instant { return v.now }}
}

func (v *visit) caseID() store.CaseID { return auth.CaseID(v.PathValue("case")) }

// searchPerson leads to the person whom a value belongs to. What was typed goes
// into no address, no log and no page.
func searchPerson(v *visit) error {
	p, found, err := v.desk().Search(v.Context(), v.caseID(), auth.Purpose(v.PostFormValue("purpose")), breach.Hide(v.PostFormValue("value")))
	if isRefusal(err) {
		return v.searchForm(false, err)
	}
	if err != nil || !found {
		if err == nil {
			err = v.searchForm(true, nil)
		}
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/people/" + string(p.ID()))
}

// personPage is one person: what became known of them, and never who they are
// unless that was asked for.
type personPage struct {
	casePage
	ID        string
	Grade     breach.Grade
	Exposures []personExposure
	Groups    []string
	Protected bool
	Purposes  []auth.Purpose
	Shown     *values
	Near      bool // a budget is nearly spent
	Prove     bool // the visitor may see what the person was told
}

// personExposure is one kind of data of one person.
type personExposure struct {
	Kind, Grade string
	Places      int64
}

// values are what a reveal shows.
type values struct {
	Names, Numbers, Addresses, Others []breach.Personal
}

// thePerson finds the person that the path names.
func (v *visit) thePerson() (personPage, casework.Someone, error) {
	base, err := v.theCase()
	if err != nil {
		return personPage{}, casework.Someone{}, err
	}
	if _, ok := store.ParsePersonID(v.PathValue("person")); !ok {
		return personPage{}, casework.Someone{}, errNotThere
	}
	s, err := v.desk().Find(v.Context(), v.caseID(), v.PathValue("person"))
	if isRefusal(err) {
		err = errNotThere
	}
	return v.personPage(base, s), s, err
}

func (v *visit) personPage(base casePage, s casework.Someone) personPage {
	p := personPage{casePage: base, ID: string(s.ID()), Grade: s.Grade, Protected: s.Protected(), Purposes: auth.Purposes(), Prove: v.may(auth.ProveNotice)}
	for _, x := range s.Exposures {
		p.Exposures = append(p.Exposures, personExposure{x.Kind.Title(v.text.Lang()), "grade." + x.Grade.String(), x.Places})
	}
	for _, e := range s.Entries {
		if e.Group != "" {
			p.Groups = append(p.Groups, e.Group)
		}
	}
	return p
}

func showPerson(v *visit) error {
	p, _, err := v.thePerson()
	if err != nil {
		return err
	}
	return v.page("person", p)
}

// revealPerson shows who one person is, for a purpose. The values stand in this
// answer alone: no address shows them again.
func revealPerson(v *visit) error {
	p, s, err := v.thePerson()
	if err != nil {
		return err
	}
	if s.Protected() {
		return &breach.Refusal{Key: "refusal.protected"}
	}
	near, err := v.desk().RevealOne(v.Context(), v.caseID(), auth.Purpose(v.PostFormValue("purpose")), s)
	if err != nil {
		return err
	}
	p.Shown, p.Near = valuesOf(s), near
	return v.page("person", p)
}

// proposePerson asks two others to let one of the two readers see somebody with
// a protected identity.
func proposePerson(v *visit) error {
	_, s, err := v.thePerson()
	if err != nil {
		return err
	}
	if !s.Protected() {
		return errNotThere
	}
	a, err := v.desk().ProposeReveal(v.Context(), v.caseID(), s, auth.Purpose(v.PostFormValue("purpose")))
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/proposals/" + a.ID)
}

// valuesOf gathers what is known of who somebody is.
func valuesOf(s casework.Someone) *values {
	shown := &values{}
	for _, e := range s.Entries {
		for _, n := range e.Names {
			if !n.Former {
				shown.Names = append(shown.Names, breach.Hide(strings.TrimSpace(n.Given.Reveal()+" "+n.Surname.Reveal())))
			}
		}
		shown.Numbers = append(shown.Numbers, e.NationalIDs...)
		shown.Addresses = append(append(shown.Addresses, e.Emails...), e.Phones...)
	}
	for _, f := range s.Identifiers {
		shown.Others = append(shown.Others, f.Value)
	}
	return shown
}
