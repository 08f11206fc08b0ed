package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Decide adds a decision to the case that a grant opens. It rests on the newest
// facts: where others were entered since those it names, it is refused, for
// whoever decides is to have seen them.
func (s *Store) Decide(ctx context.Context, g auth.Grant, d breach.Decision) (breach.Decision, error) {
	k, err := s.under(ctx, g, auth.Decide)
	if err != nil {
		return breach.Decision{}, err
	}
	d.At, d.By = g.Asked().Wall.UTC().Truncate(time.Microsecond), string(g.Who())
	data := pack([]byte(d.About), []byte(d.Group), []byte(d.Says), []byte(d.Why))
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := onNewest(ctx, tx, k, d.Facts); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM decisions WHERE case_id = $1`, k.id).Scan(&d.Number); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO decisions (case_id, number, at, who, facts, data) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.id, d.Number, d.At.UnixMicro(), d.By, d.Facts, k.seal(decisionAt(d), data))
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("decision:%d,facts=%d", d.Number, d.Facts), said{"decision", breach.Hide(string(data))})
	})
	if err != nil {
		return breach.Decision{}, fmt.Errorf("decide: %w", err)
	}
	return d, nil
}

// onNewest refuses what rests on facts that others have been added to.
func onNewest(ctx context.Context, tx *sql.Tx, k *caseKeys, version int64) error {
	var newest int64
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM facts WHERE case_id = $1`, k.id).Scan(&newest)
	if err == nil && newest != version {
		return &breach.Refusal{Key: "refusal.facts-moved", Args: map[string]any{"Version": version, "Newest": newest}}
	}
	return err
}

func decisionAt(d breach.Decision) cell {
	return cell{table: "decisions", row: rowKey(d.Number, d.At.UnixMicro(), d.By, d.Facts)}
}

// Decisions lists the decisions of the case that a grant opens, in order. A later
// one on the same matter takes the place of an earlier, which stays.
func (s *Store) Decisions(ctx context.Context, g auth.Grant) ([]breach.Decision, error) {
	k, err := s.under(ctx, g, toKnow...)
	if err != nil {
		return nil, err
	}
	var list []breach.Decision
	err = s.each(ctx, `SELECT number, at, who, facts, data FROM decisions WHERE case_id = $1 ORDER BY number`, []any{k.id}, func(rows *sql.Rows) error {
		var d breach.Decision
		var at int64
		var data, about, group, says, why []byte
		if err := rows.Scan(&d.Number, &at, &d.By, &d.Facts, &data); err != nil {
			return err
		}
		d.At = time.UnixMicro(at).UTC()
		data, err := k.open(decisionAt(d), data)
		if err == nil {
			err = unpack(data, &about, &group, &says, &why)
		}
		d.About, d.Group, d.Says, d.Why = string(about), string(group), string(says), string(why)
		list = append(list, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return list, nil
}

// File keeps what was sent to an authority, with the time it was sent.
func (s *Store) File(ctx context.Context, g auth.Grant, f breach.Filing) (breach.Filing, error) {
	k, err := s.under(ctx, g, auth.FileNotification)
	if err != nil {
		return breach.Filing{}, err
	}
	f.Sent, f.By = f.Sent.UTC().Truncate(time.Microsecond), string(g.Who())
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := onNewest(ctx, tx, k, f.Facts); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM filings WHERE case_id = $1`, k.id).Scan(&f.Number); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO filings (case_id, number, at, who, facts, data) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.id, f.Number, f.Sent.UnixMicro(), f.By, f.Facts, k.seal(filingAt(f), pack([]byte(f.Form), f.Content)))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(f.Content)
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("filing:%d,facts=%d", f.Number, f.Facts), said{"sha256", breach.Hide(hex.EncodeToString(sum[:]))})
	})
	if err != nil {
		return breach.Filing{}, fmt.Errorf("keep what was sent: %w", err)
	}
	return f, nil
}

func filingAt(f breach.Filing) cell {
	return cell{table: "filings", row: rowKey(f.Number, f.Sent.UnixMicro(), f.By, f.Facts)}
}

// Filings lists what was sent to authorities from the case that a grant opens, in
// order.
func (s *Store) Filings(ctx context.Context, g auth.Grant) ([]breach.Filing, error) {
	k, err := s.under(ctx, g, toKnow...)
	if err != nil {
		return nil, err
	}
	var list []breach.Filing
	err = s.each(ctx, `SELECT number, at, who, facts, data FROM filings WHERE case_id = $1 ORDER BY number`, []any{k.id}, func(rows *sql.Rows) error {
		var f breach.Filing
		var at int64
		var data, form, content []byte
		if err := rows.Scan(&f.Number, &at, &f.By, &f.Facts, &data); err != nil {
			return err
		}
		f.Sent = time.UnixMicro(at).UTC()
		data, err := k.open(filingAt(f), data)
		if err == nil {
			err = unpack(data, &form, &content)
		}
		f.Form, f.Content = string(form), content
		list = append(list, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read filings: %w", err)
	}
	return list, nil
}
