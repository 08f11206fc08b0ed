package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// Person is one person of the latest resolve.
type Person struct {
	Number      int64
	Stranger    bool // in no register
	Grade       breach.Grade
	Probability float64
	Kinds       breach.Kinds
	FirstLink   int64 // row of the links part
	Links       int64
	Entries     []breach.EntryID  // of somebody in registers
	Identifiers []breach.Finding  // of a stranger
	Exposures   []breach.Exposure // in the order of kinds
}

// ID is how a person is named outside: "p17".
func (p Person) ID() breach.PersonID { return breach.PersonID("p" + strconv.FormatInt(p.Number, 10)) }

// ParsePersonID gives the number of a person named "p17".
func ParsePersonID(id string) (int64, bool) {
	digits, ok := strings.CutPrefix(id, "p")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0
}

// PeopleWriter replaces the people of a case, all or nothing.
type PeopleWriter struct {
	s    *Store
	ctx  context.Context // of the one resolve that the writer lives in
	id   CaseID
	keys *caseKeys
	tx   *sql.Tx
	num  int64
	part *partFile[linkRow]
	put  [4]*sql.Stmt

	leave func() // the line of writers; nil before it came in
	rolls enlisting
}

// BeginPeople begins to write the result of a resolve. The caller has the
// case's Lock, and ends with Commit or Abandon.
func (s *Store) BeginPeople(ctx context.Context, g auth.Grant) (*PeopleWriter, error) {
	id := g.Case()
	k, err := s.under(ctx, g, auth.Resolve)
	if err != nil {
		return nil, err
	}
	old, err := s.linksPart(ctx, k)
	if err != nil {
		return nil, err
	}
	part, err := createPart[linkRow](k, "links", s.linksPath(id, old+1))
	if err != nil {
		return nil, err
	}
	w := &PeopleWriter{s: s, ctx: ctx, id: id, keys: k, num: old + 1, part: part}
	if err := w.begin(); err != nil {
		w.Abandon()
		return nil, fmt.Errorf("begin people: %w", explain(err))
	}
	return w, nil
}

func (w *PeopleWriter) begin() (err error) {
	if err := w.s.line.enter(w.ctx); err != nil {
		return err
	}
	w.leave = sync.OnceFunc(w.s.line.leave)
	if w.tx, err = w.s.begin(w.ctx); err != nil {
		return err
	}
	for _, table := range []string{"memberships", "identifiers", "exposures", "people", "rolls", "portraits", "questions"} {
		// #nosec G202 -- texts of ours alone; values go as arguments
		if _, err := w.tx.ExecContext(w.ctx, `DELETE FROM `+table+` WHERE case_id = $1`, w.id); err != nil {
			return err
		}
	}
	for i, q := range []string{
		`INSERT INTO people (case_id, number, stranger, grade, probability, kinds, first_link, links) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		`INSERT INTO exposures (case_id, person, kind, grade, places) VALUES ($1, $2, $3, $4, $5)`,
		`INSERT INTO identifiers (case_id, person, kind, blind, form, data) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		`INSERT INTO memberships (case_id, person, entry) VALUES ($1, $2, $3)`,
	} {
		if w.put[i], err = w.tx.PrepareContext(w.ctx, q); err != nil {
			return err
		}
	}
	return w.beginRolls()
}

// Link writes one link. Links come sorted: those of one person together,
// before the person.
func (w *PeopleWriter) Link(l Link) error { return w.part.write([]linkRow{rowOfLink(l)}) }

// Links is how many links were written: where the next person's begin.
func (w *PeopleWriter) Links() int64 { return w.part.rows }

