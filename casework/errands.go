package casework

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ErrandSettings say how the server runs errands.
type ErrandSettings struct {
	Channels map[auth.TenantID]Channels
	Now      func() auth.Instant

	// Again is how long what waits for later waits at most before it is looked at
	// once more; 0: half a minute.
	Again time.Duration

	// Tell is told of what failed where nobody at the page can mend it.
	Tell func(auth.TenantID, store.CaseID, error)
}

// Errands are what a server does about notices beside requests: one of a case at
// a time. Each goes on when the browser is closed, its sign-in ends, or the server
// is started anew.
type Errands struct {
	ErrandSettings
	jobs *jobs[errandKey, ErrandJob]

	mu    sync.Mutex
	turns map[scanOf]chan struct{} // who holds one works on the case
}

// errandKey tells jobs apart.
type errandKey struct {
	scanOf
	notice breach.NoticeID
	kind   store.ErrandKind
}

// NewErrands readies them; [Errands.Run] does them.
func NewErrands(o ErrandSettings) *Errands {
	o.Again = cmp.Or(o.Again, 30*time.Second)
	return &Errands{ErrandSettings: o, jobs: newJobs[errandKey, ErrandJob](), turns: map[scanOf]chan struct{}{}}
}

// Run does what is asked for until the context ends, and then waits until what
// came of it is kept.
func (s *Errands) Run(ctx context.Context) {
	s.jobs.run(ctx, func(j *ErrandJob) { s.do(ctx, j) })
}

func (s *Errands) do(ctx context.Context, j *ErrandJob) {
	err := j.keep(ctx, j.run(ctx))
	if s.drop(j) {
		again := Errand{Errand: store.Errand{Notice: j.e.Notice, Kind: j.e.Kind, ErrandNote: store.ErrandNote{Version: j.e.Version}}}
		if failed := s.begin(context.WithoutCancel(ctx), j.d, j.d.Leave, again); !errors.Is(failed, store.ErrErrandOpen) {
			err = errors.Join(err, failed)
		}
	}
	if err != nil && s.Tell != nil {
		s.Tell(j.of.tenant, j.of.id, err)
	}
}

// drop forgets one that has ended, and tells whether it was asked to look again
// when it had looked for the last time.
func (s *Errands) drop(j *ErrandJob) (again bool) {
	s.jobs.drop(j.of)
	close(j.done)
	select {
	case <-j.look:
		return true
	default:
		return false
	}
}

// turn is what is held by whoever works on a case.
func (s *Errands) turn(of scanOf) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns[of] == nil {
		s.turns[of] = make(chan struct{}, 1)
	}
	return s.turns[of]
}

// Ways is what a page shows of an organisation's channels.
type Ways struct {
	Mail    bool
	Seeds   []string
	Mailbox string // the name of the service; "" for none
	Tells   bool   // it tells what became of messages
	Posti   bool
}

// Ways tells on which ways the server hands over for an organisation.
func (s *Errands) Ways(t auth.TenantID) Ways {
	c := s.Channels[t]
	w := Ways{Mail: c.Relay != nil, Posti: c.Posti != nil}
	if c.Inbox != nil {
		w.Seeds = c.Seeds
	}
	if c.Mailbox != nil {
		w.Mailbox = c.Mailbox.Name()
		_, w.Tells = c.Mailbox.(eventful)
	}
	return w
}

// Carries reports whether the server can hand over all of a notice that a machine
// hands over, and there is something.
func (s *Errands) Carries(t auth.TenantID, n Notice) bool {
	return s.Channels[t].carries(n) == nil && n.Frozen.ByChannel[breach.Mail]+n.Frozen.ByChannel[breach.Mailbox] > 0
}

// Job finds what is being done of a kind about a notice, or waits to be; nil for
// nothing.
func (s *Errands) Job(t auth.TenantID, id store.CaseID, notice breach.NoticeID, kind store.ErrandKind) *ErrandJob {
	return s.jobs.find(errandKey{scanOf{t, id}, notice, kind})
}

