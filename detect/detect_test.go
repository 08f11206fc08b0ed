package detect_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
	"github.com/klarlagt/klarlagt/register"
)

// people is the register of the tests: the entries' ids are their places.
func people() []breach.Entry {
	full := func(given, surname string) []breach.FullName {
		return []breach.FullName{{Given: breach.Hide(given), Surname: breach.Hide(surname)}}
	}
	hide := func(s string) []breach.Personal { return []breach.Personal{breach.Hide(s)} }
	return []breach.Entry{
		{Names: full("Anna Maria", "Berg"), NationalIDs: hide("201203042393"), BirthDate: breach.Hide("2012-03-04"),
			Emails: hide("anna.berg@example.se"), Phones: hide("+46701740605"), Usernames: hide("annber"),
			Addresses: []breach.Postal{{Street: breach.Hide("Ringblomman 4"), Postcode: breach.Hide("12345"), Town: breach.Hide("Malmö")}}},
		{Names: full("Marita", "Koivunen"), NationalIDs: hide("010594Y9032"), BirthDate: breach.Hide("1994-05-01")},
		{Names: full("Ebba", "von Essen"), NationalIDs: hide("198112289841")},
		{Names: full("Erik", "Lind"), Phones: hide("+4790012345")},
		{Names: full("Erik", "Berg")},
	}
}

