package web

import (
	"encoding/hex"
	"errors"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
	"github.com/klarlagt/klarlagt/store"
)

// mostLines is how many of the newest lines of a journal a page shows.
const mostLines = 500

// linesPage is who has done and seen what in a case.
type linesPage struct {
	casePage
	Lines []line
	More  int
}

// line is one record as it is shown.
type line struct {
	Seq                   int64
	At                    time.Time
	Who                   string
	Act, Object, Purpose  string
	Refused               bool
	Why, Origin, Elevated string
}

func showCaseJournal(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := linesPage{casePage: base}
	list, older, err := v.tenant.NewestRecords(v.Context(), v.grant, mostLines)
	if err != nil {
		return err
	}
	p.More = older
	for _, r := range list {
		p.Lines = append(p.Lines, newLine(r, names))
	}
	return v.page("case-journal", p)
}

func newLine(r store.Told, names map[auth.UserID]breach.Personal) line {
	l := line{Seq: r.Seq, At: r.At, Who: r.Who, Act: r.Act, Purpose: r.Purpose, Refused: r.Verdict == journal.Refused, Origin: r.Origin}
	if name, known := names[auth.UserID(r.Who)]; known {
		l.Who = name.Reveal() // of a colleague, to a colleague
	}
	for i, part := range strings.Split(r.Object, ",") {
		why, refused := strings.CutPrefix(part, "why=")
		glass, elevated := strings.CutPrefix(part, "glass=")
		switch {
		case refused:
			l.Why = why
		case elevated:
			l.Elevated = glass
		case i == 0:
			l.Object = part
		}
	}
	return l
}

// verifyPage is how far the journal goes, and whether somebody has seen that it is
// whole.
type verifyPage struct {
	Records int64
	Root    string
	At      time.Time
	Last    *verification // nil: none since the server was started
}

// verification is what a whole verification of a journal found.
type verification struct {
	Records int64
	Fault   string
	At      time.Time
}

// verifications are the last ones, by tenant.
type verifications struct {
	mu   sync.Mutex
	last map[auth.TenantID]verification
}

// showJournal shows how far the tenant's journal goes. It is not verified at each
// look: that reads all of it, and takes longer with every record.
func showJournal(v *visit) error {
	head, err := v.tenant.JournalHead(v.Context(), v.now)
	if err != nil {
		return err
	}
	p := verifyPage{Records: head.Size, Root: hex.EncodeToString(head.Root[:]), At: v.now.Wall}
	v.verified.mu.Lock()
	if last, done := v.verified.last[v.session.Tenant]; done {
		p.Last = &last
	}
	v.verified.mu.Unlock()
	return v.page("journal", p)
}

// verifyJournal verifies the tenant's journal from its first record.
func verifyJournal(v *visit) error {
	head, err := v.tenant.JournalHead(v.Context(), v.now)
	if err != nil {
		return err
	}
	var failed error
	report, err := journal.Verify(string(v.session.Tenant), first(v.tenant.Journal(v.Context(), v.grant), head.Size, &failed), head)
	var fault *journal.Fault
	if failed != nil || err != nil && !errors.As(err, &fault) {
		return errors.Join(failed, err)
	}
	done := verification{Records: report.Records, At: v.now.Wall}
	if fault != nil {
		done.Fault = fault.Error()
	}
	v.verified.mu.Lock()
	v.verified.last[v.session.Tenant] = done
	v.verified.mu.Unlock()
	return v.redirect("/journal")
}

// first hands so many entries of a journal to its verification: others may be
// writing meanwhile.
func first(entries iter.Seq2[journal.Entry, error], most int64, failed *error) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		var n int64
		for e, err := range entries {
			if n++; err != nil {
				*failed = err
			}
			if n > most || !yield(e, err) || err != nil {
				return
			}
		}
	}
}
