package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// visit is one request, with who makes it and what they were granted. The
// answer is written once it is whole.
type visit struct {
	*http.Request
	*Server
	out     http.ResponseWriter
	text    *locale.Printer
	now     auth.Instant
	session auth.Session
	tenant  *store.Store

	unlocked bool   // the tenant is as the visitor's own key shows it
	release  func() // after the last use of that
	grant    auth.Grant
	failed   int // tries before the one that let in
	status   int
	body     bytes.Buffer
	streamed bool // the answer was written while it was made
}

// serve answers the requests of one route: it finds the session, asks for what
// the route's row says, and only then hands over.
func (s *Server) serve(r Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		v := &visit{Request: req, Server: s, out: w, now: s.Now(), status: http.StatusOK, release: func() {}}
		defer func() { v.release() }()
		v.text = locale.For(v.language())
		err := v.admit(r)
		if err == nil {
			err = r.serve(v)
		}
		if err != nil {
			err = v.fail(err)
		}
		if err != nil {
			s.Log.Error("request failed", "request", v.id(), "route", req.Pattern, "error", err.Error())
			http.Error(w, v.text.T("web.error", "Number", v.id()), http.StatusInternalServerError)
			return
		}
		if v.streamed {
			return
		}
		v.writeOut()
	})
}

// errSignedOut sends somebody to the sign-in.
var errSignedOut = errors.New("not signed in")

// identifier is what our ids look like. What looks otherwise names nothing, and
// goes neither to the journal nor to the log.
var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// admit finds out who makes the request, and gets the grant that the route
// needs.
func (v *visit) admit(r Route) error {
	find := v.findSession
	if r.Program {
		find = v.findToken
	}
	if err := find(); err != nil {
		return err
	}
	if r.Who == Anybody {
		return nil
	}
	if v.session.User == "" {
		return errSignedOut
	}
	var err error
	if v.tenant, err = v.Tenant(v.Context(), v.session.Tenant); err != nil {
		return fmt.Errorf("open tenant: %w", err)
	}
	v.tenant, v.unlocked, v.release = v.lockers.open(v.session.ID, v.tenant)
	if r.Who == SignedIn {
		return nil
	}
	ask, err := v.ask(r)
	if err != nil {
		return err
	}
	if v.grant, err = v.tenant.Grant(v.Context(), v.session, ask); err == nil && r.Allowance.Time > 0 {
		v.extend(r.Allowance.Time)
	}
	return err
}

// extend gives somebody who was let in more time than the server gives a
// connection.
func (v *visit) extend(by time.Duration) {
	c, until := http.NewResponseController(v.out), time.Now().Add(by)
	_ = errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)) // where there are none, none end it
}

// ask is what a route asks for: its action, on what its path names.
func (v *visit) ask(r Route) (auth.Ask, error) {
	ask := auth.Ask{Action: r.Action, Now: v.now}
	for _, name := range []string{"case", "user", "id", "person"} {
		if strings.Contains(r.Pattern, "{"+name+"}") && !identifier.MatchString(v.PathValue(name)) {
			return ask, errNotThere
		}
	}
	ask.Case = auth.CaseID(v.PathValue("case"))
	ask.Subject = auth.UserID(v.PathValue("user"))
	ask.Object = v.PathValue("id")
	if ask.Object == "" {
		ask.Object = v.PathValue("user")
	}
	if person := v.PathValue("person"); person != "" {
		ask.Object = "person:" + person // as the desk names them
	}
	return ask, nil
}

func (v *visit) findSession() error {
	cookie, err := v.Cookie(v.cookieName("session"))
	if err != nil {
		return nil
	}
	token, ok := auth.ParseToken(cookie.Value)
	if !ok {
		return nil
	}
	s, open, err := v.Control.Session(v.Context(), token.Hash(), v.now)
	if open {
		v.session = s
		v.session.Origin = v.origin() // of this request; the sign-in's is in the list
	}
	return err
}

// findToken finds the session that a program's token opens.
func (v *visit) findToken() error {
	scheme, text, _ := strings.Cut(v.Header.Get("Authorization"), " ")
	token, ok := auth.ParseAPIToken(text)
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	s, open, err := v.Control.APISession(v.Context(), token.Hash(), v.origin(), v.now)
	if open {
		v.session = s
	}
	return err
}

// id is the number of the request.
func (v *visit) id() string { id, _ := v.Context().Value(requestKey{}).(string); return id }

