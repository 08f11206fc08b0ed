package resolve_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

// crowd is people who share what people share: numbers, names with birth dates,
// phones and addresses, in three registers.
func crowd(r *rand.Rand, n int) []breach.Entry {
	numbers := []string{"010594Y9032", "010594Y9021", "020594X902N", "010516B903X", "020516C902J", "8112289841", "198112289841"}
	var entries []breach.Entry
	for i := range n {
		e := breach.Entry{Register: fmt.Sprint("r", r.IntN(3)), Key: breach.Hide(fmt.Sprint(i)), Names: named(fmt.Sprint("Name", r.IntN(4)), "Ek")}
		if r.IntN(3) == 0 {
			e.NationalIDs = hidden(numbers[r.IntN(len(numbers))])
		}
		if r.IntN(2) == 0 {
			e.BirthDate = breach.Hide(fmt.Sprintf("200%d-01-01", r.IntN(3)))
		}
		if r.IntN(2) == 0 {
			e.Phones = hidden(fmt.Sprintf("+4670174060%d", r.IntN(8)))
		}
		if r.IntN(2) == 0 {
			e.Addresses = living(fmt.Sprint("Storgatan ", r.IntN(5)), "12345", "Malmö")
		}
		entries = append(entries, e)
	}
	return entries
}

// said makes ties that do not contradict each other, of a made-up truth.
func said(r *rand.Rand, n int) (ties []resolve.Tie) {
	truth := make([]int, n)
	for i := range truth {
		truth[i] = r.IntN(n / 2)
	}
	of := func(who int) (group []breach.EntryID) {
		for i, t := range truth {
			if t == who {
				group = append(group, breach.EntryID(i))
			}
		}
		return group
	}
	for range r.IntN(6) {
		a, b := r.IntN(n), r.IntN(n)
		if truth[a] == truth[b] {
			ties = append(ties, resolve.Tie{Groups: [][]breach.EntryID{of(truth[a])}})
		} else {
			ties = append(ties, resolve.Tie{Groups: [][]breach.EntryID{of(truth[a]), of(truth[b])}})
		}
	}
	return ties
}

// groups gives who is one person, by key, whatever the order of entries.
func groups(entries []breach.Entry, ties []resolve.Tie) (list []string, people *resolve.People) {
	who := func(f breach.Finding) (ids []breach.EntryID) {
		for i, e := range entries {
			for _, n := range e.NationalIDs {
				if v := n.Reveal(); v == f.Value.Reveal() || f.Form == "se-personnummer" && len(v) >= 10 && len(f.Value.Reveal()) >= 10 && v[len(v)-10:] == f.Value.Reveal()[len(f.Value.Reveal())-10:] {
					ids = append(ids, breach.EntryID(i))
				}
			}
		}
		return slices.Compact(ids)
	}
	people = resolve.NewPeople(len(entries), func(id breach.EntryID) breach.Entry { return entries[id] }, who, ties...)
	for i := range entries {
		if people.Of(breach.EntryID(i)) != uint32(i) {
			continue
		}
		var keys []string
		for _, e := range people.Entries(uint32(i)) {
			keys = append(keys, entries[e].Key.Reveal())
		}
		slices.Sort(keys)
		list = append(list, fmt.Sprint(keys))
	}
	slices.Sort(list)
	return list, people
}

// shuffled brings entries into another order, and what was said of them too.
func shuffled(r *rand.Rand, entries []breach.Entry, ties []resolve.Tie) ([]breach.Entry, []resolve.Tie) {
	at := make([]breach.EntryID, len(entries))
	other := make([]breach.Entry, len(entries))
	for to, from := range r.Perm(len(entries)) {
		other[to], at[from] = entries[from], breach.EntryID(to)
	}
	moved := make([]resolve.Tie, len(ties))
	for i, tie := range ties {
		for _, group := range tie.Groups {
			var ids []breach.EntryID
			for _, id := range group {
				ids = append(ids, at[id])
			}
			r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			moved[i].Groups = append(moved[i].Groups, ids)
		}
	}
	r.Shuffle(len(moved), func(i, j int) { moved[i], moved[j] = moved[j], moved[i] })
	return other, moved
}

