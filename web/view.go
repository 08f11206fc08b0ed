package web

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/locale"
)

// What a report lists before it sums up: gaps, types or folders, and the
// groups that fit beside each other on a page.
const (
	maxGaps   = 200
	maxParts  = 25
	maxGroups = 6
)

// view is the report's data as the template lays them out.
type view struct {
	Data      ReportData
	Style     template.CSS
	StyleHash string

	Total, Unread sum
	Protected     string
	Grades        []gradeRow
	Strangers     []gradeRow
	Legend        []breach.Grade
	Matrices      []matrix
	Absent        string
	Stages        []stage
	Parts         []part
	Gaps          []Gap
	GapsMore      int64
	Words         []string
}

type sum struct{ Items, Bytes int64 }

type gradeRow struct {
	Grade  breach.Grade
	People int64
}

// matrix is who by what, for as many groups as fit beside each other.
type matrix struct {
	ID, Caption string
	First       int // which of all groups its first is
	Groups      []Group
	Rows        []matrixRow
}

// matrixRow is one kind of data over the groups.
type matrixRow struct {
	Title string
	Kind  string // "" in the row of any kind of data
	Any   bool
	Cells []matrixCell
}

type matrixCell struct {
	Group  string
	Path   string // to the list of its people; "" in the report
	Grade  breach.Grade
	Number string
	Less   []lessSure
	AtMost string
	Bar    template.HTML
}

// lessSure is how many more there are of a grade below the cell's own.
type lessSure struct {
	Grade  breach.Grade
	Number string
}

// stage is the states that are done with, or those that leave something open.
type stage struct {
	sum
	Gap    bool
	Fill   string
	States []stateRow
}

type stateRow struct {
	StateCount
	Fill string
	Open string // what remains open, in words
}

// part is a table of coverage by type, by folder or by size.
type part struct {
	ID, Caption, Head string
	Rows              []partRow
}

type partRow struct {
	PartCount
	Open string // what remains open, in words
}

func newView(d ReportData, p *locale.Printer) *view {
	v := &view{
		Data:      d,
		Protected: people(d.Protected, true, p),
		Grades:    gradeRows(d.Exposed.Grades),
		Strangers: gradeRows(d.Strangers),
		Legend:    []breach.Grade{breach.Proven, breach.Likely, breach.Possible, breach.Excluded, breach.Unknown},
		Gaps:      d.Coverage.Gaps[:min(len(d.Coverage.Gaps), maxGaps)],
		Words:     []string{"entry", "exposed", "item", "gap", "register", "protected", "stranger", "trace"},
	}
	v.GapsMore = d.Coverage.GapsMore + int64(len(d.Coverage.Gaps)-len(v.Gaps))
	v.Total.Items, v.Total.Bytes = d.Coverage.total(func(breach.State) bool { return true })
	v.Unread.Items, v.Unread.Bytes = d.Coverage.total(breach.State.IsGap)
	v.matrices(p)
	v.Stages = []stage{newStage(d.Coverage.States, false, p), newStage(d.Coverage.States, true, p)}
	v.Parts = []part{
		{"types-caption", p.T("report.types.caption"), p.T("report.types.type"), largest(d.Coverage.Types, p.T("report.types.none"), p)},
		{"folders-caption", p.T("report.folders.caption"), p.T("report.folders.folder"), largest(d.Coverage.Folders, p.T("report.folders.none"), p)},
		{"sizes-caption", p.T("report.sizes.caption"), p.T("report.cover.size"), sizes(d.Coverage.Sizes, p)},
	}
	return v
}

func gradeRows(g Grades) []gradeRow {
	return []gradeRow{{breach.Proven, g.Proven}, {breach.Likely, g.Likely}, {breach.Possible, g.Possible}}
}

// fewOf reports whether so few people with a protected identity are not counted out.
func fewOf(n int64) bool { return n > 0 && n < casework.FewPeople }

