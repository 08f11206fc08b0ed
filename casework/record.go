package casework

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// How much a worker's results may grow before they are made durable: that is
// what a crash costs at most.
const (
	commitAfter = 3 * time.Second
	commitRows  = 200_000
	memberBatch = 1000
)

// recorders keeps what the workers tell, one recorder for each.
type recorders struct {
	*scan
	mu  sync.Mutex
	all map[int]*recorder
}

func (r *recorders) of(worker int) *recorder {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[int]*recorder{}
	}
	if r.all[worker] == nil {
		r.all[worker] = &recorder{scan: r.scan}
	}
	return r.all[worker]
}

// commit makes durable what every recorder holds.
func (r *recorders) commit(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, w := range r.all {
		errs = append(errs, w.commit(ctx))
	}
	return errors.Join(errs...)
}

// abandon forgets what was not committed.
func (r *recorders) abandon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.all {
		if w.part != nil {
			w.part.Abandon()
		}
	}
}

// recorder writes what one worker tells: findings into a part, members into
// the database, and whole contents in batches.
type recorder struct {
	*scan
	part    *store.FindingsWriter
	since   time.Time
	content int64           // of the attempt under way; 0 between jobs
	paths   map[int]string  // of the members that are open
	members []store.Member  // not yet written
	whole   []store.Content // not yet committed
	gaps    int64
	waits   bool   // pictures of the attempt under way wait
	read    []kept // of whole contents
}

// kept says whether a content that was read has pictures that wait.
type kept struct {
	sha   [32]byte
	waits bool
}

// take takes the next row of a job.
func (r *recorder) take(ctx context.Context, f *feeder, job engine.Job, row engine.Row) error {
	if r.content == 0 {
		r.content, r.paths, r.gaps, r.waits = r.scan.content(), map[int]string{}, 0, false
	}
	switch row := row.(type) {
	case *engine.Item:
		r.open(row)
	case *engine.Mention:
		return r.mention(ctx, row)
	case *engine.Close:
		return r.close(ctx, row)
	case *engine.End:
		return r.end(ctx, f, job, row)
	}
	return nil
}

func (r *recorder) open(row *engine.Item) {
	switch {
	case row.Ordinal == 0:
		r.paths[0] = ""
	case r.paths[row.Parent] == "":
		r.paths[row.Ordinal] = row.Name.Reveal()
	default:
		r.paths[row.Ordinal] = r.paths[row.Parent] + "!/" + row.Name.Reveal()
	}
}

func (r *recorder) mention(ctx context.Context, row *engine.Mention) error {
	if r.part == nil {
		part, err := r.newPart(ctx)
		if err != nil {
			return err
		}
		r.part, r.since = part, time.Now()
	}
	r.tell(func(p *Progress) { p.Mentions++ })
	return r.part.Mention(r.content, int64(row.Ordinal), row.Mention)
}

func (r *recorder) close(ctx context.Context, row *engine.Close) error {
	m := store.Member{Content: r.content, Ordinal: int64(row.Ordinal), Path: r.paths[row.Ordinal], Size: row.Size,
		Type: row.Type, Outcome: row.Outcome}
	if sum := row.SHA256; sum != [32]byte{} { // a copy: the row is used again
		m.SHA256 = sum[:]
	}
	if len(row.Print) > 0 { // likewise
		m.Print = bytes.Clone(row.Print)
	}
	if row.State.IsGap() {
		r.gaps++
	}
	r.waits = r.waits || row.State == breach.OCRPending
	delete(r.paths, row.Ordinal)
	r.members = append(r.members, m)
	if len(r.members) < memberBatch {
		return nil
	}
	return r.saveMembers(ctx)
}

func (r *recorder) saveMembers(ctx context.Context) error {
	err := r.d.Store.SaveMembers(ctx, r.g, r.members)
	r.members = r.members[:0]
	return err
}

// end ends an attempt. What a void attempt told lies under a content that is
// never committed, and so never counts.
func (r *recorder) end(ctx context.Context, f *feeder, job engine.Job, row *engine.End) error {
	content := r.content
	r.content = 0
	if row.Again {
		r.tell(func(p *Progress) { p.Lost++ })
		return nil
	}
	t := f.finish(job.ID)
	it := t.item
	if !t.unchanged(r.src) {
		it.SHA256, it.State, it.Reason = nil, breach.NotReadable, breach.IOError
		r.gaps++
		if err := r.d.Store.SetItems(ctx, r.g, []store.Item{it}); err != nil {
			return err
		}
	} else {
		r.whole = append(r.whole, store.Content{ID: content, SHA256: t.sha[:], Item: it, Part: r.partNumber()})
		r.read = append(r.read, kept{t.sha, r.waits})
	}
	gaps := r.gaps
	r.tell(func(p *Progress) {
		p.Items++
		p.Bytes += it.Size
		p.Gaps += gaps
	})
	if r.part == nil && r.since.IsZero() {
		r.since = time.Now()
	}
	if time.Since(r.since) < commitAfter && (r.part == nil || r.part.Rows() < commitRows) {
		return nil
	}
	return r.commit(ctx)
}

// partNumber is the part that the findings of a content are in; 0 if there is
// none.
func (r *recorder) partNumber() int64 {
	if r.part == nil {
		return 0
	}
	return r.part.Part
}

// commit makes what was read whole durable: first the findings, then the
// contents that point to them.
func (r *recorder) commit(ctx context.Context) error {
	if r.part != nil {
		part := r.part
		r.part = nil
		if err := part.Commit(); err != nil {
			return err
		}
	}
	r.since = time.Time{}
	if err := r.saveMembers(ctx); err != nil {
		return err
	}
	if err := r.d.Store.CommitContents(ctx, r.g, r.reading, r.whole); err != nil {
		return err
	}
	r.scan.mu.Lock()
	for _, c := range r.whole {
		delete(r.flight, [32]byte(c.SHA256))
	}
	r.scan.mu.Unlock()
	for _, c := range r.read {
		r.src.release(c.sha, c.waits)
	}
	r.whole, r.read = r.whole[:0], r.read[:0]
	return nil
}
