package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// process is a worker as its parent sees it. Its methods belong to one
// goroutine, except kill.
type process struct {
	cmd    *exec.Cmd
	in     *os.File // what it reads
	out    *os.File // what it writes
	files  *sender
	rows   *Reader
	orders *Writer
	level  Level
	stderr stderr

	quiet   bell         // rings when it has said nothing for too long
	longest bell         // rings when a job takes too long
	memory  atomic.Int64 // the most it held when last looked at
	limit   atomic.Int64 // of memory
	forget  func() bool  // stops listening for the end of the run
	over    chan struct{}
	watched sync.WaitGroup

	mu   sync.Mutex
	gone bool          // reaped or about to be: its id may be another's
	why  breach.Reason // why we killed it; "" if we did not
}

// start starts a worker and waits for its header.
func start(ctx context.Context, r *run) (w *process, err error) {
	w = &process{over: make(chan struct{})}
	defer func() {
		if err != nil {
			err = fmt.Errorf("start a worker: %w", err)
		}
	}()
	if err := w.spawn(r); err != nil {
		return nil, err
	}
	w.limit.Store(r.Memory)
	w.quiet = newBell(func() { w.kill(breach.Timeout) })
	w.longest = newBell(func() { w.kill(breach.Timeout) })
	w.forget = context.AfterFunc(ctx, func() { w.kill("") })
	w.watched.Go(w.watch)

	w.quiet.set(r.Quiet)
	w.orders = &Writer{w: w.in}
	if err = w.orders.header(string(r.Stage), handover); err == nil {
		w.rows, w.level, err = NewReader(w.out, r.Stage)
	}
	w.quiet.stop()
	if err == nil {
		return w, nil
	}
	// No evidence has come near it yet: what it says may be shown.
	return nil, errors.Join(err, w.reap(), w.stderr.err())
}

// spawn starts the process with its pipes.
func (w *process) spawn(r *run) error {
	files, theirs, err := newSender()
	if err != nil {
		return err
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		files.close()
		return errors.Join(err, closeAll(theirs))
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		files.close()
		return errors.Join(err, closeAll(theirs, inR, inW))
	}
	w.cmd = exec.Command(r.Command[0], r.Command[1:]...)                    // #nosec G204 -- our own program, or one that the operator names
	w.cmd.Env = []string{"GOMAXPROCS=1", fmt.Sprintf("GOGC=%d", collectAt)} // nothing of ours; confine forgets them
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = inR, outW, &w.stderr
	w.cmd.WaitDelay = time.Second
	w.cmd.SysProcAttr = attributes()
	if theirs != nil {
		w.cmd.ExtraFiles = []*os.File{theirs}
	}
	if r.Index != nil {
		w.cmd.Args = append(w.cmd.Args, "--index", inherit(w.cmd, r.Index))
	}
	err = r.thread.do(w.cmd.Start)
	_ = closeAll(theirs, inR, outW)
	if err != nil {
		files.close()
		return errors.Join(err, closeAll(inW, outR))
	}
	w.in, w.out, w.files = inW, outR, files
	return nil
}

// do hands a job over and passes on its rows. It returns how the worker was
// lost, or an error of tell.
func (w *process) do(job *Job, b bounds, tell func(Row) error) (*loss, error) {
	began := time.Now()
	w.limit.Store(b.memory)
	w.longest.set(b.longest)
	w.quiet.set(b.quiet)
	books := ledger{job: *job}
	lost := func(err error) (*loss, error) {
		w.quiet.stop()
		w.longest.stop()
		return &loss{books: books, rows: err, took: time.Since(began)}, nil
	}

	if err := w.files.send(job.ID, job.files()); err != nil {
		return lost(err)
	}
	if err := w.orders.job(job, handover == byPath); err != nil {
		return lost(err)
	}
	for {
		row, err := w.rows.Read()
		if err == nil {
			err = books.take(row)
		}
		if err != nil {
			return lost(err)
		}
		// What we do with the row is not the worker's time.
		w.quiet.stop()
		if _, ok := row.(*Beat); !ok {
			if err := tell(row); err != nil {
				return nil, err
			}
		}
		if _, ok := row.(*End); ok {
			w.longest.stop()
			return nil, nil
		}
		w.quiet.set(b.quiet)
	}
}

// explain says why the worker was lost, and buries it.
func (l *loss) explain(w *process) {
	exit := w.reap()
	l.memory = w.memory.Load()
	l.reason, l.text = breach.Crash, "worker lost"
	switch {
	case w.why != "":
		l.reason, l.text = w.why, "worker killed"
	case w.stderr.fatal() != "":
		l.reason, l.text = fatalTexts[w.stderr.fatal()], "worker lost: "+w.stderr.fatal()
	case !errors.Is(l.rows, io.EOF):
		l.text = "worker out of order: " + l.rows.Error()
	case exit != nil:
		l.text = "worker lost: " + exit.Error()
	}
}

// kill ends the worker and whatever it started. Any goroutine may call it.
func (w *process) kill(why breach.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		return
	}
	if w.why == "" {
		w.why = why
	}
	killGroup(w.cmd.Process)
	// Should something of it live on outside the group, we do not wait for it.
	_ = closeAll(w.in, w.out)
}

// stop lets the worker end by itself.
func (w *process) stop() {
	_ = w.in.Close()
	w.longest.set(grace)
	_, _ = io.Copy(io.Discard, w.out)
	w.longest.stop()
	_ = w.reap()
}

// reap buries the worker, dead or alive, and gives its exit status.
func (w *process) reap() error {
	w.kill("")
	w.mu.Lock()
	w.gone = true
	w.mu.Unlock()
	w.forget()
	close(w.over)
	w.watched.Wait()
	err := w.cmd.Wait()
	w.files.close()
	return err
}

// watch looks at the worker's memory now and then.
func (w *process) watch() {
	if ownMemory(os.Getpid()) == 0 {
		return // the system does not tell
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-w.over:
			return
		case <-tick.C:
		}
		now := ownMemory(w.cmd.Process.Pid)
		if now > w.memory.Load() {
			w.memory.Store(now)
		}
		if now > w.limit.Load() {
			w.kill(breach.Memory)
		}
	}
}

func closeAll(files ...*os.File) error {
	var errs []error
	for _, f := range files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
