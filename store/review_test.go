package store_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// question is one about the person p1.
func question(n int64) store.Question {
	return store.Question{Number: n, Key: store.QuestionKey{byte(n)}, Path: "a.zip", Place: breach.At(breach.Step{Unit: breach.Line, N: n}),
		Kinds: breach.KindsOf(breach.Name), Why: "one-of", WhyKinds: breach.KindsOf(breach.Name), Probability: 0.5,
		People: []int64{1}, Entries: [][]store.RegisterKey{{{Register: "pupils", Key: breach.Hide("P-1")}}}}
}

// list writes people by number, each with a grade, on the rolls of everybody and
// of group 3; those in hidden have a protected identity.
func list(t *testing.T, s *store.Store, id store.CaseID, grades []breach.Grade, hidden ...int64) {
	t.Helper()
	w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
	if err != nil {
		t.Fatal(err)
	}
	for i, grade := range grades {
		p := store.Person{Number: int64(i) + 1, Grade: grade, Kinds: breach.KindsOf(breach.Email),
			Exposures: []breach.Exposure{{Kind: breach.Email, Grade: grade, Places: 1}}}
		of := store.Portrait{Protected: slices.Contains(hidden, p.Number), Groups: []string{"7B"}, Registers: []string{"pupils"}}
		if err := w.Person(p); err != nil {
			t.Fatal(err)
		}
		if err := w.Enlist(p, of, store.Everybody, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestRollsListWhoIsOfAGroupAndAGrade(t *testing.T) {
	s, id := open(t)
	grades := make([]breach.Grade, 2*store.RollPage+7)
	for i := range grades {
		grades[i] = breach.Likely
		if i%50 == 0 {
			grades[i] = breach.Proven
		}
	}
	list(t, s, id, grades, 2, 51)
	g := can(t, s, id, auth.ListPeople)
	for _, c := range []struct {
		name  string
		roll  store.Roll
		pages int64
		last  int // on the last page
		first int64
	}{
		{"surely, any kind, without the protected", store.Roll{Grade: breach.Proven}, 1, 4, 1},
		{"likely, over pages", store.Roll{Grade: breach.Likely}, 3, 1, 3},
		{"of a group, one kind", store.Roll{Group: 3, Kind: "email", Grade: breach.Likely}, 3, 1, 3},
		{"a kind of which nothing is known", store.Roll{Kind: "health", Grade: breach.Likely}, 0, 0, 0},
		{"in no register", store.Roll{Group: store.Outside, Grade: breach.Likely}, 0, 0, 0},
	} {
		pages, err := s.RollPages(t.Context(), g, c.roll)
		if err != nil || pages != c.pages {
			t.Errorf("%s: %d pages, want %d, error %v", c.name, pages, c.pages, err)
			continue
		}
		last, err := s.Roll(t.Context(), g, c.roll, max(pages, 1))
		if err != nil || len(last) != c.last {
			t.Errorf("%s: %d people on the last page, want %d, error %v", c.name, len(last), c.last, err)
		}
		begin, err := s.Roll(t.Context(), g, c.roll, 1)
		if err != nil || len(begin) > 0 && begin[0].Number != c.first {
			t.Errorf("%s: it begins otherwise than with %d, error %v", c.name, c.first, err)
		}
	}
	portraits, err := s.Portraits(t.Context(), g, 1, 2)
	if err != nil || portraits[1].Protected || !portraits[2].Protected || portraits[1].Groups[0] != "7B" {
		t.Errorf("portraits %+v, error %v", portraits, err)
	}
	list(t, s, id, grades[:1])
	if pages, err := s.RollPages(t.Context(), g, store.Roll{Grade: breach.Likely}); err != nil || pages != 0 {
		t.Errorf("after another resolve: %d pages, error %v", pages, err)
	}
}

func TestJudgementsOutliveTheQuestions(t *testing.T) {
	s, id := open(t)
	ask := func(numbers ...int64) {
		w, err := s.BeginPeople(t.Context(), can(t, s, id, auth.Resolve))
		for _, n := range numbers {
			if err == nil {
				err = w.Question(question(n))
			}
		}
		if err == nil {
			err = w.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ask(1, 2, 3)
	g := can(t, s, id, auth.Judge)
	waits := func(w store.Waits) (numbers []int64) {
		list, all, err := s.Questions(t.Context(), g, w, 0, 10)
		for _, q := range list {
			numbers = append(numbers, q.Number)
		}
		if err != nil || all != int64(len(list)) {
			t.Fatalf("%d of %d questions, error %v", len(list), all, err)
		}
		return numbers
	}
	judge := func(n int64, says store.Says) {
		j := store.Judgement{Key: question(n).Key, Says: says, Why: "class list"}
		if says == store.IsOne {
			j.Of = question(n).Entries[0]
		}
		if _, err := s.Judge(t.Context(), g, j); err != nil {
			t.Fatal(err)
		}
	}
	judge(1, store.IsOne)
	judge(3, store.IsNone)
	judge(3, store.Undone)
	if got := waits(store.Unanswered); !slices.Equal(got, []int64{2, 3}) {
		t.Errorf("unanswered: %v", got)
	}
	ask(1, 2)
	if got := waits(store.Answered); !slices.Equal(got, []int64{1}) {
		t.Errorf("answered, after another resolve: %v", got)
	}
	said, err := s.JudgementsOf(t.Context(), g, question(3).Key)
	if err != nil || len(said) != 2 || said[0].Says != store.IsNone || said[1].Says != store.Undone || said[0].Why != "class list" {
		t.Errorf("said of a question that is gone: %+v, error %v", said, err)
	}
	said, err = s.JudgementsOf(t.Context(), g, question(1).Key)
	if err != nil || len(said) != 1 || said[0].Of[0] != question(1).Entries[0][0] || said[0].By != "console:test" {
		t.Errorf("said of the first: %+v, error %v", said, err)
	}
	q, err := s.QuestionNumbered(t.Context(), g, 2)
	if err != nil || q.Path != "a.zip" || q.Place.String() != question(2).Place.String() || q.Entries[0][0] != question(2).Entries[0][0] {
		t.Errorf("the second: error %v", err)
	}
}

func TestJudgementsOfPeopleAreKeptWhole(t *testing.T) {
	s, id := open(t)
	g := can(t, s, id, auth.Judge)
	one := store.Meant{RegisterKey: store.RegisterKey{Register: "pupils", Key: breach.Hide("1")},
		Was: breach.Entry{Names: []breach.FullName{{Given: breach.Hide("Tova"), Surname: breach.Hide("Testlund")}}, NationalIDs: []breach.Personal{breach.Hide("010594Y9032")}, BirthDate: breach.Hide("1994-05-01")}}
	two := store.Meant{RegisterKey: store.RegisterKey{Register: "customers", Key: breach.Hide("1")}}
	key := func(round int64, entries ...store.RegisterKey) store.QuestionKey {
		k, err := s.PeopleKey(t.Context(), g, entries, round)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := key(0, one.RegisterKey, two.RegisterKey)
	if k != key(0, two.RegisterKey, one.RegisterKey) || k == key(1, one.RegisterKey, two.RegisterKey) || k == key(0, one.RegisterKey) {
		t.Error("the question of two entries is not the same in any order, or not another than the others")
	}
	j := store.Judgement{Key: k, Says: store.Apart, Why: "two people called", Role: "reviewer", Guarded: true, Groups: [][]store.Meant{{one}, {two}}}
	refused := errors.New("no")
	if _, err := s.JudgeAll(t.Context(), g, func([]store.Judgement) error { return refused }, j, j); !errors.Is(err, refused) {
		t.Errorf("refused: %v", err)
	}
	kept, err := s.Judge(t.Context(), g, j)
	if err != nil || kept.Number != 1 {
		t.Fatalf("kept %+v, error %v; what was refused is to leave nothing", kept, err)
	}
	list, err := s.Judgements(t.Context(), g)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d judgements, error %v", len(list), err)
	}
	if got := list[0]; got.Says != j.Says || got.Role != j.Role || !got.Guarded || !reflect.DeepEqual(got.Groups, j.Groups) {
		t.Errorf("kept %+v, want %+v", got, j)
	}
	again, err := s.Again(t.Context(), g, k, 1)
	if other, bad := s.Again(t.Context(), g, k, 2); err != nil || bad != nil || again == other || again == k {
		t.Errorf("asked again: errors %v, %v, or the same question", err, bad)
	}
}
