package web

import (
	"html/template"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
)

// maxGaps is how many gaps a report lists; the rest is a number and a command.
const maxGaps = 200

// fewPeople is the number below which protected people are not counted out: a
// count so small could point at somebody.
const fewPeople = 5

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
	Rows          []matrixRow
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

// matrixRow is one kind of data over all groups.
type matrixRow struct {
	Title string
	Any   bool // the row of "any kind of data"
	Cells []matrixCell
}

type matrixCell struct {
	Group  string
	Grade  breach.Grade
	Number string
	AtMost string
	Bar    template.HTML
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

// part is a table of coverage by type or by folder.
type part struct {
	ID, Caption, Head string
	Rows              []PartCount
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
	v.matrix(p)
	v.Stages = []stage{newStage(d.Coverage.States, false, p), newStage(d.Coverage.States, true, p)}
	v.Parts = []part{
		{"types-caption", p.T("report.types.caption"), p.T("report.types.type"), named(d.Coverage.Types, p.T("report.types.none"))},
		{"folders-caption", p.T("report.folders.caption"), p.T("report.folders.folder"), named(d.Coverage.Folders, p.T("report.folders.none"))},
	}
	return v
}

func gradeRows(g Grades) []gradeRow {
	return []gradeRow{{breach.Proven, g.Proven}, {breach.Likely, g.Likely}, {breach.Possible, g.Possible}}
}

// people writes a number of people, hidden where it is small and must be.
func people(n int64, hidden bool, p *locale.Printer) string {
	if hidden && n > 0 && n < fewPeople {
		return p.T("report.few", "Number", int64(fewPeople))
	}
	return p.Number(n)
}

// matrix lays out who by what: a row for any data, one for each kind that
// something is known of, and a line for the kinds of which nothing is.
func (v *view) matrix(p *locale.Printer) {
	var absent []string
	for _, k := range breach.AllKinds() {
		row := matrixRow{Title: title(k.Title(p.Lang()))}
		found := false
		for _, g := range v.Data.Groups {
			c := g.Kinds[k]
			found = found || c.Upper > 0
			row.Cells = append(row.Cells, newCell(g, c, k == breach.ProtectedIdentity, p))
		}
		if found {
			v.Rows = append(v.Rows, row)
		} else {
			absent = append(absent, k.Title(p.Lang()))
		}
	}
	v.Absent = p.List(absent)
	if len(v.Rows) == 0 {
		return
	}
	total := matrixRow{Title: p.T("report.matrix.any"), Any: true}
	for _, g := range v.Data.Groups {
		total.Cells = append(total.Cells, newCell(g, g.Any, false, p))
	}
	v.Rows = slices.Insert(v.Rows, 0, total)
}

// newCell shows the number with the surest grade, the upper bound where it
// says more, and both as a share of the group.
func newCell(g Group, c Cell, hidden bool, p *locale.Printer) matrixCell {
	cell := matrixCell{Group: g.Name, Grade: c.best()}
	shown := map[breach.Grade]int64{breach.Proven: c.Proven, breach.Likely: c.Likely, breach.Possible: c.Possible}[cell.Grade]
	switch {
	case cell.Grade != breach.Unknown:
		cell.Number = people(shown, hidden, p)
	case c.Upper == 0 && c.Excluded >= g.Registered && g.Registered > 0:
		cell.Grade, cell.Number = breach.Excluded, p.T("report.matrix.excluded")
	default:
		cell.Number = p.T("report.matrix.unknown")
	}
	if c.Upper == 0 || hidden && c.Upper < fewPeople {
		return cell
	}
	if c.Upper > shown {
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
	slices.SortStableFunc(list, func(a, b ReasonCount) int { return int(b.Items - a.Items) })
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

// named gives parts without a name one that says so.
func named(parts []PartCount, none string) []PartCount {
	parts = slices.Clone(parts)
	for i := range parts {
		if parts[i].Name == "" {
			parts[i].Name = none
		}
	}
	return parts
}

// title begins a word with a capital.
func title(word string) string {
	r, n := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + word[n:]
}
