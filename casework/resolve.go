package casework

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/resolve"
	"github.com/klarlagt/klarlagt/store"
)

// Resolve tells who the mentions of a case are about, and what became known of
// them. It replaces the result of an earlier resolve, all of it or nothing.
func (d *Desk) Resolve(ctx context.Context, id store.CaseID, progress func(mentions int64)) (err error) {
	g, err := d.grant(ctx, id, auth.Resolve)
	if err != nil {
		return err
	}
	lock, err := d.Store.Lock(ctx, g, "resolve", d.now())
	if err != nil {
		return err
	}
	defer closing(&err, lock)
	if _, err := d.index(ctx, g); err != nil {
		return err
	}
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return err
	}
	defer closing(&err, x)
	scratch, err := d.scratch(id, "resolve")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	x.guarded = nil // of the resolve before
	judged, err := d.review(ctx, g, x)
	if err != nil {
		return err
	}
	seen := newGroups(x.Len())
	entry := func(id breach.EntryID) breach.Entry {
		e := x.Entry(id)
		seen.see(e)
		return e
	}
	r := &resolving{d: d, g: g, index: x, progress: progress, groups: seen, review: judged,
		people: resolve.NewPeople(x.Len(), entry, x.Who, judged.ties...), // which looks at every entry
		links:  &engine.Sorter{Dir: scratch, Memory: 24 << 20}, strangers: &engine.Sorter{Dir: scratch, Memory: 8 << 20},
		aliases: &engine.Sorter{Dir: scratch, Memory: 4 << 20}, listed: &engine.Sorter{Dir: scratch, Memory: 4 << 20}}
	defer r.close()
	if err := r.ready(ctx); err != nil {
		return err
	}
	if err := r.link(ctx); err != nil {
		return fmt.Errorf("resolve: %w", err)
	}
	if err := r.joinStrangers(); err != nil {
		return fmt.Errorf("resolve strangers: %w", err)
	}
	if err := r.save(ctx); err != nil {
		return fmt.Errorf("resolve: %w", err)
	}
	return nil
}

// resolving is one resolve under way. Links go through sorters, so that memory
// does not grow with the evidence.
type resolving struct {
	d         *Desk
	g         auth.Grant
	index     *registers
	people    *resolve.People
	progress  func(int64)
	links     *engine.Sorter // by person, path and place
	strangers *engine.Sorter // by identifier
	aliases   *engine.Sorter // other identifier, surest identifier
	listed    *engine.Sorter // who is exposed with what, by key

	groups  *groups
	counter *assess.Counter
	gaps    bool

	review *review

	mentions, oneOf, traces int64
	found                   map[string]int64 // findings by form, of forms that can tie by chance
	at                      where
}

// ready prepares the counting.
func (r *resolving) ready(ctx context.Context) error {
	account, err := r.d.account(ctx, r.g, 1, nil)
	if err != nil {
		return err
	}
	r.gaps = account.Gaps > 0
	r.review.guard(r.people, r.groups.protected)
	r.review.pair(r.index, r.people)
	r.counter = assess.NewCounter(r.groups.registered(r.people), r.gaps)
	r.found = map[string]int64{}
	return nil
}

// where is the item whose mentions are being linked, and all the places in the
// evidence where it lies.
type where struct {
	evidence breach.EvidenceID
	content  int64
	lies     []store.Occurrence
	paths    []string // of the item, beside lies
}

func (r *resolving) close() {
	r.links.Close()
	r.strangers.Close()
	r.aliases.Close()
	r.listed.Close()
}

// link links the mentions of every item.
func (r *resolving) link(ctx context.Context) error {
	next, stop := iter.Pull2(r.d.Store.Mentions(ctx, r.g))
	defer stop()
	m, err, ok := next()
	for ok && err == nil {
		if err = r.move(ctx, m.Place.Evidence); err != nil {
			break
		}
		item := func(yield func(breach.Mention, error) bool) {
			for ok && m.Place.Evidence == r.at.evidence {
				if !yield(m, err) || err != nil {
					return
				}
				r.count(m)
				m, err, ok = next()
			}
		}
		take := func(l resolve.Link) error {
			l, keep, err := r.settle(ctx, l)
			if err != nil || !keep {
				return err
			}
			return r.take(l)
		}
		if failed := resolve.Item(r.index, r.people, item, take); failed != nil {
			return failed
		}
		// The rest, should the linker not have wanted all of them.
		for ok && err == nil && m.Place.Evidence == r.at.evidence {
			m, err, ok = next()
		}
	}
	return err
}

func (r *resolving) count(m breach.Mention) {
	for _, f := range m.Findings {
		if f.Kind == breach.NationalID || f.Kind == breach.Phone {
			r.found[f.Form]++
		}
	}
	r.mentions++
	if r.progress != nil && r.mentions%1000 == 0 {
		r.progress(r.mentions)
	}
}

