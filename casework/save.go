package casework

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Result is what a resolve says as a whole.
type Result struct {
	At        time.Time
	Mentions  int64
	Exposed   map[string]int64 // people of the registers, by grade
	Strangers map[string]int64 // people in no register, by grade
	Outside   assess.Range     // how many people the strangers are
	Protected int64            // exposed people with protected identity
	OneOf     int64            // places that speak of one of several people
	Traces    int64            // places that link to nobody
	Rows      []Row            // all people first, then each group
	Chance    []Chance
	Gaps      bool     // something was left unread when this was resolved
	Items     int64    // of the account then; 0 for a result from before this was kept
	NotRead   int64    // of which nobody knows the text
	Account   int64    // what the account was then: see store.AccountVersion
	Lists     []string // the groups that rolls are kept of, numbered from 1
	Beyond    int64    // uncertain links that were not asked about, for there are too many

	FirstAlike  int64 // the number of the first question of people who are alike
	AlikeBeyond int64 // pairs of such people that were not asked about
}

// Row is the counts of one group of people, or of all.
type Row = assess.Row

// Count is how many people of a group are exposed with one kind of data.
type Count = assess.Count

// Chance is how many findings of a form tie to somebody by coincidence.
type Chance struct {
	Form     string
	Found    int64
	Expected float64
}

// resultSummary names the summary that holds a Result.
const resultSummary = "result"

// Result gives what the latest resolve says as a whole.
func (d *Desk) Result(ctx context.Context, id store.CaseID) (Result, error) {
	g, err := d.grant(ctx, id, auth.ReadReport)
	if err != nil {
		return Result{}, err
	}
	return ReadResult(ctx, d.Store, g)
}

// ReadResult reads it with a grant that was given for more than that.
func ReadResult(ctx context.Context, s *store.Store, g auth.Grant) (r Result, err error) {
	if err = (&Desk{Store: s}).resolved(ctx, g); err == nil {
		_, err = s.Summary(ctx, g, resultSummary, &r)
	}
	return r, err
}

// save writes people and links in the order of the sorter, and the result.
func (r *resolving) save(ctx context.Context) error {
	w, err := r.d.Store.BeginPeople(ctx, r.g)
	if err != nil {
		return err
	}
	s := &saving{resolving: r, w: w, result: Result{At: r.d.now(), Mentions: r.mentions, OneOf: r.oneOf, Traces: r.traces,
		Exposed: map[string]int64{}, Strangers: map[string]int64{}, Chance: r.chances(), Gaps: r.gaps}}
	if err := s.run(ctx); err != nil {
		w.Abandon()
		return err
	}
	if err := errors.Join(s.questions(ctx), s.list()); err != nil {
		w.Abandon()
		return err
	}
	s.result.Rows, s.result.Lists = r.counter.Rows(), r.groups.names
	if err := s.read(ctx); err != nil {
		w.Abandon()
		return err
	}
	s.result.Outside = assess.Strangers(s.numbers, s.addresses)
	if err := w.Summary(resultSummary, s.result); err != nil {
		w.Abandon()
		return err
	}
	return w.Commit()
}

// read keeps what this result could be made from. The case is locked: nothing of
// it changes meanwhile.
func (s *saving) read(ctx context.Context) (err error) {
	if s.result.Account, err = s.d.Store.AccountVersion(ctx, s.g); err == nil {
		s.result.Items, s.result.NotRead, err = s.d.Store.CountItems(ctx, s.g)
	}
	return err
}

// saving is the writing of one result.
type saving struct {
	*resolving
	w         *store.PeopleWriter
	result    Result
	strangers int64 // numbered so far
	numbers   int64 // strangers with an identity number
	addresses int64 // strangers with an address alone

	next func() ([]byte, error, bool)
	rec  linkRecord
	more bool
}

func (s *saving) run(ctx context.Context) error {
	var stop func()
	s.next, stop = iter.Pull2(s.links.Sorted())
	defer stop()
	err := s.step()
	for err == nil && s.more {
		if err = ctx.Err(); err == nil {
			err = s.person()
		}
	}
	return err
}

// step reads the next record.
func (s *saving) step() error {
	rec, err, ok := s.next()
	s.more = ok
	if !ok || err != nil {
		return err
	}
	s.rec, err = decodeLink(rec)
	return err
}

