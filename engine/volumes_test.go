package engine_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
)

// cutUp gives a job for a file that was cut into volumes of a size.
func cutUp(t testing.TB, id engine.JobID, content []byte, size int) engine.Job {
	t.Helper()
	job := engine.Job{ID: id, Name: breach.Hide("brev.zip.001"), Size: int64(len(content))}
	dir := t.TempDir()
	for part := range slices.Chunk(content, size) {
		n := len(job.Volumes) + 1
		path := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(path, part, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		job.Volumes = append(job.Volumes, engine.Volume{Number: n, Size: int64(len(part)), File: f})
	}
	return job
}

// TestVolumesComeThrough hands over as many volumes as there can be, and a file
// after them.
func TestVolumesComeThrough(t *testing.T) {
	noise := make([]byte, 4*extract.MaxVolumes)
	whole := stored(t, map[string][]byte{"brev.zip": archive(t), "brus.bin": noise})
	size := (len(whole) + extract.MaxVolumes - 1) / extract.MaxVolumes
	jobs := []engine.Job{cutUp(t, 1, whole, size), cutUp(t, 2, whole, len(whole)/2), files(t, map[string][]byte{"brev.zip": archive(t)})[0]}
	jobs[2].ID = 3
	letters, ends := map[engine.JobID]int{}, map[engine.JobID]breach.State{}
	pool := realPool(t, engine.Text, "")
	pool.Workers = 1
	err := pool.Run(t.Context(), all(jobs), func(_ int, job engine.Job, row engine.Row) error {
		switch r := row.(type) {
		case *engine.Passage:
			if string(r.Text) == letter {
				letters[job.ID]++
			}
		case *engine.Close:
			if r.Ordinal == 0 {
				ends[job.ID] = r.State
			}
		case *engine.End:
			if r.Reason != "" || r.Error != "" {
				t.Errorf("job %d ends: %s %s", job.ID, r.Reason, r.Error)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if letters[job.ID] != 1 || ends[job.ID] != breach.Read {
			t.Errorf("job %d: %d letters, %s", job.ID, letters[job.ID], ends[job.ID])
		}
		for _, v := range job.Volumes {
			if err := v.File.Close(); !errors.Is(err, os.ErrClosed) {
				t.Fatalf("volume %d of job %d was left open", v.Number, job.ID)
			}
		}
	}
}

// TestVolumesOnceMore hands the volumes over again to another worker where the
// first is lost.
func TestVolumesOnceMore(t *testing.T) {
	job := cutUp(t, 1, archive(t), 50)
	job.Name = breach.Hide("crash-once " + filepath.Join(t.TempDir(), "marker"))
	pool := moodyPool(t)
	pool.Workers = 1
	var told heard
	if err := pool.Run(t.Context(), all([]engine.Job{job}), told.handle); err != nil {
		t.Fatal(err)
	}
	if first, second := told.rows["crash-once #1"], told.rows["crash-once #2"]; !slices.Equal(first, []string{"item 0 in -1", "end crash again"}) || !slices.Equal(second, wellRows) {
		t.Errorf("told as %q, then as %q", first, second)
	}
}

// TestVolumesThatCannotBe refuses orders that no parent gives.
func TestVolumesThatCannotBe(t *testing.T) {
	for name, order := range map[string]string{
		"one volume":            "job\t1\t5\tx\t\t1\t0\nvolume\t1\t1\t5\t\n",
		"too many":              fmt.Sprintf("job\t1\t5\tx\t\t%d\t0\n", extract.MaxVolumes+1),
		"a volume of another":   "job\t1\t5\tx\t\t2\t0\nvolume\t2\t1\t5\t\nvolume\t2\t2\t5\t\n",
		"a volume is no volume": "job\t1\t5\tx\t\t2\t0\nbeat\t1\n",
	} {
		in := strings.NewReader("klarlagt\t4\ttext\tpath\n" + order)
		if err := engine.Work(t.Context(), engine.Text, in, io.Discard, engine.WorkerOptions{Unconfined: true}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
