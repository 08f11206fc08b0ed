package casework_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/store"
)

// inquiries is a case in which people ask whether they are affected.
type inquiries struct {
	*casework.Desk
	t   *testing.T
	dir string
	id  store.CaseID
}

// hetu is a made-up Finnish identity number of a day, from the range for tests.
func hetu(day string, sign byte, serial int) string {
	nine := fmt.Sprintf("%s%03d", day, serial)
	return day + string(sign) + nine[6:] + string(nationalid.HetuCheck(nine))
}

const (
	dayOfAino, dayOfOtto, dayOfChild = "010594", "020581", "030518"
	headOfAsking                     = "id;förnamn;efternamn;personbeteckning;telefon;e-post;spärrmarkering;guardian keys;språk\n"
)

// newInquiries has people of a register of whom one stands in the evidence, beside
// a file that nobody can read.
func newInquiries(t *testing.T) inquiries {
	t.Helper()
	dir := t.TempDir()
	d := inquiries{desk(t, filepath.Join(dir, "data")), t, dir, ""}
	d.Now = func() time.Time { return noon }
	c, err := d.Open(t.Context(), "who asks")
	if err != nil {
		t.Fatal(err)
	}
	d.id = c.ID
	aino := hetu(dayOfAino, '-', 903)
	write(t, dir, map[string]string{
		"people.csv": headOfAsking + strings.Join([]string{
			"P-1;Aino;Koivunen;" + aino + ";+358457000001;aino@example.fi;;;fi",
			"P-2;Otto;Exempelsson;" + hetu(dayOfOtto, '-', 904) + ";+358457000002;otto@example.fi;;;sv",
			"P-3;Vera;Provberg;" + hetu(dayOfOtto, '-', 905) + ";+358457000003;vera@example.fi;ja;;sv",
			"P-4;Otso;Exempelsson;" + hetu(dayOfChild, 'A', 906) + ";;;;P-2;sv",
			"P-5;Tuva;Provberg;" + hetu(dayOfOtto, '-', 907) + ";;hemma@example.fi;;;sv",
			"P-6;Bo;Provberg;" + hetu(dayOfOtto, '-', 908) + ";;hemma@example.fi;;;sv",
			"P-7;Kim;Mallikas;;;kim@example.fi;;;sv",
			"P-8;Maja;Kuvitelma;" + hetu(dayOfChild, 'A', 909) + ";;;;;sv",
		}, "\n") + "\n",
		"older.csv":         "id;förnamn;efternamn;födelsedatum;telefon\nO-1;Aino;Mallikas;1994-05-01;+358457000001\n",
		"evidence/list.csv": "Namn;Personbeteckning\nAino Koivunen;" + aino + "\nOkänd;" + hetu(dayOfOtto, '-', 910) + "\n",
		"evidence/old.zip":  "PK\x03\x04 this is no archive",
	})
	for _, name := range []string{"people", "older"} {
		if _, err := d.Register(t.Context(), d.id, filepath.Join(dir, name+".csv"), casework.RegisterOptions{Country: "FI"}); err != nil {
			t.Fatal(err)
		}
	}
	scan(t, d.Desk, d.id, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})
	return d
}

