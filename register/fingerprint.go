package register

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Fingerprint is a keyed hash of everything an entry says. Its ID and its row
// do not count: a register sorted anew has not changed.
func Fingerprint(e breach.Entry, s Secret) [16]byte {
	h := hmac.New(sha256.New, s[:])
	h.Write(canonical(e))
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
