package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// judgementRow is what is sealed of a judgement.
type judgementRow struct {
	Says Says     `json:"says"`
	Of   []keyRow `json:"of,omitempty"`
	Why  string   `json:"why"`

	Role    string       `json:"role,omitempty"`
	Groups  [][]meantRow `json:"groups,omitempty"`
	Guarded bool         `json:"guarded,omitempty"`
}

func rowOfJudgement(j Judgement) judgementRow {
	row := judgementRow{Says: j.Says, Of: rowsOfKeys(j.Of), Why: strings.TrimSpace(j.Why), Role: j.Role, Guarded: j.Guarded}
	for _, group := range j.Groups {
		var rows []meantRow
		for _, m := range group {
			rows = append(rows, rowOfMeant(m))
		}
		row.Groups = append(row.Groups, rows)
	}
	return row
}

func (j *Judgement) read(row judgementRow) {
	j.Says, j.Of, j.Why, j.Role, j.Guarded = row.Says, keysOfRows(row.Of), row.Why, row.Role, row.Guarded
	for _, rows := range row.Groups {
		var group []Meant
		for _, r := range rows {
			group = append(group, r.meant())
		}
		j.Groups = append(j.Groups, group)
	}
}

// Judge keeps what somebody says of a question.
func (s *Store) Judge(ctx context.Context, g auth.Grant, j Judgement) (Judgement, error) {
	all, err := s.JudgeAll(ctx, g, nil, j)
	return all[0], err
}

// JudgeAll keeps several at once, or none. Unless it is nil, agrees holds them
// against all that was said before, and no other is kept meanwhile.
func (s *Store) JudgeAll(ctx context.Context, g auth.Grant, agrees func(before []Judgement) error, list ...Judgement) ([]Judgement, error) {
	k, err := s.under(ctx, g, auth.Judge)
	if err != nil {
		return list, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if agrees != nil {
			before, err := k.judgements(ctx, tx, everyJudgement)
			if err == nil {
				err = agrees(before)
			}
			if err != nil {
				return err
			}
		}
		for i := range list {
			if err := s.judge(ctx, tx, g, k, &list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return list, fmt.Errorf("judge: %w", err)
	}
	return list, nil
}

func (s *Store) judge(ctx context.Context, tx *sql.Tx, g auth.Grant, k *caseKeys, j *Judgement) error {
	data, err := json.Marshal(rowOfJudgement(*j))
	if err != nil {
		return err
	}
	j.At, j.By = g.Asked().Wall.UTC().Truncate(time.Microsecond), string(g.Who())
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM judgements WHERE case_id = $1`, k.id).Scan(&j.Number); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO judgements (case_id, number, blind, at, who, said, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.id, j.Number, j.Key[:], j.At.UnixMicro(), j.By, truth(j.Says != Undone), k.seal(judgementAt(*j), data))
	if err != nil {
		return err
	}
	return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("judgement:%d", j.Number), said{"judgement", breach.Hide(string(data))})
}

func judgementAt(j Judgement) cell {
	return cell{table: "judgements", row: rowKey(j.Number, j.Key[:], j.At.UnixMicro(), j.By, truth(j.Says != Undone))}
}

// everyJudgement reads the judgements of a case, $1.
const everyJudgement = `SELECT number, blind, at, who, said, data FROM judgements WHERE case_id = $1 ORDER BY number`

// Judgements lists what was said, oldest first.
func (s *Store) Judgements(ctx context.Context, g auth.Grant) ([]Judgement, error) {
	return s.judgements(ctx, g, everyJudgement)
}

// LastJudged is when something was said of a question last; the zero time if
// nothing was.
func (s *Store) LastJudged(ctx context.Context, g auth.Grant) (time.Time, error) {
	if err := s.allow(g, toJudge...); err != nil {
		return time.Time{}, err
	}
	var at int64
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(at), 0) FROM judgements WHERE case_id = $1`, g.Case()).Scan(&at)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(at).UTC(), nil
}

// JudgementsOf lists what was said of one question, oldest first.
func (s *Store) JudgementsOf(ctx context.Context, g auth.Grant, key QuestionKey) ([]Judgement, error) {
	return s.judgements(ctx, g, `SELECT number, blind, at, who, said, data FROM judgements WHERE case_id = $1 AND blind = $2 ORDER BY number`, key[:])
}

func (s *Store) judgements(ctx context.Context, g auth.Grant, query string, args ...any) ([]Judgement, error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return nil, err
	}
	list, err := k.judgements(ctx, s.db, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read judgements: %w", err)
	}
	return list, nil
}

// judgements reads them from a database or within a transaction.
func (k *caseKeys) judgements(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, query string, args ...any) (list []Judgement, err error) {
	rows, err := db.QueryContext(ctx, query, append([]any{k.id}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		j, err := k.scanJudgement(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, rows.Err()
}

func (k *caseKeys) scanJudgement(rows *sql.Rows) (j Judgement, err error) {
	var at, answers int64
	var blind, data []byte
	var row judgementRow
	if err := rows.Scan(&j.Number, &blind, &at, &j.By, &answers, &data); err != nil {
		return j, err
	}
	copy(j.Key[:], blind)
	j.At = time.UnixMicro(at).UTC()
	if j.Says = IsOne; answers == 0 { // what the seal is bound to
		j.Says = Undone
	}
	if data, err = k.open(judgementAt(j), data); err == nil {
		err = json.Unmarshal(data, &row)
	}
	j.read(row)
	return j, err
}

// EntriesOf gives the entries of a person of the latest resolve; none where
// nothing became known of that person.
func (s *Store) EntriesOf(ctx context.Context, g auth.Grant, person int64) (entries []breach.EntryID, err error) {
	if err := s.allow(g, toJudge...); err != nil {
		return nil, err
	}
	// In no order, for to read them in it SQLite would look through those of everybody.
	err = s.each(ctx, `SELECT entry FROM memberships WHERE case_id = $1 AND person = $2`, []any{g.Case(), person}, func(rows *sql.Rows) error {
		var e breach.EntryID
		err := rows.Scan(&e)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up entries: %w", err)
	}
	slices.Sort(entries)
	return entries, nil
}
