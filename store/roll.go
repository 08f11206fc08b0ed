package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// RollPage is how many people a page of a roll lists.
const RollPage = 100

// Groups of people that no register names.
const (
	Everybody = 0  // of the registers
	Outside   = -1 // in no register
)

// Roll is a list of people: of one group, with one kind of data, of one grade.
type Roll struct {
	Group int64        // as the resolve numbers groups, from 1; or Everybody, or Outside
	Kind  string       // "" for any kind
	Grade breach.Grade // of the kind, or of the person's surest exposure
}

// Portrait is what pages tell of a person beside the exposures.
type Portrait struct {
	Protected bool     `json:"protected,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Registers []string `json:"registers,omitempty"`
	Hands     []int64  `json:"hands,omitempty"` // judgements by which the entries are one person, or are not one with others
}

// enlisting keeps the pages of rolls that are not full yet.
type enlisting struct {
	put, draw *sql.Stmt
	open      map[Roll][]int64
	pages     map[Roll]int64
}

func (w *PeopleWriter) beginRolls() (err error) {
	w.rolls = enlisting{open: map[Roll][]int64{}, pages: map[Roll]int64{}}
	w.rolls.put, err = w.tx.PrepareContext(w.ctx, `INSERT INTO rolls (case_id, group_no, kind, grade, page, data) VALUES ($1, $2, $3, $4, $5, $6)`)
	if err == nil {
		w.rolls.draw, err = w.tx.PrepareContext(w.ctx, `INSERT INTO portraits (case_id, person, data) VALUES ($1, $2, $3)`)
	}
	return err
}

// Enlist writes what pages tell of a person, and puts them on the rolls of the
// groups, unless the identity is protected: no list has those. People come by
// number.
func (w *PeopleWriter) Enlist(p Person, of Portrait, groups ...int64) error {
	data, err := json.Marshal(of)
	if err == nil {
		_, err = w.rolls.draw.ExecContext(w.ctx, w.id, p.Number, w.keys.seal(portraitAt(p.Number), data))
	}
	if err != nil {
		return fmt.Errorf("write portrait: %w", explain(err))
	}
	if of.Protected || p.Kinds.Has(breach.ProtectedIdentity) {
		return nil
	}
	for _, g := range groups {
		if err := w.enlist(Roll{g, "", p.Grade}, p.Number); err != nil {
			return err
		}
		for _, e := range p.Exposures {
			if err := w.enlist(Roll{g, e.Kind.String(), e.Grade}, p.Number); err != nil {
				return err
			}
		}
	}
	return nil
}

func portraitAt(person int64) cell { return cell{table: "portraits", row: rowKey(person)} }

func (w *PeopleWriter) enlist(r Roll, person int64) error {
	w.rolls.open[r] = append(w.rolls.open[r], person)
	if len(w.rolls.open[r]) < RollPage {
		return nil
	}
	return w.turnPage(r)
}

// turnPage writes the open page of a roll.
func (w *PeopleWriter) turnPage(r Roll) error {
	w.rolls.pages[r]++
	page, last := w.rolls.pages[r], int64(0)
	var data []byte
	for _, n := range w.rolls.open[r] {
		data = binary.AppendUvarint(data, uint64(n-last))
		last = n
	}
	w.rolls.open[r] = w.rolls.open[r][:0]
	_, err := w.rolls.put.ExecContext(w.ctx, w.id, r.Group, r.Kind, r.Grade, page, w.keys.seal(rollAt(r, page), data))
	if err != nil {
		return fmt.Errorf("write roll: %w", explain(err))
	}
	return nil
}

func rollAt(r Roll, page int64) cell {
	return cell{table: "rolls", row: rowKey(r.Group, r.Kind, int(r.Grade), page)}
}

func (w *PeopleWriter) endRolls() error {
	for r, open := range w.rolls.open {
		if len(open) == 0 {
			continue
		}
		if err := w.turnPage(r); err != nil {
			return err
		}
	}
	return nil
}

// RollPages is how many pages a roll has.
func (s *Store) RollPages(ctx context.Context, g auth.Grant, r Roll) (pages int64, err error) {
	if err := s.allow(g, toLook...); err != nil {
		return 0, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(page), 0) FROM rolls WHERE case_id = $1 AND group_no = $2 AND kind = $3 AND grade = $4`,
		g.Case(), r.Group, r.Kind, r.Grade).Scan(&pages)
	if err != nil {
		return 0, fmt.Errorf("count roll: %w", err)
	}
	return pages, nil
}

