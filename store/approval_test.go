package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

var (
	proposal = store.Proposal{Action: auth.Close, Payload: []byte("close it"), Preview: []byte("what will be closed")}
	watching = store.Watchers{Watchers: auth.Watchers{DPO: breach.Hide("dpo@example.se"), CISO: breach.Hide("ciso@example.se")}, Language: "sv"}
)

// asked proposes something of a case, which is declined, and breaks its glass.
func asked(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	a, err := s.Propose(t.Context(), can(t, s, id, auth.Propose), proposal)
	if err == nil {
		other := auth.Console("console:other", store.Local, moment(0))
		g, no := s.Grant(t.Context(), other, auth.Ask{Action: auth.Approve, Case: id, Now: moment(0)})
		_, declined := s.Decline(t.Context(), g, a.ID, "too early")
		err = errors.Join(no, declined)
	}
	err = errors.Join(err, s.SetReaders(t.Context(), can(t, s, id, auth.NameReaders), auth.Readers{"aino", "kalle"}),
		s.SetWatchers(t.Context(), can(t, s, "", auth.NameWatchers), watching))
	if err == nil {
		_, err = s.BreakGlass(t.Context(), can(t, s, id, auth.BreakTheGlass), "somebody has to be moved tonight")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// town is a store with a case and people who work on it.
type town struct {
	t  *testing.T
	s  *store.Store
	id store.CaseID
}

func newTown(t *testing.T) town {
	s, id := open(t)
	return town{t, s, id}
}

// as is a session of somebody who works on the case, who signed in just before.
func (w town) as(name auth.UserID, role auth.Role, at time.Duration) auth.Session {
	s, _ := auth.Begin(name, store.Local, []auth.Role{role}, []auth.CaseID{w.id}, auth.OwnNetwork, moment(at))
	return s
}

func (w town) grant(who auth.Session, a auth.Action, at time.Duration) auth.Grant {
	w.t.Helper()
	g, err := w.s.Grant(w.t.Context(), who, auth.Ask{Action: a, Case: w.id, Subject: "somebody", Now: moment(at)})
	if err != nil {
		w.t.Fatalf("%s of %s: %v", a, who.User, err)
	}
	return g
}

// proposed proposes to close the case, as the data protection officer.
func (w town) proposed() auth.Approval {
	w.t.Helper()
	a, err := w.s.Propose(w.t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.Propose, 0), proposal)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// agrees opens an approval and agrees to it.
func (w town) agrees(name auth.UserID, id string, at time.Duration) error {
	g := w.grant(w.as(name, auth.Approver, at), auth.Approve, at)
	if _, p, err := w.s.ShowApproval(w.t.Context(), g, id); err != nil || string(p.Preview) != string(proposal.Preview) {
		return fmt.Errorf("shown %q: %w", p.Preview, err)
	}
	_, err := w.s.Agree(w.t.Context(), g, id)
	return err
}

// executes asks for leave to do it, with the payload made anew, or as proposed.
func (w town) executes(name auth.UserID, id string, payload []byte, at time.Duration) (auth.Grant, error) {
	return w.s.Execute(context.Background(), w.as(name, auth.DPO, at), auth.Ask{Approval: id, Payload: payload, Now: moment(at)})
}

func TestApprovedByTwoOthersIsDoneOnceToTheByte(t *testing.T) {
	w := newTown(t)
	a := w.proposed()
	if _, err := w.executes("dpo", a.ID, nil, 0); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("nobody has agreed: %v", err)
	}
	if err := w.agrees("first", a.ID, 0); err != nil {
		t.Fatal(err)
	}
	if err := w.agrees("first", a.ID, 0); refusalOf(err) != "refusal.approval-twice" {
		t.Errorf("the same twice: %v", err)
	}
	if _, err := w.executes("dpo", a.ID, nil, 0); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("one has agreed: %v", err)
	}
	if err := w.agrees("second", a.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.executes("another", a.ID, nil, 0); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("somebody else than its author: %v", err)
	}
	g, err := w.executes("dpo", a.ID, nil, 0)
	if err != nil || string(g.Payload()) != "close it" || g.Action() != auth.Close || g.Case() != w.id {
		t.Fatalf("got leave for %s of %q, error %v", g.Action(), g.Payload(), err)
	}
	if _, err := w.executes("dpo", a.ID, nil, 0); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("a second time: %v", err)
	}
	states := map[auth.ApprovalState]int{}
	list, err := w.s.Approvals(t.Context(), w.grant(w.as("auditor", auth.Auditor, 0), auth.ListApprovals, 0))
	for _, a := range list {
		states[a.State]++
	}
	if err != nil || states[auth.Executed] != 1 || len(list) != 1 {
		t.Errorf("listed: %v, error %v", states, err)
	}
}

