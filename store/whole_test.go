package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// view reads everything there is of a case, again and again, with grants that
// it asks for once.
type view struct {
	t      *testing.T
	s      *store.Store
	id     store.CaseID
	grants map[auth.Action]auth.Grant
}

func viewOf(t *testing.T, s *store.Store, id store.CaseID) view {
	t.Helper()
	v := view{t, s, id, map[auth.Action]auth.Grant{}}
	for _, a := range []auth.Action{auth.Resolve, auth.ReadAccount, auth.ListPeople, auth.Scan, auth.ReadCaseJournal, auth.ReadFacts, auth.ReadReport, auth.ListApprovals, auth.Propose, auth.ReadNotices, auth.FreezeNotice, auth.SettleNotice, auth.Judge} {
		v.grants[a] = can(t, s, id, a)
	}
	g, err := s.Grant(t.Context(), console(), auth.Ask{Action: auth.ReviewGlass, Case: id, Subject: "somebody", Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	v.grants[auth.ReviewGlass] = g
	v.grants[auth.ListGlasses] = can(t, s, "", auth.ListGlasses)
	v.grants[auth.ListCases] = can(t, s, "", auth.ListCases)
	return v
}

// seen is how much a view has read.
type seen struct {
	cases, registers, entries, sights, people, mentions int
	summaries                                           map[string]bool
}

// read gives what there is, with every error that it met.
func (v view) read(sights [][32]byte, summaries ...string) (n seen, err error) {
	ctx := v.t.Context()
	cases, err := v.s.Cases(ctx, v.grants[auth.ListCases])
	n.cases = len(cases)
	n.entries = count(v.s.Entries(ctx, v.grants[auth.Resolve]), &err)
	count(v.s.Account(ctx, v.grants[auth.ReadAccount]), &err)
	count(v.s.Printed(ctx, v.grants[auth.ReadAccount]), &err)
	n.people = count(v.s.People(ctx, v.grants[auth.ListPeople]), &err)
	n.mentions = count(v.s.Mentions(ctx, v.grants[auth.Resolve]), &err)
	count(v.s.CaseJournal(ctx, v.grants[auth.ReadCaseJournal]), &err)
	roots, e := v.s.Roots(ctx, v.grants[auth.ReadAccount])
	err = errors.Join(err, e)
	for root := range roots {
		_, e := v.s.Unseen(ctx, v.grants[auth.Scan], root, 1)
		if e != nil && !strings.Contains(e.Error(), "no rows") { // not every root has the content
			err = errors.Join(err, e)
		}
	}
	registers, e := v.s.Registers(ctx, v.grants[auth.ReadAccount])
	err = errors.Join(err, e)
	n.registers = len(registers)
	for _, r := range registers {
		_, e := v.s.Rejects(ctx, v.grants[auth.ReadAccount], r.Name)
		err = errors.Join(err, e)
	}
	notices, e := v.s.Notices(ctx, v.grants[auth.ReadNotices])
	err = errors.Join(err, e)
	for _, one := range notices {
		count(v.s.Dispatches(ctx, v.grants[auth.FreezeNotice], one, ""), &err)
		_, _, e := v.s.Unsettled(ctx, v.grants[auth.SettleNotice], one, 100)
		err = errors.Join(err, e)
		batches, e := v.s.Batches(ctx, v.grants[auth.ReadNotices], one)
		err = errors.Join(err, e)
		for _, b := range batches {
			count(v.s.Pieces(ctx, v.grants[auth.FreezeNotice], b), &err)
		}
	}
	count(v.s.Steps(ctx, v.grants[auth.ReadNotices]), &err)
	_, errands := v.s.Errands(ctx, v.grants[auth.ReadNotices], "")
	err = errors.Join(err, errands)
	_, facts := v.s.Facts(ctx, v.grants[auth.ReadFacts])
	_, decisions := v.s.Decisions(ctx, v.grants[auth.ReadFacts])
	_, filings := v.s.Filings(ctx, v.grants[auth.ReadFacts])
	err = errors.Join(err, facts, decisions, filings)
	err = errors.Join(err, v.readAsked(), v.readReview())
	for _, sha := range sights {
		list, e := v.s.Sights(ctx, v.grants[auth.Scan], sha)
		n.sights, err = n.sights+len(list), errors.Join(err, e)
	}
	n.summaries = map[string]bool{}
	for _, name := range summaries {
		var into any
		there, e := v.s.Summary(ctx, v.grants[auth.ReadAccount], name, &into)
		n.summaries[name], err = there, errors.Join(err, e)
	}
	return n, err
}

// readReview reads what lists and questions tell.
func (v view) readReview() error {
	ctx, g := v.t.Context(), v.grants[auth.ListPeople]
	var err error
	for _, r := range []store.Roll{{Grade: breach.Likely}, {Group: 1, Grade: breach.Likely}, {Kind: "email", Grade: breach.Likely}, {Group: 1, Kind: "email", Grade: breach.Likely}} {
		_, e := v.s.Roll(ctx, g, r, 1)
		err = errors.Join(err, e)
	}
	_, portraits := v.s.Portraits(ctx, g, 1)
	_, _, questions := v.s.Questions(ctx, v.grants[auth.Judge], store.EveryQuestion, 0, 10)
	_, judgements := v.s.Judgements(ctx, v.grants[auth.Judge])
	_, lists := v.s.Lists(ctx, g)
	_, scans := v.s.Scans(ctx, v.grants[auth.ReadAccount])
	_, uploads := v.s.Uploads(ctx, v.grants[auth.ReadAccount], store.ForEvidence)
	err = errors.Join(err, scans, uploads)
	count(v.s.Listed(ctx, g, 1), &err)
	return errors.Join(err, portraits, questions, judgements, lists)
}

// readAsked reads what was proposed and broken.
func (v view) readAsked() error {
	ctx := v.t.Context()
	approvals, err := v.s.Approvals(ctx, v.grants[auth.ListApprovals])
	for _, a := range approvals {
		_, _, e := v.s.ShowApproval(ctx, v.grants[auth.Propose], a.ID)
		_, why := v.s.DeclinedFor(ctx, v.grants[auth.ListApprovals], a)
		err = errors.Join(err, e, why)
	}
	glasses, e := v.s.Glasses(ctx, v.grants[auth.ListGlasses], false)
	err = errors.Join(err, e)
	for _, b := range glasses {
		if b.Case == v.id {
			_, e := v.s.Glass(ctx, v.grants[auth.ReviewGlass], b.ID)
			err = errors.Join(err, e)
		}
	}
	_, _, e = v.s.Readers(ctx, v.grants[auth.ReadReport])
	_, mails := v.s.Alerts(ctx, clock.Add(time.Hour), 100)
	return errors.Join(err, e, mails)
}

// count runs through a sequence and keeps its errors.
func count[T any](list func(yield func(T, error) bool), all *error) (n int) {
	for _, err := range list {
		if err != nil {
			*all = errors.Join(*all, err)
			return n
		}
		n++
	}
	return n
}

// wholeAfter opens a data folder in which a process was stopped, and holds it
// against what that process told of. It gives the acts that it found.
func wholeAfter(t *testing.T, c store.Config, acts []string) (found int) {
	t.Helper()
	s := opened(t, c)
	defer s.Close()
	records := map[string]int{}
	for _, r := range told(t, s) { // and the journal verifies
		records[fmt.Sprintf("%s %s %s %s", r.Act, r.Case, r.Object, r.Verdict)]++
		if r.Object == "opened" {
			records["opened"]++
		}
		if r.Act == string(auth.ImportRegister) && strings.HasPrefix(r.Object, "register:") {
			records["imported "+r.Case]++
		}
		if r.Act == string(auth.Reveal) && r.Verdict == "done" {
			records["revealed"]++
		}
		records["commitments"] += len(r.Commitments)
	}
	cases, err := s.Cases(t.Context(), can(t, s, "", auth.ListCases))
	if err != nil {
		t.Errorf("cases: %v", err)
	}
	equal := func(what string, rows, recorded int) {
		t.Helper()
		if found += rows; rows != recorded {
			t.Errorf("%s: %d rows and %d records", what, rows, recorded)
		}
	}
	db := behind(t, c)
	defer db.Close()
	rows := func(query string, args ...any) (n int) {
		if err := db.QueryRow(query, args...).Scan(&n); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		return n
	}
	equal("cases", len(cases), records["opened"])
	equal("looks", rows(`SELECT COUNT(*) FROM looks`), records["revealed"])
	equal("commitments", rows(`SELECT COUNT(*) FROM journal_commitments`), records["commitments"])
	for _, one := range cases {
		if one.KeyLost {
			t.Errorf("case %s: its key is lost", one.ID)
			continue
		}
		equal("registers of "+string(one.ID), rows(`SELECT COALESCE(SUM(version), 0) FROM registers WHERE case_id = $1`, one.ID), records["imported "+string(one.ID)])
		ofCase(t, s, one.ID, acts, records)
	}
	for _, act := range acts {
		if id, ok := strings.CutPrefix(act, "case "); ok && records["open-case "+id+" opened done"] != 1 {
			t.Errorf("lost: %s", act)
		}
	}
	return found
}

// ofCase holds one case against what was told of it.
func ofCase(t *testing.T, s *store.Store, id store.CaseID, acts []string, records map[string]int) {
	t.Helper()
	names, summaries := map[string]bool{}, []string{"resolve"}
	for _, act := range acts {
		what, rest, _ := strings.Cut(act, " ")
		of, arg, _ := strings.Cut(rest, " ")
		if of != string(id) {
			continue
		}
		switch what {
		case "reveal":
			if key := fmt.Sprintf("reveal %s %s done", id, arg); records[key] == 0 {
				t.Errorf("lost: %s", act)
			}
		case "summary":
			summaries = append(summaries, "scan "+arg)
		case "people":
			names["people"] = true
		default:
			names[what+" "+arg] = true
		}
	}
	n, err := viewOf(t, s, id).read([][32]byte{{1}}, summaries...)
	if err != nil {
		t.Errorf("case %s cannot be read: %v", id, err)
	}
	want := map[string]int{}
	for name := range names {
		what, _, _ := strings.Cut(name, " ")
		want[what]++
	}
	if n.registers < want["register"] || n.entries != 3*n.registers || n.sights < want["sight"] || n.mentions < want["content"] || n.people < 3*want["people"] {
		t.Errorf("case %s: %+v, but told were %v", id, n, want)
	}
	for _, name := range summaries[1:] {
		if !n.summaries[name] {
			t.Errorf("lost: summary %q of %s", name, id)
		}
	}
	if n.summaries["resolve"] != (n.people > 0) {
		t.Errorf("case %s: %d people, and their summary is there: %t", id, n.people, n.summaries["resolve"])
	}
}
