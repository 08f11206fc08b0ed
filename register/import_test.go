package register_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/register"
)

// imported is what a test import came to, in plain text.
type imported struct {
	entries   []breach.Entry
	rejects   []register.Reject
	guardians []string
	result    register.Result
	err       error
}

// importRows imports lines whose cells are parted by bars.
func importRows(name string, o register.Options, lines ...string) imported {
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "|", "\t")
	return importPassages(name, o, breach.Passage{Place: breach.At(breach.Step{Unit: breach.Row, N: 1}), Text: []byte(text)})
}

func importPassages(name string, o register.Options, passages ...breach.Passage) imported {
	var got imported
	o.Entry = func(e breach.Entry) error { got.entries = append(got.entries, e); return nil }
	o.Reject = func(r register.Reject) error { got.rejects = append(got.rejects, r); return nil }
	o.Guardian = func(child, guardian breach.Personal) error {
		got.guardians = append(got.guardians, guardian.Reveal()+">"+child.Reveal())
		return nil
	}
	im := register.New(name, o)
	for _, p := range passages {
		if got.err = im.Add(p); got.err != nil {
			return got
		}
	}
	got.result, got.err = im.Close()
	return got
}

// tell writes an entry as one line that tests compare.
func tell(e breach.Entry) string {
	var parts []string
	add := func(name string, values ...breach.Personal) {
		var texts []string
		for _, v := range values {
			if !v.IsZero() {
				texts = append(texts, v.Reveal())
			}
		}
		if len(texts) > 0 {
			parts = append(parts, name+"="+strings.Join(texts, "+"))
		}
	}
	add("key", e.Key)
	for _, n := range e.Names {
		former := ""
		if n.Former {
			former = "(former)"
		}
		parts = append(parts, "name="+n.Surname.Reveal()+"/"+n.Given.Reveal()+former)
	}
	add("id", e.NationalIDs...)
	add("born", e.BirthDate)
	for _, a := range e.Addresses {
		parts = append(parts, "address="+a.Street.Reveal()+"/"+a.Postcode.Reveal()+"/"+a.Town.Reveal())
	}
	add("email", e.Emails...)
	add("phone", e.Phones...)
	add("user", e.Usernames...)
	add("account", e.Accounts...)
	add("guardians", e.Guardians...)
	add("household", e.Household)
	add("unit", e.Unit)
	if e.Language != "" {
		parts = append(parts, "language="+e.Language)
	}
	if e.Protected {
		parts = append(parts, "protected")
	}
	if !e.Since.IsZero() {
		parts = append(parts, "since="+e.Since.Format("2006-01-02"))
	}
	if !e.Until.IsZero() {
		parts = append(parts, "until="+e.Until.Format("2006-01-02"))
	}
	return strings.Join(parts, " ")
}