// Begin begins an errand about a version of a notice. All that it needs is asked
// for now. The same a second time is refused; handing over, which goes on until
// nothing is left, is told to look at once instead.
func (s *Errands) Begin(ctx context.Context, d *Desk, id store.CaseID, n Notice, kind store.ErrandKind, plan LetterPlan) error {
	e := Errand{Errand: store.Errand{Notice: n.ID, Kind: kind}, ErrandWork: ErrandWork{Letters: plan}}
	if kind == store.ErrandLetters {
		e.Letters.Batch = cmp.Or(plan.Batch, rand.Text()[:6])
	}
	if err := e.check(s.Channels[d.Who.Tenant], n); err != nil {
		return err
	}
	leave, err := d.toRun(ctx, id, kind)
	if err != nil {
		return err
	}
	e.Version = n.Version
	if kind == store.ErrandSend && s.jobs.with(errandKey{scanOf{d.Who.Tenant, id}, n.ID, kind}, func(j *ErrandJob) { ring(j.look) }) {
		return nil
	}
	err = s.begin(ctx, d, leave, e)
	if errors.Is(err, store.ErrErrandOpen) && kind == store.ErrandSend { // a server that ended had begun it
		return s.resume(ctx, d, id)
	}
	return err
}

func (s *Errands) begin(ctx context.Context, d *Desk, leave []auth.Grant, e Errand) error {
	e.By, e.Began = d.Who.User, d.now()
	kept, err := e.kept()
	if err == nil {
		e.Errand, err = d.Store.BeginErrand(ctx, leave[0], kept)
	}
	if err != nil {
		return err
	}
	return s.start(d, leave, e)
}

// toRun asks for all that an errand needs, which outlasts the sign-in.
func (d *Desk) toRun(ctx context.Context, id store.CaseID, kind store.ErrandKind) ([]auth.Grant, error) {
	g, err := d.grant(ctx, id, kind.Action())
	if err != nil {
		return nil, err
	}
	asks := []auth.Ask{{Action: auth.ReadNotices, Case: id, Now: d.instant()}}
	if kind == store.ErrandReach {
		asks = append(asks, auth.Ask{Action: auth.WriteNotice, Case: id, Now: d.instant()})
	}
	more, err := d.Store.Grants(ctx, d.Who, asks)
	return append([]auth.Grant{g}, more...), err
}

// start puts an errand into the queue. What a stop of the server leaves there goes
// on at its next start.
func (s *Errands) start(d *Desk, leave []auth.Grant, e Errand) error {
	own := &Desk{Store: d.Store, Who: d.Who, Leave: leave, Now: func() time.Time { return s.Now().Wall }}
	j := &ErrandJob{of: errandKey{scanOf{d.Who.Tenant, leave[0].Case()}, e.Notice, e.Kind}, errands: s, d: own, e: e, waits: true, look: make(chan struct{}, 1), done: make(chan struct{})}
	if !s.jobs.add(j.of, j) {
		return store.ErrErrandOpen
	}
	return nil
}

// Resume goes on with what a server was doing when it ended. A case that does not
// open is left out: one in secret mode is none of the server's.
func (s *Errands) Resume(ctx context.Context, st *store.Store, t auth.TenantID) error {
	going, err := st.ErrandsGoing(ctx)
	for _, id := range going {
		d := &Desk{Store: st, Who: auth.Console("server", t, s.Now()), Now: func() time.Time { return s.Now().Wall }, Clock: s.Now}
		failed := s.resume(ctx, d, id)
		var refusal *breach.Refusal
		if failed != nil && !errors.As(failed, &refusal) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

func (s *Errands) resume(ctx context.Context, d *Desk, id store.CaseID) error {
	list, err := d.Errands(ctx, id, "")
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(list) { // in the order in which they were begun
		if e.State != store.ErrandGoing || s.Job(d.Who.Tenant, id, e.Notice, e.Kind) != nil {
			continue
		}
		leave, failed := d.toRun(ctx, id, e.Kind)
		if failed == nil {
			failed = s.start(d, leave, e)
		}
		err = errors.Join(err, failed)
	}
	return err
}

// Errands lists what the server was asked to do about a notice, the newest first;
// about any, where none is named.
func (d *Desk) Errands(ctx context.Context, id store.CaseID, notice breach.NoticeID) ([]Errand, error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil {
		return nil, err
	}
	list, err := d.Store.Errands(ctx, g, notice)
	if err != nil {
		return nil, err
	}
	var all []Errand
	for _, x := range list {
		e, err := errandOf(x)
		if err != nil {
			return nil, fmt.Errorf("list errands: %w", err)
		}
		all = append(all, e)
	}
	return all, nil
}
