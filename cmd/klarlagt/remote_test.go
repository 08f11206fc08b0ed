package main

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// scriptPrepare is the script's command "prepare": it makes an officer who works on
// the cases that there are, with a token for programs, and finds an address for a
// server. TOKEN and SERVER say which.
func scriptPrepare(ts *testscript.TestScript, _ bool, _ []string) {
	token, err := officerToken(ts)
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv("TOKEN", token)
	ts.Setenv("LISTEN", l.Addr().String())
	ts.Setenv("SERVER", "http://"+l.Addr().String())
}

// scriptServed is the command "served": it waits until the server answers.
func scriptServed(ts *testscript.TestScript, _ bool, _ []string) {
	for {
		answer, err := http.Get(ts.Getenv("SERVER") + "/livez")
		if err == nil {
			ts.Check(answer.Body.Close())
			return
		}
		time.Sleep(20 * time.Millisecond) // between two looks; what is waited for is the answer
	}
}

func officerToken(ts *testscript.TestScript) (string, error) {
	ctx, now := context.Background(), auth.NewClock().Now()
	master, err := seal.OpenMasterFile(filepath.Join(ts.Getenv("XDG_CONFIG_HOME"), "klarlagt", "master.key"))
	if err != nil {
		return "", err
	}
	control, err := store.OpenControl(ctx, store.ControlConfig{Dir: ts.Getenv("KLARLAGT_DATA"), Master: master})
	if err != nil {
		return "", err
	}
	defer control.Close()
	s, err := store.Open(ctx, store.Config{Dir: ts.Getenv("KLARLAGT_DATA"), Key: master, KeyFrom: "the test"})
	if err != nil {
		return "", err
	}
	defer s.Close()
	who, err := demoAccount(ctx, control, now)
	if err != nil {
		return "", err
	}
	grant := func(session auth.Session, ask auth.Ask) auth.Grant {
		ask.Now, ask.Subject, ask.Object = now, who.user, string(who.user)
		g, err := s.Grant(ctx, session, ask)
		ts.Check(err)
		return g
	}
	roles := []auth.Role{auth.Investigator, auth.DPO, auth.Communications, auth.Administrator}
	if err := control.SetRoles(ctx, grant(console(), auth.Ask{Action: auth.AssignRoles}), roles); err != nil {
		return "", err
	}
	cases, err := s.Cases(ctx, grant(console(), auth.Ask{Action: auth.ListCases}))
	for _, c := range cases {
		if err == nil {
			err = control.Join(ctx, grant(console(), auth.Ask{Action: auth.ManageMembers, Case: c.ID}))
		}
	}
	if err != nil {
		return "", err
	}
	session, _ := auth.Begin(who.user, store.Local, roles, nil, auth.OwnNetwork, now)
	scopes := []auth.Action{auth.ListCases, auth.OpenCase, auth.ReadFacts, auth.RecordFacts, auth.Decide, auth.ListPeople, auth.ReadNotices, auth.HaltNotice, auth.ReadReport,
		auth.ReadAccount, auth.Judge, auth.Scan, auth.Resolve, auth.ReadPictures, auth.ImportRegister, auth.WriteNotice, auth.FileNotification}
	g, err := s.Grant(ctx, session, auth.Ask{Action: auth.OwnSignIn, Now: now})
	if err != nil {
		return "", err
	}
	t, secret, err := auth.NewAPIToken(g, breach.Hide("a script"), scopes, 24*time.Hour, now.Wall)
	if err == nil {
		err = control.AddAPIToken(ctx, g, t, secret.Hash())
	}
	return auth.APITokenText(secret), err
}