// freeze freezes the newest list.
func (d inquiries) freeze() {
	d.t.Helper()
	lists, err := d.Lists(d.t.Context(), d.id)
	if err == nil && lists[len(lists)-1].Frozen.IsZero() {
		_, err = d.FreezeList(d.t.Context(), d.id, int64(len(lists)))
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// words has a notice agreed to.
func (d inquiries) words(draft casework.NoticeDraft) {
	d.t.Helper()
	readyToSend(d.t, d.Desk, d.id, frozenNotice(d.t, d.Desk, d.id, draft), newSink(d.t))
}

// says is what becomes of a question: the readers with their languages, or why
// there is no letter.
func (d inquiries) says(q casework.Asked) string {
	d.t.Helper()
	u, err := d.AnswerUnaffected(d.t.Context(), d.id, q)
	if err != nil {
		return refused(err)
	}
	var said []string
	for _, n := range u.Letters {
		line := n.To.Name.Reveal() + " " + n.Letter
		for _, p := range n.Parts {
			line += " " + p.Language
		}
		said = append(said, line)
	}
	return strings.Join(said, ", ")
}

func asks(value string) casework.Asked { return casework.Asked{Value: breach.Hide(value)} }

func TestWhoAsksIsAnswered(t *testing.T) {
	d := newInquiries(t)
	if got := d.says(asks("otto@example.fi")); got != "refusal.unaffected-no-list" {
		t.Fatalf("before a list was frozen: %s", got)
	}
	d.freeze()
	if got := d.says(asks("otto@example.fi")); got != "refusal.unaffected-no-words" {
		t.Fatalf("before a notice was agreed to: %s", got)
	}
	d.words(mailFirst())
	t.Run("each as it is", func(t *testing.T) { answersEach(t, d) })
	t.Run("by what it rests on", func(t *testing.T) { answerRests(t, d) })
	t.Run("the guardians of a child", func(t *testing.T) { answersGuardians(t, d) })
	t.Run("never by what is no longer true", func(t *testing.T) { answersAnew(t, d) })
}

func answersEach(t *testing.T, d inquiries) {
	named := asks("nobody@example.fi")
	named.Name, named.Language = breach.Hide("Iris Påhittad"), "en"
	inEnglish := asks(hetu(dayOfOtto, '-', 904))
	inEnglish.Language = "en"
	for name, c := range map[string]struct {
		q    casework.Asked
		want string
	}{
		"somebody who is affected":         {asks(hetu(dayOfAino, '-', 903)), "refusal.unaffected-affected"},
		"by the key of a register":         {casework.Asked{Entry: "people:P-1"}, "refusal.unaffected-affected"},
		"somebody who is like her":         {casework.Asked{Entry: "older:O-1"}, "refusal.unaffected-alike"},
		"somebody in no register, exposed": {asks(hetu(dayOfOtto, '-', 910)), "refusal.unaffected-affected"},
		"an adult, by number":              {asks(hetu(dayOfOtto, '-', 904)), "Otto Exempelsson unaffected sv"},
		"an adult, by address":             {asks("Otto@example.fi "), "Otto Exempelsson unaffected sv"},
		"an adult, by key":                 {casework.Asked{Entry: "P-2"}, "Otto Exempelsson unaffected sv"},
		"in another language":              {inEnglish, "Otto Exempelsson unaffected en"},
		"in none that was written":         {casework.Asked{Entry: "P-2", Language: "nb"}, "refusal.notice-lacks-text"},
		"a protected identity":             {asks(hetu(dayOfOtto, '-', 905)), "refusal.unaffected-by-hand"},
		"a child without custody":          {asks(hetu(dayOfChild, 'A', 906)), "refusal.unaffected-by-hand"},
		"a child without guardians":        {casework.Asked{Entry: "P-8"}, "refusal.unaffected-by-hand"},
		"a mailbox of two":                 {asks("hemma@example.fi"), "refusal.unaffected-by-hand"},
		"somebody of unknown age":          {asks("kim@example.fi"), "refusal.unaffected-by-hand"},
		"somebody in no register":          {named, "Iris Påhittad unaffected-outside en"},
		"the same without a name":          {asks("nobody@example.fi"), "refusal.unaffected-name"},
		"a part of a number":               {asks("020581"), "refusal.unaffected-value"},
		"nothing":                          {asks(""), "refusal.unaffected-value"},
		"nobody's key":                     {casework.Asked{Entry: "P-99"}, "refusal.no-such-person"},
		"another notice":                   {casework.Asked{Entry: "P-2", Notice: "n9"}, "refusal.unaffected-no-words"},
	} {
		if got := d.says(c.q); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func answerRests(t *testing.T, d inquiries) {
	before := d.acts()
	u, err := d.AnswerUnaffected(t.Context(), d.id, asks(hetu(dayOfOtto, '-', 904)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(u.Letters[0].Parts[0].Text)
	for _, want := range []string{"Hej Otto Exempelsson!", "lista från den 22 september 2026", "Det finns 2 filer. Av dem gick 1 inte att läsa", "Ring 09 555 0100", "Staden Exempel"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter lacks %q:\n%s", want, text)
		}
	}
	again, err := d.AnswerUnaffected(t.Context(), d.id, casework.Asked{Entry: "P-2"})
	if err != nil || !bytes.Equal(again.Letters[0].Parts[0].Text, u.Letters[0].Parts[0].Text) {
		t.Errorf("asked once more, the letter is another one (error %v)", err)
	}
	var pdf bytes.Buffer
	if err := u.Write(&pdf); err != nil || !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) {
		t.Errorf("no PDF: error %v", err)
	}
	acts := d.acts()[len(before):]
	if len(acts) != 2 || strings.Contains(fmt.Sprint(acts), "Otto") || acts[0].Purpose != string(auth.AnswerInquiry) || acts[1].Object != "person:e1" {
		t.Errorf("the journal has %+v", acts)
	}
}

// acts are the answers that the journal has.
func (d inquiries) acts() (acts []store.Told) {
	d.t.Helper()
	for told, err := range d.Store.CaseJournal(d.t.Context(), d.may(auth.ReadCaseJournal)) {
		if err != nil {
			d.t.Fatal(err)
		}
		if told.Act == string(auth.AnswerUnaffected) {
			acts = append(acts, told)
		}
	}
	return acts
}

func answersGuardians(t *testing.T, d inquiries) {
	draft := mailFirst()
	draft.Custody = true
	d.words(draft)
	u, err := d.AnswerUnaffected(t.Context(), d.id, casework.Asked{Entry: "P-4", Notice: "n2"})
	if err != nil || len(u.Letters) != 1 {
		t.Fatalf("%d letters, error %v", len(u.Letters), err)
	}
	if text := string(u.Letters[0].Parts[0].Text); !strings.Contains(text, "Hej Otto Exempelsson!") || !strings.Contains(text, "Brevet gäller Otso.") {
		t.Errorf("the guardian reads\n%s", text)
	}
}

// answersAnew lets something happen after the list was frozen, and then has it
// resolved, and the list that comes of it frozen.
func answersAnew(t *testing.T, d inquiries) {
	for i, step := range []struct {
		name    string
		happens func() error
		want    string
	}{
		{"a register is imported", func() error {
			write(t, d.dir, map[string]string{"older.csv": "id;förnamn;efternamn\nO-2;Ilta;Koekoski\n"})
			_, err := d.Register(t.Context(), d.id, filepath.Join(d.dir, "older.csv"), casework.RegisterOptions{Country: "FI"})
			return err
		}, "refusal.unaffected-moved"},
		{"somebody judges", func() error {
			g := d.may(auth.Judge)
			b, err := d.Beside(t.Context(), g, "people:P-1", "older:O-1")
			if err == nil {
				_, err = d.Merge(t.Context(), g, b, "the same phone")
			}
			return err
		}, "refusal.unaffected-moved"},
		{"more is found", func() error {
			write(t, d.dir, map[string]string{"evidence/more.csv": "E-post\nvera@example.fi\n"})
			scan(t, d.Desk, d.id, casework.ScanOptions{Evidence: filepath.Join(d.dir, "evidence")})
			return nil
		}, "refusal.unaffected-list-old"},
	} {
		now := noon.Add(time.Duration(i+1) * time.Hour)
		d.Now = func() time.Time { return now }
		if err := step.happens(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := d.says(asks("otto@example.fi")); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		if err := d.Resolve(t.Context(), d.id, nil); err != nil {
			t.Fatal(err)
		}
		d.freeze()
		if got := d.says(asks("otto@example.fi")); !strings.HasPrefix(got, "Otto Exempelsson") {
			t.Errorf("%s, and the list was made anew: %s", step.name, got)
		}
	}
}

func (d inquiries) may(a auth.Action) auth.Grant {
	d.t.Helper()
	g, err := d.Store.Grant(d.t.Context(), d.Who, auth.Ask{Action: a, Case: d.id, Now: auth.Instant{Wall: d.Now()}})
	if err != nil {
		d.t.Fatal(err)
	}
	return g
}
