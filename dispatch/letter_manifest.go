package dispatch

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// Manifest lists the letters of a batch, for whoever prints and counts them. It
// holds no names.
type Manifest struct {
	Batch   string          `json:"batch"`
	File    string          `json:"file,omitempty"`   // that holds all letters
	SHA256  string          `json:"sha256,omitempty"` // of that file
	Count   int             `json:"count"`
	Pages   int             `json:"pages"`
	Sheets  int             `json:"sheets"`
	Letters []LetterRow     `json:"letters"`
	Refused []RefusedLetter `json:"refused"`
}

// LetterRow is one letter of a batch.
type LetterRow struct {
	Seq      int    `json:"seq"` // from 1, without holes
	Dispatch string `json:"dispatch"`
	Code     string `json:"code"` // on each of its sheets
	File     string `json:"file"`
	First    int    `json:"first"` // page in that file, from 1
	Last     int    `json:"last"`
	Sheets   int    `json:"sheets"`
	Postcode string `json:"postcode"`         // empty where the address is nobody's business
	Outer    int    `json:"outer,omitempty"`  // which outer envelope it goes into
	Content  string `json:"content"`          // SHA-256 of its pages' content streams
	SHA256   string `json:"sha256,omitempty"` // of its file, where it has one of its own
}

// add takes a letter into the manifest.
func (m *Manifest) add(r LetterRow) {
	m.Letters = append(m.Letters, r)
	m.Count++
	m.Pages += r.Last - r.First + 1
	m.Sheets += r.Sheets
}

// WriteCSV writes the letters as a table with semicolons.
func (m Manifest) WriteCSV(w io.Writer) error {
	t := csv.NewWriter(w)
	t.Comma, t.UseCRLF = ';', true
	_ = t.Write([]string{"seq", "dispatch", "code", "file", "first", "last", "sheets", "postcode", "outer", "content", "sha256"}) // Error tells
	for _, r := range m.Letters {
		outer := ""
		if r.Outer > 0 {
			outer = strconv.Itoa(r.Outer)
		}
		_ = t.Write([]string{strconv.Itoa(r.Seq), r.Dispatch, r.Code, r.File, strconv.Itoa(r.First), strconv.Itoa(r.Last),
			strconv.Itoa(r.Sheets), r.Postcode, outer, r.Content, r.SHA256})
	}
	t.Flush()
	if err := t.Error(); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// WriteJSON writes the whole manifest.
func (m Manifest) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	if err := e.Encode(m); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}
