package web

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// secretPage is whose keys open a case.
type secretPage struct {
	casePage
	Holders []keyHolder
	Secret  bool // the case is in secret mode; to change that takes one of its keys
}

// keyHolder is somebody whose key a case can be wrapped to.
type keyHolder struct {
	Name, Made string
	Recovery   bool // two people, with a half each
	Opens      bool // this case
}

func showSecret(v *visit) error { return v.secretForm(nil, nil) }

// secretForm shows who opens the case, or whom somebody ticked in vain.
func (v *visit) secretForm(ticked []string, wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	all, err := v.tenant.Members(v.Context(), v.grant)
	if err != nil {
		return err
	}
	now, err := v.tenant.SecretMembers(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := secretPage{casePage: base, Secret: len(now) > 0}
	for _, m := range all {
		opens := slices.ContainsFunc(now, func(n store.KeyMember) bool { return n.Name == m.Name })
		if wrong != nil {
			opens = slices.Contains(ticked, m.Name)
		}
		p.Holders = append(p.Holders, keyHolder{m.Name, v.text.Date(m.MadeAt), m.Name == store.RecoveryMember, opens})
	}
	return v.form("secret", p, wrong)
}

// setSecret lets those who were ticked open the case from now on, and nobody else.
// Where the request is cut off, they do alone all the same; a member goes on with
// sealing anew at the command line.
func setSecret(v *visit) error {
	if v.PostFormValue("member") == "" {
		return v.secretForm(nil, &breach.Refusal{Key: "refusal.secret-nobody"})
	}
	names := slices.Sorted(slices.Values(v.PostForm["member"]))
	if err := v.desk().SetSecret(v.Context(), v.grant.Case(), slices.Compact(names), nil); err != nil {
		return v.secretForm(names, err)
	}
	return v.redirect(v.inCase("secret"))
}

func endSecret(v *visit) error {
	now, err := v.tenant.SecretMembers(v.Context(), v.grant)
	if err == nil && len(now) == 0 {
		err = &breach.Refusal{Key: "refusal.secret-not"}
	}
	if err == nil {
		err = v.desk().SetSecret(v.Context(), v.grant.Case(), nil, nil)
	}
	if err != nil {
		return v.secretForm(nil, err)
	}
	return v.redirect(v.inCase("secret"))
}
