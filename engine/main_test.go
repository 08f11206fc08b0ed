package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
)

// The test program is its own worker: begun with one of these as its first
// argument, it is one.
const (
	realWorker   = "engine-worker"
	moodyWorker  = "engine-moody"
	parentAlone  = "engine-parent"
	prisonWorker = "engine-prisoner"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case realWorker:
			os.Exit(beWorker(os.Args[2:]))
		case moodyWorker:
			os.Exit(beMoody(os.Args[2]))
		case parentAlone:
			os.Exit(beParent(os.Args[2]))
		case prisonWorker:
			os.Exit(bePrisoner(os.Args[2:]))
		}
	}
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pdfCache = filepath.Join(dir, "pdf")
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// pdfCache is where the compiled PDF reader lies once a test has asked for it.
var pdfCache string

// fillCache has the PDF reader compiled, once for all tests.
func fillCache(t testing.TB) string {
	t.Helper()
	if err := engine.FillCache(t.Context(), worker(t), pdfCache); err != nil {
		t.Fatal(err)
	}
	return pdfCache
}

// worker is the command line of klarlagt worker: of the program that
// KLARLAGT_TEST_WORKER names, as the gate sets it, so that the race detector
// takes neither the worker's memory nor its time; or else of the test program.
func worker(t testing.TB) []string {
	t.Helper()
	if program := os.Getenv("KLARLAGT_TEST_WORKER"); program != "" {
		return []string{program, "worker"}
	}
	return []string{program(t), realWorker}
}

