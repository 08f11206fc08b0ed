package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

const whyBroken = "A family has to be moved tonight."

// broken is a town in which somebody, who works on no case, has broken the glass.
func broken(t *testing.T) (town, auth.Session, auth.BreakGlass) {
	t.Helper()
	w := newTown(t)
	duty := w.as("duty", auth.Desk, 0)
	duty.Cases = nil
	ask := auth.Ask{Action: auth.BreakTheGlass, Case: w.id, Now: moment(0)}
	if _, err := w.s.Grant(t.Context(), duty, ask); refusalOf(err) != "refusal.no-such-case" {
		t.Errorf("before anybody is named: %v", err)
	}
	dpo := w.as("dpo", auth.DPO, 0)
	g, err := w.s.Grant(t.Context(), dpo, auth.Ask{Action: auth.NameGlassBearers, Subject: "duty", Now: moment(0)})
	if err = errors.Join(err, w.s.NameBearer(t.Context(), g)); err != nil {
		t.Fatal(err)
	}
	g, err = w.s.Grant(t.Context(), duty, ask)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.BreakGlass(t.Context(), g, whyBroken); refusalOf(err) != "refusal.glass-mail" {
		t.Errorf("with nobody to tell: %v", err)
	}
	if err := w.s.SetWatchers(t.Context(), can(t, w.s, "", auth.NameWatchers), watching); err != nil {
		t.Fatal(err)
	}
	b, err := w.s.BreakGlass(t.Context(), g, whyBroken)
	if err != nil {
		t.Fatal(err)
	}
	return w, duty, b
}

func TestBrokenGlassTellsAndLastsAnHour(t *testing.T) {
	w, duty, b := broken(t)
	read := func(at time.Duration) error {
		who := duty
		who.Seen = moment(at)
		_, err := w.s.Grant(t.Context(), who, auth.Ask{Action: auth.ListPeople, Case: w.id, Now: moment(at)})
		return err
	}
	mails, err := w.s.Alerts(t.Context(), clock.Add(time.Minute), 10)
	if err != nil || len(mails) != 2 || mails[0].To != watching.DPO || mails[1].To != watching.CISO || mails[0].Language != "sv" || mails[0].Args["Case"] != string(w.id) {
		t.Fatalf("%d mails wait, error %v", len(mails), err)
	}
	own, err := w.s.OwnGlasses(t.Context(), duty, moment(30*time.Minute))
	if err != nil || len(own) != 1 || own[0].ID != b.ID || own[0].Left(moment(30*time.Minute)) != 30*time.Minute {
		t.Errorf("own: %d, error %v", len(own), err)
	}
	for _, after := range []time.Duration{0, 59 * time.Minute} {
		if err := read(after); err != nil {
			t.Errorf("%v after: %v", after, err)
		}
	}
	if err := read(61 * time.Minute); refusalOf(err) != "refusal.not-your-role" {
		t.Errorf("after the hour: %v", err)
	}
	if err := read(10 * time.Minute); err == nil {
		t.Error("a clock set back opens it again")
	}
	g, err := w.s.Grant(t.Context(), duty, auth.Ask{Action: auth.Destroy, Case: w.id, Now: moment(0)})
	if err == nil || g.Valid() {
		t.Error("destroying through glass was granted")
	}
}

