package casework

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
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
	done  []store.Item // settled without a worker, not yet written
	count int64
	work  map[engine.JobID]*task // guarded by scan.mu
}

// task is one job: the item it reads and the hash it had when handed out.
type task struct {
	item store.Item
	sha  [32]byte
}

// jobs yields a job for each content that is to be read, in path order.
func (f *feeder) jobs(ctx context.Context) iter.Seq2[engine.Job, error] {
	return func(yield func(engine.Job, error) bool) {
		f.work = map[engine.JobID]*task{}
		buf := make([]byte, 1<<20)
		for after := ""; ; {
			items, err := f.d.Store.Waiting(ctx, f.id, f.root, after, pageItems)
			if err != nil {
				yield(engine.Job{}, err)
				return
			}
			for _, it := range items {
				job, ok, err := f.settle(ctx, it, buf)
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
			after = items[len(items)-1].Path
		}
	}
}

// settle opens and hashes an item. It gives a job if the content is new; else
// the item is settled here.
func (f *feeder) settle(ctx context.Context, it store.Item, buf []byte) (job engine.Job, ok bool, err error) {
	file, info, err := f.src.open(it.Path)
	if err == nil {
		it.SHA256, err = hash(file, buf)
	}
	if err != nil {
		if file != nil {
			_ = file.Close()
		}
		it.SHA256, it.State, it.Reason = nil, breach.NotReadable, breach.IOError
		var gap *breach.Gap
		if errors.As(err, &gap) {
			it.Reason = gap.Reason
		}
		return job, false, f.settled(ctx, it)
	}
	sha := [32]byte(it.SHA256)
	content, known, err := f.d.Store.ContentOf(ctx, f.id, it.SHA256, f.reading)
	if err != nil || known || f.inFlight(sha) {
		_ = file.Close()
		it.Content = content
		if err != nil {
			return job, false, err
		}
		return job, false, f.settled(ctx, it)
	}
	job = f.job(it, sha, file, info)
	job.Sights, err = f.sights(ctx, store.Unseen{Hashes: [][32]byte{sha}}, true)
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
		if it.State == breach.NotReadable {
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
	err := f.d.Store.SetItems(ctx, f.id, f.done)
	f.done = f.done[:0]
	return err
}

// hash reads a file whole for its SHA-256, and goes back to its start.
func hash(file *os.File, buf []byte) ([]byte, error) {
	h := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{file}, buf); err != nil {
		return nil, &breach.Gap{Reason: reasonOf(err)}
	}
	_, err := file.Seek(0, io.SeekStart)
	return h.Sum(nil), err
}
