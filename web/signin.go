package web

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// signInPage is the sign-in, and the step-up.
type signInPage struct {
	Name, Next string
	Providers  []auth.TenantID
	Kept       *kept // what was typed before; nil for nothing
}

func (v *visit) signInPage() signInPage {
	p := signInPage{Name: v.PostFormValue("name"), Next: local(v.FormValue("next")), Kept: v.keptAgain()}
	for id := range v.Providers {
		p.Providers = append(p.Providers, id)
	}
	return p
}

func showSignIn(v *visit) error {
	if v.session.User != "" {
		return v.redirect(local(v.FormValue("next")))
	}
	return v.page("sign-in", v.signInPage())
}

func signIn(v *visit) error {
	u, err := v.prove("sign-in", v.PostFormValue("name"), func(name string) (store.User, bool, error) { return v.Control.UserNamed(v.Context(), name) })
	if err != nil {
		return v.form("sign-in", v.signInPage(), err)
	}
	k, next := v.keptAgain(), v.FormValue("next")
	if err := v.begin(u, next); err != nil || k == nil {
		return err
	}
	return v.sendAgain(k, next)
}

// prove holds a password and a code against the account that find gives. Few
// come here at once, and whoever failed before has to wait first.
func (v *visit) prove(act, name string, find func(string) (store.User, bool, error)) (store.User, error) {
	leave, err := v.enterHashing(v.Context())
	if err != nil {
		return store.User{}, err
	}
	defer leave()
	ctx, address := v.Context(), v.address().String()
	wait, err := v.Control.Wait(ctx, name, address, v.now)
	if err != nil {
		return store.User{}, err
	}
	u, there, err := find(name)
	if err != nil {
		return store.User{}, err
	}
	if wait > 0 {
		f, err := v.Control.FailedElsewhere(ctx, v.now)
		return store.User{}, v.noteFailed(auth.Later(wait), act, "too-early", u, f, err)
	}
	var account *auth.Account
	if there {
		account = &u.Account
	}
	tried := u
	u.Account, err = auth.SignIn(account, auth.Attempt{Password: v.PostFormValue("password"), Code: v.PostFormValue("code"), Now: v.now.Wall})
	if err == nil {
		err = v.Control.SaveSignIn(ctx, u)
	}
	if errors.Is(err, store.ErrChanged) {
		err = auth.ErrSignIn // another brought the same code a moment before
	}
	if errors.Is(err, auth.ErrSignIn) {
		f, wrong := v.Control.Failed(ctx, name, address, v.now)
		return store.User{}, v.noteFailed(err, act, "wrong", tried, f, wrong)
	}
	if err != nil {
		return store.User{}, err
	}
	v.failed, err = v.Control.Forgive(ctx, name)
	return u, err
}

// noteFailed writes a sign-in or a step-up that failed into the journal of
// whoever's it is; what is nobody's, into that of the house. It gives the answer
// back, or what went wrong with counting or writing it.
func (v *visit) noteFailed(answer error, act, why string, of store.User, f store.Failure, err error) error {
	v.metrics.failedSignIn()
	id := v.House
	if of.User != "" {
		id = of.Tenant
	}
	var tenant *store.Store
	if err == nil {
		tenant, err = v.Tenant(v.Context(), id)
	}
	if err == nil {
		err = tenant.NoteFailed(v.Context(), store.FailedSignIn{Act: act, Why: why, User: of.User, Session: v.session.ID,
			Name: breach.Hide(v.PostFormValue("name")), Origin: v.origin(), Failure: f}, v.now)
	}
	if err != nil {
		return err
	}
	return answer
}

// failedElsewhere is the end of a sign-in with a passkey or at a provider that
// came to nothing.
func (v *visit) failedElsewhere(answer error, of store.User) error {
	f, err := v.Control.FailedElsewhere(v.Context(), v.now)
	return v.noteFailed(answer, v.proving(), "wrong", of, f, err)
}

// proving is what somebody does who proves who they are.
func (v *visit) proving() string {
	if v.session.User != "" {
		return "step-up"
	}
	return "sign-in"
}

