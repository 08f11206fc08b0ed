package casework_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
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
