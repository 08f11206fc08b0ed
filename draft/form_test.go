package draft_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

func asHTML(t testing.TB, f draft.Form) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPages(t *testing.T) {
	imy, _ := draft.ShapeOf("se-imy")
	dpa, _ := draft.ShapeOf("fi-dpa-preliminary")
	for name, f := range map[string]draft.Form{
		"westlog-sv.html":      fill(t, westlogCase(t)).Form("sv"),
		"kursor-en.html":       fill(t, whole(t)).Form("en"),
		"vklass-imy.html":      fill(t, vklassCase(t)).In(imy),
		"helsinki-dpa.html":    fill(t, helsinkiCase(t)).In(dpa),
		"westlog-changes.html": followUp(t).Form("fi"),
	} {
		golden(t, name, []byte(asHTML(t, f)))
	}
}

// forms are every incident in every language and in every shape of its country.
func forms(t testing.TB) map[string]draft.Form {
	list := map[string]draft.Form{}
	for _, i := range incidents {
		d := fill(t, i.made(t))
		for _, lang := range locale.Languages() {
			list[i.name+" "+lang] = d.Form(lang)
		}
		for _, s := range draft.Shapes(d.Country) {
			list[i.name+" "+s.ID] = d.In(s)
		}
	}
	return list
}

func TestPagesAreAccessible(t *testing.T) {
	for name, f := range forms(t) {
		page := asHTML(t, f)
		for part, n := range map[string]int{"<html lang=\"" + f.Lang + "\">": 1, "<h1>": 1, "<title>": 1, "<main>": 1, "<h2>": len(f.Sections), "<dl>": len(f.Sections)} {
			if got := strings.Count(page, part); got != n {
				t.Errorf("%s: %d times %s, want %d", name, got, part, n)
			}
		}
		if strings.Contains(page, "⟦") || strings.Contains(page, "no value") || strings.Contains(page, "<script") {
			t.Errorf("%s: a text is missing", name)
		}
		for _, s := range f.Sections {
			for _, r := range s.Rows {
				if r.Label == "" || len(r.Lines) == 0 {
					t.Errorf("%s: field %s is empty", name, r.Field)
				}
			}
		}
	}
}

// TestAQuestionOfAnotherFormSaysWhatIsKnown looks at single questions of the
// Swedish form, which takes several fields under one heading.
func TestAQuestionOfAnotherFormSaysWhatIsKnown(t *testing.T) {
	imy, _ := draft.ShapeOf("se-imy")
	reported := vklassCase(t)
	reported.Reporter = draft.Contact{Mark: reported.IncidentMark, Name: breach.Hide("Reporter Example"), Details: breach.Hide("reporter@example.se")}
	cases := []struct {
		name, label string
		made        draft.Case
		open        bool
		want        []string
	}{
		{"one field, answered", "Den personuppgiftsansvariges namn", vklassCase(t), false, []string{"Lidingö stad"}},
		{"one field, open", "Postadress", vklassCase(t), true, []string{"Okänt, eftersom ingen har fyllt i det ännu."}},
		{"one field, not asked", "När upphörde incidenten?", vklassCase(t), false, []string{"Inget att uppge i detta ärende."}},
		{"several fields, open, none required", "Organisationsnummer (XXXXXX-XXXX)", vklassCase(t), true, []string{"Okänt, eftersom ingen har fyllt i det ännu."}},
		{"several fields, one answered, one required and open", "Kontaktperson", reported, false,
			[]string{"Reporter Example", "Anmälarens funktion: Okänt, eftersom ingen har fyllt i det ännu."}},
		{"several fields, answered", "Antal registrerade", skolplattformenCase(t), false,
			[]string{"Registrerade som berörs av personuppgiftsincidenten: Ungefärligt antal", "Antal registrerade som berörs av personuppgiftsincidenten: högst 500 000"}},
	}
	for _, tc := range cases {
		found := false
		for _, s := range fill(t, tc.made).In(imy).Sections {
			for _, r := range s.Rows {
				if r.Label != tc.label {
					continue
				}
				found = true
				if got := strings.Join(r.Lines, "\n"); !contains(got, strings.Join(tc.want, "\n")) || r.Open != tc.open {
					t.Errorf("%s: open %v, reads\n%s\nwant open %v and\n%s", tc.name, r.Open, got, tc.open, strings.Join(tc.want, "\n"))
				}
			}
		}
		if !found {
			t.Errorf("%s: no question %q", tc.name, tc.label)
		}
	}
}