func TestEntries(t *testing.T) {
	for _, c := range []struct {
		name     string
		register string
		options  register.Options
		lines    []string
		want     []string
	}{
		{"Swedish headings", "elever", register.Options{}, []string{
			"Elev-ID|Förnamn|Efternamn|Personbeteckning|Gatuadress|Postnummer|Postort|E-post|Telefon|Klass|Modersmål|Spärrmarkering",
			"P-1007|Anna Maria|Ek|010516B903X|Prästvägen 3 B|00100|Storstad|Anna.Ek@example.fi|040 123 4567|2A|svenska|",
			"P-1008|Bo|von Berg|030516D9037|Åvägen 1|00200|Storstad|||2A|Somali|Ja",
		}, []string{
			"key=P-1007 name=Ek/Anna Maria id=010516B903X born=2016-05-01 address=Prästvägen 3 B/00100/Storstad email=anna.ek@example.fi phone=+358401234567 unit=2A language=sv",
			"key=P-1008 name=von Berg/Bo id=030516D9037 born=2016-05-03 address=Åvägen 1/00200/Storstad unit=2A language=so protected",
		}},
		{"Finnish headings", "henkilöstö", register.Options{}, []string{
			"Henkilönumero|Nimi|Hetu|Osoite|Sähköposti|Puhelin|Yksikkö|Äidinkieli|Turvakielto|Alkaen|Asti",
			"17|Virtanen Matti Juhani|010594Y9032|Kotikatu 1 A 2, 00100 Kaupunki|matti.virtanen@example.fi|+358 (0)50 765 4321|Koulu|suomi|ei|1.8.2019|31.12.9999",
			"18|Koivunen Aino|010594Y9021|Rantatie 5, 00200 Kaupunki||09-123 456|Koulu|ruotsi|kyllä|1.8.2020|31.7.2022",
		}, []string{
			"key=17 name=Virtanen/Matti Juhani id=010594Y9032 born=1994-05-01 address=Kotikatu 1 A 2/00100/Kaupunki email=matti.virtanen@example.fi phone=+358507654321 unit=Koulu language=fi since=2019-08-01",
			"key=18 name=Koivunen/Aino id=010594Y9021 born=1994-05-01 address=Rantatie 5/00200/Kaupunki phone=+3589123456 unit=Koulu language=sv protected since=2020-08-01 until=2022-07-31",
		}},
		{"English headings in snake and camel case", "customers", register.Options{Country: "SE"}, []string{
			"customer_id|full_name|dateOfBirth|email_address|phoneNumber|userName|IBAN|customer since|customer until",
			"C1|Ek, Anna|1990-02-28|a@example.com; b@example.com|070-174 06 05, 08-465 004 01|SCHOOL\\Anna.E|SE45 5000 0000 0583 9825 7466|2019-01-02 00:00:00|",
		}, []string{
			"key=C1 name=Ek/Anna born=1990-02-28 email=a@example.com+b@example.com phone=+46701740605++46846500401 user=anna.e account=SE4550000000058398257466 since=2019-01-02",
		}},
		{"given name first, told by the addresses beside", "staff", register.Options{}, []string{
			"id|namn|e-post",
			"1|Nordman Lind|nordman.lind@example.se",
			"2|Ask Rosen|ask.rosen@example.se",
		}, []string{
			"key=1 name=Lind/Nordman email=nordman.lind@example.se",
			"key=2 name=Rosen/Ask email=ask.rosen@example.se",
		}},
		{"surname first, told by the column", "staff", register.Options{}, []string{
			"id|namn",
			"1|Ek Anna",
			"2|Svensson Bo",
			"3|Virtanen Matti",
		}, []string{"key=1 name=Ek/Anna", "key=2 name=Svensson/Bo", "key=3 name=Virtanen/Matti"}},
		{"former names", "staff", register.Options{}, []string{
			"id|förnamn|efternamn|tidigare efternamn",
			"1|Anna|Ek|Berg; Anna Lund",
		}, []string{"key=1 name=Ek/Anna name=Berg/Anna(former) name=Lund/Anna(former)"}},
		{"a name one is called by", "staff", register.Options{}, []string{
			"id|förnamn|tilltalsnamn|efternamn",
			"1|Anna Maria|Maria|Ek",
			"2|Yngve|Affe|Ek",
		}, []string{"key=1 name=Ek/Anna Maria", "key=2 name=Ek/Yngve name=Ek/Affe"}},
		{"no headings at all", "lista", register.Options{}, []string{
			"A7|Anna Ek|010516B903X|anna.ek@example.fi|2016-05-01",
			"A8|Bo Berg|030516D9037|bo.berg@example.fi|2016-05-03",
		}, []string{
			"key=A7 name=Ek/Anna id=010516B903X born=2016-05-01 email=anna.ek@example.fi",
			"key=A8 name=Berg/Bo id=030516D9037 born=2016-05-03 email=bo.berg@example.fi",
		}},
		{"unknown headings over known content", "lista", register.Options{}, []string{
			"Gamma|Delta|Deltagarkod",
			"010516B903X|a@example.fi|77-1",
			"030516D9037|b@example.fi|77-2",
		}, []string{
			"key=77-1 id=010516B903X born=2016-05-01 email=a@example.fi",
			"key=77-2 id=030516D9037 born=2016-05-03 email=b@example.fi",
		}},
		{"title rows above the headings", "lista", register.Options{}, []string{
			"Elever läsåret 2022", "", "Id|Namn", "1|Anna Ek",
		}, []string{"key=1 name=Ek/Anna"}},
		{"no key column", "lista", register.Options{}, []string{"Namn|Hetu", "Anna Ek|010516B903X"},
			[]string{"key=2 name=Ek/Anna id=010516B903X born=2016-05-01"}},
		{"the user says what columns are", "lista",
			register.Options{Map: mapOf("Gamma=key,Delta=surname,3=given,Epsilon=language")}, []string{
				"Gamma|Delta|Zeta|Epsilon", "x|Ek|Anna|fi",
			}, []string{"key=x name=Ek/Anna language=fi"}},
		{"the identity number made the key", "lista", register.Options{Map: mapOf("Hetu=key")}, []string{
			"Hetu|Namn", "010516B903X|Anna Ek", "030516D9037|Bo Ek",
		}, []string{
			"key=010516B903X name=Ek/Anna id=010516B903X born=2016-05-01",
			"key=030516D9037 name=Ek/Bo id=030516D9037 born=2016-05-03",
		}},
		{"ten digits and a birth date make twelve", "lista", register.Options{}, []string{
			"id|namn|personnummer|född", "1|Tolvan Tolvansson|121212-1212|1912-12-12", "2|Anna Ek|880320-0016|1988-03-20",
		}, []string{
			"key=1 name=Tolvansson/Tolvan id=191212121212 born=1912-12-12",
			"key=2 name=Ek/Anna id=198803200016 born=1988-03-20",
		}},
		{"people of two countries", "lista", register.Options{}, []string{
			"id|namn|personnummer|telefon", "1|Anna Ek|010516B903X|040 123 4567", "2|Bo Ek|19880320-0016|070-174 06 05",
		}, []string{
			"key=1 name=Ek/Anna id=010516B903X born=2016-05-01 phone=+358401234567",
			"key=2 name=Ek/Bo id=198803200016 born=1988-03-20 phone=+46701740605",
		}},
		{"postcode and town in one cell", "lista", register.Options{}, []string{
			"id|namn|adress|postadress", "1|Anna Ek|c/o Berg, Storgatan 12 B|123 45 Storstad",
		}, []string{"key=1 name=Ek/Anna address=Storgatan 12 B/12345/Storstad"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := importRows(c.register, c.options, c.lines...)
			if got.err != nil {
				t.Fatal(got.err)
			}
			var told []string
			for _, e := range got.entries {
				told = append(told, tell(e))
			}
			if !slices.Equal(told, c.want) {
				t.Errorf("entries\n got %s\nwant %s\nrejects %v", strings.Join(told, "\n     "), strings.Join(c.want, "\n     "), got.rejects)
			}
			if r := got.result; r.Rows != r.Entries+r.Rejected+r.Joined || r.Entries != int64(len(got.entries)) {
				t.Errorf("the numbers do not add up: %+v", r)
			}
		})
	}
}

