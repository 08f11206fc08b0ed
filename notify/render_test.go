package notify_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

// matter is what an officer has written of a breach like Westlog's.
func matter() notify.Texts {
	return notify.Texts{
		Country: "FI", Controller: "Staden Exempel",
		Happened: "Ett företag som kör ut varor åt oss fick in ett utpressningsprogram.",
		Measures: "Servern är stängd. Vi har gjort polisanmälan.",
		Contact:  "Ring 09 555 0100 på vardagar klockan 9–15.",
		Kept:     "Uppgifterna sparas i två år efter en beställning.",
		News:     "Vi vet nu vilka uppgifter som låg på servern.", Mistake: "Vi skrev fel datum.",
		Date: time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC), Earlier: time.Date(2026, 9, 18, 0, 0, 0, 0, time.UTC),
		Listed: time.Date(2026, 9, 19, 0, 0, 0, 0, time.UTC), Items: 1203, NotRead: 3,
	}
}

func sheet(t testing.TB, name notify.Name, lang string, texts notify.Texts) notify.Sheet {
	t.Helper()
	letter, ok := notify.Shipped(name, lang)
	if !ok {
		t.Fatalf("no letter %s in %s", name, lang)
	}
	s, err := notify.Prepare(letter, texts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var key = []byte("a key of a test, of no case at all")

// record is a record of p1 with kinds and grades: "door-code proven".
func record(kinds ...string) notify.Record {
	r := notify.Record{Subject: "p1", Reader: "p1", Name: breach.Hide("Maja Exempelsson"), Code: notify.Code(key, "n1", "p1", "p1")}
	for _, text := range kinds {
		id, grade, _ := strings.Cut(text, " ")
		k, _ := breach.ParseKind(id)
		g, _ := breach.ParseGrade(grade)
		r.Exposures = append(r.Exposures, breach.Exposure{Person: "p1", Kind: k, Grade: g})
	}
	return r
}

func TestALetterSaysWhatIsThisPersons(t *testing.T) {
	s := sheet(t, notify.LetterFirst, "sv", matter())
	with, left, err := s.Render(record("name proven", "address proven", "national-id likely", "door-code possible", "phone excluded", "name possible"))
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	text := string(with.Text)
	for _, want := range []string{"Hej Maja Exempelsson!", "Detta har blivit känt:\n- namn\n- adress\n\n", "Detta har nog blivit känt:\n- personbeteckning\n\n",
		"Vi vet inte om detta har blivit känt. Det är möjligt:\n- portkod\n\n", "utpressningsprogram", "09 555 0100", "Servern är stängd", "Portkod: be att koden byts",
		"dataombudsmannen", "20 september 2026\nStaden Exempel\n", notify.Code(key, "n1", "p1", "p1")} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the letter:\n%s", want, text)
		}
	}
	for _, not := range []string{"{", "}", "telefon:", "- telefonnummer", "personnummer", "://", "\n\n\n"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in the letter:\n%s", not, text)
		}
	}
	without, left, err := s.Render(record("name proven"))
	if err != nil || left == 0 {
		t.Fatal(left, err)
	}
	for _, not := range []string{"ortkod", "möjligt", "troligt", "sparat", "{"} {
		if strings.Contains(string(without.Text), not) {
			t.Errorf("%q is in the letter of somebody without it:\n%s", not, without.Text)
		}
	}
	if s := string(with.Title); s != "Dina personuppgifter har läckt ut" {
		t.Errorf("title %q", s)
	}
}

