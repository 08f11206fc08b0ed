package notify

import (
	"fmt"
	"slices"
	"strings"
)

// Name says which letter.
type Name string

// The letters.
const (
	LetterFirst         Name = "first"
	LetterPossible      Name = "possible" // where nothing is more than possible
	LetterUpdate        Name = "update"
	LetterCorrection    Name = "correction"
	LetterUnaffected    Name = "unaffected"
	LetterOutside       Name = "unaffected-outside" // to somebody who is in no register: it says what that answer is worth
	LetterGuardian      Name = "guardian"
	LetterGuardianYoung Name = "guardian-young"       // beside the young person's own: it tells no kinds
	LetterGuardianAgain Name = "guardian-young-again" // beside an update or a correction: nor does it
	LetterYoung         Name = "young"
	LetterEmployee      Name = "employee"
)

// Names lists every letter.
func Names() []Name {
	return []Name{LetterFirst, LetterPossible, LetterUpdate, LetterCorrection, LetterUnaffected, LetterOutside,
		LetterGuardian, LetterGuardianYoung, LetterGuardianAgain, LetterYoung, LetterEmployee}
}

// Field is a place in a letter that is filled: "{Name}". With a question mark,
// "{Kept?}", its paragraph is left out where there is nothing to fill it with.
type Field string

// The fields of the reader and the subject.
const (
	FieldName         Field = "Name"  // of the reader
	FieldChild        Field = "Child" // the given name of the subject, where another reads
	FieldProven       Field = "Proven"
	FieldLikely       Field = "Likely"
	FieldPossible     Field = "Possible"
	FieldConsequences Field = "Consequences" // of this person's kinds
	FieldAdvice       Field = "Advice"       // on this person's kinds
	FieldCode         Field = "Code"
)

// The fields of the matter, the same for everybody who reads in a language.
const (
	FieldHappened   Field = "Happened" // GDPR art. 34(2) with 33(3)(b) to (d)
	FieldMeasures   Field = "Measures"
	FieldContact    Field = "Contact"
	FieldController Field = "Controller"
	FieldDate       Field = "Date"
	FieldHelp       Field = "Help"
	FieldKept       Field = "Kept"   // why the controller still had the data
	FieldUnread     Field = "Unread" // what nobody could read
	FieldEarlier    Field = "Earlier"
	FieldNews       Field = "News"
	FieldMistake    Field = "Mistake"
	FieldListed     Field = "Listed"  // the day of the list that an answer goes by
	FieldItems      Field = "Items"   // how many files there are
	FieldAllRead    Field = "AllRead" // the same, where all were read whole
	FieldNotRead    Field = "NotRead" // how many were not, where some were not
)

// Fields lists every field.
func Fields() []Field {
	return []Field{FieldName, FieldChild, FieldProven, FieldLikely, FieldPossible, FieldConsequences, FieldAdvice, FieldCode,
		FieldHappened, FieldMeasures, FieldContact, FieldController, FieldDate, FieldHelp, FieldKept, FieldUnread,
		FieldEarlier, FieldNews, FieldMistake, FieldListed, FieldItems, FieldAllRead, FieldNotRead}
}

// Letter is a whole text in one language. A line that begins with "# " is a
// heading, one that begins with "- " is of a list; there is no other mark-up,
// no condition and no loop.
type Letter struct {
	Name       Name
	Language   string
	title      string
	paragraphs []paragraph
}

// paragraph is pieces of text and fields.
type paragraph []piece

// piece is a text, or a field.
type piece struct {
	text     string
	field    Field
	optional bool
}

// Parse reads a letter: the first line is its title, which holds no field. An
// error says what to mend.
func Parse(name Name, lang, source string) (Letter, error) {
	l := Letter{Name: name, Language: lang}
	title, rest, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(source), "\r\n", "\n"), "\n\n")
	if title == "" || strings.ContainsAny(title, "\n{}") || len(title) > 120 {
		return Letter{}, fmt.Errorf("letter %s in %s: the title is one line of at most 120 bytes without fields", name, lang)
	}
	l.title = title
	for text := range strings.SplitSeq(rest, "\n\n") {
		if text = strings.Trim(text, "\n"); text == "" {
			continue
		}
		p, err := parseParagraph(text)
		if err != nil {
			return Letter{}, fmt.Errorf("letter %s in %s: paragraph %d: %w", name, lang, len(l.paragraphs)+1, err)
		}
		l.paragraphs = append(l.paragraphs, p)
	}
	return l, l.complete()
}

