package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
)

// Texts are what the communications officer writes of the matter in one
// language. Of a letter's fields only those that it has must be there.
type Texts struct {
	Country    string // rules.Country.Code of the controller
	Controller string
	Happened   string
	Measures   string
	Contact    string
	Kept       string // may be empty
	Unread     string // may be empty
	News       string
	Mistake    string
	Date       time.Time
	Earlier    time.Time // the day of the version that reader had before

	// What "not affected" is said by. Without it there is no such letter.
	Listed         time.Time // when the list was made
	Items, NotRead int64     // files, and how many of them were not read whole
}

// field gives what fills a field of the matter.
func (t Texts) field(f Field, lang string) string {
	switch f {
	case FieldHappened:
		return t.Happened
	case FieldMeasures:
		return t.Measures
	case FieldContact:
		return t.Contact
	case FieldController:
		return t.Controller
	case FieldKept:
		return t.Kept
	case FieldUnread:
		return t.Unread
	case FieldNews:
		return t.News
	case FieldMistake:
		return t.Mistake
	case FieldHelp:
		return shipped()[lang].help[t.Country]
	case FieldDate:
		return date(t.Date, lang)
	case FieldEarlier:
		return date(t.Earlier, lang)
	case FieldListed:
		return date(t.Listed, lang)
	case FieldItems:
		return number(t.Items, t.Items > 0, lang)
	case FieldAllRead:
		return number(t.Items, t.NotRead == 0, lang)
	case FieldNotRead:
		return number(t.NotRead, t.NotRead > 0, lang)
	}
	return ""
}

// number writes one, or nothing where it is not to be told.
func number(n int64, told bool, lang string) string {
	if !told {
		return ""
	}
	return locale.For(lang).Number(n)
}

func date(day time.Time, lang string) string {
	if day.IsZero() {
		return ""
	}
	return locale.For(lang).Date(day)
}

// Sheet is a letter filled with all but what is one person's own.
type Sheet struct {
	letter  Letter // what remains to be filled
	country string
}

// Prepare fills a letter with the texts of the matter.
func Prepare(l Letter, t Texts) (Sheet, error) {
	filled := Letter{Name: l.Name, Language: l.Language, title: l.title}
	for _, p := range l.paragraphs {
		q, leave, err := fill(p, t, l.Language)
		if err != nil {
			return Sheet{}, fmt.Errorf("letter %s in %s: %w", l.Name, l.Language, err)
		}
		if !leave {
			filled.paragraphs = append(filled.paragraphs, q)
		}
	}
	return Sheet{filled, t.Country}, nil
}

// fill fills one paragraph, or tells to leave it out.
func fill(p paragraph, t Texts, lang string) (q paragraph, leave bool, err error) {
	for _, piece := range p {
		if piece.field == "" || personal(piece.field) {
			q = append(q, piece)
			continue
		}
		text := strings.TrimSpace(t.field(piece.field, lang))
		switch {
		case text == "" && piece.optional:
			return nil, true, nil
		case text == "":
			return nil, false, fmt.Errorf("{%s} is empty", piece.field)
		case unfit(text):
			return nil, false, fmt.Errorf("{%s} holds a brace, a link or a character that does not print", piece.field)
		}
		piece.text, piece.field = text, ""
		q = append(q, piece)
	}
	return q, false, nil
}

// personal reports whether a field is filled from one person's record.
func personal(f Field) bool {
	switch f {
	case FieldName, FieldChild, FieldProven, FieldLikely, FieldPossible, FieldConsequences, FieldAdvice, FieldCode:
		return true
	}
	return false
}

// unfit reports whether a text of the matter may not stand in a letter. There
// are no links: who warns of links should not send any.
func unfit(text string) bool {
	if strings.ContainsAny(text, "{}") || strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
		return true
	}
	return strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && invisible(r) })
}

// Language is the language of the sheet.
func (s Sheet) Language() string { return s.letter.Language }

// Wording is all that the sheet may say to anybody, without a name: what the
// scanner for leaks takes as approved.
func (s Sheet) Wording() string {
	var b strings.Builder
	b.WriteString(s.letter.Source())
	lib := shipped()[s.letter.Language]
	for _, topic := range topics {
		b.WriteString("\n" + lib.advice[topic.name].leads + "\n" + lib.advice[topic.name].do + "\n")
	}
	for _, k := range breach.AllKinds() {
		b.WriteString("\n" + title(k, s.letter.Language, s.country) + "\n")
	}
	return b.String()
}

// Reading tells how hard the sheet is to read, before anybody's data is in it.
func (s Sheet) Reading() Reading { return Read(s.letter.Source()) }
