package register_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

// index builds an index of entries in a temporary folder and opens it.
func index(t testing.TB, entries ...breach.Entry) *register.Index {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index")
	if err := register.BuildIndex(path, register.Secret{1, 2, 3}, all(entries)); err != nil {
		t.Fatal(err)
	}
	x, err := register.OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func all(entries []breach.Entry) iter.Seq2[breach.Entry, error] {
	return func(yield func(breach.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func hidden(texts ...string) []breach.Personal {
	var list []breach.Personal
	for _, t := range texts {
		list = append(list, breach.Hide(t))
	}
	return list
}

func named(given, surname string) []breach.FullName {
	return []breach.FullName{{Given: breach.Hide(given), Surname: breach.Hide(surname)}}
}

// village is a small register; each entry's id is its place.
func village() []breach.Entry {
	return []breach.Entry{
		0: {
			Register: "pupils", Key: breach.Hide("P-1"), Row: 2, Group: "pupils", Unit: breach.Hide("2A"),
			Names:       append(named("Anna Maria", "Berg"), breach.FullName{Given: breach.Hide("Anna"), Surname: breach.Hide("Lund"), Former: true}),
			NationalIDs: hidden("201203042398"), BirthDate: breach.Hide("2012-03-04"),
			Emails: hidden("anna.berg@example.se"), Phones: hidden("+46701740605"),
			Addresses: []breach.Postal{{Street: breach.Hide("Storgatan 12 B"), Postcode: breach.Hide("12345"), Town: breach.Hide("Malmö")}},
			Usernames: hidden("annber"), Accounts: hidden("SE4550000000058398257466"),
			Guardians: hidden("G-1"), Household: breach.Hide("H1"), Language: "sv", Protected: true,
			Since: time.Date(2019, 8, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC),
		},
		1: {Names: named("Marita", "Koivunen"), NationalIDs: hidden("010594Y9032"), Phones: hidden("+46701740605")},
		2: {Names: named("Ebba", "von Essen"), NationalIDs: hidden("8112289841")},
		3: {Names: named("Anna", "Berg")},
		4: {Names: named("Mikko", "Mäki")},
		5: {Names: named("Jean-Luc", "Ek Lind")},
		6: {Names: named("Željko", "Šarić")},
		7: {Names: named("Anas Hussein", "Hussein")},
	}
}

func TestWho(t *testing.T) {
	x := index(t, village()...)
	find := func(k breach.Kind, form, v string) breach.Finding {
		return breach.Finding{Kind: k, Form: form, Value: breach.Hide(v)}
	}
	failed := find(breach.NationalID, "fi-hetu", "010594Y9033")
	failed.Failed = true
	tests := []struct {
		name string
		f    breach.Finding
		want []breach.EntryID
	}{
		{"twelve digits", find(breach.NationalID, "se-personnummer", "201203042398"), []breach.EntryID{0}},
		{"ten digits of one stored with its century", find(breach.NationalID, "se-personnummer", "1203042398"), []breach.EntryID{0}},
		{"the other century", find(breach.NationalID, "se-personnummer", "191203042398"), nil},
		{"a century where the register has none", find(breach.NationalID, "se-personnummer", "198112289841"), []breach.EntryID{2}},
		{"hetu", find(breach.NationalID, "fi-hetu", "010594Y9032"), []breach.EntryID{1}},
		{"hetu with another sign is another person", find(breach.NationalID, "fi-hetu", "010594-9032"), nil},
		{"hetu with a mistyped check character", failed, []breach.EntryID{1}},
		{"e-mail", find(breach.Email, "email", "Anna.Berg@example.se"), []breach.EntryID{0}},
		{"a shared phone", find(breach.Phone, "phone", "+46701740605"), []breach.EntryID{0, 1}},
		{"an account", find(breach.BankAccount, "iban", "SE4550000000058398257466"), []breach.EntryID{0}},
		{"a username", find(breach.Username, "username", "ANNBER"), []breach.EntryID{0}},
		{"address", find(breach.Address, "address", "Storgatan 12 B, 123 45 Malmö"), []breach.EntryID{0}},
		{"address without letter and postcode", find(breach.Address, "address", "STORGATAN 12"), []breach.EntryID{0}},
		{"address in another town", find(breach.Address, "address", "Storgatan 12 B, 54321 Lund"), nil},
		{"address with another letter", find(breach.Address, "address", "Storgatan 12 C"), nil},
		{"name", find(breach.Name, "name", "Anna Berg"), []breach.EntryID{0, 3}},
		{"surname first", find(breach.Name, "name", "BERG, Anna"), []breach.EntryID{0, 3}},
		{"two given names", find(breach.Name, "name", "Anna Maria Berg"), []breach.EntryID{0, 3}},
		{"the second given name", find(breach.Name, "name", "Maria Berg"), []breach.EntryID{0}},
		{"another second given name", find(breach.Name, "name", "Anna Sofia Berg"), []breach.EntryID{3}},
		{"former name", find(breach.Name, "name", "Anna Lund"), []breach.EntryID{0}},
		{"new and former name do not mix", find(breach.Name, "name", "Maria Lund"), nil},
		{"genitive", find(breach.Name, "name", "Anna Bergs"), []breach.EntryID{0, 3}},
		{"allative", find(breach.Name, "name", "Marita Koivuselle"), []breach.EntryID{1}},
		{"gradation", find(breach.Name, "name", "Mikko Mäen"), []breach.EntryID{4}},
		{"particle left out", find(breach.Name, "name", "Ebba Essen"), []breach.EntryID{2}},
		{"particle", find(breach.Name, "name", "ebba von essen"), []breach.EntryID{2}},
		{"middle initial", find(breach.Name, "name", "Ebba G. von Essen"), []breach.EntryID{2}},
		{"half of each double name", find(breach.Name, "name", "Luc Lind"), []breach.EntryID{5}},
		{"letters beyond Latin-1 in capitals", find(breach.Name, "name", "ŽELJKO ŠARIĆ"), []breach.EntryID{6}},
		{"a surname that is a given name too", find(breach.Name, "name", "Anas Hussein"), []breach.EntryID{7}},
		{"a given name alone", find(breach.Name, "name", "Anna"), nil},
		{"two given names without surname", find(breach.Name, "name", "Anna Maria"), nil},
		{"birth dates have no owner", find(breach.BirthDate, "birth-date", "2012-03-04"), nil},
		{"no value", find(breach.Email, "email", ""), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := x.Who(tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("Who(%q) = %v, want %v", tt.f.Value.Reveal(), got, tt.want)
			}
			if got := x.Knows(tt.f); got != (tt.want != nil) {
				t.Errorf("Knows(%q) = %v", tt.f.Value.Reveal(), got)
			}
		})
	}
}

func TestEntryComesBackAsItWas(t *testing.T) {
	entries := village()
	x := index(t, entries...)
	if x.Len() != len(entries) {
		t.Fatalf("Len() = %d, want %d", x.Len(), len(entries))
	}
	for i, want := range entries {
		want.ID = breach.EntryID(i)
		if got := x.Entry(want.ID); !reflect.DeepEqual(got, want) {
			t.Errorf("entry %d came back changed", i)
		}
	}
	if got := x.Entry(1 << 20); !reflect.DeepEqual(got, breach.Entry{}) {
		t.Error("an entry that does not exist is not the zero entry")
	}
}

func TestNamePair(t *testing.T) {
	x := index(t, village()...)
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Anna", "Berg", true},
		{"BERG", "ANNA", true},
		{"anna", "bergs", true},
		{"Marita", "Koivusta", true},
		{"Mikko", "Mäelle", true},
		{"Koivunen", "Marita", true},
		{"Anna", "Koivunen", false},
		{"Anna", "Maria", false},
		{"Berg", "Lund", false},
	} {
		if got := x.NamePair([]byte(tt.a), []byte(tt.b)); got != tt.want {
			t.Errorf("NamePair(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
	a, b := []byte("Marita"), []byte("Juvansa")
	if n := testing.AllocsPerRun(100, func() { x.NamePair(a, b) }); n != 0 {
		t.Errorf("NamePair allocates %v times", n)
	}
}

// crowd makes n people with few distinct names, and so long lists.
func crowd(n int) iter.Seq2[breach.Entry, error] {
	return func(yield func(breach.Entry, error) bool) {
		for i := range n {
			e := breach.Entry{
				Names:  named(fmt.Sprintf("Given%c%c", 'a'+i%26, 'a'+i/7%26), fmt.Sprintf("Sur%c%c%c", 'a'+i%25, 'a'+i/9%26, 'a'+i/601%26)),
				Emails: hidden(fmt.Sprintf("p%d@example.com", i)),
				Phones: hidden(fmt.Sprintf("+4670%07d", i/3)),
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestLargeIndexFindsEverybody(t *testing.T) {
	const n = 120_000 // enough for the scratch files
	dir := t.TempDir()
	path := filepath.Join(dir, "index")
	if err := register.BuildIndex(path, register.Secret{9}, crowd(n)); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left, want the index alone", len(files))
	}
	x, err := register.OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	id := breach.EntryID(0)
	for e := range crowd(n) {
		if id%7 == 0 {
			if got := x.Who(breach.Finding{Kind: breach.Email, Value: e.Emails[0]}); !slices.Equal(got, []breach.EntryID{id}) {
				t.Fatalf("e-mail of %d: %v", id, got)
			}
			first := id / 3 * 3
			if got := x.Who(breach.Finding{Kind: breach.Phone, Value: e.Phones[0]}); !slices.Equal(got, []breach.EntryID{first, first + 1, first + 2}) {
				t.Fatalf("phone of %d: %v", id, got)
			}
			name := breach.Hide(e.Names[0].Given.Reveal() + " " + e.Names[0].Surname.Reveal())
			if got := x.Who(breach.Finding{Kind: breach.Name, Value: name}); !slices.Contains(got, id) {
				t.Fatalf("name of %d: %v", id, got)
			}
		}
		id++
	}
	for i := range 1000 {
		f := breach.Finding{Kind: breach.Email, Value: breach.Hide(fmt.Sprintf("q%d@example.com", i))}
		if x.Knows(f) {
			t.Fatal("a stranger is known")
		}
	}
	if o := x.Occupancy("phone"); o <= 0 || o > 0.01 {
		t.Errorf("Occupancy(phone) = %v", o)
	}
}

func TestBuildStopsAtAnError(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("row 3 is broken")
	err := register.BuildIndex(filepath.Join(dir, "index"), register.Secret{}, func(yield func(breach.Entry, error) bool) {
		_ = yield(breach.Entry{}, nil) && yield(breach.Entry{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files are left", len(files))
	}
}

func TestEmptyIndex(t *testing.T) {
	x := index(t)
	if x.Len() != 0 || x.Knows(breach.Finding{Kind: breach.Email, Value: breach.Hide("a@example.com")}) || x.NamePair([]byte("Anna"), []byte("Berg")) {
		t.Error("an empty index knows somebody")
	}
}

func TestBrokenIndexFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "index")
	if err := register.BuildIndex(path, register.Secret{}, all(village())); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		file []byte
	}{
		{"empty", nil},
		{"another kind of file", make([]byte, 4096)},
		{"header alone", good[:512]},
		{"cut short", good[:len(good)-1]},
		{"another version", append(append(slices.Clone(good[:8]), 99), good[9:]...)},
		{"header changed", append(append(slices.Clone(good[:60]), good[60]^1), good[61:]...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(path, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			if x, err := register.OpenIndex(path); !errors.Is(err, register.ErrIndex) {
				t.Errorf("opened: %v, %v", x, err)
			}
		})
	}
}

// FuzzBrokenIndex changes bytes behind a good header: whatever the file says,
// looking things up ends and does not panic.
func FuzzBrokenIndex(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "index")
	if err := register.BuildIndex(path, register.Secret{}, all(village())); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(600, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Add(1300, []byte{0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, at int, patch []byte) {
		file := slices.Clone(good)
		if at < 512 || at > len(file) {
			return
		}
		copy(file[at:], patch)
		path := filepath.Join(t.TempDir(), "index")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := register.OpenIndex(path)
		if err != nil {
			return
		}
		defer x.Close()
		for id := range x.Len() {
			_ = x.Entry(breach.EntryID(id))
		}
		for _, e := range village() {
			for _, n := range e.Names {
				x.Who(breach.Finding{Kind: breach.Name, Value: breach.Hide(n.Given.Reveal() + " " + n.Surname.Reveal())})
			}
			for _, id := range e.NationalIDs {
				x.Who(breach.Finding{Kind: breach.NationalID, Value: id})
			}
		}
	})
}

func BenchmarkNamePair(b *testing.B) {
	x := index(b, village()...)
	for _, bb := range []struct{ name, a, b string }{
		{"neither is a name", "Enligt", "Kommunen"},
		{"a name", "Anna", "Berg"},
		{"a given name before an inflected word", "Marita", "Juvansa"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			first, second := []byte(bb.a), []byte(bb.b)
			for b.Loop() {
				x.NamePair(first, second)
			}
		})
	}
}

func BenchmarkBuildIndex(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		if err := register.BuildIndex(filepath.Join(dir, "index"), register.Secret{}, crowd(100_000)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/person")
}
