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
	Wrong   *verification // the last one that found a fault; it may be the last of all
}

// verification is what a whole verification of a journal found.
type verification struct {
	Records int64
	At      time.Time
	Fault   *journal.Fault // nil: it is whole
	Before  time.Time      // when the record before the fault was written; zero where nothing is before it
}

// Why is the key of what is wrong.
func (x verification) Why() string { return wrongKeys[x.Fault.Wrong] }

// Agreed is the number of the record before the fault: the last one that is as it
// was written.
func (x verification) Agreed() int64 { return x.Fault.Seq - 1 }

var wrongKeys = map[journal.Wrong]string{
	journal.NotARecord:  "web.journal.not-a-record",
	journal.OutOfOrder:  "web.journal.out-of-order",
	journal.OfAnother:   "web.journal.of-another",
	journal.NotAsStored: "web.journal.not-as-stored",
	journal.NotAsSigned: "web.journal.not-as-signed",
	journal.Missing:     "web.journal.missing",
}

// verifications are the last ones, by tenant. What was wrong once stays there to
// be seen until the server ends, also when it was put right behind our back.
type verifications struct {
	mu          sync.Mutex
	last, wrong map[auth.TenantID]verification
}

func (all *verifications) keep(tenant auth.TenantID, done verification) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.last[tenant] = done
	if done.Fault != nil {
		all.wrong[tenant] = done
	}
}

// of gives a tenant's last one and the last that found a fault; nil where there
// is none.
func (all *verifications) of(tenant auth.TenantID) (last, wrong *verification) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if x, done := all.last[tenant]; done {
		last = &x
	}
	if x, was := all.wrong[tenant]; was {
		wrong = &x
	}
	return last, wrong
}

// tampered reports whether the journal of the visitor's tenant was not as it was
// written when it was last verified.
func (v *visit) tampered() bool {
	last, _ := v.verified.of(v.session.Tenant)
	return v.session.User != "" && last != nil && last.Fault != nil
}

// showJournal shows how far the tenant's journal goes. It is not verified at each
// look: that reads all of it, and takes longer with every record.
func showJournal(v *visit) error {
	head, err := v.tenant.JournalHead(v.Context(), v.now)
	if err != nil {
		return err
	}
	p := verifyPage{Records: head.Size, Root: hex.EncodeToString(head.Root[:]), At: v.now.Wall}
	p.Last, p.Wrong = v.verified.of(v.session.Tenant)
	return v.page("journal", p)
}

// verifyJournal verifies the tenant's journal from its first record.
func verifyJournal(v *visit) error {
	head, err := v.tenant.JournalHead(v.Context(), v.now)
	if err != nil {
		return err
	}
	r := readJournal{most: head.Size}
	report, err := journal.Verify(string(v.session.Tenant), r.entries(v.tenant.Journal(v.Context(), v.grant)), head)
	var fault *journal.Fault
	if r.failed != nil || err != nil && !errors.As(err, &fault) {
		return errors.Join(r.failed, err)
	}
	done := verification{Records: report.Records, At: v.now.Wall, Fault: fault}
	if fault != nil {
		done.Before = r.before(fault.Seq)
		v.Log.Error("the journal is not as it was written", "tenant", v.session.Tenant, "record", fault.Seq, "to", fault.Last, "wrong", string(fault.Wrong))
	}
	v.verified.keep(v.session.Tenant, done)
	return v.redirect("/journal")
}

// readJournal hands so many entries of a journal to its verification: others may be
// writing meanwhile. It remembers the last two.
type readJournal struct {
	most   int64
	n      int64
	last   [2][]byte // lines: the one before, and the newest
	failed error
}

func (r *readJournal) entries(all iter.Seq2[journal.Entry, error]) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range all {
			if r.n++; err != nil && !errors.Is(err, journal.ErrRecord) {
				r.failed = err
			}
			r.last = [2][]byte{r.last[1], e.Line}
			if r.n > r.most || !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// before is when the record before one was written, where it was among the last
// two that were read.
func (r *readJournal) before(seq int64) time.Time {
	for _, line := range r.last {
		if x, err := journal.ParseLine(line); err == nil && x.Seq == seq-1 {
			return x.At
		}
	}
	return time.Time{}
}
