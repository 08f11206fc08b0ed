package casework

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/store"
)

// gathering is what a walk holds while it meets files that may be volumes of
// one set, which come one after the other.
type gathering struct {
	set   string
	names []extract.VolumeName
	items []store.Item
	mark  int64 // of the set before
}

// gather keeps an item, as soon as it is known whether it is a volume: then all
// of its set get the same mark.
func (w *walker) gather(ctx context.Context, it store.Item) error {
	v, ok := extract.VolumeOf(it.Path)
	c := &w.volumes
	if v.Set != c.set || len(c.items) == extract.MaxVolumes {
		if err := w.release(ctx); err != nil {
			return err
		}
	}
	if !ok || it.State != breach.Pending || w.skipped(it.Path) {
		return w.keep(ctx, it)
	}
	c.set = v.Set
	c.names, c.items = append(c.names, v), append(c.items, it)
	return nil
}

// release keeps what was gathered.
func (w *walker) release(ctx context.Context) error {
	c := &w.volumes
	set := extract.VolumeSet(c.names, sizes(c.items))
	if len(set) > 0 {
		c.mark = volumesMark(set, c.items, c.mark)
	}
	for _, n := range set {
		c.items[n.File].Volumes = c.mark
	}
	for _, it := range c.items {
		if err := w.keep(ctx, it); err != nil {
			return err
		}
	}
	c.set, c.names, c.items = "", c.names[:0], c.items[:0]
	return nil
}

func sizes(items []store.Item) []int64 {
	sizes := make([]int64, len(items))
	for i, it := range items {
		sizes[i] = it.Size
	}
	return sizes
}

// volumesMark is a hash of what volumes are, as far as that can be told without
// opening them; never 0, nor that of the set before.
func volumesMark(set []extract.Numbered, items []store.Item, before int64) int64 {
	var b []byte
	for _, n := range set {
		b = binary.BigEndian.AppendUint64(b, uint64(n.Number))
		b = binary.BigEndian.AppendUint64(b, uint64(items[n.File].Size))
		b = binary.BigEndian.AppendUint64(b, uint64(items[n.File].MTime))
	}
	mark := versionOf(b) | 1
	if mark == before {
		mark-- // which is even, as no other is but for the same reason
	}
	return mark
}

// volumes are the files of a set that are read together: all of it, fewer, or
// none.
type volumes struct {
	set   string // of their names
	mark  int64
	items []store.Item // the first is the one that people open
	sha   [32]byte     // of them all
	job   engine.Job   // with the open files, in the order in which they are read
}

// near reports whether an item is of the set.
func (v *volumes) near(it store.Item) bool {
	of, ok := extract.VolumeOf(it.Path)
	return v != nil && ok && v.set == of.Set && v.mark == it.Volumes
}

// has reports whether an item is read with the others.
func (v *volumes) has(path string) bool {
	return v != nil && slices.ContainsFunc(v.items, func(it store.Item) bool { return it.Path == path })
}

// unchanged reports whether all volumes still are what was listed.
func (v *volumes) unchanged(src source) bool {
	return v == nil || !slices.ContainsFunc(v.items, func(it store.Item) bool { return !src.unchanged(it) })
}

// openVolumes opens and hashes the volumes that an item is one of; there are
// none where it turns out that they stand alone. What cannot be read, or is none
// by its content, is left out, and so missing.
func (s *scan) openVolumes(ctx context.Context, it store.Item) (v *volumes, err error) {
	items, set, names, err := s.listVolumes(ctx, it)
	if err != nil {
		return nil, err
	}
	of, _ := extract.VolumeOf(it.Path)
	v = &volumes{set: of.Set, mark: it.Volumes}
	defer func() {
		if err != nil || len(v.items) < 2 {
			err = errors.Join(err, v.job.Close())
			v.items = nil
		}
	}()
	h := sha256.New()
	for _, n := range set {
		it := items[n.File]
		file, sha, err := s.src.open(ctx, it)
		var gap *breach.Gap
		if errors.As(err, &gap) {
			continue
		}
		if err != nil {
			return v, err
		}
		s.src.release([32]byte(sha), false) // it is nothing that passes by only once
		if fits, err := v.take(n.Number, names[n.File], file); err != nil || !fits {
			if err = errors.Join(err, file.Close()); err != nil || len(v.items) == 0 {
				return v, err // what begins it is something else
			}
			continue
		}
		it.SHA256 = sha
		v.items = append(v.items, it)
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n.Number)))
		h.Write(sha)
	}
	h.Sum(v.sha[:0])
	slices.SortFunc(v.items, func(a, b store.Item) int { return int(a.Position - b.Position) })
	return v, nil
}

