package casework

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// readers knows everybody of the registers, and who is told of whom.
type readers struct {
	draft   NoticeDraft
	day     time.Time
	entries []breach.Entry
	person  map[breach.EntryID]breach.PersonID // of the exposed
	of      map[breach.PersonID][]breach.Entry
	byKey   map[breach.Personal][]breach.EntryID // by a register's key, and by national number
	boxes   map[breach.Personal]breach.PersonID  // who reads a mailbox; "" for several
	before  map[[2]breach.PersonID]earlier

	mailboxes map[breach.PersonID]bool // who has a digital mailbox

	byHand bool // letters are handed over: that way is open to everybody who is not protected
}

// earlier is what earlier versions came to with one reader of one subject.
type earlier struct {
	told  bool // it went, or may have gone
	doors map[breach.Channel]notify.Door
}

// failures leaves of it the ways that certainly failed.
func (e earlier) failures() earlier {
	doors := map[breach.Channel]notify.Door{}
	for channel, state := range e.doors {
		if state == notify.Failed {
			doors[channel] = state
		}
	}
	return earlier{e.told, doors}
}

// idOf names the person of an entry: one that is not exposed has a name of its
// own, after the entry.
func (r *readers) idOf(e breach.EntryID) breach.PersonID {
	if id, exposed := r.person[e]; exposed {
		return id
	}
	return breach.PersonID(fmt.Sprintf("e%d", e))
}

// learn takes what an earlier version came to.
func (r *readers) learn(d store.Dispatch) {
	key := [2]breach.PersonID{d.Notice.Subject, d.Notice.Reader}
	e := r.before[key]
	if e.doors == nil {
		e.doors = map[breach.Channel]notify.Door{}
	}
	switch d.State {
	case breach.Accepted, breach.Arrived, breach.Counted:
		e.told, e.doors[d.Notice.Channel] = true, notify.Told
	case breach.Uncertain, breach.Handing, breach.Released, breach.Deferred:
		e.told, e.doors[d.Notice.Channel] = true, notify.Waiting
	case breach.Refused, breach.Bounced, breach.Replaced:
		e.doors[d.Notice.Channel] = notify.Failed
	}
	r.before[key] = e
}

// route is one reader of one subject, and the way that was decided.
type route struct {
	subject, reader breach.PersonID
	person          store.Person
	way             notify.Way
	reason          notify.Reason
}

// routes decides of each reader of one person.
func (r *readers) routes(p store.Person) []route {
	subject := p.ID()
	entries := r.of[subject]
	age, conflict := r.age(entries)
	f := notify.Facts{Country: r.draft.Country, Matter: r.draft.Matter, Grade: p.Grade, Age: age, Conflict: conflict,
		Protected: protected(entries) || notify.Marked(p.Exposures)}
	for _, e := range entries {
		f.Employee = f.Employee || slices.Contains(r.draft.Staff, e.Group)
	}
	guardians, lost := r.guardians(entries)
	list := []route{r.route(f, p, subject, notify.Self, r.shield(subject, guardians))}
	if age == notify.Child || age == notify.Young {
		role := notify.CustodyUnknown
		if r.draft.Custody && !lost {
			role = notify.JointGuardian
			if len(guardians) == 1 {
				role = notify.SoleGuardian
			}
		}
		for _, reader := range guardians {
			list = append(list, r.route(f, p, reader, role, r.shield(reader, guardians)))
		}
	}
	slices.SortFunc(list, func(a, b route) int { return cmp.Compare(a.reader, b.reader) })
	return list
}

func (r *readers) route(f notify.Facts, p store.Person, reader breach.PersonID, role notify.Role, shield notify.Shield) route {
	past := r.before[[2]breach.PersonID{p.ID(), reader}]
	f.Role, f.Shield, f.Before = role, shield, past.told
	if f.Matter == notify.First {
		f.Before = false // the doors tell more than that it was told
	} else {
		past = past.failures() // what is new goes by the same ways as what was old
	}
	f.Doors = r.doors(reader, past)
	way, reason := notify.Route(f, r.draft.Policy)
	return route{p.ID(), reader, p, way, reason}
}

// shield tells how a reader stands among the guardians of a child.
func (r *readers) shield(reader breach.PersonID, guardians []breach.PersonID) notify.Shield {
	if len(guardians) == 0 {
		return notify.NoGuardian
	}
	var others []bool
	for _, g := range guardians {
		if g != reader {
			others = append(others, protected(r.of[g]))
		}
	}
	return notify.ShieldOf(slices.Contains(guardians, reader) && protected(r.of[reader]), false, others)
}

