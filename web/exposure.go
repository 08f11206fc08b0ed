package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// exposurePage is who by what, from which lists of people begin.
type exposurePage struct {
	casePage
	At        time.Time
	Not       bool // resolved
	Matrices  []matrix
	Absent    string
	Legend    []breach.Grade
	Protected string
	Outside   []gradeLink
	OneOf     int64
	Traces    int64
	Lists     bool // whether the visitor may list people
	Judges    bool
}

// gradeLink is a number of people with the list of them.
type gradeLink struct {
	gradeRow
	Path string
}

func showExposure(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := exposurePage{casePage: base, Lists: v.may(auth.ListPeople), Judges: v.may(auth.Judge),
		Legend: []breach.Grade{breach.Proven, breach.Likely, breach.Possible, breach.Excluded, breach.Unknown}}
	r, err := v.result()
	if err != nil || r == nil {
		p.Not = true
		return errors.Join(err, v.page("exposure", p))
	}
	p.At, p.OneOf, p.Traces, p.Protected = r.At, r.OneOf, r.Traces, people(r.Protected, true, v.text)
	d := &view{Data: ReportData{Groups: append([]Group{v.everybody(r)}, GroupsOf(*r)...)}}
	d.matrices(v.text)
	p.Matrices, p.Absent = d.Matrices, d.Absent
	if p.Lists {
		v.linkCells(base, r, p.Matrices)
	}
	of := GradesOf(r.Strangers)
	for _, row := range gradeRows(of) {
		l := gradeLink{gradeRow: row}
		if p.Lists && row.People > 0 {
			l.Path = rollPath(base, store.Roll{Group: store.Outside, Grade: row.Grade}, 1)
		}
		p.Outside = append(p.Outside, l)
	}
	return v.page("exposure", p)
}

// result is what the latest resolve of the case says; nil if there was none.
func (v *visit) result() (*casework.Result, error) {
	r, err := casework.ReadResult(v.Context(), v.tenant, v.grant)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) && refusal.Key == "refusal.not-resolved" {
		return nil, nil
	}
	return &r, err
}

// everybody is all people of the registers as a group.
func (v *visit) everybody(r *casework.Result) Group {
	g := groupOf(r.Rows[0])
	g.Name = v.text.T("web.exposure.everybody")
	return g
}

// GroupsOf gives the groups of a result as the report counts them.
func GroupsOf(r casework.Result) []Group {
	var groups []Group
	for _, row := range r.Rows[1:] {
		groups = append(groups, groupOf(row))
	}
	return groups
}

func groupOf(row casework.Row) Group {
	g := Group{Name: row.Group, Registered: row.Counts[0].Registered, Any: cellOf(row.Counts[0]), Kinds: map[breach.Kind]Cell{}}
	for _, n := range row.Counts[1:] {
		g.Kinds[n.Kind] = cellOf(n)
	}
	return g
}

func cellOf(n casework.Count) Cell { return Cell{Bounds: BoundsOf(n), Excluded: n.Excluded} }

// BoundsOf gives a count as the report tells it.
func BoundsOf(n casework.Count) Bounds {
	g := Grades{Proven: n.Proven, Likely: n.Likely, Possible: n.Possible}
	return Bounds{Grades: g, Upper: max(n.Upper, g.Sum())}
}

// GradesOf reads counts by the names of grades.
func GradesOf(counts map[string]int64) Grades {
	return Grades{Proven: counts["proven"], Likely: counts["likely"], Possible: counts["possible"]}
}

// linkCells leads from each cell to the list of its people. Protected identities
// are on no list.
func (v *visit) linkCells(base casePage, r *casework.Result, all []matrix) {
	for m := range all {
		for _, row := range all[m].Rows {
			for i := range row.Cells {
				c := &row.Cells[i]
				roll := store.Roll{Kind: row.Kind, Grade: c.Grade}
				if n := all[m].First + i; n > 0 {
					roll.Group = int64(slices.Index(r.Lists, c.Group)) + 1
					if roll.Group == 0 {
						continue // resolved before there were lists
					}
				}
				if c.Grade >= breach.Possible && row.Kind != breach.ProtectedIdentity.String() && len(r.Lists) > 0 {
					c.Path = rollPath(base, roll, 1)
				}
			}
		}
	}
}

