package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/register"
)

// WorkerOptions are what a worker needs beside its rows.
type WorkerOptions struct {
	Index     string         // the keyed index of the registers; "" for none
	SpoolDir  string         // where a scratch file may lie; "" for none
	PDFCache  string         // where the parent has put the compiled PDF reader; "" compiles it anew
	Passwords string         // a list of passwords, one a line; "" for none
	Tool      []string       // what stage Tool becomes: a program's path, and its arguments
	Nice      int            // how far that stands back for other programs: 0 to 19
	Limits    extract.Limits // Spool and PDF are the worker's own

	// Unconfined leaves the process as it is: no sandbox, no bounds. For
	// tests that work inside their own process.
	Unconfined bool
}

// Work is the life of a worker: it reads jobs until there are no more, and
// answers each with rows. It returns an error where the parent or the contract
// is lost; what is wrong with a job is told in the job's rows.
func Work(ctx context.Context, stage Stage, in io.Reader, out io.Writer, o WorkerOptions) (err error) {
	switch stage {
	case Prepare:
		return prepare(ctx, o.PDFCache)
	case Tool:
		return become(o.Tool, o.Nice)
	}
	o.Limits.Hashed = stage == Scan   // by the parent, before it handed the file over
	o.Limits.Unhashed = stage == Text // nobody asks
	w := &worker{stage: stage, in: newReader(in), out: bufio.NewWriterSize(out, 64<<10), limits: o.Limits}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.open(o); err != nil {
		return fmt.Errorf("start a worker: %w", err)
	}
	level := NoSandbox
	if !o.Unconfined {
		level = confine(needs{spool: w.spool != nil, filesOut: isFile(out), read: w.reads, paths: w.files == nil,
			ready: func() error { return w.limits.PDF.Start(ctx) }})
	}
	if w.rows, err = NewWriter(w.out, stage, level); err != nil {
		return err
	}
	for {
		if err := w.out.Flush(); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		job, paths, err := w.in.job()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.do(ctx, &job, paths); err != nil {
			return err
		}
	}
}

// worker is the worker's own side.
type worker struct {
	stage  Stage
	in     *Reader
	out    *bufio.Writer
	rows   *Writer
	limits extract.Limits
	index  *register.Index
	spool  *os.File
	files  *receiver // nil where files come by path
	told   tellers
	reads  []string // folders that it opens files in later
}

// open opens everything that the sandbox will not let it open later.
func (w *worker) open(o WorkerOptions) error {
	stage, how, err := w.in.header()
	if err != nil {
		return err
	}
	if stage != w.stage || stage != Scan && stage != Text && stage != Draw {
		return errors.New("no such stage")
	}
	if stage == Scan && o.Index != "" {
		if w.index, err = register.OpenIndex(o.Index); err != nil {
			return err
		}
	}
	if o.SpoolDir != "" {
		if w.spool, err = scratch(o.SpoolDir); err != nil {
			return err
		}
		w.limits.Spool = w.spool
	}
	if o.Passwords != "" {
		list, err := os.ReadFile(o.Passwords)
		if err != nil {
			return err
		}
		w.limits.Passwords = strings.Split(string(list), "\n")
	}
	if o.PDFCache != "" {
		if o.PDFCache, err = filepath.Abs(o.PDFCache); err != nil {
			return err
		}
		w.reads = append(w.reads, o.PDFCache)
	}
	w.limits.PDF = &extract.PDFium{CacheDir: o.PDFCache}
	if how == byDescriptor {
		w.files = newReceiver(socketFD, func() { os.Exit(1) })
	} else {
		w.reads = append(w.reads, string(filepath.Separator)) // evidence can lie anywhere
	}
	w.told = tellers{stage: stage, index: w.index}
	return nil
}

func (w *worker) close() error {
	var errs []error
	if w.files != nil {
		w.files.close()
	}
	if w.limits.PDF != nil {
		errs = append(errs, w.limits.PDF.Close(context.Background()))
	}
	if w.index != nil {
		errs = append(errs, w.index.Close())
	}
	if w.spool != nil {
		errs = append(errs, w.spool.Close())
		_ = os.Remove(w.spool.Name()) // gone already where a file can go while it is open
	}
	return errors.Join(errs...)
}

