package casework

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// held is the folder of a case for contents that do not stand in a file. While
// they are read they lie in files that have no name (on Windows they have one
// until the next scan). Those that pass by only once are kept besides, sealed,
// while their pictures wait: under a keyed hash of theirs.
type held struct {
	store *store.Store
	g     auth.Grant
	dir   string
	keeps bool // contents cannot be had again

	mu   sync.Mutex
	uses map[[32]byte]int
}

func (d *Desk) held(g auth.Grant, keeps bool) *held {
	return &held{store: d.Store, g: g, dir: d.heldDir(g), keeps: keeps, uses: map[[32]byte]int{}}
}

func (d *Desk) heldDir(g auth.Grant) string { return filepath.Join(d.Store.CaseDir(g.Case()), "held") }

// errSource wraps an error of what is copied, not of where it is copied to.
type errSource struct{ error }

func (e errSource) Unwrap() error { return e.error }

// take copies a content to its end and opens the copy. It is to be released.
// An errSource says that the content broke off.
func (h *held) take(ctx context.Context, r io.Reader) (file *os.File, sha []byte, err error) {
	defer func() {
		if err != nil && file != nil {
			_ = file.Close()
			file = nil
		}
	}()
	if file, err = h.create(); err != nil {
		return nil, nil, fmt.Errorf("hold evidence: %w", err)
	}
	sum := sha256.New()
	to := io.MultiWriter(file, sum)
	var kept *keptCopy
	if h.keeps {
		if kept, err = h.keep(ctx); err != nil {
			return file, nil, fmt.Errorf("hold evidence: %w", err)
		}
		defer kept.abandon()
		to = io.MultiWriter(file, sum, kept.seal)
	}
	if _, err := io.CopyBuffer(to, &marked{&stoppable{ctx, r}}, make([]byte, copyBuffer)); err != nil {
		return file, nil, fmt.Errorf("hold evidence: %w", err)
	}
	sha = sum.Sum(nil)
	if kept != nil {
		err = kept.commit(ctx, sha)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return file, nil, fmt.Errorf("hold evidence: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses[[32]byte(sha)]++
	return file, sha, nil
}

// marked marks the errors of a reader, so that they are told from those of
// the disk.
type marked struct{ r io.Reader }

func (s *marked) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = errSource{err}
	}
	return n, err
}

// create makes a file that has no name any more where the system lets it; the
// next scan sweeps away the others.
func (h *held) create() (*os.File, error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(h.dir, "*.tmp")
	if err == nil && runtime.GOOS != "windows" {
		err = os.Remove(f.Name())
	}
	return f, err
}

// keptCopy is a sealed copy under way.
type keptCopy struct {
	h    *held
	file *os.File
	seal *seal.Writer
	done bool
}

func (h *held) keep(ctx context.Context) (*keptCopy, error) {
	f, err := os.CreateTemp(h.dir, "*.tmp")
	if err != nil {
		return nil, err
	}
	k := &keptCopy{h: h, file: f}
	if k.seal, err = h.store.SealHeld(ctx, h.g, f); err != nil {
		k.abandon()
		return nil, err
	}
	return k, nil
}

// commit gives the copy its name.
func (k *keptCopy) commit(ctx context.Context, sha []byte) error {
	name, err := k.h.store.HeldName(ctx, k.h.g, sha)
	if err == nil {
		err = k.seal.Close()
	}
	if err != nil {
		return err
	}
	k.done = true
	if err := k.file.Close(); err != nil {
		return errors.Join(err, os.Remove(k.file.Name()))
	}
	return os.Rename(k.file.Name(), filepath.Join(k.h.dir, name))
}

func (k *keptCopy) abandon() {
	if !k.done {
		_ = k.file.Close()
		_ = os.Remove(k.file.Name())
	}
}

// open opens a content that is kept.
func (h *held) open(ctx context.Context, sha []byte) (*os.File, error) {
	if len(sha) != sha256.Size {
		return nil, fs.ErrNotExist
	}
	name, err := h.store.HeldName(ctx, h.g, sha)
	if err != nil {
		return nil, err
	}
	sealed, err := os.Open(filepath.Join(h.dir, name))
	if err != nil {
		return nil, err
	}
	defer sealed.Close()
	plain, err := h.store.OpenHeld(ctx, h.g, sealed)
	if err != nil {
		return nil, err
	}
	file, err := h.create()
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{file}, &stoppable{ctx, plain}, make([]byte, copyBuffer))
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil && file != nil {
		_ = file.Close()
		return nil, err
	}
	return file, err
}

// release ends one use of a content. With the last its kept copy goes, unless it
// waits.
func (h *held) release(sha [32]byte, waits bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses[sha]--
	if h.uses[sha] > 0 {
		return
	}
	delete(h.uses, sha)
	if waits || !h.keeps {
		return
	}
	if name, err := h.store.HeldName(context.Background(), h.g, sha[:]); err == nil {
		_ = os.Remove(filepath.Join(h.dir, name)) // what will not go now is swept away by the next scan
	}
}

// sweep removes what an earlier scan left and nobody waits for.
func (d *Desk) sweep(ctx context.Context, g auth.Grant) error {
	dir, err := os.Open(d.heldDir(g))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep held evidence: %w", err)
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(1000)
		for _, name := range names {
			waits, err := d.Store.HeldWaits(ctx, g, name)
			if err == nil && !waits {
				err = os.Remove(filepath.Join(dir.Name(), name))
			}
			if err != nil {
				return fmt.Errorf("sweep held evidence: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sweep held evidence: %w", err)
		}
	}
}
