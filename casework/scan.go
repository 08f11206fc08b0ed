package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/compare"
	"github.com/klarlagt/klarlagt/detect"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// ScanOptions say what is scanned and how.
type ScanOptions struct {
	Evidence string    // a folder or a file, "-" for standard input, s3://bucket/prefix
	Stdin    io.Reader // for "-": a list of paths, or a tar
	Reached  []ReachedRule
	Exclude  []string // patterns of path.Match; what fits is left out, and said to be

	// Passwords are tried in order on what is encrypted. What was locked is
	// read anew when the list is another than before.
	Passwords []string

	// Limits are kept with the case; what is not named stays as it is. What a
	// limit stopped is read anew when that limit is higher than before.
	Limits Limits

	// Progress is told how far the scan is, from one goroutine at a time.
	// May be nil.
	Progress func(Progress)

	reads func(root int64) // is told the number of what is scanned; may be nil
}

// Progress is how far a scan is.
type Progress struct {
	Phase    Phase
	Items    int64 // files done
	Of       int64 // files known
	Bytes    int64 // bytes done
	Before   int64 // of these, before this reading began
	OfBytes  int64
	Mentions int64 // found so far
	Gaps     int64 // items not read whole so far
	Lost     int64 // workers lost so far
	Pictures int64 // read so far
	Sandbox  string
}

// Phase is what a scan is at.
type Phase string

// The phases, in order.
const (
	Listing   Phase = "listing"
	Indexing  Phase = "indexing"
	Readying  Phase = "readying"
	Reading   Phase = "reading"
	Looking   Phase = "looking" // at pictures of text
	Resolving Phase = "resolving"
)

// Scan lists the evidence, reads what was not read before, and keeps what it
// finds. It may be stopped at any moment and started again: what was read is
// kept, and nothing is counted twice. Resolve tells who it was about.
func (d *Desk) Scan(ctx context.Context, id store.CaseID, o ScanOptions) (err error) {
	g, err := d.grant(ctx, id, auth.Scan)
	if err != nil {
		return err
	}
	lock, err := d.Store.Lock(ctx, g, "scan", d.now())
	if err != nil {
		return err
	}
	defer closing(&err, lock)
	src, err := d.openSource(ctx, g, o.Evidence, o.Stdin)
	if err != nil {
		return err
	}
	defer closing(&err, src)

	s := &scan{d: d, g: g, src: src, o: o, told: Progress{Phase: Indexing}}
	if s.reading, err = d.index(ctx, g); err != nil {
		return err
	}
	if s.root, err = d.Store.Root(ctx, g, src.name()); err != nil {
		return err
	}
	if o.reads != nil {
		o.reads(s.root)
	}
	if err := s.setLimits(ctx); err != nil {
		return err
	}
	passwords, err := s.tryPasswords(ctx)
	if err != nil {
		return err
	}
	last, err := d.Store.BeginReading(ctx, g, s.reading)
	if err != nil {
		return err
	}
	if s.part, err = d.Store.LastPart(ctx, g); err != nil {
		return err
	}
	s.next = last
	if err := d.sweep(ctx, g); err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	if err := d.Store.SetSummary(ctx, g, passwordSummary(s.root), passwords); err != nil {
		return err
	}
	return nil
}

// scan is one scan under way.
type scan struct {
	d       *Desk
	g       auth.Grant
	src     source
	root    int64
	o       ScanOptions
	reading string

	mu     sync.Mutex
	told   Progress
	next   int64             // content number given out last
	part   int64             // part number given out last
	flight map[[32]byte]bool // contents handed out and not yet committed
}

// index readies the keyed index of the registers, if it is not ready, and says
// what a content is read with: when that changes, it has to be read anew.
func (d *Desk) index(ctx context.Context, g auth.Grant) (reading string, err error) {
	hash, err := d.Store.EntriesHash(ctx, g)
	if err != nil {
		return "", err
	}
	var have string
	want := fmt.Sprintf("%x", hash)
	if _, err := d.Store.Summary(ctx, g, "index", &have); err != nil {
		return "", err
	}
	if have != want || !d.Store.HasIndex(g.Case()) {
		if err := d.makeIndex(ctx, g); err != nil {
			return "", fmt.Errorf("index the registers: %w", err)
		}
		if err := d.Store.SetSummary(ctx, g, "index", want); err != nil {
			return "", err
		}
	}
	return readingVersion + ", index " + want, nil
}

func (d *Desk) makeIndex(ctx context.Context, g auth.Grant) error {
	secret, err := d.Store.Secret(ctx, g)
	if err != nil {
		return err
	}
	return d.Store.SaveIndex(ctx, g, func(f *os.File, scratch string) error {
		return register.WriteIndex(f, scratch, secret, d.Store.Entries(ctx, g))
	})
}

