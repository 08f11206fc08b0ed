package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// This file tells where paragraphs begin and end.

// byLine reports whether each line is a paragraph of its own: in documents,
// and in the runs of readable bytes of a file that no reader knows.
func byLine(unit breach.Unit) bool { return unit == breach.Paragraph || unit == breach.Bytes }

// blockEnd finds the end of the paragraph that text goes on with.
func blockEnd(text []byte, unit breach.Unit) int {
	if !byLine(unit) {
		if i := blankLine(text, 0); i >= 0 {
			return i
		}
		return len(text)
	}
	for from := 0; from < len(text); {
		to := lineEnd(text, from)
		if !labelled(text[from:to]) {
			return from
		}
		from = to + 1
	}
	return len(text)
}

// blockStart finds where the last paragraph of text begins.
func blockStart(text []byte, unit breach.Unit) int {
	if !byLine(unit) {
		start := 0
		from := max(0, len(text)-maxBlock-1)
		for {
			i := blankLine(text, from)
			if i < 0 {
				return start
			}
			from = i + 1
			start = from
		}
	}
	start := len(text)
	for start > 0 && len(text)-start < maxBlock {
		from := bytes.LastIndexByte(text[:start-1], '\n') + 1
		if !labelled(bytes.TrimSuffix(text[from:start], []byte("\n"))) {
			break
		}
		start = from
	}
	return start
}

// blankLine finds the end of the first blank line that begins after from; -1
// if there is none. A blank line in the very beginning counts.
func blankLine(text []byte, from int) int {
	for i := from; i < len(text); {
		n := bytes.IndexByte(text[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		j := i
		for j < len(text) && (text[j] == ' ' || text[j] == '\t' || text[j] == '\r') {
			j++
		}
		if j < len(text) && text[j] == '\n' {
			return j
		}
	}
	return -1
}

// labelled reports whether a line is "label: value" with a label we know.
func labelled(line []byte) bool { return lineLabel(line).kind != 0 }

func lineLabel(line []byte) field {
	label, at := splitLabel(line)
	if at == 0 || len(label) > maxLabel {
		return field{}
	}
	return labels().heading(label)
}

// blockAround finds the paragraph around a byte, and whether it is too long to
// be read as one.
func blockAround(text []byte, at int, unit breach.Unit) (from, to int, long bool) {
	if byLine(unit) {
		from, to = formAround(text, at)
		return from, to, false
	}
	from = at
	for {
		i := bytes.LastIndexByte(text[:from], '\n')
		if i < 0 {
			from = 0
			break
		}
		if len(bytes.TrimSpace(text[lineStart(text, i):i])) == 0 && i < at {
			from = i + 1
			break
		}
		from = i
		if at-from > maxBlock {
			from = bytes.LastIndexByte(text[:at], '\n') + 1
			return from, lineEnd(text, at), true
		}
	}
	to = at
	for {
		to = lineEnd(text, to)
		if to-from > maxBlock {
			from = bytes.LastIndexByte(text[:at], '\n') + 1
			return from, lineEnd(text, at), true
		}
		if to == len(text) {
			break
		}
		next := lineEnd(text, to+1)
		if len(bytes.TrimSpace(text[to+1:next])) == 0 {
			break
		}
		to++
	}
	return from, to, bytes.Count(text[from:to], []byte("\n")) >= maxLines
}

func lineStart(text []byte, i int) int { return bytes.LastIndexByte(text[:i], '\n') + 1 }

// formAround finds the line around a byte and, where it is "label: value", its
// neighbours that are so too.
func formAround(text []byte, at int) (from, to int) {
	from, to = lineStart(text, at), lineEnd(text, at)
	if !labelled(text[from:to]) {
		return from, to
	}
	for from > 0 && to-from < maxBlock {
		p := lineStart(text, from-1)
		if !labelled(text[p : from-1]) {
			break
		}
		from = p
	}
	for to < len(text) && to-from < maxBlock {
		q := lineEnd(text, to+1)
		if !labelled(text[to+1 : q]) {
			break
		}
		to = q
	}
	return from, to
}
