package extract

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// pptx is a presentation of PowerPoint since 2007.
var pptx = Format{
	Name:       "pptx",
	Extensions: []string{"pptx", "pptm", "ppsx", "potx"},
	Sniff:      func(in *Input) bool { return sniffOOXML(in, "ppt/") },
	Read:       readPPTX,
}

// readPPTX hands over the slides, with the notes and comments to each.
func readPPTX(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	o, err := openOOXML(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	for _, p := range slideParts(o.zip.Members) {
		s := &slide{out: o.out, at: breach.At(breach.Step{Unit: breach.Slide, N: p.number})}
		if p.beside {
			s.at = s.at.Down(breach.Step{Unit: breach.Comment})
		}
		if err := o.part(p.name, s.read); err != nil {
			return o.outcome(), err
		}
	}
	return o.outcome(), o.rest()
}

// slidePart is a part of the archive with the text of a slide or beside it.
type slidePart struct {
	name   string
	number int64
	beside bool // notes or comments
}

// slideParts lists the slides by the numbers in their names, each with what
// stands beside it.
func slideParts(members []*member) []slidePart {
	var parts []slidePart
	for _, m := range members {
		key := memberKey(m.Name)
		if path.Ext(key) != ".xml" || !strings.HasPrefix(key, "ppt/") {
			continue
		}
		base := strings.TrimSuffix(path.Base(key), ".xml")
		word := strings.TrimRight(base, "0123456789")
		n, _ := strconv.ParseInt(base[len(word):], 10, 32)
		switch word {
		case "slide", "notesslide", "comment", "moderncomment", "comments":
			parts = append(parts, slidePart{m.Name, max(n, 1), word != "slide"})
		}
	}
	slices.SortStableFunc(parts, func(a, b slidePart) int { return cmp.Compare(a.number, b.number) })
	return parts
}

// slide reads the text of PresentationML and DrawingML: ECMA-376, part 1, 19
// and 21.
type slide struct {
	out    Sink
	at     breach.Place
	prose  *batch
	rows   *batch // of the table that is open; nil for none
	tables int64
	line   []byte
	row    []byte
	inText bool
}

func (s *slide) read(m *markup) error {
	s.prose = newBatch(s.out, s.at, breach.Paragraph)
	for {
		kind, err := m.Next()
		if err != nil {
			if e := s.end(); e != nil {
				return e
			}
			return err
		}
		switch kind {
		case startTag:
			s.start(m)
		case textRun:
			if s.inText {
				s.line = append(s.line, m.Text()...)
			}
		case endTag:
			err = s.stop(m)
		}
		if len(s.line) > batchSize {
			err = s.paragraph()
		}
		if err != nil {
			return err
		}
	}
}

func (s *slide) start(m *markup) {
	switch m.Name() {
	case "t", "text": // of a run; of a comment
		s.inText = true
	case "br":
		s.line = append(s.line, ' ')
	case "tbl":
		s.tables++
		at := s.at
		if at.Depth() < 2 { // room for the table beside the row
			at = at.Down(breach.Step{Unit: breach.Table, N: s.tables})
		}
		s.rows = newBatch(s.out, at, breach.Row)
	case "tr":
		s.row = s.row[:0]
	case "cNvPr": // the text beside a picture
		s.line = append(s.line, m.Attr("descr")...)
	}
}

func (s *slide) stop(m *markup) error {
	switch m.Name() {
	case "t":
		s.inText = false
	case "text":
		s.inText = false
		return s.paragraph()
	case "p", "nvPr", "cNvPr":
		if s.rows == nil {
			return s.paragraph()
		}
		s.line = append(s.line, ' ')
	case "tc":
		s.row = appendCell(s.row, bytes.TrimSpace(s.line))
		s.row = append(s.row, '\t')
		s.line = s.line[:0]
	case "tr":
		if s.rows != nil {
			return s.rows.Add(bytes.TrimSuffix(s.row, []byte("\t")))
		}
	case "tbl":
		if s.rows != nil {
			err := s.rows.Flush()
			s.rows = nil
			return err
		}
	}
	return nil
}

func (s *slide) paragraph() error {
	line := bytes.TrimSpace(s.line)
	s.line = s.line[:0]
	if len(line) == 0 {
		return nil
	}
	return s.prose.Add(line)
}

// end hands over what is open.
func (s *slide) end() error {
	if s.rows != nil {
		if err := s.rows.Flush(); err != nil {
			return err
		}
	}
	if err := s.paragraph(); err != nil {
		return err
	}
	return s.prose.Flush()
}
