package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
)

// approvalRow is an approval as it lies in the database.
type approvalRow struct {
	id      string
	caseID  auth.CaseID
	author  auth.UserID
	state   auth.ApprovalState
	version int64
	data    []byte
}

const approvalColumns = `id, case_id, author, state, version, data`

func scanApproval(from interface{ Scan(...any) error }) (r approvalRow, err error) {
	err = from.Scan(&r.id, &r.caseID, &r.author, &r.state, &r.version, &r.data)
	return r, err
}

func approvalAt(id string, version int64) cell {
	return cell{table: "approvals", row: id, version: version}
}

// openApproval opens a row. What lies in the open beside the seal has to say the
// same.
func (s *Store) openApproval(ctx context.Context, q rower, r approvalRow) (a auth.Approval, err error) {
	k, err := s.office(ctx, q)
	if err == nil {
		r.data, err = k.open(approvalAt(r.id, r.version), r.data)
	}
	if err == nil {
		err = json.Unmarshal(r.data, &a)
	}
	if err == nil && (a.ID != r.id || a.Case != r.caseID || a.Author != r.author || a.State != r.state) {
		err = fmt.Errorf("%v: %w", k.where(approvalAt(r.id, r.version)), seal.ErrForged)
	}
	return a, err
}

// Approval gives an approval, with as many voices for it as it says.
func (l ledger) Approval(ctx context.Context, id string) (a auth.Approval, there bool, err error) {
	row, err := scanApproval(l.tx.QueryRowContext(ctx, `SELECT `+approvalColumns+` FROM approvals WHERE id = $1`, plain(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err == nil {
		a, err = l.s.openApproval(ctx, l.tx, row)
	}
	var agreed int
	if err == nil {
		err = l.tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM voices WHERE approval = $1 AND agreed = 1`, a.ID).Scan(&agreed)
	}
	if err == nil && agreed != len(a.Agreed) {
		err = fmt.Errorf("voices of approval %s: %w", a.ID, seal.ErrForged)
	}
	return a, err == nil, err
}

// SaveApproval keeps an approval in its new state. The database takes no voice
// of its author.
func (l ledger) SaveApproval(ctx context.Context, a auth.Approval) error {
	k, err := l.s.office(ctx, l.tx)
	if err != nil {
		return err
	}
	var version int64
	data, err := json.Marshal(a)
	if err == nil {
		err = l.tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM approvals WHERE id = $1`, a.ID).Scan(&version)
	}
	if err == nil {
		_, err = l.tx.ExecContext(ctx, `INSERT INTO approvals (id, case_id, author, state, made_at, version, data) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, data = excluded.data`,
			a.ID, a.Case, a.Author, a.State, a.Made.Wall.UnixMicro(), version, k.seal(approvalAt(a.ID, version), data))
	}
	for agreed, list := range [][]auth.UserID{a.Opened, a.Agreed} {
		for _, who := range list {
			if err == nil {
				_, err = l.tx.ExecContext(ctx, `INSERT INTO voices (approval, author, who, agreed) VALUES ($1, $2, $3, $4)
					ON CONFLICT (approval, who) DO UPDATE SET agreed = excluded.agreed`, a.ID, a.Author, who, agreed)
			}
		}
	}
	return err
}
