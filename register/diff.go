package register

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Mark is what one version of a register keeps of an entry, to be compared
// with the next: keyed hashes of its key and of all it says. 32 bytes.
type Mark struct {
	Key, Print [16]byte
}

// MarkOf makes the mark of an entry under the case's secret.
func MarkOf(e breach.Entry, s Secret) Mark {
	return Mark{Key: keyed(s, "key", []byte(e.Key.Reveal())), Print: Fingerprint(e, s)}
}

// Fingerprint is a keyed hash of everything an entry says. Its ID and its row
// do not count: a register sorted anew has not changed.
func Fingerprint(e breach.Entry, s Secret) [16]byte { return keyed(s, "entry", canonical(e)) }

// Changes is how a register differs from its earlier version, by key.
type Changes struct {
	New     []int // in the new version's marks
	Changed []int // in the new version's marks
	Gone    []int // in the old version's marks
	Same    int
}

// Diff compares two versions of a register. Where a key comes more than once,
// its last mark counts.
func Diff(before, after []Mark) Changes {
	a, b := byKey(before), byKey(after)
	var c Changes
	for len(a) > 0 || len(b) > 0 {
		order := 0
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = bytes.Compare(before[a[0]].Key[:], after[b[0]].Key[:])
		}
		switch {
		case order < 0:
			c.Gone = append(c.Gone, a[0])
			a = a[1:]
		case order > 0:
			c.New = append(c.New, b[0])
			b = b[1:]
		default:
			if before[a[0]].Print == after[b[0]].Print {
				c.Same++
			} else {
				c.Changed = append(c.Changed, b[0])
			}
			a, b = a[1:], b[1:]
		}
	}
	slices.Sort(c.New)
	slices.Sort(c.Changed)
	slices.Sort(c.Gone)
	return c
}

// byKey gives the indexes of marks in the order of their keys, each key once.
func byKey(marks []Mark) []int {
	order := make([]int, len(marks))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(bytes.Compare(marks[i].Key[:], marks[j].Key[:]), cmp.Compare(j, i))
	})
	return slices.CompactFunc(order, func(i, j int) bool { return marks[i].Key == marks[j].Key })
}

func keyed(s Secret, what string, text []byte) [16]byte {
	h := hmac.New(sha256.New, s[:])
	h.Write([]byte(what))
	h.Write(text)
	return [16]byte(h.Sum(nil)[:16])
}

// canonical writes an entry as bytes, each value with its length before it,
// so that two entries have the same bytes only if they say the same.
func canonical(e breach.Entry) []byte {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	list := func(values []breach.Personal) {
		b = binary.AppendUvarint(b, uint64(len(values)))
		for _, v := range values {
			text(v.Reveal())
		}
	}
	text(e.Register)
	text(e.Key.Reveal())
	text(e.Group)
	text(e.Unit.Reveal())
	b = binary.AppendUvarint(b, uint64(len(e.Names)))
	for _, n := range e.Names {
		text(n.Given.Reveal())
		text(n.Surname.Reveal())
		b = append(b, flag(n.Former))
	}
	list(e.NationalIDs)
	text(e.BirthDate.Reveal())
	list(e.Emails)
	list(e.Phones)
	b = binary.AppendUvarint(b, uint64(len(e.Addresses)))
	for _, a := range e.Addresses {
		list([]breach.Personal{a.Street, a.Postcode, a.Town})
	}
	list(e.Usernames)
	list(e.Accounts)
	list(e.Guardians)
	text(e.Household.Reveal())
	text(e.Language)
	b = append(b, flag(e.Protected))
	for _, t := range []time.Time{e.Since, e.Until} {
		b = binary.AppendVarint(b, t.Unix())
	}
	return b
}

func flag(yes bool) byte {
	if yes {
		return 1
	}
	return 0
}