func mapOf(text string) register.Map {
	m, err := register.ParseMap(text)
	if err != nil {
		panic(err)
	}
	return m
}

func TestRowsKeptApart(t *testing.T) {
	got := importRows("elever", register.Options{},
		"Elev-ID|Namn|Personbeteckning|E-post",
		"P-1|Anna Ek|010516B903X|a@example.fi",
		"P-2|Bo Ek|030516D9037|b@example.fi",
		"P-3|Cia Ek",                                // broken
		"P-4|Dag Ek|010516B902W|d@example.fi|extra", // too many
		"P-5|||",                               // nobody
		"|Eva Ek|020516C903K|",                 // no key
		"P-1|Finn Ek|020516C902J|",             // key twice
		"P-2|Bo Ek|030516D9037|b@example.fi",   // row twice
		"P-6|Gun Ek|310252-308Y|",              // impossible number
		"P-7|Hal Ek|010516B903Y|",              // wrong check character
		"P-8|Ida Ek|2016-05-01|i@",             // birth date for a number, broken address
		"Elev-ID|Namn|Personbeteckning|E-post", // headings again
	)
	if got.err != nil {
		t.Fatal(got.err)
	}
	want := []string{
		"4 cells", "5 cells", "6 nobody", "7 key-empty Elev-ID", "8 key-twice Elev-ID of 2", "9 row-twice of 3",
		"10 id-unreadable Personbeteckning", "11 id-check Personbeteckning", "12 id-short Personbeteckning", "12 email E-post",
	}
	var told []string
	for _, r := range got.rejects {
		s := fmt.Sprintf("%d %s", r.Row, r.Reason)
		if r.Column != "" {
			s += " " + r.Column
		}
		if r.Other != 0 {
			s += fmt.Sprintf(" of %d", r.Other)
		}
		told = append(told, s)
	}
	if !slices.Equal(told, want) {
		t.Errorf("rejects\n got %s\nwant %s", strings.Join(told, "\n     "), strings.Join(want, "\n     "))
	}
	r := got.result
	if r.Rows != 11 || r.Entries != 5 || r.Rejected != 6 || r.Warnings != 4 || r.Skipped != 1 {
		t.Errorf("numbers: %+v", r)
	}
	for _, e := range got.entries {
		if e.Key.Reveal() == "P-7" && len(e.NationalIDs) != 1 {
			t.Error("a number with a wrong check character was dropped: it still points to somebody")
		}
		if e.Key.Reveal() == "P-8" && e.BirthDate.Reveal() != "2016-05-01" {
			t.Error("the birth date in the place of a number was dropped")
		}
	}
}

