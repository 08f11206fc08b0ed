package register_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

// One value of one field, through the front door.
func TestValues(t *testing.T) {
	for _, c := range []struct {
		name, field, country, cell, want string
	}{
		{"mobile with blanks", "phone", "SE", "070-174 06 05", "phone=+46701740605"},
		{"trunk zero after the country code", "phone", "SE", "+46 (0)70 1740605", "phone=+46701740605"},
		{"trunk zero left in", "phone", "FI", "+358 040 1234567", "phone=+358401234567"},
		{"double zero", "phone", "SE", "0046701740605", "phone=+46701740605"},
		{"a lost plus", "phone", "FI", "358401234567", "phone=+358401234567"},
		{"a slash within", "phone", "SE", "08/465 004 01", "phone=+46846500401"},
		{"whose it is", "phone", "SE", "070-1740605 (mamma)", "phone=+46701740605"},
		{"Norwegian", "phone", "NO", "99 99 99 99", "phone=+4799999999"},
		{"Estonian", "phone", "EE", "5123 4567", "phone=+37251234567"},
		{"Icelandic", "phone", "IS", "555 1234", "phone=+3545551234"},
		{"too short", "phone", "SE", "112", ""},
		{"a name beside the address", "email", "SE", "Anna Ek <Anna@Example.se>", "email=anna@example.se"},
		{"several", "email", "SE", "a@example.se, b@example.se;c@example.se", "email=a@example.se+b@example.se+c@example.se"},
		{"no domain", "email", "SE", "anna@", ""},
		{"wrong check", "account", "SE", "SE45 5000 0000 0583 9825 7467", ""},
		{"lower case", "account", "FI", "fi2112345600000785", "account=FI2112345600000785"},
		{"prefixed postcode", "address", "FI", "Rantatie 5, FI-00200 Kaupunki, Finland", "address=Rantatie 5/00200/Kaupunki"},
		{"spaced postcode", "address", "SE", "Storgatan 123 B 123 45 Storstad", "address=Storgatan 123 B/12345/Storstad"},
		{"Norwegian postcode", "address", "NO", "Storgata 12, 0150 Byen", "address=Storgata 12/0150/Byen"},
		{"no postcode", "address", "SE", "Storgatan 12", "address=Storgatan 12//"},
		{"a comma in the name", "name", "SE", "von Berg, Anna Maria", "name=von Berg/Anna Maria"},
		{"a particle", "name", "SE", "Anna de la Cruz", "name=de la Cruz/Anna"},
		{"one name", "name", "SE", "Anna", "name=/Anna"},
		{"compact date", "birth-date", "SE", "20100314", "born=2010-03-14"},
		{"Finnish date", "birth-date", "SE", "4.3.2010", "born=2010-03-04"},
		{"month first", "birth-date", "SE", "03/14/2010", "born=2010-03-14"},
		{"an impossible date", "birth-date", "SE", "2010-02-30", ""},
		{"language code with a region", "language", "SE", "sv-FI", "language=sv"},
		{"language in Finnish", "language", "SE", "Ruotsi", "language=sv"},
		{"protected by a word of its own", "protected", "SE", "Skyddad folkbokföring", "protected"},
		{"not protected", "protected", "SE", "Nej", ""},
		{"a far end", "until", "SE", "9999-12-31", ""},
		{"a name with a note", "name", "SE", "Ek, Anna (2A)", "name=Ek/Anna"},
		{"digits marked as text", "phone", "SE", "'0701740605", "phone=+46701740605"},
		{"digits as a formula", "phone", "SE", `="0701740605"`, "phone=+46701740605"},
		{"a word for nothing", "email", "SE", "NULL", ""},
		{"a dash for nothing", "name", "SE", "–", ""},
		{"a domain before the username", "username", "SE", `HEL\AnnaE`, "annae"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := importRows("x", register.Options{Country: c.country, Map: mapOf("Z=" + c.field)}, "Id|Användarnamn|Z", "k|u|"+c.cell)
			if got.err != nil || len(got.entries) != 1 {
				t.Fatalf("%d entries, %v", len(got.entries), got.err)
			}
			told := strings.TrimPrefix(tell(got.entries[0]), "key=k ")
			told = strings.TrimSpace(strings.Replace(strings.Replace(told, "user=u+", "", 1), "user=u", "", 1))
			if strings.Join(strings.Fields(told), " ") != c.want {
				t.Errorf("%q gives %q, want %q", c.cell, told, c.want)
			}
		})
	}
}

// The list is for people to extend: it says nothing twice, and nothing unknown.
func TestListOfHeadings(t *testing.T) {
	list, err := os.ReadFile("headings.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"name, surname first", "before: guardian", "before: pupil", "before: somebody else"}
	for _, f := range register.Fields() {
		known = append(known, string(f))
	}
	section, n := "", 0
	under := map[string]string{}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			if section = strings.Trim(line, "[]"); !slices.Contains(known, section) {
				t.Errorf("section %q is no field", section)
			}
		case strings.HasPrefix(section, "before:"):
		default:
			n++
			word := strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) {
					return unicode.ToLower(r)
				}
				return -1
			}, line)
			if before, ok := under[word]; ok && before != section {
				t.Errorf("%q stands under %s and under %s", line, before, section)
			}
			under[word] = section
		}
	}
	if n < 400 {
		t.Errorf("only %d headings", n)
	}
}

