package draft_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/draft"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == string(got) {
		return
	}
	lines, wanted := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(lines), len(wanted)) {
		if lines[i] != wanted[i] {
			t.Fatalf("%s line %d: got\n%s\nwant\n%s\n(rewrite with -update, and read what changed)", path, i+1, lines[i], wanted[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", path, len(lines), len(wanted))
}

func asJSON(t testing.TB, d draft.Draft) []byte {
	t.Helper()
	raw, err := d.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// followUp is the Westlog case a week later: more is known than was sent.
func followUp(t testing.TB) draft.Draft {
	sent := fill(t, westlogCase(t))
	c := westlogCase(t)
	c.Now = at(t, helsinki, "2023-09-27 12:00")
	c.Incomplete = false
	c.Extent.People = some(9_214)
	c.Notice = draft.Notice{Mark: c.IncidentMark, Told: "planned", When: at(t, helsinki, "2023-10-02 12:00")}
	c.Earlier = &draft.Earlier{Number: "1234/2023", Sent: &sent, Why: draft.Statement{Mark: c.IncidentMark, Text: "antalet är räknat"}}
	return fill(t, c)
}

func TestJSONIsStable(t *testing.T) { golden(t, "westlog.json", asJSON(t, fill(t, westlogCase(t)))) }

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	drafts := map[string]draft.Draft{"a follow-up": followUp(t), "a whole case": fill(t, whole(t))}
	for _, i := range incidents {
		drafts[i.name] = fill(t, i.made(t))
	}
	for name, d := range drafts {
		raw := asJSON(t, d)
		back, err := draft.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again := asJSON(t, back); !bytes.Equal(raw, again) {
			t.Errorf("%s: reads back as\n%s", name, again)
		}
		if changes := draft.Compare(d, back); len(changes) != 0 {
			t.Errorf("%s: differs from itself in %d fields", name, len(changes))
		}
	}
}

func TestWhatIsNoDraftIsNotRead(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":         "",
		"no object":       "[]",
		"another version": `{"template":"edpb-9.9"}`,
		"another field":   `{"template":"edpb-1.0","answers":[{"field":"999"}]}`,
		"another option":  `{"template":"edpb-1.0","answers":[{"field":"60","options":["meteorite"]}]}`,
		"twice the same":  `{"template":"edpb-1.0","answers":[{"field":"7","text":"a"},{"field":"7","text":"b"}]}`,
		"too much":        `{"template":"` + strings.Repeat("x", 5<<20) + `"}`,
	} {
		if _, err := draft.Parse([]byte(raw)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"template":"edpb-1.0","type":"follow-up","answers":[{"field":"68","count":{"lower":3,"upper":1}},{"field":"60","options":["tbd"]}],"changes":[{"field":"7","after":{"field":"7","text":"x"}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := draft.Parse(raw)
		if err != nil {
			return
		}
		var page bytes.Buffer
		if err := d.Form("sv").HTML(&page); err != nil {
			t.Errorf("a draft that is read cannot be shown: %v", err)
		}
		_ = draft.Ready(d)
		if _, err := draft.Parse(asJSON(t, d)); err != nil {
			t.Errorf("a draft that is read cannot be read back: %v", err)
		}
	})
}

func TestAFollowUpTellsTheDifference(t *testing.T) {
	d := followUp(t)
	changed := map[draft.ID][2]string{}
	for _, c := range d.Changes {
		changed[c.Field] = [2]string{brief(c.Before), brief(c.After)}
	}
	want := map[draft.ID][2]string{
		"67": {"[approximate]", "[exact]"},
		"68": {"{9000 0}", "{9214 9214}"},
		"72": {"[tbd]", "[undeterminable]"},
		"73": {"Ska fastställas", "Kan inte fastställas"},
		"97": {"[planned-tbd]", "[planned]"},
		"99": {"not asked", "2023-10-02"},
	}
	if !reflect.DeepEqual(changed, want) {
		t.Errorf("changed are %v, want %v", changed, want)
	}
}

// brief is an answer in short.
func brief(a *draft.Answer) string {
	switch {
	case a == nil:
		return "not asked"
	case a.Count != nil:
		return fmt.Sprint(*a.Count)
	case !a.Time.IsZero():
		return a.Time.Format("2006-01-02")
	case a.Options != nil:
		return fmt.Sprint(a.Options)
	}
	return a.Text
}
