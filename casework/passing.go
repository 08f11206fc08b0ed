package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// passing yields a job for each new content of a stream as it passes by, and
// lists the stream on the way.
func (f *feeder) passing(ctx context.Context, w *walker, t *tarStream) iter.Seq2[engine.Job, error] {
	f.walker = w
	return func(yield func(engine.Job, error) bool) {
		for {
			it, err := t.next(ctx)
			if err != nil {
				if err = f.passed(ctx, t, err); err != nil {
					yield(engine.Job{}, err)
				}
				return
			}
			f.tell(func(p *Progress) { p.Of++ })
			job, ok, err := f.pass(ctx, t, it)
			if err != nil {
				yield(engine.Job{}, err)
				return
			}
			if ok && !yield(job, nil) {
				return
			}
		}
	}
}

// passed ends the listing of a stream. If it broke off, what did not come is in
// the account, and what came another time stays.
func (f *feeder) passed(ctx context.Context, t *tarStream, err error) error {
	var broken *breach.Gap
	if errors.As(err, &broken) && ctx.Err() == nil {
		f.walker.partial = true
		f.tell(func(p *Progress) { p.Of++ })
		err = errors.Join(f.settled(ctx, f.walker.add(t.rest(broken.Reason))), io.EOF)
	}
	if errors.Is(err, io.EOF) {
		return f.walker.end(ctx)
	}
	return err
}

// pass lists a member and holds its content. It gives a job if that is new.
func (f *feeder) pass(ctx context.Context, t *tarStream, it store.Item) (job engine.Job, ok bool, err error) {
	var file *os.File
	if it.State == breach.Pending && !f.walker.skipped(it.Path) {
		var gap *breach.Gap
		file, it.SHA256, err = t.take(ctx)
		if errors.As(err, &gap) {
			it.State, it.Reason, err = breach.NotReadable, gap.Reason, nil
		}
		if err != nil {
			return job, false, err
		}
	}
	if file != nil {
		it.MTime = versionOf(it.SHA256)
	}
	if it.Path, err = f.walker.unique(ctx, it); err != nil {
		return job, false, err
	}
	if it = f.walker.add(it); file == nil {
		return job, false, f.settled(ctx, it)
	}
	sha := it.SHA256
	job, ok, err = f.offerFile(ctx, it, file)
	if err != nil {
		return job, false, err
	}
	if ok { // it must be listed before what is read in it is committed
		return job, true, f.walker.flush(ctx)
	}
	waits, err := f.d.Store.PicturesWait(ctx, f.g, sha)
	t.release([32]byte(sha), waits)
	return job, false, err
}

// unique is a name that holds nothing else: a stream may have several members
// of one name, and another stream that begins alike may have others. All of
// them were exposed, so none takes the place of another.
func (w *walker) unique(ctx context.Context, it store.Item) (string, error) {
	for n, name := 2, it.Path; ; n++ {
		walk, mtime, err := w.seen(ctx, name)
		if err != nil {
			return "", err
		}
		same := mtime == 0 || mtime == it.MTime
		if walk == 0 || walk < w.walk && same {
			return name, nil
		}
		w.partial = w.partial || walk < w.walk
		name = fmt.Sprintf("%s (%d)", it.Path, n)
	}
}

func (w *walker) seen(ctx context.Context, name string) (walk, mtime int64, err error) {
	for _, it := range w.batch {
		if it.Path == name {
			return w.walk, it.MTime, nil
		}
	}
	return w.d.Store.Seen(ctx, w.g, w.root, name)
}
