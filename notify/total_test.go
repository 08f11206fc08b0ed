package notify_test

import (
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

var (
	sends = []notify.Reason{notify.InOrder, notify.EarlierClosed, notify.AfterFailure, notify.ContactOnly, notify.Forwarded}
	stops = []notify.Reason{notify.IsDead, notify.NotAffected, notify.AlreadyTold, notify.NeverTold, notify.GuardianRead,
		notify.IsAdult, notify.NoCustody, notify.YoungReads, notify.StillWaiting, notify.Arrived}
	both = []bool{false, true}
)

// check holds what must be true of every way, whatever the facts.
func check(t *testing.T, f notify.Facts, p notify.Policy, seen map[notify.Reason]bool) {
	way, why := notify.Route(f, p)
	seen[why] = true
	wrong := func(what string) { t.Fatalf("%s: %+v because %q of %+v under %+v", what, way, why, f, p) }
	doors := f.Doors
	var door notify.Door
	switch way.Channel {
	case breach.Nobody:
		if !slices.Contains(stops, why) || way.Letter != "" {
			wrong("nobody is told without a reason")
		}
		return
	case breach.ByHand:
		if why == "" || slices.Contains(stops, why) || slices.Contains(sends, why) || way.Letter == "" {
			wrong("a person is asked without a reason")
		}
		return
	case breach.Mailbox:
		door = doors.Mailbox
	case breach.Paper:
		door = doors.Paper
	case breach.Mail:
		door = doors.Mail
	case breach.Envelope:
		door = doors.Care
	default:
		wrong("no channel")
	}
	guardian := f.Role != notify.Self
	shielded := f.Protected || guardian && f.Shield != notify.NoShield
	switch {
	case !slices.Contains(sends, why) || way.Letter == "":
		wrong("sent without a reason")
	case door != notify.Open:
		wrong("sent where the door is not open")
	case slices.Contains([]notify.Door{doors.Mailbox, doors.Paper, doors.Mail, doors.Care}, notify.Waiting),
		slices.Contains([]notify.Door{doors.Mailbox, doors.Paper, doors.Mail, doors.Care}, notify.Told):
		wrong("sent while another attempt may arrive")
	case shielded && way.Channel != breach.Envelope:
		wrong("a protected person's letter goes by mail or in a batch")
	case f.Dead, f.Conflict, f.Country == "NO":
		wrong("sent where nobody may be told unasked")
	case f.Age == notify.Child && !guardian, f.Age == notify.Adult && guardian, f.Age == notify.AgeUnknown && !p.Adults:
		wrong("the wrong reader")
	case guardian && f.Role > notify.OrderedGuardian:
		wrong("sent to somebody without custody")
	case guardian && (f.Shield == notify.OtherGuardian || f.Shield == notify.AllGuardians || f.Shield == notify.Barred || f.Shield == notify.NoGuardian):
		wrong("sent past a shield")
	case slices.Contains(p.Compromised, way.Channel):
		wrong("sent by what the breach has reached")
	case f.Grade < breach.Possible && f.Matter == notify.First:
		wrong("sent to somebody who is not affected")
	case guardian && f.Age == notify.Young && f.Matter != notify.Unaffected && way.Letter != notify.LetterGuardianYoung && way.Letter != notify.LetterGuardianAgain:
		wrong("a guardian is told what is the young person's to tell")
	case f.Matter == notify.Unaffected && f.Grade != breach.Excluded:
		wrong("somebody affected is told that they are not")
	}
}

// everyFact calls do with every combination of the facts beside the doors.
func everyFact(do func(notify.Facts)) {
	for _, country := range []string{"FI", "AX", "SE", "NO"} {
		for matter := notify.First; matter <= notify.Unaffected; matter++ {
			for grade := breach.Unknown; grade <= breach.Proven; grade++ {
				for age := notify.AgeUnknown; age <= notify.Adult; age++ {
					for role := notify.Self; role <= notify.CustodyUnknown; role++ {
						for shield := notify.NoShield; shield <= notify.Barred; shield++ {
							for bits := range 1 << 6 {
								on := func(i int) bool { return bits>>i&1 == 1 }
								do(notify.Facts{Country: country, Matter: matter, Grade: grade, Age: age, Role: role, Shield: shield,
									Before: on(0), Dead: on(1), Conflict: on(2), Ward: on(3), Employee: on(4), Protected: on(5)})
							}
						}
					}
				}
			}
		}
	}
}

func TestEveryCombinationHasOneWay(t *testing.T) {
	seen := map[notify.Reason]bool{}
	few := []notify.Doors{{}, {Mailbox: notify.Open, Paper: notify.Open, Mail: notify.Open, Care: notify.Open},
		{Paper: notify.Foreign, Mail: notify.Open, Care: notify.Failed}, {Mail: notify.Shared}, {Mailbox: notify.Failed, Care: notify.Open}}
	everyFact(func(f notify.Facts) {
		for _, doors := range few {
			f.Doors = doors
			check(t, f, notify.Policy{}, seen)
		}
	})
	policies := []notify.Policy{{}, {Adults: true, YoungAlone: true}, {Order: []breach.Channel{breach.Mail, breach.Paper}},
		{Compromised: []breach.Channel{breach.Mail, breach.Mailbox}}, {Order: []breach.Channel{breach.Nobody, breach.ByHand, breach.Envelope, "fax"}}}
	for doors := range 7 * 7 * 7 * 7 {
		d := notify.Doors{Mailbox: notify.Door(doors % 7), Paper: notify.Door(doors / 7 % 7), Mail: notify.Door(doors / 49 % 7), Care: notify.Door(doors / 343)}
		for _, p := range policies {
			for age := notify.AgeUnknown; age <= notify.Adult; age++ {
				for _, role := range []notify.Role{notify.Self, notify.SoleGuardian} {
					for _, protected := range both {
						check(t, notify.Facts{Country: "SE", Grade: breach.Likely, Age: age, Role: role, Protected: protected, Doors: d}, p, seen)
					}
				}
			}
		}
	}
	if len(seen) != len(sends)+len(stops)+17 {
		t.Errorf("%d reasons were given, there are %d", len(seen), len(sends)+len(stops)+17)
	}
}

func TestFactsFromElsewhereGoToAPerson(t *testing.T) {
	seen := map[notify.Reason]bool{}
	for i := range 256 {
		f := usual(func(f *notify.Facts) { f.Age, f.Role, f.Shield = notify.Age(i), notify.Role(i), notify.Shield(i) })
		check(t, f, notify.Policy{}, seen)
	}
}

func TestLanguagesFor(t *testing.T) {
	for _, c := range []struct {
		asked, country string
		want           []string
	}{
		{"sv", "FI", []string{"sv"}}, {"fi-FI", "SE", []string{"fi"}}, {"EN", "AX", []string{"en"}},
		{"", "FI", []string{"fi", "sv"}}, {"", "SE", []string{"sv"}}, {"", "AX", []string{"sv"}},
		{"so", "FI", []string{"en", "fi"}}, {"ar", "SE", []string{"en", "sv"}},
	} {
		if got := notify.LanguagesFor(c.asked, c.country); !slices.Equal(got, c.want) {
			t.Errorf("%q in %s: %v, want %v", c.asked, c.country, got, c.want)
		}
		for _, lang := range notify.LanguagesFor(c.asked, c.country) {
			if !slices.Contains(notify.Languages(), lang) {
				t.Errorf("%q in %s: there are no letters in %s", c.asked, c.country, lang)
			}
		}
	}
}