// readingVersion tells the readers and detectors of this program, and the
// prints of texts.
var readingVersion = fmt.Sprintf("extract %d, detect %d, compare %d", extract.Version, detect.Version, compare.Version)

// run lists what there is and reads it: one after the other, but for a stream.
func (s *scan) run(ctx context.Context) (err error) {
	walk, err := s.d.Store.BeginWalk(ctx, s.g, s.root)
	if err != nil {
		return err
	}
	w := &walker{d: s.d, g: s.g, root: s.root, walk: walk, rules: s.o.Reached, skip: s.o.Exclude, met: func(int64, int64) {}}
	if t, ok := s.src.(*tarStream); ok {
		w.stream = true
		return s.read(ctx, func(ctx context.Context, pool *pool) error {
			f := newFeeder(s)
			return s.pass(ctx, pool, f, f.passing(ctx, w, t))
		})
	}
	s.phase(Listing)
	w.met = func(items, bytes int64) {
		s.tell(func(p *Progress) { p.Of += items; p.OfBytes += bytes })
	}
	if err := w.run(ctx, s.src); err != nil {
		return err
	}
	return s.read(ctx, s.waiting)
}

// read readies workers and has something read by them.
func (s *scan) read(ctx context.Context, what func(context.Context, *pool) error) error {
	s.phase(Readying)
	if err := engine.FillCache(ctx, s.d.Worker, s.d.pdfCache()); err != nil {
		return err
	}
	pool, err := s.d.pool(ctx, s.g, engine.Scan, s.d.Workers)
	if err != nil {
		return err
	}
	defer pool.clean()
	if err := pool.give(s.o.Passwords); err != nil {
		return err
	}
	s.phase(Reading)
	pool.Confined = func(l engine.Level) { s.tell(func(p *Progress) { p.Sandbox = string(l) }) }
	s.flight = map[[32]byte]bool{}
	return what(ctx, pool)
}

// waiting reads what waits. A content that stands in several places is read
// once; its twins are tied to it when it is committed.
func (s *scan) waiting(ctx context.Context, pool *pool) error {
	// Twice: a file whose twin changed while it was read waits for itself.
	for round := range 2 {
		s.flight = map[[32]byte]bool{}
		waiting, bytes, err := s.d.Store.WaitingTotals(ctx, s.g, s.root)
		if err != nil {
			return err
		}
		if waiting == 0 {
			return nil
		}
		s.tell(func(p *Progress) {
			p.Items, p.Bytes = p.Of-waiting, max(0, p.OfBytes-bytes)
			if round == 0 {
				p.Before = p.Bytes
			}
		})
		f := newFeeder(s)
		if err := s.pass(ctx, pool, f, f.jobs(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// pass hands out all jobs of a feeder, once.
func (s *scan) pass(ctx context.Context, pool *pool, f *feeder, jobs iter.Seq2[engine.Job, error]) error {
	recorders := &recorders{scan: s}
	defer recorders.abandon()
	err := pool.Run(ctx, jobs, func(worker int, job engine.Job, row engine.Row) error {
		return recorders.of(worker).take(ctx, f, job, row)
	})
	// What was read whole before the stop is kept, also when the stop was
	// asked for.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var full *breach.Refusal
	if !errors.As(err, &full) {
		err = errors.Join(err, recorders.commit(keep))
	}
	err = errors.Join(err, f.flush(keep))
	if err != nil {
		return err
	}
	return s.d.Store.AttachTwins(ctx, s.g, s.reading)
}

// phase tells that another phase begins.
func (s *scan) phase(p Phase) { s.tell(func(told *Progress) { told.Phase = p }) }

// tell changes what is known of the progress and passes it on.
func (s *scan) tell(change func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.told)
	if s.o.Progress != nil {
		s.o.Progress(s.told)
	}
}

// content gives out a content number.
func (s *scan) content() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	return s.next
}

// newPart begins a findings part.
func (s *scan) newPart(ctx context.Context) (*store.FindingsWriter, error) {
	s.mu.Lock()
	s.part++
	n := s.part
	s.mu.Unlock()
	return s.d.Store.CreateFindings(ctx, s.g, n)
}

// displayName is a path as a person reads it: bytes that are no UTF-8 stand as
// \xHH.
func displayName(path string) string {
	var b strings.Builder
	for i, r := range path {
		if r == '\uFFFD' && path[i] != 0xEF {
			fmt.Fprintf(&b, `\x%02x`, path[i])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
