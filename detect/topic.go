package detect

import (
	"bytes"
	"io/fs"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/breach"
)

// topics are the words that say what a text is about: words/<kind>.<language>.txt,
// one word or phrase a line. A star in the end of a word means "and whatever
// follows", for Finnish inflects and Swedish compounds.
type topics struct {
	begin [1 << 12]bool      // whether some word may begin so, by beginning
	words map[string][]topic // by the first three bytes of the first word
}

// topic is one word or phrase, in small letters.
type topic struct {
	kind  breach.Kind
	words []pattern
}

type pattern struct {
	text string
	open bool // whatever follows
}

func (p pattern) matches(w []byte) bool {
	if p.open {
		return len(w) >= len(p.text) && string(w[:len(p.text)]) == p.text
	}
	return string(w) == p.text
}

const topicKey = 3

var topicWords = sync.OnceValue(newTopics)

func newTopics() *topics {
	t := topics{words: map[string][]topic{}}
	files, err := fs.Glob(wordFiles, "words/*.??.txt")
	if err != nil {
		panic("detect: " + err.Error())
	}
	for _, name := range files {
		id, _, _ := strings.Cut(strings.TrimPrefix(name, "words/"), ".")
		kind, ok := breach.ParseKind(id)
		if !ok {
			panic("detect: " + name + " is named after no kind")
		}
		for line := range fileLines(name) {
			p := topic{kind: kind}
			for w := range strings.FieldsSeq(strings.ToLower(line)) {
				stem, open := strings.CutSuffix(w, "*")
				p.words = append(p.words, pattern{stem, open})
			}
			first := p.words[0].text
			if len(first) < topicKey {
				panic("detect: " + name + " has a word too short: " + line)
			}
			key := first[:topicKey]
			t.words[key] = append(t.words[key], p)
			t.begin[beginning([]byte(key))] = true
		}
	}
	return &t
}

// beginning mixes the first bytes of a word.
func beginning(w []byte) int { return (int(w[0])<<7 ^ int(w[1])<<4 ^ int(w[2])) & (1<<12 - 1) }

// each calls yield with every topic word or phrase in a text. A phrase's words
// have a blank or the like between them.
func (t *topics) each(text []byte, yield func(kind breach.Kind, from, to int)) {
	var buf [maxLabel]byte
	for from, to := topicWord(text, 0); from < len(text); from, to = topicWord(text, to) {
		if to-from < topicKey {
			continue
		}
		key := appendLower(buf[:0], text[from:from+topicKey])
		if !t.begin[beginning(key)] {
			continue
		}
		list := t.words[string(key)]
		word := appendLower(buf[:0], text[from:to])
		for _, p := range list {
			if p.words[0].matches(word) {
				if end := p.rest(text, to); end > 0 {
					yield(p.kind, from, end)
					break
				}
			}
		}
	}
}

// rest matches the words of a phrase after the first; it gives where the
// phrase ends, 0 if it does not match.
func (p *topic) rest(text []byte, end int) int {
	var buf [maxLabel]byte
	for _, w := range p.words[1:] {
		from, to := topicWord(text, end)
		if from-end > 2 || !w.matches(appendLower(buf[:0], text[from:to])) {
			return 0
		}
		end = to
	}
	return end
}

// topicWord finds the next word from i on; hyphens and apostrophes inside
// belong to it, for "ruoka-aineallergia" is one word.
func topicWord(text []byte, i int) (from, to int) {
	for i < len(text) && !isLetter(text[i]) {
		i++
	}
	from = i
	for i < len(text) && (isLetter(text[i]) || (text[i] == '-' || text[i] == '\'') && i+1 < len(text) && isLetter(text[i+1])) {
		i++
	}
	return from, i
}

// appendLower appends a word in small letters, as much as a buffer holds.
func appendLower(dst, w []byte) []byte {
	for i := 0; i < len(w) && len(dst)+4 <= maxLabel; i++ {
		c := w[i]
		switch {
		case c-'A' < 26:
			c |= 0x20
		case i > 0 && w[i-1] == 0xC3 && c >= 0x80 && c < 0x9F && c != 0x97:
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// isNo reports whether a cell says no, or says nothing: such a cell is no
// finding.
func isNo(cell []byte) bool {
	switch strings.ToLower(string(bytes.TrimSpace(cell))) {
	case "", "-", "–", "—", "0", "0,0", "0.0", "0,00", "0.00", "nej", "ei", "no", "nei", "n", "false", "falskt", "epätosi", "ingen", "inga", "inget",
		"ei ole", "ei mitään", "none", "null", "nil", "n/a", "na", "saknas", "okänt", "okänd", "tuntematon", "unknown", "puuttuu",
		"ei tiedossa", "uppgift saknas", ".", "..", "?", "*", "/":
		return true
	}
	return false
}
