package pdfletter

import "strings"

// lines breaks text so that no line is wider than room, in thousandths of the
// size. A newline ends a line. Each line but the last ends in a blank, unless
// it was broken inside a word: without it a screen reader joins two words.
func (f *font) lines(text string, room int) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if len(out) > 0 {
			out[len(out)-1] += " "
		}
		out = append(out, f.wrap(strings.TrimRight(line, " "), room)...)
	}
	return out
}

// wrap breaks one line at its blanks; a word wider than the room where it must.
func (f *font) wrap(text string, room int) []string {
	var out []string
	start, used := 0, 0 // of the line being filled
	blank := -1         // where it can end: after this blank
	for i, r := range text {
		w := int(f.widths[f.glyph(r)])
		if r == ' ' {
			used += w // may hang over the edge
			blank = i + 1
			continue
		}
		if used+w > room && i > start {
			at := i
			if blank > start {
				at = blank
			}
			out = append(out, text[start:at])
			start, used = at, f.width(text[at:i])
			blank = -1
		}
		used += w
	}
	return append(out, text[start:])
}
