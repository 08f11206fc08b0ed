package engine_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
)

// realPool has workers as the command has them.
func realPool(t testing.TB, s engine.Stage, index string) engine.Pool {
	t.Helper()
	command := []string{program(t), realWorker, string(s), "--pdf-cache", fillCache(t), "--index", index, "--spool", t.TempDir()}
	return engine.Pool{Stage: s, Command: command, Workers: 2}
}

// letter is a made-up text, and archive a file with it inside.
const letter = "Hej!\n\nElina Mäkinen, elina.makinen@example.com, går i klass 7B.\n"

func archive(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"brev/elina.txt", "tomt.txt"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "brev/elina.txt" {
			if _, err := io.WriteString(w, letter); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// files gives a job for each file of a folder made of contents by name.
func files(t testing.TB, contents map[string][]byte) []engine.Job {
	t.Helper()
	dir := t.TempDir()
	var jobs []engine.Job
	for name, content := range contents {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, engine.Job{ID: engine.JobID(len(jobs) + 1), Name: breach.Hide(name), Size: int64(len(content)), File: f})
	}
	return jobs
}

// all gives jobs one after the other.
func all(jobs []engine.Job) func(func(engine.Job, error) bool) {
	return func(yield func(engine.Job, error) bool) {
		for _, job := range jobs {
			if !yield(job, nil) {
				return
			}
		}
	}
}

func TestTextComesThrough(t *testing.T) {
	jobs := files(t, map[string][]byte{"brev.zip": archive(t)})
	var told []string
	err := realPool(t, engine.Text, "").Run(t.Context(), all(jobs), func(_ int, job engine.Job, row engine.Row) error {
		switch r := row.(type) {
		case *engine.Item:
			told = append(told, fmt.Sprintf("item %d in %d: %s", r.Ordinal, r.Parent, r.Name.Reveal()))
		case *engine.Passage:
			told = append(told, fmt.Sprintf("passage of %d: %s: %q", r.Ordinal, r.Place, r.Text))
		case *engine.Close:
			told = append(told, fmt.Sprintf("close %d: %s %s, hash %t", r.Ordinal, r.Type, r.State, r.SHA256 != [32]byte{}))
		case *engine.End:
			told = append(told, fmt.Sprintf("end %s%s, memory %t", r.Reason, r.Error, r.Memory > 0))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"item 0 in -1: brev.zip",
		"item 1 in 0: brev/elina.txt",
		fmt.Sprintf("passage of 1: line 1: %q", letter),
		"close 1: text read, hash false",
		"item 2 in 0: tomt.txt",
		"close 2:  empty, hash false",
		"close 0: zip read, hash false",
		"end , memory true",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told:\n%s\nwant:\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

func TestScratchFile(t *testing.T) {
	// Two archives inside one, each too large to be held in memory.
	noise := make([]byte, 2<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 7)
	}
	inner := stored(t, map[string][]byte{"brus.bin": noise, "brev.zip": archive(t)})
	outer := stored(t, map[string][]byte{"ett.zip": inner, "två.zip": inner})

	jobs := files(t, map[string][]byte{"allt.zip": outer})
	pool := realPool(t, engine.Text, "")
	letters, spool := 0, pool.Command[len(pool.Command)-1]
	err := pool.Run(t.Context(), all(jobs), func(_ int, _ engine.Job, row engine.Row) error {
		if p, ok := row.(*engine.Passage); ok && string(p.Text) == letter {
			letters++
		}
		return nil
	})
	if err != nil || letters != 2 {
		t.Errorf("the letter came %d times, want 2; %v", letters, err)
	}
	empty(t, spool)
}

// stored makes an archive of files as they are.
func stored(t *testing.T, contents map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range contents {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSameBytesForSameFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "brev.zip")
	if err := os.WriteFile(path, archive(t), 0o600); err != nil {
		t.Fatal(err)
	}
	job := fmt.Sprintf("job\t1\t%d\tbrev.zip\t%s\t0\t0\n", len(archive(t)), path)
	answer := func() string {
		var out bytes.Buffer
		in := strings.NewReader("klarlagt\t4\ttext\tpath\n" + job + job)
		if err := engine.Work(t.Context(), engine.Text, in, &out, engine.WorkerOptions{Unconfined: true}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "end\t") }), "\n")
	}
	first := answer()
	if strings.Count(first, "passage\t") != 2 {
		t.Errorf("no two passages in\n%s", first)
	}
	if second := answer(); second != first {
		t.Errorf("the second time it answers\n%s\nwant\n%s", second, first)
	}
}

func TestWorkRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		stage   engine.Stage
		in      string
		options engine.WorkerOptions
	}{
		"no header":            {engine.Text, "", engine.WorkerOptions{}},
		"another stage":        {engine.Text, "klarlagt\t4\tscan\tpath\n", engine.WorkerOptions{}},
		"a stage nobody knows": {"sing", "klarlagt\t4\tsing\tpath\n", engine.WorkerOptions{}},
		"no such index":        {engine.Scan, "klarlagt\t4\tscan\tpath\n", engine.WorkerOptions{Index: filepath.Join(t.TempDir(), "none")}},
		"no such folder":       {engine.Text, "klarlagt\t4\ttext\tpath\n", engine.WorkerOptions{SpoolDir: filepath.Join(t.TempDir(), "none")}},
		"a row that is no job": {engine.Text, "klarlagt\t4\ttext\tpath\nitem\t1\n", engine.WorkerOptions{}},
	} {
		c.options.Unconfined = true
		if err := engine.Work(t.Context(), c.stage, strings.NewReader(c.in), io.Discard, c.options); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFileThatIsNotThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "Elina.txt")
	in := strings.NewReader(fmt.Sprintf("klarlagt\t4\ttext\tpath\njob\t7\t5\tElina.txt\t%s\t0\t0\n", missing))
	var out bytes.Buffer
	if err := engine.Work(t.Context(), engine.Text, in, &out, engine.WorkerOptions{Unconfined: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[2], "close\t7\t0\tnot_readable\tio_error\t") || strings.Contains(lines[3], "Elina") {
		t.Errorf("answer:\n%s", out.String())
	}
}

