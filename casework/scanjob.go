package casework

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ScanJob is one scan of a server that is under way, or waits for its turn.
type ScanJob struct {
	of    scanOf
	scans *Scans
	d     *Desk
	x     store.Scan
	again bool // a server that ended had begun it
	done  chan struct{}

	watched
	told    Progress
	sum     Progress // as it stood when everything was read
	reading time.Time
	waits   bool
	why     error // why it is to end early
	cancel  context.CancelCauseFunc
}

// ScanState is how far a scan is at a moment.
type ScanState struct {
	Progress
	Number int64
	Waits  bool          // for its turn
	Ending bool          // it was asked to end, and keeps what was read
	Rate   float64       // bytes read a second
	Left   time.Duration // at that rate; 0 where nobody knows
}

// State tells how far it is.
func (j *ScanJob) State() ScanState {
	now := j.d.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	x := ScanState{Progress: j.told, Number: j.x.Number, Waits: j.waits, Ending: j.why != nil}
	if spent := now.Sub(j.reading).Seconds(); j.told.Phase == Reading && spent > 0 {
		x.Rate = float64(max(0, j.told.Bytes-j.told.Before)) / spent
	}
	if x.Rate > 0 {
		x.Left = time.Duration(float64(max(0, j.told.OfBytes-j.told.Bytes)) / x.Rate * float64(time.Second))
	}
	return x
}

// Done is closed when it has ended.
func (j *ScanJob) Done() <-chan struct{} { return j.done }

func (j *ScanJob) begin() { j.change(func() { j.waits = false }) }

func (j *ScanJob) tell(p Progress) {
	now := j.d.now()
	j.change(func() {
		if p.Phase == Reading && j.told.Phase != Reading {
			j.reading = now
		}
		j.told = p
		if p.Phase == Reading {
			j.sum = p
		}
	})
}

// endWith takes what ends it, and ends it if that was asked for already.
func (j *ScanJob) endWith(cancel context.CancelCauseFunc) {
	j.change(func() {
		if j.cancel = cancel; j.why != nil {
			cancel(j.why)
		}
	})
}

// end has it end early. The first reason counts, but for a stop after a pause.
func (j *ScanJob) end(why error) {
	j.change(func() {
		if j.why == nil || why == errStop {
			j.why = why
		}
		if j.cancel != nil {
			j.cancel(why)
		}
	})
}

// run scans, resolves, and looks at pictures, as the command does.
func (j *ScanJob) run(ctx context.Context) error {
	evidence, err := j.scans.evidence(j.of.tenant, j.x.Folder)
	if err != nil {
		return err
	}
	if IsPath(evidence) {
		if _, err := os.Stat(evidence); err != nil {
			return &breach.Refusal{Key: "refusal.evidence-gone", Args: map[string]any{"Name": j.x.Folder}, Err: err}
		}
	}
	o := ScanOptions{Evidence: evidence, Passwords: j.x.Passwords, Progress: j.tell}
	if j.x.Reached != 0 {
		o.Reached = []ReachedRule{{Grade: j.x.Reached}}
	}
	if err := j.d.Scan(ctx, j.of.id, o); err != nil {
		return err
	}
	if err := j.resolve(ctx); err != nil || !CanOCR() {
		return err
	}
	if waits, err := j.waiting(ctx); err != nil || !waits {
		return err
	}
	if err := j.d.OCR(ctx, j.of.id, OCROptions{Passwords: j.x.Passwords, Nice: 10, Progress: j.tell}); err != nil {
		return err
	}
	return j.resolve(ctx)
}

// waiting reports whether there are pictures that nobody has looked at.
func (j *ScanJob) waiting(ctx context.Context) (bool, error) {
	g, err := j.d.grant(ctx, j.of.id, auth.Scan)
	if err != nil {
		return false, err
	}
	a, err := j.d.account(ctx, g, 1, nil)
	return slices.ContainsFunc(a.States, func(s StateSum) bool { return s.State == breach.OCRPending && s.Items > 0 }), err
}

func (j *ScanJob) resolve(ctx context.Context) error {
	j.tell(Progress{Phase: Resolving})
	return j.d.Resolve(ctx, j.of.id, func(n int64) { j.tell(Progress{Phase: Resolving, Mentions: n}) })
}

// keep keeps how it ended. Where the server ends, it stays as it is: it goes on
// at the next start.
func (j *ScanJob) keep(ctx context.Context, failed error) error {
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	g, err := j.d.grant(write, j.of.id, auth.Scan)
	if err != nil {
		return err
	}
	x := j.x
	x.Ended = j.d.now()
	x.Items, x.Of, x.Bytes, x.Mentions, x.Gaps = j.sum.Items, j.sum.Of, j.sum.Bytes, j.sum.Mentions, j.sum.Gaps
	switch why := j.reason(ctx); {
	case failed == nil:
		x.State = store.ScanDone
		if x.ScanSum, err = j.count(write, g, x.ScanSum); err != nil {
			return err
		}
	case why == errPause:
		x.State, failed = store.ScanPaused, nil
	case why == errStop:
		x.State, failed = store.ScanStopped, nil
	case why != nil:
		return nil
	default:
		var told bool
		x.State = store.ScanFailed
		if x.Problem, x.Args, told = problemOf(failed); told {
			failed = nil
		}
		if j.again && x.Problem == "refusal.case-held" { // another server was first
			return nil
		}
	}
	if !x.State.Open() {
		x.Passwords = nil
	}
	_, err = j.d.Store.KeepScan(write, g, x, auth.Instant{Wall: x.Ended})
	return errors.Join(failed, err)
}

// count counts what became of what was scanned.
func (j *ScanJob) count(ctx context.Context, g auth.Grant, x store.ScanSum) (store.ScanSum, error) {
	name, err := j.scans.evidence(j.of.tenant, j.x.Folder)
	if err != nil {
		return x, err
	}
	root, err := j.d.Store.Root(ctx, g, name)
	if err != nil {
		return x, err
	}
	sum, err := j.d.Store.CountScanned(ctx, g, root)
	x.Items, x.Of, x.Bytes, x.Gaps = sum.Of, sum.Of, sum.Bytes, sum.Gaps
	return x, err
}

// reason is why it ended early: what was asked for, or the end of the server; nil
// where it did not.
func (j *ScanJob) reason(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.why != nil {
		return j.why
	}
	return ctx.Err()
}