func TestGuardians(t *testing.T) {
	t.Run("pupils name their guardians", func(t *testing.T) {
		got := importRows("elever", register.Options{},
			"Elev-ID|Namn|Vårdnadshavare 1|Vårdnadshavare 2|Vårdnadshavare 1 e-post|Vårdnadshavare 2 personbeteckning",
			"P-1|Anna Ek|G-1|G-2|mor@example.fi|010594Y9032",
			"P-2|Bo Ek|G-1, G-3||mor@example.fi|")
		if len(got.entries) != 2 {
			t.Fatalf("entries: %d, %v", len(got.entries), got.err)
		}
		if s := tell(got.entries[0]); s != "key=P-1 name=Ek/Anna guardians=G-1+G-2+010594Y9032" {
			t.Errorf("the guardian's data are taken for the pupil's: %s", s)
		}
		if s := tell(got.entries[1]); s != "key=P-2 name=Ek/Bo guardians=G-1+G-3" {
			t.Errorf("several guardians in a cell: %s", s)
		}
	})
	t.Run("guardians name their children", func(t *testing.T) {
		got := importRows("guardians", register.Options{},
			"Vårdnadshavar-ID|Namn|Personbeteckning|Elev-ID|Elevens namn",
			"G-1|Eva Ek|010594Y9032|P-1|Anna Ek",
			"G-1|Eva Ek|010594Y9032|P-2|Bo Ek",
			"G-2|Per Ek|010594Y9021|P-1|Anna Ek")
		if len(got.entries) != 2 || got.result.Joined != 1 || got.result.Rejected != 0 {
			t.Fatalf("entries %d, joined %d, rejects %v", len(got.entries), got.result.Joined, got.rejects)
		}
		if s := tell(got.entries[0]); s != "key=G-1 name=Ek/Eva id=010594Y9032 born=1994-05-01" {
			t.Errorf("the first guardian: %s", s)
		}
		if s := strings.Join(got.guardians, " "); s != "G-1>P-1 G-1>P-2 G-2>P-1" {
			t.Errorf("children: %s", s)
		}
	})
	t.Run("one row a pupil and guardian", func(t *testing.T) {
		got := importRows("pupils", register.Options{},
			"Pupil ID|Name|Guardian ID", "P-1|Anna Ek|G-1", "P-1|Anna Ek|G-2", "P-2|Bo Ek|G-2")
		if len(got.entries) != 2 || got.result.Joined != 1 || strings.Join(got.guardians, " ") != "G-2>P-1" {
			t.Errorf("entries %d, joined %d, guardians %v, rejects %v", len(got.entries), got.result.Joined, got.guardians, got.rejects)
		}
	})
}

