package casework

import (
	"context"
	"errors"
	"iter"
	"os"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// pageItems is how many waiting items are fetched at a time.
const pageItems = 1000

// feeder opens and hashes what waits, and hands out what nobody has read.
type feeder struct {
	*scan
	walker *walker      // of a stream, which is listed as it is fed; else nil
	done   []store.Item // settled without a worker, not yet written
	count  int64
	last   *volumes               // fed last
	work   map[engine.JobID]*task // guarded by scan.mu
}

// task is one job: the item it reads and the hash it had when handed out.
type task struct {
	item    store.Item
	sha     [32]byte
	volumes *volumes // that the item is the first of; nil for one that stands alone
}

// unchanged reports whether what was read still is what was listed.
func (t *task) unchanged(src source) bool { return src.unchanged(t.item) && t.volumes.unchanged(src) }

func newFeeder(s *scan) *feeder { return &feeder{scan: s, work: map[engine.JobID]*task{}} }

// jobs yields a job for each content that is to be read, in the order of the walk.
func (f *feeder) jobs(ctx context.Context) iter.Seq2[engine.Job, error] {
	return func(yield func(engine.Job, error) bool) {
		for after := int64(0); ; {
			items, err := f.d.Store.Waiting(ctx, f.g, f.root, after, pageItems)
			if err != nil {
				yield(engine.Job{}, err)
				return
			}
			for _, it := range items {
				for job, err := range f.settle(ctx, it) {
					if !yield(job, err) || err != nil {
						return
					}
				}
			}
			if len(items) < pageItems {
				return
			}
			after = items[len(items)-1].Position
		}
	}
}

// settle settles an item, with the volumes that it is one of. It yields a job
// for what is new.
func (f *feeder) settle(ctx context.Context, it store.Item) iter.Seq2[engine.Job, error] {
	return func(yield func(engine.Job, error) bool) {
		if it.Volumes != 0 && !f.last.near(it) {
			if job, ok, err := f.settleVolumes(ctx, it); (ok || err != nil) && !yield(job, err) {
				return
			}
		}
		if it.Volumes != 0 && f.last.has(it.Path) {
			return
		}
		if job, ok, err := f.settleFile(ctx, it); ok || err != nil {
			yield(job, err)
		}
	}
}

// settleFile opens and hashes an item. It gives a job if the content is new;
// else the item is settled here.
func (f *feeder) settleFile(ctx context.Context, it store.Item) (job engine.Job, ok bool, err error) {
	file, sha, err := f.src.open(ctx, it)
	var gap *breach.Gap
	if errors.As(err, &gap) {
		it.SHA256, it.State, it.Reason = nil, breach.NotReadable, gap.Reason
		return job, false, f.settled(ctx, it)
	}
	if err != nil {
		return job, false, err
	}
	it.SHA256 = sha
	job, ok, err = f.offerFile(ctx, it, file)
	if err == nil && !ok {
		f.src.release([32]byte(sha), false)
	}
	return job, ok, err
}

// offerFile offers an item that lies in one file.
func (f *feeder) offerFile(ctx context.Context, it store.Item, file *os.File) (job engine.Job, ok bool, err error) {
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return job, false, err
	}
	return f.offer(ctx, it, engine.Job{File: file, Size: info.Size()}, nil)
}

// offer makes a job of an open item, unless its content is known or being read.
func (f *feeder) offer(ctx context.Context, it store.Item, job engine.Job, v *volumes) (engine.Job, bool, error) {
	sha := [32]byte(it.SHA256)
	content, known, err := f.d.Store.ContentOf(ctx, f.g, it.SHA256, f.reading)
	if err != nil || known || f.inFlight(sha) {
		_ = job.Close()
		it.Content = content
		if err != nil {
			return job, false, err
		}
		return job, false, f.settled(ctx, it)
	}
	job.ID, job.Name = f.begin(&task{it, sha, v}), breach.Hide(it.Path)
	job.Sights, err = f.sights(ctx, store.Unseen{Hashes: [][32]byte{sha}}, true)
	if err != nil {
		_ = job.Close()
	}
	return job, err == nil, err
}

// inFlight reports whether a content is being read; from now on it is.
func (f *feeder) inFlight(sha [32]byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flight[sha] {
		return true
	}
	f.flight[sha] = true
	return false
}

// begin puts a job on the list.
func (f *feeder) begin(t *task) engine.JobID {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	id := engine.JobID(f.count)
	f.work[id] = t
	return id
}

// finish takes a job off the list.
func (f *feeder) finish(id engine.JobID) *task {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.work[id]
	delete(f.work, id)
	return t
}

// settled notes an item that needs no worker.
func (f *feeder) settled(ctx context.Context, it store.Item) error {
	f.done = append(f.done, it)
	f.tell(func(p *Progress) {
		p.Items++
		p.Bytes += max(it.Size, 0)
		if it.State == breach.NotReadable || it.State == breach.Partly {
			p.Gaps++
		}
	})
	if len(f.done) < pageItems {
		return nil
	}
	return f.flush(ctx)
}

// flush writes the settled items. It is called by whoever feeds, and when
// nobody does any more.
func (f *feeder) flush(ctx context.Context) error {
	if f.walker != nil { // they have to be there first
		if err := f.walker.flush(ctx); err != nil {
			return err
		}
	}
	err := f.d.Store.SetItems(ctx, f.g, f.done)
	f.done = f.done[:0]
	return err
}
