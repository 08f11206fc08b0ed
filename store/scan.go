package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// ScanState is how a scan stands.
type ScanState string

// The states. A scan that is going goes on when the server is started anew.
const (
	ScanGoing   ScanState = "going"
	ScanBegun   ScanState = "begun" // at the command line: under way there, or cut off
	ScanPaused  ScanState = "paused"
	ScanStopped ScanState = "stopped"
	ScanDone    ScanState = "done"
	ScanFailed  ScanState = "failed"
)

// Open reports whether a server may go on with it: a case has one such scan at most.
func (s ScanState) Open() bool { return s == ScanGoing || s == ScanPaused }

// Scan is one scan: the server was asked for it, or the command makes it.
type Scan struct {
	Number int64 // from 1
	State  ScanState
	ScanPlan
	ScanSum
	version int64
}

// ScanPlan is what was asked for.
type ScanPlan struct {
	Command   bool   // made at the command line: the server has nothing to do with it
	Folder    string // by the name that the administrator gave it; "" for what was uploaded; at the command line as it was named there
	Reached   breach.Grade
	Passwords []string // until it is done
	By        auth.UserID
	Began     time.Time
}

// ScanSum is how far it had come when it ended, or was stopped.
type ScanSum struct {
	Ended     time.Time
	Items, Of int64 // files done, and known
	Bytes     int64
	Mentions  int64
	Gaps      int64
	Problem   string         // the key of a text that says why it failed
	Args      map[string]any // what fills the text
}

// ErrScanOpen says that a case has a scan already that may go on.
var ErrScanOpen = &breach.Refusal{Key: "refusal.scan-open"}

func scanAt(x Scan) cell {
	return cell{table: "scans", row: rowKey(x.Number, x.State), version: x.version}
}

// BeginScan keeps a scan that is going to begin.
func (s *Store) BeginScan(ctx context.Context, g auth.Grant, plan ScanPlan) (Scan, error) {
	k, err := s.under(ctx, g, auth.Scan)
	if err != nil {
		return Scan{}, err
	}
	x := Scan{State: ScanGoing, ScanPlan: plan, version: 1}
	if plan.Command {
		x.State = ScanBegun
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var open bool
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1, EXISTS (SELECT 1 FROM scans WHERE case_id = $1 AND state IN ('going', 'paused'))
			FROM scans WHERE case_id = $1`, k.id).Scan(&x.Number, &open)
		if err == nil && open && !plan.Command {
			err = ErrScanOpen
		}
		if err != nil {
			return err
		}
		data, err := json.Marshal(x)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO scans (case_id, number, version, state, data) VALUES ($1, $2, $3, $4, $5)`,
				k.id, x.Number, x.version, x.State, k.seal(scanAt(x), data))
		}
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("scan:%d,%s", x.Number, x.State), said{"folder", breach.Hide(x.Folder)})
	})
	if err != nil {
		return Scan{}, fmt.Errorf("begin scan: %w", err)
	}
	return x, nil
}

// errScanMoved says that a scan is no longer what it was when it was read.
var errScanMoved = errors.New("somebody else has changed the scan")

// KeepScan keeps a scan in a new state.
func (s *Store) KeepScan(ctx context.Context, g auth.Grant, x Scan, at auth.Instant) (Scan, error) {
	k, err := s.under(ctx, g, auth.Scan)
	if err != nil {
		return x, err
	}
	x.version++
	err = s.tx(ctx, func(tx *sql.Tx) error {
		data, err := json.Marshal(x)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `UPDATE scans SET version = $1, state = $2, data = $3 WHERE case_id = $4 AND number = $5 AND version = $6`,
			x.version, x.State, k.seal(scanAt(x), data), k.id, x.Number, x.version-1)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errScanMoved)
		}
		return s.done(ctx, tx, g, k, at, fmt.Sprintf("scan:%d,%s", x.Number, x.State))
	})
	if err != nil {
		return x, fmt.Errorf("keep scan: %w", err)
	}
	return x, nil
}

// Scans lists the scans of a case, the newest first.
func (s *Store) Scans(ctx context.Context, g auth.Grant) ([]Scan, error) {
	k, err := s.under(ctx, g, toCount...)
	if err != nil {
		return nil, err
	}
	var list []Scan
	err = s.each(ctx, `SELECT number, version, state, data FROM scans WHERE case_id = $1 ORDER BY number DESC`, []any{k.id}, func(rows *sql.Rows) error {
		var x Scan
		var data []byte
		if err := rows.Scan(&x.Number, &x.version, &x.State, &data); err != nil {
			return err
		}
		at := scanAt(x)
		data, err := k.open(at, data)
		if err == nil {
			err = json.Unmarshal(data, &x)
		}
		list = append(list, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list scans: %w", err)
	}
	return list, nil
}

// CountScanned counts what became of what was scanned, by its number: as the account
// tells it, where the first of those with the same content stands for all.
func (s *Store) CountScanned(ctx context.Context, g auth.Grant, root int64) (x ScanSum, err error) {
	if err := s.allow(g, toCount...); err != nil {
		return x, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(size), 0), COALESCE(SUM(CASE WHEN content = 0 AND state = $3 THEN 0 ELSE 1 END), 0)
		FROM items WHERE case_id = $1 AND root = $2`, g.Case(), root, breach.Pending).Scan(&x.Of, &x.Bytes, &x.Items)
	if err == nil {
		err = s.each(ctx, `SELECT COALESCE(m.state, i.state), COUNT(*) FROM items i LEFT JOIN members m ON m.case_id = i.case_id AND m.content = i.content AND i.content <> 0
			WHERE i.case_id = $1 AND i.root = $2 AND (i.content = 0 OR NOT EXISTS (SELECT 1 FROM items a
				WHERE a.case_id = i.case_id AND a.content = i.content AND (a.root, a.position) < (i.root, i.position)))
			GROUP BY COALESCE(m.state, i.state)`, []any{g.Case(), root}, func(rows *sql.Rows) error {
			var state breach.State
			var many int64
			err := rows.Scan(&state, &many)
			if state.IsGap() {
				x.Gaps += many
			}
			return err
		})
	}
	if err != nil {
		return ScanSum{}, fmt.Errorf("count what was scanned: %w", err)
	}
	return x, nil
}

// ScansGoing lists the cases of which a scan is going, for a server that was
// started anew. It takes no grant: it shows nothing of a case.
func (s *Store) ScansGoing(ctx context.Context) ([]CaseID, error) {
	var list []CaseID
	err := s.each(ctx, `SELECT case_id FROM scans WHERE state = $1 ORDER BY case_id`, []any{ScanGoing}, func(rows *sql.Rows) error {
		var id CaseID
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list scans: %w", err)
	}
	return list, nil
}
