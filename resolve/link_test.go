package resolve_test

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

func TestProbabilities(t *testing.T) {
	cases := []struct {
		what     string
		mention  breach.Mention
		low, top float64
	}{
		{"a hetu", prose(1, hetu("010594Y9032")), 0.999, 1},
		{"a hetu beside another name", prose(1, name("Pekka Puro"), hetu("010594Y9032")), 0.999, 0.9991},
		{"ten digits in a small register", prose(1, ten("8112289841")), 0.99, 1},
		{"ten digits and another name under a heading", row(1, labelled(name("Pekka Puro")), ten("8112289841")), 0.9, 0.999},
		{"an e-mail", prose(1, email("anna.berg@example.se")), 0.99, 0.999},
		{"an e-mail and the name", prose(1, name("Anna Berg"), email("anna.berg@example.se")), 0.999, 1},
		{"a name and a phone", prose(1, name("Ella Mäkinen"), phone("+358401000003")), 0.9, 0.99},
		{"one of two", prose(1, name("Anna Berg"), phone("+46701740605")), 0.4, 0.5},
		{"an e-mail of nobody", prose(1, email("bo@example.com")), 0.9, 0.99},
		{"a hetu of nobody", prose(1, hetu("030594W903B")), 0.99, 1},
		{"twelve digits of nobody, bare", prose(1, find(breach.NationalID, "se-personnummer", "190005272398", breach.Strong)), 0.5, 0.9},
		{"a name", prose(1, name("Ella Mäkinen")), 0, 0},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			got := links(t, []breach.Mention{c.mention})
			if len(got) == 0 || got[0].Probability < c.low || got[0].Probability > c.top {
				t.Errorf("links %v, want the first between %v and %v", got, c.low, c.top)
			}
		})
	}
}

// crowded is the village's register with every tenth valid number taken.
type crowded struct{ resolve.Register }

func (crowded) Occupancy(string) float64 { return 0.12 }

func TestOccupancyLowersBareNumbers(t *testing.T) {
	x, people := town(t, village())
	chance := func(m breach.Mention) float64 {
		return linksOf(t, crowded{x}, people, []breach.Mention{m})[0].Probability
	}
	bare, headed := chance(prose(1, ten("8112289841"))), chance(row(1, labelled(ten("8112289841"))))
	named, strong := chance(prose(1, name("Anna Berg"), ten("8112289841"))), chance(prose(1, hetu("010594Y9032")))
	other := chance(prose(1, labelled(name("Pekka Puro")), ten("8112289841")))
	if !(other < bare && bare < 0.9 && headed > 0.99 && named > 0.99 && strong > 0.999) {
		t.Errorf("other name %v, bare %v, under a heading %v, with the name %v, hetu %v", other, bare, headed, named, strong)
	}
}

func TestStrangerKeys(t *testing.T) {
	byID := links(t, []breach.Mention{row(1, name("Bo Ek"), email("bo@example.com"), hetu("030594W903B"))})[0]
	byMail := links(t, []breach.Mention{prose(1, email("bo@example.com"))})[0]
	long := links(t, []breach.Mention{prose(1, find(breach.NationalID, "se-personnummer", "197010632391", breach.Strong))})[0]
	short := links(t, []breach.Mention{row(1, labelled(ten("7010632391")))})[0]
	known := links(t, []breach.Mention{prose(1, hetu("010594Y9032"))})[0]

	if got, want := byID.StrangerKey(), breach.Hide("national-id:FI:030594W903B"); got != want {
		t.Error("the surest identifier is not the key")
	}
	if !slices.Contains(byID.Aliases(), byMail.StrangerKey()) {
		t.Error("the e-mail beside the number is not the key of the e-mail alone")
	}
	if long.StrangerKey() != short.StrangerKey() {
		t.Error("ten and twelve digits have other keys")
	}
	if !known.StrangerKey().IsZero() || len(known.Aliases()) != 0 {
		t.Error("somebody in the register has the key of a stranger")
	}
}

func TestReasons(t *testing.T) {
	keys := map[string]bool{}
	for _, r := range resolve.Reasons() {
		if !strings.HasPrefix(r.Key(), "why.") || keys[r.Key()] {
			t.Errorf("%s: key %s", r, r.Key())
		}
		keys[r.Key()] = true
	}
	w := resolve.Why{Reason: resolve.ByFields, Fields: breach.KindsOf(breach.Phone, breach.Name), Candidates: 1}
	if got := fmt.Sprint(w.Key(), w.Args()); got != "why.fieldsmap[Candidates:1 Fields:[name phone]]" {
		t.Errorf("got %s", got)
	}
}