// address is where the request comes from.
func (v *visit) address() netip.Addr {
	if v.Proxy {
		// The proxy adds the address it saw at the end; the others are the
		// client's own words.
		all := strings.Split(strings.Join(v.Header.Values("X-Forwarded-For"), ","), ",")
		if a, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			return a.Unmap()
		}
	}
	at, _ := netip.ParseAddrPort(v.RemoteAddr)
	return at.Addr().Unmap()
}

func (v *visit) origin() auth.Origin { return auth.OriginOf(v.address()) }

// cookieName gives a cookie the prefix by which a browser keeps other hosts and
// paths from setting it.
func (s *Server) cookieName(name string) string {
	if s.Plain {
		return "klarlagt-" + name
	}
	return "__Host-" + name
}

// setCookie hands the browser a secret; the empty one takes it back.
func (v *visit) setCookie(name, value string) {
	c := &http.Cookie{Name: v.cookieName(name), Value: value, Path: "/", Secure: !v.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.out, c)
}

// redirect sends the browser on, after which a reload does nothing twice.
func (v *visit) redirect(path string) error {
	v.body.Reset()
	v.out.Header().Set("Location", path)
	v.status = http.StatusSeeOther
	return nil
}

// fail answers what went wrong where the visitor can do something about it; all
// else it gives back.
func (v *visit) fail(err error) error {
	v.body.Reset()
	v.grant = auth.Grant{}
	err = store.Explain(err)
	var refused *auth.Refused
	var refusal *breach.Refusal
	var tooBig *http.MaxBytesError
	switch {
	case errors.Is(err, errSignedOut):
		return v.signInFirst("/sign-in?next=" + url.QueryEscape(v.here()))
	case errors.Is(err, errNotThere), errors.Is(err, store.ErrNoUser):
		return v.refuse(http.StatusNotFound, auth.NoSuchCase, v.text.T("web.not-there"))
	case store.IsSecret(err) && !v.unlocked:
		return v.redirect("/unlock?next=" + url.QueryEscape(v.here()))
	case errors.As(err, &tooBig):
		return v.refuse(http.StatusRequestEntityTooLarge, "", v.text.T("web.too-big"))
	case errors.As(err, &refused):
		return v.answer(refused)
	case errors.As(err, &refusal):
		return v.refuse(http.StatusUnprocessableEntity, "", v.text.Text(refusal.Key, refusal.Args))
	case errors.Is(err, context.Canceled):
		return nil // nobody is there to read it
	}
	return err
}

// answer is the page of a verdict.
func (v *visit) answer(refused *auth.Refused) error {
	switch refused.Verdict {
	case auth.SignedOut:
		return v.signInFirst("/sign-in?next=" + url.QueryEscape(v.here()))
	case auth.StepUpFirst:
		return v.redirect("/step-up?next=" + url.QueryEscape(v.here()))
	case auth.NoSuchCase:
		return v.refuse(http.StatusNotFound, auth.NoSuchCase, v.text.T("web.not-there"))
	}
	var refusal *breach.Refusal
	if !errors.As(refused, &refusal) {
		return refused
	}
	return v.refuse(http.StatusForbidden, refused.Verdict, v.text.Text(refusal.Key, refusal.Args))
}

// refuse shows why not.
func (v *visit) refuse(status int, verdict auth.Verdict, why string) error {
	v.status = status
	return v.page("refused", refusedPage{verdict, why})
}

// refusedPage says no. Tests read the verdict.
type refusedPage struct {
	Verdict auth.Verdict
	Why     string
}

// ourPath is a path of ours: nothing that leads elsewhere.
var ourPath = regexp.MustCompile(`^(/[a-z0-9-]+)+$`)

// here is the page to come back to after a sign-in: this one, or for a form the
// page that it was on.
func (v *visit) here() string {
	path := v.URL.Path
	if v.Method != http.MethodGet {
		path = "/"
		if from, err := url.Parse(v.Referer()); err == nil && from.Host == v.Request.Host {
			path = from.Path
		}
	}
	return local(path)
}

// local gives a path of ours, or the first page.
func local(path string) string {
	if !ourPath.MatchString(path) {
		return "/"
	}
	return path
}

// may reports whether a role of the visitor's may do something somewhere: for
// what to offer. What they may do here is the check's to say.
func (v *visit) may(a auth.Action) bool {
	rule, _ := auth.RuleFor(a)
	return slices.ContainsFunc(rule.Roles, func(r auth.Role) bool { return slices.Contains(v.session.Roles, r) })
}

func notFound(*visit) error { return errNotThere }

// errNotThere is the answer to a path that leads nowhere.
var errNotThere = errors.New("no such page")

func crossOrigin(v *visit) error {
	return v.refuse(http.StatusForbidden, "", v.text.T("web.cross-origin"))
}
