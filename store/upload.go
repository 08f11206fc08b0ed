package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// UploadUse is what a file was sent for.
type UploadUse string

// The uses.
const (
	ForEvidence UploadUse = "evidence"
	ForRegister UploadUse = "register"
)

// action is what somebody may send a file for, and take it back.
func (u UploadUse) action() auth.Action {
	if u == ForRegister {
		return auth.ImportRegister
	}
	return auth.Scan
}

// Upload is a file that somebody sent through the browser. Its content lies
// sealed in the folder of its case.
type Upload struct {
	Number  int64 // from 1
	Use     UploadUse
	Name    breach.Personal // as the browser gave it, without folders
	Size    int64
	At      time.Time
	Done    bool            // a register that was imported: its content is gone
	Note    json.RawMessage // what casework keeps beside it
	version int64
}

// uploadRow is an upload as it is sealed.
type uploadRow struct {
	Name string
	Size int64
	At   time.Time
	Done bool            `json:",omitempty"`
	Note json.RawMessage `json:",omitempty"`
}

func uploadAt(u Upload) cell {
	return cell{table: "uploads", row: rowKey(u.Number, u.Use), version: u.version}
}

func (k *caseKeys) sealUpload(u Upload) ([]byte, error) {
	data, err := json.Marshal(uploadRow{u.Name.Reveal(), u.Size, u.At, u.Done, u.Note})
	return k.seal(uploadAt(u), data), err
}

// uploadParts is what uploads are sealed as, and the folder in which they lie.
const uploadParts = "uploads"

func (s *Store) uploadPath(id CaseID, number int64) string {
	return filepath.Join(s.CaseDir(id), uploadParts, fmt.Sprintf("%06d", number))
}

// counting counts what is read through it.
type counting struct {
	from io.Reader
	n    int64
}

// Read reads and counts.
func (c *counting) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// AddUpload keeps a file that is being sent, from its first byte on sealed. What
// broke off is not kept.
func (s *Store) AddUpload(ctx context.Context, g auth.Grant, use UploadUse, name breach.Personal, from io.Reader) (Upload, error) {
	k, err := s.under(ctx, g, use.action())
	if err != nil {
		return Upload{}, err
	}
	u := Upload{Use: use, Name: name, At: g.Asked().Wall.UTC().Truncate(time.Second), version: 1}
	if err = s.sweepUploads(ctx, k, u.At); err == nil {
		u.Number, err = s.reserveUpload(ctx, k, u)
	}
	if err != nil {
		return Upload{}, fmt.Errorf("keep upload: %w", err)
	}
	read := &counting{from: from}
	err = s.saveSealed(k, s.uploadPath(g.Case(), u.Number), uploadParts, read)
	if u.Size = read.n; err == nil {
		err = s.tx(ctx, func(tx *sql.Tx) error {
			u, err = changeUpload(ctx, tx, k, u)
			if err != nil {
				return err
			}
			return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("upload:%d,%s,bytes=%d", u.Number, u.Use, u.Size), said{"name", u.Name})
		})
	}
	if err != nil {
		return Upload{}, errors.Join(fmt.Errorf("keep upload: %w", err), s.dropUpload(context.WithoutCancel(ctx), g.Case(), u.Number))
	}
	return u, nil
}

// reserveUpload gives an upload its number. Until it is whole it has no size, and
// is in no list.
func (s *Store) reserveUpload(ctx context.Context, k *caseKeys, u Upload) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(s.uploadPath(CaseID(k.id), 0)), 0o700); err != nil {
		return 0, explain(err)
	}
	u.Size = -1
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM uploads WHERE case_id = $1`, k.id).Scan(&u.Number); err != nil {
			return err
		}
		data, err := k.sealUpload(u)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO uploads (case_id, number, version, use, data) VALUES ($1, $2, $3, $4, $5)`, k.id, u.Number, u.version, u.Use, data)
		}
		return err
	})
	return u.Number, err
}

// errUploadMoved says that an upload is no longer what it was when it was read.
var errUploadMoved = errors.New("somebody else has changed the upload")

