package casework

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// SendOptions say how notices are handed over.
type SendOptions struct {
	Relay       *dispatch.Relay
	Mailbox     dispatch.Mailbox // nil where nobody is told in a digital mailbox
	Connections int              // 0: eight
	Ahead       int              // intents that are on disk before a connection is free; 0: so many that 96 are open at most
	Once        bool             // end when nothing is due now, though something waits for later

	// Tell is called after each turn with what has come of this run so far.
	Tell func(NoticeRun)
}

// NoticeRun is what came of one run.
type NoticeRun struct {
	Handled   map[breach.DeliveryState]int64
	Recovered int    // found open at start: uncertain
	Halted    string // why it ended, if it was halted
	Waits     int64  // for later
	Turns     int64
}

// mostOpen is how many are marked as being handed over at a time: so many are
// uncertain at most when the sender is killed. The more there are, the fewer
// times the disk is waited for.
const mostOpen = 96

// most tries of one message: four hours apart in the end, three days in all.
const mostTries = 20

// SendNotices hands over what is released, until nothing waits any more, or a
// halt. One process at a time does so for a case. What was being handed over
// when an earlier one stopped is uncertain from here on.
func (d *Desk) SendNotices(ctx context.Context, id store.CaseID, n Notice, o SendOptions) (sent NoticeRun, err error) {
	g, err := d.grant(ctx, id, auth.ReleaseWave)
	if err != nil {
		return sent, err
	}
	lock, err := d.Store.LockSending(ctx, g)
	if err != nil {
		return sent, err
	}
	defer closing(&err, lock)
	if err := (Channels{Relay: o.Relay, Mailbox: o.Mailbox}).carries(n); err != nil {
		return sent, err
	}
	if o.Connections < 1 {
		o.Connections = 8
	}
	if o.Ahead < 1 {
		o.Ahead = max(mostOpen-o.Connections, 32)
	}
	s := &sender{d: d, g: g, n: n, o: o, began: time.Now(), wall: d.now(), pace: map[string]time.Time{}, tally: map[breach.DeliveryState]int64{}}
	s.sent.Handled = s.tally
	if s.sent.Recovered, err = d.Store.Recover(ctx, g, n.NoticeVersion, d.now()); err != nil {
		return s.sent, err
	}
	if err := s.prepare(ctx); err != nil {
		return s.sent, err
	}
	err = s.run(ctx)
	return s.sent, err
}

// sender hands over one version: some goroutines hold a connection each, and
// one writes into the ledger for all.
type sender struct {
	d     *Desk
	g     auth.Grant
	n     Notice
	o     SendOptions
	scan  *noticeScan // nil while the registers are what they were
	size  int64       // of the open waves
	began time.Time
	wall  time.Time
	stop  atomic.Bool // nothing more may be taken: read before each dot
	halt  string      // why everything is to stop; "" while nothing is wrong
	pace  map[string]time.Time
	tally map[breach.DeliveryState]int64
	sent  NoticeRun
}

// prepare counts what is to go, and reads whom messages may speak of where that
// is not known: every byte was looked through when it was frozen, and looking
// again finds something else only if the registers have changed since.
func (s *sender) prepare(ctx context.Context) error {
	counts, err := s.d.Store.DispatchCounts(ctx, s.g, s.n.NoticeVersion)
	if err != nil {
		return err
	}
	for wave := int64(1); wave <= s.n.Wave; wave++ {
		for _, many := range counts[wave] {
			s.size += many
		}
	}
	basis, err := s.d.Store.NoticeBasis(ctx, s.g)
	if err != nil || s.n.Frozen != nil && s.n.Frozen.Basis == basis {
		return err
	}
	return s.prepareIndex(ctx)
}

func (s *sender) prepareIndex(ctx context.Context) error {
	scan, err := s.d.noticeScan(ctx, s.g, s.n)
	if err == nil {
		s.scan = scan
	}
	return err
}

// run takes turns with the ledger until nothing is left to hand over.
func (s *sender) run(ctx context.Context) error {
	room := s.o.Ahead + s.o.Connections
	work, results := make(chan store.Dispatch, room), make(chan result, room)
	var hands sync.WaitGroup
	for range s.o.Connections {
		hands.Go(func() { s.hands(ctx, work, results) })
	}
	defer hands.Wait()
	defer close(work)
	defer s.stop.Store(true)
	due := &ahead{read: func(ctx context.Context, after store.Dispatch) ([]store.Dispatch, error) {
		return s.d.Store.Due(ctx, s.g, s.n.NoticeVersion, s.d.now(), after, readAtOnce)
	}}
	defer due.end()
	outstanding := 0
	var done []store.Outcome
	var beat rhythm
	for {
		before, began := outstanding, time.Now()
		taken, quiet, err := s.turn(ctx, due, room-outstanding, done)
		if err != nil {
			return err // what is on its way is open in the ledger, and so uncertain
		}
		done = s.pass(taken.Claimed, work)
		outstanding += len(taken.Claimed) - len(done)
		if outstanding == 0 && len(done) == 0 {
			if over, err := s.rest(ctx, taken, quiet); over {
				return err
			}
			continue
		}
		if outstanding > 0 {
			enough := beat.enough(before, len(results), outstanding, time.Since(began))
			more := s.gather(results, enough)
			outstanding -= len(more)
			done = append(done, s.count(more)...)
		}
		if s.halt == "" {
			s.halt = s.clock()
		}
		if s.halt != "" || ctx.Err() != nil {
			s.stop.Store(true)
		}
	}
}

