package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
)

// moodyPool has workers that behave as the jobs' names say.
func moodyPool(t testing.TB) engine.Pool {
	return engine.Pool{Stage: engine.Text, Command: []string{program(t), moodyWorker, "by-name"}, Workers: 2}
}

func program(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// named gives a job for each name, and the files, which must be closed in the
// end.
func named(t testing.TB, names ...string) (iter.Seq2[engine.Job, error], []*os.File) {
	t.Helper()
	var files []*os.File
	path := filepath.Join(t.TempDir(), "evidence")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range names {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		files = append(files, f)
	}
	return func(yield func(engine.Job, error) bool) {
		for i, name := range names {
			if !yield(engine.Job{ID: engine.JobID(i), Name: breach.Hide(name), Size: 4, File: files[i]}, nil) {
				return
			}
		}
	}, files
}

// heard is what was told of each attempt at each job, in short.
type heard struct {
	mu   sync.Mutex
	rows map[string][]string
}

func (h *heard) handle(_ int, job engine.Job, row engine.Row) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rows == nil {
		h.rows = map[string][]string{}
	}
	text := ""
	switch r := row.(type) {
	case *engine.Item:
		text = fmt.Sprintf("item %d in %d", r.Ordinal, r.Parent)
	case *engine.Passage:
		text = fmt.Sprintf("passage of %d", r.Ordinal)
	case *engine.Close:
		text = strings.TrimSpace(fmt.Sprintf("close %d %s %s %s", r.Ordinal, r.State, r.Reason, r.Missing))
	case *engine.End:
		text = strings.TrimSpace(fmt.Sprintf("end %s", r.Reason))
		if r.Again {
			text += " again"
		}
	default:
		text = fmt.Sprintf("%T", row)
	}
	mood, _, _ := strings.Cut(job.Name.Reveal(), " ")
	key := fmt.Sprintf("%s #%d", mood, job.Attempt)
	h.rows[key] = append(h.rows[key], text)
	return nil
}

var wellRows = []string{"item 0 in -1", "passage of 0", "item 1 in 0", "close 1 read", "close 0 read", "end"}

// lostRows is what is told where a worker was lost before it told anything.
func lostRows(reason breach.Reason) []string {
	return []string{"item 0 in -1", "close 0 not_readable " + string(reason), "end " + string(reason)}
}

func TestPoolDoesEveryJob(t *testing.T) {
	var names []string
	want := map[string][]string{}
	for i := range 120 { // these workers take no files: more would not fit their sockets
		names = append(names, fmt.Sprintf("well%d", i))
		want[fmt.Sprintf("well%d #1", i)] = wellRows
	}
	jobs, files := named(t, names...)
	var h heard
	if err := moodyPool(t).Run(t.Context(), jobs, h.handle); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(h.rows, want) {
		t.Errorf("rows of %d jobs are not as they should be: the first were told as %q", len(names), h.rows["well0 #1"])
	}
	closed(t, files)
}

// closed fails where a file is still open.
func closed(t *testing.T, files []*os.File) {
	t.Helper()
	for i, f := range files {
		if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the file of job %d is still open", i)
		}
	}
}

func TestLostWorkers(t *testing.T) {
	again := func(reason breach.Reason, before ...string) []string {
		return append(before, fmt.Sprintf("end %s again", reason))
	}
	lies := []string{"garbage", "endless-row", "another-job", "end-first", "closed-twice", "left-open",
		"ordinal-skipped", "no-such-parent", "second-root", "text-of-nothing", "ever-deeper"}
	names := append(lies, "crash", "overflow", "crash-halfway", "crash-once "+filepath.Join(t.TempDir(), "marker"), "well-after-all")
	jobs, files := named(t, names...)
	var h heard
	if err := moodyPool(t).Run(t.Context(), jobs, h.handle); err != nil {
		t.Fatal(err)
	}
	closed(t, files)

	halfway := []string{"item 0 in -1", "item 1 in 0", "close 1 read", "item 2 in 0", "passage of 2", "item 3 in 2"}
	for key, want := range map[string][]string{
		"well-after-all #1": wellRows,
		"crash #1":          again(breach.Crash),
		"crash #2":          lostRows(breach.Crash),
		"overflow #1":       again(breach.Crash),
		"overflow #2":       lostRows(breach.Crash),
		"garbage #1":        again(breach.Crash),
		"garbage #2":        lostRows(breach.Crash),
		"endless-row #2":    lostRows(breach.Crash),
		"another-job #2":    lostRows(breach.Crash),
		"end-first #2":      lostRows(breach.Crash),
		"crash-once #1":     again(breach.Crash, "item 0 in -1"),
		"crash-once #2":     wellRows,
		"crash-halfway #1":  again(breach.Crash, halfway...),
		"crash-halfway #2": append(slices.Clone(halfway), "close 3 not_readable crash", "close 2 partly crash members from 1 on",
			"close 0 partly crash members from 2 on", "end crash"),
	} {
		if got := h.rows[key]; !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", key, got, want)
		}
	}
	for _, lie := range lies {
		if got := h.rows[lie+" #2"]; len(got) == 0 || got[len(got)-1] != "end crash" {
			t.Errorf("%s was told as %q, want an end by crash", lie, got)
		}
	}
}

