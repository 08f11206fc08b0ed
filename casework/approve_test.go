package casework_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// at is a desk of the same store, of somebody who works on a case and signed in
// just now.
func at(d *casework.Desk, name auth.UserID, role auth.Role, id store.CaseID) *casework.Desk {
	other := *d
	now := auth.Instant{Wall: d.Now().UTC().Truncate(time.Microsecond)}
	other.Who, _ = auth.Begin(name, store.Local, []auth.Role{role}, []auth.CaseID{id}, auth.OwnNetwork, now)
	return &other
}

// approved has two others show themselves an approval and agree to it.
func approved(t *testing.T, d *casework.Desk, a auth.Approval) {
	t.Helper()
	for _, name := range []auth.UserID{"first", "second"} {
		other := at(d, name, auth.Approver, a.Case)
		_, p, err := other.ShowApproval(t.Context(), a)
		if err == nil {
			_, err = other.Agree(t.Context(), a)
		}
		var shown struct {
			Act  auth.Action
			Case store.CaseID
			Rows int64
		}
		if err = errors.Join(err, json.Unmarshal(p.Preview, &shown)); err != nil || shown.Act != a.Action || shown.Case != a.Case || shown.Rows == 0 {
			t.Fatalf("%s was shown %+v, error %v", name, shown, err)
		}
	}
}

func TestClosingByApprovalTakesOneStepEach(t *testing.T) {
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "a leak")
	if err != nil {
		t.Fatal(err)
	}
	dpo := at(d, "dpo", auth.DPO, c.ID)
	closes := func(c store.Case, a auth.Approval) (casework.Certificate, error) {
		return dpo.Close(t.Context(), c, casework.CloseOptions{Approval: a.ID})
	}
	if _, err := dpo.Close(t.Context(), c, casework.CloseOptions{}); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("without an approval: %v", err)
	}
	a, err := dpo.ProposeClosing(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := closes(c, a); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("before anybody agreed: %v", err)
	}
	approved(t, d, a)
	cert, err := closes(c, a)
	if err != nil || !cert.EndedAt.IsZero() {
		t.Fatalf("closing: ended at %v, error %v", cert.EndedAt, err)
	}
	if _, err := closes(c, a); refusalOf(err) != "refusal.case-closed" && refusalOf(err) != "refusal.not-approved" {
		t.Errorf("the same approval again: %v", err)
	}
	if c, err = d.Case(t.Context(), string(c.ID)); err != nil || !c.Closed || c.KeyLost {
		t.Fatalf("after closing: %+v, error %v", c, err)
	}
	b, err := dpo.ProposeClosing(t.Context(), c)
	if err != nil || b.Action != auth.Destroy {
		t.Fatalf("proposed %s, error %v", b.Action, err)
	}
	approved(t, d, b)
	if cert, err = closes(c, b); err != nil || cert.EndedAt.IsZero() || cert.Left != (casework.Left{}) {
		t.Fatalf("destroying: left %+v, error %v", cert.Left, err)
	}
	kept, err := os.ReadFile(filepath.Join(d.Store.ClosedDir(c.ID), "approvals.csv"))
	if err != nil || !strings.Contains(string(kept), a.ID+",close,executed,dpo,") {
		t.Errorf("kept of approvals: %q, error %v", kept, err)
	}
	list, err := d.Approvals(t.Context(), c.ID)
	if err != nil || len(list) != 2 {
		t.Errorf("afterwards %d approvals are told of, error %v", len(list), err)
	}
}

func TestDestroyingOfACaseWhoseKeyIsGoneCanBeApproved(t *testing.T) {
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "a leak")
	if err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped")
	_, err = d.Close(t.Context(), c, casework.CloseOptions{Step: func(step string) error {
		if step == casework.StepKeys {
			return stopped
		}
		return nil
	}})
	if !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	if c, err = d.Case(t.Context(), string(c.ID)); err != nil {
		t.Fatal(err)
	}
	dpo := at(d, "dpo", auth.DPO, c.ID)
	a, err := dpo.ProposeClosing(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	approved(t, d, a)
	if cert, err := dpo.Close(t.Context(), c, casework.CloseOptions{Approval: a.ID}); err != nil || cert.EndedAt.IsZero() {
		t.Errorf("ended at %v, error %v", cert.EndedAt, err)
	}
}