func TestSandboxIsInForce(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what holds for a process can be read on Linux only")
	}
	pool := realPool(t, engine.Text, "")
	pool.Workers = 1
	var levels []engine.Level
	pool.Confined = func(l engine.Level) { levels = append(levels, l) }
	looked := false
	contents := map[string][]byte{}
	for i := range 200 { // more than it may leave open
		contents[fmt.Sprintf("%d.txt", i)] = []byte(letter)
	}
	read, ends := 0, 0
	err := pool.Run(t.Context(), all(files(t, contents)), func(_ int, _ engine.Job, row engine.Row) error {
		if c, ok := row.(*engine.Close); ok && c.State == breach.Read {
			read++
		}
		if _, ok := row.(*engine.End); !ok {
			return nil
		}
		ends++
		if looked && ends < len(contents) {
			return nil
		}
		looked = true
		for _, pid := range children(t) {
			limits := limitsOf(t, pid)
			if open, err := os.ReadDir("/proc/" + pid + "/fd"); err != nil || len(open) > 64 {
				t.Errorf("%d files are open after %d: %v", len(open), ends, err)
			}
			for name, most := range map[string]uint64{"Max core file size": 0, "Max file size": 16 << 30, "Max open files": 64 + extract.MaxVolumes, "Max address space": 64 << 30} {
				if got, ok := limits[name]; !ok || got > most {
					t.Errorf("%s is %d, want at most %d", name, got, most)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read != len(contents) {
		t.Errorf("%d of %d files were read", read, len(contents))
	}
	if len(levels) != 1 || levels[0] == engine.NoSandbox || !looked {
		t.Errorf("levels told: %q", levels)
	}
}

// children are the processes that this one has started.
func children(t *testing.T) (pids []string) {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lists {
		list, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has ended
		}
		pids = append(pids, strings.Fields(string(list))...)
	}
	if len(pids) == 0 {
		t.Skip("the kernel does not tell of children")
	}
	return pids
}

// limitsOf are the hard limits of a process that are set.
func limitsOf(t *testing.T, pid string) map[string]uint64 {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]uint64{}
	for line := range strings.Lines(string(text)) {
		if name, values, ok := strings.Cut(line, "  "); ok {
			if f := strings.Fields(values); len(f) >= 2 {
				if n, err := strconv.ParseUint(f[1], 10, 64); err == nil {
					limits[name] = n
				}
			}
		}
	}
	return limits
}
