package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
)

// Opened is what lies sealed on the disk, in the open for as long as somebody
// needs it: in memory on Linux, elsewhere in a file for its owner alone.
type Opened struct {
	File *os.File
	path string
	done func() error // of one that others have, too
}

// Close lets go of it. Who has mapped it keeps it, where the system lets it.
func (o *Opened) Close() error {
	if o.done != nil {
		return o.done()
	}
	return o.drop()
}

// Path opens it in this process. Under a fence our children may not look into us:
// they inherit File.
func (o *Opened) Path() string { return o.path }

// indexFile is the keyed index of a case's registers.
const indexFile = "register.index"

// SaveIndex has write fill a file in memory, and keeps it sealed. Scratch is a
// folder for what write needs meanwhile.
func (s *Store) SaveIndex(ctx context.Context, g auth.Grant, write func(f *os.File, scratch string) error) (err error) {
	id := g.Case()
	k, err := s.under(ctx, g, toWork...)
	if err != nil {
		return err
	}
	open, err := newOpened(s.CaseDir(id))
	if err != nil {
		return fmt.Errorf("make index: %w", explain(err))
	}
	defer func() { err = errors.Join(err, open.Close()) }()
	if err := write(open.File, s.CaseDir(id)); err != nil {
		return err
	}
	if _, err := open.File.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("seal index: %w", err)
	}
	return s.saveSealed(k, filepath.Join(s.CaseDir(id), indexFile), "index", open.File)
}

// saveSealed seals a file that appears under its name when it is whole and on
// the disk.
func (s *Store) saveSealed(k *caseKeys, path, kind string, from io.Reader) error {
	return s.saveAs(k, path, kind, filepath.Base(path), from)
}

func (s *Store) saveAs(k *caseKeys, path, kind, name string, from io.Reader) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("seal %s: %w", kind, explain(err))
	}
	w, err := seal.NewWriter(f, k.ring, k.part(kind, name))
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{from}, make([]byte, 256<<10))
	}
	if err == nil {
		err = w.Close()
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(path + ".tmp")
		return fmt.Errorf("seal %s: %w", kind, explain(err))
	}
	return nil
}

// HasIndex reports whether there is an index.
func (s *Store) HasIndex(id CaseID) bool {
	_, err := os.Stat(filepath.Join(s.CaseDir(id), indexFile))
	return err == nil
}

// OpenIndex opens the index. The caller closes it when all who read it have it
// open.
func (s *Store) OpenIndex(ctx context.Context, g auth.Grant) (*Opened, error) {
	id := g.Case()
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.CaseDir(id), indexFile)
	return s.kept.open(id, path, func() (*Opened, error) { return s.openSealed(k, path, "index") })
}

func (s *Store) openSealed(k *caseKeys, path, kind string) (_ *Opened, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open %s: %w", kind, explain(err))
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sealed, err := seal.NewStream(f, k.ring, k.part(kind, filepath.Base(path)))
	if err != nil {
		return nil, err
	}
	open, err := newOpened(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	to := bufio.NewWriterSize(open.File, 256<<10)
	_, err = io.Copy(to, sealed)
	if err = errors.Join(err, to.Flush()); err == nil {
		err = open.freeze()
	}
	if err == nil {
		_, err = open.File.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, open.Close())
	}
	return open, nil
}
