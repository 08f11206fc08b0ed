package resolve_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

func TestNewPeople(t *testing.T) {
	pupil := func(e breach.Entry) breach.Entry { e.Register = "pupils"; return e }
	customer := func(e breach.Entry) breach.Entry { e.Register = "customers"; return e }
	staff := func(e breach.Entry) breach.Entry { e.Register = "staff"; return e }
	born := func(e breach.Entry, date string) breach.Entry { e.BirthDate = breach.Hide(date); return e }
	mail := func(e breach.Entry, address string) breach.Entry { e.Emails = hidden(address); return e }
	call := func(e breach.Entry, number string) breach.Entry { e.Phones = hidden(number); return e }
	with := func(e breach.Entry, id string) breach.Entry { e.NationalIDs = hidden(id); return e }
	anna := breach.Entry{Names: named("Anna", "Berg")}
	annaMaria := breach.Entry{Names: named("Anna Maria", "Berg")}
	bo := breach.Entry{Names: named("Bo", "Ek")}

	cases := []struct {
		what    string
		entries []breach.Entry
		want    []uint32
	}{
		{"one national id", []breach.Entry{pupil(bo), with(pupil(anna), "010594Y9032"), with(customer(annaMaria), "010594Y9032")}, []uint32{0, 1, 1}},
		{"one national id twice in a register", []breach.Entry{with(pupil(anna), "010594Y9032"), with(pupil(anna), "010594Y9032")}, []uint32{0, 0}},
		{"ten and twelve digits", []breach.Entry{with(pupil(anna), "198112289841"), with(customer(anna), "8112289841")}, []uint32{0, 0}},
		{"another century", []breach.Entry{with(pupil(anna), "198112289841"), with(customer(anna), "188112289841")}, []uint32{0, 1}},
		{"ten digits between two centuries", []breach.Entry{with(pupil(anna), "198112289841"), with(customer(anna), "8112289841"), with(staff(bo), "188112289841")}, []uint32{0, 1, 2}},
		{"the century sign is part of the number", []breach.Entry{with(pupil(anna), "010594Y9032"), with(customer(anna), "010594-9032")}, []uint32{0, 1}},
		{"a name and a birth date", []breach.Entry{born(pupil(anna), "2010-01-02"), born(customer(annaMaria), "2010-01-02")}, []uint32{0, 0}},
		{"a name and an e-mail", []breach.Entry{mail(pupil(anna), "a@example.se"), mail(customer(anna), "a@example.se")}, []uint32{0, 0}},
		{"a name and a phone, three registers", []breach.Entry{call(pupil(anna), "+46701740605"), call(customer(anna), "+46701740605"), call(staff(anna), "+46701740605")}, []uint32{0, 0, 0}},
		{"a name alone", []breach.Entry{pupil(anna), customer(anna)}, []uint32{0, 1}},
		{"an e-mail and a phone alone", []breach.Entry{mail(call(pupil(anna), "+46701740605"), "a@example.se"), mail(call(customer(bo), "+46701740605"), "a@example.se")}, []uint32{0, 1}},
		{"a name and a birth date in one register", []breach.Entry{born(pupil(anna), "2010-01-02"), born(pupil(anna), "2010-01-02")}, []uint32{0, 1}},
		{"two in one register who both fit", []breach.Entry{call(pupil(anna), "+46701740605"), call(pupil(anna), "+46701740605"), call(customer(anna), "+46701740605")}, []uint32{0, 1, 2}},
		{"other national ids", []breach.Entry{with(born(pupil(anna), "1994-05-01"), "010594Y9032"), with(born(customer(anna), "1994-05-01"), "010594Y9021")}, []uint32{0, 1}},
		{"a Finnish and a Swedish number", []breach.Entry{with(born(pupil(anna), "1981-12-28"), "010594Y9032"), with(born(customer(anna), "1981-12-28"), "198112289841")}, []uint32{0, 0}},
		{"other birth dates", []breach.Entry{mail(born(pupil(anna), "2010-01-02"), "a@example.se"), mail(born(customer(anna), "1980-01-02"), "a@example.se")}, []uint32{0, 1}},
		{"one between two with other national ids", []breach.Entry{
			with(born(pupil(anna), "1994-05-01"), "010594Y9032"), mail(born(customer(anna), "1994-05-01"), "a@example.se"), with(mail(staff(anna), "a@example.se"), "010594Y9021")},
			[]uint32{0, 0, 2}},
		{"a number filled in for many", slices.Repeat([]breach.Entry{with(pupil(anna), "010594Y9032")}, 17), []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
		{"nothing known", []breach.Entry{{}, {}}, []uint32{0, 1}},
		{"nobody", nil, nil},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			_, people := town(t, c.entries)
			var got []uint32
			for i := range c.entries {
				person := people.Of(breach.EntryID(i))
				got = append(got, person)
				if !slices.Contains(people.Entries(person), breach.EntryID(i)) {
					t.Errorf("entry %d is not among those of its person", i)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("persons %v, want %v", got, c.want)
			}
		})
	}
}

// Persons are groups: every entry stands in exactly one, whose number is its
// smallest.
func TestPeopleAreAPartition(t *testing.T) {
	var entries []breach.Entry
	for i := range 600 {
		entries = append(entries, breach.Entry{Register: fmt.Sprint("r", i%3), Names: named(fmt.Sprint("Name", i%50), "Ek"),
			BirthDate: breach.Hide(fmt.Sprintf("20%02d-01-01", i%100)), Emails: hidden(fmt.Sprintf("m%d@example.com", i%200))})
	}
	x, people := town(t, entries)
	again := resolve.NewPeople(x.Len(), x.Entry, x.Who)
	joined := 0
	for i := range entries {
		id := breach.EntryID(i)
		group := people.Entries(people.Of(id))
		if people.Of(id) != uint32(group[0]) || !slices.Contains(group, id) || !slices.IsSorted(group) {
			t.Fatalf("entry %d: person %d of entries %v", i, people.Of(id), group)
		}
		if again.Of(id) != people.Of(id) {
			t.Fatalf("entry %d: person %d, the second time %d", i, people.Of(id), again.Of(id))
		}
		if len(group) > 1 {
			joined++
		}
		seen := map[string]bool{}
		for _, e := range group {
			if seen[x.Entry(e).Register] {
				t.Fatalf("entries %v of one person share a register", group)
			}
			seen[x.Entry(e).Register] = true
		}
	}
	if joined == 0 {
		t.Error("nobody was joined")
	}
}

func ExampleNewPeople() {
	entries := []breach.Entry{
		{Register: "pupils", Names: named("Aino", "Koivunen"), BirthDate: breach.Hide("2016-05-01")},
		{Register: "pupils", Names: named("Bo", "Ek")},
		{Register: "customers", Names: named("Aino", "Koivunen"), BirthDate: breach.Hide("2016-05-01")},
	}
	people := resolve.NewPeople(len(entries),
		func(id breach.EntryID) breach.Entry { return entries[id] },
		func(breach.Finding) []breach.EntryID { return nil })
	fmt.Println(people.Of(2), people.Entries(0))
	// Output: 0 [0 2]
}
