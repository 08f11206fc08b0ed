package specimen

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// Key is what is true of a municipality's evidence, written as JSON lines:
//
//	{"type":"plant","evidence":"elever/klasslista 12.xlsx","format":"xlsx","plain":true,"person":"h3.2",
//	 "entries":[{"register":"pupils","key":"P-1026"}],"how":"unique","kinds":["name","national-id"],"may":["birth-date"]}
//	{"type":"decoy","evidence":"ekonomi/faktura 7.pdf","what":"organisation number","value":"…"}
//	{"type":"decoy","evidence":"elever/beslut 9.docx","what":"namesake","entries":[{"register":"pupils","key":"P-1026"}]}
//	{"type":"item","evidence":"arkiv/intyg.zip!/intyg 3.docx","format":"docx","plain":true,"states":["read"]}
//
// Everybody in it is made up, so the values are plain text.
type Key struct {
	Plants []Plant
	Decoys []Decoy
	Items  []Item
}

// Plant is what one item of evidence reveals of one person.
type Plant struct {
	Evidence string // relative path, "a.zip!/b.docx" for members
	Format   string // "docx", "txt-cp850"
	Plain    bool   // a format in its ordinary state: nothing damaged, disguised or oddly encoded
	Person   string // the key's own name for the person
	Entries  []Entry
	// Identifiers are those of somebody in no register: "national-id" and
	// "email".
	Identifiers map[string]string
	How         How
	Kinds       breach.Kinds // what a careful reader says it reveals
	May         breach.Kinds // what a careful reader may say or leave: a birth date inside an identity number
}

// Entry names a person in a register.
type Entry struct {
	Register string `json:"register"`
	Key      string `json:"key"`
}

// How is by what the evidence points to a person.
type How string

// The ways.
const (
	Unique How = "unique" // an identifier that is this person's alone
	Weak   How = "weak"   // a name with a birth date, a phone, an address, or a mistyped number
	ByName How = "name"   // a name and nothing else
)

// Decoy is what looks like a person and is none (Value), or is not the person
// it looks like (Entries).
type Decoy struct {
	Evidence string  `json:"evidence"`
	What     string  `json:"what"`
	Value    string  `json:"value,omitempty"`
	Entries  []Entry `json:"entries,omitempty"`
}

// Item is one item that the account has to list, in one of the states.
type Item struct {
	Evidence string         `json:"evidence"`
	Format   string         `json:"format"`
	Plain    bool           `json:"plain"`
	States   []breach.State `json:"states"`
}

// plantRow is a Plant as it is written.
type plantRow struct {
	Evidence    string            `json:"evidence"`
	Format      string            `json:"format"`
	Plain       bool              `json:"plain"`
	Person      string            `json:"person"`
	Entries     []Entry           `json:"entries"`
	Identifiers map[string]string `json:"identifiers,omitempty"`
	How         How               `json:"how"`
	Kinds       []string          `json:"kinds"`
	May         []string          `json:"may,omitempty"`
}

// Write writes the key.
func (k Key) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, p := range k.Plants {
		entries := p.Entries
		if len(entries) == 0 {
			entries = nil // null: somebody in no register
		}
		if err := enc.Encode(struct {
			Type string `json:"type"`
			plantRow
		}{"plant", plantRow{p.Evidence, p.Format, p.Plain, p.Person, entries, p.Identifiers, p.How, p.Kinds.Strings(), p.May.Strings()}}); err != nil {
			return err
		}
	}
	for _, d := range k.Decoys {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			Decoy
		}{"decoy", d}); err != nil {
			return err
		}
	}
	for _, i := range k.Items {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			Item
		}{"item", i}); err != nil {
			return err
		}
	}
	return b.Flush()
}

// ReadKey reads what Write wrote.
func ReadKey(r io.Reader) (Key, error) {
	var k Key
	err := eachLine(r, func(kind string, line []byte) error {
		switch kind {
		case "plant":
			var row plantRow
			if err := json.Unmarshal(line, &row); err != nil {
				return err
			}
			k.Plants = append(k.Plants, Plant{row.Evidence, row.Format, row.Plain, row.Person, row.Entries, row.Identifiers,
				row.How, kindsOf(row.Kinds), kindsOf(row.May)})
		case "decoy":
			var d Decoy
			if err := json.Unmarshal(line, &d); err != nil {
				return err
			}
			k.Decoys = append(k.Decoys, d)
		case "item":
			var i Item
			if err := json.Unmarshal(line, &i); err != nil {
				return err
			}
			k.Items = append(k.Items, i)
		}
		return nil
	})
	return k, err
}

// eachLine reads JSON lines and tells the "type" of each.
func eachLine(r io.Reader, do func(kind string, line []byte) error) error {
	b := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := b.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var head struct {
				Type string `json:"type"`
			}
			if e := json.Unmarshal(line, &head); e != nil {
				return fmt.Errorf("read line %d: %w", n, e)
			}
			if e := do(head.Type, line); e != nil {
				return fmt.Errorf("read line %d: %w", n, e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func kindsOf(ids []string) breach.Kinds {
	var s breach.Kinds
	for _, id := range ids {
		if k, ok := breach.ParseKind(id); ok {
			s |= breach.KindsOf(k)
		}
	}
	return s
}