// relay keeps what it is handed, or answers with an error.
type relay struct {
	fails error
	mails []string
	to    []string
}

func (r *relay) Hand(_ context.Context, _, to string, message []byte) (string, error) {
	if r.fails != nil {
		return "", r.fails
	}
	r.mails, r.to = append(r.mails, string(message)), append(r.to, to)
	return "250 taken", nil
}

// glassBroken is a desk whose case's glass was broken, with two to tell in a
// language.
func glassBroken(t *testing.T, language string) *casework.Desk {
	t.Helper()
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "a leak")
	grant := func(a auth.Action, id store.CaseID) auth.Grant {
		g, e := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: a, Case: id, Now: auth.Instant{Wall: d.Now()}})
		err = errors.Join(err, e)
		return g
	}
	w := store.Watchers{Watchers: auth.Watchers{DPO: breach.Hide("dpo@example.fi"), CISO: breach.Hide("ciso@example.fi")}, Language: language}
	err = errors.Join(err, d.Store.SetWatchers(t.Context(), grant(auth.NameWatchers, ""), w))
	_, e := d.Store.BreakGlass(t.Context(), grant(auth.BreakTheGlass, c.ID), "Somebody has to be moved tonight.")
	if err = errors.Join(err, e); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAlertsAreMailsOfIDsAlone(t *testing.T) {
	for language, want := range map[string]string{"en": "Emergency access to case", "sv": "Nödåtkomst till ärende", "fi": "Hätäpääsy tapaukseen"} {
		d := glassBroken(t, language)
		var r relay
		if sent, err := casework.SendAlerts(t.Context(), d.Store, &r, "klarlagt@example.fi", d.Now); err != nil || sent != (casework.Sent{Handed: 2}) {
			t.Fatalf("%s: %+v, error %v", language, sent, err)
		}
		if fmt.Sprint(r.to) != "[dpo@example.fi ciso@example.fi]" {
			t.Errorf("%s: sent to %v", language, r.to)
		}
		m, err := mail.ReadMessage(strings.NewReader(r.mails[0]))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || !strings.HasPrefix(subject, want) {
			t.Errorf("%s: subject %q, error %v", language, subject, err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || strings.Contains(string(body), "{{") || strings.Contains(string(body), "moved") || !strings.Contains(string(body), "UTC") {
			t.Errorf("%s: body %q, error %v", language, body, err)
		}
		for i, c := range r.mails[0] {
			if c > 126 {
				t.Fatalf("%s: byte %d is not ASCII", language, i)
			}
		}
	}
}

func TestAlertsAreTriedAgainUnlessRefused(t *testing.T) {
	d := glassBroken(t, "en")
	clock := d.Now()
	now := func() time.Time { return clock }
	for n, c := range []struct {
		fails error
		wait  time.Duration // before
		want  casework.Sent
	}{
		{errors.New("no route"), 0, casework.Sent{Later: 2}},
		{nil, 30 * time.Second, casework.Sent{}},
		{dispatch.ErrUncertain, time.Minute, casework.Sent{Later: 2}},
		{nil, time.Minute, casework.Sent{}},
		{fmt.Errorf("550: %w", dispatch.ErrRefused), 2 * time.Minute, casework.Sent{Refused: 2}},
		{nil, 24 * time.Hour, casework.Sent{}},
	} {
		clock = clock.Add(c.wait)
		sent, err := casework.SendAlerts(t.Context(), d.Store, &relay{fails: c.fails}, "klarlagt@example.fi", now)
		if err != nil || sent != c.want {
			t.Errorf("round %d: %+v, want %+v, error %v", n, sent, c.want, err)
		}
	}
}

func refusalOf(err error) string {
	var refusal *breach.Refusal
	if errors.As(err, &refusal) {
		return refusal.Key
	}
	return ""
}
