package web_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// fewProtected is a town with a case in whose evidence so many of forty pupils have a
// protected identity, and its officer, who entered the groups that the evidence
// knows.
func fewProtected(t *testing.T, protected int64) (*house, *person, string) {
	t.Helper()
	h, officer, page := mailTown(t)
	g := h.console("town", auth.Ask{Action: auth.Resolve, Case: auth.CaseID(strings.TrimPrefix(page, "/cases/"))})
	w, err := h.tenants["town"].BeginPeople(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	counts := []casework.Count{{Registered: 40, Likely: 12, Unknown: 28, Upper: 14},
		{Kind: breach.ProtectedIdentity, Registered: 40, Likely: protected, Unknown: 40 - protected, Upper: protected}}
	err = w.Summary("result", casework.Result{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Protected: protected,
		Rows: []casework.Row{{Counts: counts}, {Group: "pupils", Counts: counts}}, Lists: []string{"pupils"}})
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	officer.enter(page, "case", "kind", "mis-sent", "country", "SE", "role", "controller").is(200, page+"/facts")
	officer.post(page+"/assessment/groups").is(200, page+"/assessment").says("protected")
	return h, officer, page
}

// TestNobodySeesHowFewAreProtected reads every page of two cases that differ in
// nothing but whether two or three people have a protected identity: nobody may
// see which is which.
func TestNobodySeesHowFewAreProtected(t *testing.T) {
	paths := []string{"", "/assessment", "/facts", "/fact?fact=cohort&item=1", "/fact?fact=cohort&item=2", "/duties", "/timeline", "/drafts", "/draft?form=se-imy", "/exposure", "/report"}
	programs := []string{"", "/assessment", "/facts", "/duties", "/timeline", "/drafts/se-imy", "/exposure"}
	said := map[int64]map[string]string{}
	for _, n := range []int64{2, 3, 7} {
		h, officer, page := fewProtected(t, n)
		told := map[string]string{}
		for _, path := range paths {
			told["page "+path] = officer.get(page+path).is(200, strings.Split(page+path, "?")[0]).words()
		}
		u, _, err := h.control.UserNamed(t.Context(), "kajsa")
		if err != nil {
			t.Fatal(err)
		}
		p := h.programFor(u, forPrograms()...)
		for _, path := range programs {
			p.do("GET", "/api/v1"+page+path, "")
			raw, err := json.Marshal(p.said)
			if err != nil || p.status != 200 {
				t.Fatalf("%s: %d %v", path, p.status, err)
			}
			told["api "+path] = string(bytes.ReplaceAll(raw, []byte(u.User), []byte("KAJSA")))
		}
		for name := range told {
			told[name] = strings.ReplaceAll(told[name], strings.TrimPrefix(page, "/cases/"), "CASE")
		}
		said[n] = told
	}
	differ := 0
	for name, told := range said[2] {
		if told != said[3][name] {
			t.Errorf("%s tells two from three:\n%s\n%s", name, told, said[3][name])
		}
		if told != said[7][name] {
			differ++
		}
	}
	if differ < 6 {
		t.Errorf("%d of %d ways tell seven from two: enough people are counted out", differ, len(said[2]))
	}
}