func TestEveryLetterRendersAndReadsBack(t *testing.T) {
	texts := matter()
	texts.Unread = "Två filer gick inte att läsa."
	for _, country := range []string{"FI", "AX", "SE"} {
		texts.Country = country
		for _, name := range notify.Names() {
			for _, lang := range notify.Languages() {
				s := sheet(t, name, lang, texts)
				for _, kinds := range [][]string{{"name proven"}, {"health possible"}, {"bank-account likely", "payment-card proven"}, {"door-code possible", "address proven", "password likely", "passport proven"}} {
					r := record(kinds...)
					if name == notify.LetterPossible {
						r = record("door-code possible", "address possible")
					}
					if name == notify.LetterGuardian || name == notify.LetterGuardianYoung || name == notify.LetterGuardianAgain {
						r.Reader, r.Child = "p2", breach.Hide("Otso")
					}
					w, _, err := s.Render(r)
					if err != nil {
						t.Fatalf("%s in %s: %v", name, lang, err)
					}
					if err := s.ReadBack(w.Text, r); err != nil {
						t.Errorf("%s in %s: %v\n%s", name, lang, err, []byte(w.Text))
					}
					if strings.ContainsAny(string(w.Text), "{}") || strings.Contains(string(w.Text), "\n\n\n") || w.Language != lang {
						t.Errorf("%s in %s:\n%s", name, lang, []byte(w.Text))
					}
				}
			}
		}
	}
}

