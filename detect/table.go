package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// table is what is known of the table whose rows are being read.
type table struct {
	place   breach.Place // without the row
	rows    int          // seen so far
	columns []field      // by the headings; empty without headings
	people  bool         // a heading names something that can point to a person
	about   breach.Kinds // what its title says
	titles  [8]titleWord
	ntitles int
}

// titleWord is a word of a table's title that says what it is about.
type titleWord struct {
	kind breach.Kind
	text breach.Personal
}

// maxHeadingRow is how far down the headings of a table may stand.
const maxHeadingRow = 20

// maxColumns bounds how many columns have headings.
const maxColumns = 512

// rows reads rows of a table: by its headings if it has any, else wherever the
// first pass has found something.
func (s *Scanner) rows(p breach.Passage, emit func(breach.Mention) error) error {
	s.where.set(p.Text, p.Place)
	s.scan(p.Text)
	place := p.Place
	place.Path[place.Depth()-1] = breach.Step{}
	place.Offset = 0
	if place != s.table.place || s.table.rows == 0 {
		s.table = table{place: place, columns: s.table.columns[:0]}
		s.titleOf(place)
	}
	hits := s.text.hits
	for from := 0; from < len(p.Text); {
		to := lineEnd(p.Text, from)
		var in []hit
		in, hits = hitsIn(hits, to)
		if s.table.rows < maxHeadingRow && !certain(in) && s.headings(p.Text[from:to]) {
			from, s.table.rows = to+1, s.table.rows+1
			continue
		}
		s.table.rows++
		if telling(in) || s.table.people {
			if err := s.row(from, to, in, emit); err != nil {
				return err
			}
		} else if s.table.rows >= maxHeadingRow && len(hits) > 0 {
			// Without headings, rows without hits say nothing: on to the next hit.
			next := bytes.LastIndexByte(p.Text[:hits[0].from], '\n') + 1
			to = max(to, next-1)
		} else if s.table.rows >= maxHeadingRow {
			return nil
		}
		from = to + 1
	}
	return nil
}

func lineEnd(b []byte, from int) int {
	if i := bytes.IndexByte(b[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(b)
}

// certain reports whether hits hold one that no heading has.
func certain(hits []hit) bool {
	for i := range hits {
		if k := hits[i].Kind; k == breach.NationalID || k == breach.Email || k == breach.BankAccount {
			return true
		}
	}
	return false
}

// headings takes a row for headings if its cells say so, or for a title above
// them.
func (s *Scanner) headings(row []byte) bool {
	known, cells, column := 0, 0, 0
	var fields [maxColumns]field
	for cell := range bytes.SplitSeq(row, []byte("\t")) {
		cell = bytes.TrimSpace(cell)
		if len(cell) > 0 && column < maxColumns {
			cells++
			if fields[column] = labels().heading(cell); fields[column].kind != 0 {
				known++
			}
		}
		column++
	}
	t := &s.table
	switch {
	case known >= 2 && 3*known >= cells:
	case known == 1 && cells <= 4 && len(t.columns) == 0 && number(row) == 0 && tellsPeople(fields[:min(column, maxColumns)]):
	case cells > 0 && cells <= 2 && len(t.columns) == 0:
		s.title(row)
		return false
	default:
		return false
	}
	t.columns = append(t.columns[:0], fields[:min(column, maxColumns)]...)
	repeated(t.columns)
	t.people = tellsPeople(t.columns)
	return true
}

// tellsPeople reports whether one of the fields can point to a person.
func tellsPeople(fields []field) bool {
	for _, f := range fields {
		switch f.kind {
		case breach.Name, breach.NationalID, breach.Email, breach.Phone, breach.Username, breach.BankAccount, breach.Passport:
			return true
		}
	}
	return false
}

// repeated numbers guardians whose headings come twice without a number.
func repeated(columns []field) {
	seen := map[field]int{}
	for i, f := range columns {
		if !f.guardian || f.group != 0 {
			continue
		}
		columns[i].group += seen[f] * 10
		seen[f]++
	}
}

// title notes what a title says a table is about.
func (s *Scanner) title(text []byte) {
	t := &s.table
	topicWords().each(text, func(kind breach.Kind, from, to int) {
		if !t.about.Has(kind) && t.ntitles < len(t.titles) {
			t.about |= breach.KindsOf(kind)
			t.titles[t.ntitles] = titleWord{kind, breach.Hide(string(text[from:to]))}
			t.ntitles++
		}
	})
}

// titleOf notes what the names of a sheet or table say.
func (s *Scanner) titleOf(place breach.Place) {
	for _, step := range place.Path {
		if !step.Name.IsZero() {
			s.title([]byte(step.Name.Reveal()))
		}
	}
}

// row reads one row.
func (s *Scanner) row(from, to int, hits []hit, emit func(breach.Mention) error) error {
	if from == to {
		return nil
	}
	if len(hits) > maxHits {
		return s.line(from, to, hits, emit)
	}
	u := s.begin(from, to, hits)
	t := &s.table
	if t.people {
		dropAcrossCells(u)
	}
	column := 0
	for at := from; at <= to; column++ {
		end := at
		if i := bytes.IndexByte(u.b[at:to], '\t'); i >= 0 {
			end += i
		} else {
			end = to
		}
		if column < len(t.columns) && t.columns[column].kind != 0 {
			u.read(value{t.columns[column], at, at, end})
			s.document.columns |= breach.KindsOf(t.columns[column].kind)
		}
		at = end + 1
	}
	u.join()
	if len(u.hits) == u.first {
		s.done()
		return nil
	}
	if len(t.columns) == 0 {
		u.smallNames(from, to)
		u.labelsIn(from, to)
		u.join()
		u.digitsIn(from, to)
		u.strangers()
		u.topicsIn(from, to)
	} else {
		s.freeCells(u)
	}
	s.addTitles(u)
	return s.emit(emit)
}

// dropAcrossCells removes names whose words stand in several cells: where
// headings say which cells hold names, those are read by them.
func dropAcrossCells(u *unit) {
	kept := u.hits[:u.first]
	for _, h := range u.hits[u.first:] {
		if h.Kind != breach.Name || bytes.IndexByte(u.b[h.from:h.to], '\t') < 0 {
			kept = append(kept, h)
		}
	}
	u.hits = kept
}

// freeCells reads the cells without a known heading as running text.
func (s *Scanner) freeCells(u *unit) {
	column := 0
	for at := u.from; at <= u.to; column++ {
		end := u.to
		if i := bytes.IndexByte(u.b[at:u.to], '\t'); i >= 0 {
			end = at + i
		}
		known := column < len(s.table.columns) && s.table.columns[column].kind != 0
		if !known && end-at >= topicKey {
			u.smallNames(at, end)
			u.digitsIn(at, end)
			u.topicsIn(at, end)
		}
		at = end + 1
	}
}

// addTitles gives a row what the table's title says, unless a column of the
// table says it for each row.
func (s *Scanner) addTitles(u *unit) {
	t := &s.table
	for _, w := range t.titles[:t.ntitles] {
		byColumn := false
		for _, f := range t.columns {
			byColumn = byColumn || f.kind == w.kind
		}
		if !byColumn {
			u.hits = append(u.hits, hit{from: u.from, to: u.from, Finding: breach.Finding{Kind: w.kind, Form: "title",
				Value: w.text, Strength: breach.Weak}})
		}
	}
}
