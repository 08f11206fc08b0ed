package notify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
)

func TestEveryLanguageHasEveryLetter(t *testing.T) {
	if got := notify.Languages(); !slices.Equal(got, []string{"en", "fi", "sv"}) {
		t.Fatalf("languages %v", got)
	}
	used := map[notify.Field]bool{}
	for _, name := range notify.Names() {
		english, ok := notify.Shipped(name, "en")
		if !ok {
			t.Errorf("there is no letter %s in English", name)
			continue
		}
		want := english.Fields()
		slices.Sort(want)
		for _, lang := range notify.Languages() {
			letter, ok := notify.Shipped(name, lang)
			if !ok {
				t.Errorf("there is no letter %s in %s", name, lang)
				continue
			}
			got := letter.Fields()
			for _, f := range got {
				used[f] = true
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("letter %s in %s has the fields %v, in English %v", name, lang, got, want)
			}
			again, err := notify.Parse(name, lang, letter.Source())
			if err != nil || again.Source() != letter.Source() {
				t.Errorf("letter %s in %s does not come back from its source: %v", name, lang, err)
			}
		}
	}
	for _, f := range notify.Fields() {
		if !used[f] {
			t.Errorf("{%s} is used in no letter", f)
		}
	}
}

func TestTheLettersArePlain(t *testing.T) {
	for _, name := range notify.Names() {
		for _, lang := range notify.Languages() {
			letter, _ := notify.Shipped(name, lang)
			r := notify.Read(letter.Source())
			t.Logf("%-15s %s LIX %d, %d words", name, lang, r.LIX(), r.Words)
			if !r.Plain(lang) {
				t.Errorf("letter %s in %s has LIX %d", name, lang, r.LIX())
			}
			for i, sentence := range strings.FieldsFunc(letter.Source(), func(r rune) bool { return strings.ContainsRune(".!?:\n", r) }) {
				if n := len(strings.Fields(sentence)); n > 24 {
					t.Errorf("letter %s in %s: sentence %d has %d words", name, lang, i+1, n)
				}
			}
		}
	}
}

func TestLIX(t *testing.T) {
	for text, want := range map[string]int{
		"":                    0,
		"One two three. Four": 2, // 4 words, 2 sentences
		"Personuppgifter har läckt ut.\nVi skriver till dig.": 4 + 25, // 8 words, 2 sentences, 2 long
		"# Rubriken\n- detta\n{Name}":                         1 + 50,
	} {
		if got := notify.Read(text).LIX(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	hard := notify.Read("Personuppgiftsincidenten föranledde omedelbara åtgärder beträffande behandlingssystemens säkerhetskonfigurationer samt myndighetsanmälan")
	if hard.Plain("sv") {
		t.Errorf("a bureaucrat's sentence with LIX %d is plain", hard.LIX())
	}
}

func TestEveryTopicAndCountryHasItsTexts(t *testing.T) {
	for _, lang := range notify.Languages() {
		for _, country := range []string{"FI", "AX", "SE"} {
			texts := matter()
			texts.Country = country
			for i, line := range strings.Split(sheet(t, notify.LetterFirst, lang, texts).Wording(), "\n") {
				if strings.TrimSpace(line) == "?" {
					t.Errorf("%s in %s: line %d names no kind", lang, country, i+1)
				}
			}
			all := record()
			for _, k := range breach.AllKinds() {
				all.Exposures = append(all.Exposures, breach.Exposure{Person: "p1", Kind: k, Grade: breach.Proven})
			}
			w, _, err := sheet(t, notify.LetterFirst, lang, texts).Render(all)
			if err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(string(w.Text), "\n- "); lines != len(breach.AllKinds())+2*10 {
				t.Errorf("%s in %s: %d lines of lists", lang, country, lines)
			}
			if strings.Contains(string(w.Text), "- \n") || strings.Contains(string(w.Text), "- ?") {
				t.Errorf("%s in %s: an empty line in\n%s", lang, country, []byte(w.Text))
			}
		}
	}
}

// whole is a letter of somebody's own that says all it must.
const whole = `A title

Dear {Name}, {Happened} {Measures} {Contact} {Help} {Code} {Date} {Controller}

{Proven?}

{Likely?}

{Possible?}

{Consequences?}

{Advice?}
`

func TestALetterThatIsNotWholeIsRefused(t *testing.T) {
	if _, err := notify.Parse(notify.LetterFirst, "en", whole); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"an unknown field":             {"{Date}", "{Date} {Salary}", "no field is called {Salary}"},
		"a field in other letters":     {"{Name}", "{name}", "no field is called {name}"},
		"a condition":                  {"{Date}", "{Date} {if .Stored}", "no field is called {if .Stored}"},
		"a brace that is not closed":   {"{Date}", "{Date", "no field is called"},
		"a brace that is not opened":   {"{Date}", "Date}", "a brace that stands alone"},
		"a brace at the end":           {"{Controller}", "{Controller} {", "a brace that stands alone"},
		"no contact":                   {"{Contact}", "us", "{Contact} is missing"},
		"no advice":                    {"{Advice?}", "", "{Advice} is missing"},
		"a title with a name":          {"A title", "A title for {Name}", "the title is one line"},
		"two fields without a text":    {"{Date} {", "{Date}{", "has no text between it and the field before"},
		"a title over two lines":       {"A title", "A title\nand more", "the title is one line"},
		"a title that is not finished": {"A title", strings.Repeat("long ", 40), "the title is one line"},
	} {
		_, err := notify.Parse(notify.LetterFirst, "en", strings.Replace(whole, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("A title\n\n{Name} {Code}{{}")
	for _, lang := range notify.Languages() {
		l, _ := notify.Shipped(notify.LetterUpdate, lang)
		f.Add(l.Source())
	}
	f.Fuzz(func(t *testing.T, source string) {
		l, err := notify.Parse(notify.LetterFirst, "en", source)
		if err != nil {
			return
		}
		again, err := notify.Parse(notify.LetterFirst, "en", l.Source())
		if err != nil || again.Source() != l.Source() {
			t.Errorf("%q comes back as %q: %v", l.Source(), again.Source(), err)
		}
	})
}
