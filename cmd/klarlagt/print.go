package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// printJSON prints one result as indented JSON.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// table prints rows in columns. Columns whose heading begins with ">" are set
// to the right.
type table struct {
	headings []string
	rows     [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (a *app) printTable(t table) {
	widths := make([]int, len(t.headings))
	right := make([]bool, len(t.headings))
	heads := make([]string, len(t.headings))
	for i, h := range t.headings {
		heads[i], right[i] = strings.CutPrefix(h, ">")
		widths[i] = utf8.RuneCountInString(heads[i])
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range append([][]string{heads}, t.rows...) {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if n == 0 {
				cell = a.outStyle().bold(cell)
			}
			switch {
			case right[i]:
				b.WriteString(pad + cell)
			case i == len(row)-1:
				b.WriteString(cell)
			default:
				b.WriteString(cell + pad)
			}
			b.WriteString("  ")
		}
		fmt.Fprintln(a.out, strings.TrimRight(b.String(), " "))
	}
}

// printJSONLine prints one result of many on a line of its own.
func (a *app) printJSONLine(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// outStyle is the style of results: colours only where they end on a terminal.
func (a *app) outStyle() style { return style{on: a.style.on && isTerminal(os.Stdout)} }
