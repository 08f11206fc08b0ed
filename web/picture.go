package web

import (
	"fmt"
	"html/template"
	"strings"
)

// icon draws a symbol of the page. Its meaning always stands beside it in words.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="#` + template.HTMLEscapeString(name) + `"/></svg>`) // #nosec G203 -- drawn by us; what comes from outside is escaped
}

// bar draws one thin bar: a part of a whole.
func bar(fill string, part, of int64) template.HTML {
	return bars(of, segment{fill, part})
}

// segment is a stretch of a bar.
type segment struct {
	fill string // class f-…: a grade, "upper", "read", "gap"
	n    int64
}

// bars draws stretches one after the other over a track as long as the whole.
// A number above nothing is never too thin to be seen.
func bars(of int64, segments ...segment) template.HTML {
	const length, least = 200.0, 2.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="bar" viewBox="0 0 %.0f 4" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="f-track" width="%.0f" height="4"/>`, length, length)
	at := 0.0
	for _, s := range segments {
		if s.n <= 0 || of <= 0 {
			continue
		}
		width := min(max(length*float64(s.n)/float64(of), least), length-at)
		fmt.Fprintf(&b, `<rect class="f-%s" x="%.2f" width="%.2f" height="4"/>`, template.HTMLEscapeString(s.fill), at, width)
		at += width
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // #nosec G203 -- drawn by us; what comes from outside is escaped
}
