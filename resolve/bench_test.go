package resolve_test

import (
	"fmt"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/resolve"
)

// sink keeps the compiler from leaving the work out.
func sink(resolve.Link) error { return nil }

func BenchmarkItem(b *testing.B) {
	shapes := []struct {
		what    string
		mention breach.Mention
	}{
		{"e-mail", prose(1, email("anna.berg@example.se"))},
		{"name and number", row(2, labelled(name("Matti Koivunen")), labelled(hetu("010594Y9032")))},
		{"pupil row", row(2, labelled(name("Aino Koivunen")), labelled(hetu("010516B903X")), labelled(phone("+358401000001")),
			labelled(address("Storgatan 12, 06100")), labelled(cell(breach.Language)))},
		{"name", prose(1, name("Ella Mäkinen"))},
		{"stranger", prose(1, name("Bo Ek"), email("bo.ek@example.com"))},
		{"words", prose(1, word(breach.Health))},
	}
	for _, s := range shapes {
		b.Run(s.what, func(b *testing.B) {
			x, people := town(b, village())
			b.ReportAllocs()
			b.ResetTimer()
			if err := resolve.Item(x, people, func(yield func(breach.Mention, error) bool) {
				for range b.N {
					if !yield(s.mention, nil) {
						return
					}
				}
			}, sink); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mentions/s")
		})
	}
}

// BenchmarkCrowd is a mail to thousands, and a page of names.
func BenchmarkCrowd(b *testing.B) {
	x, people := town(b, village())
	var addresses, names []breach.Finding
	for i := range 10_000 {
		addresses = append(addresses, email(fmt.Sprintf("person%d@example.com", i)))
		names = append(names, name("Anna Berg"))
	}
	for _, s := range []struct {
		what    string
		mention breach.Mention
	}{{"addresses", prose(1, addresses...)}, {"names", prose(1, names...)}} {
		b.Run(s.what, func(b *testing.B) {
			for b.Loop() {
				if err := resolve.Item(x, people, each([]breach.Mention{s.mention}), sink); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewPeople(b *testing.B) {
	var entries []breach.Entry
	for i := range 20_000 {
		register := "pupils"
		if i%2 == 1 {
			register = "customers"
		}
		entries = append(entries, breach.Entry{Register: register, Names: named(fmt.Sprintf("Name%d", i/2%500), fmt.Sprintf("Surname%d", i/2)),
			BirthDate: breach.Hide("2010-01-02"), Emails: hidden(fmt.Sprintf("p%d@example.com", i))})
	}
	x, _ := town(b, entries)
	for b.Loop() {
		if p := resolve.NewPeople(x.Len(), x.Entry, x.Who); p.Of(1) != 0 {
			b.Fatal("the same person twice is not joined")
		}
	}
	b.ReportMetric(float64(b.N*len(entries))/b.Elapsed().Seconds(), "entries/s")
}
