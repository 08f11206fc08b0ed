package casework

import (
	"context"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// pool is a pool of workers and the folder for their scratch files.
type pool struct {
	engine.Pool
	scratch string
	index   *store.Opened // nil for none
}

// pool readies workers for a stage of a case.
func (d *Desk) pool(ctx context.Context, g auth.Grant, stage engine.Stage, workers int) (*pool, error) {
	scratch, err := d.scratch(g.Case(), "workers")
	if err != nil {
		return nil, err
	}
	p := d.poolIn(scratch, stage, workers)
	if err := d.limit(ctx, g, p); err != nil {
		p.clean()
		return nil, err
	}
	if stage == engine.Scan && d.Store.HasIndex(g.Case()) {
		if p.index, err = d.Store.OpenIndex(ctx, g); err != nil {
			p.clean()
			return nil, err
		}
		p.Index = p.index.File
	}
	return p, nil
}

// poolIn readies workers with a folder for their scratch files.
func (d *Desk) poolIn(scratch string, stage engine.Stage, workers int) *pool {
	command := append(append([]string{}, d.Worker...), string(stage), "--spool", scratch, "--pdf-cache", d.pdfCache())
	return &pool{Pool: engine.Pool{Stage: stage, Command: command, Workers: workers}, scratch: scratch}
}

// clean removes the scratch files.
func (p *pool) clean() {
	if p.index != nil {
		_ = p.index.Close()
	}
	_ = os.RemoveAll(p.scratch)
}

// pdfCache is where the compiled PDF reader lies: it is the same for all cases.
func (d *Desk) pdfCache() string { return filepath.Join(d.Store.Dir(), "cache") }
