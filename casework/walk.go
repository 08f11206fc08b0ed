package casework

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
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

// walker lists a source into the store, a batch at a time.
type walker struct {
	d     *Desk
	g     auth.Grant
	root  int64
	walk  int64
	rules []ReachedRule
	skip  []string // patterns of path.Match, for names and for paths
	batch []store.Item
	count int64 // items handed to the store
	met   func(items, bytes int64)

	volumes gathering

	stream bool           // passes by once: nothing of it is forgotten
	sorted *engine.Sorter // what was met, by path; nil for a stream, which comes as it comes

	// partial says that there may be more than was listed: then nothing is
	// forgotten.
	partial bool
}

// run lists the source into the store by path, so that what comes out is in the
// same order however the system lists folders, and forgets what is no longer
// there. Volumes of one set come one after the other, by number.
func (w *walker) run(ctx context.Context, src source) (err error) {
	scratch, err := w.d.scratch(w.g.Case(), "walk")
	if err != nil {
		return fmt.Errorf("list evidence: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	w.sorted = &engine.Sorter{Dir: scratch, Memory: 8 << 20}
	defer closing(&err, w.sorted)
	if err := src.list(ctx, w); err != nil {
		return err
	}
	for rec, err := range w.sorted.Sorted() {
		var it store.Item
		if err == nil {
			it, err = decodeItem(rec)
		}
		if err != nil {
			return fmt.Errorf("list evidence: %w", err)
		}
		if err := w.gather(ctx, it); err != nil {
			return err
		}
	}
	if err := w.release(ctx); err != nil {
		return err
	}
	return w.end(ctx)
}

// end ends the walk, and forgets what it did not meet.
func (w *walker) end(ctx context.Context) error {
	if err := w.flush(ctx); err != nil || w.partial {
		return err
	}
	if w.stream {
		return w.d.Store.EndStream(ctx, w.g, w.root, w.walk)
	}
	return w.d.Store.EndWalk(ctx, w.g, w.root, w.walk)
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

// meet takes an item that was met.
func (w *walker) meet(ctx context.Context, it store.Item) error {
	if err := w.sorted.Add(encodeItem(it)); err != nil {
		return fmt.Errorf("list evidence: %w", err)
	}
	w.met(1, max(it.Size, 0))
	return ctx.Err()
}

func (w *walker) keep(ctx context.Context, it store.Item) error {
	w.add(it)
	if len(w.batch) >= 1000 {
		return w.flush(ctx)
	}
	return ctx.Err()
}

// add notes an item that was met, and says how it stands.
func (w *walker) add(it store.Item) store.Item {
	if w.skipped(it.Path) {
		it.State, it.Reason = breach.LeftOut, ""
	}
	w.count++
	it.Root, it.Reached, it.Position = w.root, reached(w.rules, it.Path), w.count
	w.batch = append(w.batch, it)
	return it
}

// encodeItem makes a record of an item, which sorts by path; that of one that
// may be a volume sorts by set and number.
func encodeItem(it store.Item) []byte {
	b := append([]byte(it.Path), 0, 0) // no path holds a NUL
	if v, ok := extract.VolumeOf(it.Path); ok {
		b = append([]byte(v.Set), 0) // which holds one, and more behind it
		b = binary.BigEndian.AppendUint32(b, uint32(v.Number))
		b = append(append(b, it.Path...), 0)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(it.Size))
	b = binary.BigEndian.AppendUint64(b, uint64(it.MTime))
	return appendText(appendText(b, string(it.State)), string(it.Reason))
}

func decodeItem(rec []byte) (store.Item, error) {
	d := recordReader{rest: rec}
	name := d.path()
	if how := d.path(); how != "" {
		d.uint32()
		name = d.path()
	}
	it := store.Item{Path: name, Size: int64(d.uint64()), MTime: int64(d.uint64())}
	it.State, it.Reason = breach.State(d.text()), breach.Reason(d.text())
	if d.short {
		return store.Item{}, errRecord
	}
	return it, nil
}

func (w *walker) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return ctx.Err()
	}
	if err := w.d.Store.SeeItems(ctx, w.g, w.walk, w.batch); err != nil {
		return err
	}
	w.batch = w.batch[:0]
	return nil
}

// gap is an item of which nothing is known but why it was not listed. What
// fails where nothing forbids it may work again: nothing of it is forgotten.
func (w *walker) gap(ctx context.Context, name string, state breach.State, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reason := reasonOf(err)
	w.partial = w.partial || reason == breach.IOError && !errors.Is(err, fs.ErrNotExist)
	return w.meet(ctx, store.Item{Path: name, Size: -1, State: state, Reason: reason})
}

// listed is an item as the file system tells it.
func listed(name string, info fs.FileInfo) store.Item {
	it := store.Item{Path: name, Size: info.Size(), MTime: info.ModTime().UnixNano(), State: breach.Pending}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		it.State, it.Reason = breach.LeftOut, breach.LinkNotFollowed
	case !info.Mode().IsRegular():
		it.State, it.Reason = breach.LeftOut, breach.SpecialFile
	}
	return it
}

func (f *folder) list(ctx context.Context, w *walker) error {
	if f.only == "" {
		return f.down(ctx, w, ".")
	}
	info, err := f.root.Lstat(f.only)
	if err != nil {
		return fmt.Errorf("look at evidence: %w", err)
	}
	return w.meet(ctx, listed(f.only, info))
}

// down lists one folder and then the folders in it. Names are taken as they
// come, a thousand at a time: a folder of a million files costs no memory.
func (f *folder) down(ctx context.Context, w *walker, name string) error {
	dir, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return w.gap(ctx, name, breach.NotReadable, err)
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(1000)
		for _, e := range entries {
			if err := f.entry(ctx, w, path.Join(name, e.Name()), e); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return w.gap(ctx, name, breach.Partly, err)
		case len(entries) == 0:
			return nil
		}
	}
}

func (f *folder) entry(ctx context.Context, w *walker, name string, e fs.DirEntry) error {
	info, err := e.Info()
	switch {
	case e.IsDir() && w.isOwn(filepath.Join(f.path, filepath.FromSlash(name))):
		if err != nil {
			return nil
		}
		it := listed(name, info)
		it.Reason = ""
		return w.meet(ctx, it)
	case e.IsDir() && !w.skipped(name):
		return f.down(ctx, w, name)
	case err != nil:
		return w.gap(ctx, name, breach.NotReadable, err)
	}
	return w.meet(ctx, listed(name, info))
}

// isOwn reports whether an absolute path is our own data folder, or in it: it
// is no evidence.
func (w *walker) isOwn(abs string) bool {
	own, err := filepath.Rel(w.d.Store.Dir(), abs)
	return err == nil && filepath.IsLocal(own)
}
