package casework_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// protectedCase is a case in whose evidence so many of forty pupils have a
// protected identity, who were entered as a group of people.
func protectedCase(t *testing.T, protected int64) *office {
	t.Helper()
	o := misSent(t)
	g, err := o.Store.Grant(t.Context(), auth.Console("test", store.Local, auth.Instant{Wall: o.Now()}), auth.Ask{Action: auth.Resolve, Case: o.id})
	if err != nil {
		t.Fatal(err)
	}
	w, err := o.Store.BeginPeople(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	counts := []casework.Count{{Registered: 40, Likely: 12, Unknown: 28, Upper: 14}, {Kind: breach.Health, Registered: 40, Likely: 12, Unknown: 28, Upper: 14},
		{Kind: breach.ProtectedIdentity, Registered: 40, Likely: protected, Unknown: 40 - protected, Upper: protected}}
	err = w.Summary("result", casework.Result{At: o.Now(), Protected: protected, Rows: []assess.Row{{Counts: counts}, {Group: "pupils", Counts: counts}}})
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.TakeCohorts(t.Context(), o.id, "protected identity", casework.Typed{Say: locale.For("en")}); err != nil {
		t.Fatal(err)
	}
	o.enter("cohort\tname=hidden away\tkinds=address\tprotected=yes\tlower=" + strconv.FormatInt(protected, 10) + "\tupper=" + strconv.FormatInt(protected, 10))
	return o
}

// waysOut is all that is told of a case to whoever may read its facts, and what
// is kept when it is closed, by name; ids and keys, which differ by chance, apart.
func (o *office) waysOut() map[string]string {
	o.Helper()
	x, out := o.dossier(), map[string]string{}
	put := func(name string, v any, err error) {
		raw, wrong := json.Marshal(v)
		if err != nil || wrong != nil {
			o.Fatalf("%s: %v %v", name, err, wrong)
		}
		out[name] = strings.ReplaceAll(string(raw), string(o.id), "THE-CASE")
	}
	var bounds []string
	for _, c := range append(x.Cohorts(), x.Suggested()...) {
		bounds = append(bounds, c.Name+" "+casework.Bounds(c.People, locale.For("en")))
	}
	put("groups", bounds, nil)
	for _, f := range x.Items("cohort") {
		for _, v := range x.History("cohort", f.Item) {
			put("fact "+f.Item, casework.Words(v, "lower", locale.For("en"), time.UTC)+"-"+casework.Words(v, "upper", locale.For("en"), time.UTC), nil)
		}
	}
	for _, form := range casework.Forms("SE") {
		d, err := x.Draft(casework.Drafting{Form: form, Incomplete: true})
		if err != nil {
			o.Fatal(err)
		}
		raw, err := d.JSON()
		put("draft "+form, string(raw), err)
	}
	for _, name := range casework.Papers() {
		p, err := x.Paper(name, locale.For("en"))
		put("paper "+name, p, err)
	}
	for _, name := range casework.Vocabularies() {
		var told bytes.Buffer
		err := x.Exchange(&told, store.Case{ID: "c1", OpenedAt: o.Now()}, "", name)
		put("exchange "+name, told.String(), err)
	}
	duties, err := x.Duties(true)
	put("duties", duties, err)
	put("timeline", x.Timeline(locale.For("en")), nil)
	put("next", x.Next(), nil)
	o.kept(put)
	return out
}

// kept puts what closing keeps.
func (o *office) kept(put func(string, any, error)) {
	o.Helper()
	c, err := o.Case(o.Context(), string(o.id))
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.Close(o.Context(), c, casework.CloseOptions{}); err != nil {
		o.Fatal(err)
	}
	for _, name := range []string{"case.json", "counts.csv", "facts.jsonl"} {
		raw, err := os.ReadFile(filepath.Join(o.Store.ClosedDir(o.id), name))
		put("kept "+name, string(raw), err)
	}
}

// TestFewProtectedPeopleAreCountedOutNowhere tells two cases that differ in
// nothing but how few people with a protected identity there are: nothing that
// leaves either of them may differ.
func TestFewProtectedPeopleAreCountedOutNowhere(t *testing.T) {
	two, three, seven := protectedCase(t, 2).waysOut(), protectedCase(t, 3).waysOut(), protectedCase(t, 7).waysOut()
	differ := 0
	for name, told := range two {
		if told != three[name] {
			t.Errorf("%s tells two from three:\n%s\n%s", name, told, three[name])
		}
		if told != seven[name] {
			differ++
		}
	}
	if len(two) < 12 || differ < 6 {
		t.Errorf("of %d ways out, %d tell seven from two: enough people are counted out", len(two), differ)
	}
	if want := `"hidden away 1–4"`; !strings.Contains(two["groups"], want) {
		t.Errorf("groups are %s, want %s", two["groups"], want)
	}
}

// TestFewWereEnteredBeforeTheyWereProtected takes a group whose number somebody
// entered before its people were known to be protected, as was entered by a
// version that hid nothing.
func TestFewWereEnteredBeforeTheyWereProtected(t *testing.T) {
	o := misSent(t)
	first := o.enter("cohort\tname=a family\tlower=3\tupper=3")
	_, err := o.Enter(t.Context(), o.id, casework.Entering{Sort: "cohort", Item: first.Item, Base: first.Version,
		Typed: casework.Typed{Parts: map[string]string{"name": "a family", "lower": "3", "upper": "12", "protected": "yes"}}})
	if err != nil {
		t.Fatal(err)
	}
	history := o.dossier().History("cohort", first.Item)
	if len(history) != 2 {
		t.Fatalf("%d versions, want 2", len(history))
	}
	for i, want := range []string{"1 4", "1 12"} {
		if got := history[i].Parts.Says("lower") + " " + history[i].Parts.Says("upper"); got != want {
			t.Errorf("version %d says %s, want %s", i+1, got, want)
		}
	}
}