func TestZerosThatSpreadsheetsTake(t *testing.T) {
	got := importRows("lista", register.Options{}, "id|namn|personnummer|telefon|postnummer",
		"1|Anna Ek|8803200016|701740605|12345",
		"2|Bo Ek|8112289841|701740606|12346",
		"3|Cia Ek|2292399|701740607|12347") // 000229-2399
	if got.err != nil || len(got.entries) != 3 {
		t.Fatalf("%d entries, %v, %v", len(got.entries), got.err, got.rejects)
	}
	if s := tell(got.entries[2]); !strings.Contains(s, "id=0002292399") {
		t.Errorf("zeros not restored: %s", s)
	}
	if got.result.Restored != 4 {
		t.Errorf("restored %d values, want 1 identity number and 3 phones", got.result.Restored)
	}
	kept := importRows("lista", register.Options{}, "id|namn|personnummer",
		"1|Anna Ek|8803200016", "2|Bo Ek|0002292399", "3|Cia Ek|2292399")
	if kept.result.Restored != 0 || len(kept.rejects) != 1 || kept.rejects[0].Reason != register.IDUnreadable {
		t.Errorf("a column that kept its zeros was mended: %d, %v", kept.result.Restored, kept.rejects)
	}
}

func TestRecords(t *testing.T) {
	record := func(n int64, text string) breach.Passage {
		return breach.Passage{Place: breach.At(breach.Step{Unit: breach.Record, N: n}), Text: []byte(text)}
	}
	got := importPassages("customers", register.Options{Country: "FI"},
		record(1, "customerNumber: K-1\nname: Anna Ek\nkontakt epost: a@example.fi\nkontakt telefon: 040 1234567\nguardians 1 id: G-1\nguardians 1 name: Eva Ek\nguardians 2 id: G-2\n"),
		record(2, "customerNumber: K-2\nkontakt epost: b@example.fi\nname: Bo Ek\nformerName: Berg\nnote: first\nsecond line: x\n"))
	want := []string{
		"key=K-1 name=Ek/Anna email=a@example.fi phone=+358401234567 guardians=G-1+G-2",
		"key=K-2 name=Ek/Bo name=Berg/Bo(former) email=b@example.fi",
	}
	for i, w := range want {
		if i >= len(got.entries) || tell(got.entries[i]) != w {
			t.Fatalf("record %d: got %d entries, %v; want %s", i+1, len(got.entries), tell(got.entries[min(i, len(got.entries)-1)]), w)
		}
	}
}

func TestLabelsThatComeLate(t *testing.T) {
	var records []breach.Passage
	add := func(text string) {
		n := int64(len(records) + 1)
		text = fmt.Sprintf("id: %d\nname: Anna Ek\n%s", n, text)
		records = append(records, breach.Passage{Place: breach.At(breach.Step{Unit: breach.Record, N: n}), Text: []byte(text)})
	}
	for range 300 {
		add("")
	}
	add("formerName: Berg\nguardians 1 email: mor@example.fi\nkod: x")
	got := importPassages("customers", register.Options{Map: mapOf("Kod=unit")}, records...)
	if got.err != nil || len(got.entries) != 301 {
		t.Fatalf("%d entries, %v", len(got.entries), got.err)
	}
	if s := tell(got.entries[300]); s != "key=301 name=Ek/Anna name=Berg/Anna(former) unit=x" {
		t.Errorf("the last record is %s", s)
	}
	if len(got.result.Columns) != 5 {
		t.Errorf("columns: %v", got.result.Columns)
	}
}