// Person writes one person whose links were written.
func (w *PeopleWriter) Person(p Person) error {
	_, err := w.put[0].ExecContext(w.ctx, w.id, p.Number, truth(p.Stranger), p.Grade, p.Probability, int64(p.Kinds), p.FirstLink, p.Links)
	for _, e := range p.Exposures {
		if err == nil {
			_, err = w.put[1].ExecContext(w.ctx, w.id, p.Number, e.Kind.String(), e.Grade, e.Places)
		}
	}
	for _, f := range p.Identifiers {
		if err == nil {
			blind := w.keys.blind.Of(blindValue, f.Value)
			at := identifierAt(p.Number, f.Kind.String(), blind[:])
			_, err = w.put[2].ExecContext(w.ctx, w.id, p.Number, f.Kind.String(), blind[:], f.Form, w.keys.seal(at, []byte(f.Value.Reveal())))
		}
	}
	for _, e := range p.Entries {
		if err == nil {
			_, err = w.put[3].ExecContext(w.ctx, w.id, p.Number, e)
		}
	}
	if err != nil {
		return fmt.Errorf("write person: %w", explain(err))
	}
	return nil
}

func identifierAt(person int64, kind string, blind []byte) cell {
	return cell{table: "identifiers", row: rowKey(person, kind, blind)}
}

// Summary writes a summary that belongs to this resolve.
func (w *PeopleWriter) Summary(name string, v any) error {
	return putSummary(w.ctx, w.tx, w.keys, name, v)
}

// Commit puts the new people in the place of the old.
func (w *PeopleWriter) Commit() error {
	defer w.leave()
	if err := w.part.commit(); err != nil {
		_ = w.tx.Rollback()
		return err
	}
	err := w.endRolls()
	if err == nil {
		err = w.Summary(linksSummary, w.num)
	}
	if err == nil {
		err = w.tx.Commit()
	}
	if err != nil {
		_ = w.tx.Rollback()
		return fmt.Errorf("commit people: %w", explain(err))
	}
	return w.s.clearLinks(w.id, w.num)
}

// Abandon leaves the old people in place.
func (w *PeopleWriter) Abandon() {
	w.part.abandon()
	if w.tx != nil {
		_ = w.tx.Rollback()
	}
	if w.leave != nil {
		w.leave()
	}
}

// People yields the people by number, with their exposures, entries and
// identifiers.
func (s *Store) People(ctx context.Context, g auth.Grant) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		const page = 500
		k, err := s.under(ctx, g, toLook...)
		if err != nil {
			yield(Person{}, err)
			return
		}
		for after := int64(-1); ; {
			people, err := s.peoplePage(ctx, k, after, page)
			if err != nil {
				yield(Person{}, fmt.Errorf("read people: %w", err))
				return
			}
			for _, p := range people {
				if !yield(p, nil) {
					return
				}
			}
			if len(people) < page {
				return
			}
			after = people[len(people)-1].Number
		}
	}
}

// Person finds one person.
func (s *Store) Person(ctx context.Context, g auth.Grant, number int64) (Person, error) {
	k, err := s.under(ctx, g, toLook...)
	if err != nil {
		return Person{}, err
	}
	people, err := s.peoplePage(ctx, k, number-1, 1)
	if err != nil {
		return Person{}, fmt.Errorf("read person: %w", err)
	}
	if len(people) == 0 || people[0].Number != number {
		return Person{}, &breach.Refusal{Key: "refusal.no-such-person", Args: map[string]any{"Person": "p" + strconv.FormatInt(number, 10)}}
	}
	return people[0], nil
}

// PersonOf finds the person that an entry belongs to, if it is exposed.
func (s *Store) PersonOf(ctx context.Context, g auth.Grant, entry breach.EntryID) (number int64, ok bool, err error) {
	if err := s.allow(g, append([]auth.Action{auth.Judge}, toLook...)...); err != nil {
		return 0, false, err
	}
	id := g.Case()
	err = s.db.QueryRowContext(ctx, `SELECT person FROM memberships WHERE case_id = $1 AND entry = $2`, id, entry).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up person: %w", err)
	}
	return number, true, nil
}

