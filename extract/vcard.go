package extract

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var vcardFormat = Format{
	Name:       "vcard",
	Extensions: []string{"vcf", "ics"},
	Sniff: func(in *Input) bool {
		head := bytes.ToUpper(bytes.TrimLeft(in.TextHead()[:min(len(in.TextHead()), 64)], " \n"))
		return hasAnyPrefix(head, "BEGIN:VCARD", "BEGIN:VCALENDAR")
	},
	Read: readCards,
}

// readCards hands over the cards of an address book, and the entries of a
// calendar, as records; see RFC 6350 and RFC 5545.
func readCards(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d := newDecoder(in.Stream(), "")
	c := cards{rec: newRecorder(out, breach.Place{})}
	err := chunks(d, '\n', func(text []byte) error {
		for line := range bytes.Lines(text) {
			c.line(line)
		}
		return c.rec.err
	})
	c.property()
	if e := c.rec.Flush(); e != nil {
		return breach.Outcome{}, e
	}
	return textOutcome(d), err
}

// cards reads the lines of cards.
type cards struct {
	rec   *recorder
	field []byte // unfolded so far
	soft  bool   // the line before asks for the next, as quoted-printable does
}

// maxField is the longest property; what is longer is a picture.
const maxField = 1 << 20

func (c *cards) line(line []byte) {
	whole := bytes.HasSuffix(line, []byte("\n"))
	line = bytes.TrimRight(line, "\n")
	if folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t'); folded || c.soft {
		if folded {
			line = line[1:]
		}
		if len(c.field) < maxField {
			c.field = append(c.field, line...)
		}
	} else {
		c.property()
		c.field = append(c.field[:0], line...)
	}
	upper := bytes.ToUpper(c.field[:min(len(c.field), 100)])
	c.soft = !whole || bytes.HasSuffix(line, []byte("=")) && bytes.Contains(upper, []byte("QUOTED-PRINTABLE"))
	if c.soft && whole {
		c.field = append(c.field, '\n')
	}
}

// property takes an unfolded line: "TEL;TYPE=CELL:070-174 06 05".
func (c *cards) property() {
	head, value, ok := bytes.Cut(c.field, []byte(":"))
	c.field = c.field[len(c.field):]
	if !ok {
		return
	}
	parts := splitQuoted(string(head), ';')
	name := strings.ToUpper(strings.TrimSpace(parts[0]))
	name = name[strings.LastIndexByte(name, '.')+1:] // item1.TEL
	switch name {
	case "BEGIN":
		c.rec.Open("")
		return
	case "END":
		c.rec.Close(nil)
		return
	case "VERSION", "PRODID", "UID", "REV", "DTSTAMP", "SEQUENCE", "PHOTO", "LOGO", "KEY", "TZID", "RRULE", "TRIGGER":
		return
	}
	for _, p := range parts[1:] {
		switch key, v, _ := strings.Cut(p, "="); {
		case strings.EqualFold(key, "CN"), strings.EqualFold(key, "EMAIL"):
			c.rec.Value(name, []byte(strings.Trim(v, `"`)))
		case strings.EqualFold(v, "QUOTED-PRINTABLE"), strings.EqualFold(p, "QUOTED-PRINTABLE"):
			value, _ = io.ReadAll(newDecoder(&quotedPrintable{r: bytes.NewReader(value)}, "")) // at most maxField
		}
	}
	c.rec.Value(name, plainValue(value))
}

// plainValue undoes the escapes of a value, and its inner separators.
func plainValue(value []byte) []byte {
	value = bytes.TrimPrefix(value, []byte("mailto:"))
	value = bytes.TrimPrefix(value, []byte("MAILTO:"))
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		switch v := value[i]; {
		case v == '\\' && i+1 < len(value):
			i++
			if v = value[i]; v == 'n' || v == 'N' {
				v = ' '
			}
			out = append(out, v)
		case v == ';':
			out = append(out, ' ')
		default:
			out = append(out, v)
		}
	}
	return out
}
