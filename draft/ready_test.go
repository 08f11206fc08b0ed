package draft_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// whole is a case in which nothing that has to be answered is open.
func whole(t testing.TB) draft.Case {
	c := kursorCase(t)
	m := c.IncidentMark
	c.Controller.Contact = breach.Hide("registry@example.fi")
	c.Reporter = draft.Contact{Mark: m, Name: breach.Hide("Reporter Example"), Details: breach.Hide("reporter@example.fi"), Function: "legal"}
	c.Officer = draft.Contact{Mark: m, Name: breach.Hide("Officer Example"), Details: breach.Hide("officer@example.fi")}
	c.Parties[0].Contact = breach.Hide("support@example.com")
	c.Reports = []draft.Report{{Mark: m, To: draft.Police, Not: true}, {Mark: m, To: draft.CSIRT, Not: true}}
	c.Entered = map[draft.ID]draft.Entry{"113": {Mark: m, Options: []string{"no"}}}
	return c
}

func TestMissingListsWhatIsRequiredAndOpen(t *testing.T) {
	if open := draft.Missing(fill(t, whole(t))); len(open) != 0 {
		t.Errorf("a whole case lacks %v", open)
	}
	c := whole(t)
	c.Officer, c.Discovery.Text, c.Taken, c.Controller.Activity = draft.Contact{}, "", draft.Measures{}, ""
	if open := draft.Missing(fill(t, c)); !slices.Equal(open, []draft.ID{"29", "51", "92"}) {
		t.Errorf("missing is %v, want 29, 51 and 92", open)
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*draft.Case)
		want  string // "" may be sent
	}{
		{"a whole case in time", func(*draft.Case) {}, ""},
		{"complete with a field open", func(c *draft.Case) { c.Taken = draft.Measures{} }, "draft.refuse.open"},
		{"incomplete with a field open", func(c *draft.Case) { c.Taken, c.Incomplete = draft.Measures{}, true }, ""},
		{"incomplete and from nobody", func(c *draft.Case) { c.Controller.Name, c.Incomplete = "", true }, "draft.refuse.controller"},
		{"late without reasons", late, "draft.refuse.late"},
		{"late, incomplete, without reasons", func(c *draft.Case) { late(c); c.Incomplete = true }, "draft.refuse.late"},
		{"late with reasons", func(c *draft.Case) { late(c); c.LateReasons.Text = "the processor told late" }, ""},
		{"a follow-up to nothing", func(c *draft.Case) { c.Earlier = &draft.Earlier{} }, "draft.refuse.earlier"},
		{"a follow-up", func(c *draft.Case) { late(c); c.Earlier = &draft.Earlier{Number: "123/2026"} }, ""},
		{"withdrawn", func(c *draft.Case) {
			c.Earlier, c.Withdrawn.Text, c.Taken = &draft.Earlier{Number: "123/2026"}, "no breach", draft.Measures{}
		}, ""},
		{"complete, and yet to be determined", func(c *draft.Case) { c.Nature.Cause = "tbd" }, "draft.refuse.option"},
		{"incomplete, and yet to be determined", func(c *draft.Case) { c.Nature.Cause, c.Incomplete = "tbd", true }, ""},
		{"withdrawn by a new one", func(c *draft.Case) {
			c.Entered["4"] = draft.Entry{Options: []string{"withdraw"}}
		}, "draft.refuse.option"},
		{"aware in the future", func(c *draft.Case) { c.Incident.Aware.At = c.Now.AddDate(0, 0, 1) }, "draft.refuse.future"},
	}
	for _, tc := range cases {
		c := whole(t)
		tc.spoil(&c)
		err := draft.Ready(fill(t, c))
		var refusal *breach.Refusal
		got := ""
		if errors.As(err, &refusal) {
			got = refusal.Key
			if text := locale.For("fi").Text(refusal.Key, refusal.Args); contains(text, "⟦") || contains(text, "<no value>") {
				t.Errorf("%s: reads %q", tc.name, text)
			}
		}
		if got != tc.want {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// late moves a case to where the GDPR holds, and lets four days pass.
func late(c *draft.Case) {
	c.Incident.Aware.At = c.Incident.Aware.At.AddDate(12, 0, 0)
	c.Now = c.Incident.Aware.At.AddDate(0, 0, 4)
}