// scratch makes a file that is gone with the process, where the system can.
func scratch(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "scratch-*")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

// do does one job. Its error ends the worker.
func (w *worker) do(ctx context.Context, job *Job, paths []string) error {
	began := time.Now()
	v := newVisit(w, job.ID)
	err := w.walk(ctx, v, job, paths)
	if v.failed != nil {
		return v.failed
	}
	if ctx.Err() != nil {
		return fmt.Errorf("work: %w", context.Cause(ctx))
	}
	end := &End{Job: job.ID}
	if err != nil {
		end.Reason, end.Error = why(err)
	} else if v.panicked != nil {
		end.Error = v.panicked.Error()
	}
	if err := v.abandon(job, end.Reason); err != nil {
		return err
	}
	if w.spool != nil {
		_ = w.spool.Truncate(0)
	}
	if end.Took = time.Since(began); end.Took > time.Second {
		debug.FreeOSMemory()
	}
	end.Memory = peakMemory()
	return w.rows.Write(end)
}

// walk walks the file of a job. A panic that nothing below caught is an error.
func (w *worker) walk(ctx context.Context, v *visit, job *Job, paths []string) (err error) {
	files, err := w.take(job.ID, paths)
	if err != nil {
		return err
	}
	defer func() { _ = closeAll(files...) }()
	defer func() {
		if p := recover(); p != nil {
			err = caught(p)
		}
	}()
	limits := w.limits
	limits.Look = look(w.stage, job, v)
	if len(job.Volumes) == 0 {
		return extract.Walk(ctx, &evidence{file: files[0], left: maxPasses * job.Size, alive: v.alive}, job.Size, job.Name.Reveal(), limits, v)
	}
	volumes := make([]extract.Volume, len(files))
	for i, f := range files {
		d := &job.Volumes[i]
		volumes[i] = extract.Volume{File: &evidence{file: f, left: maxPasses * d.Size, alive: v.alive}, Size: d.Size, Number: d.Number}
	}
	return extract.WalkVolumes(ctx, volumes, job.Name.Reveal(), limits, v)
}

// take takes the files of a job, which lie at paths or come beside the rows.
func (w *worker) take(id JobID, paths []string) (files []*os.File, err error) {
	if w.files != nil && paths[0] == "" {
		return w.files.take(id, len(paths))
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, errors.Join(err, closeAll(files...))
		}
		files = append(files, f)
	}
	return files, nil
}

// evidence is a file that tells the parent we are getting on with it: reading is
// progress. Reading far more than there is may be a loop, and is none.
type evidence struct {
	file  io.ReaderAt
	left  int64 // bytes that count as progress
	alive func() error
}

// maxPasses is how many times over a file can be read to some purpose: to tell
// its type, for its text, for its hash, and back and forth in between.
const maxPasses = 64

// ReadAt reads from the file.
func (e *evidence) ReadAt(p []byte, off int64) (int, error) {
	n, err := e.file.ReadAt(p, off)
	if e.left -= int64(n); n > 0 && e.left > 0 {
		if lost := e.alive(); lost != nil {
			return n, lost
		}
	}
	return n, err
}

// why tells of an error without its text, which could hold names.
func why(err error) (breach.Reason, string) {
	var gap *breach.Gap
	var panicked *panicError
	switch {
	case errors.As(err, &gap):
		return gap.Reason, ""
	case errors.As(err, &panicked):
		return breach.Crash, panicked.Error()
	case errors.Is(err, ErrRowTooLong):
		return breach.Malformed, ErrRowTooLong.Error()
	case errors.Is(err, fs.ErrPermission):
		return breach.Permission, ""
	case errors.Is(err, errNoFile):
		return breach.IOError, errNoFile.Error()
	}
	return breach.IOError, fmt.Sprintf("%T", err)
}
