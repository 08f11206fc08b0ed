package casework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

// held is the folder of a case for contents that do not stand in a file: they
// lie there while they are read, and those that pass by only once also while
// their pictures wait. A content has its hash for a name.
type held struct {
	dir string

	mu   sync.Mutex
	uses map[[32]byte]int
}

func (d *Desk) held(id store.CaseID) *held {
	return &held{dir: filepath.Join(d.Store.CaseDir(id), "held"), uses: map[[32]byte]int{}}
}

// errSource wraps an error of what is copied, not of where it is copied to.
type errSource struct{ error }

func (e errSource) Unwrap() error { return e.error }

// take copies a content to its end and opens the copy. It is to be released.
// An errSource says that the content broke off.
func (h *held) take(ctx context.Context, r io.Reader) (file *os.File, sha []byte, err error) {
	tmp, err := h.create()
	if err != nil {
		return nil, nil, fmt.Errorf("hold evidence: %w", err)
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(io.MultiWriter(tmp, sum), &marked{&stoppable{ctx, r}}, make([]byte, copyBuffer))
	if err = errors.Join(err, tmp.Close()); err != nil {
		_ = os.Remove(tmp.Name())
		return nil, nil, fmt.Errorf("hold evidence: %w", err)
	}
	sha = sum.Sum(nil)
	file, err = h.keep(tmp.Name(), [32]byte(sha))
	return file, sha, err
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

// create makes a file that a crash leaves to be swept away.
func (h *held) create() (*os.File, error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	return os.CreateTemp(h.dir, "*.tmp")
}

// keep gives a copy its name, unless one like it is there already.
func (h *held) keep(tmp string, sha [32]byte) (*os.File, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := h.path(sha)
	var err error
	if h.has(sha) { // and may be open: Windows would not have it replaced
		err = os.Remove(tmp)
	} else {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		return nil, fmt.Errorf("hold evidence: %w", err)
	}
	file, err := os.Open(name)
	if err == nil {
		h.uses[sha]++
	}
	return file, err
}

func (h *held) path(sha [32]byte) string { return filepath.Join(h.dir, hex.EncodeToString(sha[:])) }

// has reports whether a content is held.
func (h *held) has(sha [32]byte) bool { return exists(h.path(sha)) }

// open opens a content that is held.
func (h *held) open(sha []byte) (*os.File, error) {
	if len(sha) != sha256.Size {
		return nil, fs.ErrNotExist
	}
	return os.Open(h.path([32]byte(sha)))
}

// release ends one use of a content. With the last it goes, unless it waits.
func (h *held) release(sha [32]byte, waits bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses[sha]--
	if h.uses[sha] > 0 {
		return
	}
	delete(h.uses, sha)
	if !waits {
		_ = os.Remove(h.path(sha)) // what will not go now is swept away by the next scan
	}
}

// sweep removes what an earlier scan left and nobody waits for.
func (d *Desk) sweep(ctx context.Context, g auth.Grant) error {
	h := d.held(g.Case())
	dir, err := os.Open(h.dir)
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
			sha, err := hex.DecodeString(name)
			waits := false
			if err == nil && len(sha) == sha256.Size {
				if waits, err = d.Store.PicturesWait(ctx, g, sha); err != nil {
					return err
				}
			}
			if waits {
				continue
			}
			if err := os.Remove(filepath.Join(h.dir, name)); err != nil {
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