// beWorker works as klarlagt worker does: stage, and flags as the command has
// them. It holds little in memory, so that tests of the scratch file need not be
// large.
func beWorker(args []string) int {
	if args[0] == string(engine.Tool) {
		fmt.Fprintln(os.Stderr, engine.Work(context.Background(), engine.Tool, os.Stdin, os.Stdout, engine.WorkerOptions{Tool: args[2:]}))
		return 1
	}
	o := engine.WorkerOptions{Limits: extract.Limits{Memory: 1 << 20}}
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	flags.StringVar(&o.Index, "index", "", "")
	flags.StringVar(&o.SpoolDir, "spool", "", "")
	flags.StringVar(&o.PDFCache, "pdf-cache", "", "")
	flags.StringVar(&o.Passwords, "passwords", "", "")
	_ = flags.Parse(args[1:]) // which leaves by itself
	if err := engine.Work(context.Background(), engine.Stage(args[0]), os.Stdin, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// beParent runs a pool whose worker hangs, to be killed itself.
func beParent(command string) int {
	pool := engine.Pool{Stage: engine.Text, Command: []string{command, moodyWorker, "pid-then-hang"}, Workers: 1}
	f, err := os.Open(os.DevNull)
	if err != nil {
		return 1
	}
	jobs := func(yield func(engine.Job, error) bool) { yield(engine.Job{ID: 1, File: f}, nil) }
	err = pool.Run(context.Background(), jobs, func(_ int, _ engine.Job, row engine.Row) error {
		if item, ok := row.(*engine.Item); ok {
			fmt.Println(item.Name.Reveal())
		}
		return nil
	})
	fmt.Println(err)
	return 1
}

// moody answers jobs badly: the mood says how, or the job's name where the mood
// is "by-name".
type moody struct {
	out  *bufio.Writer
	rows *engine.Writer
	job  engine.JobID
}

func beMoody(mood string) int {
	switch mood {
	case "dumb":
		select {}
	case "says-why":
		fmt.Fprintln(os.Stderr, "the index is of another version")
		return 1
	case "other-program":
		fmt.Println("hello")
		return 0
	}
	m := &moody{out: bufio.NewWriter(os.Stdout)}
	in := bufio.NewScanner(os.Stdin)
	in.Scan() // the header
	var err error
	if m.rows, err = engine.NewWriter(m.out, engine.Text, engine.NoSandbox); err != nil {
		return 1
	}
	for m.out.Flush() == nil && in.Scan() {
		columns := strings.Split(in.Text(), "\t")
		if columns[0] != "job" {
			continue
		}
		id, err := strconv.Atoi(columns[1])
		if err != nil {
			return 1
		}
		m.job = engine.JobID(id)
		what := mood
		if mood == "by-name" {
			what, _, _ = strings.Cut(columns[3], " ")
		}
		m.answer(what, columns[3])
	}
	return 0
}

func (m *moody) answer(mood, name string) {
	switch mood {
	case "crash":
		os.Exit(3)
	case "crash-halfway":
		m.item(0, -1, name)
		m.item(1, 0, "read")
		m.closed(1)
		m.item(2, 0, "told of")
		m.write(&engine.Passage{Job: m.job, Ordinal: 2, Passage: breach.Passage{Text: []byte("some")}})
		m.item(3, 2, "untouched")
		m.flush()
		os.Exit(3)
	case "crash-once":
		marker := strings.Fields(name)[1]
		if f, err := os.OpenFile(marker, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_ = f.Close()
			m.item(0, -1, "to be void")
			m.flush()
			os.Exit(3)
		}
		m.well(name)
	case "hang":
		m.item(0, -1, name)
		m.flush()
		time.Sleep(time.Hour)
	case "pid-then-hang":
		m.item(0, -1, strconv.Itoa(os.Getpid()))
		m.flush()
		for { // busy, and never looking at what the parent does
			time.Sleep(time.Hour)
		}
	case "pid":
		m.item(0, -1, strconv.Itoa(os.Getpid()))
		m.flush()
		time.Sleep(300 * time.Millisecond)
		m.closed(0)
		m.end()
	case "slow-but-alive":
		m.item(0, -1, name)
		for range 12 {
			m.write(&engine.Beat{Job: m.job})
			m.flush()
			time.Sleep(250 * time.Millisecond)
		}
		m.closed(0)
		m.end()
	case "eat":
		os.Exit(eat(1 << 20))
	case "eat-half-as-much-again":
		eat(150)
		m.well(name)
	case "overflow":
		debug.SetMaxStack(32 << 20)
		os.Exit(overflow(0))
	case "environment":
		m.item(0, -1, strings.Join(os.Environ(), " "))
		m.closed(0)
		m.end()
	default:
		m.lie(mood, name)
	}
}

// lie answers with rows that cannot be.
func (m *moody) lie(mood, name string) {
	switch mood {
	case "garbage":
		_, _ = m.out.WriteString("\x00\xFF\t\t\n\n\n")
	case "endless-row":
		for range 20 {
			_, _ = m.out.WriteString(strings.Repeat("x", 1<<20))
		}
	case "another-job":
		m.job++
		m.well(name)
	case "end-first":
		m.end()
	case "two-files":
		m.well(name)
		m.job++
		m.well(name)
	case "closed-twice":
		m.item(0, -1, name)
		m.closed(0)
		m.closed(0)
	case "left-open":
		m.item(0, -1, name)
		m.end()
	case "ordinal-skipped":
		m.item(0, -1, name)
		m.item(2, 0, name)
	case "no-such-parent":
		m.item(0, -1, name)
		m.item(1, 7, name)
	case "second-root":
		m.item(0, -1, name)
		m.closed(0)
		m.item(1, -1, name)
	case "text-of-nothing":
		m.item(0, -1, name)
		m.write(&engine.Passage{Job: m.job, Ordinal: 5})
	case "ever-deeper":
		for i := range 100 {
			m.item(i, i-1, name)
		}
	default:
		m.well(name)
	}
	m.flush()
}

// well answers as it should be.
func (m *moody) well(name string) {
	m.item(0, -1, name)
	m.write(&engine.Passage{Job: m.job, Passage: breach.Passage{Text: []byte(name)}})
	m.item(1, 0, "inside")
	m.closed(1)
	m.closed(0)
	m.end()
}

func (m *moody) item(ordinal, parent int, name string) {
	m.write(&engine.Item{Job: m.job, Item: extract.Item{Ordinal: ordinal, Parent: parent, Name: breach.Hide(name), Size: 4}})
}

func (m *moody) closed(ordinal int) {
	m.write(&engine.Close{Job: m.job, Ordinal: ordinal, Outcome: breach.Outcome{State: breach.Read}})
}

func (m *moody) end() { m.write(&engine.End{Job: m.job}) }

func (m *moody) write(row engine.Row) {
	if m.rows.Write(row) != nil {
		os.Exit(4)
	}
}

func (m *moody) flush() { _ = m.out.Flush() }

// overflow goes deeper than any stack reaches.
func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + 1
}

// eat holds ever more memory, megabyte by megabyte.
func eat(megabytes int) int {
	var held [][]byte
	for len(held) < megabytes {
		held = append(held, bytes.Repeat([]byte{1}, 1<<20))
		time.Sleep(time.Millisecond)
	}
	return len(held)
}
