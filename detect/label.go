package detect

import (
	"bufio"
	"bytes"
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

//go:embed words/*.txt
var wordFiles embed.FS

// field is what a heading or a label says of a value.
type field struct {
	kind     breach.Kind // 0: it says nothing we know
	part     part
	guardian bool // of a guardian, not of whom the row is about
	group    int  // which guardian: the number in the heading; 0 without one
}

// part is which part of a value of its kind a field holds.
type part uint8

const (
	whole part = iota
	given
	surname
	former
	streetPart
	postcode
	town
)

var partNames = map[string]part{"given": given, "surname": surname, "former": former,
	"street": streetPart, "postcode": postcode, "town": town}

// labelBook is what words/labels.txt and words/owners.txt say.
type labelBook struct {
	exact    map[string]field // by the word without blanks, in small letters
	last     map[string]bool  // the last words of labels whose values need no colon
	users    [256]int         // the length of the shortest label of usernames by its first byte; 0 if there is none
	prefixes [256][]affix     // words with a star in the end by their first byte, longest first
	suffixes [256][]affix     // words with a star in the beginning by their last byte, longest first
	owners   [256][]owner     // by their first byte, longest first
	behind   []owner          // guardians, who may also stand behind
}

type affix struct {
	text string
	field
}

type owner struct {
	text     string
	guardian bool
}

// maxLabel is the longest label in bytes.
const maxLabel = 64

var labels = sync.OnceValue(newLabelBook)

func newLabelBook() *labelBook {
	b := &labelBook{exact: map[string]field{}, last: map[string]bool{}}
	for key, words := range dataLines("words/labels.txt") {
		id, partName, _ := strings.Cut(key, ".")
		kind, ok := breach.ParseKind(id)
		if !ok || partName != "" && partNames[partName] == whole {
			panic("detect: words/labels.txt has a line for " + key)
		}
		f := field{kind: kind, part: partNames[partName]}
		for _, w := range words {
			if stem, ok := strings.CutSuffix(w, "*"); ok {
				text := compact(stem)
				b.prefixes[text[0]] = append(b.prefixes[text[0]], affix{text, f})
				w = stem
			}
			if stem, ok := strings.CutPrefix(w, "*"); ok {
				text := compact(stem)
				b.suffixes[text[len(text)-1]] = append(b.suffixes[text[len(text)-1]], affix{text, f})
				w = stem
			}
			if numeric(kind) {
				b.last[lastWord(w)] = true
			}
			if _, ok := b.exact[compact(w)]; !ok {
				b.exact[compact(w)] = f
			}
		}
	}
	for key, words := range dataLines("words/owners.txt") {
		for _, w := range words {
			o := owner{compact(w), key == "guardian"}
			b.owners[o.text[0]] = append(b.owners[o.text[0]], o)
			if o.guardian {
				b.behind = append(b.behind, o)
			}
		}
	}
	for _, list := range b.owners {
		sortLongest(list)
	}
	sortLongest(b.behind)
	longest := func(a, b affix) int { return len(b.text) - len(a.text) }
	for i := range 256 {
		slices.SortStableFunc(b.prefixes[i], longest)
		slices.SortStableFunc(b.suffixes[i], longest)
	}
	for w, f := range b.exact {
		if n := b.users[w[0]]; f.kind == breach.Username && (n == 0 || len(w) < n) {
			b.users[w[0]] = len(w)
		}
	}
	return b
}

// heading tells what a column heading, or a label on its own, says. Digits in
// it number guardians: "Vårdnadshavare 2 telefon".
func (b *labelBook) heading(text []byte) field {
	if len(text) > maxLabel {
		return field{}
	}
	var buf [maxLabel]byte
	word := appendCompact(buf[:0], text)
	if len(word) == 0 {
		return field{}
	}
	if f := b.lookup(word); f.kind != 0 {
		return f
	}
	for _, o := range b.owners[word[0]] {
		if rest, ok := bytes.CutPrefix(word, []byte(o.text)); ok {
			if f := b.of(o, rest, text); f.kind != 0 {
				return f
			}
		}
	}
	for _, o := range b.behind { // "namn vårdnadshavare"
		if len(o.text) < len(word) && word[len(word)-1] == o.text[len(o.text)-1] {
			if rest, ok := bytes.CutSuffix(word, []byte(o.text)); ok {
				if f := b.of(o, rest, text); f.kind != 0 {
					return f
				}
			}
		}
	}
	return field{}
}

// ends reports whether a word may be the last of a label whose value needs no
// colon.
func (b *labelBook) ends(word []byte) bool {
	var buf [maxLabel]byte
	return len(word) <= maxLabel && b.last[string(appendLower(buf[:0], word))]
}

// user reports whether a word is a label of usernames.
func (b *labelBook) user(word []byte) bool {
	if len(word) == 0 || len(word) > maxLabel {
		return false
	}
	if c := word[0] | 0x20; c-'a' < 26 && (b.users[c] == 0 || len(word) < b.users[c]) {
		return false
	}
	var buf [maxLabel]byte
	return b.exact[string(appendCompact(buf[:0], word))].kind == breach.Username
}

func lastWord(label string) string {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return !unicode.IsLetter(r) })
	return words[len(words)-1]
}