// Every reason that comes out is in the list.
func TestReasonsAreClosed(t *testing.T) {
	for _, l := range links(t, []breach.Mention{prose(1, hetu("010594Y9032")), prose(2, name("Anna Berg")), prose(3, email("koivuset@example.fi")), title(word(breach.Fee))}) {
		if !slices.Contains(resolve.Reasons(), l.Why.Reason) {
			t.Errorf("reason %q is not in the list", l.Why.Reason)
		}
	}
}

func TestItemIsDeterministic(t *testing.T) {
	mentions := []breach.Mention{
		row(1, name("Aino Koivunen"), hetu("010516B903X"), email("matti.koivunen@example.fi"), phone("+358401000002")),
		prose(2, name("Anna Berg"), phone("+46701740605")), prose(3, name("Sanna Koivunen")), prose(4, email("bo@example.com")), title(word(breach.Health)),
	}
	want := links(t, mentions)
	for range 5 {
		if got := links(t, mentions); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, the first time %v", got, want)
		}
	}
}

func TestManyNamesAreDecidedBeforeTheEnd(t *testing.T) {
	x, people := town(t, village())
	traces, same := 0, 0
	seen := 0
	err := resolve.Item(x, people, func(yield func(breach.Mention, error) bool) {
		for i := range int64(50_000) {
			if !yield(prose(i+1, name("Ella Mäkinen")), nil) {
				return
			}
			if i == 49_998 && seen < 40_000 {
				t.Errorf("%d of 50,000 mentions decided before the end", seen)
			}
		}
		yield(prose(50_001, hetu("020516C902J")), nil)
	}, func(l resolve.Link) error {
		seen++
		if l.Trace() {
			traces++
		} else if l.Why.Reason == resolve.SameDocument {
			same++
		}
		return nil
	})
	if err != nil || traces+same != 50_000 || same == 0 {
		t.Errorf("%d traces and %d by the document: %v", traces, same, err)
	}
}

func TestMemoryDoesNotGrowWithTheItem(t *testing.T) {
	x, people := town(t, village())
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, after := heap(), uint64(0)
	m := row(2, labelled(name("Aino Koivunen")), labelled(hetu("010516B903X")))
	if err := resolve.Item(x, people, func(yield func(breach.Mention, error) bool) {
		for range 60_000 {
			if !yield(m, nil) {
				return
			}
		}
		after = heap()
	}, sink); err != nil {
		t.Fatal(err)
	}
	if after > before+1<<20 {
		t.Errorf("%d bytes more after 60,000 mentions", after-before)
	}
}

func TestItemStops(t *testing.T) {
	x, people := town(t, village())
	broken := errors.New("broken")
	fail := func(resolve.Link) error { return broken }
	for what, mentions := range map[string][]breach.Mention{
		"at a link": {prose(1, hetu("010594Y9032"))}, "at a name": {prose(1, name("Anna Berg"))},
	} {
		if err := resolve.Item(x, people, each(mentions), fail); !errors.Is(err, broken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	topic := []breach.Mention{title(word(breach.Fee)), prose(1, hetu("010594Y9032"))}
	if err := resolve.Item(x, people, each(topic), func(l resolve.Link) error {
		if l.Why.Reason == resolve.DocumentTopic {
			return broken
		}
		return nil
	}); !errors.Is(err, broken) {
		t.Errorf("at a topic: %v", err)
	}
	if err := resolve.Item(x, people, func(yield func(breach.Mention, error) bool) { yield(breach.Mention{}, broken) }, fail); !errors.Is(err, broken) {
		t.Errorf("at a mention: %v", err)
	}
}

func ExampleItem() {
	entries := []breach.Entry{{Register: "pupils", Names: named("Aino", "Koivunen")}}
	reg := listed(entries)
	people := resolve.NewPeople(len(entries), reg.Entry, reg.Who)
	mentions := []breach.Mention{row(14, name("Aino Koivunen"), email("aino@example.fi"), cell(breach.Language))}
	_ = resolve.Item(reg, people, each(mentions), func(l resolve.Link) error {
		fmt.Println(l.Place, l.Persons, l.Why.Key(), l.Kinds)
		return nil
	})
	// Output: sheet 1 row 14 [0] why.unique-value-agrees [{name proven} {email proven} {language proven}]
}

// listed is a register without an index, of one person.
type listed []breach.Entry

func (r listed) Who(f breach.Finding) []breach.EntryID {
	if f.Kind == breach.Email || f.Kind == breach.Name {
		return []breach.EntryID{0}
	}
	return nil
}
func (r listed) Entry(id breach.EntryID) breach.Entry { return r[id] }
func (r listed) Occupancy(string) float64             { return 0 }