func TestWorkerThatHangs(t *testing.T) {
	t.Parallel()
	pool := moodyPool(t)
	pool.Quiet = 2 * time.Second // more than a busy machine takes to start a worker, less than slow-but-alive does
	jobs, _ := named(t, "hang", "slow-but-alive", "well")
	var h heard
	began := time.Now()
	if err := pool.Run(t.Context(), jobs, h.handle); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("it took %v", took)
	}
	for key, want := range map[string][]string{
		"hang #1":           {"item 0 in -1", "end timeout again"},
		"hang #2":           lostRows(breach.Timeout),
		"slow-but-alive #1": {"item 0 in -1", "close 0 read", "end"},
		"well #1":           wellRows,
	} {
		if got := h.rows[key]; !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", key, got, want)
		}
	}
}

func TestBeatsAreNotEnoughForEver(t *testing.T) {
	t.Parallel()
	pool := moodyPool(t)
	pool.Longest = 150 * time.Millisecond
	jobs, _ := named(t, "slow-but-alive")
	var h heard
	if err := pool.Run(t.Context(), jobs, h.handle); err != nil {
		t.Fatal(err)
	}
	if got := h.rows["slow-but-alive #2"]; !slices.Equal(got, lostRows(breach.Timeout)) {
		t.Errorf("told as %q, want an end by timeout", got)
	}
}

func TestSlowParentIsNotTheWorkersFault(t *testing.T) {
	t.Parallel()
	pool := moodyPool(t)
	pool.Quiet = 2 * time.Second
	jobs, _ := named(t, "well")
	var h heard
	var slow sync.Once
	err := pool.Run(t.Context(), jobs, func(worker int, job engine.Job, row engine.Row) error {
		slow.Do(func() { time.Sleep(pool.Quiet + 500*time.Millisecond) })
		return h.handle(worker, job, row)
	})
	if err != nil || !slices.Equal(h.rows["well #1"], wellRows) {
		t.Errorf("told as %q, %v", h.rows["well #1"], err)
	}
}

func TestWorkerThatGrows(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not tell what a process holds")
	}
	pool := moodyPool(t)
	pool.Memory = 100 << 20
	jobs, _ := named(t, "eat", "eat-half-as-much-again", "well")
	var h heard
	if err := pool.Run(t.Context(), jobs, h.handle); err != nil {
		t.Fatal(err)
	}
	// Nor may it hold more when it is tried again.
	for _, name := range []string{"eat", "eat-half-as-much-again"} {
		if got := h.rows[name+" #2"]; !slices.Equal(got, lostRows(breach.Memory)) {
			t.Errorf("%s is told as %q, want an end by memory", name, got)
		}
	}
	if got := h.rows["well #1"]; !slices.Equal(got, wellRows) {
		t.Errorf("the file after them is told as %q", got)
	}
}

// TestMostMemory has a worker that would hold more than any worker may.
func TestMostMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not tell what a process holds")
	}
	jobs, _ := named(t, "eat")
	var most int64
	err := moodyPool(t).Run(t.Context(), jobs, func(_ int, _ engine.Job, row engine.Row) error {
		if end, ok := row.(*engine.End); ok {
			most = max(most, end.Memory)
			if end.Reason != breach.Memory {
				t.Errorf("it ended by %q", end.Reason)
			}
		}
		return nil
	})
	if err != nil || most < 512<<20 || most > 640<<20 {
		t.Errorf("it held %d MiB before it was killed, %v; want 512 and little more", most>>20, err)
	}
}

