package casework

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/notify"
)

// noticeScan looks once more at what goes out: is it what was frozen, and is
// nothing of anybody else in it?
type noticeScan struct {
	r     *readers
	index *leak.Index
}

func (d *Desk) noticeScan(ctx context.Context, g auth.Grant, n Notice) (*noticeScan, error) {
	r := &readers{draft: n.Draft, person: map[breach.EntryID]breach.PersonID{}, of: map[breach.PersonID][]breach.Entry{},
		byKey: map[breach.Personal][]breach.EntryID{}, boxes: map[breach.Personal]breach.PersonID{}}
	for m, err := range d.Store.Memberships(ctx, g) {
		if err != nil {
			return nil, err
		}
		r.person[m.Entry] = breach.PersonID(fmt.Sprintf("p%d", m.Person))
	}
	for e, err := range d.Store.Entries(ctx, g) {
		if err != nil {
			return nil, err
		}
		r.add(e)
	}
	f := &freezing{d: d, n: n, r: r}
	f.prepareSheets()
	index, _ := f.leakIndex(binary.BigEndian.Uint64([]byte("notices!")))
	return &noticeScan{r, index}, nil
}

// own is whatever of the reader's a notice may hold.
func (s *noticeScan) own(n breach.Notice) leak.Own {
	own := leak.Own{Mail: n.To.Email, Entries: s.r.of[n.Reader], Values: []breach.Personal{n.To.Name}}
	if n.Subject != n.Reader {
		_, given := s.r.name(n.Subject)
		own.Values = append(own.Values, given)
	}
	return own
}

// letter says why a letter must not go out; "" if it may.
func (s *noticeScan) letter(n breach.Notice) string {
	if notify.Hash(n) != n.Hash {
		return "changed"
	}
	for _, p := range n.Parts {
		if found := s.index.Text(slices.Concat(p.Title, breach.Content{'\n'}, p.Text), s.own(n), leak.Limits{}); len(found) > 0 {
			return "leak"
		}
	}
	return ""
}
