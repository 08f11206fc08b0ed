package casework

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ErrandJob is one errand of a server that is under way, or waits for its turn.
type ErrandJob struct {
	of      errandKey
	errands *Errands
	d       *Desk
	look    chan struct{} // rung when something may have become due
	done    chan struct{}

	watched
	e     Errand
	waits bool
}

// ErrandState is how far an errand is at a moment.
type ErrandState struct {
	Errand
	InQueue bool // it waits for its turn
}

// State tells how far it is.
func (j *ErrandJob) State() ErrandState {
	j.mu.Lock()
	defer j.mu.Unlock()
	x := ErrandState{j.e, j.waits}
	x.Sum.Handled = maps.Clone(x.Sum.Handled)
	return x
}

// Done is closed when it has ended.
func (j *ErrandJob) Done() <-chan struct{} { return j.done }

func (j *ErrandJob) tell(done, of int64) {
	j.change(func() { j.e.Sum.Done, j.e.Sum.Of = done, of })
}

// run does it: what hands over goes on until nothing is left.
func (j *ErrandJob) run(ctx context.Context) error {
	for {
		over, err := j.round(ctx)
		if over || err != nil {
			return err
		}
		again := time.NewTimer(j.errands.Again)
		select {
		case <-ctx.Done():
		case <-j.look:
		case <-again.C:
		}
		again.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// round works on the case when it is its turn.
func (j *ErrandJob) round(ctx context.Context) (over bool, err error) {
	turn := j.errands.turn(j.of.scanOf)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	j.change(func() { j.waits = false })
	n, err := j.notice(ctx)
	if err != nil {
		return false, err
	}
	c := j.errands.Channels[j.of.tenant]
	if err := j.e.check(c, n); err != nil { // the server may have been started with others
		return false, err
	}
	if j.of.kind == store.ErrandSend {
		return j.send(ctx, n, c)
	}
	return true, j.once(ctx, n, c)
}

// notice finds the version that the errand is about.
func (j *ErrandJob) notice(ctx context.Context) (Notice, error) {
	list, err := j.d.Notices(ctx, j.of.id)
	for _, n := range list {
		if n.ID == j.e.Notice && n.Version == j.e.Version {
			return n, err
		}
	}
	if err == nil {
		err = &breach.Refusal{Key: "refusal.no-such-notice", Args: map[string]any{"Notice": string(j.e.Notice)}}
	}
	return Notice{}, err
}

// once does what is done in one go.
func (j *ErrandJob) once(ctx context.Context, n Notice, c Channels) error {
	id := j.of.id
	switch j.of.kind {
	case store.ErrandRehearse:
		n, err := j.d.RehearseNotice(ctx, id, n, RehearseOptions{Seeds: c.Seeds, Relay: c.Relay, Inbox: c.Inbox, Wait: c.Wait, Every: c.Every, Tell: j.tell})
		if err == nil {
			j.change(func() { j.e.Sum.Same = int64(n.Rehearsal.Same) })
		}
		return err
	case store.ErrandReach:
		_, asked, found, err := j.d.FindMailboxes(ctx, id, n, c.Mailbox)
		j.change(func() { j.e.Sum.Done, j.e.Sum.Of, j.e.Sum.Found = int64(asked), int64(asked), int64(found) })
		return err
	case store.ErrandAsk:
		settled, err := j.d.SettleByMailbox(ctx, id, n, c.Mailbox)
		j.change(func() { j.e.Sum.Settled = settled })
		return err
	}
	m, err := j.d.FileLetters(ctx, id, n, j.e.Letters.options(c, j.tell))
	if err == nil {
		j.change(func() {
			j.e.Sum.Done, j.e.Sum.Of, j.e.Sum.Sheets, j.e.Sum.Refused = int64(m.Count), int64(m.Count+len(m.Refused)), int64(m.Sheets), m.Refused
		})
	}
	return err
}

// send hands over what is due now, and tells whether nothing waits any more.
func (j *ErrandJob) send(ctx context.Context, n Notice, c Channels) (over bool, err error) {
	before := j.State().Sum.Handled
	count := func(run NoticeRun) {
		all := maps.Clone(before)
		if all == nil {
			all = map[breach.DeliveryState]int64{}
		}
		for state, many := range run.Handled {
			all[state] += many
		}
		all[breach.Uncertain] += int64(run.Recovered)
		j.change(func() { j.e.Sum.Handled, j.e.Sum.Waits, j.e.Sum.Halted = all, run.Waits, run.Halted })
	}
	run, err := j.d.SendNotices(ctx, j.of.id, n, SendOptions{Relay: c.Relay, Mailbox: c.Mailbox, Once: true, Tell: count})
	count(run)
	return run.Halted != "" || run.Waits == 0, err
}

// keep keeps how it ended. Where the server ends, it stays as it is: it goes on
// at the next start.
func (j *ErrandJob) keep(ctx context.Context, failed error) error {
	if failed != nil && ctx.Err() != nil {
		return nil
	}
	write, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	g, err := j.d.grant(write, j.of.id, j.of.kind.Action())
	if err != nil {
		return errors.Join(failed, err)
	}
	e := j.State().Errand
	e.Ended = j.d.now()
	var refusal *breach.Refusal
	switch {
	case failed == nil:
		e.State = store.ErrandDone
	case errors.As(store.Explain(failed), &refusal):
		e.State, e.Problem, e.Args, failed = store.ErrandFailed, refusal.Key, refusal.Args, nil
	default:
		e.State, e.Problem = store.ErrandFailed, "refusal.errand-failed"
	}
	kept, err := e.kept()
	if err == nil {
		_, err = j.d.Store.KeepErrand(write, g, kept, auth.Instant{Wall: e.Ended})
	}
	return errors.Join(failed, err)
}
