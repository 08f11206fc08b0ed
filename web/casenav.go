package web

import (
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// caseNav is where one may go in a case: a few groups, and the pages of the one
// that this page is in.
type caseNav struct {
	Groups []link
	Pages  []link // of that group; none where it has only one
}

// caseGroup is a row of the table of a case's pages.
type caseGroup struct {
	key   string
	pages []caseTab
}

// caseTab is a page, with the action that says for whom it is.
type caseTab struct {
	key, path string
	action    auth.Action
}

// caseGroups is the table of a case's pages, in the order of the work. To add a
// page, add a line.
func caseGroups() []caseGroup {
	return []caseGroup{
		{"web.case.group.state", []caseTab{
			{"web.case.desk", "", auth.ReadFacts},
			{"web.case.report", "/report", auth.ReadReport},
		}},
		{"web.case.group.event", []caseTab{
			{"web.case.facts", "/facts", auth.ReadFacts},
			{"web.case.timeline", "/timeline", auth.ReadFacts},
		}},
		{"web.case.group.evidence", []caseTab{
			{"web.registers", "/registers", auth.ReadAccount},
			{"web.scans", "/scans", auth.ReadAccount},
			{"web.coverage", "/coverage", auth.ReadAccount},
		}},
		{"web.case.group.people", []caseTab{
			{"web.exposure", "/exposure", auth.ReadReport},
			{"web.review", "/review", auth.Judge},
			{"web.lists", "/lists", auth.ListPeople},
			{"web.people", "/people", auth.Search},
		}},
		{"web.case.group.law", []caseTab{
			{"web.case.duties", "/duties", auth.ReadFacts},
			{"web.case.assessment", "/assessment", auth.ReadFacts},
			{"web.case.drafts", "/drafts", auth.ReadFacts},
			{"web.notices", "/notices", auth.ReadNotices},
		}},
		{"web.case.group.case", []caseTab{
			{"web.case.members", "/members", auth.ReadReport},
			{"web.approvals", "/approvals", auth.ListApprovals},
			{"web.case.journal", "/journal", auth.ReadCaseJournal},
		}},
	}
}

// caseNav gives the pages of a case that are the visitor's. A group leads to its
// first page.
func (v *visit) caseNav(c store.Case) (nav caseNav) {
	base := "/cases/" + string(c.ID)
	for _, g := range caseGroups() {
		var pages []link
		for _, t := range g.pages {
			if rule, _ := auth.RuleFor(t.action); v.may(t.action) && (rule.Closed || !c.Closed) {
				pages = append(pages, link{t.key, base + t.path, v.within(base, t.path)})
			}
		}
		if len(pages) == 0 {
			continue
		}
		here := slices.ContainsFunc(pages, func(p link) bool { return p.Here })
		nav.Groups = append(nav.Groups, link{g.key, pages[0].Path, here})
		if here && len(pages) > 1 {
			nav.Pages = pages
		}
	}
	return nav
}

// within reports whether the visited page is the part of a case at a path, lies
// below it, or beside it as one of its own.
func (v *visit) within(base, path string) bool {
	rest, ok := strings.CutPrefix(v.URL.Path, base)
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	if part, beside := map[string]string{"fact": "facts", "draft": "drafts", "proposals": "approvals", "notice": "notices", "uploads": "scans", "unaffected": "people"}[first]; beside {
		first = part
	}
	return ok && first == strings.TrimPrefix(path, "/")
}
