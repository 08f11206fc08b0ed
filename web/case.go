package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// casesPage lists the cases that somebody works on.
type casesPage struct {
	Cases  []store.Case
	Others int // that there are in the tenant beside these
	Open   bool
	Title  string // as typed
	Glass  bool   // there may be emergency access for the visitor
}

func showCases(v *visit) error { return v.casesForm(nil) }

func (v *visit) casesForm(wrong error) error {
	all, err := v.tenant.Cases(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := casesPage{Open: v.may(auth.OpenCase), Title: v.PostFormValue("title"), Glass: v.may(auth.BreakTheGlass)}
	for _, c := range all {
		if slices.Contains(v.session.Cases, c.ID) {
			p.Cases = append(p.Cases, c)
		}
	}
	p.Others = len(all) - len(p.Cases)
	return v.form("cases", p, wrong)
}

// openCase opens a case; who opens it is the first to work on it.
func openCase(v *visit) error {
	c, err := v.open(v.PostFormValue("title"))
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + string(c.ID))
}

func (v *visit) open(typed string) (store.Case, error) {
	title, err := caseTitle(typed)
	if err != nil {
		return store.Case{}, err
	}
	c, err := v.tenant.OpenCase(v.Context(), v.session, title, v.now)
	if err != nil {
		return store.Case{}, err
	}
	return c, v.Control.JoinOpened(v.Context(), v.grant, c.ID)
}

// mostTitle is how long a title may be, in characters.
const mostTitle = 200

func caseTitle(typed string) (string, error) {
	title := strings.Join(strings.Fields(typed), " ")
	if title == "" || utf8.RuneCountInString(title) > mostTitle {
		return "", &breach.Refusal{Key: "refusal.case-title", Args: map[string]any{"Most": mostTitle}}
	}
	return title, nil
}

// casePage is what stands on every page of a case.
type casePage struct {
	Case store.Case
	Tabs caseNav
}

// reportPage is a case with its report.
type reportPage struct {
	casePage
	Report *view
	Not    string // why there is none yet
}

// theCase reads the case that the path names, which the grant has opened.
func (v *visit) theCase() (casePage, error) {
	c, err := v.tenant.CaseOf(v.Context(), v.grant)
	if err != nil {
		return casePage{}, err
	}
	return casePage{c, v.caseNav(c)}, nil
}

func showCase(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	return v.report(base)
}

func (v *visit) report(base casePage) error {
	p := reportPage{casePage: base}
	data, err := v.Report(v.Context(), v.session, v.tenant, base.Case, v.may(auth.ReadAccount) && !base.Case.Closed)
	var refusal *breach.Refusal
	var refused *auth.Refused
	switch {
	case errors.As(err, &refused):
		return err
	case errors.As(err, &refusal):
		p.Not = v.text.Text(refusal.Key, refusal.Args)
	case err == nil:
		if err = data.check(); err == nil {
			p.Report = newView(data, v.text)
		}
	}
	if err != nil && p.Not == "" {
		return err
	}
	return v.page("case", p)
}

// membersPage is who works on a case, and who might.
type membersPage struct {
	casePage
	Members []person
	Others  []person
	Manage  bool
	Own     auth.UserID
	Readers []breach.Personal // of protected identities; none: nobody was named
	First   auth.UserID       // who they are, or the first two whom it could be
	Second  auth.UserID
	Name    bool // who they are is for the visitor to say
	Secret  bool // who opens the case is too
	Raise   bool // the visitor may raise others' budgets
}

// person is a user by the name that is shown.
type person struct {
	ID    auth.UserID
	Shown breach.Personal
	Roles []auth.Role
}

func showMembers(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	members, err := v.Control.Members(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := membersPage{casePage: base, Manage: v.may(auth.ManageMembers), Own: v.session.User,
		Name: v.may(auth.NameReaders) && !base.Case.Closed, Secret: v.may(auth.SetSecret) && !base.Case.Closed, Raise: v.may(auth.RaiseBudget) && !base.Case.Closed}
	readers, _, err := v.tenant.Readers(v.Context(), v.grant)
	if err != nil {
		return err
	}
	for _, u := range members {
		p.Members = append(p.Members, person{u.Account.User, u.Shown, u.Roles})
		if readers.Has(u.Account.User) {
			p.Readers = append(p.Readers, u.Shown)
		}
	}
	if p.First, p.Second = readers[0], readers[1]; p.First == "" && len(p.Members) > 1 {
		p.First, p.Second = p.Members[0].ID, p.Members[1].ID
	}
	if p.Manage {
		others, err := v.Control.Colleagues(v.Context(), v.grant)
		if err != nil {
			return err
		}
		for _, u := range others {
			if !slices.ContainsFunc(p.Members, func(m person) bool { return m.ID == u.Account.User }) {
				p.Others = append(p.Others, person{u.Account.User, u.Shown, u.Roles})
			}
		}
	}
	return v.page("members", p)
}

// sortPeople puts people in the order of their names.
func sortPeople(list []person) {
	slices.SortFunc(list, func(a, b person) int { return strings.Compare(a.Shown.Reveal(), b.Shown.Reveal()) })
}

func joinCase(v *visit) error  { return v.changeMember(v.Control.Join) }
func leaveCase(v *visit) error { return v.changeMember(v.Control.Leave) }

// changeMember lets somebody work on a case, or no longer.
func (v *visit) changeMember(change func(context.Context, auth.Grant) error) error {
	if err := change(v.Context(), v.grant); err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/members")
}