// Roll lists the people on a page of a roll, by number; none beyond the last.
func (s *Store) Roll(ctx context.Context, g auth.Grant, r Roll, page int64) ([]Person, error) {
	k, err := s.under(ctx, g, toLook...)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	err = s.each(ctx, `SELECT data FROM rolls WHERE case_id = $1 AND group_no = $2 AND kind = $3 AND grade = $4 AND page = $5`,
		[]any{k.id, r.Group, r.Kind, r.Grade, page}, func(rows *sql.Rows) error {
			var data []byte
			err := rows.Scan(&data)
			if err == nil {
				data, err = k.open(rollAt(r, page), data)
			}
			for last := int64(0); err == nil && len(data) > 0; {
				n, size := binary.Uvarint(data)
				if size <= 0 {
					return errPacked
				}
				last, data = last+int64(n), data[size:]
				numbers = append(numbers, last)
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read roll: %w", err)
	}
	return s.listed(ctx, k.id, numbers)
}

// listed reads people by their numbers, with their exposures alone.
func (s *Store) listed(ctx context.Context, id string, numbers []int64) ([]Person, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	in, args := among([]any{id}, numbers)
	at := map[int64]int{}
	var people []Person
	err := s.each(ctx, `SELECT number, stranger, grade, probability, kinds, first_link, links FROM people WHERE case_id = $1 AND number IN (`+in+`) ORDER BY number`,
		args, func(rows *sql.Rows) error {
			var p Person
			err := rows.Scan(&p.Number, &p.Stranger, &p.Grade, &p.Probability, &p.Kinds, &p.FirstLink, &p.Links)
			at[p.Number] = len(people)
			people = append(people, p)
			return err
		})
	if err == nil {
		err = s.each(ctx, `SELECT person, kind, grade, places FROM exposures WHERE case_id = $1 AND person IN (`+in+`)`, args, func(rows *sql.Rows) error {
			var n int64
			var kind string
			var e breach.Exposure
			if err := rows.Scan(&n, &kind, &e.Grade, &e.Places); err != nil {
				return err
			}
			e.Kind, _ = breach.ParseKind(kind)
			p := &people[at[n]]
			e.Person = p.ID()
			p.Exposures = append(p.Exposures, e)
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	sortParts(people)
	return people, nil
}

// among gives the placeholders of a list that comes after other arguments, and all
// of these.
func among[T any](args []any, values []T) (string, []any) {
	var marks []string
	for _, v := range values {
		args = append(args, v)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	return strings.Join(marks, ", "), args
}

// Portraits reads what pages tell of people, by number.
func (s *Store) Portraits(ctx context.Context, g auth.Grant, people ...int64) (map[int64]Portrait, error) {
	k, err := s.under(ctx, g, append([]auth.Action{auth.Judge}, toLook...)...)
	if err != nil {
		return nil, err
	}
	list := map[int64]Portrait{}
	for page := range slices.Chunk(people, 500) {
		in, args := among([]any{k.id}, page)
		err = s.each(ctx, `SELECT person, data FROM portraits WHERE case_id = $1 AND person IN (`+in+`)`, args, func(rows *sql.Rows) error {
			var n int64
			var data []byte
			var p Portrait
			err := rows.Scan(&n, &data)
			if err == nil {
				data, err = k.open(portraitAt(n), data)
			}
			if err == nil {
				err = json.Unmarshal(data, &p)
			}
			list[n] = p
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read portraits: %w", err)
		}
	}
	return list, nil
}
