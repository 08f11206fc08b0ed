package web

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// CoverageOf gives an account as the report tells it, without its gaps.
func CoverageOf(a casework.Account) Coverage {
	return Coverage{States: stateCounts(a.States), Types: partCounts(a.Formats), Folders: partCounts(a.Folders), Sizes: partCounts(a.Sizes)}
}

func stateCounts(sums []casework.StateSum) []StateCount {
	var list []StateCount
	for _, s := range sums {
		state := StateCount{State: s.State, Items: s.Items, Bytes: s.Bytes}
		for _, r := range s.Reasons {
			state.Reasons = append(state.Reasons, ReasonCount{Reason: r.Reason, Items: r.Items})
		}
		list = append(list, state)
	}
	return list
}

func partCounts(sums []casework.PartSum) []PartCount {
	var list []PartCount
	for _, p := range sums {
		list = append(list, PartCount{Name: p.Name, Items: p.Items, Bytes: p.Bytes, Gaps: p.Gaps, States: stateCounts(p.States)})
	}
	return list
}

// gapList is how many gaps a page lists.
const gapList = 100

// coveragePage is what became of each item of the evidence.
type coveragePage struct {
	casePage
	Report  *view
	Nothing bool  // was scanned yet
	Waits   int64 // items whose pictures nobody has looked at
	Left    int64 // items that wait to be read
	Band    band
	Page    int
	Before  string
	Next    string
}

func showCoverage(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	page, _ := strconv.Atoi(v.URL.Query().Get("page"))
	page = min(max(page, 1), 1<<32)
	account, err := v.desk().Coverage(v.Context(), v.caseID(), int64(page-1)*gapList, gapList)
	if err != nil {
		return err
	}
	d := ReportData{Coverage: CoverageOf(account.Account)}
	for _, r := range account.Listed {
		d.Coverage.Gaps = append(d.Coverage.Gaps, gapOf(r))
	}
	p := coveragePage{casePage: base, Report: newView(d, v.text), Nothing: account.Items == 0, Page: page}
	for _, s := range account.States {
		switch s.State {
		case breach.OCRPending:
			p.Waits = s.Items
		case breach.Pending:
			p.Left = s.Items
		}
	}
	times, err := v.tenant.FileTimes(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p.Band = newBand(times)
	path := "/cases/" + string(base.Case.ID) + "/coverage"
	if page > 1 {
		p.Before = fmt.Sprintf("%s?page=%d", path, page-1)
	}
	if account.Gaps > int64(page)*gapList {
		p.Next = fmt.Sprintf("%s?page=%d", path, page+1)
	}
	return v.page("coverage", p)
}

func gapOf(r store.AccountRow) Gap {
	path := r.Path
	if r.Member != "" {
		path += "!/" + r.Member
	}
	return Gap{Path: casework.DisplayPath(path), State: r.Outcome.State, Reason: r.Outcome.Reason, Missing: r.Outcome.Missing}
}

// band is when the files of the evidence were written last, by year. What was
// reached before the first of them, no file tells.
type band struct {
	Years   []bandYear
	Unknown int64 // files that tell no time
	Picture template.HTML
	First   time.Time
	Last    time.Time
}

type bandYear struct {
	Year  int
	Files int64
}

func newBand(t store.Times) band {
	b := band{Unknown: t.Unknown, First: t.First, Last: t.Last}
	for year, n := range t.Years {
		b.Years = append(b.Years, bandYear{year, n})
	}
	slices.SortFunc(b.Years, func(a, b bandYear) int { return a.Year - b.Year })
	b.Picture = bandPicture(b.Years)
	return b
}

// bandPicture draws the years beside each other, a bar each as high as its share
// of the fullest; before them hatched, for nothing tells where it begins.
func bandPicture(years []bandYear) template.HTML {
	if len(years) == 0 {
		return ""
	}
	const height, before, wide = 48.0, 30.0, 600.0
	most := slices.MaxFunc(years, func(a, b bandYear) int { return int(a.Files - b.Files) }).Files
	first, last := years[0].Year, years[len(years)-1].Year
	step := (wide - before) / float64(last-first+1)
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="band" viewBox="0 0 %.0f %.0f" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="f-track" width="%.0f" height="%.0f"/><rect class="f-upper" width="%.0f" height="%.0f"/>`,
		wide, height, wide, height, before, height)
	for _, y := range years {
		tall := max(height*float64(y.Files)/float64(most), 1.5)
		fmt.Fprintf(&s, `<rect class="f-read" x="%.2f" y="%.2f" width="%.2f" height="%.2f"/>`, before+step*float64(y.Year-first)+1, height-tall, max(step-2, 1), tall)
	}
	s.WriteString("</svg>")
	return template.HTML(s.String()) // #nosec G203 -- drawn by us, of numbers alone
}
