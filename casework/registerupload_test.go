package casework_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// sentRegister sends a register, and has it looked at.
func sentRegister(t *testing.T, d *casework.Desk, id store.CaseID, name, text string, o casework.RegisterOptions) (store.Upload, casework.RegisterLook) {
	t.Helper()
	u, err := d.Upload(t.Context(), id, store.ForRegister, name, strings.NewReader(text))
	if err == nil {
		u, err = d.LookAtRegister(t.Context(), id, u, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return u, look(t, u)
}

func look(t *testing.T, u store.Upload) casework.RegisterLook {
	t.Helper()
	l, err := casework.Look(u)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func registersOf(t *testing.T, d *casework.Desk, id store.CaseID) []store.Register {
	t.Helper()
	_, list, err := d.Sources(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const staff = "Nr;Namn;Personnummer;Hemma\n7;Otto Lindqvist;20020594-903X;suomi\n8;Siri Öhman;030594W903B;ruotsi\n"

// TestRegisterThatIsSentIsLookedAtCorrectedAndImported goes through its three
// steps; nothing of it is to be found in the open, before, between or after.
func TestRegisterThatIsSentIsLookedAtCorrectedAndImported(t *testing.T) {
	d, id, _ := small(t, nil)
	before := len(registersOf(t, d, id))
	u, l := sentRegister(t, d, id, "staff.csv", staff, casework.RegisterOptions{})
	columns := l.Result.Import.Columns
	if l.Problem != "" || l.Result.Name != "staff" || l.Result.Import.Entries != 2 || len(columns) != 4 || columns[3].Field != "" {
		t.Fatalf("looked at: problem %q, %d entries, columns %+v", l.Problem, l.Result.Import.Entries, columns)
	}
	if len(registersOf(t, d, id)) != before {
		t.Error("it was imported by looking at it")
	}
	if got := l.Samples[1].Values; len(got) != 2 || got[0] != "O••• •••••••••" || got[1] != "S••• •••••" {
		t.Errorf("samples %q", got)
	}
	holdsNone(t, d.Store.Dir(), []string{"Lindqvist", "030594W903B"})

	said := l.Say(map[casework.Column]string{columns[0]: "key", columns[1]: "name", columns[3]: "language"})
	if !strings.Contains(said, "Hemma=language") || strings.Contains(said, "Namn") {
		t.Errorf("said of the columns: %q", said)
	}
	u, err := d.LookAtRegister(t.Context(), id, u, casework.RegisterOptions{MapText: said, As: "employees"})
	if err != nil || look(t, u).Result.Import.Columns[3].Field != "language" || u.Done {
		t.Fatalf("corrected: %+v, error %v", look(t, u), err)
	}
	if u, err = d.ImportUpload(t.Context(), id, u); err != nil || !u.Done || look(t, u).Result.Diff.New != 2 {
		t.Fatalf("imported: %+v, error %v", look(t, u), err)
	}
	list := registersOf(t, d, id)
	if last := list[len(list)-1]; len(list) != before+1 || last.Name != "employees" || last.Entries != 2 {
		t.Errorf("%d registers, the last %q with %d people", len(list), last.Name, last.Entries)
	}
	if left, err := filepath.Glob(filepath.Join(d.Store.CaseDir(id), "uploads", "*")); err != nil || len(left) != 0 {
		t.Errorf("its content is left: %q, error %v", left, err)
	}
	_, again := sentRegister(t, d, id, "staff.csv", staff, casework.RegisterOptions{MapText: said, As: "employees"})
	if !again.Result.Same {
		t.Error("the same file is not known again")
	}
	holdsNone(t, d.Store.Dir(), []string{"Lindqvist", "030594W903B"})
}

func TestWhatIsWrongWithARegisterThatIsSentIsSaid(t *testing.T) {
	d, id, _ := small(t, nil)
	for name, c := range map[string]struct{ file, text, said, want string }{
		"no column of that name": {"staff.csv", staff, "Elevnr=key", "register.map-heading"},
		"not something to hold":  {"staff.csv", staff, "Nr=shoe-size", "register.map-field"},
		"no spreadsheet":         {"staff.xlsx", "PK\x03\x04 and then nothing", "", "refusal.register-unreadable"},
	} {
		u, l := sentRegister(t, d, id, c.file, c.text, casework.RegisterOptions{MapText: c.said})
		if l.Problem != c.want {
			t.Errorf("%s: got %q, want %q", name, l.Problem, c.want)
		}
		if u, err := d.ImportUpload(t.Context(), id, u); err != nil || u.Done {
			t.Errorf("%s: it was imported all the same: %v", name, err)
		}
	}
}

// TestRegisterThatCannotBeReadKeepsItsColumns has a correction that is wrong be
// put right without sending the file again.
func TestRegisterThatCannotBeReadKeepsItsColumns(t *testing.T) {
	d, id, _ := small(t, nil)
	u, _ := sentRegister(t, d, id, "staff.csv", staff, casework.RegisterOptions{})
	u, err := d.LookAtRegister(t.Context(), id, u, casework.RegisterOptions{MapText: "Elevnr=key"})
	if l := look(t, u); err != nil || l.Problem == "" || len(l.Result.Import.Columns) != 4 {
		t.Errorf("got %+v, error %v", l, err)
	}
	who := *d
	who.Who = auth.Session{}
	if _, err := who.LookAtRegister(t.Context(), id, u, casework.RegisterOptions{}); err == nil {
		t.Error("nobody may look at it")
	}
}