func TestWhatEndsAnApproval(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w town, a auth.Approval) error
		want string // of what is tried
		left auth.ApprovalState
	}{
		{"a byte that differs", func(w town, a auth.Approval) error {
			_, err := w.executes("dpo", a.ID, []byte("close it!"), 0)
			return err
		}, "refusal.not-approved", auth.Void},
		{"a no", func(w town, a auth.Approval) error {
			b := w.proposed()
			_, err := w.s.Decline(w.t.Context(), w.grant(w.as("third", auth.Approver, 0), auth.Approve, 0), b.ID, "Not before the letters are out.")
			_, more := w.s.Agree(w.t.Context(), w.grant(w.as("first", auth.Approver, 0), auth.Approve, 0), b.ID)
			return errors.Join(err, more)
		}, "refusal.approval-over", auth.Approved},
		{"its author's change of mind", func(w town, a auth.Approval) error {
			_, err := w.s.Withdraw(w.t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.Propose, 0), a.ID)
			if err == nil {
				_, err = w.executes("dpo", a.ID, nil, 0)
			}
			return err
		}, "refusal.not-approved", auth.Withdrawn},
		{"its author's own yes", func(w town, a auth.Approval) error {
			b := w.proposed()
			_, err := w.s.Agree(w.t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.Approve, 0), b.ID)
			return err
		}, "refusal.approval-own", auth.Approved},
		{"a yes without having looked", func(w town, a auth.Approval) error {
			b := w.proposed()
			_, err := w.s.Agree(w.t.Context(), w.grant(w.as("third", auth.Approver, 0), auth.Approve, 0), b.ID)
			return err
		}, "refusal.approval-unseen", auth.Approved},
		{"time", func(w town, a auth.Approval) error {
			_, err := w.executes("dpo", a.ID, nil, auth.ApprovalLasts+time.Hour)
			return err
		}, "refusal.not-approved", auth.Approved},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			a := w.proposed()
			if err := errors.Join(w.agrees("first", a.ID, 0), w.agrees("second", a.ID, 0)); err != nil {
				t.Fatal(err)
			}
			if err := c.do(w, a); refusalOf(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			after, _, err := w.s.ShowApproval(t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.Propose, 0), a.ID)
			if err != nil || after.State != c.left {
				t.Errorf("it is %s, want %s, error %v", after.State, c.left, err)
			}
		})
	}
}

func TestExpiredApprovalIsKeptAsExpired(t *testing.T) {
	w := newTown(t)
	a := w.proposed()
	late := auth.ApprovalLasts + time.Hour
	g := w.grant(w.as("first", auth.Approver, late), auth.Approve, late)
	if _, err := w.s.Agree(t.Context(), g, a.ID); refusalOf(err) != "refusal.approval-over" {
		t.Errorf("too late: %v", err)
	}
	list, err := w.s.Approvals(t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.ListApprovals, 0))
	if err != nil || len(list) != 1 || list[0].State != auth.Expired {
		t.Errorf("listed %+v, error %v", list, err)
	}
}

func TestDeclinedIsToldWhy(t *testing.T) {
	w := newTown(t)
	a := w.proposed()
	a, err := w.s.Decline(t.Context(), w.grant(w.as("first", auth.Approver, 0), auth.Approve, 0), a.ID, "Not before the letters are out.")
	if err != nil {
		t.Fatal(err)
	}
	why, err := w.s.DeclinedFor(t.Context(), w.grant(w.as("dpo", auth.DPO, 0), auth.Propose, 0), a)
	if err != nil || why.Reveal() != "Not before the letters are out." {
		t.Errorf("got a reason of %d characters, error %v", len(why.Reveal()), err)
	}
}

// TestDatabaseTakesNoVoiceOfTheAuthor goes past the store: the rule is the
// database's own, too.
func TestDatabaseTakesNoVoiceOfTheAuthor(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	w := town{t, s, fill(t, s)}
	a := w.proposed()
	db := behind(t, c)
	db.SetMaxOpenConns(1)
	if c.Postgres == "" { // as our own connections have it
		if _, err := db.Exec(`PRAGMA foreign_keys = ON`); err != nil {
			t.Fatal(err)
		}
	}
	for name, query := range map[string]string{
		"its author's voice":                  `INSERT INTO voices (approval, author, who, agreed) VALUES ($1, 'dpo', 'dpo', 1)`,
		"its author's voice, another's name":  `INSERT INTO voices (approval, author, who, agreed) VALUES ($1, 'another', 'dpo', 1)`,
		"a voice for what was never proposed": `INSERT INTO voices (approval, author, who, agreed) VALUES ($1 || 'x', 'dpo', 'first', 1)`,
	} {
		if _, err := db.Exec(query, a.ID); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, query := range map[string]string{
		"a voice that nobody gave": `INSERT INTO voices (approval, author, who, agreed) VALUES ($1, 'dpo', 'first', 1)`,
		"a state written past us":  `UPDATE approvals SET state = 'approved' WHERE id = $1`,
	} {
		if _, err := db.Exec(query, a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.executes("dpo", a.ID, nil, 0); err == nil || !strings.Contains(err.Error(), "forged") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestApprovalsAreSeenByWhoWorksOnTheCase(t *testing.T) {
	w := newTown(t)
	a := w.proposed()
	stranger := w.as("stranger", auth.DPO, 0)
	stranger.Cases = nil
	g, err := w.s.Grant(t.Context(), stranger, auth.Ask{Action: auth.ListApprovals, Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := w.s.Approvals(t.Context(), g); err != nil || len(list) != 0 {
		t.Errorf("who works on no case is shown %d, error %v", len(list), err)
	}
	g, err = w.s.Grant(t.Context(), w.as("dpo", auth.DPO, 0), auth.Ask{Action: auth.ListApprovals, Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := w.s.Approvals(t.Context(), g); err != nil || len(list) != 1 {
		t.Errorf("who works on the case is shown %d, error %v", len(list), err)
	}
	other, err := w.s.OpenCase(t.Context(), console(), "another", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.s.ShowApproval(t.Context(), can(t, w.s, other.ID, auth.Approve), a.ID); refusalOf(err) != "refusal.no-such-approval" {
		t.Errorf("through another case: %v", err)
	}
}