// guardians lists who the registers say are guardians, and whether it is not
// sure of one of them who it is.
func (r *readers) guardians(entries []breach.Entry) (list []breach.PersonID, lost bool) {
	for _, e := range entries {
		for _, key := range e.Guardians {
			var found []breach.PersonID
			for _, g := range r.byKey[key] {
				if id := r.idOf(g); !slices.Contains(found, id) {
					found = append(found, id)
				}
			}
			if len(found) != 1 { // two registers may give two people one key
				lost = true
				continue
			}
			list = append(list, found...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), lost
}

func protected(entries []breach.Entry) bool {
	return slices.ContainsFunc(entries, func(e breach.Entry) bool { return e.Protected })
}

// age tells how old somebody is, and whether the registers disagree on it: then
// it is the youngest, for a child is not told as an adult is.
func (r *readers) age(entries []breach.Entry) (notify.Age, bool) {
	births := map[string]bool{}
	for _, e := range entries {
		if born := e.BirthDate.Reveal(); born != "" {
			births[born] = true
		}
		for _, id := range e.NationalIDs {
			if n, ok := nationalid.Parse(r.draft.Country, id.Reveal()); ok && n.Birth != "" {
				births[n.Birth] = true
			}
		}
	}
	age := notify.AgeUnknown
	if len(births) > 0 {
		age = notify.AgeOn(r.day, breach.Hide(slices.Max(slices.Collect(maps.Keys(births)))))
	}
	return age, len(births) > 1
}

// doors are the ways to a reader.
func (r *readers) doors(reader breach.PersonID, past earlier) notify.Doors {
	var doors notify.Doors
	if r.byHand {
		return notify.Doors{Paper: notify.Open}
	}
	if box, shared := r.box(reader); !box.IsZero() {
		doors.Mail = notify.Open
	} else if shared {
		doors.Mail = notify.Shared
	}
	if street := r.street(reader); street != (breach.Postal{}) {
		doors.Paper = notify.Open
	}
	if r.draft.Country == "SE" && !r.number(reader).IsZero() || r.contact(reader) != (breach.Postal{}) {
		doors.Care = notify.Open
	}
	if number := r.number(reader).Reveal(); r.mailboxes[reader] && number != "" && (r.draft.Country != "SE" || len(number) == 12) { // ten digits name two people
		doors.Mailbox = notify.Open
	}
	for channel, state := range past.doors {
		switch channel {
		case breach.Mail:
			doors.Mail = state
		case breach.Paper:
			doors.Paper = state
		case breach.Mailbox:
			doors.Mailbox = state
		case breach.Envelope:
			doors.Care = state
		case breach.ByHand:
			if state == notify.Told {
				doors.Paper = state
			}
		}
	}
	return doors
}

// functional are the names of mailboxes that an office reads, not a person.
var functional = []string{"info", "office", "kontakt", "contact", "registrator", "kirjaamo", "admin", "postmaster", "kansli", "toimisto", "reception", "noreply", "no-reply"}

// box is a mailbox that the reader alone reads; where there is none, shared
// tells whether there is one that others read too.
func (r *readers) box(reader breach.PersonID) (box breach.Personal, shared bool) {
	for _, e := range r.of[reader] {
		for _, b := range e.Emails {
			a, err := mail.ParseAddress(b.Reveal())
			if err != nil || a.Address != b.Reveal() {
				continue
			}
			user, _, _ := strings.Cut(a.Address, "@")
			if r.boxes[b] != reader || slices.Contains(functional, strings.ToLower(user)) {
				shared = true
				continue
			}
			return b, false
		}
	}
	return breach.Personal{}, shared
}

// street is the reader's whole postal address.
func (r *readers) street(reader breach.PersonID) breach.Postal {
	for _, e := range r.of[reader] {
		for _, a := range e.Addresses {
			if !a.Street.IsZero() && !a.Postcode.IsZero() && !a.Town.IsZero() {
				return a
			}
		}
	}
	return breach.Postal{}
}

// number is the reader's national identity number.
func (r *readers) number(reader breach.PersonID) breach.Personal {
	for _, e := range r.of[reader] {
		for _, id := range e.NationalIDs {
			if n, ok := nationalid.Parse(r.draft.Country, id.Reveal()); ok && !n.Failed {
				return id
			}
		}
	}
	return breach.Personal{}
}

// name is what the reader is called; given is the first of the names.
func (r *readers) name(reader breach.PersonID) (whole, given breach.Personal) {
	for _, e := range r.of[reader] {
		for _, n := range e.Names {
			if !n.Former && !n.Surname.IsZero() {
				return breach.Hide(strings.TrimSpace(n.Given.Reveal() + " " + n.Surname.Reveal())), n.Given
			}
		}
	}
	return breach.Personal{}, breach.Personal{}
}

// languages are those that the reader reads in.
func (r *readers) languages(reader breach.PersonID) []string {
	for _, e := range r.of[reader] {
		if e.Language != "" {
			return notify.LanguagesFor(e.Language, r.draft.Country)
		}
	}
	return notify.LanguagesFor("", r.draft.Country)
}
