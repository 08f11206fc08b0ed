package web

import (
	"errors"
	"net/url"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
)

// feedLasts is how long a calendar's address is good for.
const feedLasts = 365 * 24 * time.Hour

// makeFeed makes the address of a case's calendar, and shows it in this answer
// alone. It is a token that reads facts, and opens nothing but the calendar.
func makeFeed(v *visit) error {
	id := v.PostFormValue("case")
	if !identifier.MatchString(id) {
		return errNotThere
	}
	t, secret, err := auth.NewAPIToken(v.grant, breach.Hide(v.text.T("web.feed.name", "Case", id)), []auth.Action{auth.ReadFacts}, feedLasts, v.now.Wall)
	if err == nil {
		err = v.Control.AddAPIToken(v.Context(), v.grant, t, auth.FeedHash(secret, auth.CaseID(id)))
	}
	if err != nil {
		return v.tokensForm("", err)
	}
	address := url.URL{Scheme: "https", Host: v.Request.Host, Path: "/calendar/" + id + "/" + secret.Reveal(), RawQuery: "language=" + v.text.Lang()}
	if v.Plain {
		address.Scheme = "http"
	}
	return v.tokensForm(address.String(), nil)
}

// showFeed answers a program for calendars: open duties and tasks of one case, by
// its number. Its address is the only proof that such programs can bring, so it
// opens nothing else, and every wrong one gets the same answer.
func showFeed(v *visit) error {
	token, ok := auth.ParseToken(v.PathValue("token"))
	if !ok || !identifier.MatchString(v.PathValue("case")) {
		return errNotThere
	}
	s, open, err := v.Control.APISession(v.Context(), auth.FeedHash(token, v.caseID()), v.origin(), v.now)
	if err != nil || !open {
		return errors.Join(err, errNotThere)
	}
	if v.tenant, err = v.Tenant(v.Context(), s.Tenant); err != nil {
		return err
	}
	v.session = s
	err = v.feed()
	v.session = auth.Session{} // nobody is signed in by an address: no page of ours shows more for it
	var refusal *breach.Refusal
	if errors.As(err, &refusal) {
		return errNotThere
	}
	return err
}

func (v *visit) feed() (err error) {
	if v.grant, err = v.tenant.Grant(v.Context(), v.session, auth.Ask{Action: auth.ReadFacts, Case: v.caseID(), Now: v.now}); err != nil {
		return err
	}
	x, err := v.dossierOf(v.Context(), time.Time{})
	if err != nil {
		return err
	}
	v.download("text/calendar; charset=utf-8", "klarlagt-"+string(v.grant.Case())+".ics")
	return x.Calendar(&v.body, v.grant.Case(), locale.For(v.FormValue("language")))
}
