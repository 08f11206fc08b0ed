package casework_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// twins is a case whose evidence speaks of one of two people with one address,
// resolved.
func twins(t *testing.T) (d *casework.Desk, id store.CaseID, scanAgain func()) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"pupils.csv":            "id;namn;e-post\n1;Tova Exempelsson;hemma@example.com\n2;Tuva Exempelsson;hemma@example.com\n3;Bo Provberg;bo.provberg@example.com\n",
		"evidence/journal.txt":  "Skriv till hemma@example.com. Diagnos: astma.\n",
		"evidence/other/bo.txt": "Bo Provberg, bo.provberg@example.com\n",
	})
	d = desk(t, filepath.Join(dir, "data"))
	c, err := d.Open(t.Context(), "two with one address")
	if err == nil {
		_, err = d.Register(t.Context(), c.ID, filepath.Join(dir, "pupils.csv"), casework.RegisterOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	again := func() { scan(t, d, c.ID, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")}) }
	again()
	return d, c.ID, again
}

// asked gives the grant to judge and the questions of a case.
func asked(t *testing.T, d *casework.Desk, id store.CaseID, w store.Waits) (auth.Grant, []store.Question) {
	t.Helper()
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.Judge, Case: id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := d.Store.Questions(t.Context(), g, w, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	return g, list
}

// listed tells who is exposed, by the key of the register, with the grade.
func listed(t *testing.T, d *casework.Desk, id store.CaseID) string {
	t.Helper()
	people, _, _ := lines(t, export(t, d, id))
	var said []string
	for _, p := range people {
		said = append(said, *p.Key+" "+p.Grade)
	}
	return strings.Join(said, ", ")
}

// TestJudgementHoldsInTheNextResolve carries what somebody said of a question
// through resolves and scans, of which none may ask anew or forget it.
func TestJudgementHoldsInTheNextResolve(t *testing.T) {
	d, id, again := twins(t)
	g, list := asked(t, d, id, store.Unanswered)
	if len(list) != 1 || len(list[0].People) != 2 {
		t.Fatalf("asked %+v, want one question of two people", list)
	}
	unsettled := listed(t, d, id)
	if want := "1 possible, 2 possible, 3 proven"; unsettled != want {
		t.Fatalf("before anybody said anything: %s, want %s", unsettled, want)
	}
	for _, step := range []struct {
		name string
		say  func() error
		want string
	}{
		{"it is the second", func() error {
			_, err := d.Judge(t.Context(), g, 1, list[0].People[1], "the class list of that day")
			return err
		}, "2 likely, 3 proven"},
		{"nothing new", func() error { return nil }, "2 likely, 3 proven"},
		{"it is neither", func() error {
			_, err := d.Judge(t.Context(), g, 1, 0, "the address of the school's own desk")
			return err
		}, "3 proven"},
		{"taken back", func() error { _, err := d.Unjudge(t.Context(), g, 1); return err }, unsettled},
	} {
		if err := step.say(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		again()
		if got := listed(t, d, id); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		if _, all := asked(t, d, id, store.EveryQuestion); len(all) != 1 || all[0].Key != list[0].Key {
			t.Errorf("%s: asked %+v, want the same one question", step.name, all)
		}
	}
}

func TestClosingKeepsWhoJudgedAndNoNames(t *testing.T) {
	d, id, _ := twins(t)
	g, list := asked(t, d, id, store.Unanswered)
	if _, err := d.Judge(t.Context(), g, 1, list[0].People[0], "Tova sits in that class"); err != nil {
		t.Fatal(err)
	}
	c, err := d.Case(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Close(t.Context(), c, casework.CloseOptions{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(d.Store.ClosedDir(id), "judgements.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if kept := string(raw); !strings.Contains(kept, `"says":"one"`) || !strings.Contains(kept, `"by":"`+string(d.Who.User)+`"`) || strings.Contains(kept, "Tova") {
		t.Errorf("kept of the judgements: %s", kept)
	}
}

// TestListIsFrozenByTwoAndToldApart goes from version to version.
func TestListIsFrozenByTwoAndToldApart(t *testing.T) {
	d, id, again := twins(t)
	g, list := asked(t, d, id, store.Unanswered)
	again()
	if lists, err := d.Lists(t.Context(), id); err != nil || len(lists) != 1 || lists[0].People != 3 {
		t.Fatalf("the same evidence twice: %+v, error %v", lists, err)
	}
	if _, err := d.Judge(t.Context(), g, 1, list[0].People[1], "the class list"); err != nil {
		t.Fatal(err)
	}
	again()
	look, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ListPeople, Case: id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	diff, err := d.Differ(t.Context(), look, 1, 2, 10)
	if err != nil || diff.New.All != 0 || diff.Gone.All != 1 || diff.Changed.All != 1 {
		t.Fatalf("new %d, gone %d, changed %d, error %v; want one gone, one surer", diff.New.All, diff.Gone.All, diff.Changed.All, err)
	}
	if kinds, was, is := diff.Changed.People[0].Kinds(); len(kinds) == 0 || was[0] != breach.Possible || is[0] != breach.Likely {
		t.Errorf("changed %v from %v to %v", kinds, was, is)
	}
	if diff, err = d.Differ(t.Context(), look, 0, 2, 1); err != nil || diff.New.All != 2 || len(diff.New.People) != 1 {
		t.Errorf("from nobody: %+v, error %v", diff.New, err)
	}
	officer := at(d, "dpo", auth.DPO, id)
	if _, err := officer.ProposeFreezing(t.Context(), id, 1); refusalOf(err) != "refusal.list-old" {
		t.Errorf("an old version: %v", err)
	}
	a, err := officer.ProposeFreezing(t.Context(), id, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := officer.FreezeApproved(t.Context(), a.ID); refusalOf(err) != "refusal.not-approved" {
		t.Errorf("before anybody agreed: %v", err)
	}
	twoAgree(t, d, a)
	frozen, err := officer.FreezeApproved(t.Context(), a.ID)
	if err != nil || frozen.Number != 2 || frozen.By != "dpo" || frozen.Approval != a.ID {
		t.Fatalf("frozen %+v, error %v", frozen, err)
	}
	if l, current, ok, err := casework.FrozenList(t.Context(), d.Store, look); err != nil || !ok || !current || l.Root != frozen.Root {
		t.Errorf("notices go by %+v, current %t, %t, error %v", l, current, ok, err)
	}
	if _, err := d.Unjudge(t.Context(), g, 1); err != nil {
		t.Fatal(err)
	}
	again()
	if l, current, ok, err := casework.FrozenList(t.Context(), d.Store, look); err != nil || !ok || current || l.Root != frozen.Root {
		t.Errorf("after another resolve: %+v, current %t, %t, error %v", l, current, ok, err)
	}
}

// twoAgree has two others look at an approval and agree.
func twoAgree(t *testing.T, d *casework.Desk, a auth.Approval) {
	t.Helper()
	for _, name := range []auth.UserID{"first", "second"} {
		other := at(d, name, auth.Approver, a.Case)
		_, _, err := other.ShowApproval(t.Context(), a)
		if err == nil {
			_, err = other.Agree(t.Context(), a)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