// TestWhatPeopleSaidHoldsInAnyOrder has the same entries, and the same said of
// them, come in many orders.
func TestWhatPeopleSaidHoldsInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	honoured, parted := 0, 0
	for round := range 80 {
		entries := crowd(r, 14)
		ties := said(r, len(entries))
		want, people := groups(entries, ties)
		_, free := groups(entries, nil)
		for _, tie := range ties {
			for g, group := range tie.Groups {
				for _, id := range group {
					honoured++
					if people.Of(id) != people.Of(group[0]) {
						t.Fatalf("round %d: entries %v were said to be one, and %d is not", round, group, id)
					}
					if g > 0 && people.Of(id) == people.Of(tie.Groups[0][0]) {
						t.Fatalf("round %d: entries %v and %v were said to be two, and are one", round, tie.Groups[0], group)
					}
					if g > 0 && free.Of(id) == free.Of(tie.Groups[0][0]) {
						parted++
					}
				}
			}
		}
		for range 4 {
			if got, _ := groups(shuffled(r, entries, ties)); !slices.Equal(got, want) {
				t.Fatalf("round %d: in another order %v, want %v", round, got, want)
			}
		}
	}
	if honoured < 100 || parted < 10 {
		t.Errorf("%d entries were tied, %d of them parted: hardly anything was tried", honoured, parted)
	}
}

func TestWhatPeopleSaidGoesBeforeTheRegisters(t *testing.T) {
	with := func(register, id string) breach.Entry {
		return breach.Entry{Register: register, Names: named("Anna", "Berg"), NationalIDs: hidden(id)}
	}
	one := func(ids ...breach.EntryID) resolve.Tie { return resolve.Tie{Groups: [][]breach.EntryID{ids}} }
	two := func(a, b []breach.EntryID) resolve.Tie { return resolve.Tie{Groups: [][]breach.EntryID{a, b}} }
	type ids = []breach.EntryID
	shared := []breach.Entry{with("pupils", "010594Y9032"), with("customers", "010594Y9032"), with("staff", "010594Y9032")}
	for _, c := range []struct {
		what    string
		entries []breach.Entry
		ties    []resolve.Tie
		want    []uint32
	}{
		{"one number, nothing said", shared, nil, []uint32{0, 0, 0}},
		{"one number, said to be two", shared[:2], []resolve.Tie{two(ids{0}, ids{1})}, []uint32{0, 1}},
		{"one number, the third said to be with the first", shared, []resolve.Tie{two(ids{0, 2}, ids{1})}, []uint32{0, 1, 0}},
		{"one number, nothing said of the third", shared, []resolve.Tie{two(ids{0}, ids{1})}, []uint32{0, 1, 2}},
		{"other numbers, said to be one", []breach.Entry{with("pupils", "010594Y9032"), with("pupils", "010594Y9021")}, []resolve.Tie{one(0, 1)}, []uint32{0, 0}},
		{"said of two pairs that share one", []breach.Entry{with("a", "010594Y9032"), with("b", "010594Y9021"), with("c", "020594X902N")},
			[]resolve.Tie{one(0, 1), one(1, 2)}, []uint32{0, 0, 0}},
		{"joined by hand, and each by number to one of two who are apart", []breach.Entry{with("a", "010594Y9032"), with("b", "010594Y9021"), with("c", "010594Y9032"), with("d", "010594Y9021")},
			[]resolve.Tie{one(0, 1), two(ids{2}, ids{3})}, []uint32{0, 0, 2, 3}},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, people := groups(c.entries, c.ties)
			var got []uint32
			for i := range c.entries {
				got = append(got, people.Of(breach.EntryID(i)))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("persons %v, want %v", got, c.want)
			}
		})
	}
}

