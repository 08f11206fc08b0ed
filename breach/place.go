package breach

import (
	"cmp"
	"fmt"
	"strings"
)

// EvidenceID numbers one item of evidence within a case: a file, or a member
// found inside one. It says nothing of the file's name.
type EvidenceID int64

// Unit is what a Step counts.
type Unit uint8

// The units, from the outside in. Line, Paragraph and Row also say how a
// Passage is laid out: see Passage.
const (
	NoUnit    Unit = iota
	FileName       // the name of the item itself
	Page           // of a PDF
	Sheet          // of a workbook
	Slide          // of a presentation
	Table          // of a document or a database
	Message        // of a mailbox
	Part           // of a mail message: MIME part, counted in order from 1
	Header         // of a mail message
	Property       // document properties, metadata
	Comment        // a comment or note beside the text
	Paragraph      // of a document
	Record         // one object of JSON, one element of XML
	Line           // of a text
	Row            // of a table: cells parted by tabs
	Column         // of a row
	Bytes          // a run of readable bytes in something no reader knows
)

// unitNames are the words for the units by language.
var unitNames = map[string][]string{
	"en": {"", "file name", "page", "sheet", "slide", "table", "message", "part",
		"header", "property", "comment", "paragraph", "record", "line", "row", "column", "bytes"},
	"sv": {"", "filnamn", "sida", "blad", "bild", "tabell", "meddelande", "del",
		"brevhuvud", "egenskap", "kommentar", "stycke", "post", "rad", "rad", "kolumn", "byte"},
	"fi": {"", "tiedostonimi", "sivu", "taulukko", "dia", "taulu", "viesti", "osa",
		"otsake", "ominaisuus", "kommentti", "kappale", "tietue", "rivi", "rivi", "sarake", "tavut"},
}

// String is the English word for the unit.
func (u Unit) String() string { return u.Title("en") }

// Title is the word for the unit in a language ("sv", "fi", "en"); any other
// language gives English.
func (u Unit) Title(lang string) string {
	names, ok := unitNames[lang]
	if !ok {
		names = unitNames["en"]
	}
	if int(u) < len(names) {
		return names[u]
	}
	return "unit"
}

// Step is one step into an item: sheet 2, row 14. Units that have names of
// their own (sheets, tables) carry them hidden, for they can hold a person's.
type Step struct {
	Unit Unit
	N    int64 // counted from 1; 0 where there is only one
	Name Personal
}

// Place says where: which evidence, and the steps into it. It is safe to
// print: String gives numbers only. Follow is for the person who goes there.
type Place struct {
	Evidence EvidenceID
	Path     [3]Step // filled from the front
	Offset   int64   // of the finding in bytes from the start of the passage's text; 0 if not known
}

// At makes a place from its steps; more than three are an error of ours.
func At(steps ...Step) Place {
	var p Place
	if copy(p.Path[:], steps) < len(steps) {
		panic("breach: a place has at most three steps")
	}
	return p
}

// Depth is the number of steps.
func (p Place) Depth() int {
	for i, s := range p.Path {
		if s.Unit == NoUnit {
			return i
		}
	}
	return len(p.Path)
}

// Last is the innermost step; the zero Step if there is none.
func (p Place) Last() Step {
	if d := p.Depth(); d > 0 {
		return p.Path[d-1]
	}
	return Step{}
}

// Down goes one step further in; a full path stays as it is.
func (p Place) Down(s Step) Place {
	if d := p.Depth(); d < len(p.Path) {
		p.Path[d] = s
	}
	return p
}

// String is the place inside its evidence in English, by number alone:
// "sheet 2 row 14".
func (p Place) String() string { return p.text("en", false) }

// Title is String in a language: "blad 2 rad 14".
func (p Place) Title(lang string) string { return p.text(lang, false) }

// Follow is the place as a person finds it, with the names of sheets and
// tables: "sheet Klass row 14". It may hold personal data. Exports, and whatever
// another program reads, say it in English.
func (p Place) Follow(lang string) string { return p.text(lang, true) }

func (p Place) text(lang string, names bool) string {
	var b strings.Builder
	for _, s := range p.Path[:p.Depth()] {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.Unit.Title(lang))
		switch {
		case names && !s.Name.IsZero():
			b.WriteByte(' ')
			b.WriteString(s.Name.Reveal())
		case s.Unit == Column && s.N > 0:
			b.WriteByte(' ')
			b.WriteString(columnLetters(s.N))
		case s.N > 0:
			fmt.Fprintf(&b, " %d", s.N)
		}
	}
	return b.String()
}

// Compare orders places as a reader meets them.
func (p Place) Compare(q Place) int {
	if c := cmp.Compare(p.Evidence, q.Evidence); c != 0 {
		return c
	}
	for i := range p.Path {
		if c := cmp.Or(cmp.Compare(p.Path[i].Unit, q.Path[i].Unit), cmp.Compare(p.Path[i].N, q.Path[i].N)); c != 0 {
			return c
		}
	}
	return cmp.Compare(p.Offset, q.Offset)
}

// columnLetters names a column as spreadsheets do: 1 is A, 27 is AA.
func columnLetters(n int64) string {
	var b []byte
	for ; n > 0; n = (n - 1) / 26 {
		b = append([]byte{byte('A' + (n-1)%26)}, b...)
	}
	return string(b)
}

// Passage is a stretch of text that a reader found. It is never stored and
// never logged.
//
// The innermost step of Place says how Text is laid out:
//
//   - Line, Paragraph, Row: many in one passage. Each newline in Text goes on
//     to the next N, so a reader can hand over 64 KiB at a time. A Row's cells
//     are parted by tabs; tabs and newlines inside a cell are blanks. The first
//     Row of a table may hold its headings: detect decides.
//   - Record, Header, Property: lines of "label: value" that belong together.
//   - anything else: prose, with paragraphs parted by blank lines.
type Passage struct {
	Place Place
	Text  []byte // UTF-8, NFC; the reader may reuse it after the call
}
