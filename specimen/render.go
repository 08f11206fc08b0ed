package specimen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// format is one way of writing a paper.
type format struct {
	name  string // as in the key
	ext   string
	plain bool
	write func(d *dice, p *paper) ([]byte, error)
}

// proseFormats are for papers of paragraphs, one line for each share of them.
var proseFormats = []format{
	{"docx", "docx", true, func(_ *dice, p *paper) ([]byte, error) { return docx(p) }},
	{"docx", "docx", true, func(_ *dice, p *paper) ([]byte, error) { return docx(p) }},
	{"docx", "docx", true, func(_ *dice, p *paper) ([]byte, error) { return docx(p) }},
	{"pdf", "pdf", true, pdf},
	{"pdf", "pdf", true, pdf},
	{"pdf", "pdf", true, pdf},
	{"odt", "odt", true, func(_ *dice, p *paper) ([]byte, error) { return odt(p) }},
	{"txt", "txt", true, text(encoding.Nop)},
	{"txt", "txt", true, text(encoding.Nop)},
	{"html", "html", true, func(_ *dice, p *paper) ([]byte, error) { return prosePage(p), nil }},
	{"txt-1252", "txt", true, text(charmap.Windows1252)},
	{"txt-cp850", "txt", false, text(charmap.CodePage850)},
	{"txt-utf16", "txt", false, text(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM))},
}

// tableFormats are for papers of rows.
var tableFormats = []format{
	{"xlsx", "xlsx", true, func(_ *dice, p *paper) ([]byte, error) { return workbook(p.in("Blad1", "Taul1"), p.rows) }},
	{"xlsx", "xlsx", true, func(_ *dice, p *paper) ([]byte, error) { return workbook(p.in("Blad1", "Taul1"), p.rows) }},
	{"csv", "csv", true, func(d *dice, p *paper) ([]byte, error) { return quoted(p.rows, one(d, []rune{';', ';', ',', '\t'})) }},
	{"csv-1252", "csv", true, func(_ *dice, p *paper) ([]byte, error) {
		b, err := quoted(p.rows, ';')
		if err != nil {
			return nil, err
		}
		return charmap.Windows1252.NewEncoder().Bytes(b)
	}},
	{"ods", "ods", true, func(_ *dice, p *paper) ([]byte, error) { return ods(p) }},
	{"html", "html", true, func(_ *dice, p *paper) ([]byte, error) { return tablePage(p), nil }},
	{"json", "json", true, func(_ *dice, p *paper) ([]byte, error) { return records(p, "[\n", ",\n", "\n]\n") }},
	{"ndjson", "jsonl", true, func(_ *dice, p *paper) ([]byte, error) { return records(p, "", "\n", "\n") }},
	{"xml", "xml", true, func(_ *dice, p *paper) ([]byte, error) { return elements(p), nil }},
}

var logFormat = format{"log", "log", true, text(encoding.Nop)}

// text writes the paragraphs with blank lines between them.
func text(e encoding.Encoding) func(*dice, *paper) ([]byte, error) {
	return func(_ *dice, p *paper) ([]byte, error) {
		s := strings.Join(p.withTitle(), "\n\n") + "\n"
		if e != encoding.Nop {
			s = strings.ReplaceAll(s, "\n", "\r\n")
		}
		return e.NewEncoder().Bytes([]byte(s))
	}
}

func prosePage(p *paper) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title></head><body>\n<h1>%[2]s</h1>\n", p.lang, escaped(p.title))
	for _, para := range p.paras {
		fmt.Fprintf(&b, "<p>%s</p>\n", strings.ReplaceAll(escaped(para), "&#xA;", "<br>\n"))
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

func tablePage(p *paper) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title></head><body><table>\n", p.lang, escaped(p.name))
	for i, row := range p.rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, cell := range row {
			fmt.Fprintf(&b, "<%s>%s</%[1]s>", tag, escaped(cell))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></body></html>\n")
	return []byte(b.String())
}

// fields are the headings as programs name them: "vårdnadshavares_telefon".
func (p *paper) fields() []string {
	names := slices.Clone(p.rows[0])
	for i, n := range names {
		names[i] = strings.NewReplacer(" ", "_", ".", "", "-", "_").Replace(strings.ToLower(n))
	}
	return names
}

// records writes a JSON object for each row.
func records(p *paper, before, between, after string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(before)
	fields := p.fields()
	for i, row := range p.rows[1:] {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteByte('{')
		for c, cell := range row {
			if c > 0 {
				b.WriteByte(',')
			}
			name, err := json.Marshal(fields[c])
			if err != nil {
				return nil, err
			}
			value, err := json.Marshal(cell)
			if err != nil {
				return nil, err
			}
			b.Write(append(append(name, ':'), value...))
		}
		b.WriteByte('}')
	}
	b.WriteString(after)
	return b.Bytes(), nil
}

// elements writes an XML element for each row.
func elements(p *paper) []byte {
	var b strings.Builder
	b.WriteString(xmlHead + "<export>\n")
	fields := p.fields()
	for _, row := range p.rows[1:] {
		b.WriteString("  <post>")
		for c, cell := range row {
			fmt.Fprintf(&b, "<%s>%s</%[1]s>", fields[c], escaped(cell))
		}
		b.WriteString("</post>\n")
	}
	b.WriteString("</export>\n")
	return []byte(b.String())
}
