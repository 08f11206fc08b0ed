package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// QuestionKey tells questions apart: by content and the place in it, so that it
// is the same after another scan.
type QuestionKey [16]byte

// RegisterKey is an entry as its register names it, which outlives imports.
type RegisterKey struct {
	Register string
	Key      breach.Personal
}

// Question is a link of the latest resolve that somebody should look at: whose
// it is, is not settled, or is not settled surely.
type Question struct {
	Number      int64
	Key         QuestionKey
	Path        string // of the first place where the content lies; may hold names
	Place       breach.Place
	Kinds       breach.Kinds
	Why         string // the reason's key, see resolve
	WhyKinds    breach.Kinds
	Probability float64
	People      []int64         // who it may be, by number
	Entries     [][]RegisterKey // of each of them
}

// Says is what somebody said of a question.
type Says string

// What can be said.
const (
	IsOne  Says = "one"    // it is this one of them
	IsNone Says = "none"   // it is none of them
	Undone Says = "undone" // what was said before is taken back
)

// Judgement is what somebody said of a question, and why.
type Judgement struct {
	Number int64
	Key    QuestionKey
	At     time.Time
	By     string
	Says   Says
	Of     []RegisterKey // whose it is
	Why    string
}

// questionRow is what is sealed of a question.
type questionRow struct {
	Path        string     `json:"path"`
	Place       placeRow   `json:"place"`
	Evidence    int64      `json:"evidence"`
	Kinds       int64      `json:"kinds"`
	Why         string     `json:"why"`
	WhyKinds    int64      `json:"why_kinds"`
	Probability float64    `json:"probability"`
	People      []int64    `json:"people"`
	Entries     [][]keyRow `json:"entries"`
}

type keyRow struct {
	Register string `json:"r"`
	Key      string `json:"k"`
}

func rowsOfKeys(keys []RegisterKey) []keyRow {
	var rows []keyRow
	for _, k := range keys {
		rows = append(rows, keyRow{k.Register, k.Key.Reveal()})
	}
	return rows
}

func keysOfRows(rows []keyRow) []RegisterKey {
	var keys []RegisterKey
	for _, r := range rows {
		keys = append(keys, RegisterKey{r.Register, breach.Hide(r.Key)})
	}
	return keys
}

// toJudge is what grants open questions and what was said of them.
var toJudge = []auth.Action{auth.Judge, auth.ListPeople, auth.Resolve, auth.Close}

const blindQuestion = "questions.place"

// QuestionKey tells the question about a place: hash is that of an Occurrence,
// ordinal the member's.
func (s *Store) QuestionKey(ctx context.Context, g auth.Grant, hash []byte, ordinal int64, p breach.Place) (QuestionKey, error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return QuestionKey{}, err
	}
	parts := []any{hash, ordinal, p.Offset}
	for _, step := range p.Path {
		parts = append(parts, int(step.Unit), step.N)
	}
	return QuestionKey(k.look(blindQuestion, rowKey(parts...))), nil
}

// Question writes one, in the order in which they are to be asked; another about
// the same place is left out.
func (w *PeopleWriter) Question(q Question) error {
	row := questionRow{Path: q.Path, Place: rowOfPlace(q.Place), Evidence: int64(q.Place.Evidence), Kinds: int64(q.Kinds), Why: q.Why,
		WhyKinds: int64(q.WhyKinds), Probability: q.Probability, People: q.People}
	for _, entries := range q.Entries {
		row.Entries = append(row.Entries, rowsOfKeys(entries))
	}
	data, err := json.Marshal(row)
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, `INSERT INTO questions (case_id, number, blind, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			w.id, q.Number, q.Key[:], w.keys.seal(questionAt(q.Number, q.Key), data))
	}
	if err != nil {
		return fmt.Errorf("write question: %w", explain(err))
	}
	return nil
}

func questionAt(number int64, key QuestionKey) cell {
	return cell{table: "questions", row: rowKey(number, key[:])}
}

// Waits says which questions are wanted: those that nobody has answered, those
// that somebody has, or all.
type Waits uint8

// The choices.
const (
	Unanswered Waits = iota
	Answered
	EveryQuestion
)

// newest is the judgement that holds of a question, as SQL.
const newest = `(SELECT j.number FROM judgements j WHERE j.case_id = q.case_id AND j.blind = q.blind ORDER BY j.number DESC LIMIT 1)`

// where holds a question against it: one is answered where the newest judgement
// was not to take another back.
func (w Waits) where() string {
	switch w {
	case Unanswered:
		return ` AND NOT EXISTS (SELECT 1 FROM judgements j WHERE j.case_id = q.case_id AND j.blind = q.blind AND j.number = ` + newest + ` AND j.said = 1)`
	case Answered:
		return ` AND EXISTS (SELECT 1 FROM judgements j WHERE j.case_id = q.case_id AND j.blind = q.blind AND j.number = ` + newest + ` AND j.said = 1)`
	}
	return ""
}

// Questions lists up to limit questions after a number, with how many there are
// in all.
func (s *Store) Questions(ctx context.Context, g auth.Grant, w Waits, after int64, limit int) (list []Question, all int64, err error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return nil, 0, err
	}
	// #nosec G202 -- texts of ours alone; values go as arguments
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM questions q WHERE q.case_id = $1`+w.where(), k.id).Scan(&all)
	if err == nil {
		err = s.each(ctx, `SELECT q.number, q.blind, q.data FROM questions q WHERE q.case_id = $1 AND q.number > $2`+w.where()+` ORDER BY q.number LIMIT $3`,
			[]any{k.id, after, limit}, func(rows *sql.Rows) error {
				q, err := k.scanQuestion(rows)
				list = append(list, q)
				return err
			})
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read questions: %w", err)
	}
	return list, all, nil
}

