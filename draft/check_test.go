package draft_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
)

func TestPersonalDataInFreeTextIsFlagged(t *testing.T) {
	cases := []struct {
		name, text string
		want       []draft.Trouble
	}{
		{"nothing", "The module was closed on 23 August 2019 at 12:00.", nil},
		{"dates and versions", "Seen 2019-08-23 12:00, version 10.2.4, 13 600 people, ticket 4711.", nil},
		{"a number of an organisation", "Sent by 212000-0142 and 0201256-6.", nil},
		{"a Finnish identity number", "The pupil 010594Y9032 wrote.", []draft.Trouble{draft.HasNumber}},
		{"a Swedish identity number", "Pupil 19811228-9841 wrote.", []draft.Trouble{draft.HasNumber}},
		{"a Swedish identity number in short", "Pupil 811228-9841.", []draft.Trouble{draft.HasNumber}},
		{"an e-mail address", "Write to anna.ask@example.com.", []draft.Trouble{draft.HasEmail}},
		{"a phone of Finland", "Call 050 000 0000.", []draft.Trouble{draft.HasPhone}},
		{"a phone from abroad", "Call +46 70 000 00 00.", []draft.Trouble{draft.HasPhone}},
		{"a name", "Told by Matti Mehiläinen.", []draft.Trouble{draft.HasName}},
		{"two things", "Matti Mehiläinen, matti@example.com", []draft.Trouble{draft.HasEmail, draft.HasName}},
	}
	named := func(text string) bool { return strings.Contains(text, "Matti Mehiläinen") }
	for _, tc := range cases {
		c := base(t)
		c.Nature.Description = tc.text
		var got []draft.Trouble
		for _, f := range draft.Check(fill(t, c), named) {
			if f.Field == "62" && f.Trouble != draft.IsPublic {
				got = append(got, f.Trouble)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestTheReasonsOfAFollowUpAreSearched(t *testing.T) {
	c := base(t)
	c.Earlier = &draft.Earlier{Number: "1/2026", Why: draft.Statement{Text: "anna@example.com wrote"}}
	if flags := draft.Check(fill(t, c), nil); len(flags) == 0 || flags[0].Field != "6" || flags[0].Trouble != draft.HasEmail {
		t.Errorf("flags are %+v", flags)
	}
}

func TestContactsMayBeNamed(t *testing.T) {
	c := whole(t)
	c.Entered["22"] = draft.Entry{Text: "officer@example.com, 050 000 0000"}
	d := fill(t, c)
	for _, f := range draft.Check(d, nil) {
		if f.Trouble != draft.IsPublic {
			t.Errorf("field %s is flagged for %s", f.Field, f.Trouble)
		}
	}
	if a := answer(t, d, "22"); a.Text != "" || a.Contact != breach.Hide("officer@example.com, 050 000 0000") {
		t.Error("contact details that somebody entered are not hidden")
	}
}

func TestWhatBecomesPublicIsFlaggedWithItsLaw(t *testing.T) {
	laws := map[string]string{"SE": "(2009:400)", "FI": "(621/1999)"}
	for country, law := range laws {
		c := westlogCase(t)
		c.Incident.Country = country
		public := map[draft.ID]string{}
		for _, f := range draft.Check(fill(t, c), nil) {
			if f.Trouble == draft.IsPublic {
				public[f.Field] = f.Ground
			}
		}
		for _, id := range []draft.ID{"62", "63", "66", "92"} {
			if !strings.Contains(public[id], law) {
				t.Errorf("%s: field %s is public with ground %q, want one of %s", country, id, public[id], law)
			}
		}
		if _, ok := public["12"]; ok {
			t.Errorf("%s: the controller's name is no secret", country)
		}
	}
}

func TestSecrecyIsAskedForWithItsLaw(t *testing.T) {
	a := answer(t, fill(t, vklassCase(t)), "secrecy")
	if !strings.Contains(a.Text, "18 kap. 8 §") || !strings.Contains(a.Text, "32 kap. 1 §") || a.Origin.Rule != draft.RuleSecrecy {
		t.Errorf("the request reads %q, by %s", a.Text, a.Origin.Rule)
	}
	c := vklassCase(t)
	c.Entered = map[draft.ID]draft.Entry{"secrecy": {Text: "ingen"}}
	if a := answer(t, fill(t, c), "secrecy"); a.Text != "ingen" || a.Origin.From != draft.FromCase {
		t.Errorf("the request that somebody wrote reads %q, from %s", a.Text, a.Origin.From)
	}
	if a := answer(t, fill(t, base(t)), "secrecy"); a.Given() {
		t.Errorf("with nothing told, the request reads %q", a.Text)
	}
}

func TestTheFiveIncidentsHoldNobodysData(t *testing.T) {
	for _, i := range incidents {
		for _, f := range draft.Check(fill(t, i.made(t)), nil) {
			if f.Trouble != draft.IsPublic {
				t.Errorf("%s: field %s: %s", i.name, f.Field, f.Trouble)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Pupil 19811228-9841, anna@example.com, 050 000 0000")
	f.Add("010594Y9032\x00++00--")
	f.Fuzz(func(t *testing.T, text string) {
		c := base(t)
		c.Nature.Description = text
		for _, flag := range draft.Check(fill(t, c), nil) {
			if _, ok := draft.FieldOf(flag.Field); !ok || !slices.Contains(draft.Troubles(), flag.Trouble) {
				t.Errorf("flag %+v", flag)
			}
		}
	})
}
