package casework

import (
	"context"
	"errors"
	"io/fs"
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
	work   map[engine.JobID]*task // guarded by scan.mu
}

// task is one job: the item it reads and the hash it had when handed out.
type task struct {
	item store.Item
	sha  [32]byte
}

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
				job, ok, err := f.settle(ctx, it)
				if err != nil {
					yield(engine.Job{}, err)
					return
				}
				if ok && !yield(job, nil) {
					return
				}
			}
			if len(items) < pageItems {
				return
			}
			after = items[len(items)-1].Position
		}
	}
}

// settle opens and hashes an item. It gives a job if the content is new; else
// the item is settled here.
func (f *feeder) settle(ctx context.Context, it store.Item) (job engine.Job, ok bool, err error) {
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
	job, ok, err = f.offer(ctx, it, file)
	if err == nil && !ok {
		f.src.release([32]byte(sha), false)
	}
	return job, ok, err
}

// offer makes a job of an open item, unless its content is known or being read.
func (f *feeder) offer(ctx context.Context, it store.Item, file *os.File) (job engine.Job, ok bool, err error) {
	sha := [32]byte(it.SHA256)
	content, known, err := f.d.Store.ContentOf(ctx, f.g, it.SHA256, f.reading)
	if err != nil || known || f.inFlight(sha) {
		_ = file.Close()
		it.Content = content
		if err != nil {
			return job, false, err
		}
		return job, false, f.settled(ctx, it)
	}
	info, err := file.Stat()
	if err == nil {
		job = f.job(it, sha, file, info)
		job.Sights, err = f.sights(ctx, store.Unseen{Hashes: [][32]byte{sha}}, true)
	}
	if err != nil {
		_ = file.Close()
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

func (f *feeder) job(it store.Item, sha [32]byte, file *os.File, info fs.FileInfo) engine.Job {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	id := engine.JobID(f.count)
	f.work[id] = &task{it, sha}
	return engine.Job{ID: id, Name: breach.Hide(it.Path), Size: info.Size(), File: file}
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
