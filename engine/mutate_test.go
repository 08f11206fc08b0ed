package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// tally is what came of the mutants of one format.
type tally struct {
	mu sync.Mutex // workers tell at once

	Format                 string
	Seed                   uint64
	Done                   int // mutants that were given to workers
	Runs                   int // and that ended
	Read, Partly, Not      int // the files themselves
	Caught                 int // panics that became a gap
	Crashed, Hung, TooMuch int // workers lost
	Peak                   int64
	Slowest                time.Duration
	Took                   time.Duration
	Lost                   []int // the mutants that a worker was lost over
}

// block is how many mutants are read between two notes of what came of them.
const block = 500

// TestMutated has real workers read mutants of every format: no worker may be
// lost over one. scripts/mutate.sh has it read many more, and prints a table.
func TestMutated(t *testing.T) {
	n, seed := int(number(t, "MUTATE_N", 4)), number(t, "MUTATE_SEED", 1)
	wanted := strings.Fields(os.Getenv("MUTATE_FORMATS"))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "passwords"), []byte("fel\nhemlig\npassword\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Println("| format | mutants | read | partly | not | panics caught | reached the user | hung | over memory | peak MiB | slowest s | seconds |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, s := range gather(t, os.Getenv("MUTATE_N") != "") { // while this program is small: workers inherit its peak
		if len(wanted) > 0 && !slices.Contains(wanted, s.format) {
			continue
		}
		c := recall(t, s.format, seed)
		for c.Done < n {
			s.read(t, dir, c, min(n, c.Done+block))
			note(t, c)
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.1f | %.0f |\n", c.Format, c.Runs, c.Read, c.Partly, c.Not,
			c.Caught, c.Crashed, c.Hung, c.TooMuch, c.Peak>>20, c.Slowest.Seconds(), c.Took.Seconds())
		if c.Crashed+c.Hung+c.TooMuch > 0 {
			t.Errorf("%s: workers were lost over mutants %v of seed %d", c.Format, c.Lost, seed)
		}
		if c.Runs != c.Done {
			t.Errorf("%s: %d mutants ended, want %d", c.Format, c.Runs, c.Done)
		}
	}
}

// number is a number of the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(v, 10, 63)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// notes is the file that keeps what came of a format's mutants, so that a run
// that was interrupted can go on; "" where nothing is kept.
func notes(format string, seed uint64) string {
	dir := os.Getenv("MUTATE_STATE")
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, fmt.Sprintf("%s-%d.json", format, seed))
}

// recall gives what is known of a format's mutants.
func recall(t *testing.T, format string, seed uint64) *tally {
	t.Helper()
	c := &tally{Format: format, Seed: seed}
	b, err := os.ReadFile(notes(format, seed))
	if errors.Is(err, fs.ErrNotExist) {
		return c
	}
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// note keeps it.
func note(t *testing.T, c *tally) {
	t.Helper()
	to := notes(c.Format, c.Seed)
	if to == "" {
		return
	}
	b, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(to+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(to+".new", to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// read has workers read mutants from those that are done up to the nth.
func (s specimens) read(t *testing.T, dir string, c *tally, n int) {
	t.Helper()
	jobs := func(yield func(engine.Job, error) bool) {
		for i := c.Done; i < n; i++ {
			job, err := s.job(dir, c.Seed, i)
			if !yield(job, err) || err != nil {
				return
			}
		}
	}
	lost := len(c.Lost)
	workers := min(2, runtime.GOMAXPROCS(0))
	command := append(worker(t), string(engine.Scan), "--spool", dir,
		"--pdf-cache", fillCache(t), "--passwords", filepath.Join(dir, "passwords"))
	pool := engine.Pool{Stage: engine.Scan, Command: command, Workers: workers, Quiet: time.Minute}
	began := time.Now()
	if err := pool.Run(t.Context(), jobs, c.row); err != nil {
		t.Fatal(err)
	}
	c.Took += time.Since(began)
	c.Done = n
	if keep := os.Getenv("MUTATE_KEEP"); keep != "" {
		for _, i := range c.Lost[lost:] {
			name := filepath.Join(keep, fmt.Sprintf("%d-%d.%s", c.Seed, i, s.format))
			if err := os.WriteFile(name, s.mutant(c.Seed, i), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
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
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r := row.(type) {
	case *engine.Close:
		c.close(r)
	case *engine.End:
		c.Peak = max(c.Peak, r.Memory)
		c.Slowest = max(c.Slowest, r.Took)
		if !r.Again {
			c.Runs++
			if r.Reason == "" {
				return nil
			}
		}
		c.Lost = append(c.Lost, int(job.ID))
		switch r.Reason {
		case breach.Timeout:
			c.Hung++
		case breach.Memory:
			c.TooMuch++
		default:
			c.Crashed++
		}
	}
	return nil
}

// close counts the outcome of an item.
func (c *tally) close(r *engine.Close) {
	if r.Reason == breach.Crash {
		c.Caught++
	}
	switch {
	case r.Ordinal > 0:
	case !r.State.IsGap():
		c.Read++
	case r.State == breach.Partly:
		c.Partly++
	default:
		c.Not++
	}
}
