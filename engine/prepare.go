package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/klarlagt/klarlagt/extract"
)

// Prepare is the stage of a worker that compiles the PDF reader for those that
// follow, who may only read the cache. It sees no evidence.
const Prepare Stage = "prepare"

// prepared is the file in a cache that says that it is whole.
var prepared = fmt.Sprintf("pdf-%d-%d", Contract, extract.Version)

// FillCache makes sure that a folder holds the compiled PDF reader. It has a
// worker do it: compiling takes memory that the system gets back only when a
// process ends.
func FillCache(ctx context.Context, command []string, dir string) error {
	mark := filepath.Join(dir, prepared)
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("fill the cache: %w", err)
	}
	args := append(append([]string{}, command[1:]...), string(Prepare), "--pdf-cache", dir)
	// #nosec G204 -- our own program, or one that the operator names
	if err := exec.CommandContext(ctx, command[0], args...).Run(); err != nil {
		return fmt.Errorf("compile the PDF reader: %w", err)
	}
	return os.WriteFile(mark, nil, 0o600)
}

// prepare is the worker's side of FillCache.
func prepare(ctx context.Context, dir string) error {
	reader := &extract.PDFium{CacheDir: dir}
	return errors.Join(reader.Start(ctx), reader.Close(ctx))
}
