package casework

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// EvidenceFolder is a folder of the server that may be scanned from a browser:
// whoever starts the server says so, and nobody types a path.
type EvidenceFolder struct {
	Tenant     auth.TenantID
	Name, Path string
}

// ScanSettings say how the server scans.
type ScanSettings struct {
	Worker  []string // see [Desk]
	Folders []EvidenceFolder
	AtOnce  int // scans of different cases; 0: two
	Now     func() auth.Instant

	// Tell is told of what failed where nobody at the page can mend it.
	Tell func(auth.TenantID, store.CaseID, error)
}

// Scans are the scans that a server does beside requests, one a case. Each goes
// on when the browser is closed, its sign-in ends, or the server is started anew.
type Scans struct {
	ScanSettings
	jobs *jobs[scanOf, ScanJob]
}

// scanOf tells jobs apart.
type scanOf struct {
	tenant auth.TenantID
	id     store.CaseID
}

// NewScans readies them; [Scans.Run] does them.
func NewScans(o ScanSettings) *Scans {
	if o.AtOnce == 0 {
		o.AtOnce = 2
	}
	return &Scans{ScanSettings: o, jobs: newJobs[scanOf, ScanJob]()}
}

// Names lists the folders that a tenant may have scanned, by their names.
func (s *Scans) Names(t auth.TenantID) []string {
	var names []string
	for _, f := range s.Folders {
		if f.Tenant == t {
			names = append(names, f.Name)
		}
	}
	return names
}

// evidence is where a folder lies, or what was uploaded.
func (s *Scans) evidence(t auth.TenantID, name string) (string, error) {
	if name == "" {
		return uploadsName, nil
	}
	i := slices.IndexFunc(s.Folders, func(f EvidenceFolder) bool { return f.Tenant == t && f.Name == name })
	if i < 0 {
		return "", &breach.Refusal{Key: "refusal.evidence-name", Args: map[string]any{"Name": name}}
	}
	return s.Folders[i].Path, nil
}

// Run does what is asked for until the context ends, and then waits until what
// was read is kept.
func (s *Scans) Run(ctx context.Context) {
	turns := make(chan struct{}, s.AtOnce)
	s.jobs.run(ctx, func(j *ScanJob) { s.do(ctx, j, turns) })
}

// do does one of them, when it is its turn.
func (s *Scans) do(ctx context.Context, j *ScanJob, turns chan struct{}) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j.endWith(cancel)
	defer close(j.done)
	defer s.jobs.drop(j.of)
	var err error
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
		j.begin()
		err = j.run(ctx)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err := j.keep(ctx, err); err != nil && s.Tell != nil {
		s.Tell(j.of.tenant, j.of.id, err)
	}
}

// Job finds what is being scanned, or waits to be, of a case; nil for nothing.
func (s *Scans) Job(t auth.TenantID, id store.CaseID) *ScanJob {
	return s.jobs.find(scanOf{t, id})
}

// Begin begins a scan of a folder, or of what was uploaded. All that it needs is
// asked for now.
func (s *Scans) Begin(ctx context.Context, d *Desk, id store.CaseID, plan store.ScanPlan) error {
	if _, err := s.evidence(d.Who.Tenant, plan.Folder); err != nil {
		return err
	}
	leave, err := d.toScan(ctx, id)
	if err != nil {
		return err
	}
	plan.By, plan.Began = d.Who.User, d.now()
	x, err := d.Store.BeginScan(ctx, leave[0], plan)
	if err != nil {
		return err
	}
	return s.start(d, leave, x, false)
}

// toScan asks for all that a scan needs, which outlasts the sign-in.
func (d *Desk) toScan(ctx context.Context, id store.CaseID) ([]auth.Grant, error) {
	g, err := d.grant(ctx, id, auth.Scan)
	if err != nil {
		return nil, err
	}
	more, err := d.Store.Grants(ctx, d.Who, []auth.Ask{{Action: auth.Resolve, Case: id, Now: d.instant()}, {Action: auth.ReadPictures, Case: id, Now: d.instant()}})
	return append([]auth.Grant{g}, more...), err
}

