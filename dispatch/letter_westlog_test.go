package dispatch_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// westlog is a delivery company's customers, each told by letter what was known
// of them: a door code only where there is one. Of a hundred, one is protected
// in Finland, one in Sweden.
func westlog(n int, channel breach.Channel) iter.Seq2[breach.Notice, error] {
	given := []string{"Aino", "Väinö", "Åsa", "Göran", "Ánde", "Łucja", "Nguyễn", "Şükrü", "Zoë", "Čáhppe"}
	last := []string{"Esimerkki", "Provsson", "Näyte-Malli", "Exempelström", "Kokeilunen", "Øvrebø"}
	return func(yield func(breach.Notice, error) bool) {
		for i := range n {
			name := given[i%len(given)] + " " + last[i/3%len(last)]
			lang := []string{"fi", "sv"}[i%2]
			out := breach.Notice{ID: "w1", Version: 1, Subject: breach.PersonID("p" + strconv.Itoa(i+1)), Reader: breach.PersonID("p" + strconv.Itoa(i+1)),
				Letter: "first", Channel: breach.Paper, Parts: []breach.Wording{westlogWording(i, name, lang)},
				To: breach.Addressee{Name: breach.Hide(name), Postal: breach.Postal{Street: breach.Hide(fmt.Sprintf("Esimerkkikatu %d B %d", i%90+1, i%40+1)),
					Postcode: breach.Hide(fmt.Sprintf("99%03d", i%1000)), Town: breach.Hide("Esimerkkilä")}}}
			switch i % 100 {
			case 10: // the contact address
				out.Channel, out.To.Postal.Street = breach.Envelope, breach.Hide("PL 999")
			case 11: // by way of the tax agency
				out.Channel, out.To.Postal = breach.Envelope, breach.Postal{}
				out.To.NationalID = breach.Hide("000000-0000")
			}
			if i%7 == 3 {
				second := westlogWording(i, name, "en")
				out.Parts = append(out.Parts, second)
			}
			if out.Channel == channel && !yield(out, nil) {
				return
			}
		}
	}
}

func westlogWording(i int, name, lang string) breach.Wording {
	texts := map[string][8]string{
		"fi": {"Henkilötietojasi on vuotanut", "Hei %s!", "Mitä tapahtui", "Ulkopuolinen pääsi 24. elokuuta 2026 järjestelmään, jossa hoidamme tuotteiden kotiinkuljetusta. Suljimme yhteyden samana päivänä ja selvitimme kenen tietoja järjestelmässä oli. Pahoittelemme tapahtunutta.", "Mitkä tietosi", "nimi ja osoite\n- henkilötunnus", "ovikoodi", "Mitä voit tehdä"},
		"sv": {"Dina personuppgifter har läckt ut", "Hej %s!", "Vad som har hänt", "Någon utomstående kom den 24 augusti 2026 åt det system där vi sköter hemleveranser. Vi stängde förbindelsen samma dag och tog reda på vems uppgifter som fanns där. Vi beklagar det som har hänt.", "Vilka av dina uppgifter", "namn och adress\n- personnummer", "portkod", "Vad du kan göra"},
		"en": {"Your personal data has leaked", "Dear %s,", "What happened", "On 24 August 2026 somebody from outside got into the system with which we deliver to homes. We closed the connection the same day and found out whose data was there. We are sorry for what has happened.", "Which data of yours", "name and address\n- identity number", "door code", "What you can do"},
	}[lang]
	advice := map[string]string{
		"fi": "Ole varovainen puheluissa ja viesteissä, joita et odota. Emme koskaan kysy salasanoja emmekä pankkitunnuksia. Voit hakea omaehtoista luottokieltoa, jos epäilet että tunnustasi käytetään.",
		"sv": "Var försiktig med samtal och meddelanden som du inte väntar dig. Vi frågar aldrig efter lösenord eller bankkoder. Du kan begära frivilligt kreditförbud om du misstänker att din kod används.",
		"en": "Be careful with calls and messages that you do not expect. We never ask for passwords or bank codes. You can ask for a voluntary credit ban if you think that your number is being used.",
	}[lang]
	var b strings.Builder
	fmt.Fprintf(&b, texts[1]+"\n\n# %s\n\n%s\n\n# %s\n\n- %s\n", name, texts[2], texts[3], texts[4], texts[5])
	if i%4 == 0 {
		fmt.Fprintf(&b, "- %s\n", texts[6])
	}
	fmt.Fprintf(&b, "\n# %s\n\n%s\n\n%s\n", texts[7], advice, fmt.Sprintf("%04d-XKCD-%04d", i%10000, (i*37)%10000))
	return breach.Wording{Language: lang, Title: breach.Content(texts[0]), Text: breach.Content(b.String())}
}

