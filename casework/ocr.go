package casework

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// OCROptions say which pictures are read first, and how long.
type OCROptions struct {
	First  []string      // patterns of path.Match: what fits is read before the rest
	Budget time.Duration // after it the rest goes on waiting; 0 for no bound

	// Nice is how far the program that reads stands back for others on the
	// machine: 0 not at all, 19 as far as it goes. Not on Windows.
	Nice int

	// Passwords are tried on what is encrypted. Pictures in what only the
	// passwords of the scan open wait where they are not given again.
	Passwords []string

	// Progress is told how far it is, from one goroutine at a time. May be nil.
	Progress func(Progress)
}

// ErrNoOCR says that no program that reads pictures is installed.
var ErrNoOCR = &breach.Refusal{Key: "refusal.no-ocr"}

// ErrScanAgain says that registers or readers changed after the last scan.
var ErrScanAgain = &breach.Refusal{Key: "refusal.scan-again"}

// CanOCR reports whether a program that reads pictures is installed.
func CanOCR() bool { return engine.FindTool() != "" }

// OCR reads the text of pictures that a scan left waiting. Each picture is
// drawn by a worker and read by a program of its own; what came of it is kept,
// and the file it lies in is read once more, now with the text. It may be
// stopped at any moment and goes on where it was. Resolve tells who it was about.
func (d *Desk) OCR(ctx context.Context, id store.CaseID, o OCROptions) (err error) {
	g, err := d.grant(ctx, id, auth.ReadPictures)
	if err != nil {
		return err
	}
	lock, err := d.Store.Lock(ctx, g, "ocr", d.now())
	if err != nil {
		return err
	}
	defer closing(&err, lock)
	reading, err := d.index(ctx, g)
	if err != nil {
		return err
	}
	if other, err := d.Store.ReadOtherwise(ctx, g, reading); err != nil || other {
		return errors.Join(err, ErrScanAgain)
	}
	l := &looking{o: o, began: time.Now(), scan: &scan{d: d, g: g, reading: reading, o: ScanOptions{Progress: o.Progress}}}
	if l.recognizer, err = engine.NewRecognizer(ctx, d.Worker, o.Nice); errors.Is(err, engine.ErrNoTool) {
		return ErrNoOCR
	} else if err != nil {
		return err
	}
	defer l.recognizer.Close()
	if l.next, err = d.Store.BeginReading(ctx, g, reading); err != nil {
		return err
	}
	if l.part, err = d.Store.LastPart(ctx, g); err != nil {
		return err
	}
	l.phase(Readying)
	if err := engine.FillCache(ctx, d.Worker, d.pdfCache()); err != nil {
		return err
	}
	return l.run(ctx)
}

// looking is one run of OCR.
type looking struct {
	*scan
	o          OCROptions
	began      time.Time
	recognizer *engine.Recognizer
}

// batchTime is how long pictures are looked at before the files they lie in
// are read once more.
const batchTime = 2 * time.Minute