// start puts a scan into the queue. What a stop of the server leaves there goes
// on at its next start.
func (s *Scans) start(d *Desk, leave []auth.Grant, x store.Scan, again bool) error {
	own := &Desk{Store: d.Store, Who: d.Who, Leave: leave, Now: func() time.Time { return s.Now().Wall }, Worker: s.Worker, Workers: max(1, runtime.NumCPU()-1)} // a core stays for the pages
	j := &ScanJob{of: scanOf{d.Who.Tenant, leave[0].Case()}, scans: s, d: own, x: x, again: again, waits: true, done: make(chan struct{})}
	if !s.jobs.add(j.of, j) {
		return store.ErrScanOpen
	}
	return nil
}

// The reasons why a scan ends early.
var (
	errPause = errors.New("scan paused")
	errStop  = errors.New("scan stopped")
)

// Pause ends the scan of a case for now: what was read is kept, and Continue goes
// on with the rest.
func (s *Scans) Pause(ctx context.Context, d *Desk, id store.CaseID) error {
	return s.end(ctx, d, id, errPause, store.ScanPaused)
}

// Stop ends it for good. What was read stays; a new scan reads only the rest.
func (s *Scans) Stop(ctx context.Context, d *Desk, id store.CaseID) error {
	return s.end(ctx, d, id, errStop, store.ScanStopped)
}

func (s *Scans) end(ctx context.Context, d *Desk, id store.CaseID, why error, state store.ScanState) error {
	g, err := d.grant(ctx, id, auth.Scan)
	if err != nil {
		return err
	}
	if j := s.Job(d.Who.Tenant, id); j != nil {
		j.end(why)
		return nil
	}
	x, err := openScan(ctx, d, g)
	if err != nil || x.State == state {
		return err
	}
	x.State, x.Ended = state, d.now()
	_, err = d.Store.KeepScan(ctx, g, x, d.instant())
	return err
}

// openScan finds the scan of a case that may go on.
func openScan(ctx context.Context, d *Desk, g auth.Grant) (store.Scan, error) {
	list, err := d.Store.Scans(ctx, g)
	if err != nil {
		return store.Scan{}, err
	}
	for _, x := range list {
		if x.State.Open() {
			return x, nil
		}
	}
	return store.Scan{}, &breach.Refusal{Key: "refusal.scan-none"}
}

// Continue goes on with a scan that was paused.
func (s *Scans) Continue(ctx context.Context, d *Desk, id store.CaseID) error {
	leave, err := d.toScan(ctx, id)
	if err != nil {
		return err
	}
	if s.Job(d.Who.Tenant, id) != nil {
		return nil
	}
	x, err := openScan(ctx, d, leave[0])
	if err == nil && x.State != store.ScanGoing {
		x.State, x.Ended = store.ScanGoing, time.Time{}
		x, err = d.Store.KeepScan(ctx, leave[0], x, d.instant())
	}
	if err != nil {
		return err
	}
	return s.start(d, leave, x, false)
}

// Resume goes on with what a server was scanning when it ended. A case that does
// not open is left out: one in secret mode is none of the server's.
func (s *Scans) Resume(ctx context.Context, st *store.Store, t auth.TenantID) error {
	going, err := st.ScansGoing(ctx)
	for _, id := range going {
		d := &Desk{Store: st, Who: auth.Console("server", t, s.Now()), Now: func() time.Time { return s.Now().Wall }, Clock: s.Now}
		leave, failed := d.toScan(ctx, id)
		var x store.Scan
		if failed == nil {
			x, failed = openScan(ctx, d, leave[0])
		}
		if failed == nil {
			failed = s.start(d, leave, x, true)
		}
		var refusal *breach.Refusal
		if failed != nil && !errors.As(failed, &refusal) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