// frozen is all that a letter about a notice says, as it is read.
func frozen(n breach.Notice, address string) string {
	parts := []string{"PL 999 00099 Exempelstad", address}
	for _, w := range n.Parts {
		parts = append(parts, string(w.Title))
		for line := range strings.SplitSeq(string(w.Text), "\n") {
			parts = append(parts, strings.NewReplacer("# ", "", "- ", "• ").Replace(line))
		}
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// The text of each letter, read by another program, is the frozen text in order.
// A letter of several pages has a foot on each.
func TestWhatIsReadIsWhatWasFrozen(t *testing.T) {
	root, path := folder(t)
	m, err := batch().Files(dispatch.In(root), westlog(40, breach.Paper))
	if err != nil {
		t.Fatal(err)
	}
	row, door := 0, 0
	for n := range westlog(40, breach.Paper) {
		r := m.Letters[row]
		row++
		text := tool(t, "pdftotext", "-raw", filepath.Join(path, r.File), "-")
		pages := r.Last - r.First + 1
		for p := 1; p <= pages; p++ {
			foot := fmt.Sprintf("%d (%d)\n%s-%d/%d", p, pages, r.Code, p, pages)
			text = strings.Replace(text, foot, "", 1)
		}
		got := strings.Join(strings.Fields(text), " ")
		want := frozen(n, n.To.Name.Reveal()+" "+n.To.Postal.Street.Reveal()+" "+n.To.Postal.Postcode.Reveal()+" "+n.To.Postal.Town.Reveal())
		if got != want {
			t.Fatalf("letter %d of a made-up person reads\n%s\nand was frozen as\n%s", r.Seq, got, want)
		}
		if strings.Contains(got, "ovikoodi") || strings.Contains(got, "portkod") {
			door++
		}
	}
	if row != m.Count || len(m.Refused) != 0 || door == 0 || door == row {
		t.Errorf("%d notices, %d letters, %d with a door code, refused %v", row, m.Count, door, m.Refused)
	}
}

// tool runs a program, and gives what it printed.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not installed")
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// BenchmarkLetters writes the letters of 9,000 customers: see
// scripts/bench-letters.sh.
func BenchmarkLetters(b *testing.B) {
	const n = 9000
	for name, write := range map[string]func(*os.Root) (int, error){
		"files": func(root *os.Root) (int, error) {
			m, err := batch().Files(dispatch.In(root), westlog(n, breach.Paper))
			return m.Count, err
		},
		"batch": func(root *os.Root) (int, error) {
			m, err := batch().Bundle(dispatch.In(root), nil, westlog(n, breach.Paper))
			return m.Count, err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				root, _ := folder(b)
				count, err := write(root)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(count), "letters")
			}
		})
	}
}

var westlogDir = flag.String("westlog", "", "folder to write the letters of 9,000 customers to: see scripts/letters.sh")

// The specimen: each customer gets one letter by the way that is theirs.
func TestWestlogSpecimen(t *testing.T) {
	n, dir := 300, t.TempDir()
	if *westlogDir != "" {
		n, dir = 9000, *westlogDir
	}
	texts := []string{}
	for w := range westlog(n, breach.Paper) {
		texts = append(texts, strings.Join(append(batch().Sender, w.To.Name.Reveal(), w.To.Postal.Street.Reveal()), "\n")+"\n\n"+string(w.Parts[0].Title)+"\n\n"+string(w.Parts[0].Text))
	}
	raw, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "texts.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	into := func(name string) *os.Root {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = root.Close() })
		return root
	}
	files, err := batch().Files(dispatch.In(into("files")), westlog(n, breach.Paper))
	if err != nil {
		t.Fatal(err)
	}
	one, err := batch().Bundle(dispatch.In(into("batch")), &dispatch.Posti{Customer: "000000", Test: true}, westlog(n, breach.Paper))
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := dispatch.Envelopes{LetterBatch: batch()}.Write(dispatch.In(into("envelopes")), westlog(n, breach.Envelope))
	if err != nil {
		t.Fatal(err)
	}
	if files.Count != one.Count || files.Count+hidden.Count != n || hidden.Count != n/50 || len(files.Refused)+len(hidden.Refused) > 0 {
		t.Errorf("of %d customers %d get a letter in files, %d in the batch, %d protected ones; refused %v", n, files.Count, one.Count, hidden.Count, files.Refused)
	}
	for i := range files.Letters {
		if files.Letters[i].Content != one.Letters[i].Content {
			t.Fatalf("letter %d is another in the batch", i+1)
		}
	}
	t.Logf("%d letters of %d pages, %d for protected people", files.Count, files.Pages, hidden.Count)
}
