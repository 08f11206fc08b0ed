package web

import (
	"crypto/subtle"
	"sync/atomic"

	"github.com/klarlagt/klarlagt/auth"
)

// Demo signs a made-up officer in by a link that works once. It is for made-up
// data, on a server that this machine alone can reach.
type Demo struct {
	Token  auth.Token // of the link
	User   auth.UserID
	Tenant auth.TenantID
	Case   auth.CaseID // where it begins
	used   atomic.Bool
}

// Path is the link without the host.
func (d *Demo) Path() string { return "/demo/" + d.Token.Reveal() }

// beginDemo takes the link, if there is one and nobody has.
func beginDemo(v *visit) error {
	d := v.Demo
	if d == nil || !v.Plain || subtle.ConstantTimeCompare([]byte(v.PathValue("token")), []byte(d.Token.Reveal())) != 1 || !d.used.CompareAndSwap(false, true) {
		return errNotThere
	}
	s, token := auth.Begin(d.User, d.Tenant, nil, nil, v.origin(), v.now)
	if err := v.Control.BeginSession(v.Context(), s); err != nil {
		return err
	}
	v.setCookie("session", token.Reveal())
	return v.redirect("/cases/" + string(d.Case))
}