func changeUpload(ctx context.Context, tx *sql.Tx, k *caseKeys, u Upload) (Upload, error) {
	u.version++
	data, err := k.sealUpload(u)
	if err != nil {
		return u, err
	}
	done, err := tx.ExecContext(ctx, `UPDATE uploads SET version = $1, data = $2 WHERE case_id = $3 AND number = $4 AND version = $5`, u.version, data, k.id, u.Number, u.version-1)
	if err != nil {
		return u, err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return u, errors.Join(err, errUploadMoved)
	}
	return u, nil
}

// KeepUpload keeps what is noted beside an upload. Of one that is done, the
// content is destroyed.
func (s *Store) KeepUpload(ctx context.Context, g auth.Grant, u Upload) (Upload, error) {
	k, err := s.under(ctx, g, u.Use.action())
	if err != nil {
		return u, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error { u, err = changeUpload(ctx, tx, k, u); return err })
	if err == nil && u.Done {
		err = removeFile(s.uploadPath(g.Case(), u.Number))
	}
	if err != nil {
		return u, fmt.Errorf("keep upload: %w", err)
	}
	return u, nil
}

// RemoveUpload takes an upload back.
func (s *Store) RemoveUpload(ctx context.Context, g auth.Grant, u Upload) error {
	k, err := s.under(ctx, g, u.Use.action())
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("upload:%d,removed", u.Number))
	})
	if err == nil {
		err = s.dropUpload(ctx, g.Case(), u.Number)
	}
	if err != nil {
		return fmt.Errorf("remove upload: %w", err)
	}
	return nil
}

func (s *Store) dropUpload(ctx context.Context, id CaseID, number int64) error {
	if err := removeFile(s.uploadPath(id, number)); err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE case_id = $1 AND number = $2`, id, number)
		return err
	})
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(err)
	}
	return nil
}

// Uploads lists what was sent for a use, the oldest first.
func (s *Store) Uploads(ctx context.Context, g auth.Grant, use UploadUse) ([]Upload, error) {
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	list, err := s.uploads(ctx, k, use)
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return slices.DeleteFunc(list, func(u Upload) bool { return u.Size < 0 }), nil
}

// uploads lists also what is being sent, which has no size yet.
func (s *Store) uploads(ctx context.Context, k *caseKeys, use UploadUse) (list []Upload, err error) {
	err = s.each(ctx, `SELECT number, version, use, data FROM uploads WHERE case_id = $1 AND use = $2 ORDER BY number`, []any{k.id, use}, func(rows *sql.Rows) error {
		var u Upload
		var data []byte
		if err := rows.Scan(&u.Number, &u.version, &u.Use, &data); err != nil {
			return err
		}
		data, err := k.open(uploadAt(u), data)
		var row uploadRow
		if err == nil {
			err = json.Unmarshal(data, &row)
		}
		u.Name, u.Size, u.At, u.Done, u.Note = breach.Hide(row.Name), row.Size, row.At, row.Done, row.Note
		list = append(list, u)
		return err
	})
	return list, err
}

// OpenUpload opens the content of an upload. The caller closes it.
func (s *Store) OpenUpload(ctx context.Context, g auth.Grant, u Upload) (*Opened, error) {
	k, err := s.under(ctx, g, auth.Scan, auth.ReadPictures, auth.ImportRegister)
	if err != nil {
		return nil, err
	}
	return s.openSealed(k, s.uploadPath(g.Case(), u.Number), uploadParts)
}

// sweepUploads removes what uploads have left that broke off with the server: no
// file takes a day to send.
func (s *Store) sweepUploads(ctx context.Context, k *caseKeys, now time.Time) error {
	before := now.Add(-24 * time.Hour)
	for _, use := range []UploadUse{ForEvidence, ForRegister} {
		list, err := s.uploads(ctx, k, use)
		for _, u := range list {
			if err == nil && u.Size < 0 && u.At.Before(before) {
				err = errors.Join(removeFile(s.uploadPath(CaseID(k.id), u.Number)+".tmp"), s.dropUpload(ctx, CaseID(k.id), u.Number))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