// run looks at the pictures of every scanned folder that is still there.
func (l *looking) run(ctx context.Context) error {
	roots, err := l.d.Store.Roots(ctx, l.g)
	if err != nil {
		return err
	}
	l.phase(Looking)
	for _, root := range slices.Sorted(maps.Keys(roots)) {
		src, err := l.d.reopenSource(ctx, l.g, roots[root])
		var gone *breach.Refusal
		if errors.As(err, &gone) {
			continue // it waits until the evidence is back
		}
		if err != nil {
			return err
		}
		l.src, l.root = src, root
		err = errors.Join(l.folder(ctx), src.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// folder looks at the pictures of one scanned folder, a batch at a time.
func (l *looking) folder(ctx context.Context) error {
	waiting, err := l.queue(ctx)
	if err != nil {
		return err
	}
	l.tell(func(p *Progress) { p.Of += int64(len(waiting)) })
	for len(waiting) > 0 && !l.spent() {
		b := &batch{looking: l, until: time.Now().Add(batchTime), rest: waiting}
		if err := b.run(ctx); err != nil {
			return err
		}
		waiting = b.rest
	}
	return nil
}

// queue lists the contents that wait, those that go first before the rest.
func (l *looking) queue(ctx context.Context) ([]int64, error) {
	all, err := l.d.Store.UnseenContents(ctx, l.g, l.root, l.reading)
	if err != nil || len(l.o.First) == 0 {
		return all, err
	}
	var first, rest []int64
	for _, content := range all {
		u, err := l.d.Store.Unseen(ctx, l.g, l.root, content)
		if err != nil {
			return nil, err
		}
		if fits(l.o.First, u.Item.Path) {
			first = append(first, content)
		} else {
			rest = append(rest, content)
		}
	}
	return append(first, rest...), nil
}

// fits reports whether a path, a folder it lies in or its name fits a pattern.
func fits(patterns []string, name string) bool {
	for _, pattern := range patterns {
		for p := name; p != "." && p != "/"; p = path.Dir(p) {
			if ok, _ := path.Match(pattern, p); ok {
				return true
			}
		}
		if ok, _ := path.Match(pattern, path.Base(name)); ok {
			return true
		}
	}
	return false
}

// spent reports whether the budget is used up.
func (l *looking) spent() bool { return l.o.Budget > 0 && time.Since(l.began) >= l.o.Budget }

// errSpent ends a batch in the middle of a file.
var errSpent = errors.New("budget spent")

// batch is some contents: first their pictures are looked at, then the files
// are read once more.
type batch struct {
	*looking
	until time.Time
	rest  []int64 // not taken yet
	seen  []store.Unseen
	open  map[engine.JobID]*drawing // guarded by scan.mu, as seen is
}

// drawing is a content whose pictures are being drawn.
type drawing struct {
	store.Unseen
	locked int64 // items met so far that nobody has the password of
}

func (b *batch) run(ctx context.Context) error {
	pool, err := b.d.pool(ctx, b.g, engine.Draw, b.d.Workers)
	if err != nil {
		return err
	}
	defer pool.clean()
	if err := pool.give(b.o.Passwords); err != nil {
		return err
	}
	pool.Longest = 365 * 24 * time.Hour // most of it is not the worker's
	pool.Confined = func(level engine.Level) { b.tell(func(p *Progress) { p.Sandbox = string(level) }) }
	b.open = map[engine.JobID]*drawing{}
	err = pool.Run(ctx, b.jobs(ctx), func(_ int, job engine.Job, row engine.Row) error { return b.take(ctx, job, row) })
	if errors.Is(err, errSpent) {
		err, b.rest = nil, nil
	}
	if err != nil {
		return err
	}
	return b.readAgain(ctx)
}

// jobs hands out contents until the batch is full, each with what is known of
// its pictures.
func (b *batch) jobs(ctx context.Context) iter.Seq2[engine.Job, error] {
	return func(yield func(engine.Job, error) bool) {
		for len(b.rest) > 0 && time.Now().Before(b.until) && !b.spent() {
			content := b.rest[0]
			b.rest = b.rest[1:]
			u, err := b.d.Store.Unseen(ctx, b.g, b.root, content)
			if err == nil {
				job, ok, openErr := b.job(ctx, u, false)
				if err = openErr; err == nil && !ok {
					b.tell(func(p *Progress) { p.Items++ })
					continue
				}
				if err == nil {
					b.mu.Lock()
					b.open[job.ID] = &drawing{Unseen: u}
					b.mu.Unlock()
					if !yield(job, nil) {
						return
					}
					continue
				}
			}
			yield(engine.Job{}, err)
			return
		}
	}
}

// job opens the file of a content, unless it is no longer what was scanned.
func (b *batch) job(ctx context.Context, u store.Unseen, text bool) (job engine.Job, ok bool, err error) {
	if len(u.Hashes) == 0 || !b.src.unchanged(u.Item) {
		return job, false, nil
	}
	job.Sights, err = b.sights(ctx, u, text)
	if err != nil {
		return job, false, err
	}
	if u.Item.Volumes != 0 {
		v, err := b.openVolumes(ctx, u.Item)
		if err != nil {
			return job, false, err
		}
		if len(v.items) > 0 && bytes.Equal(v.sha[:], u.Item.SHA256) && v.unchanged(b.src) {
			v.job.ID, v.job.Name, v.job.Sights = engine.JobID(u.Content), breach.Hide(u.Item.Path), job.Sights
			return v.job, true, nil
		}
		if len(v.items) > 0 {
			return job, false, v.job.Close()
		}
	}
	file, sum, err := b.src.open(ctx, u.Item)
	var gap *breach.Gap
	if errors.As(err, &gap) {
		return job, false, nil // the next scan tells why
	}
	if err != nil {
		return job, false, err
	}
	info, err := file.Stat()
	if err != nil || !slices.Equal(sum, u.Item.SHA256) {
		b.src.release([32]byte(sum), false)
		return job, false, errors.Join(err, file.Close())
	}
	job.ID, job.Name, job.Size, job.File = engine.JobID(u.Content), breach.Hide(u.Item.Path), info.Size(), file
	return job, true, nil
}

// take takes a row about a content.
func (b *batch) take(ctx context.Context, job engine.Job, row engine.Row) error {
	switch row := row.(type) {
	case *engine.Picture:
		if b.spent() {
			return errSpent
		}
		return b.look(ctx, row)
	case *engine.Close:
		if row.Reason == breach.PasswordNeeded {
			b.opened(job).locked++
		}
	case *engine.End:
		if row.Again {
			b.opened(job).locked = 0
			b.tell(func(p *Progress) { p.Lost++ })
			return nil
		}
		return b.end(ctx, job, row)
	}
	return nil
}

// opened is the content of a job that is under way.
func (b *batch) opened(job engine.Job) *drawing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[job.ID]
}

// end ends the drawing of a content.
func (b *batch) end(ctx context.Context, job engine.Job, row *engine.End) error {
	u := b.opened(job)
	b.src.release([32]byte(u.Item.SHA256), true)
	if u.locked > u.Locked { // read once more without its passwords, it would say less than it does
		b.tell(func(p *Progress) { p.Items++ })
		return nil
	}
	if row.Reason != "" { // nobody will ever draw the rest of it
		if err := b.giveUp(ctx, u.Unseen); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, u.Unseen)
	return nil
}

// readAgain reads the files whose pictures were looked at once more, now with
// their text.
func (b *batch) readAgain(ctx context.Context) error {
	if len(b.seen) == 0 {
		return nil
	}
	pool, err := b.d.pool(ctx, b.g, engine.Scan, b.d.Workers)
	if err != nil {
		return err
	}
	defer pool.clean()
	if err := pool.give(b.o.Passwords); err != nil {
		return err
	}
	b.flight = map[[32]byte]bool{}
	f := newFeeder(b.scan)
	recorders := &recorders{scan: b.scan}
	defer recorders.abandon()
	jobs := func(yield func(engine.Job, error) bool) {
		for _, u := range b.seen {
			job, ok, err := b.job(ctx, u, true)
			if err != nil || ok {
				b.mu.Lock()
				f.work[job.ID] = &task{u.Item, [32]byte(u.Item.SHA256), nil}
				b.mu.Unlock()
				if !yield(job, err) {
					return
				}
			}
		}
	}
	err = pool.Run(ctx, jobs, func(worker int, job engine.Job, row engine.Row) error {
		return recorders.of(worker).take(ctx, f, job, row)
	})
	if err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	return recorders.commit(ctx)
}