func TestAlikeAreThoseWhomSomebodyShouldLookAt(t *testing.T) {
	anna := breach.Entry{Register: "pupils", Names: named("Anna", "Berg")}
	in := func(e breach.Entry, register string) breach.Entry { e.Register = register; return e }
	born := func(e breach.Entry, date string) breach.Entry { e.BirthDate = breach.Hide(date); return e }
	call := func(e breach.Entry, number string) breach.Entry { e.Phones = hidden(number); return e }
	with := func(e breach.Entry, id string) breach.Entry { e.NationalIDs = hidden(id); return e }
	lives := func(e breach.Entry, street string) breach.Entry {
		e.Addresses = living(street, "123 45", "Malmö")
		return e
	}
	called := func(e breach.Entry, given, surname string) breach.Entry { e.Names = named(given, surname); return e }
	for _, c := range []struct {
		what    string
		entries []breach.Entry
		ties    []resolve.Tie
		want    int
	}{
		{"a name and a birth date in one register", []breach.Entry{born(anna, "2010-01-02"), born(anna, "2010-01-02")}, nil, 1},
		{"a name and an address", []breach.Entry{lives(anna, "Storgatan 1"), in(lives(anna, "storgatan  1"), "customers")}, nil, 1},
		{"a number typed wrongly", []breach.Entry{born(with(anna, "010594Y9032"), "1994-05-01"), in(born(with(anna, "010594Y9021"), "1994-05-01"), "customers")}, nil, 0},
		{"a number typed wrongly, one address", []breach.Entry{lives(born(with(anna, "010594Y9032"), "1994-05-01"), "Storgatan 1"),
			in(lives(born(with(anna, "010594Y9021"), "1994-05-01"), "Storgatan 1"), "customers")}, nil, 1},
		{"an old surname, one phone", []breach.Entry{call(born(anna, "2010-01-02"), "+46701740605"), in(call(born(called(anna, "Anna Maria", "Ek"), "2010-01-02"), "+46701740605"), "customers")}, nil, 1},
		{"an old surname alone", []breach.Entry{born(anna, "2010-01-02"), in(born(called(anna, "Anna", "Ek"), "2010-01-02"), "customers")}, nil, 0},
		{"father and son", []breach.Entry{lives(born(anna, "2010-01-02"), "Storgatan 1"), lives(born(anna, "1980-01-05"), "Storgatan 1")}, nil, 0},
		{"siblings", []breach.Entry{lives(born(anna, "2010-01-02"), "Storgatan 1"), lives(born(called(anna, "Bo", "Berg"), "2010-01-02"), "Storgatan 1")}, nil, 0},
		{"joined already", []breach.Entry{born(anna, "2010-01-02"), in(born(anna, "2010-01-02"), "customers")}, nil, 0},
		{"said to be two", []breach.Entry{born(anna, "2010-01-02"), born(anna, "2010-01-02")}, []resolve.Tie{{Groups: [][]breach.EntryID{{0}, {1}}}}, 0},
		{"a third with the number of two who are apart", []breach.Entry{with(anna, "010594Y9032"), with(in(anna, "staff"), "010594Y9032"), with(in(anna, "customers"), "010594Y9032")},
			[]resolve.Tie{{Groups: [][]breach.EntryID{{0}, {1}}}}, 2},
		{"blanks", []breach.Entry{{}, {}}, nil, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			_, people := groups(c.entries, c.ties)
			if pairs, beyond := people.Alike(); len(pairs) != c.want || beyond != 0 {
				t.Errorf("%d pairs are alike, and %d more; want %d", len(pairs), beyond, c.want)
			}
		})
	}
}

func ExampleBeside() {
	pupil := breach.Entry{Names: named("Anna", "Berg"), BirthDate: breach.Hide("2010-01-02"), Phones: hidden("+46701740605")}
	customer := breach.Entry{Names: named("Anna Maria", "Ek"), BirthDate: breach.Hide("2010-01-20")}
	for _, f := range resolve.Beside([]breach.Entry{pupil}, []breach.Entry{customer}) {
		fmt.Println(f.Kind, f.How)
	}
	// Output:
	// name near
	// national-id unstated
	// birth-date near
	// address unstated
	// email unstated
	// phone one-has
}