// of tells what a word says whose owner stands before or behind it.
func (b *labelBook) of(o owner, rest, text []byte) field {
	f := field{kind: breach.Name}
	if len(rest) > 0 {
		f = b.lookup(rest)
	}
	if f.kind != 0 && o.guardian {
		f.guardian, f.group = true, number(text)
	}
	return f
}

// lookup finds a word with nothing in front of it.
func (b *labelBook) lookup(word []byte) field {
	if f, ok := b.exact[string(word)]; ok {
		return f
	}
	for _, p := range b.prefixes[word[0]] {
		if bytes.HasPrefix(word, []byte(p.text)) {
			return p.field
		}
	}
	for _, s := range b.suffixes[word[len(word)-1]] {
		if bytes.HasSuffix(word, []byte(s.text)) {
			return s.field
		}
	}
	return field{}
}

// appendCompact appends the letters of a text in small letters.
func appendCompact(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if (c|0x20)-'a' < 26 {
				dst = append(dst, c|0x20)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if unicode.IsLetter(r) {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += size
	}
	return dst
}

func compact(s string) string { return string(appendCompact(nil, []byte(s))) }

// number gives the first digit in a heading as a number, 0 without one.
func number(text []byte) int {
	for _, c := range text {
		if isDigit(c) {
			return int(c - '0')
		}
	}
	return 0
}

// dataLines iterates over the lines "key: word, word" of a data file.
func dataLines(name string) func(yield func(key string, words []string) bool) {
	return func(yield func(string, []string) bool) {
		for line := range fileLines(name) {
			key, list, ok := strings.Cut(line, ":")
			if !ok {
				key, list = "", line
			}
			if !yield(key, splitWords(list)) {
				return
			}
		}
	}
}

// fileLines iterates over the lines of a data file, comments left out.
func fileLines(name string) func(yield func(line string) bool) {
	return func(yield func(string) bool) {
		f, err := wordFiles.Open(name)
		if err != nil {
			panic("detect: " + err.Error())
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		for in.Scan() {
			line := strings.TrimSpace(in.Text())
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

func splitWords(list string) []string {
	var words []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

func sortLongest(owners []owner) {
	slices.SortStableFunc(owners, func(a, b owner) int { return len(b.text) - len(a.text) })
}

// nested tells what the label of a record says whose outer keys stand before
// the inner ones: "guardian 1 contact email".
func (b *labelBook) nested(text []byte) field {
	guardian, group := false, 0
	for rest := text; ; {
		f := b.heading(rest)
		if f.kind != 0 {
			if guardian && !f.guardian {
				f.guardian, f.group = true, group
			}
			return f
		}
		word, tail, ok := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
		if !ok {
			return field{}
		}
		if b.heading(word).guardian {
			guardian, group = true, number(text)
		}
		rest = tail
	}
}
