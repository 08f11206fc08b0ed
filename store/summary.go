package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
)

// SetSummary writes a summary: anything that JSON can hold, by name.
func (s *Store) SetSummary(ctx context.Context, g auth.Grant, name string, v any) error {
	k, err := s.under(ctx, g, toWork...)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error { return putSummary(ctx, tx, k, name, v) })
}

func putSummary(ctx context.Context, tx *sql.Tx, k *caseKeys, name string, v any) error {
	data, err := json.Marshal(v)
	var version int64
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM summaries WHERE case_id = $1 AND name = $2`, k.id, name).Scan(&version)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO summaries (case_id, name, version, data) VALUES ($1, $2, $3, $4)
			ON CONFLICT (case_id, name) DO UPDATE SET version = excluded.version, data = excluded.data`,
			k.id, name, version, k.seal(summaryAt(name, version), data))
	}
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

func summaryAt(name string, version int64) cell {
	return cell{table: "summaries", row: name, version: version}
}

// Summary reads a summary into v; ok is false if there is none.
func (s *Store) Summary(ctx context.Context, g auth.Grant, name string, v any) (ok bool, err error) {
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return false, err
	}
	return s.summary(ctx, k, name, v)
}

func (s *Store) summary(ctx context.Context, k *caseKeys, name string, v any) (ok bool, err error) {
	var version int64
	var data []byte
	err = s.db.QueryRowContext(ctx, `SELECT version, data FROM summaries WHERE case_id = $1 AND name = $2`, k.id, name).Scan(&version, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		data, err = k.open(summaryAt(name, version), data)
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return false, fmt.Errorf("read summary: %w", err)
	}
	return true, nil
}
