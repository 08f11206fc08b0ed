package notify

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// Record is all that a letter may say of somebody: one reader and one subject.
// Rendering sees nothing else, and so can tell nothing of anybody else.
type Record struct {
	Subject   breach.PersonID
	Reader    breach.PersonID
	Name      breach.Personal   // the reader's
	Child     breach.Personal   // the subject's given name, where another reads; else none
	Exposures []breach.Exposure // of the subject
	Code      string            // see Code
}

// Unfit is a record that cannot be made into a letter: somebody has to look at
// it. It names the person and the field, never a value.
type Unfit struct {
	Subject, Reader breach.PersonID
	Field           Field
	Why             string
}

// Error says what is wrong with whose record.
func (u *Unfit) Error() string {
	return fmt.Sprintf("notice about %s to %s: {%s} %s", u.Subject, u.Reader, u.Field, u.Why)
}

// Render fills a sheet from one record. Left is how many paragraphs were left
// out because the record has nothing for them. An error is an Unfit.
func (s Sheet) Render(r Record) (w breach.Wording, left int, err error) {
	f, err := s.filling(r)
	if err != nil {
		return breach.Wording{}, 0, err
	}
	out := make([]byte, 0, 4096)
	for _, p := range s.letter.paragraphs {
		start := len(out)
		if start > 0 {
			out = append(out, "\n\n"...)
		}
		complete := true
		for _, piece := range p {
			if piece.field == "" {
				out = append(out, piece.text...)
				continue
			}
			before := len(out)
			out = f.append(out, piece.field)
			if len(out) > before {
				continue
			}
			if !piece.optional {
				return breach.Wording{}, 0, f.unfit(piece.field, "is empty")
			}
			complete = false
			break
		}
		if !complete {
			out = out[:start]
			left++
		}
	}
	out = append(out, '\n')
	return breach.Wording{Language: s.letter.Language, Title: breach.Content(s.letter.title), Text: slices.Clip(out)}, left, nil
}

// filling is a record ready to fill a sheet.
type filling struct {
	Record
	graded
	name, child   string
	lang, country string
}

// filling checks a record: what it holds is one subject's, and prints.
func (s Sheet) filling(r Record) (filling, error) {
	f := filling{Record: r, graded: grade(r.Exposures), lang: s.letter.Language, country: s.country}
	for _, e := range r.Exposures {
		if e.Person != r.Subject {
			return f, f.unfit(FieldProven, "is of somebody else")
		}
	}
	var ok bool
	if f.name, ok = clean(r.Name); !ok {
		return f, f.unfit(FieldName, "does not print")
	}
	if f.child, ok = clean(r.Child); !ok {
		return f, f.unfit(FieldChild, "does not print")
	}
	if !r.Child.IsZero() == (r.Subject == r.Reader) {
		return f, f.unfit(FieldChild, "is there only where another reads")
	}
	if _, ok := ParseCode(r.Code); !ok {
		return f, f.unfit(FieldCode, "is none")
	}
	if tellsKinds(s.letter) && f.all() == 0 {
		return f, f.unfit(FieldProven, "and the less sure are all empty")
	}
	return f, nil
}

// tellsKinds reports whether a letter is about which data became known. A
// correction may be that nothing did.
func tellsKinds(l Letter) bool {
	return l.Name != LetterCorrection && slices.Contains(l.Fields(), FieldPossible)
}

func (f *filling) unfit(field Field, why string) error {
	return &Unfit{f.Subject, f.Reader, field, why}
}

// append adds what fills a field.
func (f *filling) append(out []byte, field Field) []byte {
	switch field {
	case FieldName:
		return append(out, f.name...)
	case FieldChild:
		return append(out, f.child...)
	case FieldCode:
		return append(out, f.Code...)
	case FieldProven:
		return f.list(out, f.proven)
	case FieldLikely:
		return f.list(out, f.likely)
	case FieldPossible:
		return f.list(out, f.possible)
	case FieldConsequences, FieldAdvice:
		return f.advise(out, field)
	}
	return out
}

// list adds a line for each kind.
func (f *filling) list(out []byte, kinds breach.Kinds) []byte {
	start := len(out)
	for k := breach.Name; kinds>>k != 0; k++ {
		if kinds.Has(k) {
			out = line(out, start, title(k, f.lang, f.country))
		}
	}
	return out
}

// advise adds a line for each topic that this person's kinds touch.
func (f *filling) advise(out []byte, field Field) []byte {
	start, all, texts := len(out), f.all(), shipped()[f.lang].advice
	for _, t := range topics {
		if all&t.kinds == 0 {
			continue
		}
		text := texts[t.name].leads
		if field == FieldAdvice {
			text = texts[t.name].do
		}
		out = line(out, start, text)
	}
	return out
}

func line(out []byte, start int, text string) []byte {
	if len(out) > start {
		out = append(out, '\n')
	}
	return append(append(out, "- "...), text...)
}

// clean makes a name fit for one line. Blanks of every sort become one blank.
func clean(p breach.Personal) (string, bool) {
	name := p.Reveal()
	if len(name) > 200 || !utf8.ValidString(name) || strings.ContainsAny(name, "{}<>#") {
		return "", false
	}
	if strings.Contains(name, "  ") || strings.ContainsFunc(name, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }) {
		name = strings.Join(strings.Fields(name), " ")
	}
	return strings.TrimSpace(name), !strings.ContainsFunc(name, invisible)
}

// invisible reports whether a character leaves no mark of its own: one that
// turns the direction of writing could show another name than the one there is.
func invisible(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}