func index(t testing.TB, entries ...breach.Entry) *register.Index {
	t.Helper()
	path := filepath.Join(t.TempDir(), "index")
	all := iter.Seq2[breach.Entry, error](func(yield func(breach.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err := register.BuildIndex(path, register.Secret{7}, all); err != nil {
		t.Fatal(err)
	}
	x, err := register.OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// read gives the mentions of an item with the given passages.
func read(t testing.TB, s *detect.Scanner, name string, passages ...breach.Passage) []breach.Mention {
	t.Helper()
	var got []breach.Mention
	keep := func(m breach.Mention) error {
		got = append(got, m)
		return nil
	}
	s.Begin(name)
	for _, p := range passages {
		if err := s.Passage(p, keep); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(keep); err != nil {
		t.Fatal(err)
	}
	return got
}

func passage(unit breach.Unit, n int64, text string) breach.Passage {
	return breach.Passage{Place: breach.At(breach.Step{Unit: unit, N: n}), Text: []byte(text)}
}

// show writes mentions as the tests compare them: one line each, findings as
// kind=value with a star if labelled and an exclamation mark if failed.
func show(mentions []breach.Mention) string {
	var lines []string
	for _, m := range mentions {
		var parts []string
		for _, f := range m.Findings {
			mark := ""
			if f.Labelled {
				mark += "*"
			}
			if f.Failed {
				mark += "!"
			}
			parts = append(parts, fmt.Sprintf("%v%s=%s", f.Kind, mark, f.Value.Reveal()))
		}
		doc := ""
		if m.Document {
			doc = "document "
		}
		lines = append(lines, doc+m.Place.String()+": "+strings.Join(parts, " | "))
	}
	return strings.Join(lines, "\n")
}

func TestExamplesOfEachDetector(t *testing.T) {
	s := detect.New(index(t, people()...))
	for _, d := range detect.All {
		form := d.Form
		if form == "" {
			form = "numbers"
		}
		found := func(text string) (string, bool) {
			mentions := read(t, s, "", passage(breach.Page, 1, text))
			for _, m := range mentions {
				for _, f := range m.Findings {
					if f.Kind == d.Kind && (d.Form == "" || f.Form == d.Form || d.Form == "account") {
						return show(mentions), true
					}
				}
			}
			return show(mentions), false
		}
		t.Run(fmt.Sprintf("%v as %s", d.Kind, form), func(t *testing.T) {
			if len(d.Hits) == 0 || len(d.Misses) == 0 {
				t.Error("it has no examples")
			}
			for _, text := range d.Hits {
				// A number that needs a person beside it shall have one.
				if got, ok := found(text + "\nanna.lund@example.se"); !ok {
					t.Errorf("%q: not found; got %s", text, got)
				}
			}
			for _, text := range d.Misses {
				if got, ok := found(text); ok {
					t.Errorf("%q: found, it should not be; got %s", text, got)
				}
			}
		})
	}
}

// TestMentions reads short items of every layout.
func TestMentions(t *testing.T) {
	s := detect.New(index(t, people()...))
	for _, tt := range []struct {
		name     string
		item     string
		passages []breach.Passage
		want     string
	}{
		{"a paragraph", "x.txt", []breach.Passage{passage(breach.Line, 1, "Hej\n\nAnna Berg, 20120304-2393, har diagnosen astma.\nMer text.\n\nSlut\n")},
			"line 3: name=Anna Berg | national-id=201203042393 | health=diagnosen\ndocument file name: health*=diagnosen"},
		{"a table", "lista.csv", []breach.Passage{passage(breach.Row, 1, "Namn\tPersonnummer\tModersmål\tVH1 namn\tVH1 tel\nAnna Berg\t20120304-2393\tsvenska\tErik Berg\t070-1740605\nOlle Person\t\t-\t\t\n")},
			"row 2: name*=Anna Berg | national-id*=201203042393 | language*=svenska | guardian*=Erik Berg\n" +
				"row 2: name*=Erik Berg | phone*=+46701740605\nrow 3: name*=Olle Person"},
		{"names in two columns", "lista.csv", []breach.Passage{passage(breach.Row, 5, "Efternamn\tFörnamn\tGatuadress\tPostnr\tOrt\nBerg\tAnna\tRingblomman 4\t123 45\tMalmö\n")},
			"row 6: name*=Anna Berg | address*=Ringblomman 4, 12345 Malmö"},
		{"a table without headings", "x.csv", []breach.Passage{passage(breach.Row, 1, "1\tBerg\tAnna\t20120304-2393\n2\tkatt\thund\t12\n")},
			"row 1: name=Berg Anna | national-id=201203042393"},
		{"a titled table", "x.xlsx", []breach.Passage{{Place: breach.At(breach.Step{Unit: breach.Sheet, N: 1}, breach.Step{Unit: breach.Row, N: 1}),
			Text: []byte("Frånvaro vecka 12\n\nNamn\tKlass\nAnna Berg\t2A\n")}},
			"sheet 1 row 4: name*=Anna Berg | absence=Frånvaro"},
		{"a record", "x.json", []breach.Passage{passage(breach.Record, 3, "name: Anna Berg\nguardian name: Erik Berg\nguardian email: erik@example.se\nreligion: ingen\nallergies: nötter\n")},
			"record 3: name*=Anna Berg | guardian*=Erik Berg | health*=nötter\nrecord 3: name*=Erik Berg | email*=erik@example.se"},
		{"a mail header", "x.eml", []breach.Passage{passage(breach.Header, 0, "From: \"Berg, Anna\" <anna.berg@example.se>\nTo: Elin Holm <elin@example.se>, info@example.se\nSubject: Orosanmälan\n")},
			"header: name=Berg, Anna | email=anna.berg@example.se\nheader: name=Elin Holm | email=elin@example.se\n" +
				"header: email=info@example.se\ndocument file name: social-welfare*=Orosanmälan"},
		{"a form of paragraphs", "x.docx", []breach.Passage{passage(breach.Paragraph, 1, "Beslut\nNamn: Anna Berg\nPersonnummer: 20120304-2393\nModersmål: somali\nÖvrigt\n")},
			"paragraph 2: name*=Anna Berg | national-id*=201203042393 | language*=somali\ndocument file name: language=Modersmål"},
		{"a file's name", "elever/Frånvaro_berg_anna.docx", nil, "file name: absence=Frånvaro | name=berg anna\ndocument file name: absence*=Frånvaro"},
		{"a stranger beside a number", "x.txt", []breach.Passage{passage(breach.Line, 1, "Eleven Elin Sjögren (120304-2393) bor på Storgatan 3.\n")},
			"line 1: name=Elin Sjögren | national-id=1203042393 | address=Storgatan 3"},
		{"a list of people", "x.txt", []breach.Passage{passage(breach.Line, 1, "Anna Berg 20120304-2393\nMarita Koivunen 010594Y9032\n")},
			"line 1: name=Anna Berg | national-id=201203042393\nline 2: name=Marita Koivunen | national-id=010594Y9032"},
		{"a birth date beside its name", "x.txt", []breach.Passage{passage(breach.Line, 1, "Anna Berg (2012-03-04) och Marita Koivunen 2020-01-01\n")},
			"line 1: name=Anna Berg | birth-date=2012-03-04 | name=Marita Koivunen"},
		{"two people parted by a comma", "x.txt", []breach.Passage{passage(breach.Line, 1, "Anna Berg, Erik Lind\n")},
			"line 1: name=Anna Berg | name=Erik Lind"},
		{"a failed number without label", "x.txt", []breach.Passage{passage(breach.Line, 1, "Marita Koivunen 010594Y9033, ref 121212-1213\n")},
			"line 1: name=Marita Koivunen | national-id!=010594Y9033"},
		{"a log", "x.log", []breach.Passage{passage(breach.Line, 7, "2023-10-25T00:00:37Z login user=annber ref=0401234567\n2023-10-25T00:01:14Z logout user=annber\n")},
			"line 7: username*=annber\nline 8: username*=annber"},
		{"a name that is also a word for nothing", "x.csv", []breach.Passage{passage(breach.Row, 1, "Efternamn\tFörnamn\tPersonnummer\nLundberg\tInga\t20120304-2393\n")},
			"row 2: name*=Inga Lundberg | national-id*=201203042393"},
		{"a header quoted in a message", "x.eml", []breach.Passage{passage(breach.Part, 1, "Hej\n\nFrån: Anna Berg <anna.berg@example.se>\nTill: Elin Holm <elin@example.se>\nÄmne: Erik Lind är sjuk\n\nslut")},
			"part 1: name=Anna Berg | email=anna.berg@example.se\npart 1: name=Elin Holm | email=elin@example.se\npart 1: name=Erik Lind"},
		{"a label on the line before", "x.pdf", []breach.Passage{passage(breach.Page, 1, "Namn\nElin Holm\nPersonnummer\n120304-2393\n")},
			"page 1: name=Elin Holm | national-id*=1203042393"},
		{"readable bytes", "x.bin", []breach.Passage{passage(breach.Bytes, 1, "Erik Lind\nanna.berg@example.se\ndiagnos\n")},
			"bytes 1: name=Erik Lind\nbytes 1: email=anna.berg@example.se"},
		{"nothing", "x.txt", []breach.Passage{passage(breach.Line, 1, "Kommunfullmäktige sammanträder 2024-05-01 kl. 10.15, faktura 123456789.\n")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(read(t, s, tt.item, tt.passages...)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestCutsDoNotMatter cuts a text at every choice of line ends: the findings
// stay the same.
func TestCutsDoNotMatter(t *testing.T) {
	s := detect.New(index(t, people()...))
	text := "Beslut om särskilt stöd\n\nAnna Berg\nRingblomman 4\n123 45 Malmö\nPersonnummer: 20120304-2393\n\n" +
		"Marita Koivuselle on tehty päätös.\nPuh. 040 628 0400\n\nslut\n"
	rows := "Namn\tPersonnummer\nAnna Berg\t20120304-2393\nErik Lind\t\nMarita Koivunen\t010594Y9032\n"
	form := "Rubrik\nNamn: Anna Berg\nPersonnummer: 20120304-2393\nDiagnos: astma\nHej Anna Berg.\n"
	for _, tt := range []struct {
		unit breach.Unit
		text string
	}{{breach.Line, text}, {breach.Page, text}, {breach.Row, rows}, {breach.Paragraph, form}} {
		lines := strings.SplitAfter(strings.TrimSuffix(tt.text, "\n"), "\n")
		whole := show(read(t, s, "x", passage(tt.unit, 1, tt.text)))
		if !strings.Contains(whole, "national-id") {
			t.Fatalf("%v: nothing found in the whole text", tt.unit)
		}
		for cuts := range 1 << (len(lines) - 1) {
			var passages []breach.Passage
			at, n := "", int64(1)
			for i, line := range lines {
				at += line
				if cuts>>i&1 == 1 || i == len(lines)-1 {
					passages = append(passages, passage(tt.unit, n, at))
					if tt.unit != breach.Page {
						n += int64(strings.Count(at, "\n"))
					}
					at = ""
				}
			}
			if got := show(read(t, s, "x", passages...)); got != whole {
				t.Fatalf("%v, cuts %b: got\n%s\nwant\n%s", tt.unit, cuts, got, whole)
			}
		}
	}
}

func TestScannerKeepsNothingOfTheItemBefore(t *testing.T) {
	s := detect.New(index(t, people()...))
	p := passage(breach.Row, 1, "Namn\tDiagnos\nAnna Berg\tastma\n")
	first := show(read(t, s, "a.csv", p))
	read(t, s, "b.txt", passage(breach.Line, 1, "Anna Berg 20120304-2393"))
	if again := show(read(t, s, "a.csv", p)); again != first {
		t.Errorf("the same item gives\n%s\nthen\n%s", first, again)
	}
	if got := read(t, s, "c.csv", passage(breach.Row, 1, "Okänd Person\t12\n")); len(got) != 0 {
		t.Errorf("headings of an earlier table are used: %s", show(got))
	}
}

func TestErrorOfEmitStops(t *testing.T) {
	s := detect.New(index(t, people()...))
	s.Begin("x")
	full := fmt.Errorf("disk full")
	calls := 0
	err := s.Passage(passage(breach.Row, 1, "a\tanna.berg@example.se\nb\tanna.berg@example.se\n"), func(breach.Mention) error {
		calls++
		return full
	})
	if err != full || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestKindsOfDetectorsAreThoseAsked(t *testing.T) {
	var kinds []breach.Kind
	for _, d := range detect.All {
		kinds = append(kinds, d.Kind)
	}
	for _, k := range []breach.Kind{breach.Name, breach.NationalID, breach.BirthDate, breach.Address, breach.Email, breach.Phone,
		breach.Username, breach.Password, breach.Passport, breach.BankAccount, breach.PaymentCard, breach.Vehicle, breach.DoorCode} {
		if !slices.Contains(kinds, k) {
			t.Errorf("no detector for %v", k)
		}
	}
}