// take takes an open file as the next volume, where its content fits.
func (v *volumes) take(number int, name extract.VolumeName, file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || !name.Fits(len(v.job.Volumes) == 0, file, info.Size()) {
		return false, err
	}
	v.job.Volumes = append(v.job.Volumes, engine.Volume{Number: number, Size: info.Size(), File: file})
	v.job.Size += info.Size()
	return true, nil
}

// listVolumes lists the files that an item makes up a set with.
func (s *scan) listVolumes(ctx context.Context, it store.Item) (items []store.Item, set []extract.Numbered, names []extract.VolumeName, err error) {
	of, _ := extract.VolumeOf(it.Path)
	near, err := s.d.Store.VolumesWith(ctx, s.g, it, extract.MaxVolumes)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, other := range near {
		if v, ok := extract.VolumeOf(other.Path); ok && v.Set == of.Set {
			items, names = append(items, other), append(names, v)
		}
	}
	return items, extract.VolumeSet(names, sizes(items)), names, nil
}

// settleVolumes settles the volumes that an item is one of, all at once. It
// gives a job if they are new as a whole.
func (f *feeder) settleVolumes(ctx context.Context, it store.Item) (job engine.Job, ok bool, err error) {
	v, err := f.openVolumes(ctx, it)
	if f.last = v; err != nil || len(v.items) == 0 {
		return job, false, err
	}
	lead := v.items[0]
	lead.SHA256, lead.Content, lead.State = v.sha[:], 0, breach.Pending
	job, ok, err = f.offer(ctx, lead, v.job, v)
	for _, it := range v.items[1:] {
		if err == nil {
			it.Content, it.State = 0, breach.VolumeOf
			err = f.settled(ctx, it)
		}
	}
	if err != nil && ok {
		err = errors.Join(err, job.Close())
	}
	return job, ok && err == nil, err
}

// textVolumes opens what the file that a user names was cut into, where that is
// the one that people open and the others lie beside it; a job without volumes
// where it stands alone.
func textVolumes(path string) (job engine.Job, err error) {
	of, ok := extract.VolumeOf(filepath.Base(path))
	if !ok {
		return job, nil
	}
	names, files, sizes, err := volumesBeside(path, of)
	if err != nil || len(files) == 0 || files[0] != filepath.Base(path) {
		return job, err
	}
	v := &volumes{}
	for _, n := range extract.VolumeSet(names, sizes) {
		file, err := os.Open(filepath.Join(filepath.Dir(path), files[n.File]))
		if err != nil {
			continue // it is missing
		}
		if fits, err := v.take(n.Number, names[n.File], file); err != nil || !fits {
			_ = file.Close()
		}
	}
	if len(v.job.Volumes) < 2 {
		return engine.Job{}, v.job.Close()
	}
	return v.job, nil
}

// volumesBeside lists the regular files of a folder that are of a set, by
// number.
func volumesBeside(path string, of extract.VolumeName) (names []extract.VolumeName, files []string, sizes []int64, err error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, nil, nil, nil // it may be one that can be entered and not be listed
	}
	defer dir.Close()
	var found []os.DirEntry
	for {
		entries, err := dir.ReadDir(1000)
		for _, e := range entries {
			if v, ok := extract.VolumeOf(e.Name()); ok && v.Set == of.Set && e.Type().IsRegular() && len(found) < 2*extract.MaxVolumes {
				found = append(found, e)
			}
		}
		if errors.Is(err, io.EOF) || err == nil && len(entries) == 0 {
			break
		}
		if err != nil {
			return nil, nil, nil, err
		}
	}
	number := func(e os.DirEntry) int {
		v, _ := extract.VolumeOf(e.Name())
		return v.Number
	}
	slices.SortStableFunc(found, func(a, b os.DirEntry) int { return number(a) - number(b) })
	for _, e := range found {
		info, err := e.Info()
		if err != nil {
			continue
		}
		v, _ := extract.VolumeOf(e.Name())
		names, files, sizes = append(names, v), append(files, e.Name()), append(sizes, info.Size())
	}
	return names, files, sizes, nil
}
