package casework_test

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// life is a case that is carried along, beside a system that is told of it.
type life struct {
	*testing.T
	d    *casework.Desk
	id   store.CaseID
	to   *receiver
	told []store.Event
}

// followed has a system told of everything that happens on a desk from now on.
func followed(t *testing.T, d *casework.Desk) *life {
	t.Helper()
	l := &life{T: t, d: d, to: newReceiver(t)}
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ManageHooks, Now: auth.Instant{Wall: d.Now()}})
	var hook store.Webhook
	if err == nil {
		hook, err = d.Store.AddWebhook(t.Context(), g, breach.Hide(l.to.URL), nil, true, d.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	l.to.secrets = []string{hook.Secret.Reveal()}
	return l
}

// tells holds that what was done just now was told, once, by the number of the
// case and the name of its object, and signed; and nothing else was.
func (l *life) tells(event store.Event, object string, err error) {
	l.Helper()
	if err != nil {
		l.Fatalf("%s: %v", event, err)
	}
	before := len(l.to.bodies)
	if _, err := casework.SendWebhooks(l.Context(), l.d.Store, casework.HookClient(true), l.d.Now); err != nil {
		l.Fatal(err)
	}
	if said := l.to.bodies[before:]; len(said) != 1 || len(l.to.wrong) > 0 {
		l.Fatalf("%s: told %q, wrongly signed: %v", event, said, l.to.wrong)
	}
	var m struct {
		Type      store.Event
		Timestamp time.Time
		Data      map[string]string
	}
	read := json.NewDecoder(strings.NewReader(l.to.bodies[before]))
	read.DisallowUnknownFields()
	if err := read.Decode(&m); err != nil || m.Type != event || m.Timestamp.IsZero() || m.Data["case"] != string(l.id) || !strings.HasPrefix(m.Data["object"], object) || len(m.Data) > 2 {
		l.Errorf("%s of %s: told %s, error %v", event, l.id, l.to.bodies[before], err)
	}
	l.told = append(l.told, event)
}

// decided has a case decided on and notified, and its clock run out.
func decided(t *testing.T) *life {
	o := misSent(t)
	l := followed(t, o.Desk)
	l.id = o.id
	_, err := o.Decide(t.Context(), o.id, breach.Decision{About: "authority", Says: "notify", Why: "There is a risk.", Facts: o.dossier().Version})
	l.tells("decision.made", "decision:1", err)
	o.at("2026-11-21 14:05")
	clocks := casework.Clocks{Store: o.Store, Tenant: store.Local, Now: func() auth.Instant { return auth.Instant{Wall: o.Now()} }}
	_, err = clocks.Round(t.Context())
	l.tells("clock.reached", "clock", err)
	_, err = o.File(t.Context(), o.id, casework.Sending{Drafting: casework.Drafting{Form: "se-imy", Incomplete: true}})
	l.tells("notification.filed", "filing:1", err)
	return l
}

// notified has a notice written, sent, halted and gone on with, and then the case
// closed.
func notified(t *testing.T) *life {
	d, s := desk(t, t.TempDir()), newSink(t)
	d.Now = func() time.Time { return noon }
	l := followed(t, d)
	l.id = course(t, d, 3)
	l.tells("case.opened", "", nil)
	n := readyToSend(t, d, l.id, frozenNotice(t, d, l.id, mailFirst()), s)
	l.tells("notice.approved", "notice:", nil)
	_, err := d.ReleaseWave(t.Context(), l.id, n, 1, "the first")
	l.tells("notice.released", "notice:", err)
	l.tells("notice.halted", "notice:", d.HaltNotice(t.Context(), l.id, n))
	n, err = d.Notice(t.Context(), l.id, n.ID)
	var a auth.Approval
	if err == nil {
		a, err = d.ProposeLifting(t.Context(), l.id, n)
	}
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, l.id, a.ID)
	l.tells("notice.lifted", "notice:", d.LiftHalt(t.Context(), l.id, n, a.ID))
	c, err := d.Case(t.Context(), string(l.id))
	if err == nil {
		_, err = d.Close(t.Context(), c, casework.CloseOptions{Report: func(w io.Writer) error { _, err := io.WriteString(w, "<p>report</p>"); return err }})
	}
	l.tells("case.closed", "destroyed", err)
	return l
}

// frozen has a list of people frozen by two others.
func frozen(t *testing.T) *life {
	d, id, _ := twins(t)
	l := followed(t, d)
	l.id = id
	officer := at(d, "dpo", auth.DPO, id)
	a, err := officer.ProposeFreezing(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	twoAgree(t, d, a)
	_, err = officer.FreezeApproved(t.Context(), a.ID)
	l.tells("list.frozen", "list:1", err)
	return l
}

// TestEveryEventIsToldFromTheActOn does what the events are about, one after
// another, and has each told to a receiver that verifies it with the standard's
// own library.
func TestEveryEventIsToldFromTheActOn(t *testing.T) {
	var told []store.Event
	for name, lived := range map[string]func(*testing.T) *life{"decided and notified": decided, "told to people and closed": notified, "list frozen": frozen} {
		t.Run(name, func(t *testing.T) { told = append(told, lived(t).told...) })
	}
	want := slices.Sorted(slices.Values(store.Events()))
	if slices.Sort(told); !slices.Equal(told, want) {
		t.Errorf("told of %v, want all of %v", told, want)
	}
}
