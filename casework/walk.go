package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// ReachedRule says how sure it is that whoever broke in reached a part of the
// evidence.
type ReachedRule struct {
	Prefix string // a path below the scanned folder, with "/"; "" for all of it
	Grade  breach.Grade
}

// reached gives the grade of the longest prefix that fits; Proven if none does.
func reached(rules []ReachedRule, name string) breach.Grade {
	grade, length := breach.Proven, -1
	for _, r := range rules {
		prefix := strings.Trim(r.Prefix, "/")
		fits := prefix == "" || name == prefix || strings.HasPrefix(name, prefix+"/")
		if fits && len(prefix) > length {
			grade, length = r.Grade, len(prefix)
		}
	}
	return grade
}

// source is what is scanned: a folder, or a single file in it. Everything is
// opened through an os.Root, so that no link leads out of it.
type source struct {
	path string // absolute
	only string // the name of the single file; "" for the whole folder
	root *os.Root
}

func openSource(name string) (*source, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("find evidence: %w", err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &breach.Refusal{Key: "refusal.no-evidence", Args: map[string]any{"Path": name}}
	case err != nil:
		return nil, &breach.Refusal{Key: "refusal.evidence-unreadable", Args: map[string]any{"Path": name}, Err: err}
	}
	src := &source{path: abs}
	dir := abs
	if !info.IsDir() {
		dir, src.only = filepath.Split(abs)
	}
	if src.root, err = os.OpenRoot(dir); err != nil {
		return nil, &breach.Refusal{Key: "refusal.evidence-unreadable", Args: map[string]any{"Path": name}, Err: err}
	}
	return src, nil
}

// Close closes the folder.
func (s *source) Close() error { return s.root.Close() }

// open opens a regular file of the source. A gap says why it cannot be read.
func (s *source) open(name string) (*os.File, fs.FileInfo, error) {
	f, err := s.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, &breach.Gap{Reason: reasonOf(err)}
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		if err == nil {
			return nil, nil, &breach.Gap{Reason: breach.SpecialFile}
		}
		return nil, nil, &breach.Gap{Reason: breach.IOError}
	}
	return f, info, nil
}

// unchanged reports whether a file still has the size and time it had when it
// was listed: if not, nobody knows which of its bytes were read.
func (s *source) unchanged(it store.Item) bool {
	info, err := s.root.Lstat(filepath.FromSlash(it.Path))
	return err == nil && info.Size() == it.Size && info.ModTime().UnixNano() == it.MTime
}

// reasonOf is the reason why the system did not let us read.
func reasonOf(err error) breach.Reason {
	if errors.Is(err, fs.ErrPermission) {
		return breach.Permission
	}
	return breach.IOError
}

// walker lists a source into the store, a batch at a time.
type walker struct {
	d     *Desk
	id    store.CaseID
	src   *source
	root  int64
	walk  int64
	rules []ReachedRule
	skip  []string // patterns of path.Match, for names and for paths
	batch []store.Item
	met   func(items, bytes int64)
}

// run walks the source and forgets what is no longer there.
func (w *walker) run(ctx context.Context) error {
	if w.src.only != "" {
		if err := w.one(w.src.only); err != nil {
			return err
		}
	} else if err := w.folder(ctx, "."); err != nil {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.d.Store.EndWalk(ctx, w.id, w.root, w.walk)
}

func (w *walker) one(name string) error {
	info, err := w.src.root.Lstat(name)
	if err != nil {
		return fmt.Errorf("look at evidence: %w", err)
	}
	w.meet(name, info)
	return nil
}

// folder lists one folder and then the folders in it. Names are taken as they
// come, a thousand at a time: a folder of a million files costs no memory.
func (w *walker) folder(ctx context.Context, name string) error {
	dir, err := w.src.root.Open(filepath.FromSlash(name))
	if err != nil {
		w.add(store.Item{Path: name, Size: -1, State: breach.NotReadable, Reason: reasonOf(err)})
		return nil
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(1000)
		for _, e := range entries {
			if err := w.entry(ctx, path.Join(name, e.Name()), e); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			w.add(store.Item{Path: name, Size: -1, State: breach.Partly, Reason: reasonOf(err)})
			return nil
		case len(entries) == 0:
			return nil
		}
	}
}

func (w *walker) entry(ctx context.Context, name string, e fs.DirEntry) error {
	if e.IsDir() && !w.skipped(name) {
		return w.folder(ctx, name)
	}
	info, err := e.Info()
	if err != nil {
		w.add(store.Item{Path: name, Size: -1, State: breach.NotReadable, Reason: reasonOf(err)})
	} else {
		w.meet(name, info)
	}
	if len(w.batch) >= 1000 {
		return w.flush(ctx)
	}
	return ctx.Err()
}

// skipped reports whether a rule leaves the path out.
func (w *walker) skipped(name string) bool {
	for _, pattern := range w.skip {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
		if ok, _ := path.Match(pattern, path.Base(name)); ok {
			return true
		}
	}
	return false
}

func (w *walker) meet(name string, info fs.FileInfo) {
	it := store.Item{Path: name, Size: info.Size(), MTime: info.ModTime().UnixNano(), State: breach.Pending}
	switch {
	case w.skipped(name):
		it.State = breach.LeftOut
	case info.Mode()&fs.ModeSymlink != 0:
		it.State, it.Reason = breach.LeftOut, breach.LinkNotFollowed
	case !info.Mode().IsRegular():
		it.State, it.Reason = breach.LeftOut, breach.SpecialFile
	}
	w.add(it)
}

func (w *walker) add(it store.Item) {
	it.Root, it.Reached = w.root, reached(w.rules, it.Path)
	w.batch = append(w.batch, it)
}

func (w *walker) flush(ctx context.Context) error {
	if err := w.d.Store.SeeItems(ctx, w.id, w.walk, w.batch); err != nil {
		return err
	}
	var bytes int64
	for _, it := range w.batch {
		bytes += max(it.Size, 0)
	}
	w.met(int64(len(w.batch)), bytes)
	w.batch = w.batch[:0]
	return nil
}
