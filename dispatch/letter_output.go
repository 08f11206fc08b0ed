package dispatch

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// Folder is where letters are written: it makes a file by its name. A file is
// whole when it is closed, and before the next one is made.
type Folder func(name string) (io.WriteCloser, error)

// In is a folder of the disk. Its files are for their owner alone, and one that is
// there is never written over: the same batch is not printed twice by mistake.
func In(dir *os.Root) Folder {
	return func(name string) (io.WriteCloser, error) {
		return dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
}

// output is a file being written, and hashed on the way.
type output struct {
	f   io.WriteCloser
	buf *bufio.Writer
	sum hash.Hash
}

func create(dir Folder, name string) (*output, error) {
	f, err := dir(name)
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", name, err)
	}
	o := &output{f: f, sum: sha256.New()}
	o.buf = bufio.NewWriterSize(io.MultiWriter(f, o.sum), 32<<10)
	return o, nil
}

func (o *output) Write(b []byte) (int, error) { return o.buf.Write(b) }

func (o *output) close() error { return errors.Join(o.buf.Flush(), o.f.Close()) }

// settle closes the file when it is on the disk, if it is to be there.
func (o *output) settle() error {
	err := o.buf.Flush()
	if f, ok := o.f.(interface{ Sync() error }); ok {
		err = errors.Join(err, f.Sync())
	}
	return errors.Join(err, o.f.Close())
}

func (o *output) sha256() string { return fmt.Sprintf("%x", o.sum.Sum(nil)) }

// save makes a file of what is written, and sees it onto the disk.
func save(dir Folder, name string, write func(io.Writer) error) error {
	out, err := create(dir, name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(out), out.settle()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// save writes the manifest, as a table and whole.
func (m Manifest) save(dir Folder) error {
	if err := save(dir, "manifest.csv", m.WriteCSV); err != nil {
		return err
	}
	return save(dir, "manifest.json", m.WriteJSON)
}

// ErrChanged means that a letter on the disk is not the one that was written.
var ErrChanged = errors.New("is not what was written")

// Verify reads the letters of a batch again and compares their hashes with the
// manifest: to be done when they are handed over.
func (m Manifest) Verify(dir *os.Root) error {
	if m.File != "" {
		return verify(dir, m.File, m.SHA256)
	}
	for _, r := range m.Letters {
		if err := verify(dir, r.File, r.SHA256); err != nil {
			return fmt.Errorf("letter %d: %w", r.Seq, err)
		}
	}
	return nil
}

func verify(dir *os.Root, name, want string) error {
	f, err := dir.Open(name)
	if err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("read %s again: %w", name, err)
	}
	if fmt.Sprintf("%x", sum.Sum(nil)) != want {
		return fmt.Errorf("%s %w", name, ErrChanged)
	}
	return nil
}