// people writes a number of people, hidden where it is small and must be.
func people(n int64, hidden bool, p *locale.Printer) string {
	if hidden && fewOf(n) {
		return p.T("report.few", "Number", int64(casework.FewPeople))
	}
	return p.Number(n)
}

// matrices lay out who by what: a row for any data and one for each kind that
// something is known of in any group. A line names the kinds nothing is known
// of.
func (v *view) matrices(p *locale.Printer) {
	var found []breach.Kind
	var absent []string
	for _, k := range breach.AllKinds() {
		if slices.ContainsFunc(v.Data.Groups, func(g Group) bool { return g.Kinds[k].Upper > 0 }) {
			found = append(found, k)
		} else {
			absent = append(absent, k.Title(p.Lang()))
		}
	}
	v.Absent = p.List(absent)
	if len(found) == 0 {
		return
	}
	all := v.Data.Groups
	tables := (len(all) + maxGroups - 1) / maxGroups
	for first, n := 0, 1; n <= tables; n++ { // as even as can be: seven are four and three
		groups := all[first : len(all)*n/tables]
		m := newMatrix(groups, found, p)
		m.First, m.ID = first, "matrix-caption-"+strconv.Itoa(n)
		m.Caption = p.T("report.matrix.caption")
		if tables > 1 {
			m.Caption = p.T("report.matrix.caption-part", "First", first+1, "Last", first+len(groups), "All", len(all))
		}
		v.Matrices = append(v.Matrices, m)
		first += len(groups)
	}
}

