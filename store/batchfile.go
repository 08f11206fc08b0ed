package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// batchParts is what the files of batches are sealed as, and the folder in which
// they lie.
const batchParts = "batches"

func (s *Store) batchPath(id CaseID, batch string) string {
	return filepath.Join(s.CaseDir(id), batchParts, batch)
}

// SaveBatchFile keeps what was written of a batch, sealed from its first byte on,
// in the place of what was there.
func (s *Store) SaveBatchFile(ctx context.Context, g auth.Grant, b Batch, from io.Reader) error {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return err
	}
	path := s.batchPath(g.Case(), b.ID)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep the file of batch %s: %w", b.ID, explain(err))
	}
	return s.saveSealed(k, path, batchParts, from)
}

// BatchFile tells how large the file of a batch is, sealed; 0 where there is none.
func (s *Store) BatchFile(id CaseID, b Batch) int64 {
	info, err := os.Stat(s.batchPath(id, b.ID))
	if err != nil {
		return 0
	}
	return info.Size()
}

// OpenBatchFile gives the file of a batch out, which is noted in the journal. An
// error of Read means that what came before is not the file. The caller closes it.
func (s *Store) OpenBatchFile(ctx context.Context, g auth.Grant, b Batch) (io.ReadCloser, error) {
	k, err := s.under(ctx, g, toTell...)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(s.batchPath(g.Case(), b.ID))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &breach.Refusal{Key: "refusal.batch-not-made", Args: map[string]any{"Batch": b.ID}, Err: err}
	}
	if err != nil {
		return nil, fmt.Errorf("open the file of batch %s: %w", b.ID, explain(err))
	}
	sealed, err := seal.NewStream(f, k.ring, k.part(batchParts, b.ID))
	if err == nil {
		err = s.tx(ctx, func(tx *sql.Tx) error {
			return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("notice:%s.%d,batch=%s,given-out", b.Notice, b.Version, idOf(b.ID)))
		})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the file of batch %s: %w", b.ID, err), f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{sealed, f}, nil
}
