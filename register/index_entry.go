package register

import (
	"encoding/binary"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// An entry lies in the index as its fields in a fixed order: texts and lists
// with their lengths before them, numbers as varints. Names and numbers come
// first, so that a match is verified without decoding the rest.

// appendEntry appends an entry as it lies in the index.
func appendEntry(dst []byte, e *breach.Entry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(e.Names)))
	for _, n := range e.Names {
		former := byte(0)
		if n.Former {
			former = 1
		}
		dst = append(dst, former)
		dst = appendText(dst, n.Given.Reveal())
		dst = appendText(dst, n.Surname.Reveal())
	}
	for _, list := range [][]breach.Personal{e.NationalIDs, e.Emails, e.Phones, e.Usernames, e.Accounts} {
		dst = appendTexts(dst, list)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Addresses)))
	for _, a := range e.Addresses {
		dst = appendText(dst, a.Street.Reveal())
		dst = appendText(dst, a.Postcode.Reveal())
		dst = appendText(dst, a.Town.Reveal())
	}
	dst = appendTexts(dst, e.Guardians)
	for _, text := range []string{e.Register, e.Key.Reveal(), e.Group, e.Unit.Reveal(), e.BirthDate.Reveal(),
		e.Household.Reveal(), e.Language} {
		dst = appendText(dst, text)
	}
	dst = binary.AppendVarint(dst, e.Row)
	protected := byte(0)
	if e.Protected {
		protected = 1
	}
	dst = append(dst, protected)
	dst = binary.AppendVarint(dst, unixDay(e.Since))
	return binary.AppendVarint(dst, unixDay(e.Until))
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendTexts(dst []byte, list []breach.Personal) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, p := range list {
		dst = appendText(dst, p.Reveal())
	}
	return dst
}

// noTime stands for the zero time.
const noTime = -1 << 62

func unixDay(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.Unix()
}

func fromUnix(s int64) time.Time {
	if s == noTime {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// rawEntry reads an entry field by field where it lies. What a broken file
// lacks reads as empty.
type rawEntry struct{ b []byte }

func (r *rawEntry) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *rawEntry) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads the length of a list, each of whose members takes a byte or more.
func (r *rawEntry) count() int { return int(min(r.uvarint(), uint64(len(r.b)))) }

func (r *rawEntry) byte() byte {
	if len(r.b) == 0 {
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *rawEntry) text() []byte {
	n := r.count()
	t := r.b[:n]
	r.b = r.b[n:]
	return t
}

func (r *rawEntry) personal() breach.Personal { return breach.Hide(string(r.text())) }

func (r *rawEntry) personals() []breach.Personal {
	var list []breach.Personal
	for range r.count() {
		list = append(list, r.personal())
	}
	return list
}

// entry decodes the whole.
func (r rawEntry) entry(id breach.EntryID) breach.Entry {
	e := breach.Entry{ID: id}
	for range r.count() {
		former := r.byte() == 1
		e.Names = append(e.Names, breach.FullName{Given: r.personal(), Surname: r.personal(), Former: former})
	}
	e.NationalIDs, e.Emails, e.Phones = r.personals(), r.personals(), r.personals()
	e.Usernames, e.Accounts = r.personals(), r.personals()
	for range r.count() {
		e.Addresses = append(e.Addresses, breach.Postal{Street: r.personal(), Postcode: r.personal(), Town: r.personal()})
	}
	e.Guardians = r.personals()
	e.Register, e.Key, e.Group, e.Unit = string(r.text()), r.personal(), string(r.text()), r.personal()
	e.BirthDate, e.Household, e.Language = r.personal(), r.personal(), string(r.text())
	e.Row = r.varint()
	e.Protected = r.byte() == 1
	e.Since, e.Until = fromUnix(r.varint()), fromUnix(r.varint())
	return e
}
