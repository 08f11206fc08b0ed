package store

import (
	"cmp"
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

// QuestionKey tells questions apart: by content and the place in it, so that it
// is the same after another scan.
type QuestionKey [16]byte

// RegisterKey is an entry as its register names it, which outlives imports.
type RegisterKey struct {
	Register string
	Key      breach.Personal
}

// Question is what the latest resolve wants somebody to look at: a link of which
// it is not settled whose it is, or not surely; or two people, see OfPeople.
type Question struct {
	Number      int64
	Key         QuestionKey
	Path        string // of the first place where the content lies; may hold names
	Place       breach.Place
	Kinds       breach.Kinds
	Why         string // the reason's key, see resolve; or Alike or Contradicted
	WhyKinds    breach.Kinds
	Probability float64
	People      []int64            // who it may be, by number
	Entries     [][]RegisterKey    // of each of them
	IDs         [][]breach.EntryID // the same, of questions of people
	Judgement   int64              // the number of the one that is contradicted
}

// Why a question asks about people, not about a place.
const (
	Alike        = "alike"        // two who are alike and were not joined
	Contradicted = "contradicted" // what was said of them, and the registers now say otherwise
)

// OfPeople reports whether a question asks who is one person, and not whose a
// place is.
func (q Question) OfPeople() bool { return q.Why == Alike || q.Why == Contradicted }

// Says is what somebody said of a question.
type Says string

// What can be said: of a place, and of people.
const (
	IsOne  Says = "one"    // it is this one of them
	IsNone Says = "none"   // it is none of them
	Undone Says = "undone" // what was said before is taken back

	Same      Says = "same"      // they are one person
	Apart     Says = "apart"     // they are two people
	Withdrawn Says = "withdrawn" // the answer to Contradicted: what was said is taken back
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

	Role    string    // of By, where it is of people
	Groups  [][]Meant // of Same, one; of Apart, two: each is one person
	Guarded bool      // of Apart: they were one until then, with a protected identity
}

// Meant is an entry as somebody meant it: by the key of its register and, as keys
// are given anew, by its names, identity numbers and birth date of that hour.
type Meant struct {
	RegisterKey
	Was breach.Entry
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

	IDs       [][]breach.EntryID `json:"ids,omitempty"`
	Judgement int64              `json:"judgement,omitempty"`
}

type keyRow struct {
	Register string `json:"r"`
	Key      string `json:"k"`
}

// meantRow is what is sealed of a Meant.
type meantRow struct {
	keyRow
	Names   [][2]string `json:"n,omitempty"`
	Numbers []string    `json:"i,omitempty"`
	Born    string      `json:"b,omitempty"`
}

func rowOfMeant(m Meant) meantRow {
	r := meantRow{keyRow: keyRow{m.Register, m.Key.Reveal()}, Born: m.Was.BirthDate.Reveal()}
	for _, n := range m.Was.Names {
		r.Names = append(r.Names, [2]string{n.Given.Reveal(), n.Surname.Reveal()})
	}
	for _, n := range m.Was.NationalIDs {
		r.Numbers = append(r.Numbers, n.Reveal())
	}
	return r
}

func (r meantRow) meant() Meant {
	m := Meant{RegisterKey: RegisterKey{r.Register, breach.Hide(r.Key)}, Was: breach.Entry{BirthDate: breach.Hide(r.Born)}}
	for _, n := range r.Names {
		m.Was.Names = append(m.Was.Names, breach.FullName{Given: breach.Hide(n[0]), Surname: breach.Hide(n[1])})
	}
	for _, n := range r.Numbers {
		m.Was.NationalIDs = append(m.Was.NationalIDs, breach.Hide(n))
	}
	return m
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
var toJudge = []auth.Action{auth.Judge, auth.ListPeople, auth.Explain, auth.AnswerUnaffected, auth.Resolve, auth.Close}

const (
	blindQuestion = "questions.place"
	blindPeople   = "questions.people"
)

// PeopleKey tells the question who of some entries is one person: the same in any
// order. Round tells apart what is asked of them again: the number of what was
// said before; 0 the first time.
func (s *Store) PeopleKey(ctx context.Context, g auth.Grant, entries []RegisterKey, round int64) (QuestionKey, error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return QuestionKey{}, err
	}
	parts := []any{round}
	for _, e := range slices.SortedFunc(slices.Values(entries), RegisterKey.Compare) {
		parts = append(parts, []byte(e.Register), []byte(e.Key.Reveal()))
	}
	return QuestionKey(k.look(blindPeople, rowKey(parts...))), nil
}

// Again is the key of a question that is asked once more, because what was said
// of it, the judgement of that number, no longer settles it.
func (s *Store) Again(ctx context.Context, g auth.Grant, key QuestionKey, judgement int64) (QuestionKey, error) {
	k, err := s.under(ctx, g, toJudge...)
	if err != nil {
		return QuestionKey{}, err
	}
	return QuestionKey(k.look(blindQuestion, rowKey("again", key[:], judgement))), nil
}

// Compare orders keys by register.
func (k RegisterKey) Compare(o RegisterKey) int {
	return cmp.Or(strings.Compare(k.Register, o.Register), strings.Compare(k.Key.Reveal(), o.Key.Reveal()))
}

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
		WhyKinds: int64(q.WhyKinds), Probability: q.Probability, People: q.People, IDs: q.IDs, Judgement: q.Judgement}
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
	q.IDs, q.Judgement = row.IDs, row.Judgement
	for _, entries := range row.Entries {
		q.Entries = append(q.Entries, keysOfRows(entries))
	}
	return q, err
}