// enterHashing waits until somebody else has hashed.
func (s *Server) enterHashing(ctx context.Context) (leave func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin signs a user in: a session of its own, whatever the browser had before,
// and a line in the journal.
func (v *visit) begin(u store.User, next string) error {
	if v.session.User != "" {
		if err := v.Control.EndSession(v.Context(), v.session, v.session.ID); err != nil {
			return err
		}
		v.lockers.end(v.session.ID)
	}
	s, token := auth.Begin(u.User, u.Tenant, u.Roles, u.Cases, v.origin(), v.now)
	what := "sign-in"
	if v.failed > 0 {
		what += ",after=" + strconv.Itoa(v.failed)
	}
	if err := v.journal(s, what); err != nil {
		return err
	}
	if err := v.Control.BeginSession(v.Context(), s); err != nil {
		return err
	}
	v.session = s
	v.setCookie("session", token.Reveal())
	return v.redirect(local(next))
}

// journal writes that somebody signed in or out, or proved anew who they are.
// Who has no role yet signs in all the same, and is refused everything else.
func (v *visit) journal(s auth.Session, what string) error {
	tenant, err := v.Tenant(v.Context(), s.Tenant)
	if err != nil {
		return err
	}
	_, err = tenant.Grant(v.Context(), s, auth.Ask{Action: auth.OwnSignIn, Object: what, Now: v.now})
	var refused *auth.Refused
	if errors.As(err, &refused) {
		return nil // it is in the journal
	}
	return err
}

func showStepUp(v *visit) error { return v.page("step-up", v.signInPage()) }

func stepUp(v *visit) error {
	// The tries are counted on a word of our own: the name is not typed here.
	u, err := v.prove("step-up", "step-up "+string(v.session.User), func(string) (store.User, bool, error) {
		u, err := v.Control.Self(v.Context(), v.session)
		return u, err == nil, err
	})
	if err != nil {
		return v.form("step-up", v.signInPage(), err)
	}
	return v.proved(u)
}

// proved notes that whoever is signed in has just proved it anew, and changes
// the token.
func (v *visit) proved(u store.User) error {
	if u.User != v.session.User {
		return auth.ErrSignIn
	}
	s, token, open := v.session.StepUp(v.now)
	if !open {
		return errSignedOut
	}
	if err := v.journal(s, "step-up"); err != nil {
		return err
	}
	if err := v.Control.StepUp(v.Context(), s, v.session.Hash); err != nil {
		return err
	}
	v.setCookie("session", token.Reveal())
	return v.redirect(local(v.FormValue("next")))
}

func signOut(v *visit) error {
	if err := v.journal(v.session, "sign-out"); err != nil {
		return err
	}
	if err := v.Control.EndSession(v.Context(), v.session, v.session.ID); err != nil {
		return err
	}
	v.release()
	v.lockers.end(v.session.ID)
	v.setCookie("session", "")
	v.out.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return v.redirect("/sign-in")
}

// home is the first page that the visitor's roles have something on.
func home(v *visit) error {
	for _, l := range v.nav() {
		return v.redirect(l.Path)
	}
	return v.redirect("/account")
}

// beginProvider sends the browser to the organisation's own sign-in.
func beginProvider(v *visit) error {
	tenant := auth.TenantID(v.PostFormValue("tenant"))
	provider := v.Providers[tenant]
	if provider == nil {
		return errNotThere
	}
	address, flow := provider.Begin(v.now, v.session.User != "")
	secret, err := v.Control.BeginFlow(v.Context(), "provider", providerFlow{tenant, local(v.PostFormValue("next")), flow}, v.now)
	if err != nil {
		return err
	}
	v.setCookie("flow", secret.Reveal())
	return v.redirect(address)
}

// providerFlow is a sign-in under way at a provider.
type providerFlow struct {
	Tenant auth.TenantID
	Next   string
	Flow   auth.Flow
}

func finishProvider(v *visit) error {
	var f providerFlow
	there, err := v.flow("provider", &f, true)
	if err != nil {
		return err
	}
	provider := v.Providers[f.Tenant]
	if !there || provider == nil {
		return v.form("sign-in", v.signInPage(), auth.ErrSignIn)
	}
	id, err := provider.Finish(v.Context(), f.Flow, v.URL.Query(), v.now)
	if err != nil {
		return v.form("sign-in", v.signInPage(), v.failedElsewhere(err, store.User{}))
	}
	u, err := v.Control.KeepIdentity(v.Context(), f.Tenant, id, v.now)
	if err != nil {
		return v.form("sign-in", v.signInPage(), err)
	}
	if v.session.User != "" {
		v.Form = url.Values{"next": {f.Next}}
		return v.proved(u)
	}
	return v.begin(u, f.Next)
}

// flow reads what the browser is in the middle of.
func (v *visit) flow(kind string, value any, end bool) (bool, error) {
	cookie, err := v.Cookie(v.cookieName("flow"))
	if err != nil {
		return false, nil
	}
	if end {
		v.setCookie("flow", "")
	}
	return v.Control.Flow(v.Context(), kind, cookie.Value, value, v.now, end)
}
