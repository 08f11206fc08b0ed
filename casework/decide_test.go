package casework_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// office is a small case on its way: one mis-sent mail.
type office struct {
	*testing.T
	*casework.Desk
	id   store.CaseID
	zone string
}

// misSent is a case of one mail to the wrong reader, as of an hour after
// awareness.
func misSent(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, Desk: deskAt(t, clockIn(t, "Europe/Stockholm", "2026-11-20 15:00")), zone: "Europe/Stockholm"}
	c, err := o.Open(t.Context(), "Felskickat brev")
	if err != nil {
		t.Fatal(err)
	}
	o.id = c.ID
	for _, line := range []string{
		"case\tkind=mis-sent\tcountry=SE\trole=controller\treference=DNR-1",
		"controller\tname=Exempelby kommun\tidentifier=000000-0000\tcontact=registrator@exempelby.example.se\tsector=public",
		"reporter\tname=Kim Exempel\tcontact=kim@exempelby.example.se\tfunction=dpo",
		"occurred-from\tat=2026-11-20 13:40", "occurred-to\tat=2026-11-20 13:40",
		"aware\tat=2026-11-20 14:05\twhy=mottagaren ringde",
		"discovery\thow=external\tdescription=Mottagaren ringde och berättade.\tat=2026-11-20 14:05",
		"nature\tnature=confidentiality\tconfidentiality=disclosed\tunintelligible=no\tincident=sent-by-mistake\tcause=internal-non-malicious\tdescription=Ett brev gick till fel e-postadress.",
		"cohort\tname=elever\tkinds=name,health\tcategories=students\tchildren=yes\tlower=1\tupper=1",
	} {
		o.enter(line)
	}
	return o
}

func (o *office) enter(line string) breach.Fact {
	o.Helper()
	return enterLine(o, o.Desk, o.id, o.zone, line)
}

func (o *office) at(clock string) {
	o.Helper()
	at := clockIn(o, o.zone, clock)
	o.Now = func() time.Time { return at }
}

func (o *office) dossier() casework.Dossier {
	o.Helper()
	x, err := o.Dossier(o.Context(), o.id, time.Time{})
	if err != nil {
		o.Fatal(err)
	}
	return x
}

func (o *office) decide(about, group, says, why string) string {
	o.Helper()
	_, err := o.Decide(o.Context(), o.id, breach.Decision{About: about, Group: group, Says: says, Why: why, Facts: o.dossier().Version})
	return refusal(o, err)
}

func (o *office) duty(rule string) casework.Duty {
	o.Helper()
	duties, err := o.dossier().Duties(false)
	if err != nil {
		o.Fatal(err)
	}
	i := slices.IndexFunc(duties, func(d casework.Duty) bool { return d.Rule == rule })
	if i < 0 {
		return casework.Duty{}
	}
	return duties[i]
}

