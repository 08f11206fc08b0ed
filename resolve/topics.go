package resolve

import "github.com/klarlagt/klarlagt/breach"

// maxTopics bounds the titles that are remembered in one item.
const maxTopics = 64

// maxOthers bounds the strangers in the rows of one item that its topic is told
// of.
const maxOthers = 4096

// topic is what a document says it is about, and where.
type topic struct {
	place breach.Place
	kinds breach.Kinds
	title breach.Kinds // those of them that a title tells, not a word of the running text
}

// topic remembers what a document is about.
func (l *linker) topic(m breach.Mention) {
	t := topic{place: m.Place}
	for _, f := range m.Findings {
		if f.Kind < breach.Name || f.Kind > breach.Guardian {
			continue
		}
		t.kinds |= breach.KindsOf(f.Kind)
		if f.Labelled {
			t.title |= breach.KindsOf(f.Kind)
		}
	}
	if t.kinds != 0 && len(l.topics) < maxTopics {
		l.topics = append(l.topics, t)
	}
}

// lone knows whether an item speaks of one person only.
type lone struct {
	who  subject
	many bool
	any  bool
}

// subject is a registered person or a stranger.
type subject struct {
	person   uint32
	stranger breach.Finding // the surest identifier; zero Kind for a registered person
}

func (s subject) same(o subject) bool {
	if s.stranger.Kind == 0 || o.stranger.Kind == 0 {
		return s.stranger.Kind == o.stranger.Kind && s.person == o.person
	}
	return sameStranger(&s.stranger, &o.stranger)
}

func (o *lone) add(s subject) {
	switch {
	case !o.any:
		o.who, o.any = s, true
	case !o.many && !o.who.same(s):
		o.many = true
	}
}

// one gives the only person.
func (o lone) one() (subject, bool) { return o.who, o.any && !o.many }

// note remembers a party for the topics: whom the item speaks of, and whom its
// rows are about. A second mention of the same row (a guardian) is not what the
// row is about.
func (l *linker) note(p party, subjectOfRow bool) {
	s := subject{}
	switch {
	case p.reason.Trace() || p.probability < 0.9:
		return
	case p.stranger >= 0:
		s.stranger = *l.facts[p.stranger].Finding
	default:
		s.person = p.persons[0]
		l.linked.add(s.person)
	}
	l.lone.add(s)
	if p.numbered {
		l.holder.add(s)
	}
	switch p.reason {
	case ByValue, ByValueAndMore, ByValueAgainst, NewEmail:
	default:
		l.named.add(s)
	}
	if !l.tabular || !subjectOfRow || l.lastRow == l.place {
		return
	}
	if s.stranger.Kind == 0 {
		l.rows.add(s.person)
		return
	}
	if key := strangerKey(s.stranger); len(l.others) < maxOthers && !l.known[key] {
		if l.known == nil {
			l.known = map[breach.Personal]bool{}
		}
		l.known[key] = true
		l.others = append(l.others, s.stranger)
	}
}

// tellTopics gives what the document is about to the person it is about: what
// the title says to the subject of each row if it is a list, else everything to
// the only person in it, else to the only one whose identity number stands in
// it or who is known by more than an e-mail (officials sign with a name and an
// e-mail). A document about several people tells its topic of none.
func (l *linker) tellTopics() error {
	about, list := l.about()
	for _, t := range l.topics {
		kinds := t.kinds
		if list {
			kinds = t.title
		}
		if kinds == 0 {
			continue
		}
		for _, s := range about {
			if err := l.emit(s.link(t.place, kinds)); err != nil {
				return err
			}
		}
	}
	return nil
}

// link says that a document is about somebody.
func (s subject) link(place breach.Place, kinds breach.Kinds) Link {
	link := Link{Place: place, Probability: topicProbability, Why: Why{Reason: DocumentTopic, Fields: kinds}}
	if s.stranger.Kind != 0 {
		link.Stranger = []breach.Finding{s.stranger}
	} else {
		link.Persons, link.Why.Candidates = []uint32{s.person}, 1
	}
	for _, k := range kinds.List() {
		link.Kinds = append(link.Kinds, KindGrade{k, breach.Likely})
	}
	return link
}

// about gives whom the item is about, and whether it is a list.
func (l *linker) about() (who []subject, list bool) {
	if rows := l.rows.tidy(); len(rows)+len(l.others) > 1 {
		for _, p := range rows {
			who = append(who, subject{person: p})
		}
		for _, f := range l.others {
			who = append(who, subject{stranger: f})
		}
		return who, true
	}
	for _, o := range []lone{l.lone, l.holder, l.named} {
		if s, ok := o.one(); ok {
			return []subject{s}, false
		}
	}
	return nil, false
}