func TestWorkerKilledFromOutside(t *testing.T) {
	jobs, _ := named(t, "pid", "well")
	var h heard
	err := moodyPool(t).Run(t.Context(), jobs, func(worker int, job engine.Job, row engine.Row) error {
		if item, ok := row.(*engine.Item); ok && job.ID == 0 && job.Attempt == 1 {
			pid, err := strconv.Atoi(item.Name.Reveal())
			if err != nil {
				return err
			}
			p, err := os.FindProcess(pid)
			if err != nil {
				return err
			}
			if err := p.Kill(); err != nil {
				return err
			}
		}
		return h.handle(worker, job, row)
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][]string{
		"pid #1":  {"item 0 in -1", "end crash again"},
		"pid #2":  {"item 0 in -1", "close 0 read", "end"},
		"well #1": wellRows,
	} {
		if got := h.rows[key]; !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", key, got, want)
		}
	}
}

func TestRunStops(t *testing.T) {
	stop := errors.New("enough")
	for name, run := range map[string]func(context.Context, iter.Seq2[engine.Job, error]) error{
		"when the context ends": func(ctx context.Context, jobs iter.Seq2[engine.Job, error]) error {
			ctx, cancel := context.WithCancelCause(ctx)
			return moodyPool(t).Run(ctx, jobs, func(int, engine.Job, engine.Row) error {
				cancel(stop)
				return nil
			})
		},
		"when rows are refused": func(ctx context.Context, jobs iter.Seq2[engine.Job, error]) error {
			return moodyPool(t).Run(ctx, jobs, func(int, engine.Job, engine.Row) error { return stop })
		},
		"when there are no more jobs to be had": func(ctx context.Context, jobs iter.Seq2[engine.Job, error]) error {
			failing := func(yield func(engine.Job, error) bool) {
				for job := range jobs {
					if !yield(job, nil) {
						return
					}
				}
				yield(engine.Job{}, stop)
			}
			return moodyPool(t).Run(ctx, failing, func(int, engine.Job, engine.Row) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			jobs, files := named(t, "hang", "hang")
			began := time.Now()
			if err := run(t.Context(), jobs); !errors.Is(err, stop) {
				t.Errorf("error %v, want the one it was stopped with", err)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("it took %v", took)
			}
			closed(t, files)
		})
	}
}

func TestWorkersThatDoNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		want    string
	}{
		"no command":          {nil, "no command"},
		"no such program":     {[]string{filepath.Join(t.TempDir(), "none")}, "no such file"},
		"another program":     {[]string{program(t), moodyWorker, "other-program"}, "header"},
		"one that says why":   {[]string{program(t), moodyWorker, "says-why"}, "the index is of another version"},
		"one without a voice": {[]string{program(t), moodyWorker, "dumb"}, "header"},
		"another stage":       {[]string{program(t), realWorker, "scan", "--pdf-cache", fillCache(t)}, "no such stage"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no such program" && runtime.GOOS == "windows" {
				t.Skip("the system says it in other words")
			}
			jobs, files := named(t, "well", "well", "well")
			pool := engine.Pool{Stage: engine.Text, Command: c.command, Workers: 2, Quiet: 3 * time.Second}
			err := pool.Run(t.Context(), jobs, func(int, engine.Job, engine.Row) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if c.command != nil {
				closed(t, files[:1])
			}
		})
	}
}

func TestWorkersHaveNothingOfOurEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot start here without any")
	}
	t.Setenv("SECRET", "of the parent")
	jobs, _ := named(t, "environment")
	err := moodyPool(t).Run(t.Context(), jobs, func(_ int, _ engine.Job, row engine.Row) error {
		if item, ok := row.(*engine.Item); ok && item.Name.Reveal() != "GOMAXPROCS=1 GOGC=400" {
			t.Errorf("a worker has an environment of %d bytes, beside how it collects memory", len(item.Name.Reveal()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWorkersDieWithTheirParent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a worker notices here only when its job is done")
	}
	parent := exec.Command(program(t), parentAlone, program(t))
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 64)
	n, err := out.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(said[:n])))
	if err != nil {
		t.Fatal(err)
	}
	if !alive(pid) {
		t.Fatal("the worker is not there")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	for range 1200 {
		if !alive(pid) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the worker lives on")
}

func BenchmarkPoolSmallJobs(b *testing.B) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	i := 0
	jobs := func(yield func(engine.Job, error) bool) {
		for b.Loop() {
			f, err := os.Open(os.DevNull)
			i++
			if !yield(engine.Job{ID: engine.JobID(i), Name: breach.Hide("well"), File: f}, err) {
				return
			}
		}
	}
	if err := moodyPool(b).Run(b.Context(), jobs, func(int, engine.Job, engine.Row) error { return nil }); err != nil {
		b.Fatal(err)
	}
}
