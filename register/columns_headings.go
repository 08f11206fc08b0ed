package register

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// whose says of whom a heading speaks: of whoever the row is about, or of
// somebody beside.
type whose uint8

const (
	own whose = iota
	guardians
	pupils
	others // contact persons and the like: nobody we import
)

// headingList is the list as people read and extend it.
//
//go:embed headings.txt
var headingList string

// headingTable is the list as the program reads it.
type headingTable struct {
	exact    map[string]columnGuess
	prefixes []headingPrefix
}

// headingPrefix is a word before a heading that says whose column it is.
type headingPrefix struct {
	word  string
	whose whose
}

// headings parses the embedded list once.
var headings = sync.OnceValue(func() headingTable { return parseHeadings(headingList) })

// parseHeadings reads sections "[field]" with one heading a line.
func parseHeadings(list string) headingTable {
	h := headingTable{exact: map[string]columnGuess{}}
	var section string
	for line := range strings.Lines(list) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case section == "before: guardian":
			h.prefixes = append(h.prefixes, headingPrefix{foldHeading(line), guardians})
		case section == "before: pupil":
			h.prefixes = append(h.prefixes, headingPrefix{foldHeading(line), pupils})
		case section == "before: somebody else":
			h.prefixes = append(h.prefixes, headingPrefix{foldHeading(line), others})
		case section == "name, surname first":
			h.exact[foldHeading(line)] = columnGuess{field: FieldName, by: ByHeading, surnameFirst: true}
		default:
			h.exact[foldHeading(line)] = columnGuess{field: Field(section), by: ByHeading}
		}
	}
	return h
}

// readHeading says what a heading means; nothing for one it does not know.
// Labels of nested records ("kontakt epost") are also known by their last word.
func readHeading(heading string, record bool) columnGuess {
	if open := strings.IndexByte(heading, '('); open > 0 {
		if g := readWords(heading); g.field != "" {
			return g
		}
		heading = heading[:open]
	}
	g := readWords(heading)
	if words := strings.Fields(heading); g.field == "" && record && len(words) > 1 {
		g = readWords(words[len(words)-1])
	}
	return g
}

func readWords(heading string) columnGuess {
	h := headings()
	word := foldHeading(heading)
	if word == "" {
		return columnGuess{}
	}
	if g, ok := h.exact[word]; ok {
		return g
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, word)
	if g, ok := h.exact[plain]; ok {
		return g
	}
	for _, p := range h.prefixes {
		rest, ok := strings.CutPrefix(plain, p.word)
		if !ok {
			continue
		}
		if g, known := h.exact[rest]; known {
			g.whose = p.whose
			return g
		}
		if rest == "" {
			return columnGuess{field: reference(p.whose), whose: p.whose, by: ByHeading}
		}
	}
	return columnGuess{}
}

// reference is the field of a column headed with nothing but who it is.
func reference(w whose) Field {
	switch w {
	case guardians:
		return FieldGuardian
	case pupils:
		return FieldChildren
	}
	return FieldIgnore
}

// subjectOf guesses from a register's name whom it lists.
func subjectOf(register string) whose {
	word := foldHeading(register)
	for _, p := range headings().prefixes {
		if strings.HasPrefix(word, p.word) {
			return p.whose
		}
	}
	return own
}

// foldHeading reduces a heading to small letters and digits without marks, so
// that "Förnamn", "FORNAMN" and "for_namn" are one.
func foldHeading(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'ø':
			b.WriteByte('o')
		case r == 'æ':
			b.WriteByte('a')
		case r == 'ð':
			b.WriteByte('d')
		case r == 'þ':
			b.WriteString("th")
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func decimal(n int) string { return strconv.Itoa(n) }
