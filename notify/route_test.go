package notify_test

import (
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

// usual is an adult of whom all is known: what a case changes is what it is about.
func usual(change func(*notify.Facts)) notify.Facts {
	f := notify.Facts{Country: "FI", Grade: breach.Proven, Age: notify.Adult,
		Doors: notify.Doors{Mailbox: notify.Open, Paper: notify.Open, Mail: notify.Open, Care: notify.Open}}
	change(&f)
	return f
}

// child is a child of whom a guardian with shared custody is told.
func child(change func(*notify.Facts)) notify.Facts {
	return usual(func(f *notify.Facts) {
		f.Age, f.Role = notify.Child, notify.JointGuardian
		change(f)
	})
}

func TestRoute(t *testing.T) {
	type facts = notify.Facts
	for _, c := range []struct {
		name   string
		facts  notify.Facts
		policy notify.Policy
		want   notify.Way
		why    notify.Reason
	}{
		{"an adult with a digital mailbox", usual(func(*facts) {}), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterFirst}, notify.InOrder},
		{"an adult without one", usual(func(f *facts) { f.Doors.Mailbox = notify.NoDoor }), notify.Policy{}, notify.Way{breach.Paper, notify.LetterFirst}, notify.EarlierClosed},
		{"a policy of e-mail first", usual(func(*facts) {}), notify.Policy{Order: []breach.Channel{breach.Mail, breach.Paper}}, notify.Way{breach.Mail, notify.LetterFirst}, notify.InOrder},
		{"e-mail bounced", usual(func(f *facts) { f.Doors.Mail = notify.Failed }), notify.Policy{Order: []breach.Channel{breach.Mail, breach.Paper}}, notify.Way{breach.Paper, notify.LetterFirst}, notify.AfterFailure},
		{"e-mail uncertain", usual(func(f *facts) { f.Doors.Mail = notify.Waiting }), notify.Policy{Order: []breach.Channel{breach.Mail, breach.Paper}}, notify.Way{breach.Nobody, ""}, notify.StillWaiting},
		{"the breach reached e-mail", usual(func(*facts) {}), notify.Policy{Order: []breach.Channel{breach.Mail, breach.Paper}, Compromised: []breach.Channel{breach.Mail}}, notify.Way{breach.Paper, notify.LetterFirst}, notify.EarlierClosed},
		{"a mailbox that a family shares, and an address", usual(func(f *facts) { f.Doors = notify.Doors{Mail: notify.Shared, Paper: notify.Open} }), notify.Policy{}, notify.Way{breach.Paper, notify.LetterFirst}, notify.EarlierClosed},
		{"a mailbox that a family shares alone", usual(func(f *facts) { f.Doors = notify.Doors{Mail: notify.Shared} }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.OnlyShared},
		{"abroad", usual(func(f *facts) { f.Doors = notify.Doors{Paper: notify.Foreign} }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.IsAbroad},
		{"abroad with e-mail", usual(func(f *facts) { f.Doors = notify.Doors{Paper: notify.Foreign, Mail: notify.Open} }), notify.Policy{}, notify.Way{breach.Mail, notify.LetterFirst}, notify.EarlierClosed},
		{"no address at all", usual(func(f *facts) { f.Doors = notify.Doors{} }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.NoAddress},
		{"every way failed", usual(func(f *facts) {
			f.Doors = notify.Doors{Mailbox: notify.Failed, Paper: notify.Failed, Mail: notify.Failed}
		}), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.AllFailed},
		{"only possible", usual(func(f *facts) { f.Grade = breach.Possible }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterPossible}, notify.InOrder},
		{"not in it", usual(func(f *facts) { f.Grade = breach.Excluded }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.NotAffected},
		{"asked, and not in it", usual(func(f *facts) { f.Grade, f.Matter = breach.Excluded, notify.Unaffected }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterUnaffected}, notify.InOrder},
		{"asked, and in it", usual(func(f *facts) { f.Matter = notify.Unaffected }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterUnaffected}, notify.AffectedAfterAll},
		{"asked, and nobody has looked", usual(func(f *facts) { f.Grade, f.Matter = breach.Unknown, notify.Unaffected }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterUnaffected}, notify.AffectedAfterAll},
		{"told before", usual(func(f *facts) { f.Before = true }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.AlreadyTold},
		{"an update to somebody told", usual(func(f *facts) { f.Matter, f.Before = notify.Update, true }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterUpdate}, notify.InOrder},
		{"an update to somebody found later is a first letter", usual(func(f *facts) { f.Matter = notify.Update }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterFirst}, notify.InOrder},
		{"told, and not in it after all", usual(func(f *facts) { f.Matter, f.Before, f.Grade = notify.Correction, true, breach.Excluded }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterCorrection}, notify.InOrder},
		{"a correction to somebody never told", usual(func(f *facts) { f.Matter = notify.Correction }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.NeverTold},
		{"an employee", usual(func(f *facts) { f.Employee = true }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterEmployee}, notify.InOrder},
		{"dead", usual(func(f *facts) { f.Dead = true }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.IsDead},
		{"two registers that contradict each other", usual(func(f *facts) { f.Conflict = true }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.Contradiction},
		{"an adult with a guardian by court", usual(func(f *facts) { f.Ward = true }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.HasWarden},
		{"a country without rules", usual(func(f *facts) { f.Country = "NO" }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.NoCountry},
		{"age unknown", usual(func(f *facts) { f.Age = notify.AgeUnknown }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.NoAge},
		{"age unknown in a register of adults", usual(func(f *facts) { f.Age = notify.AgeUnknown }), notify.Policy{Adults: true}, notify.Way{breach.Mailbox, notify.LetterFirst}, notify.InOrder},

		{"protected in Finland", usual(func(f *facts) { f.Protected = true }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterFirst}, notify.ContactOnly},
		{"protected on Åland", usual(func(f *facts) { f.Protected, f.Country = true, "AX" }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterFirst}, notify.ContactOnly},
		{"protected in Sweden", usual(func(f *facts) { f.Protected, f.Country = true, "SE" }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterFirst}, notify.Forwarded},
		{"protected without a contact address", usual(func(f *facts) { f.Protected, f.Doors.Care = true, notify.NoDoor }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.NoSafeAddress},

		{"a child", child(func(f *facts) { f.Role = notify.Self }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.GuardianRead},
		{"a child without guardians", child(func(f *facts) { f.Role, f.Shield = notify.Self, notify.NoGuardian }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterFirst}, notify.NoGuardianKnown},
		{"a child's guardian", child(func(*facts) {}), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterGuardian}, notify.InOrder},
		{"a parent without custody", child(func(f *facts) { f.Role = notify.WithoutCustody }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.NoCustody},
		{"custody unknown", child(func(f *facts) { f.Role = notify.CustodyUnknown }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.NoCustodyKnown},
		{"a child in care", child(func(f *facts) { f.Role = notify.InCare }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.ChildInCare},
		{"a guardian who may not approach", child(func(f *facts) { f.Shield = notify.Barred }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.GuardianBarred},
		{"a protected child", child(func(f *facts) { f.Protected = true }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.ChildShielded},
		{"a protected child's protected guardian", child(func(f *facts) { f.Protected, f.Shield = true, notify.ThisGuardian }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterGuardian}, notify.ContactOnly},
		{"the one protected guardian", child(func(f *facts) { f.Shield, f.Country = notify.ThisGuardian, "SE" }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterGuardian}, notify.Forwarded},
		{"the other of a protected guardian", child(func(f *facts) { f.Shield = notify.OtherGuardian }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.OtherShielded},
		{"all guardians protected", child(func(f *facts) { f.Shield = notify.AllGuardians }), notify.Policy{}, notify.Way{breach.ByHand, notify.LetterGuardian}, notify.AllShielded},

		{"sixteen, themselves", usual(func(f *facts) { f.Age = notify.Young }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterYoung}, notify.InOrder},
		{"sixteen in Sweden, where mailboxes begin at 18", usual(func(f *facts) { f.Age, f.Country = notify.Young, "SE" }), notify.Policy{}, notify.Way{breach.Paper, notify.LetterYoung}, notify.EarlierClosed},
		{"sixteen, the guardian", child(func(f *facts) { f.Age = notify.Young }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterGuardianYoung}, notify.InOrder},
		{"sixteen, the guardian of an update", child(func(f *facts) { f.Age, f.Matter, f.Before = notify.Young, notify.Update, true }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterGuardianAgain}, notify.InOrder},
		{"sixteen, the guardian of a correction", child(func(f *facts) { f.Age, f.Matter, f.Before = notify.Young, notify.Correction, true }), notify.Policy{}, notify.Way{breach.Mailbox, notify.LetterGuardianAgain}, notify.InOrder},
		{"sixteen, where guardians are not told", child(func(f *facts) { f.Age = notify.Young }), notify.Policy{YoungAlone: true}, notify.Way{breach.Nobody, ""}, notify.YoungReads},
		{"sixteen with a protected guardian", usual(func(f *facts) { f.Age, f.Shield = notify.Young, notify.OtherGuardian }), notify.Policy{}, notify.Way{breach.Envelope, notify.LetterYoung}, notify.ContactOnly},
		{"eighteen, the former guardian", child(func(f *facts) { f.Age = notify.Adult }), notify.Policy{}, notify.Way{breach.Nobody, ""}, notify.IsAdult},
	} {
		if got, why := notify.Route(c.facts, c.policy); got != c.want || why != c.why {
			t.Errorf("%s: %+v because %s, want %+v because %s", c.name, got, why, c.want, c.why)
		}
	}
}

func TestAgeOn(t *testing.T) {
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for born, want := range map[string]notify.Age{
		"2011-03-01": notify.Young, "2011-03-02": notify.Child, "2008-03-01": notify.Adult, "2008-03-02": notify.Young,
		"2008-02-29": notify.Adult, "1950-01-01": notify.Adult, "": notify.AgeUnknown, "1880-01-01": notify.AgeUnknown,
		"2027-01-01": notify.AgeUnknown, "2011": notify.AgeUnknown, "2026-03-01": notify.Child,
	} {
		if got := notify.AgeOn(day, breach.Hide(born)); got != want {
			t.Errorf("born %q: %d, want %d", born, got, want)
		}
	}
}

func TestMarked(t *testing.T) {
	for grade, want := range map[breach.Grade]bool{breach.Unknown: false, breach.Excluded: false, breach.Possible: true, breach.Proven: true} {
		if got := notify.Marked([]breach.Exposure{{Kind: breach.Name, Grade: breach.Proven}, {Kind: breach.ProtectedIdentity, Grade: grade}}); got != want {
			t.Errorf("%s: %v", grade, got)
		}
	}
}

func TestShieldOf(t *testing.T) {
	for _, c := range []struct {
		name              string
		protected, barred bool
		others            []bool
		want              notify.Shield
	}{
		{"alone", false, false, nil, notify.NoShield},
		{"two, none protected", false, false, []bool{false}, notify.NoShield},
		{"alone and protected", true, false, nil, notify.ThisGuardian},
		{"the protected one of two", true, false, []bool{false}, notify.ThisGuardian},
		{"the other of two", false, false, []bool{true}, notify.OtherGuardian},
		{"both protected", true, false, []bool{true}, notify.AllGuardians},
		{"two of three protected", true, false, []bool{true, false}, notify.ThisGuardian},
		{"barred", true, true, []bool{true}, notify.Barred},
	} {
		if got := notify.ShieldOf(c.protected, c.barred, c.others); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