// chances tells how many of the findings tie to somebody by coincidence: their
// number times the chance that a random value of the form is in a register.
func (r *resolving) chances() []Chance {
	var list []Chance
	for _, form := range slices.Sorted(maps.Keys(r.found)) {
		list = append(list, Chance{form, r.found[form], float64(r.found[form]) * r.index.Occupancy(form)})
	}
	return list
}

// move goes to another item.
func (r *resolving) move(ctx context.Context, e breach.EvidenceID) error {
	content, ordinal := store.MemberOf(e)
	if content != r.at.content {
		lies, err := r.d.Store.Occurrences(ctx, r.g, content)
		if err != nil {
			return err
		}
		r.at.content, r.at.lies = content, lies
	}
	r.at.evidence = e
	member, err := r.d.Store.MemberPath(ctx, r.g, content, ordinal)
	if err != nil {
		return err
	}
	r.at.paths = r.at.paths[:0]
	for _, o := range r.at.lies {
		path := o.Path
		if member != "" {
			path += "!/" + member
		}
		r.at.paths = append(r.at.paths, path)
	}
	return nil
}

// take turns a link into records, one for each person and each place where the
// item lies.
func (r *resolving) take(l resolve.Link) error {
	r.ambiguous(l)
	for i, o := range r.at.lies {
		row := store.Link{Root: o.Root, Path: r.at.paths[i], Place: l.Place, Probability: l.Probability,
			Why: string(l.Why.Reason), WhyKinds: l.Why.Fields, Candidates: int32(max(1, l.Why.Candidates))}
		row.Place.Evidence = r.at.evidence
		for _, k := range l.Kinds {
			switch assess.Grade(l.Probability, k.Grade, o.Reached) {
			case breach.Proven:
				row.Proven |= breach.KindsOf(k.Kind)
			case breach.Likely:
				row.Likely |= breach.KindsOf(k.Kind)
			default: // of a trace, too: its record says that it is one
				row.Possible |= breach.KindsOf(k.Kind)
			}
		}
		if err := r.add(l, row); err != nil {
			return err
		}
	}
	return nil
}

// ambiguous counts a link that may be of several people, or of nobody.
func (r *resolving) ambiguous(l resolve.Link) {
	if len(l.Persons) < 2 && !l.Trace() {
		return
	}
	if l.Trace() {
		r.traces++
	} else {
		r.oneOf++
	}
	a := assess.Ambiguity{Unlisted: max(0, l.Why.Candidates-len(l.Persons))}
	for _, p := range l.Persons {
		for _, e := range r.people.Entries(p) {
			a.Groups = append(a.Groups, r.groups.of(e))
		}
	}
	for _, k := range l.Kinds {
		a.Kinds |= breach.KindsOf(k.Kind)
	}
	r.counter.Ambiguous(a)
}

func (r *resolving) add(l resolve.Link, row store.Link) error {
	for _, p := range l.Persons {
		row.Person = int64(p) + 1
		if err := r.links.Add(encodeLink(row, known(row.Person), l.Trace(), nil)); err != nil {
			return err
		}
	}
	if len(l.Stranger) == 0 {
		return nil
	}
	key := stranger(l.StrangerKey())
	for _, alias := range l.Aliases() {
		if err := r.aliases.Add(append(stranger(alias), key...)); err != nil {
			return err
		}
	}
	return r.strangers.Add(encodeLink(row, key, l.Trace(), l.Stranger))
}

// joinStrangers gives each stranger's links the key of the surest identifier:
// where one that stands alone belongs to exactly one surer one, it is the same
// person. Both sorters give their keys in the same order, so one pass does it.
func (r *resolving) joinStrangers() error {
	alias, stop := iter.Pull2(owners(r.aliases.Sorted()))
	defer stop()
	of, err, more := alias()
	for rec, bad := range r.strangers.Sorted() {
		if bad != nil || err != nil {
			return errors.Join(bad, err)
		}
		key := string(rec[:keySize])
		for more && of.alias < key && err == nil {
			of, err, more = alias()
		}
		if more && of.alias == key && of.sure != "" {
			rec = append([]byte(of.sure), rec[keySize:]...)
		}
		if bad := r.links.Add(rec); bad != nil {
			return bad
		}
	}
	return err
}

// owner says whose identifier an alias is.
type owner struct {
	alias string
	sure  string // the key of its only owner; "" where there are several
}

// owners gathers pairs of alias and owner, sorted, by alias.
func owners(pairs iter.Seq2[[]byte, error]) iter.Seq2[owner, error] {
	return func(yield func(owner, error) bool) {
		var o owner
		for rec, err := range pairs {
			if err != nil {
				yield(owner{}, err)
				return
			}
			alias, sure := string(rec[:keySize]), string(rec[keySize:])
			switch {
			case alias != o.alias:
				if o.alias != "" && !yield(o, nil) {
					return
				}
				o = owner{alias, sure}
			case sure != o.sure:
				o.sure = ""
			}
		}
		if o.alias != "" {
			yield(o, nil)
		}
	}
}
