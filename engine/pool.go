package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Pool runs jobs over a number of workers, each in a process of its own.
type Pool struct {
	Stage   Stage
	Command []string // a program that calls Work, and its arguments
	Workers int      // one for each core
	Index   *os.File // the register index that workers look names up in; nil for none

	Quiet   time.Duration // how long a worker may say nothing during a job; 2 minutes
	Longest time.Duration // how long a job may take, with a second more for each megabyte; 12 hours
	Memory  int64         // bytes that a worker may hold of its own, where the system tells; 512 MiB

	// Confined is told once, before the first row, which sandbox is in force.
	// It may be nil.
	Confined func(Level)
}

// How long a worker may say nothing, and how long a job may take, where nobody
// says otherwise.
const (
	UsualQuiet   = 2 * time.Minute
	UsualLongest = 12 * time.Hour
)

// maxMemory is what a worker may hold. Readers ask for less than half of it, and
// PDFium's memory ends at half: what goes beyond is none that was meant to.
const maxMemory = 512 << 20

// grace is how long a worker may take to end by itself when its work is done.
const grace = 5 * time.Second

// Run does all jobs, and returns when every worker is gone. It stops at the
// first error of jobs or of handle, when ctx ends, or when no worker can be
// started: never because of what a job's file holds.
//
// For each job, handle gets its rows in order, from one goroutine at a time;
// worker (0 to Workers-1) does one job after the other, so that what is kept
// per worker needs no lock. A row is valid until handle returns. The last row
// of a job is an [*End].
//
// A job that loses its worker (a crash, no sign of life, too much memory) ends
// with Again set. It is tried once more by a fresh worker, with twice the time
// and the same memory, and one such job at a time. When that fails too, items left open
// are closed as not read, and the End says why.
//
// Files of jobs are closed, whether they were done or not.
func (p Pool) Run(ctx context.Context, jobs iter.Seq2[Job, error], handle func(worker int, job Job, row Row) error) error {
	p = p.withDefaults()
	if len(p.Command) == 0 {
		return errors.New("run workers: no command")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Pool: p, cancel: cancel, handle: handle, queue: make(chan Job), thread: newThread()}
	defer r.thread.stop()

	var all sync.WaitGroup
	all.Go(func() { r.feed(ctx, jobs) })
	for i := range p.Workers {
		all.Go(func() { r.work(ctx, i) })
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("run workers: %w", err)
	}
	return nil
}

func (p Pool) withDefaults() Pool {
	if p.Workers <= 0 {
		p.Workers = runtime.GOMAXPROCS(0)
	}
	if p.Quiet <= 0 {
		p.Quiet = UsualQuiet
	}
	if p.Longest <= 0 {
		p.Longest = UsualLongest
	}
	if p.Memory <= 0 {
		p.Memory = maxMemory
	}
	return p
}

// run is one call of Run.
type run struct {
	Pool
	cancel context.CancelCauseFunc
	handle func(worker int, job Job, row Row) error
	queue  chan Job
	thread *thread
	alone  sync.Mutex // held by the one job that is tried again
	told   sync.Once  // of the sandbox
}

// feed hands the jobs to whichever worker is free.
func (r *run) feed(ctx context.Context, jobs iter.Seq2[Job, error]) {
	defer close(r.queue)
	for job, err := range jobs {
		if err != nil {
			r.cancel(err)
			return
		}
		select {
		case r.queue <- job:
		case <-ctx.Done():
			_ = job.Close()
			return
		}
	}
}

// work does jobs with one worker after the other, as long as there are any.
func (r *run) work(ctx context.Context, slot int) {
	var w *process
	for job := range r.queue {
		err := ctx.Err()
		if err == nil {
			w, err = r.do(ctx, slot, w, job)
		}
		_ = job.Close()
		if err != nil {
			r.cancel(err)
		}
	}
	if w != nil {
		w.stop()
	}
}

// do does one job, with worker w if there is one, and gives the worker for the
// next. Where there is an error there is no worker any more.
func (r *run) do(ctx context.Context, slot int, w *process, job Job) (*process, error) {
	tell := func(row Row) error { return r.handle(slot, job, row) }
	job.Attempt = 1
	w, lost, err := r.attempt(ctx, w, &job, tell)
	if lost == nil || err != nil {
		return w, err
	}
	if err := tell(lost.end(job.ID, true)); err != nil {
		return nil, err
	}

	r.alone.Lock()
	defer r.alone.Unlock()
	job.Attempt = 2
	w, lost, err = r.attempt(ctx, nil, &job, tell)
	if lost == nil || err != nil {
		return w, err
	}
	if err := lost.books.finish(lost.reason, tell); err != nil {
		return nil, err
	}
	return nil, tell(lost.end(job.ID, false))
}

// attempt tries a job once. It returns the worker where that still lives, else
// how it was lost or the error that ends the run.
func (r *run) attempt(ctx context.Context, w *process, job *Job, tell func(Row) error) (*process, *loss, error) {
	var err error
	if w == nil {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if w, err = start(ctx, r); err != nil {
			return nil, nil, err
		}
		r.told.Do(func() {
			if r.Confined != nil {
				r.Confined(w.level)
			}
		})
	}
	lost, err := w.do(job, r.bounds(job), tell)
	switch {
	case ctx.Err() != nil: // whatever went wrong, this is why
		w.reap()
		return nil, nil, ctx.Err()
	case err != nil:
		w.reap()
		return nil, nil, err
	case lost != nil:
		lost.explain(w)
		return nil, lost, nil
	}
	return w, nil, nil
}

// bounds is what an attempt at a job may cost.
type bounds struct {
	quiet, longest time.Duration
	memory         int64
}

func (r *run) bounds(job *Job) bounds {
	n := min(job.Attempt, 2)
	return bounds{
		quiet:   time.Duration(n) * r.Quiet,
		longest: time.Duration(n) * (r.Longest + time.Duration(job.Size>>20)*time.Second),
		memory:  r.Memory,
	}
}

// loss is how a job lost its worker.
type loss struct {
	books  ledger
	rows   error // what was wrong with the rows; io.EOF if they just ended
	took   time.Duration
	reason breach.Reason
	text   string
	memory int64
}

// end makes the row that ends the attempt.
func (l *loss) end(id JobID, again bool) *End {
	return &End{Job: id, Took: l.took, Memory: l.memory, Reason: l.reason, Error: l.text, Again: again}
}
