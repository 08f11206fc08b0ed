package pdfletter

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrReadBack means that what was drawn does not say what was to be said. It is
// an error of ours; the letter is not written.
var ErrReadBack = errors.New("what was drawn is not the text")

// text is all that a letter says, in the order it is read, its blanks made one.
func (l *Letter) text() string {
	var b strings.Builder
	say := func(s string) {
		for word := range strings.FieldsFuncSeq(s, blank) {
			b.WriteString(word)
			b.WriteByte(' ')
		}
	}
	for _, s := range l.Sender {
		say(s)
	}
	say(l.Dated)
	for _, s := range l.Address {
		say(s)
	}
	for _, part := range l.Parts {
		say(part.Title)
		for _, block := range part.Blocks {
			if block.Role == Item {
				say("•")
			}
			say(block.Text)
		}
	}
	return b.String()
}

func blank(r rune) bool { return r == ' ' || r == '\n' }

// readBack reads a letter as a reader of the file does: along the structure
// tree, each element's marked text glyph by glyph, a blank between elements.
func (p *Press) readBack(in Laid, pages [][]byte) string {
	texts := make([][]string, len(pages))
	for i, page := range pages {
		texts[i] = p.marked(page)
	}
	var b strings.Builder
	var walk func(*elem)
	walk = func(e *elem) {
		for _, r := range e.refs {
			b.WriteString(texts[r.page][r.mcid])
		}
		b.WriteByte(' ')
		for _, k := range e.kids {
			walk(k)
		}
	}
	walk(in.root)
	var out strings.Builder
	for word := range strings.FieldsFuncSeq(b.String(), blank) {
		out.WriteString(word)
		out.WriteByte(' ')
	}
	return out.String()
}

// marked gives the texts of a content stream by their marks.
func (p *Press) marked(page []byte) []string {
	var texts []string
	var text []rune
	for line := range bytes.Lines(page) {
		switch {
		case bytes.HasPrefix(line, []byte("/Artifact")):
			return texts // nothing marked comes after
		case bytes.HasPrefix(line, []byte("EMC")):
			texts, text = append(texts, string(text)), text[:0]
		case bytes.HasPrefix(line, []byte("BT /")):
			runes := p.regular.runes
			if line[4] == 'B' {
				runes = p.bold.runes
			}
			_, rest, _ := bytes.Cut(line, []byte("<"))
			code, _, _ := bytes.Cut(rest, []byte(">"))
			for ; len(code) >= 4; code = code[4:] {
				var g [2]byte
				if _, err := hex.Decode(g[:], code[:4]); err != nil {
					return nil
				}
				text = append(text, runes[be.Uint16(g[:])])
			}
		}
	}
	return texts
}