func TestAWrongRowIsFound(t *testing.T) {
	s := sheet(t, notify.LetterGuardian, "fi", matter())
	right := record("name proven", "address possible")
	right.Reader, right.Child = "p2", breach.Hide("Otso")
	w, _, err := s.Render(right)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*notify.Record){
		"another reader": func(r *notify.Record) { r.Name = breach.Hide("Ilves Esimerkki") },
		"another child":  func(r *notify.Record) { r.Child = breach.Hide("Aava") },
		"another code":   func(r *notify.Record) { r.Code = notify.Code(key, "n1", "p1", "p3") },
		"another kind":   func(r *notify.Record) { r.Exposures[1].Kind = breach.Phone },
		"another grade":  func(r *notify.Record) { r.Exposures[1].Grade = breach.Likely },
		"a kind more": func(r *notify.Record) {
			r.Exposures = append(r.Exposures, breach.Exposure{Person: "p1", Kind: breach.Health, Grade: breach.Proven})
		},
		"somebody else's kind": func(r *notify.Record) { r.Exposures[1].Person = "p7" },
	} {
		r := right
		r.Exposures = slices.Clone(right.Exposures)
		change(&r)
		if err := s.ReadBack(w.Text, r); !errors.Is(err, notify.ErrSwapped) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"cut short": string(w.Text[:len(w.Text)/2]), "longer": string(w.Text) + "\nP.S. One more.",
		"a log": "2014-01-12 19:30:01 INFO sent", "empty": ""} {
		if err := s.ReadBack(breach.Content(text), right); !errors.Is(err, notify.ErrSwapped) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARecordThatDoesNotFitNamesThePerson(t *testing.T) {
	s := sheet(t, notify.LetterFirst, "en", matter())
	for name, change := range map[string]func(*notify.Record){
		"no name":                    func(r *notify.Record) { r.Name = breach.Personal{} },
		"a name of blanks":           func(r *notify.Record) { r.Name = breach.Hide(" \u00a0 ") },
		"a name that turns around":   func(r *notify.Record) { r.Name = breach.Hide("Maja \u202enosslepmexE") },
		"a name with a field":        func(r *notify.Record) { r.Name = breach.Hide("{Code}") },
		"a name that is broken":      func(r *notify.Record) { r.Name = breach.Hide("Maja \xff") },
		"a name without end":         func(r *notify.Record) { r.Name = breach.Hide(strings.Repeat("Maja ", 50)) },
		"another's exposure":         func(r *notify.Record) { r.Exposures[0].Person = "p2" },
		"nothing became known":       func(r *notify.Record) { r.Exposures = nil },
		"no code":                    func(r *notify.Record) { r.Code = "" },
		"a guardian without a child": func(r *notify.Record) { r.Reader = "p9" },
		"a child beside oneself":     func(r *notify.Record) { r.Child = breach.Hide("Otso") },
	} {
		r := record("name proven")
		change(&r)
		_, _, err := s.Render(r)
		var unfit *notify.Unfit
		if !errors.As(err, &unfit) || unfit.Subject != "p1" || strings.Contains(err.Error(), "Maja") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := record("name proven")
	r.Name = breach.Hide("Maja\u00a0\r\nBcc:\tExempelsson")
	w, _, err := s.Render(r)
	if err != nil || !strings.Contains(string(w.Text), "Dear Maja Bcc: Exempelsson,") {
		t.Errorf("a name over two lines: %v\n%s", err, []byte(w.Text))
	}
}

func TestTextsThatDoNotFitAreRefused(t *testing.T) {
	letter, _ := notify.Shipped(notify.LetterFirst, "sv")
	for name, change := range map[string]func(*notify.Texts){
		"nothing happened":   func(m *notify.Texts) { m.Happened = " \n" },
		"no date":            func(m *notify.Texts) { m.Date = time.Time{} },
		"no such country":    func(m *notify.Texts) { m.Country = "NO" },
		"a field in a text":  func(m *notify.Texts) { m.Measures = "Hej {Name}" },
		"a link":             func(m *notify.Texts) { m.Contact = "Se https://example.com/?token=1" },
		"a link without":     func(m *notify.Texts) { m.Contact = "Se WWW.example.com" },
		"a hidden character": func(m *notify.Texts) { m.Happened = "a\u200bb" },
	} {
		texts := matter()
		change(&texts)
		if _, err := notify.Prepare(letter, texts); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestCode(t *testing.T) {
	code := notify.Code(key, "n1", "p1", "p2")
	if len(code) != 17 || code != notify.Code(key, "n1", "p1", "p2") {
		t.Fatalf("code %q", code)
	}
	seen := map[string]bool{code: true}
	for _, other := range []string{notify.Code(key, "n1", "p1p", "2"), notify.Code(key, "n1p", "1", "p2"), notify.Code(key, "n2", "p1", "p2"), notify.Code([]byte("another"), "n1", "p1", "p2")} {
		if seen[other] {
			t.Errorf("two have the code %s", other)
		}
		seen[other] = true
	}
	spoken := strings.ToLower(strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(code))
	if got, ok := notify.ParseCode(spoken); !ok || got != code {
		t.Errorf("%q is read as %q, want %q", spoken, got, code)
	}
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for i := range code {
		for _, s := range symbols {
			wrong := code[:i] + string(s) + code[i+1:]
			if _, ok := notify.ParseCode(wrong); code[i] != '-' && ok && wrong != code {
				t.Errorf("%s is taken for %s", wrong, code)
			}
		}
		for j := range i {
			swapped := []byte(code)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			if _, ok := notify.ParseCode(string(swapped)); ok && code[i] != code[j] && code[i] != '-' && code[j] != '-' {
				t.Errorf("%s is taken for %s", swapped, code)
			}
		}
	}
	for _, wrong := range []string{"", "-----", "UUUUU-UUUUU-UUUUU", code + "0", code[:16], strings.Repeat(" ", 200)} {
		if _, ok := notify.ParseCode(wrong); ok {
			t.Errorf("%q is taken for a code", wrong)
		}
	}
}

func FuzzRender(f *testing.F) {
	s := sheet(f, notify.LetterGuardian, "sv", matter())
	f.Add("Maja Exempelsson", "Otso")
	f.Add("Maja\u00a0Exempelsson\r\nBcc: x", "- namn")
	f.Add("! Hej", ". Personuppgifter har läckt ut, och det berör barnet.")
	f.Add("# A\n\n- b", "{Code}")
	f.Fuzz(func(t *testing.T, name, child string) {
		r := record("name proven", "address possible")
		r.Reader, r.Name, r.Child = "p2", breach.Hide(name), breach.Hide(child)
		w, _, err := s.Render(r)
		if err != nil {
			return
		}
		if got, want := strings.Count(string(w.Text), "\n"), 60; got > want {
			t.Errorf("%q and %q make %d lines", name, child, got)
		}
		// A name may look like the letter's own text: then it is refused by whoever
		// reads back, and goes to a person; it is never read as something else.
		if err := s.ReadBack(w.Text, r); err != nil && !errors.Is(err, notify.ErrSwapped) {
			t.Errorf("%q and %q: %v", name, child, err)
		}
		other := r
		other.Name = breach.Hide("Nobody Else")
		if err := s.ReadBack(w.Text, other); err == nil {
			t.Errorf("%q and %q pass for another", name, child)
		}
	})
}
