package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// rowGroup is how many rows a part buffers before it writes them out: it
// bounds the memory of a writer.
const rowGroup = 8 << 10

// partFile is a sealed Parquet file that appears under its name only when it is
// whole and on the disk.
type partFile[T any] struct {
	name string
	f    *os.File
	seal *seal.Writer
	w    *parquet.GenericWriter[T]
	rows int64
}

func createPart[T any](k *caseKeys, kind, name string) (*partFile[T], error) {
	f, err := os.OpenFile(name+".tmp", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create part: %w", explain(err))
	}
	sealed, err := seal.NewWriter(f, k.ring, k.part(kind, filepath.Base(name)))
	if err != nil {
		return nil, fmt.Errorf("create part: %w", explain(errors.Join(err, f.Close())))
	}
	w := parquet.NewGenericWriter[T](sealed, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(64<<10), parquet.CreatedBy("klarlagt", "1", ""))
	return &partFile[T]{name: name, f: f, seal: sealed, w: w}, nil
}

func (p *partFile[T]) write(rows []T) error {
	if _, err := p.w.Write(rows); err != nil {
		return fmt.Errorf("write part: %w", explain(err))
	}
	before := p.rows / rowGroup
	p.rows += int64(len(rows))
	if p.rows/rowGroup > before {
		if err := p.w.Flush(); err != nil {
			return fmt.Errorf("write part: %w", explain(err))
		}
	}
	return nil
}

// commit makes the part whole, durable and visible.
func (p *partFile[T]) commit() error {
	err := errors.Join(p.w.Close(), p.seal.Close(), p.f.Sync(), p.f.Close())
	if err == nil {
		err = os.Rename(p.name+".tmp", p.name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(p.name))
	}
	if err != nil {
		_ = os.Remove(p.name + ".tmp")
		return fmt.Errorf("finish part: %w", explain(err))
	}
	return nil
}

// abandon forgets the part.
func (p *partFile[T]) abandon() {
	_ = p.f.Close()
	_ = os.Remove(p.name + ".tmp")
}

// readPart calls f for the rows of a part from first on, until f or the part
// ends. The row is reused.
func readPart[T any](k *caseKeys, kind, name string, first int64, f func(*T) (bool, error)) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open part: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open part: %w", err)
	}
	sealed, err := seal.NewReader(file, info.Size(), k.ring, k.part(kind, filepath.Base(name)))
	if err != nil {
		return fmt.Errorf("open part: %w", err)
	}
	r := parquet.NewGenericReader[T](sealed)
	defer r.Close()
	if first > 0 {
		if err := r.SeekToRow(first); err != nil {
			return fmt.Errorf("seek in part: %w", err)
		}
	}
	rows := make([]T, 256)
	for {
		n, err := r.Read(rows)
		for i := range rows[:n] {
			if more, err := f(&rows[i]); err != nil || !more {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read part: %w", err)
		}
		clear(rows)
	}
}

// clearParts removes the parts that no content points to, and whatever a
// stopped scan left half-written.
func (s *Store) clearParts(ctx context.Context, id CaseID) error {
	used, err := s.parts(ctx, id)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, n := range used {
		keep[filepath.Base(s.findingsPath(id, n))] = true
	}
	files, err := os.ReadDir(s.CaseDir(id))
	if err != nil {
		return fmt.Errorf("clear parts: %w", err)
	}
	for _, f := range files {
		name := f.Name()
		stale := strings.HasSuffix(name, ".tmp") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "findings-") && !keep[name]
		if !stale {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.CaseDir(id), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear parts: %w", err)
		}
	}
	return nil
}

// parts lists the numbers of the findings parts in use.
func (s *Store) parts(ctx context.Context, id CaseID) ([]int64, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT DISTINCT part FROM contents WHERE case_id = $1 AND part > 0 ORDER BY part`, id)
	if err != nil {
		return nil, fmt.Errorf("list parts: %w", err)
	}
	defer rows.Close()
	var parts []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("list parts: %w", err)
		}
		parts = append(parts, n)
	}
	return parts, rows.Err()
}

// placeRow is a breach.Place as columns of a part.
type placeRow struct {
	Unit1  uint8  `parquet:"unit1"`
	N1     int64  `parquet:"n1"`
	Name1  string `parquet:"name1,dict"`
	Unit2  uint8  `parquet:"unit2"`
	N2     int64  `parquet:"n2"`
	Name2  string `parquet:"name2,dict"`
	Unit3  uint8  `parquet:"unit3"`
	N3     int64  `parquet:"n3"`
	Name3  string `parquet:"name3,dict"`
	Offset int64  `parquet:"offset"`
}

func rowOfPlace(p breach.Place) placeRow {
	a, b, c := p.Path[0], p.Path[1], p.Path[2]
	return placeRow{
		uint8(a.Unit), a.N, a.Name.Reveal(),
		uint8(b.Unit), b.N, b.Name.Reveal(),
		uint8(c.Unit), c.N, c.Name.Reveal(), p.Offset,
	}
}

func (r *placeRow) place(e breach.EvidenceID) breach.Place {
	return breach.Place{Evidence: e, Offset: r.Offset, Path: [3]breach.Step{
		{Unit: breach.Unit(r.Unit1), N: r.N1, Name: breach.Hide(r.Name1)},
		{Unit: breach.Unit(r.Unit2), N: r.N2, Name: breach.Hide(r.Name2)},
		{Unit: breach.Unit(r.Unit3), N: r.N3, Name: breach.Hide(r.Name3)},
	}}
}
