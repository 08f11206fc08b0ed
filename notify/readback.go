package notify

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// ErrSwapped is a letter that does not say what its subject's record says.
var ErrSwapped = errors.New("says something else than the record")

// ReadBack reads the values out of a finished letter and holds them against a
// record that was fetched by another road than the one it was rendered from:
// a join that has slipped by a row shows here. Nothing of rendering is used.
func (s Sheet) ReadBack(text breach.Content, r Record) error {
	values, ok := s.values(bytes.TrimSuffix(text, []byte("\n")))
	if !ok {
		return fmt.Errorf("letter about %s to %s: %w: it does not fit its text", r.Subject, r.Reader, ErrSwapped)
	}
	g := graded{}
	for _, e := range r.Exposures {
		if e.Person != r.Subject {
			return fmt.Errorf("letter about %s to %s: %w: {%s}", r.Subject, r.Reader, ErrSwapped, FieldProven)
		}
		g = grade(r.Exposures)
	}
	for field, value := range values {
		same := true
		switch field {
		case FieldName:
			same = value == strings.Join(strings.Fields(r.Name.Reveal()), " ")
		case FieldChild:
			same = value == strings.Join(strings.Fields(r.Child.Reveal()), " ")
		case FieldCode:
			same = value == r.Code
		case FieldProven:
			same = s.kindsOf(value) == g.proven
		case FieldLikely:
			same = s.kindsOf(value) == g.likely
		case FieldPossible:
			same = s.kindsOf(value) == g.possible
		}
		if !same {
			return fmt.Errorf("letter about %s to %s: %w: {%s}", r.Subject, r.Reader, ErrSwapped, field)
		}
	}
	return nil
}

// values aligns a text with the sheet. The field of a paragraph that was left
// out has the value "".
func (s Sheet) values(text []byte) (map[Field]string, bool) {
	values := map[Field]string{}
	rest := text
	for _, p := range s.letter.paragraphs {
		after, ok := matchParagraph(p, rest, values)
		if ok {
			rest = bytes.TrimPrefix(after, []byte("\n\n"))
			continue
		}
		optional := false
		for _, piece := range p {
			if piece.optional {
				optional = true
				values[piece.field] = ""
			}
		}
		if !optional {
			return nil, false
		}
	}
	return values, len(rest) == 0
}

// matchParagraph takes one paragraph from the front of a text.
func matchParagraph(p paragraph, text []byte, values map[Field]string) (rest []byte, ok bool) {
	for i, piece := range p {
		if piece.field == "" {
			if !bytes.HasPrefix(text, []byte(piece.text)) {
				return nil, false
			}
			text = text[len(piece.text):]
			continue
		}
		end := []byte("\n\n")
		if i+1 < len(p) {
			end = []byte(p[i+1].text)
		}
		value, _, found := bytes.Cut(text, end)
		if !found && i+1 < len(p) || len(value) == 0 || bytes.HasPrefix(value, []byte("- ")) != listed(piece.field) {
			return nil, false
		}
		values[piece.field] = string(value)
		text = text[len(value):]
	}
	return text, len(text) == 0 || bytes.HasPrefix(text, []byte("\n\n"))
}

// listed reports whether a field is a list.
func listed(f Field) bool {
	switch f {
	case FieldProven, FieldLikely, FieldPossible, FieldConsequences, FieldAdvice:
		return true
	}
	return false
}

// kindsOf reads the kinds out of a list.
func (s Sheet) kindsOf(list string) breach.Kinds {
	var kinds breach.Kinds
	for line := range strings.SplitSeq(list, "\n") {
		name := strings.TrimPrefix(line, "- ")
		for k := breach.Name; title(k, "", "") != "?"; k++ {
			if name == title(k, s.letter.Language, s.country) {
				kinds |= breach.KindsOf(k)
			}
		}
	}
	return kinds
}