func newMatrix(groups []Group, kinds []breach.Kind, p *locale.Printer) matrix {
	m := matrix{Groups: groups}
	total := matrixRow{Title: p.T("report.matrix.any"), Any: true}
	for _, g := range groups {
		total.Cells = append(total.Cells, newCell(g, g.Any, false, p))
	}
	m.Rows = append(m.Rows, total)
	for _, k := range kinds {
		row := matrixRow{Title: title(k.Title(p.Lang())), Kind: k.String()}
		for _, g := range groups {
			row.Cells = append(row.Cells, newCell(g, g.Kinds[k], k == breach.ProtectedIdentity, p))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// newCell shows the number with the surest grade, those less sure, the upper
// bound where it says more, and all of them as a share of the group.
func newCell(g Group, c Cell, hidden bool, p *locale.Printer) matrixCell {
	cell := matrixCell{Group: g.Name, Grade: c.best()}
	if hidden && slices.ContainsFunc([]int64{c.Proven, c.Likely, c.Possible, c.Upper}, fewOf) {
		if cell.Number = people(c.Upper, true, p); !fewOf(c.Upper) { // how sure of how many would tell of those few
			cell.Number = p.T("report.matrix.at-most", "Number", c.Upper)
		}
		return cell
	}
	for _, row := range gradeRows(c.Grades) {
		switch {
		case row.Grade == cell.Grade:
			cell.Number = people(row.People, hidden, p)
		case row.People > 0:
			cell.Less = append(cell.Less, lessSure{row.Grade, people(row.People, hidden, p)})
		}
	}
	if cell.Grade == breach.Unknown {
		cell.Number = p.T("report.matrix.unknown")
		if c.Upper == 0 && c.Excluded >= g.Registered && g.Registered > 0 {
			cell.Grade, cell.Number = breach.Excluded, p.T("report.matrix.excluded")
		}
	}
	if c.Upper == 0 {
		return cell
	}
	if c.Upper > c.Sum() {
		cell.AtMost = p.T("report.matrix.at-most", "Number", c.Upper)
	}
	cell.Bar = bars(g.Registered, segment{"proven", c.Proven}, segment{"likely", c.Likely}, segment{"possible", c.Possible},
		segment{"upper", c.Upper - c.Sum()})
	return cell
}

// newStage gathers the states that are gaps, or those that are none.
func newStage(states []StateCount, gap bool, p *locale.Printer) stage {
	s := stage{Gap: gap, Fill: "read"}
	if gap {
		s.Fill = "gap"
	}
	for _, st := range breach.States() {
		for _, c := range states {
			if c.State != st || st.IsGap() != gap || c.Items == 0 {
				continue
			}
			s.Items += c.Items
			s.Bytes += c.Bytes
			s.States = append(s.States, stateRow{c, s.Fill, remains(c, p)})
		}
	}
	return s
}

// remains writes what is open of a state: "38 password needed · 3 malformed".
func remains(c StateCount, p *locale.Printer) string {
	if !c.State.IsGap() {
		return "–"
	}
	var words []string
	rest := c.Items
	list := slices.Clone(c.Reasons)
	slices.SortStableFunc(list, func(a, b ReasonCount) int { return cmp.Compare(b.Items, a.Items) })
	for _, r := range list {
		if r.Reason != "" && r.Items > 0 {
			words = append(words, p.T("report.cover.reason", "Number", r.Items, "Reason", p.T("reason."+string(r.Reason))))
			rest -= r.Items
		}
	}
	if rest > 0 {
		words = append(words, p.T("report.cover.rest", "Number", rest))
	}
	return strings.Join(words, " · ")
}

// largest gives the parts with the most items, and the others as one, so that
// the sum stays the same. A part without a name gets one that says so.
func largest(parts []PartCount, none string, p *locale.Printer) []partRow {
	parts = slices.Clone(parts)
	for i := range parts {
		if parts[i].Name == "" {
			parts[i].Name = none
		}
	}
	slices.SortStableFunc(parts, func(a, b PartCount) int { return cmp.Compare(b.Items, a.Items) })
	if len(parts) <= maxParts {
		return partRows(parts, p)
	}
	others := PartCount{Name: p.T("report.cover.others", "Count", len(parts)-maxParts+1)}
	for _, o := range parts[maxParts-1:] {
		others.Items, others.Bytes, others.Gaps = others.Items+o.Items, others.Bytes+o.Bytes, others.Gaps+o.Gaps
	}
	return partRows(append(parts[:maxParts-1], others), p)
}

// sizes gives the size classes by the names that people read.
func sizes(parts []PartCount, p *locale.Printer) []partRow {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Name = p.T("size." + parts[i].Name)
	}
	return partRows(parts, p)
}

func partRows(parts []PartCount, p *locale.Printer) []partRow {
	rows := make([]partRow, len(parts))
	for i, part := range parts {
		rows[i] = partRow{part, open(part.States, p)}
	}
	return rows
}

// open writes what is open of several states: the reasons, the most frequent
// first, and the state where there is none.
func open(states []StateCount, p *locale.Printer) string {
	items := map[string]int64{} // by the reason's key: states share reasons
	var keys []string
	add := func(key string, n int64) {
		if items[key] == 0 && n > 0 {
			keys = append(keys, key)
		}
		items[key] += n
	}
	for _, s := range states {
		if !s.State.IsGap() {
			continue
		}
		rest := s.Items
		for _, r := range s.Reasons {
			add("reason."+string(r.Reason), r.Items)
			rest -= r.Items
		}
		add("state."+string(s.State), rest)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(items[b], items[a]) })
	var words []string
	for _, key := range keys {
		words = append(words, p.T("report.cover.reason", "Number", items[key], "Reason", p.T(key)))
	}
	return strings.Join(words, " · ")
}

// title begins a word with a capital.
func title(word string) string {
	r, n := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[n:]
}

// fingerprint writes the beginning of a hash in groups that can be compared by eye.
func fingerprint(hash string) string {
	hash = strings.ReplaceAll(hash, " ", "")
	var groups []string
	for i := 0; i < min(len(hash), 16); i += 4 {
		groups = append(groups, hash[i:min(i+4, len(hash))])
	}
	return strings.Join(groups, " ")
}
