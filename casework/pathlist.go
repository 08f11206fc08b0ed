package casework

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
	"github.com/klarlagt/klarlagt/store"
)

// listPrefix begins the name of a list of paths; the folder follows that they
// are relative to.
const listPrefix = "list:"

// pathList is a list of files: one a line, or each ended by a NUL. Lists add
// up: what an earlier one named stays.
type pathList struct {
	base  string // absolute
	paths *bufio.Reader
}

func (l *pathList) name() string { return listPrefix + l.base }

func (l *pathList) Close() error { return nil }

func (l *pathList) release([32]byte, bool) {}

func (l *pathList) abs(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.base, name)
}

func (l *pathList) list(ctx context.Context, w *walker) error {
	w.partial = true
	scan := bufio.NewScanner(l.paths)
	scan.Buffer(make([]byte, 4096), headBytes)
	head, _ := l.paths.Peek(headBytes)
	scan.Split(bufio.ScanLines)
	if bytes.IndexByte(head, 0) >= 0 {
		scan.Split(scanNULs)
	}
	for scan.Scan() {
		if len(scan.Bytes()) == 0 {
			continue
		}
		if err := l.meet(ctx, w, path.Clean(filepath.ToSlash(scan.Text()))); err != nil {
			return err
		}
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		return &breach.Refusal{Key: "refusal.stdin-unknown"}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("read list of paths: %w", err)
	}
	return nil
}

func (l *pathList) meet(ctx context.Context, w *walker, name string) error {
	abs := l.abs(name)
	info, err := os.Lstat(abs)
	if err != nil {
		return w.gap(ctx, name, breach.NotReadable, err)
	}
	it := listed(name, info)
	if w.isOwn(abs) {
		it.State, it.Reason = breach.LeftOut, ""
	}
	return w.meet(ctx, it)
}

// open opens a listed file. A link that took its place is not followed.
func (l *pathList) open(ctx context.Context, it store.Item) (*os.File, []byte, error) {
	abs := l.abs(it.Path)
	info, err := os.Lstat(abs)
	if err != nil {
		return nil, nil, &breach.Gap{Reason: reasonOf(err)}
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, nil, &breach.Gap{Reason: breach.LinkNotFollowed}
	}
	file, err := os.OpenFile(abs, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, nil, &breach.Gap{Reason: reasonOf(err)}
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		_ = file.Close()
		return nil, nil, &breach.Gap{Reason: breach.IOError}
	}
	return hashed(ctx, file)
}

func (l *pathList) unchanged(it store.Item) bool {
	info, err := os.Lstat(l.abs(it.Path))
	return err == nil && sameAsListed(info, it)
}

// scanNULs parts a list at its NULs.
func scanNULs(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// headBytes is how much of standard input is looked at to tell what it is.
const headBytes = 64 << 10

// packed begins what is neither a list nor a tar, but may hold one.
var packed = []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "BZh", "\xfd7zXZ", "PK\x03\x04", "7z\xbc\xaf", "Rar!"}

// openStdin tells what comes on standard input: a tar, or a list of paths.
func (d *Desk) openStdin(g auth.Grant, stdin io.Reader) (source, error) {
	in := bufio.NewReaderSize(stdin, headBytes)
	head, err := in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	if len(bytes.Trim(head, "\x00\r\n")) == 0 {
		return nil, &breach.Refusal{Key: "refusal.stdin-empty"}
	}
	for _, magic := range packed {
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, &breach.Refusal{Key: "refusal.stdin-unknown"}
		}
	}
	if extract.IsTarStream(head) {
		return newTarStream(head, in, d.held(g, true)), nil
	}
	base, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the folder of the list: %w", err)
	}
	return &pathList{base: base, paths: in}, nil
}
