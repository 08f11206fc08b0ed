package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// document gathers what tells what an item as a whole is about.
type document struct {
	name    string
	titles  []byte       // subjects and the like
	head    []byte       // the beginning of its running text
	people  bool         // it has spoken of somebody
	columns breach.Kinds // its tables and records tell these person by person
}

const (
	maxHead   = 8 << 10
	maxTitles = 1 << 10
)

func (d *document) reset(name string) {
	*d = document{name: name, head: d.head[:0], titles: d.titles[:0]}
}

// title notes a text that says what the item is about.
func (d *document) title(text []byte) {
	d.titles = append(append(d.titles, text[:min(len(text), maxTitles-len(d.titles))]...), '\n')
	d.titles = d.titles[:min(len(d.titles), maxTitles)]
}

// read notes the beginning of the item's running text.
func (d *document) read(text []byte) {
	if room := maxHead - len(d.head); room > 0 && len(text) > 0 {
		d.head = append(d.head, text[:min(len(text), room)]...)
		if d.head[len(d.head)-1] != '\n' {
			d.head = append(d.head, '\n')
		}
	}
}

// end emits what the item's name says of people, and what the document is
// about.
func (s *Scanner) end(emit func(breach.Mention) error) error {
	place := breach.At(breach.Step{Unit: breach.FileName})
	if err := s.fileName(place, emit); err != nil {
		return err
	}
	if !s.document.people {
		return nil
	}
	d := &s.document
	var about breach.Kinds
	m := breach.Mention{Place: place, Document: true}
	note := func(text []byte, form string, strength breach.Strength) {
		topicWords().each(text, func(kind breach.Kind, from, to int) {
			if about.Has(kind) || d.columns.Has(kind) || deniedAfter(text, to) {
				return
			}
			about |= breach.KindsOf(kind)
			m.Findings = append(m.Findings, breach.Finding{Place: place, Kind: kind, Form: form,
				Value: breach.Hide(string(text[from:to])), Strength: strength, Labelled: form == "title"})
		})
	}
	note([]byte(d.name[lastName(d.name):]), "title", breach.Middle)
	note(d.titles, "title", breach.Middle)
	top, body := firstLines(d.head, 3)
	note(top, "title", breach.Middle)
	note(body, "word", breach.Weak)
	if len(m.Findings) == 0 {
		return nil
	}
	return emit(m)
}

// fileName reads the item's name, with its folders.
func (s *Scanner) fileName(place breach.Place, emit func(breach.Mention) error) error {
	name := []byte(s.document.name)
	for i, c := range name {
		if c == '_' || c == '/' || c == '\\' {
			name[i] = ' ' // numbers and names stand between them
		}
	}
	s.where.set(name, place)
	s.scan(name)
	u := s.begin(0, len(name), s.text.hits)
	u.smallNames(0, len(name))
	if len(u.hits) == u.first {
		s.done()
		return nil
	}
	u.topicsIn(lastName(s.document.name), len(name))
	return s.emit(emit)
}

// lastName finds where the last part of a path begins.
func lastName(path string) int {
	return max(bytes.LastIndexAny([]byte(path), `/\`), -1) + 1
}

// firstLines parts the first n lines with text from the rest.
func firstLines(text []byte, n int) (top, rest []byte) {
	at := 0
	for at < len(text) && n > 0 {
		end := lineEnd(text, at)
		if len(bytes.TrimSpace(text[at:end])) > 0 {
			n--
		}
		at = min(end+1, len(text))
	}
	return text[:at], text[at:]
}
