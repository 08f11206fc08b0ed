package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// demoListen is where a demo is served, if nothing else is there.
const demoListen = "127.0.0.1:8480"

// watched reports whether somebody sits before the terminal, who can open a
// browser: a build server does not.
func watched() bool {
	return isTerminal(os.Stdin) && isTerminal(os.Stdout) && os.Getenv("CI") == ""
}

// serveDemo opens the desk on the demo's case, for a made-up officer.
func (a *app) serveDemo(ctx context.Context, id store.CaseID) error {
	a.close()
	a.store, a.desk, a.office = nil, nil, nil
	officer, err := a.demoOfficer(ctx, id)
	if err != nil {
		return err
	}
	o := serving{listen: freeAddress(demoListen), every: time.Minute, evidence: []string{"evidence=" + filepath.Join(filepath.Dir(a.dir), "evidence")}, demo: &web.Demo{Token: auth.NewToken(), User: officer.user, Tenant: store.Local, Case: id}}
	fmt.Fprintln(a.talk, a.style.bold(a.t("cmd.demo.open", map[string]any{"Link": "http://" + o.listen + o.demo.Path()})))
	a.say("cmd.demo.stop", map[string]any{"Password": officer.password, "Code": officer.code})
	return a.serve(ctx, o)
}

// freeAddress is the address itself, or another port where that is taken.
func freeAddress(address string) string {
	for _, try := range []string{address, "127.0.0.1:0"} {
		if l, err := net.Listen("tcp", try); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	return address
}

// officer is the demo's made-up user, and what proves it anew.
type officer struct {
	user           auth.UserID
	password, code string
}

// demoOfficer makes a user with every role of a case's work, who works on it.
func (a *app) demoOfficer(ctx context.Context, id store.CaseID) (o officer, err error) {
	h, err := a.openHouse(ctx)
	if err != nil {
		return o, err
	}
	defer h.close()
	s, err := h.tenant(ctx, store.Local)
	if err != nil {
		return o, err
	}
	now := auth.NewClock().Now()
	if o, err = demoAccount(ctx, h.control, now); err != nil {
		return o, fmt.Errorf("make the demo's officer: %w", err)
	}
	roles := []auth.Role{auth.Investigator, auth.Reviewer, auth.DPO, auth.Communications, auth.Administrator}
	for _, step := range []struct {
		ask auth.Ask
		do  func(auth.Grant) error
	}{
		{auth.Ask{Action: auth.AssignRoles}, func(g auth.Grant) error { return h.control.SetRoles(ctx, g, roles) }},
		{auth.Ask{Action: auth.ManageMembers, Case: id}, func(g auth.Grant) error { return h.control.Join(ctx, g) }},
	} {
		step.ask.Now, step.ask.Subject, step.ask.Object = now, o.user, string(o.user)
		g, err := s.Grant(ctx, console(), step.ask)
		if err == nil {
			err = step.do(g)
		}
		if err != nil {
			return o, fmt.Errorf("make the demo's officer: %w", err)
		}
	}
	return o, nil
}

// demoAccount makes the account, as the first set-up of a server does.
func demoAccount(ctx context.Context, control *store.Control, now auth.Instant) (o officer, err error) {
	code, err := control.NewSetup(ctx, store.Local, now)
	if err != nil {
		return o, err
	}
	u, err := store.NewUser(store.Local, "kajsa", "Kajsa Anka", now)
	if err != nil {
		return o, err
	}
	o = officer{user: u.User, password: auth.NewToken().Reveal()[:20]}
	if u.Password, err = auth.NewPassword(o.password); err != nil {
		return o, err
	}
	if u.TOTP, _, err = auth.NewTOTP("Klarlagt", "kajsa"); err != nil {
		return o, err
	}
	codes, hashes := auth.NewRecovery()
	u.Recovery, o.code = hashes, codes[0].Reveal()
	u, err = control.FinishSetup(ctx, code.Reveal(), u, now)
	o.user = u.User
	return o, err
}
