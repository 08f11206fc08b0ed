package engine

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Reading is the text of a picture as tesseract tells it.
type Reading struct {
	Text       []byte  // lines, and blank lines between paragraphs
	Confidence float64 // mean of the words, by their length: 0 to 100
}

// Columns of tesseract's table, and the level of its rows that are words.
const (
	tsvLevel, tsvBlock, tsvParagraph, tsvLine = 0, 2, 3, 4
	tsvConfidence, tsvText                    = 10, 11
	tsvColumns                                = 12
	tsvWord                                   = "5"
)

// ParseReading reads tesseract's table of words. It believes nothing: a row that
// does not fit is passed over.
func ParseReading(table []byte) (r Reading) {
	var last [3]string // block, paragraph and line of the word before
	var weight, sum float64
	for row := range bytes.Lines(table) {
		c := bytes.SplitN(bytes.TrimRight(row, "\r\n"), []byte("\t"), tsvColumns)
		if len(c) != tsvColumns || string(c[tsvLevel]) != tsvWord {
			continue
		}
		word := bytes.ToValidUTF8(bytes.TrimSpace(c[tsvText]), nil)
		confidence, err := strconv.ParseFloat(string(c[tsvConfidence]), 64)
		if err != nil || !(confidence >= 0 && confidence <= 100) || len(word) == 0 {
			continue
		}
		at := [3]string{string(c[tsvBlock]), string(c[tsvParagraph]), string(c[tsvLine])}
		switch {
		case len(r.Text) == 0:
		case at[0] != last[0] || at[1] != last[1]:
			r.Text = append(r.Text, "\n\n"...)
		case at[2] != last[2]:
			r.Text = append(r.Text, '\n')
		default:
			r.Text = append(r.Text, ' ')
		}
		last = at
		r.Text = append(r.Text, word...)
		n := float64(utf8.RuneCount(word))
		weight, sum = weight+n, sum+n*confidence
	}
	if weight > 0 {
		r.Confidence = sum / weight
		r.Text = append(r.Text, '\n')
	}
	return r
}
