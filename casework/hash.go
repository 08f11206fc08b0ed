package casework

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/klarlagt/klarlagt/breach"
)

// copyBuffer is how much is read at a time.
const copyBuffer = 1 << 20

// hashed gives an open file and its SHA-256, or closes it and says with a Gap
// why it is not read.
func hashed(ctx context.Context, file *os.File) (*os.File, []byte, error) {
	sha, err := hash(ctx, file)
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, sha, nil
}

// hash reads a regular file whole for its SHA-256, and goes back to its start.
func hash(ctx context.Context, file *os.File) ([]byte, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, &breach.Gap{Reason: reasonOf(err)}
	case !info.Mode().IsRegular(), hollow(file, info):
		return nil, &breach.Gap{Reason: breach.SpecialFile}
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, &stoppable{ctx, file}, make([]byte, copyBuffer)); err != nil {
		return nil, gapOf(ctx, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, gapOf(ctx, err)
	}
	return h.Sum(nil), nil
}

// stoppable is a reader that ends with its context.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// gapOf makes a Gap of an error of reading; but a scan that was told to stop
// has met none.
func gapOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &breach.Gap{Reason: reasonOf(err)}
}

// reasonOf is the reason why the system did not let us read.
func reasonOf(err error) breach.Reason {
	if errors.Is(err, fs.ErrPermission) {
		return breach.Permission
	}
	return breach.IOError
}

// hollowSize is the size from which a file that is mostly holes is not read:
// nothing but zeros stands there, and it can claim to be larger than any disk.
const hollowSize = 64 << 20