// rollPath is where a roll is listed. It names no group and nobody.
func rollPath(base casePage, r store.Roll, page int64) string {
	q := url.Values{"grade": {r.Grade.String()}}
	if r.Group != store.Everybody {
		q.Set("group", strconv.FormatInt(r.Group, 10))
	}
	if r.Kind != "" {
		q.Set("kind", r.Kind)
	}
	if page > 1 {
		q.Set("page", strconv.FormatInt(page, 10))
	}
	return fmt.Sprintf("/cases/%s/exposure/list?%s", base.Case.ID, q.Encode())
}

// rollPage is a page of a list of people, who are numbers here.
type rollPage struct {
	casePage
	Group, Kind string // in words; "" for all
	Outside     bool
	Grades      []link
	People      []listed
	Page, Pages int64
	Before      string
	Next        string
}

// listed is one person of a list.
type listed struct {
	ID, Path  string
	Grade     breach.Grade // as listed: of the kind, where there is one
	Exposures []exposureWord
	Places    int64
}

// exposureWord is a kind of data in words, with its grade.
type exposureWord struct {
	Title string
	Grade breach.Grade
}

func showRoll(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	r, err := v.result()
	if err != nil {
		return err
	}
	roll, page, ok := rollAsked(v.URL.Query())
	if r == nil {
		r = &casework.Result{}
	}
	if !ok || roll.Group > int64(len(r.Lists)) {
		return errNotThere
	}
	p := rollPage{casePage: base, Page: page, Outside: roll.Group == store.Outside}
	if roll.Group > 0 {
		p.Group = r.Lists[roll.Group-1]
	}
	if k, ok := breach.ParseKind(roll.Kind); ok {
		p.Kind = k.Title(v.text.Lang())
	}
	if p.Pages, err = v.tenant.RollPages(v.Context(), v.grant, roll); err != nil {
		return err
	}
	list, err := v.tenant.Roll(v.Context(), v.grant, roll, page)
	if err != nil {
		return err
	}
	for _, who := range list {
		p.People = append(p.People, v.listed(base, who, roll))
	}
	for _, grade := range []breach.Grade{breach.Proven, breach.Likely, breach.Possible} {
		of := roll
		of.Grade = grade
		p.Grades = append(p.Grades, link{"grade." + grade.String(), rollPath(base, of, 1), grade == roll.Grade})
	}
	if page > 1 {
		p.Before = rollPath(base, roll, page-1)
	}
	if page < p.Pages {
		p.Next = rollPath(base, roll, page+1)
	}
	return v.page("exposure-list", p)
}

// rollAsked reads which roll an address names.
func rollAsked(q url.Values) (r store.Roll, page int64, ok bool) {
	number := func(name string, none int64) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if q.Get(name) == "" {
			return none
		}
		if err != nil {
			ok = false
		}
		return n
	}
	if r.Grade, ok = breach.ParseGrade(q.Get("grade")); q.Get("grade") == "" {
		r.Grade, ok = breach.Proven, true
	}
	r.Group, page = number("group", store.Everybody), number("page", 1)
	if r.Kind = q.Get("kind"); r.Kind != "" {
		_, known := breach.ParseKind(r.Kind)
		ok = ok && known
	}
	return r, page, ok && r.Group >= store.Outside && page >= 1
}

func (v *visit) listed(base casePage, who store.Person, roll store.Roll) listed {
	l := listed{ID: string(who.ID()), Path: "/cases/" + string(base.Case.ID) + "/exposure/" + string(who.ID()), Grade: roll.Grade, Places: who.Links}
	for _, e := range who.Exposures {
		l.Exposures = append(l.Exposures, exposureWord{e.Kind.Title(v.text.Lang()), e.Grade})
	}
	return l
}