func TestDecisionsHaveTheirReasonsAndFacts(t *testing.T) {
	o := misSent(t)
	for _, c := range []struct{ name, about, group, says, why, want string }{
		{"about nothing", "weather", "", "fine", "x", "refusal.decision-about"},
		{"a word that is none", "risk", "1", "terrible", "x", "refusal.decision-says"},
		{"without a reason", "risk", "1", "high", " \r\n ", "refusal.decision-why"},
		{"of a group that is none", "risk", "7", "high", "x", "refusal.decision-group"},
		{"of no group", "risk", "", "high", "x", "refusal.decision-group"},
		{"of the authority, for one group", "authority", "1", "notify", "x", "refusal.decision-group"},
		{"a risk", "risk", "1", "risk", "hälsouppgift om ett barn", ""},
		{"another, later", "risk", "1", "high", "brevet har spritts vidare", ""},
	} {
		if got := o.decide(c.about, c.group, c.says, c.why); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	x := o.dossier()
	if d := x.Decided("risk", "1"); d == nil || d.Says != "high" || d.By == "" || d.Facts != x.Version || len(x.Decisions) != 2 {
		t.Errorf("decided %+v of %d", d, len(x.Decisions))
	}
	if _, err := o.Decide(t.Context(), o.id, breach.Decision{About: "authority", Says: "notify", Why: "x", Facts: 1}); refusal(t, err) != "refusal.facts-moved" {
		t.Errorf("on older facts: %v", err)
	}
}

func TestDutiesFollowWhatIsDecidedAndDone(t *testing.T) {
	o := misSent(t)
	if d := o.duty("gdpr-33"); !d.Open() || !d.Due.Equal(clockIn(t, o.zone, "2026-11-23 14:05")) || !d.Formal.Equal(clockIn(t, o.zone, "2026-11-23 15:00")) {
		t.Errorf("art. 33: %+v", d)
	}
	if d := o.duty("gdpr-34"); d.Rule != "" {
		t.Errorf("art. 34 before anybody judged the risk: %+v", d)
	}
	o.decide("risk", "1", "high", "barn, hälsa")
	if d := o.duty("gdpr-34"); !d.Open() || d.GroupName != "elever" || !d.Due.IsZero() {
		t.Errorf("art. 34 for the group: %+v", d)
	}
	o.enter("done:gdpr-34/1\tat=2026-11-20 14:50\twhy=vårdnadshavaren fick brev")
	if d := o.duty("gdpr-34"); d.Open() || d.Met.IsZero() {
		t.Errorf("art. 34, done: %+v", d)
	}
	o.decide("authority", "", "no-notice", "mottagaren har tystnadsplikt och raderade brevet")
	if d := o.duty("gdpr-33"); d.Open() || d.Waived == nil {
		t.Errorf("art. 33, decided not to: %+v", d)
	}
	o.decide("authority", "", "notify", "brevet hade öppnats av fler")
	if d := o.duty("gdpr-33"); !d.Open() {
		t.Errorf("art. 33, decided anew: %+v", d)
	}
	o.at("2026-11-23 14:06")
	if d := o.duty("gdpr-33"); !d.Late {
		t.Errorf("art. 33, a minute late: %+v", d)
	}
}

// TestProposedLawIsShownAndNeverOwed: the proposal of 19 November 2025.
func TestProposedLawIsShownAndNeverOwed(t *testing.T) {
	x := misSent(t).dossier()
	for _, asked := range []bool{false, true} {
		duties, err := x.Duties(asked)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(duties, func(d casework.Duty) bool { return d.Rule == "omnibus-33" })
		if asked != (i >= 0) || i >= 0 && (duties[i].Open() || duties[i].Late || !duties[i].Due.Equal(clockIn(t, "Europe/Stockholm", "2026-11-24 14:05"))) {
			t.Errorf("asked for: %v, duties %+v", asked, duties)
		}
	}
}

func TestWhatWasSentIsFollowedUpByWhatDiffers(t *testing.T) {
	o := misSent(t)
	o.decide("risk", "1", "risk", "en känd mottagare")
	send := func(s casework.Sending) (breach.Filing, string) {
		t.Helper()
		f, err := o.File(t.Context(), o.id, s)
		return f, refusal(t, err)
	}
	if _, got := send(casework.Sending{Drafting: casework.Drafting{Form: "se-imy"}}); got != "draft.refuse.open" {
		t.Errorf("called complete with open fields: %q", got)
	}
	if _, got := send(casework.Sending{Drafting: casework.Drafting{Form: "fi-dpa-preliminary", Incomplete: true}}); got != "refusal.no-such-form" {
		t.Errorf("another country's form: %q", got)
	}
	first, got := send(casework.Sending{Drafting: casework.Drafting{Form: "se-imy", Incomplete: true}, Number: "IMY-2026-1"})
	if got != "" || first.Number != 1 {
		t.Fatalf("number %d, %q", first.Number, got)
	}
	if d := o.duty("gdpr-33"); d.Open() || d.Late {
		t.Errorf("art. 33, after it was sent: %+v", d)
	}
	o.at("2026-11-25 09:00")
	o.enter("taken\tdescription=Mottagaren har intygat att brevet är raderat.")
	made, err := o.Draft(t.Context(), o.id, casework.Drafting{Form: "se-imy", Incomplete: true, Why: "komplettering"})
	if err != nil || made.Refuse != nil || !made.FollowUp {
		t.Fatalf("follow-up: %v, %v", err, made.Refuse)
	}
	if a, _ := made.Answer("6"); a.Text != "IMY-2026-1" {
		t.Error("the follow-up does not name what it follows")
	}
	if i := slices.IndexFunc(made.Changes, func(c draft.Change) bool { return c.Field == "92" }); i < 0 {
		t.Errorf("changes %+v, want field 92 among them", made.Changes)
	}
	if _, got := send(casework.Sending{Drafting: casework.Drafting{Form: "se-imy", Incomplete: true, Withdrawn: "ingen incident"}}); got != "" {
		t.Errorf("withdrawn: %q", got)
	}
	if _, err := o.Receive(t.Context(), o.id, 2, "IMY-2026-2"); err != nil {
		t.Error(err)
	}
	if _, err := o.Receive(t.Context(), o.id, 9, "x"); refusal(t, err) != "refusal.no-such-filing" {
		t.Errorf("a receipt for nothing: %v", err)
	}
}

func TestLateNotificationNeedsItsReasons(t *testing.T) {
	o := misSent(t)
	o.at("2026-11-24 09:00")
	late := casework.Sending{Drafting: casework.Drafting{Form: "se-imy", Incomplete: true}}
	if _, err := o.File(t.Context(), o.id, late); refusal(t, err) != "draft.refuse.late" {
		t.Errorf("late, without reasons: %v", err)
	}
	o.enter("late\twhy=ombudet var sjukt och ersättaren saknade behörighet")
	if _, err := o.File(t.Context(), o.id, late); err != nil {
		t.Errorf("late, with reasons: %v", err)
	}
	if d := o.duty("gdpr-33"); d.Open() || !d.Late {
		t.Errorf("met late: %+v", d)
	}
	o.at("2026-11-24 10:00")
	late.At = clockIn(t, o.zone, "2026-11-25 10:00")
	if _, err := o.File(t.Context(), o.id, late); refusal(t, err) != "refusal.filed-future" {
		t.Errorf("sent tomorrow: %v", err)
	}
}

func TestPlaybookIsTakenOnce(t *testing.T) {
	o := misSent(t)
	how := casework.Typed{Say: locale.For("sv")}
	first, err := o.TakePlaybook(t.Context(), o.id, how)
	if err != nil || first < 5 {
		t.Fatalf("%d tasks, error %v", first, err)
	}
	again, err := o.TakePlaybook(t.Context(), o.id, how)
	if err != nil || again != 0 {
		t.Errorf("%d tasks once more, error %v", again, err)
	}
	due := o.dossier().Items("task")[0].Parts.Says("due")
	if want := clockIn(t, o.zone, "2026-11-20 15:05").Format(time.RFC3339); due != want {
		t.Errorf("due %s, want %s: an hour after awareness", due, want)
	}
}

// TestClosingKeepsWhatTheLawWantsDocumented: GDPR art. 33(5).
func TestClosingKeepsWhatTheLawWantsDocumented(t *testing.T) {
	o := misSent(t)
	o.decide("risk", "1", "risk", "en känd mottagare")
	if _, err := o.File(t.Context(), o.id, casework.Sending{Drafting: casework.Drafting{Form: "se-imy", Incomplete: true}}); err != nil {
		t.Fatal(err)
	}
	c, err := o.Case(t.Context(), string(o.id))
	if err == nil {
		_, err = o.Close(t.Context(), c, casework.CloseOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := o.Store.ClosedDir(o.id)
	for name, want := range map[string]string{"facts.jsonl": "mottagaren ringde", "decisions.jsonl": "en känd mottagare", "filing-1-se-imy.json": "Exempelby kommun"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s: %d bytes without what it has to keep, error %v", name, len(raw), err)
		}
		if name == "facts.jsonl" && strings.Contains(string(raw), "Kim") {
			t.Error("the facts name who speaks for the controller")
		}
	}
	if _, err := o.Dossier(t.Context(), o.id, time.Time{}); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("the dossier of a closed case: %v", err)
	}
}
