package resolve

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// maxWaiting is how many mentions by name alone wait for the rest of their
// item; then they are decided with what is known.
const maxWaiting = 4096

// Item links the mentions of one item, in reading order, and hands each link to
// emit as soon as it is decided. What a name alone or the title of a document
// says depends on the whole item, so those links come last. Memory does not
// grow with the item, save four bytes for each registered person found in it.
// The findings of a mention are not kept after the next one is asked for.
func Item(reg Register, people *People, mentions iter.Seq2[breach.Mention, error], emit func(Link) error) error {
	l := &linker{reg: reg, people: people, emit: emit}
	for m, err := range mentions {
		if err != nil {
			return fmt.Errorf("read mentions: %w", err)
		}
		if m.Document {
			l.topic(m)
			continue
		}
		if err := l.turn(m.Place); err != nil {
			return fmt.Errorf("link names: %w", err)
		}
		if err := l.mention(m); err != nil {
			return fmt.Errorf("link mention: %w", err)
		}
	}
	if err := l.settle(); err != nil {
		return fmt.Errorf("link names: %w", err)
	}
	if err := l.tellTopics(); err != nil {
		return fmt.Errorf("link topics: %w", err)
	}
	return nil
}

// linker links the mentions of one item. What is above the line is the item's,
// what is below is one mention's and used again for the next.
type linker struct {
	reg    Register
	people *People
	emit   func(Link) error

	message int64                    // of a mailbox: each is a document of its own
	linked  people32                 // registered people linked likely or better in the document
	rows    people32                 // those of them who are the subject of a row
	others  []breach.Finding         // a strong identifier of each stranger who is the subject of a row
	known   map[breach.Personal]bool // the keys of others
	lone    lone                     // whoever the item speaks of, if one
	holder  lone                     // whoever's identity number stands in it, if one
	named   lone                     // whoever is known by more than an e-mail or a username, if one
	waiting []waiting
	rivals  map[string]bool // names of people in no register
	topics  []topic
	lastRow breach.Place

	place   breach.Place
	tabular bool
	all     []fact // every identifier of the mention
	facts   []fact // those that are being weighed
	data    []*breach.Finding
	arena   []uint32
	hits    []hit
	cands   []cand
	claimed []int // by fact, for an identity number: the name it goes with, or -1
	parties []party
	chosen  []int // the parties that are told what nobody owns
	head    int   // the one of them that a row is about
}

// turn settles the names of one message of a mailbox when the next begins: what
// one message says of a name tells nothing of it in another.
func (l *linker) turn(p breach.Place) error {
	if p.Path[0].Unit != breach.Message || p.Path[0].N == l.message {
		return nil
	}
	l.message = p.Path[0].N
	err := l.settle()
	l.linked = people32{list: l.linked.list[:0]}
	clear(l.rivals)
	return err
}

// people32 is a set of people that grows by appending.
type people32 struct {
	list   []uint32
	sorted int // how many are in order and without doubles
}

func (s *people32) add(person uint32) {
	if n := len(s.list); n > 0 && s.list[n-1] == person {
		return
	}
	s.list = append(s.list, person)
	if len(s.list) > 2*s.sorted+1024 {
		s.tidy()
	}
}

// tidy gives the people in order.
func (s *people32) tidy() []uint32 {
	if s.sorted < len(s.list) {
		slices.Sort(s.list)
		s.list = slices.Compact(s.list)
		s.sorted = len(s.list)
	}
	return s.list
}

// waiting is a mention by name alone. If the name is that of exactly one person
// linked elsewhere in the item, it is linked too; else otherwise is emitted.
type waiting struct {
	name      breach.Finding
	owners    []uint32    // of the name; nil where they are too many to keep
	kinds     []KindGrade // what the mention tells if it is linked
	otherwise Link
}

// wait keeps a mention for later.
func (l *linker) wait(w waiting) error {
	l.waiting = append(l.waiting, w)
	if len(l.waiting) < maxWaiting {
		return nil
	}
	return l.settle()
}

// settle decides the waiting mentions.
func (l *linker) settle() error {
	linked := l.linked.tidy()
	for _, w := range l.waiting {
		link, owners := w.otherwise, w.owners
		if owners == nil {
			l.arena = l.arena[:0]
			owners = l.owners(w.name)
		}
		if same := common(owners, linked); len(same) == 1 && !l.rivals[nameKeyOf(w.name)] {
			link = Link{Place: w.otherwise.Place, Persons: same, Kinds: w.kinds, Probability: sameDocumentProbability,
				Why: Why{Reason: SameDocument, Fields: breach.KindsOf(breach.Name), Candidates: 1}}
		}
		if err := l.emit(link); err != nil {
			return err
		}
	}
	clear(l.waiting)
	l.waiting = l.waiting[:0]
	return nil
}

// common gives the first two people who are in both lists, for more than one is
// as good as many.
func common(a, b []uint32) []uint32 {
	var both []uint32
	for _, p := range a {
		if _, ok := slices.BinarySearch(b, p); ok {
			if both = append(both, p); len(both) == 2 {
				break
			}
		}
	}
	return both
}

// maxRivals bounds the names of strangers that are remembered in one item.
const maxRivals = 4096

// rival remembers a name that belongs to somebody in no register.
func (l *linker) rival(name breach.Finding) {
	if l.rivals == nil {
		l.rivals = map[string]bool{}
	}
	if len(l.rivals) < maxRivals {
		l.rivals[nameKeyOf(name)] = true
	}
}

// nameKeyOf is a name whichever way round and however capitalised.
func nameKeyOf(name breach.Finding) string {
	w := words(strings.ReplaceAll(name.Value.Reveal(), ",", " "))
	slices.Sort(w)
	return strings.Join(w, " ")
}

// mention links one mention that is not a document's.
func (l *linker) mention(m breach.Mention) error {
	l.gather(m)
	crowd := len(l.all) > maxFacts
	for start := 0; start < len(l.all); start += maxFacts {
		l.facts = l.all[start:min(start+maxFacts, len(l.all))]
		if crowd {
			l.data = nil // what is said in a crowd is said of nobody
		}
		l.arena = l.arena[:0]
		if err := l.decide(); err != nil {
			return err
		}
	}
	l.lastRow = m.Place
	return nil
}

// decide finds out of whom the facts of one mention speak, the surest first.
func (l *linker) decide() error {
	l.parties = l.parties[:0]
	l.look()
	l.candidates()
	l.claim()
	l.anchor()
	l.pair()
	l.shared()
	l.strangers()
	l.traces()
	return l.tell()
}
