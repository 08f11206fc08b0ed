package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// TestNamesOfTheRegistersAreFlaggedInDrafts goes by the registers of a case whose
// evidence was scanned.
func TestNamesOfTheRegistersAreFlaggedInDrafts(t *testing.T) {
	d, id, _ := twins(t)
	enterLine(t, d, id, "Europe/Stockholm", "case\tkind=mis-sent\tcountry=SE\trole=controller")
	version := int64(0)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"Ett brev gick till fel adress.", false},
		{"Brevet om Bo Provberg gick till fel adress.", true},
		{"Brevet gick till Provbergs granne.", false}, // a surname alone names nobody
		{"PROVBERG, BO fick fel brev.", true},
		{"Tova Exempelssons brev gick till fel adress.", true},
		{"Stina Provberg är inte i registret.", false},
	} {
		f, err := d.Enter(t.Context(), id, casework.Entering{Sort: "nature", Base: version, Typed: casework.Typed{Zone: time.UTC, Say: locale.For("en"), Parts: map[string]string{
			"nature": "confidentiality", "confidentiality": "disclosed", "unintelligible": "no", "incident": "sent-by-mistake", "cause": "internal-non-malicious", "description": c.text}}})
		if err != nil {
			t.Fatal(err)
		}
		version = f.Version
		made, err := d.Draft(t.Context(), id, casework.Drafting{Form: "se-imy", Incomplete: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(made.Flags, func(f draft.Flag) bool { return f.Trouble == draft.HasName }); got != c.want {
			t.Errorf("%q: flagged %t, want %t (%v)", c.text, got, c.want, made.Flags)
		}
	}
}
