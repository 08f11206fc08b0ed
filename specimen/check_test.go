package specimen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/specimen"
)

// answer is an export in the making: what a scan that sees everything says.
type answer struct {
	people map[string]*told
	order  []string
	items  []specimen.Item
}

type told struct {
	specimen.Plant
	grade string
	files map[string]breach.Kinds
}

// perfect answers a key.
func perfect(key specimen.Key) *answer {
	a := &answer{people: map[string]*told{}, items: slices.Clone(key.Items)}
	for _, p := range key.Plants {
		if p.Kinds == 0 {
			continue
		}
		a.tell(p)
	}
	return a
}

func (a *answer) tell(p specimen.Plant) {
	if a.people[p.Person] == nil {
		a.people[p.Person] = &told{p, "proven", map[string]breach.Kinds{}}
		a.order = append(a.order, p.Person)
	}
	x := a.people[p.Person]
	x.files[p.Evidence] |= p.Kinds
	if len(p.Identifiers) > len(x.Identifiers) {
		x.Identifiers = p.Identifiers
	}
}

// export writes the answer as the command does.
func (a *answer) export(t *testing.T) io.Reader {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	line := func(v map[string]any) {
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	for n, name := range a.order {
		p := a.people[name]
		var files []map[string]any
		var all breach.Kinds
		for e, k := range p.files {
			files = append(files, map[string]any{"evidence": e, "kinds": k.Strings(), "places": []string{"row 1"}})
			all |= k
		}
		row := map[string]any{"type": "person", "id": fmt.Sprintf("p%d", n), "grade": p.grade, "kinds": all.Strings(), "files": files, "register": nil}
		if len(p.Entries) == 0 {
			row["identifiers"] = p.Identifiers
			line(row)
		}
		for _, e := range p.Entries {
			row["register"], row["key"] = e.Register, e.Key
			line(row)
		}
	}
	states := map[string]int{}
	for _, i := range a.items {
		states[string(i.States[0])]++
		line(map[string]any{"type": "evidence", "evidence": i.Evidence, "state": i.States[0], "reason": ""})
	}
	line(map[string]any{"type": "account", "items": len(a.items), "states": states})
	return &b
}

func checked(t *testing.T, key specimen.Key, a *answer) specimen.Score {
	t.Helper()
	s, err := specimen.Check(key, a.export(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPerfectAnswer(t *testing.T) {
	_, key := made(t, specimen.Options{Seed: 21, People: 500, Files: 300})
	s := checked(t, key, perfect(key))
	for name, c := range map[string]specimen.Tally{"plain": s.Plain, "plain places": s.PlainPlaces, "all": s.All, "all places": s.AllPlaces} {
		if c.Expected < 100 || c.Recall() != 1 || c.Precision() != 1 {
			t.Errorf("%s: %+v, want everything right", name, c)
		}
	}
	if len(s.Decoys)+len(s.Missing)+len(s.Extra)+len(s.Wrong)+s.Merged+s.Split+s.Nobody > 0 || !s.AddsUp {
		t.Errorf("a perfect answer has faults: %d decoys, %d missing, %d extra, %d wrong, %d merged, %d split, %d nobody, adds up %v",
			len(s.Decoys), len(s.Missing), len(s.Extra), len(s.Wrong), s.Merged, s.Split, s.Nobody, s.AddsUp)
	}
}

func TestFaultsAreSeen(t *testing.T) {
	_, key := made(t, specimen.Options{Seed: 22, People: 300, Files: 200})
	registered := slices.IndexFunc(key.Plants, func(p specimen.Plant) bool {
		return p.How == specimen.Unique && p.Plain && len(p.Entries) > 0 && p.Kinds.Has(breach.NationalID)
	})
	victim := key.Plants[registered]
	before := checked(t, key, perfect(key))
	tests := []struct {
		name  string
		spoil func(a *answer)
		seen  func(s specimen.Score) bool
	}{
		{"a person left out", func(a *answer) {
			a.order = slices.DeleteFunc(a.order, func(p string) bool { return p == victim.Person })
		}, func(s specimen.Score) bool { return s.Plain.Found < before.Plain.Found && s.Plain.Recall() < 1 }},
		{"no more than possible", func(a *answer) { a.people[victim.Person].grade = "possible" },
			func(s specimen.Score) bool { return s.Possible > 0 && s.Plain.Recall() < 1 && s.Plain.Precision() == 1 }},
		{"a kind that is not there", func(a *answer) { a.people[victim.Person].files[victim.Evidence] |= breach.KindsOf(breach.Photo) },
			func(s specimen.Score) bool {
				return s.Plain.Precision() < 1 && s.All.Precision() < 1 && s.Plain.Recall() == 1
			}},
		{"somebody of the register who is nowhere", func(a *answer) {
			a.tell(specimen.Plant{Person: "x", Evidence: victim.Evidence, Entries: []specimen.Entry{{Register: "pupils", Key: "P-1"}}, Kinds: victim.Kinds})
		}, func(s specimen.Score) bool { return s.Nobody == 1 && s.Plain.Precision() < 1 }},
		{"a decoy taken for a person", func(a *answer) {
			d := key.Decoys[slices.IndexFunc(key.Decoys, func(d specimen.Decoy) bool { return d.What == "function mailbox" })]
			a.tell(specimen.Plant{Person: "x", Evidence: d.Evidence, Identifiers: map[string]string{"email": d.Value}, Kinds: breach.KindsOf(breach.Email)})
		}, func(s specimen.Score) bool { return len(s.Decoys) > 0 && s.Decoys[0].What == "function mailbox" }},
		{"the namesake taken for the pupil", func(a *answer) {
			d := key.Decoys[slices.IndexFunc(key.Decoys, func(d specimen.Decoy) bool { return d.What == "namesake" })]
			a.tell(specimen.Plant{Person: "x", Evidence: d.Evidence, Entries: d.Entries, Kinds: breach.KindsOf(breach.Name)})
		}, func(s specimen.Score) bool { return len(s.Decoys) == 1 && s.Decoys[0].What == "namesake" }},
		{"an item left out", func(a *answer) { a.items = a.items[1:] },
			func(s specimen.Score) bool { return len(s.Missing) == 1 && s.AddsUp }},
		{"an item invented", func(a *answer) {
			a.items = append(a.items, specimen.Item{Evidence: "new.txt", States: []breach.State{breach.Read}})
		}, func(s specimen.Score) bool { return len(s.Extra) == 1 }},
		{"what was rescued from a wreck", func(a *answer) {
			i := slices.IndexFunc(a.items, func(i specimen.Item) bool { return i.Format == "docx-truncated" })
			a.items = append(a.items, specimen.Item{Evidence: a.items[i].Evidence + "!/part.xml", States: []breach.State{breach.Partly}})
		}, func(s specimen.Score) bool { return len(s.Extra) == 0 && s.AddsUp }},
		{"a wreck said to be read", func(a *answer) {
			i := slices.IndexFunc(a.items, func(i specimen.Item) bool { return i.Format == "docx-truncated" })
			a.items[i].States = []breach.State{breach.Read}
		}, func(s specimen.Score) bool {
			return len(s.Wrong) == 1 && s.States[specimen.StatePair{Want: breach.NotReadable, Got: breach.Read}] == 1
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := perfect(key)
			tt.spoil(a)
			s := checked(t, key, a)
			if !tt.seen(s) {
				t.Errorf("not seen: plain %+v, all %+v, %d decoys, %d nobody, %d missing, %d extra, %d wrong",
					s.Plain, s.All, len(s.Decoys), s.Nobody, len(s.Missing), len(s.Extra), len(s.Wrong))
			}
		})
	}
}

func TestSumsThatDoNotAddUp(t *testing.T) {
	for name, line := range map[string]string{
		"too few":   `{"type":"account","items":2,"states":{"read":1}}`,
		"no items":  `{"type":"account","states":{"read":1}}`,
		"not there": ``,
		"not those of the items": `{"type":"evidence","evidence":"a","state":"empty"}
{"type":"account","items":1,"states":{"read":1}}`,
	} {
		s, err := specimen.Check(specimen.Key{}, strings.NewReader(line))
		if err != nil || s.AddsUp {
			t.Errorf("%s: adds up %v, error %v", name, s.AddsUp, err)
		}
	}
}

func TestScorePrintsNoValues(t *testing.T) {
	_, key := made(t, specimen.Options{Seed: 23, People: 200, Files: 150})
	a := perfect(key)
	for _, d := range key.Decoys {
		if d.Value != "" {
			a.tell(specimen.Plant{Person: d.Value, Evidence: d.Evidence, Identifiers: map[string]string{"email": d.Value}, Kinds: breach.KindsOf(breach.Email)})
		}
	}
	s := checked(t, key, a)
	var out strings.Builder
	if err := s.Print(&out); err != nil {
		t.Fatal(err)
	}
	if len(s.Decoys) < 10 || !strings.Contains(out.String(), "CLAIMS") {
		t.Fatalf("%d decoys in\n%s", len(s.Decoys), out.String())
	}
	for _, p := range key.Plants {
		for kind, v := range p.Identifiers {
			if strings.Contains(out.String(), v) {
				t.Errorf("the score prints a %s", kind)
			}
		}
	}
	for _, d := range key.Decoys {
		if d.Value != "" && strings.Contains(out.String(), d.Value) {
			t.Errorf("the score prints a %s", d.What)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(`{"type":"person","id":"p1","register":"pupils","key":"P-1","grade":"proven","files":[{"evidence":"a.tar.gz!/a.tar!/b","kinds":["name"]}]}`)
	f.Add(`{"type":"account","items":1,"states":{"read":1}}`)
	f.Add(`{"type":"evidence","evidence":".tar.gz!/.tar"}`)
	key := specimen.Key{Plants: []specimen.Plant{{Evidence: "a", Person: "h1", Kinds: 2, Entries: []specimen.Entry{{Register: "pupils", Key: "P-1"}}}}}
	f.Fuzz(func(t *testing.T, export string) {
		s, err := specimen.Check(key, strings.NewReader(export))
		if err == nil && (s.All.Found > s.All.Expected || s.All.Right > s.All.Reported) {
			t.Errorf("more found than there is: %+v", s.All)
		}
		if _, err := specimen.ReadKey(strings.NewReader(export)); err == nil {
			return
		}
	})
}

func ExampleCheck() {
	key := specimen.Key{Plants: []specimen.Plant{{
		Evidence: "2A.csv", Format: "csv", Plain: true, Person: "h1.2", How: specimen.Unique,
		Entries: []specimen.Entry{{Register: "pupils", Key: "P-1010"}}, Kinds: breach.KindsOf(breach.Name, breach.NationalID),
	}}, Items: []specimen.Item{{Evidence: "2A.csv", Format: "csv", Plain: true, States: []breach.State{breach.Read}}}}
	export := `{"type":"person","id":"p1","register":"pupils","key":"P-1010","grade":"proven","kinds":["name"],"files":[{"evidence":"2A.csv","kinds":["name"]}]}`
	score, err := specimen.Check(key, strings.NewReader(export))
	fmt.Println(err, score.Plain.Recall(), score.Plain.Precision())
	// Output: <nil> 0.5 1
}