// turn writes what was done, and claims what is due while there is room for it
// and nothing speaks against it.
func (s *sender) turn(ctx context.Context, due *ahead, room int, done []store.Outcome) (taken store.Taken, quiet bool, err error) {
	turn := store.Turn{Outcomes: done, Now: s.d.now(), Halt: s.halt, Note: s.sent.Turns%100 == 0}
	write := context.WithoutCancel(ctx)
	_, quiet = s.n.Draft.quiet(turn.Now)
	if !quiet && s.halt == "" && ctx.Err() == nil && room > 0 {
		if turn.Claim, err = due.take(write, room); err != nil {
			return taken, quiet, err
		}
	}
	if taken, err = s.d.Store.TakeTurn(write, s.g, s.n.NoticeVersion, turn); err != nil {
		return taken, quiet, err
	}
	s.sent.Turns++
	s.sent.Halted, s.sent.Waits = taken.Halted, taken.Waits
	if taken.Halted != "" {
		s.stop.Store(true)
	}
	if s.o.Tell != nil {
		s.o.Tell(s.sent)
	}
	return taken, quiet, nil
}

// count adds results to what came of the run, and judges each.
func (s *sender) count(results []result) (done []store.Outcome) {
	for _, r := range results {
		done = append(done, r.Outcome)
		s.tally[r.Becomes]++
		s.halt = s.judge(r, s.halt)
	}
	return done
}

// pass gives on what was claimed, but for what goes back because its domain has
// had its share.
func (s *sender) pass(claimed []store.Dispatch, work chan<- store.Dispatch) (back []store.Outcome) {
	for _, d := range claimed {
		if later, held := s.slot(d); held {
			back = append(back, store.Outcome{Seq: d.Seq, Attempt: d.Attempt, Was: breach.Handing, Becomes: breach.Released, Due: later})
			continue
		}
		work <- d
	}
	return back
}

// gather waits for one result and takes what else comes within a moment, until it
// is enough: the fewer turns, the fewer times the disk is waited for.
func (s *sender) gather(results <-chan result, enough int) []result {
	list := []result{<-results}
	moment := time.NewTimer(10 * time.Millisecond)
	defer moment.Stop()
	for len(list) < enough {
		select {
		case r := <-results:
			list = append(list, r)
		case <-moment.C:
			return list
		}
	}
	return list
}

// rest waits until something is due, and tells whether nothing is to be waited
// for.
func (s *sender) rest(ctx context.Context, taken store.Taken, quiet bool) (over bool, err error) {
	if taken.Halted != "" || taken.Waits == 0 || s.o.Once || ctx.Err() != nil {
		return true, ctx.Err()
	}
	wait := min(max(taken.Next.Sub(s.d.now()), 10*time.Millisecond), time.Minute)
	if quiet {
		wait = time.Minute
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return true, ctx.Err()
	case <-timer.C:
		return false, nil
	}
}

// slot holds a message back whose domain has had its share of this minute.
func (s *sender) slot(d store.Dispatch) (time.Time, bool) {
	if s.n.Draft.PerMinute < 1 {
		return time.Time{}, false
	}
	_, domain, _ := strings.Cut(strings.ToLower(d.Notice.To.Email.Reveal()), "@")
	now := s.d.now()
	next := s.pace[domain]
	if d.Attempt > 1 && !d.Due.IsZero() && !d.Due.After(now) { // its slot has come
		return time.Time{}, false
	}
	if next.Before(now) {
		next = now
	}
	s.pace[domain] = next.Add(time.Minute / time.Duration(s.n.Draft.PerMinute))
	return next, next.Sub(now) > time.Second
}

// judge tells whether everything is to stop after a result.
func (s *sender) judge(r result, halt string) string {
	handled := int64(0)
	for _, many := range s.tally {
		handled += many
	}
	switch {
	case halt != "":
		return halt
	case r.fault != "":
		return r.fault
	case s.tally[breach.Refused] >= 3 && s.tally[breach.Refused]*100 > 3*s.size: // delivery: more than 3 in 100 is a wrong list
		return "refused"
	case handled >= 20 && s.tally[breach.Deferred]*5 > handled:
		return "deferred"
	case s.tally[breach.Uncertain] > int64(s.o.Connections+s.o.Ahead):
		return "uncertain"
	}
	return ""
}

// clock tells whether the clock has jumped: then nobody knows when what is due.
func (s *sender) clock() string {
	drift := s.d.now().Sub(s.wall) - time.Since(s.began)
	if drift.Abs() > time.Minute {
		return "clock"
	}
	return ""
}
