package casework

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/store"
)

// Search finds the one exposed person whose identity number or e-mail address a
// text is, to the character; false where there is none. A person with a
// protected identity is found by those alone who were named to read such: for
// all others the answer is that there is none.
func (d *Desk) Search(ctx context.Context, id store.CaseID, purpose auth.Purpose, typed breach.Personal) (Someone, bool, error) {
	value := exactly(typed)
	g, found, err := d.Store.Search(ctx, d.Who, auth.Ask{Case: id, Purpose: purpose, Now: d.instant()}, value)
	if err != nil {
		return Someone{}, false, err
	}
	if err := d.resolved(ctx, g); err != nil {
		return Someone{}, false, err
	}
	reads, err := d.readsProtected(ctx, id)
	if err != nil {
		return Someone{}, false, err
	}
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return Someone{}, false, err
	}
	defer x.Close()
	for _, f := range value {
		for _, entry := range x.Who(f) {
			n, exposed, err := d.Store.PersonOf(ctx, g, entry)
			if err != nil {
				return Someone{}, false, err
			}
			if exposed {
				found = append(found, n)
			}
		}
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) > 1 {
		return Someone{}, false, &breach.Refusal{Key: "refusal.search-several"}
	}
	for _, n := range found {
		p, err := d.Store.Person(ctx, g, n)
		if err != nil {
			return Someone{}, false, err
		}
		if s := someone(x, p); !s.Protected() || reads {
			return s, true, nil
		}
	}
	return Someone{}, false, nil
}

// readsProtected reports whether the desk's user was named to read protected
// identities in a case.
func (d *Desk) readsProtected(ctx context.Context, id store.CaseID) (bool, error) {
	g, err := d.grant(ctx, id, auth.ReadReport)
	if err != nil {
		return false, err
	}
	readers, _, err := d.Store.Readers(ctx, g)
	return readers.Has(d.Who.User), err
}

// exactly gives what a whole text can be: an identity number of one country or
// another, or an e-mail address. A number with a wrong check digit is nobody's.
func exactly(typed breach.Personal) []breach.Finding {
	text := strings.TrimSpace(typed.Reveal())
	if strings.Contains(text, "@") {
		return []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide(strings.ToLower(text))}}
	}
	var all []breach.Finding
	for _, n := range nationalid.Readings(text) {
		if !n.Failed {
			all = append(all, breach.Finding{Kind: breach.NationalID, Form: n.Form, Value: breach.Hide(n.Canonical)})
		}
	}
	return all
}

// protectedAct is what is approved when the values of somebody with a protected
// identity are to be shown.
type protectedAct struct {
	Act     auth.Action     `json:"act"`
	Tenant  auth.TenantID   `json:"tenant"`
	Case    store.CaseID    `json:"case"`
	Person  breach.PersonID `json:"person"`
	Purpose auth.Purpose    `json:"purpose"`
}

// ProposeReveal proposes to show the values of somebody with a protected
// identity: [Desk.RevealApproved] does it once it is approved.
func (d *Desk) ProposeReveal(ctx context.Context, id store.CaseID, p Someone, purpose auth.Purpose) (auth.Approval, error) {
	if !slices.Contains(auth.Purposes(), purpose) {
		return auth.Approval{}, &breach.Refusal{Key: "refusal.no-purpose"}
	}
	payload, err := json.Marshal(protectedAct{auth.RevealProtected, d.Who.Tenant, id, breach.PersonID(p.ID()), purpose})
	if err != nil {
		return auth.Approval{}, err
	}
	return d.Propose(ctx, id, store.Proposal{Action: auth.RevealProtected, Payload: payload})
}

// RevealApproved shows, once, the values of the person whom an approval is
// about.
func (d *Desk) RevealApproved(ctx context.Context, a auth.Approval) (Someone, auth.Grant, error) {
	own, err := d.grant(ctx, a.Case, auth.Propose)
	if err != nil {
		return Someone{}, auth.Grant{}, err
	}
	_, p, err := d.Store.ShowApproval(ctx, own, a.ID)
	if err != nil {
		return Someone{}, auth.Grant{}, err
	}
	var act protectedAct
	if p.Action != auth.RevealProtected || json.Unmarshal(p.Payload, &act) != nil {
		return Someone{}, auth.Grant{}, &breach.Refusal{Key: "refusal.approval-void"}
	}
	number, _ := store.ParsePersonID(string(act.Person))
	g, err := d.Store.Execute(ctx, d.Who, auth.Ask{Approval: a.ID, Payload: p.Payload, Object: "person:" + string(act.Person), Purpose: act.Purpose, Now: d.instant()})
	if err != nil {
		return Someone{}, auth.Grant{}, err
	}
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return Someone{}, auth.Grant{}, err
	}
	defer x.Close()
	found, err := d.Store.Person(ctx, g, number)
	return someone(x, found), g, err
}