func TestClockSetBackThroughARestartDoesNotExtendGlass(t *testing.T) {
	w, duty, _ := broken(t)
	at := func(wall, up time.Duration, run string) error {
		now := auth.Instant{Wall: clock.Add(wall), Run: run, Up: up}
		who := duty
		who.Seen = now
		_, err := w.s.Grant(t.Context(), who, auth.Ask{Action: auth.ListPeople, Case: w.id, Now: now})
		return err
	}
	if err := at(50*time.Minute, 50*time.Minute, "first"); err != nil {
		t.Fatal(err)
	}
	if err := at(50*time.Minute, 0, "second"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := at(5*time.Minute, 11*time.Minute, "second"); err == nil {
		t.Error("with the clock set back after the restart it is open still")
	}
}

func TestGlassIsEndedAndReviewed(t *testing.T) {
	w, duty, b := broken(t)
	dpo := w.as("dpo", auth.DPO, 0)
	ended, err := w.s.Grant(t.Context(), duty, auth.Ask{Action: auth.BreakTheGlass, Case: w.id, Now: moment(time.Minute)})
	if err = errors.Join(err, w.s.EndGlass(t.Context(), ended, b.ID)); err != nil {
		t.Fatal(err)
	}
	if own, err := w.s.OwnGlasses(t.Context(), duty, moment(2*time.Minute)); err != nil || len(own) != 0 {
		t.Errorf("after it was given back: %d, error %v", len(own), err)
	}
	listing, err := w.s.Grant(t.Context(), dpo, auth.Ask{Action: auth.ListGlasses, Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	waiting := func() int {
		list, err := w.s.Glasses(t.Context(), listing, true)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := waiting(); n != 1 {
		t.Errorf("%d wait for a review", n)
	}
	if _, err := w.s.Grant(t.Context(), dpo, auth.Ask{Action: auth.Close, Case: w.id, Now: moment(0)}); refusalOf(err) != "refusal.review-first" {
		t.Errorf("closing before the review: %v", err)
	}
	g, err := w.s.Grant(t.Context(), dpo, auth.Ask{Action: auth.ReviewGlass, Case: w.id, Subject: "duty", Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	if full, err := w.s.Glass(t.Context(), g, b.ID); err != nil || full.Reason.Reveal() != whyBroken || full.User != "duty" {
		t.Errorf("the reason has %d characters, error %v", len(full.Reason.Reveal()), err)
	}
	if err := w.s.ReviewGlass(t.Context(), g, b.ID, auth.Justified); err != nil {
		t.Fatal(err)
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d wait after the review", n)
	}
	var acts []string
	for _, r := range told(t, w.s) {
		if strings.HasPrefix(r.Object, "glass:") {
			acts = append(acts, fmt.Sprintf("%s %s", r.Act, strings.TrimPrefix(r.Object, "glass:"+b.ID)))
			if strings.Contains(r.Object, "family") {
				t.Error("the reason stands in the journal in the open")
			}
		}
	}
	if want := "[break-glass  break-glass ,ended review-break-glass ,justified]"; fmt.Sprint(acts) != want {
		t.Errorf("the journal has %v, want %v", acts, want)
	}
}

func TestAlertsGoOutOnceAndAreNoted(t *testing.T) {
	w, _, _ := broken(t)
	mails, err := w.s.Alerts(t.Context(), clock, 10)
	if err != nil || len(mails) != 2 {
		t.Fatalf("%d mails, error %v", len(mails), err)
	}
	err = errors.Join(w.s.AlertSent(t.Context(), mails[0], clock), w.s.AlertSent(t.Context(), mails[0], clock), w.s.AlertLater(t.Context(), mails[1], clock.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	if now, err := w.s.Alerts(t.Context(), clock.Add(time.Minute), 10); err != nil || len(now) != 0 {
		t.Errorf("%d wait at once, error %v", len(now), err)
	}
	later, err := w.s.Alerts(t.Context(), clock.Add(2*time.Hour), 10)
	if err != nil || len(later) != 1 || later[0].Tries != 1 {
		t.Fatalf("%d wait later, error %v", len(later), err)
	}
	if err := w.s.AlertRefused(t.Context(), later[0], clock); err != nil {
		t.Fatal(err)
	}
	if waiting, refused, err := w.s.AlertsWaiting(t.Context()); waiting != 0 || refused != 1 || err != nil {
		t.Errorf("%d wait, %d refused, error %v", waiting, refused, err)
	}
	noted := 0
	for _, r := range told(t, w.s) {
		if r.Act == "alert" {
			noted++
		}
	}
	if noted != 2 {
		t.Errorf("%d are in the journal, want 2", noted)
	}
}

func TestBudgetNearItsEndIsMailedOnceADay(t *testing.T) {
	w := newTown(t)
	if err := w.s.SetWatchers(t.Context(), can(t, w.s, "", auth.NameWatchers), watching); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		who := w.as("kalle", auth.Desk, 0)
		_, err := w.s.Grant(t.Context(), who, auth.Ask{Action: auth.Reveal, Case: w.id, Object: fmt.Sprintf("person:p%d", n), Purpose: auth.AnswerInquiry,
			Limits: auth.Limits{User: map[auth.Role]int{auth.Desk: 5}}, Now: moment(0)})
		if err != nil {
			t.Fatal(err)
		}
	}
	mails, err := w.s.Alerts(t.Context(), clock, 10)
	if err != nil || len(mails) != 1 || mails[0].To != watching.DPO || mails[0].Text != "mail.budget.text" || mails[0].Args["User"] != "kalle" {
		t.Errorf("%d mails, error %v", len(mails), err)
	}
}

func TestReadersOfProtectedIdentitiesAreTwo(t *testing.T) {
	w := newTown(t)
	g := w.grant(w.as("dpo", auth.DPO, 0), auth.NameReaders, 0)
	if err := w.s.SetReaders(t.Context(), g, auth.Readers{"aino", "aino"}); refusalOf(err) != "refusal.two-readers" {
		t.Errorf("one twice: %v", err)
	}
	for _, r := range []auth.Readers{{"aino", "kalle"}, {"aino", "maija"}} {
		if err := w.s.SetReaders(t.Context(), g, r); err != nil {
			t.Fatal(err)
		}
	}
	if r, there, err := w.s.Readers(t.Context(), g); err != nil || !there || r != (auth.Readers{"aino", "maija"}) {
		t.Errorf("readers %v, error %v", r, err)
	}
	reveals := func(name auth.UserID) error {
		_, err := w.s.Grant(t.Context(), w.as(name, auth.Investigator, 0), auth.Ask{Action: auth.RevealProtected, Case: w.id, Object: "person:p1",
			Purpose: auth.AssessRisk, Now: moment(0)})
		return err
	}
	if err := reveals("kalle"); refusalOf(err) != "refusal.not-named" {
		t.Errorf("who is no longer named: %v", err)
	}
	if err := reveals("maija"); refusalOf(err) != "refusal.not-approved" { // which comes after being named
		t.Errorf("who is named: %v", err)
	}
}

func TestAlertsGoToAddressesAlone(t *testing.T) {
	w := newTown(t)
	for _, address := range []string{"", "dpo", "dpo@example", "dpo@example.se\r\nBcc: all@example.se", "A <dpo@example.se>"} {
		err := w.s.SetWatchers(t.Context(), can(t, w.s, "", auth.NameWatchers), store.Watchers{Watchers: auth.Watchers{DPO: breach.Hide(address), CISO: watching.CISO}})
		if refusalOf(err) != "refusal.mail-address" {
			t.Errorf("%q: %v", address, err)
		}
	}
}
