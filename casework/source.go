package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// source is where evidence comes from. Nothing is ever written to it.
type source interface {
	// name tells the source from every other of a case; the next scan, and who
	// looks at pictures, finds it again by this name.
	name() string

	// list tells a walker of everything that is there.
	list(ctx context.Context, w *walker) error

	// open opens the content of an item and hashes it. A Gap says why it
	// cannot be read; any other error stops the scan.
	open(ctx context.Context, it store.Item) (file *os.File, sha []byte, err error)

	// unchanged reports whether an item still is what was listed: if not,
	// nobody knows which of its bytes were read.
	unchanged(it store.Item) bool

	// release ends what open began, when the file is closed and what was read
	// is kept. What waits has pictures that nobody has looked at yet.
	release(sha [32]byte, waits bool)

	Close() error
}

// Evidence that is not named by a path.
const (
	stdinName    = "-"     // a list of paths or a tar, on standard input
	bucketScheme = "s3://" // s3://bucket/prefix
)

// IsPath reports whether evidence is named by a path: not standard input, not
// what was sent through the browser, and not a bucket.
func IsPath(evidence string) bool {
	return evidence != stdinName && evidence != uploadsName && !strings.HasPrefix(evidence, bucketScheme)
}

// openSource opens evidence as a user names it.
func (d *Desk) openSource(ctx context.Context, g auth.Grant, evidence string, stdin io.Reader) (source, error) {
	switch {
	case evidence == stdinName:
		return d.openStdin(g, stdin)
	case evidence == uploadsName:
		return d.openUploads(ctx, g)
	case strings.HasPrefix(evidence, bucketScheme):
		return openBucket(evidence, d.held(g, false))
	}
	return openFolder(evidence)
}

// reopenSource opens evidence by the name that it has in the store.
func (d *Desk) reopenSource(ctx context.Context, g auth.Grant, name string) (source, error) {
	if base, ok := strings.CutPrefix(name, listPrefix); ok {
		return &pathList{base: base}, nil
	}
	if name == uploadsName {
		return d.openUploads(ctx, g)
	}
	if strings.HasPrefix(name, tarPrefix) {
		return &tarStream{id: name, held: d.held(g, true)}, nil
	}
	if strings.HasPrefix(name, bucketPrefix) {
		return reopenBucket(name, d.held(g, false))
	}
	return openFolder(name)
}

// folder is a folder, or a single file in it. Everything is opened through an
// os.Root, so that no link leads out of it.
type folder struct {
	path string // absolute
	only string // the name of the single file; "" for the whole folder
	root *os.Root
}

func openFolder(name string) (*folder, error) {
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
	src := &folder{path: abs}
	dir := abs
	if !info.IsDir() {
		dir, src.only = filepath.Split(abs)
	}
	if src.root, err = os.OpenRoot(dir); err != nil {
		return nil, &breach.Refusal{Key: "refusal.evidence-unreadable", Args: map[string]any{"Path": name}, Err: err}
	}
	return src, nil
}

func (f *folder) name() string { return f.path }

// Close closes the folder.
func (f *folder) Close() error { return f.root.Close() }

func (f *folder) release([32]byte, bool) {}

func (f *folder) open(ctx context.Context, it store.Item) (*os.File, []byte, error) {
	file, _, err := f.file(it.Path)
	if err != nil {
		return nil, nil, err
	}
	return hashed(ctx, file)
}

// file opens a regular file. A Gap says why it cannot be read.
func (f *folder) file(name string) (*os.File, fs.FileInfo, error) {
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, &breach.Gap{Reason: reasonOf(err)}
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = &breach.Gap{Reason: reasonOf(err)}
	case !info.Mode().IsRegular():
		err = &breach.Gap{Reason: breach.SpecialFile}
	default:
		return file, info, nil
	}
	_ = file.Close()
	return nil, nil, err
}

func (f *folder) unchanged(it store.Item) bool {
	info, err := f.root.Lstat(filepath.FromSlash(it.Path))
	return err == nil && sameAsListed(info, it)
}

// sameAsListed reports whether a file has the size and time it was listed with.
func sameAsListed(info fs.FileInfo, it store.Item) bool {
	return info.Size() == it.Size && info.ModTime().UnixNano() == it.MTime
}
