package casework

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
)

// TextOptions say how files are read for their text.
type TextOptions struct {
	Passwords []string // tried in order on what is encrypted
}

// Text reads files as a scan would, and calls f with the rows of each: its
// items, their passages, and how each ended. It keeps nothing.
func (d *Desk) Text(ctx context.Context, files []string, o TextOptions, f func(file string, row engine.Row) error) error {
	if err := engine.FillCache(ctx, d.Worker, d.pdfCache()); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "klarlagt-*")
	if err != nil {
		return fmt.Errorf("make a scratch folder: %w", err)
	}
	pool := d.poolIn(scratch, engine.Text, 1)
	defer pool.clean()
	if err := pool.give(o.Passwords); err != nil {
		return err
	}
	jobs := func(yield func(engine.Job, error) bool) {
		for n, name := range files {
			job, err := textJob(name)
			job.ID = engine.JobID(n)
			if !yield(job, err) || err != nil {
				return
			}
		}
	}
	return pool.Run(ctx, jobs, func(_ int, job engine.Job, row engine.Row) error { return f(files[job.ID], row) })
}

// textJob opens a file that is read for its text alone.
func textJob(name string) (engine.Job, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return engine.Job{}, &breach.Refusal{Key: "refusal.no-evidence", Args: map[string]any{"Path": name}, Err: err}
	}
	if err == nil && !info.Mode().IsRegular() {
		return engine.Job{}, &breach.Refusal{Key: "refusal.no-file", Args: map[string]any{"Path": name}}
	}
	var job engine.Job
	if err == nil {
		job, err = textVolumes(name)
	}
	if len(job.Volumes) > 0 {
		job.Name = breach.Hide(filepath.Base(name))
		return job, nil
	}
	file, openErr := os.Open(name)
	if err = errors.Join(err, openErr); err != nil {
		return engine.Job{}, &breach.Refusal{Key: "refusal.evidence-unreadable", Args: map[string]any{"Path": name}, Err: err}
	}
	return engine.Job{Name: breach.Hide(filepath.Base(name)), Size: info.Size(), File: file}, nil
}
