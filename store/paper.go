package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/klarlagt/klarlagt/auth"
)

// What can be written down beside an approval or a broken glass.
const (
	proposalPaper = "proposal"
	reasonPaper   = "reason"
)

func paperAt(id, name string) cell { return cell{table: "papers", row: rowKey(id, name)} }

// paperKeys gives what papers of a case are sealed under: the case's key, or the
// office's where there is none, or none any more.
func (s *Store) paperKeys(ctx context.Context, q rower, id auth.CaseID) (*caseKeys, error) {
	if id != "" {
		if k, err := s.keysOf(ctx, id); !isLost(err) {
			return k, err
		}
	}
	return s.office(ctx, q)
}

// paper writes down what something is about. It is never changed.
func (s *Store) paper(ctx context.Context, tx *sql.Tx, c auth.CaseID, id, name string, text []byte) error {
	k, err := s.paperKeys(ctx, tx, c)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO papers (id, name, case_id, data) VALUES ($1, $2, $3, $4)`, id, name, c, k.seal(paperAt(id, name), text))
	}
	return err
}

// readPaper reads it back; false where there is none.
func (s *Store) readPaper(ctx context.Context, q rower, c auth.CaseID, id, name string) ([]byte, bool, error) {
	var data []byte
	err := q.QueryRowContext(ctx, `SELECT data FROM papers WHERE id = $1 AND name = $2 AND case_id = $3`, plain(id), name, plain(string(c))).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	k, err := s.paperKeys(ctx, q, c)
	if err == nil {
		data, err = k.open(paperAt(id, name), data)
	}
	return data, err == nil, err
}
