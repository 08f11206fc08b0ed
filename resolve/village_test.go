package resolve_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/resolve"
)

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

func living(street, postcode, town string) []breach.Postal {
	return []breach.Postal{{Street: breach.Hide(street), Postcode: breach.Hide(postcode), Town: breach.Hide(town)}}
}

// village is a small register; each entry's id is its place.
func village() []breach.Entry {
	home := living("Storgatan 12", "06100", "Porvoo")
	twins := living("Kuusitie 3", "00270", "Helsinki")
	return []breach.Entry{
		0: {Register: "pupils", Key: breach.Hide("P-1"), Group: "pupils", Names: named("Aino", "Koivunen"), NationalIDs: hidden("010516B903X"),
			BirthDate: breach.Hide("2016-05-01"), Emails: hidden("koivuset@example.fi"), Phones: hidden("+358401000001"), Addresses: home, Guardians: hidden("G-1", "G-2")},
		1: {Register: "guardians", Key: breach.Hide("G-1"), Group: "guardians", Names: named("Matti", "Koivunen"), NationalIDs: hidden("010594Y9032"),
			Emails: hidden("matti.koivunen@example.fi", "koivuset@example.fi"), Phones: hidden("+358401000001"), Addresses: home},
		2: {Register: "guardians", Key: breach.Hide("G-2"), Group: "guardians", Names: named("Sanna", "Koivunen"), NationalIDs: hidden("020594X902N"),
			Emails: hidden("koivuset@example.fi"), Phones: hidden("+358401000002"), Addresses: home},
		// twins
		3: {Register: "pupils", Key: breach.Hide("P-2"), Group: "pupils", Names: named("Ella", "Mäkinen"), NationalIDs: hidden("020516C902J"),
			BirthDate: breach.Hide("2016-05-02"), Phones: hidden("+358401000003"), Addresses: twins},
		4: {Register: "pupils", Key: breach.Hide("P-3"), Group: "pupils", Names: named("Elias", "Mäkinen"), NationalIDs: hidden("020516C903K"),
			BirthDate: breach.Hide("2016-05-02"), Phones: hidden("+358401000003"), Addresses: twins},
		// namesakes
		5: {Register: "pupils", Key: breach.Hide("P-4"), Group: "pupils", Names: named("Anna", "Berg"), NationalIDs: hidden("8112289841"),
			BirthDate: breach.Hide("1981-12-28"), Emails: hidden("anna.berg@example.se"), Phones: hidden("+46701740605")},
		6: {Register: "pupils", Key: breach.Hide("P-5"), Group: "pupils", Names: named("Anna", "Berg"), BirthDate: breach.Hide("2010-01-02"),
			Emails: hidden("ab@example.se"), Phones: hidden("+46701740605"), Addresses: living("Lillgatan 4", "12345", "Malmö")},
		// no national id in the register
		7: {Register: "customers", Key: breach.Hide("C-1"), Group: "customers", Names: named("Željko", "von Essen"), BirthDate: breach.Hide("1994-05-03"),
			Phones: hidden("+46701740606"), Usernames: hidden("zelvon"), Accounts: hidden("SE4550000000058398257466")},
		8: {Register: "customers", Key: breach.Hide("C-2"), Group: "customers", Names: named("Berit", "Lund"), Addresses: living("Lillgatan 4", "12345", "Malmö"),
			Phones: hidden("+46701740607")},
		9: {Register: "customers", Key: breach.Hide("C-3"), Group: "customers", Names: named("Bertil", "Lund"), Addresses: living("Lillgatan 4", "12345", "Malmö"),
			Phones: hidden("+46701740607")},
		// a pupil who is a customer too
		10: {Register: "customers", Key: breach.Hide("C-4"), Group: "customers", Names: named("Aino", "Koivunen"), NationalIDs: hidden("010516B903X"),
			Emails: hidden("aino@example.fi")},
	}
}