func TestTextsOfAnotherLanguageSaySo(t *testing.T) {
	page := asHTML(t, fill(t, westlogCase(t)).Form("fi"))
	if !strings.Contains(page, `<dd lang="sv"><p>Utpressningsprogram hos transportföretaget.</p>`) {
		t.Error("a Swedish text on a Finnish page is not marked as Swedish")
	}
}

func TestWhatIsHandedInLeavesOutWhatIsForUs(t *testing.T) {
	f := fill(t, vklassCase(t)).Form("sv")
	whole, bare := asHTML(t, f), asHTML(t, f.Bare())
	for _, part := range []string{"inskrivet av officer", "sekretess kan begäras enligt offentlighets", "Utkast"} {
		if !strings.Contains(whole, part) {
			t.Errorf("the draft does not say %q", part)
		}
	}
	for _, part := range []string{"inskrivet av officer", "class=\"public\"", "Utkast"} {
		if strings.Contains(bare, part) {
			t.Errorf("what is handed in says %q", part)
		}
	}
	if !strings.Contains(bare, "Lidingö stad") || !strings.Contains(asHTML(t, f), "inskrivet av officer") {
		t.Error("an answer is left out, or the draft itself has changed")
	}
}

func TestWhatSomebodyTypesStaysText(t *testing.T) {
	c := westlogCase(t)
	c.Nature.Description = "<b>&\x00]]>\u200b"
	f := fill(t, c).Form("sv")
	if page := asHTML(t, f); strings.Contains(page, "<b>") {
		t.Error("a text becomes part of the page")
	}
	for name, members := range office(t, f) {
		for member, text := range members {
			if err := wellFormed(text); strings.HasSuffix(member, "xml") && err != nil {
				t.Errorf("%s: %s: %v", name, member, err)
			}
		}
	}
}

// office writes a form as DOCX and as ODT, and unpacks both.
func office(t testing.TB, f draft.Form) map[string]map[string]string {
	t.Helper()
	files := map[string]map[string]string{}
	for name, write := range map[string]func(io.Writer) error{"docx": f.DOCX, "odt": f.ODT} {
		var b, again bytes.Buffer
		if err := errors.Join(write(&b), write(&again)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: two writings differ", name)
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = map[string]string{}
		for _, m := range z.File {
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			files[name][m.Name] = string(text)
		}
		if name == "odt" && (z.File[0].Name != "mimetype" || z.File[0].Method != zip.Store) {
			t.Error("odt: its kind does not stand first and plain")
		}
	}
	return files
}

func wellFormed(text string) error {
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func TestOfficeFilesHaveHeadingsAndLanguage(t *testing.T) {
	for name, f := range forms(t) {
		files := office(t, f)
		body := files["docx"]["word/document.xml"]
		if n := strings.Count(body, `<w:pStyle w:val="Heading1"/>`); n != len(f.Sections) {
			t.Errorf("%s: %d headings in the DOCX, want %d", name, n, len(f.Sections))
		}
		if !strings.Contains(files["docx"]["word/styles.xml"], `<w:lang w:val="`+f.Lang+`-`) {
			t.Errorf("%s: the DOCX has no language", name)
		}
		body = files["odt"]["content.xml"]
		if n := strings.Count(body, "<text:h "); n != len(f.Sections) {
			t.Errorf("%s: %d headings in the ODT, want %d", name, n, len(f.Sections))
		}
		if !strings.Contains(files["odt"]["styles.xml"], `fo:language="`+f.Lang+`"`) {
			t.Errorf("%s: the ODT has no language", name)
		}
		for kind, members := range files {
			for member, text := range members {
				if err := wellFormed(text); strings.HasSuffix(member, "xml") && err != nil {
					t.Errorf("%s: %s: %s: %v", name, kind, member, err)
				}
			}
		}
	}
}