func TestSheets(t *testing.T) {
	sheet := func(n int64, text string) breach.Passage {
		return breach.Passage{Text: []byte(strings.ReplaceAll(text, "|", "\t")),
			Place: breach.At(breach.Step{Unit: breach.Sheet, N: n, Name: breach.Hide("x")}, breach.Step{Unit: breach.Row, N: 1})}
	}
	got := importPassages("staff", register.Options{},
		sheet(1, "Id|Namn|E-post\n1|Anna Ek|a@example.se\n2|Bo Ek"), sheet(2, "Lokal|Plats\nA1|27\nA2|31"), sheet(3, "Namn|Id\nCia Ek|3"))
	if got.err != nil || len(got.entries) != 3 {
		t.Fatalf("%d entries, %v, %v", len(got.entries), got.err, got.rejects)
	}
	if len(got.rejects) != 1 || got.rejects[0] != (register.Reject{Sheet: 2, Reason: register.NoColumns}) {
		t.Errorf("rejects: %v", got.rejects)
	}
	if tell(got.entries[2]) != "key=3 name=Ek/Cia" {
		t.Errorf("columns of sheet 3: %s", tell(got.entries[2]))
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		key  string
	}{
		{"nothing to read", importPassages("x", register.Options{}).err, "register.empty"},
		{"no people", importRows("x", register.Options{}, "Lokal|Plats", "A1|27").err, "register.no-columns"},
		{"a map of no column", importRows("x", register.Options{Map: mapOf("Gamma=key")}, "Id|Namn", "1|Anna Ek").err, "register.map-heading"},
		{"an unknown field", second(register.ParseMap("Elevnr=number")), "register.map-field"},
		{"a map without a field", second(register.ParseMap("Elevnr")), "register.map-shape"},
	} {
		var refusal *breach.Refusal
		if !errors.As(c.err, &refusal) || refusal.Key != c.key {
			t.Errorf("%s: got %v, want refusal %s", c.name, c.err, c.key)
		}
	}
	if m := mapOf("Efternamn, förnamn=name, Kod = key"); len(m) != 2 {
		t.Errorf("a heading with a comma: %d pairs", len(m))
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnErrorOfTheCallerStopsTheImport(t *testing.T) {
	stop := errors.New("stop")
	im := register.New("x", register.Options{Columns: func([]register.Column) error { return stop }})
	err := im.Add(breach.Passage{Place: breach.At(breach.Step{Unit: breach.Row, N: 1}), Text: []byte("Id\tNamn\n1\tAnna Ek")})
	if err == nil {
		_, err = im.Close()
	}
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// Cut into passages anywhere between rows, a register gives the same entries.
func TestPassagesMayBeCutAnywhere(t *testing.T) {
	var lines []string
	lines = append(lines, "Id\tNamn\tE-post")
	for i := range 500 {
		lines = append(lines, fmt.Sprintf("%d\tAnna Ek\ta%d@example.se", i, i))
	}
	whole := importRows("x", register.Options{}, lines...)
	var parts []breach.Passage
	for i, l := range lines {
		parts = append(parts, breach.Passage{Place: breach.At(breach.Step{Unit: breach.Row, N: int64(i + 1)}), Text: []byte(l + "\n")})
	}
	cut := importPassages("x", register.Options{}, parts...)
	if len(whole.entries) != 500 || len(cut.entries) != 500 {
		t.Fatalf("%d and %d entries", len(whole.entries), len(cut.entries))
	}
	for i := range whole.entries {
		if tell(whole.entries[i]) != tell(cut.entries[i]) || whole.entries[i].Row != cut.entries[i].Row {
			t.Fatalf("entry %d differs", i)
		}
	}
}
