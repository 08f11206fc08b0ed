package draft_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
)

const facts = "../../shared/facts/edpb-template.md"

// TestTheTemplateIsTheTemplate holds our data against the field list it was
// made from: number, section, need, wording, options.
func TestTheTemplateIsTheTemplate(t *testing.T) {
	file, err := os.Open(facts)
	if err != nil {
		t.Skipf("the field list %s is not here", facts)
	}
	defer file.Close()
	sections := map[string]string{}
	for _, p := range draft.Parts() {
		sections[p.ID] = p.Number + " " + p.Title("en")
	}
	seen := 0
	for s := bufio.NewScanner(file); s.Scan(); {
		cells := strings.Split(strings.Trim(s.Text(), "|"), " | ")
		id := draft.ID(strings.TrimSpace(cells[0]))
		f, ok := draft.FieldOf(id)
		if !ok || f.Beyond() || len(cells) < 6 {
			continue
		}
		seen++
		if got := sections[f.Section]; got != cells[1] {
			t.Errorf("field %s: section %q, in the list %q", id, got, cells[1])
		}
		if f.Title("en") != cells[2] || string(f.Need) != cells[3] {
			t.Errorf("field %s: %q (%s), in the list %q (%s)", id, f.Title("en"), f.Need, cells[2], cells[3])
		}
		checkOptions(t, f, strings.TrimSpace(cells[5]))
	}
	if seen != 100 {
		t.Errorf("%d fields of the list, want 100", seen)
	}
}

// checkOptions compares the options of a choice; wordings that the list itself
// shortens have to be marked.
func checkOptions(t *testing.T, f draft.Field, listed string) {
	t.Helper()
	if listed == "" || !strings.Contains(listed, " · ") {
		return // yes and no are ours where the list has no options
	}
	want := strings.Split(listed, " · ")
	if len(want) != len(f.Options) {
		t.Errorf("field %s: %d options, in the list %d", f.ID, len(f.Options), len(want))
		return
	}
	for i, o := range f.Options {
		whole := strings.TrimPrefix(want[i], "… ")
		cut := whole != want[i] || strings.Contains(whole, "shortened") || strings.Contains(whole, "[…]")
		whole, _, _ = strings.Cut(whole, " (wording")
		whole, _, _ = strings.Cut(whole, " – wording")
		whole, _, _ = strings.Cut(whole, " (…)")
		if !strings.Contains(o.Title("en"), whole) {
			t.Errorf("field %s: option %q, in the list %q", f.ID, o.Title("en"), want[i])
		}
		if cut && !o.Shortened && !f.Shortened {
			t.Errorf("field %s: option %s is shortened in the list and not marked", f.ID, o.ID)
		}
	}
}

func TestEveryFieldIsWhole(t *testing.T) {
	types := []string{"choice", "multi", "text", "long", "yes-no", "number", "moment", "date"}
	needs := map[draft.Need]int{}
	ids := map[draft.ID]bool{}
	for _, f := range draft.Fields() {
		if ids[f.ID] {
			t.Errorf("field %s stands twice", f.ID)
		}
		ids[f.ID] = true
		if !slices.Contains(types, f.Type) {
			t.Errorf("field %s: no type %q", f.ID, f.Type)
		}
		chosen := f.Type == "choice" || f.Type == "multi" || f.Type == "yes-no"
		if chosen != (len(f.Options) > 1) {
			t.Errorf("field %s is a %s with %d options", f.ID, f.Type, len(f.Options))
		}
		if !f.Beyond() {
			needs[f.Need]++
		}
		for _, lang := range []string{"en", "sv", "fi"} {
			if f.Title(lang) == "" {
				t.Errorf("field %s has no wording in %s", f.ID, lang)
			}
			for _, o := range f.Options {
				if o.ID == "" || o.Title(lang) == "" {
					t.Errorf("field %s: option %q has no wording in %s", f.ID, o.ID, lang)
				}
			}
		}
	}
	if needs[draft.Mandatory] != 42 || needs[draft.Conditional] != 46 || needs[draft.Optional] != 12 {
		t.Errorf("needs are %v, want 42 mandatory, 46 conditional, 12 optional", needs)
	}
	if f, _ := draft.FieldOf("60"); len(f.Options) != 25 {
		t.Errorf("%d types of incident, want 25", len(f.Options))
	}
}

func TestConditionsAskOnlyWhatStandsBefore(t *testing.T) {
	before := map[draft.ID]draft.Field{}
	for _, f := range draft.Fields() {
		for _, c := range f.Asks() {
			g, ok := before[c.Field]
			if !ok {
				t.Errorf("field %s asks for %s, which does not stand before it", f.ID, c.Field)
				continue
			}
			if _, ok := g.Option(c.Option); !ok && c.Option != "*" {
				t.Errorf("field %s asks for option %q of field %s, which has none", f.ID, c.Option, c.Field)
			}
		}
		before[f.ID] = f
	}
}

func TestEveryKindOfDataHasAType(t *testing.T) {
	field, _ := draft.FieldOf("70")
	for _, k := range breach.AllKinds() {
		c := base(t)
		c.Extent.Kinds = []draft.KindCount{{Kind: k}}
		a := answer(t, fill(t, c), "70")
		o, ok := field.Option(a.Options[0])
		if !ok || !strings.HasPrefix(o.Title("en"), string(k.Category())) {
			t.Errorf("%s falls under %q, want %s", k, o.Title("en"), k.Category())
		}
	}
}

func TestShapesTakeFieldsThatThereAre(t *testing.T) {
	if n := len(draft.Shapes("")); n != 11 {
		t.Errorf("%d shapes, want 11", n)
	}
	for _, country := range []string{"FI", "SE"} {
		for _, s := range draft.Shapes(country) {
			ids := s.Fields()
			if len(ids) < 5 || s.Title() == "" {
				t.Errorf("%s takes %d fields", s.ID, len(ids))
			}
			slices.Sort(ids)
			if len(slices.Compact(slices.Clone(ids))) != len(ids) {
				t.Errorf("%s takes a field twice", s.ID)
			}
		}
	}
	// What GDPR art. 33(3) wants at least has to fit in whatever shape.
	for _, id := range []string{"se-imy", "fi-dpa-preliminary", "fi-dpa-supplementary"} {
		s, ok := draft.ShapeOf(id)
		if !ok {
			t.Fatalf("no shape %s", id)
		}
		for _, need := range []draft.ID{"62", "65", "68", "70", "73", "30", "31", "79", "85", "92", "49"} {
			if !slices.Contains(s.Fields(), need) {
				t.Errorf("%s does not take field %s", id, need)
			}
		}
	}
}