// town is an index of entries and the people in it.
func town(t testing.TB, entries []breach.Entry) (*register.Index, *resolve.People) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index")
	err := register.BuildIndex(path, register.Secret{1, 2, 3}, func(yield func(breach.Entry, error) bool) {
		for i, e := range entries {
			e.ID = breach.EntryID(i)
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
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
	return x, resolve.NewPeople(x.Len(), x.Entry, x.Who)
}

// find makes a finding; row and prose put it in its place.
func find(kind breach.Kind, form, value string, strength breach.Strength) breach.Finding {
	return breach.Finding{Kind: kind, Form: form, Value: breach.Hide(value), Strength: strength}
}

func name(v string) breach.Finding { return find(breach.Name, "name", v, breach.Weak) }
func hetu(v string) breach.Finding {
	return find(breach.NationalID, "fi-hetu", v, breach.Strong)
}
func ten(v string) breach.Finding {
	return find(breach.NationalID, "se-personnummer", v, breach.Middle)
}
func email(v string) breach.Finding   { return find(breach.Email, "email", v, breach.Strong) }
func phone(v string) breach.Finding   { return find(breach.Phone, "phone", v, breach.Weak) }
func address(v string) breach.Finding { return find(breach.Address, "address", v, breach.Weak) }
func birth(v string) breach.Finding   { return find(breach.BirthDate, "date", v, breach.Weak) }
func word(k breach.Kind) breach.Finding {
	return find(k, "word", "word", breach.Weak)
}
func cell(k breach.Kind) breach.Finding { return find(k, "cell", "text", breach.Weak) }
func box(v string) breach.Finding       { return find(breach.Username, "username", v, breach.Weak) }
func iban(v string) breach.Finding      { return find(breach.BankAccount, "iban", v, breach.Strong) }

func labelled(f breach.Finding) breach.Finding { f.Labelled = true; return f }
func failed(f breach.Finding) breach.Finding {
	f.Failed, f.Strength = true, breach.Weak
	return f
}

// far puts this much text before a finding of prose.
func far(bytes int64, f breach.Finding) breach.Finding { f.Place.Offset = bytes; return f }

// inside makes a finding of the text that begins so many bytes into the one
// before.
func inside(bytes int64, f breach.Finding) breach.Finding { f.Place.Offset = -bytes; return f }

// row is a row of a table, one finding a cell.
func row(n int64, findings ...breach.Finding) breach.Mention {
	return lay(breach.At(breach.Step{Unit: breach.Sheet, N: 1}, breach.Step{Unit: breach.Row, N: n}), findings, true)
}

// prose is a paragraph with two bytes between the findings.
func prose(n int64, findings ...breach.Finding) breach.Mention {
	return lay(breach.At(breach.Step{Unit: breach.Paragraph, N: n}), findings, false)
}

// spot is several readings of one place.
func spot(findings ...breach.Finding) breach.Mention {
	m := prose(1, findings...)
	for i := range m.Findings {
		m.Findings[i].Place.Offset = 40
	}
	return m
}

// lines is a paragraph with each finding in a line of its own.
func lines(findings ...breach.Finding) breach.Mention {
	m := lay(breach.At(breach.Step{Unit: breach.Line, N: 1}), findings, false)
	for i := range m.Findings {
		m.Findings[i].Place.Path[0].N += int64(i)
	}
	return m
}

// message is a paragraph of a message in a mailbox.
func message(n int64, findings ...breach.Finding) breach.Mention {
	return lay(breach.At(breach.Step{Unit: breach.Message, N: n}, breach.Step{Unit: breach.Paragraph, N: 1}), findings, false)
}

func title(findings ...breach.Finding) breach.Mention {
	m := lay(breach.At(breach.Step{Unit: breach.Paragraph, N: 1}), findings, false)
	m.Document = true
	return m
}

func lay(p breach.Place, findings []breach.Finding, cells bool) breach.Mention {
	m := breach.Mention{Place: p}
	offset := int64(0)
	for i, f := range findings {
		if n := f.Place.Offset; n < 0 { // inside the one before
			f.Place = m.Findings[i-1].Place
			f.Place.Offset -= n
			m.Findings = append(m.Findings, f)
			continue
		}
		offset += f.Place.Offset
		f.Place = p
		if cells {
			f.Place = p.Down(breach.Step{Unit: breach.Column, N: int64(i + 1)})
		}
		f.Place.Offset = offset
		offset += int64(len(f.Value.Reveal())) + 2
		m.Findings = append(m.Findings, f)
	}
	return m
}

func each(mentions []breach.Mention) iter.Seq2[breach.Mention, error] {
	return func(yield func(breach.Mention, error) bool) {
		for _, m := range mentions {
			if !yield(m, nil) {
				return
			}
		}
	}
}

// links runs Item and gives its links.
func links(t testing.TB, mentions []breach.Mention) []resolve.Link {
	t.Helper()
	x, people := town(t, village())
	return linksOf(t, x, people, mentions)
}

func linksOf(t testing.TB, reg resolve.Register, people *resolve.People, mentions []breach.Mention) []resolve.Link {
	t.Helper()
	var list []resolve.Link
	if err := resolve.Item(reg, people, each(mentions), func(l resolve.Link) error {
		list = append(list, l)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// show writes a link as the tables do: who, why, and the kinds with their
// grades, of which "proven" is left out.
func show(l resolve.Link) string {
	var b strings.Builder
	for _, p := range l.Persons {
		fmt.Fprintf(&b, "%d ", p)
	}
	if len(l.Stranger) > 0 {
		fmt.Fprintf(&b, "stranger(%d) ", len(l.Stranger))
	}
	fmt.Fprintf(&b, "%s:", l.Why.Reason)
	for _, k := range l.Kinds {
		fmt.Fprintf(&b, " %s", k.Kind)
		if k.Grade != breach.Proven {
			fmt.Fprintf(&b, "=%s", k.Grade)
		}
	}
	return b.String()
}
