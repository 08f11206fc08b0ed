package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
)

// beMutantsWorker works as klarlagt worker scan does, with passwords to try.
func beMutantsWorker(dir string) int {
	o := engine.WorkerOptions{SpoolDir: dir, PDFCache: filepath.Join(dir, "pdf"), Passwords: filepath.Join(dir, "passwords")}
	if err := engine.Work(context.Background(), engine.Scan, os.Stdin, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// tally is what came of the mutants of one format.
type tally struct {
	format                 string
	runs                   int
	read, partly, not      int // the files themselves
	caught                 int // panics that became a gap
	crashed, hung, tooMuch int // workers lost
	peak                   int64
	slowest                time.Duration
	took                   time.Duration
	lost                   []int // the mutants that a worker was lost over
}

// TestMutated has real workers read mutants of every format: no worker may be
// lost over one. scripts/mutate.sh has it read many more, and prints a table.
func TestMutated(t *testing.T) {
	n, corpus := 4, false
	if v := os.Getenv("MUTATE_N"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
		corpus = true
	}
	seed := uint64(1)
	if v := os.Getenv("MUTATE_SEED"); v != "" {
		var err error
		if seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	wanted := strings.Fields(os.Getenv("MUTATE_FORMATS"))
	dir := t.TempDir()
	if err := engine.FillCache(t.Context(), []string{program(t), realWorker}, filepath.Join(dir, "pdf")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "passwords"), []byte("fel\nhemlig\npassword\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Println("| format | mutants | read | partly | not | panics caught | reached the user | hung | over memory | peak MiB | slowest s | seconds |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, s := range gather(t, corpus) { // while this program is small: workers inherit its peak
		if len(wanted) > 0 && !slices.Contains(wanted, s.format) {
			continue
		}
		c := s.read(t, dir, seed, n)
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.1f | %.0f |\n", c.format, c.runs, c.read, c.partly, c.not,
			c.caught, c.crashed, c.hung, c.tooMuch, c.peak>>20, c.slowest.Seconds(), c.took.Seconds())
		if c.crashed+c.hung+c.tooMuch > 0 {
			t.Errorf("%s: workers were lost over mutants %v of seed %d", c.format, c.lost, seed)
		}
		if c.runs != n {
			t.Errorf("%s: %d mutants ended, want %d", c.format, c.runs, n)
		}
	}
}

// read has workers read n mutants.
func (s specimens) read(t *testing.T, dir string, seed uint64, n int) *tally {
	t.Helper()
	c := &tally{format: s.format}
	jobs := func(yield func(engine.Job, error) bool) {
		for i := range n {
			job, err := s.job(dir, seed, i)
			if !yield(job, err) || err != nil {
				return
			}
		}
	}
	pool := engine.Pool{Stage: engine.Scan, Command: []string{program(t), mutantsWorker, dir}, Workers: min(2, runtime.NumCPU()), Quiet: time.Minute}
	began := time.Now()
	if err := pool.Run(t.Context(), jobs, c.row); err != nil {
		t.Fatal(err)
	}
	c.took = time.Since(began)
	if keep := os.Getenv("MUTATE_KEEP"); keep != "" {
		for _, i := range c.lost {
			name := filepath.Join(keep, fmt.Sprintf("%d-%d.%s", seed, i, s.format))
			if err := os.WriteFile(name, s.mutant(seed, i), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// job writes a mutant to a file.
func (s specimens) job(dir string, seed uint64, i int) (engine.Job, error) {
	content := s.mutant(seed, i)
	f, err := os.CreateTemp(dir, "mutant-*")
	if err != nil {
		return engine.Job{}, err
	}
	if runtime.GOOS != "windows" { // there it goes with the folder
		err = os.Remove(f.Name())
	}
	if err == nil {
		_, err = f.Write(content)
	}
	return engine.Job{ID: engine.JobID(i), Name: breach.Hide("mutant." + s.format), Size: int64(len(content)), File: f}, err
}

// row counts what a worker tells.
func (c *tally) row(_ int, job engine.Job, row engine.Row) error {
	switch r := row.(type) {
	case *engine.Close:
		c.close(r)
	case *engine.End:
		c.peak = max(c.peak, r.Memory)
		c.slowest = max(c.slowest, r.Took)
		if !r.Again {
			c.runs++
			if r.Reason == "" {
				return nil
			}
		}
		c.lost = append(c.lost, int(job.ID))
		switch r.Reason {
		case breach.Timeout:
			c.hung++
		case breach.Memory:
			c.tooMuch++
		default:
			c.crashed++
		}
	}
	return nil
}

// close counts the outcome of an item.
func (c *tally) close(r *engine.Close) {
	if r.Reason == breach.Crash {
		c.caught++
	}
	switch {
	case r.Ordinal > 0:
	case !r.State.IsGap():
		c.read++
	case r.State == breach.Partly:
		c.partly++
	default:
		c.not++
	}
}