// QuestionNumbered finds one question.
func (s *Store) QuestionNumbered(ctx context.Context, g auth.Grant, number int64) (Question, error) {
	list, _, err := s.Questions(ctx, g, EveryQuestion, number-1, 1)
	if err == nil && (len(list) == 0 || list[0].Number != number) {
		err = &breach.Refusal{Key: "refusal.no-such-question", Args: map[string]any{"Number": number}}
	}
	if err != nil {
		return Question{}, err
	}
	return list[0], nil
}

func (k *caseKeys) scanQuestion(rows *sql.Rows) (q Question, err error) {
	var blind, data []byte
	var row questionRow
	if err := rows.Scan(&q.Number, &blind, &data); err != nil {
		return q, err
	}
	copy(q.Key[:], blind)
	if data, err = k.open(questionAt(q.Number, q.Key), data); err == nil {
		err = json.Unmarshal(data, &row)
	}
	q.Path, q.Place, q.Why, q.Probability, q.People = row.Path, row.Place.place(breach.EvidenceID(row.Evidence)), row.Why, row.Probability, row.People
	q.Kinds, q.WhyKinds = breach.Kinds(row.Kinds), breach.Kinds(row.WhyKinds)
	for _, entries := range row.Entries {
		q.Entries = append(q.Entries, keysOfRows(entries))
	}
	return q, err
}

// judgementRow is what is sealed of a judgement.
type judgementRow struct {
	Says Says     `json:"says"`
	Of   []keyRow `json:"of,omitempty"`
	Why  string   `json:"why"`
}

// Judge keeps what somebody says of a question.
func (s *Store) Judge(ctx context.Context, g auth.Grant, j Judgement) (Judgement, error) {
	k, err := s.under(ctx, g, auth.Judge)
	if err != nil {
		return j, err
	}
	data, err := json.Marshal(judgementRow{j.Says, rowsOfKeys(j.Of), strings.TrimSpace(j.Why)})
	if err != nil {
		return j, fmt.Errorf("judge: %w", err)
	}
	j.At, j.By = g.Asked().Wall.UTC().Truncate(time.Microsecond), string(g.Who())
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM judgements WHERE case_id = $1`, k.id).Scan(&j.Number); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO judgements (case_id, number, blind, at, who, said, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			k.id, j.Number, j.Key[:], j.At.UnixMicro(), j.By, truth(j.Says != Undone), k.seal(judgementAt(j), data))
		if err != nil {
			return err
		}
		return s.done(ctx, tx, g, k, g.Asked(), fmt.Sprintf("judgement:%d", j.Number), said{"judgement", breach.Hide(string(data))})
	})
	if err != nil {
		return j, fmt.Errorf("judge: %w", err)
	}
	return j, nil
}

func judgementAt(j Judgement) cell {
	return cell{table: "judgements", row: rowKey(j.Number, j.Key[:], j.At.UnixMicro(), j.By, truth(j.Says != Undone))}
}

// Judgements lists what was said of questions, oldest first.
func (s *Store) Judgements(ctx context.Context, g auth.Grant) ([]Judgement, error) {
	return s.judgements(ctx, g, `SELECT number, blind, at, who, said, data FROM judgements WHERE case_id = $1 ORDER BY number`)
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

func (s *Store) judgements(ctx context.Context, g auth.Grant, query string, args ...any) (list []Judgement, err error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, query, append([]any{k.id}, args...), func(rows *sql.Rows) error {
		var j Judgement
		var at, answers int64
		var blind, data []byte
		var row judgementRow
		if err := rows.Scan(&j.Number, &blind, &at, &j.By, &answers, &data); err != nil {
			return err
		}
		copy(j.Key[:], blind)
		j.At = time.UnixMicro(at).UTC()
		if j.Says = IsOne; answers == 0 { // what the seal is bound to
			j.Says = Undone
		}
		data, err := k.open(judgementAt(j), data)
		if err == nil {
			err = json.Unmarshal(data, &row)
		}
		j.Says, j.Of, j.Why = row.Says, keysOfRows(row.Of), row.Why
		list = append(list, j)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read judgements: %w", err)
	}
	return list, nil
}
