package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// tokensPage is what somebody's programs may do in their name.
type tokensPage struct {
	Tokens []auth.APIToken
	Scopes []scope
	Days   []int
	Made   string // the secret of the new one, shown this once
	Name   string // as typed
}

// scope is an action that can be ticked.
type scope struct {
	Action auth.Action
	On     bool
}

// tokenDays are the times for which a token can be made, in days.
var tokenDays = []int{7, 30, 90, 365}

func showTokens(v *visit) error { return v.tokensForm("", nil) }

func (v *visit) tokensForm(made string, wrong error) (err error) {
	p := tokensPage{Days: tokenDays, Made: made}
	if p.Tokens, err = v.Control.APITokens(v.Context(), v.session); err != nil {
		return err
	}
	if wrong != nil {
		p.Name = v.PostFormValue("name")
	}
	for _, a := range v.scopes() {
		if v.may(a) {
			p.Scopes = append(p.Scopes, scope{a, wrong != nil && slices.Contains(v.PostForm["scope"], string(a))})
		}
	}
	return v.form("tokens", p, wrong)
}

// scopes lists the actions that the API's operations ask for.
func (s *Server) scopes() []auth.Action {
	var list []auth.Action
	for _, a := range auth.Actions() {
		if slices.ContainsFunc(s.programs, func(r Route) bool { return r.Action == a || slices.Contains(r.Too, a) }) {
			list = append(list, a)
		}
	}
	return list
}

// makeToken makes a token, and shows its secret in this answer alone.
func makeToken(v *visit) error {
	days, _ := strconv.Atoi(v.PostFormValue("days")) // no number lasts no time
	var asked []auth.Action
	for _, name := range v.PostForm["scope"] {
		asked = append(asked, auth.Action(name))
	}
	t, secret, err := auth.NewAPIToken(v.grant, breach.Hide(v.PostFormValue("name")), asked, time.Duration(days)*24*time.Hour, v.now.Wall)
	if err == nil {
		err = v.Control.AddAPIToken(v.Context(), v.grant, t, secret.Hash())
	}
	if err != nil {
		return v.tokensForm("", err)
	}
	return v.tokensForm(auth.APITokenText(secret), nil)
}

func endToken(v *visit) error {
	if err := v.Control.EndAPIToken(v.Context(), v.session, v.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/account/tokens")
}
