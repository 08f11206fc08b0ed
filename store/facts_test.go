package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// caseFor opens an empty case.
func caseFor(t *testing.T, s *store.Store) store.CaseID {
	t.Helper()
	c, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// fact is a fact of one part.
func fact(field, item, says string) breach.Fact {
	return breach.Fact{Field: field, Item: item, Parts: breach.Texts(map[string]string{"text": says})}
}

func TestEveryVersionOfAFactStays(t *testing.T) {
	s := opened(t, lite(t))
	id := caseFor(t, s)
	base := int64(0)
	for i, says := range []string{"first words", "two", ""} {
		f := fact("cause", "", says)
		f.Gone = says == ""
		f, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), base, f)
		if err != nil {
			t.Fatalf("version %d: %v", i+1, err)
		}
		if base = f.Version; base != int64(i+1) || f.By == "" || f.At.IsZero() {
			t.Errorf("version %d is %+v", i+1, f)
		}
	}
	list, err := s.Facts(t.Context(), can(t, s, id, auth.ReadFacts))
	if err != nil || len(list) != 3 || list[0].Parts.Says("text") != "first words" || list[1].Parts.Says("text") != "two" || !list[2].Gone {
		t.Fatalf("%d facts, error %v", len(list), err)
	}
	if printed := fmt.Sprintf("%+v %#v", list, list); strings.Contains(printed, "first words") {
		t.Error("a fact prints what it says")
	}
}

func TestTwoWhoEnterTheSameFactAreShownBoth(t *testing.T) {
	s := opened(t, lite(t))
	id := caseFor(t, s)
	if _, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, fact("cause", "", "theirs")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, fact("cause", "", "mine"))
	var both *store.Conflict
	if !errors.As(err, &both) || both.Theirs.Parts.Says("text") != "theirs" || both.Yours.Parts.Says("text") != "mine" {
		t.Fatalf("got %v", err)
	}
	var refusal *breach.Refusal
	if !errors.As(err, &refusal) || refusal.Key != "refusal.fact-conflict" {
		t.Errorf("it is nothing that the user can mend: %v", err)
	}
	if _, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), both.Theirs.Version, fact("cause", "", "mine")); err != nil {
		t.Errorf("on top of theirs: %v", err)
	}
}

func TestItemsAreNumbered(t *testing.T) {
	s := opened(t, lite(t))
	id := caseFor(t, s)
	for _, want := range []string{"1", "2", "3"} {
		f, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, fact("party", breach.NewItem, want))
		if err != nil || f.Item != want {
			t.Errorf("item %q, want %q, error %v", f.Item, want, err)
		}
	}
	if f, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, fact("system", breach.NewItem, "")); err != nil || f.Item != "1" {
		t.Errorf("of another field: %q, error %v", f.Item, err)
	}
}

func TestDecisionsRestOnTheNewestFacts(t *testing.T) {
	s := opened(t, lite(t))
	id := caseFor(t, s)
	d := breach.Decision{About: "risk", Group: "1", Says: "high", Why: "children"}
	if _, err := s.Decide(t.Context(), can(t, s, id, auth.Decide), d); err != nil {
		t.Fatal(err)
	}
	f, err := s.Enter(t.Context(), can(t, s, id, auth.RecordFacts), 0, fact("cause", "", "known now"))
	if err != nil {
		t.Fatal(err)
	}
	var refusal *breach.Refusal
	if _, err := s.Decide(t.Context(), can(t, s, id, auth.Decide), d); !errors.As(err, &refusal) || refusal.Key != "refusal.facts-moved" {
		t.Errorf("on facts of before: %v", err)
	}
	if _, err := s.File(t.Context(), can(t, s, id, auth.FileNotification), breach.Filing{Form: "se-imy", Sent: clock}); !errors.As(err, &refusal) {
		t.Errorf("a filing on facts of before: %v", err)
	}
	d.Facts, d.Why = f.Version, "children, and it is published"
	if _, err := s.Decide(t.Context(), can(t, s, id, auth.Decide), d); err != nil {
		t.Fatal(err)
	}
	list, err := s.Decisions(t.Context(), can(t, s, id, auth.ReadFacts))
	if err != nil || len(list) != 2 || list[0].Why != "children" || list[1].Facts != f.Version || list[1].Number != 2 || list[1].Group != "1" {
		t.Errorf("%d decisions, error %v", len(list), err)
	}
}

func TestWhatWasSentStaysByteForByte(t *testing.T) {
	s := opened(t, lite(t))
	id := caseFor(t, s)
	sent := breach.Content("{\"draft\":\"\x00\xff\"}")
	f, err := s.File(t.Context(), can(t, s, id, auth.FileNotification), breach.Filing{Form: "se-imy", Sent: clock, Content: sent})
	if err != nil || f.Number != 1 {
		t.Fatalf("number %d, error %v", f.Number, err)
	}
	list, err := s.Filings(t.Context(), can(t, s, id, auth.ReadFacts))
	if err != nil || len(list) != 1 || list[0].Form != "se-imy" || string(list[0].Content) != string(sent) || !list[0].Sent.Equal(clock) {
		t.Errorf("%d filings, error %v", len(list), err)
	}
}

func TestFactsOfOneCaseAreNotAnothers(t *testing.T) {
	s := opened(t, lite(t))
	id, other := caseFor(t, s), caseFor(t, s)
	decided(t, s, id)
	for name, n := range map[string]func() (int, error){
		"facts": func() (int, error) {
			l, err := s.Facts(t.Context(), can(t, s, other, auth.ReadFacts))
			return len(l), err
		},
		"decisions": func() (int, error) {
			l, err := s.Decisions(t.Context(), can(t, s, other, auth.ReadFacts))
			return len(l), err
		},
		"filings": func() (int, error) {
			l, err := s.Filings(t.Context(), can(t, s, other, auth.ReadFacts))
			return len(l), err
		},
	} {
		if n, err := n(); n != 0 || err != nil {
			t.Errorf("%s: %d, error %v", name, n, err)
		}
	}
	if _, err := s.Facts(t.Context(), can(t, s, id, auth.ReadReport)); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("with leave for something else: %v", err)
	}
}