func TestHeadings(t *testing.T) {
	for _, c := range []struct{ heading, field string }{
		{"Förnamn", "given"}, {"FORNAMN", "given"}, {"for_namn", "given"}, {"Etunimet", "given"}, {"firstName", "given"},
		{"Sukunimi", "surname"}, {"Etternavn", "surname"}, {"Hetu", "national-id"}, {"Personbeteckning", "national-id"},
		{"Fødselsnummer", "national-id"}, {"CPR-nr.", "national-id"}, {"E-post 2", "email"}, {"Sähköposti", "email"},
		{"Telefon (mobil)", "phone"}, {"Puh.", "phone"}, {"Oppilasnumero", "key"}, {"Anställningsnr", "key"}, {"asiakasnumero", "key"},
		{"Äidinkieli", "language"}, {"Turvakielto", "protected"}, {"fr.o.m.", "since"}, {"Luokka", "unit"}, {"Ruokakunta", "household"},
		{"Mentors e-post", "ignore"}, {"Kontaktperson", "ignore"}, {"Huoltajan hetu", "guardian"}, {"Kön", "ignore"}, {"Postitoimipaikka", "town"},
	} {
		var field register.Field
		got := importRows("x", register.Options{Columns: func(columns []register.Column) error { field = columns[1].Field; return nil }},
			"Namn|"+c.heading, "Anna Ek|7", "Bo Ek|8")
		if got.err != nil || string(field) != c.field {
			t.Errorf("%s means %q, want %q (%v)", c.heading, field, c.field, got.err)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add("pupils", "Elev-ID\tNamn\tE-post\nP-1\tAnna Ek\ta@example.se\n", uint8(0))
	f.Add("x", "id: 1\nname: Ek, Anna\nbirthDate: 2010-03-14\naddress: Storgatan 1, 123 45 X", uint8(1))
	f.Add("x", "\t\t\n\t\n:\n: \n", uint8(2))
	f.Fuzz(func(t *testing.T, name, text string, layout uint8) {
		unit := []breach.Unit{breach.Row, breach.Record, breach.Line}[layout%3]
		half := strings.IndexByte(text, '\n') + 1
		got := importPassages(name, register.Options{},
			breach.Passage{Place: breach.At(breach.Step{Unit: unit, N: 1}), Text: []byte(text[:half])},
			breach.Passage{Place: breach.At(breach.Step{Unit: unit, N: 2}), Text: []byte(text[half:])})
		r := got.result
		if r.Rows != r.Entries+r.Rejected+r.Joined || r.Entries != int64(len(got.entries)) {
			t.Errorf("the numbers do not add up: %+v", r)
		}
		for _, e := range got.entries {
			if e.Key.IsZero() || e.Row == 0 {
				t.Error("an entry without a key or a row")
			}
		}
	})
}

func BenchmarkImport(b *testing.B) {
	var rows strings.Builder
	for range 500 {
		rows.WriteString("P-1007\tAnna Maria Ek\t010516B903X\tPrästvägen 3 B, 00100 Storstad\tanna.ek@example.fi\t040 123 4567\t2A\tsvenska\n")
	}
	head := "Elev-ID\tNamn\tPersonbeteckning\tAdress\tE-post\tTelefon\tKlass\tModersmål\n"
	b.SetBytes(int64(rows.Len()))
	b.ReportAllocs()
	for b.Loop() {
		importPassages("elever", register.Options{Map: register.Map{"namn": register.FieldName}},
			breach.Passage{Place: breach.At(breach.Step{Unit: breach.Row, N: 1}), Text: []byte(head)},
			breach.Passage{Place: breach.At(breach.Step{Unit: breach.Row, N: 2}), Text: []byte(rows.String())})
	}
	b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func ExampleImporter() {
	im := register.New("pupils", register.Options{
		Entry: func(e breach.Entry) error {
			fmt.Println("row", e.Row, "is", e.Names[0].Given) // prints dots: names stay hidden
			return nil
		},
	})
	err := im.Add(breach.Passage{
		Place: breach.At(breach.Step{Unit: breach.Row, N: 1}),
		Text:  []byte("Elev-ID\tNamn\tMobil\nP-1\tAnna Ek\t070-174 06 05\n"),
	})
	if err != nil {
		fmt.Println(err)
	}
	result, err := im.Close()
	if err != nil {
		fmt.Println(err)
	}
	for _, c := range result.Columns {
		fmt.Println(c.Heading, "holds", c.Field, "by", c.By)
	}
	// Output:
	// row 2 is ••••
	// Elev-ID holds key by heading
	// Namn holds name by heading
	// Mobil holds phone by heading
}