func (s *Store) peoplePage(ctx context.Context, k *caseKeys, after int64, limit int) ([]Person, error) {
	id := k.id
	people, at, err := s.peopleRows(ctx, k.id, after, limit)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	last := people[len(people)-1].Number
	err = s.each(ctx, `SELECT person, kind, grade, places FROM exposures WHERE case_id = $1 AND person > $2 AND person <= $3`,
		[]any{id, after, last}, func(rows *sql.Rows) error {
			var n, places int64
			var kind string
			var grade breach.Grade
			if err := rows.Scan(&n, &kind, &grade, &places); err != nil {
				return err
			}
			k, _ := breach.ParseKind(kind)
			p := &people[at[n]]
			p.Exposures = append(p.Exposures, breach.Exposure{Person: p.ID(), Kind: k, Grade: grade, Places: places})
			return nil
		})
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, `SELECT person, kind, blind, form, data FROM identifiers WHERE case_id = $1 AND person > $2 AND person <= $3 ORDER BY person, kind`,
		[]any{id, after, last}, func(rows *sql.Rows) error {
			var n int64
			var kind, form string
			var blind, data []byte
			if err := rows.Scan(&n, &kind, &blind, &form, &data); err != nil {
				return err
			}
			value, err := k.open(identifierAt(n, kind, blind), data)
			of, _ := breach.ParseKind(kind)
			people[at[n]].Identifiers = append(people[at[n]].Identifiers, breach.Finding{Kind: of, Form: form, Value: breach.Hide(string(value))})
			return err
		})
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, `SELECT person, entry FROM memberships WHERE case_id = $1 AND person > $2 AND person <= $3 ORDER BY entry`,
		[]any{id, after, last}, func(rows *sql.Rows) error {
			var n int64
			var e breach.EntryID
			if err := rows.Scan(&n, &e); err != nil {
				return err
			}
			people[at[n]].Entries = append(people[at[n]].Entries, e)
			return nil
		})
	sortParts(people)
	return people, err
}

func (s *Store) peopleRows(ctx context.Context, id string, after int64, limit int) ([]Person, map[int64]int, error) {
	var people []Person
	at := map[int64]int{}
	err := s.each(ctx, `SELECT number, stranger, grade, probability, kinds, first_link, links FROM people
		WHERE case_id = $1 AND number > $2 ORDER BY number LIMIT $3`, []any{id, after, limit}, func(rows *sql.Rows) error {
		var p Person
		if err := rows.Scan(&p.Number, &p.Stranger, &p.Grade, &p.Probability, &p.Kinds, &p.FirstLink, &p.Links); err != nil {
			return err
		}
		at[p.Number] = len(people)
		people = append(people, p)
		return nil
	})
	return people, at, err
}

// each calls f for every row of a query.
func (s *Store) each(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sortParts orders what the database gives in no order: exposures by kind,
// identifiers by kind, which they come in, and value.
func sortParts(people []Person) {
	for _, p := range people {
		slices.SortFunc(p.Exposures, func(a, b breach.Exposure) int { return cmp.Compare(a.Kind, b.Kind) })
		slices.SortStableFunc(p.Identifiers, func(a, b breach.Finding) int {
			return cmp.Or(cmp.Compare(a.Kind.String(), b.Kind.String()), cmp.Compare(a.Value.Reveal(), b.Value.Reveal()))
		})
	}
}

// Membership says whose an entry is.
type Membership struct {
	Person int64
	Entry  breach.EntryID
}

// Memberships yields the entries of the exposed people.
func (s *Store) Memberships(ctx context.Context, g auth.Grant) iter.Seq2[Membership, error] {
	return func(yield func(Membership, error) bool) {
		err := s.allow(g, toTell...)
		if err == nil {
			err = s.each(ctx, `SELECT person, entry FROM memberships WHERE case_id = $1`, []any{g.Case()}, func(rows *sql.Rows) error {
				var m Membership
				if err := rows.Scan(&m.Person, &m.Entry); err != nil {
					return err
				}
				if !yield(m, nil) {
					return errStop
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(Membership{}, fmt.Errorf("read whose entries are: %w", err))
		}
	}
}
