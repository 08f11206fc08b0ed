package draft

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

// A DOCX and an ODT are zip files of XML. Two small writers serve a form
// better than a library: real headings, styles, header rows and languages are
// all it needs, and no reader of the file needs more.

// member is one file of a package.
type member struct {
	name, text string
	plain      bool // not compressed: how an ODT tells its kind
}

// pack writes a package: the same members give the same bytes.
func pack(w io.Writer, members []member) error {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, m := range members {
		method := zip.Deflate
		if m.plain {
			method = zip.Store
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err == nil {
			_, err = io.WriteString(f, m.text)
		}
		if err != nil {
			return fmt.Errorf("draft: pack %s: %w", m.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("draft: pack: %w", err)
	}
	if _, err := buf.WriteTo(w); err != nil {
		return fmt.Errorf("draft: write package: %w", err)
	}
	return nil
}

// escaped is a text as XML holds it; what XML cannot hold becomes U+FFFD.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// country completes a language as office files want it.
func country(lang string) string {
	switch lang {
	case "sv":
		return "SE"
	case "fi":
		return "FI"
	}
	return "GB"
}

// paragraph is one paragraph of a row: its text, style and language.
type paragraph struct{ text, style, lang string }

// question is what stands in the first cell of a row.
func (r Row) question() paragraph {
	return paragraph{text: joined(" ", r.Number, r.Label), style: "Question"}
}

// answer is what stands in the second.
func (r Row) answer(p *locale.Printer) []paragraph {
	style := "Answer"
	if r.Open {
		style = "Open"
	}
	var list []paragraph
	for _, line := range r.Lines {
		list = append(list, paragraph{line, style, r.Lang})
	}
	if r.Origin != "" {
		list = append(list, paragraph{text: p.T("draft.origin") + ": " + r.Origin, style: "Origin"})
	}
	if r.Public != "" {
		list = append(list, paragraph{text: r.Public, style: "Origin"})
	}
	return list
}