// person writes the person whose first record was read, and reads on.
func (s *saving) person() error {
	key := s.rec.key
	p := store.Person{Number: s.rec.link.Person, Stranger: key[0] == 1, FirstLink: s.w.Links()}
	if p.Stranger {
		s.strangers++
		p.Number = int64(s.people.Len()) + s.strangers
	}
	seen := map[breach.Finding]bool{}
	return assess.Merge(s.claims(key, &p, seen), func(all assess.Person) error {
		p.Links = s.w.Links() - p.FirstLink
		p.Grade, p.Probability, p.Kinds = all.Grade, all.Probability, all.Kinds
		p.Exposures = all.Exposures(p.ID())
		if p.Stranger {
			return s.outside(key, p)
		}
		return s.known(p, all)
	})
}

// claims yields what the records of one person claim, and writes their links.
func (s *saving) claims(key string, p *store.Person, seen map[breach.Finding]bool) iter.Seq2[assess.Claim, error] {
	return func(yield func(assess.Claim, error) bool) {
		for s.more && s.rec.key == key {
			l := s.rec.link
			l.Person = p.Number
			if err := s.write(l, p, seen); err != nil {
				yield(assess.Claim{}, err)
				return
			}
			claim := assess.Claim{Person: uint32(p.Number), Probability: l.Probability, Shared: s.rec.trace || l.Candidates > 1}
			for _, part := range []struct {
				kinds breach.Kinds
				grade breach.Grade
			}{{l.Proven, breach.Proven}, {l.Likely, breach.Likely}, {l.Possible, breach.Possible}} {
				claim.Grade = part.grade
				if s.rec.trace {
					claim.Grade = breach.Unknown
				}
				for _, claim.Kind = range part.kinds.List() {
					if !yield(claim, nil) {
						return
					}
				}
			}
			if err := s.step(); err != nil {
				yield(assess.Claim{}, err)
				return
			}
		}
	}
}

// write writes a link that links, and gathers what is known of a stranger.
func (s *saving) write(l store.Link, p *store.Person, seen map[breach.Finding]bool) error {
	if s.rec.trace {
		return nil
	}
	for _, f := range s.rec.ids {
		if id := (breach.Finding{Kind: f.Kind, Value: f.Value}); !seen[id] {
			seen[id] = true
			p.Identifiers = append(p.Identifiers, f)
		}
	}
	return s.w.Link(l)
}

func (s *saving) outside(key string, p store.Person) error {
	if p.Links == 0 {
		return nil
	}
	numbered := false
	for _, f := range p.Identifiers {
		numbered = numbered || f.Kind == breach.NationalID
	}
	if numbered {
		s.numbers++
	} else {
		s.addresses++
	}
	s.result.Strangers[p.Grade.String()]++
	if err := s.w.Person(p); err != nil {
		return err
	}
	if err := s.enlist(p, s.w.ListKey(breach.Hide("stranger"), breach.Hide(key)), false); err != nil {
		return err
	}
	return s.w.Enlist(p, store.Portrait{}, store.Outside)
}

func (s *saving) known(p store.Person, all assess.Person) error {
	p.Entries = s.people.Entries(uint32(p.Number - 1))
	var groups []string
	protected := false
	for _, e := range p.Entries {
		groups = append(groups, s.groups.of(e))
		protected = protected || s.groups.protected[e]
	}
	s.counter.Person(groups, all)
	if p.Links == 0 {
		return nil
	}
	person := uint32(p.Number - 1)
	if _, paired := s.review.exposed[person]; paired {
		s.review.exposed[person] = true
	}
	if protected {
		s.result.Protected++
	}
	s.result.Exposed[p.Grade.String()]++
	if err := s.w.Person(p); err != nil {
		return err
	}
	entries := s.whole(person)
	if err := s.enlist(p, s.entryKey(entries), protected); err != nil {
		return err
	}
	of, lists := s.portrait(entries)
	of.Hands = s.review.hands[person]
	return s.w.Enlist(p, of, lists...)
}

// portrait is what pages tell of somebody beside the exposures, and on whose
// rolls they stand.
func (s *saving) portrait(entries []breach.Entry) (of store.Portrait, lists []int64) {
	lists = []int64{store.Everybody}
	for _, e := range entries {
		of.Protected = of.Protected || s.groups.protected[e.ID]
		if !slices.Contains(of.Groups, e.Group) {
			of.Groups = append(of.Groups, e.Group)
			lists = append(lists, int64(s.groups.entry[e.ID])+1)
		}
		if !slices.Contains(of.Registers, e.Register) {
			of.Registers = append(of.Registers, e.Register)
		}
	}
	return of, lists
}
