package casework_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/locale"
)

// TestDraftsReadWhole writes a draft as office files and reads them with the
// readers that evidence is read with: every word has to be there, in order.
func TestDraftsReadWhole(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	m := draft.Mark{By: "officer", At: now}
	d, err := draft.Fill(draft.Case{Lang: "sv", Now: now, Incomplete: true, Controller: draft.Organisation{Mark: m, Name: "Exempelköping"},
		Incident: breach.Incident{Country: "SE", Role: breach.Controller, Aware: breach.Moment{At: now.Add(-time.Hour)}},
		Nature:   draft.Nature{Mark: m, Description: "Första raden <med> tecken & annat.\nAndra raden.", Nature: []string{"confidentiality"}}})
	if err != nil {
		t.Fatal(err)
	}
	shape, _ := draft.ShapeOf("se-imy")
	for name, form := range map[string]draft.Form{"template": d.Form("fi"), "shape": d.In(shape)} {
		want := words(formTexts(form))
		for kind, write := range map[string]func(io.Writer) error{"docx": form.DOCX, "odt": form.ODT} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			var r reading
			if err := extract.Walk(context.Background(), bytes.NewReader(b.Bytes()), int64(b.Len()), "draft."+kind, extract.Limits{}, &r); err != nil {
				t.Fatal(err)
			}
			if r.typ != kind || r.state != breach.Read {
				t.Errorf("%s: read as %s, %s", kind, r.typ, r.state)
			}
			if got := words(r.texts); !slices.Equal(got, want) {
				t.Errorf("%s as %s reads\n%s\nwant\n%s", name, kind, strings.Join(got, " "), strings.Join(want, " "))
			}
		}
	}
}

// formTexts lists what stands in a form, from the top.
func formTexts(f draft.Form) []string {
	p := locale.For(f.Lang)
	list := append([]string{f.Title}, f.Notes...)
	for _, s := range f.Sections {
		list = append(list, s.Title, p.T("draft.head.question"), p.T("draft.head.answer"))
		for _, r := range s.Rows {
			list = append(list, r.Number, r.Label)
			list = append(list, r.Lines...)
			if r.Origin != "" {
				list = append(list, p.T("draft.origin"), r.Origin)
			}
			list = append(list, r.Public)
		}
	}
	return list
}

// words leaves out what readers fold: blanks, dashes, signs.
func words(texts []string) []string {
	return strings.FieldsFunc(strings.Join(texts, "\n"), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// reading gathers the text of a file, without its properties.
type reading struct {
	texts []string
	typ   string
	state breach.State
}

func (r *reading) Open(extract.Item) error { return nil }

func (r *reading) Text(_ int, p breach.Place, text []byte) error {
	if p.Last().Unit != breach.Property {
		r.texts = append(r.texts, string(text))
	}
	return nil
}

func (r *reading) Close(ordinal int, o breach.Outcome, _ [32]byte, typ string, _ int64) error {
	if ordinal == 0 {
		r.typ, r.state = typ, o.State
	}
	return nil
}