// parseParagraph parts a paragraph at its fields.
func parseParagraph(text string) (paragraph, error) {
	var p paragraph
	for text != "" {
		open := strings.IndexAny(text, "{}")
		if open < 0 {
			return append(p, piece{text: text}), nil
		}
		if open > 0 {
			p = append(p, piece{text: text[:open]})
		}
		end := strings.IndexByte(text, '}')
		if text[open] == '}' || end < open {
			return nil, fmt.Errorf("a brace that stands alone")
		}
		name, optional := strings.CutSuffix(text[open+1:end], "?")
		if !slices.Contains(Fields(), Field(name)) {
			return nil, fmt.Errorf("no field is called {%s}", name)
		}
		if n := len(p); n > 0 && p[n-1].field != "" {
			return nil, fmt.Errorf("{%s} has no text between it and the field before", name)
		}
		p = append(p, piece{field: Field(name), optional: optional})
		text = text[end+1:]
	}
	return p, nil
}

// required are the fields that every letter has: to whom, what happened, whom
// to ask, and how to see that it is genuine. The earlier letter said what
// happened.
func required(name Name) []Field {
	fields := []Field{FieldName, FieldContact, FieldHelp, FieldCode, FieldDate, FieldController}
	switch name {
	case LetterUpdate:
		return append(fields, FieldEarlier, FieldNews, FieldMeasures, FieldProven, FieldLikely, FieldPossible, FieldConsequences, FieldAdvice)
	case LetterCorrection:
		return append(fields, FieldEarlier, FieldMistake, FieldProven, FieldLikely, FieldPossible, FieldAdvice)
	case LetterUnaffected, LetterOutside:
		return append(fields, FieldHappened, FieldMeasures, FieldListed, FieldItems, FieldAllRead, FieldNotRead)
	case LetterGuardianAgain:
		return append(fields, FieldEarlier, FieldChild, FieldNews, FieldMistake)
	case LetterGuardianYoung:
		return append(fields, FieldHappened, FieldMeasures, FieldChild)
	case LetterPossible:
		return append(fields, FieldHappened, FieldMeasures, FieldPossible, FieldConsequences, FieldAdvice)
	case LetterGuardian:
		fields = append(fields, FieldChild)
	}
	return append(fields, FieldHappened, FieldMeasures, FieldProven, FieldLikely, FieldPossible, FieldConsequences, FieldAdvice)
}

// complete says which field the law or the reader needs and the letter lacks.
func (l Letter) complete() error {
	has := l.Fields()
	for _, field := range required(l.Name) {
		if !slices.Contains(has, field) {
			return fmt.Errorf("letter %s in %s: {%s} is missing", l.Name, l.Language, field)
		}
	}
	return nil
}

// Fields lists the fields that the letter uses, each once.
func (l Letter) Fields() []Field {
	var fields []Field
	for _, p := range l.paragraphs {
		for _, piece := range p {
			if piece.field != "" && !slices.Contains(fields, piece.field) {
				fields = append(fields, piece.field)
			}
		}
	}
	return fields
}

// Source is the letter as text, the form that Parse reads.
func (l Letter) Source() string {
	var b strings.Builder
	b.WriteString(l.title)
	for _, p := range l.paragraphs {
		b.WriteString("\n\n")
		for _, piece := range p {
			switch {
			case piece.field == "":
				b.WriteString(piece.text)
			case piece.optional:
				b.WriteString("{" + string(piece.field) + "?}")
			default:
				b.WriteString("{" + string(piece.field) + "}")
			}
		}
	}
	b.WriteByte('\n')
	return b.String()
}
