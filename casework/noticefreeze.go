package casework

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// FreezeNotice decides of everybody how they are told, makes every letter, looks
// into each for what must not be in it, and keeps the whole: from then on no
// byte of it changes. It sends nothing.
func (d *Desk) FreezeNotice(ctx context.Context, id store.CaseID, n Notice) (Notice, error) {
	return d.FreezeSigned(ctx, id, n, nil)
}

// FreezeSigned freezes with each mail signed; nil for none.
func (d *Desk) FreezeSigned(ctx context.Context, id store.CaseID, n Notice, signer *dispatch.Signer) (Notice, error) {
	g, err := d.grant(ctx, id, auth.FreezeNotice)
	if err == nil {
		err = d.resolved(ctx, g)
	}
	if err != nil {
		return n, err
	}
	basis, err := d.Store.NoticeBasis(ctx, g)
	if err != nil {
		return n, err
	}
	list, err := d.agreedList(ctx, g)
	if err != nil {
		return n, err
	}
	f, people, err := d.newFreezing(ctx, g, n, signer)
	if err != nil {
		return n, err
	}
	f.frozen.Basis = basis
	if list.Number > 0 {
		f.frozen.List, f.frozen.ListRoot = list.Number, hex.EncodeToString(list.Root[:])
	}
	v, err := d.Store.FreezeNotice(ctx, g, f.sealer, f.all(ctx, people), func() ([]byte, error) {
		if err := f.end(); err != nil {
			return nil, err
		}
		if now, err := d.Store.NoticeBasis(ctx, g); err != nil || now != basis {
			return nil, cmp.Or(err, error(&breach.Refusal{Key: "refusal.notice-basis-moved"}))
		}
		f.frozen.At, f.frozen.By = d.now(), g.Who()
		n.Frozen = &f.frozen
		return n.data()
	})
	if err != nil {
		return n, err
	}
	return noticeOf(v)
}

// freezing makes every letter of a version.
type freezing struct {
	d       *Desk
	g       auth.Grant
	n       Notice
	r       *readers
	code    []byte
	ref     func(breach.Notice) string
	sealer  *store.DispatchSealer
	sheets  map[notify.Name]map[string]notify.Sheet
	index   *leak.Index
	freezer *notify.Freezer
	waves   [2]uint64 // bounds of the ranks of the first two waves
	seed    [32]byte
	frozen  NoticeFrozen
	leaks   map[leak.Rule]int
	signer  *dispatch.Signer // nil: mails are not signed
	taken   int64
}

// newFreezing makes ready for letters, and tells about whom there may be some.
func (d *Desk) newFreezing(ctx context.Context, g auth.Grant, n Notice, signer *dispatch.Signer) (*freezing, []store.Person, error) {
	r, people, err := d.readReaders(ctx, g, n)
	if err != nil {
		return nil, nil, err
	}
	f := &freezing{d: d, g: g, n: n, r: r, signer: signer, leaks: map[leak.Rule]int{},
		frozen: NoticeFrozen{Notice: n.ID, Version: n.Version, Letterhead: n.Draft.Letterhead, ByReason: map[string]int{}, ByWave: map[int64]int{}}}
	if signer != nil {
		f.frozen.SignedBy = signer.Fingerprint()
	}
	_, _ = rand.Read(f.seed[:]) // never fails: crypto/rand
	f.freezer = notify.NewFreezer(n.ID, int(n.Version), f.seed)
	if f.code, err = d.Store.NoticeKey(ctx, g); err != nil {
		return nil, nil, err
	}
	if f.ref, err = d.Store.Refs(ctx, g); err != nil {
		return nil, nil, err
	}
	f.prepareSheets()
	if f.sealer, err = d.Store.DispatchSealer(ctx, g, n.NoticeVersion, f.wording()); err != nil {
		return nil, nil, err
	}
	var arranging sync.WaitGroup
	arranging.Go(func() { r.arrange(people) })
	var found []leak.Leak
	f.index, found = f.leakIndex(binary.BigEndian.Uint64(f.seed[:8])) // of the entries alone
	arranging.Wait()
	for _, l := range found {
		f.frozen.Wording = append(f.frozen.Wording, l.String())
	}
	return f, people, nil
}

// prepareSheets fills the letters with the texts of the matter. What lacks one
// is told of by whoever it is for.
func (f *freezing) prepareSheets() {
	f.sheets = map[notify.Name]map[string]notify.Sheet{}
	for _, name := range notify.Names() {
		f.sheets[name] = map[string]notify.Sheet{}
		for lang := range f.n.Draft.Texts {
			if l, ok := notify.Shipped(name, lang); ok {
				if s, err := notify.Prepare(l, f.n.Draft.texts(lang)); err == nil {
					f.sheets[name][lang] = s
				}
			}
		}
	}
}

// wording is what the letters have in common, as text and as mail: every line of
// it once, and nothing of anybody.
func (f *freezing) wording() []byte {
	var lines []string
	seen := map[string]bool{}
	for _, name := range notify.Names() {
		for _, lang := range notify.Languages() {
			sheet, ok := f.sheets[name][lang]
			if !ok {
				continue
			}
			for line := range strings.SplitSeq(sheet.Wording(), "\n") {
				blank := line == "" && len(lines) > 0 && lines[len(lines)-1] != "" // as it stands between two in a letter
				if blank || !seen[line] {
					seen[line] = true
					lines = append(lines, line)
				}
			}
		}
	}
	text := []byte(strings.Join(lines, "\n"))
	from := f.n.Draft.Sender
	mail, err := from.Compose(breach.Notice{Channel: breach.Mail, To: breach.Addressee{Email: breach.Hide(from.Mail)}, Parts: []breach.Wording{{Text: text}}}, "", f.n.Draft.Date)
	if err != nil { // there is no mail
		return text
	}
	return append(mail, text...)
}

// leakIndex knows everybody of the registers, and the wording of the letters.
func (f *freezing) leakIndex(seed uint64) (*leak.Index, []leak.Leak) {
	x := leak.New(seed)
	for _, e := range f.r.entries {
		x.Add(e)
	}
	var found []leak.Leak
	for _, name := range notify.Names() {
		for _, lang := range notify.Languages() {
			if s, ok := f.sheets[name][lang]; ok {
				found = append(found, x.Approve([]byte(s.Wording()))...)
			}
		}
	}
	for _, line := range append([]string{f.n.Draft.Sender.Name}, f.n.Draft.Letterhead...) {
		found = append(found, x.Approve([]byte(line))...)
	}
	return x, found
}

// person makes what all readers of one person get.
func (f *freezing) person(p store.Person) []made {
	var list []made
	for _, route := range f.r.routes(p) {
		m := f.letter(route)
		var unfit *notify.Unfit
		switch {
		case errors.As(m.err, &unfit):
			m = f.byHand(route, "unfit")
		case len(m.leaks) > 0:
			leaks := m.leaks
			m = f.byHand(route, "leak")
			m.leaks = leaks
		}
		list = append(list, m)
	}
	return list
}

// byHand is a dispatch that somebody has to look at: nothing is rendered.
func (f *freezing) byHand(r route, reason string) made {
	whole, _ := f.r.name(r.reader)
	n := f.notice(r)
	n.Channel, n.To = breach.ByHand, breach.Addressee{Name: whole}
	return finished(n, breach.Planned, reason)
}

// notice is what every dispatch on a route has.
func (f *freezing) notice(r route) breach.Notice {
	return breach.Notice{ID: f.n.ID, Version: int(f.n.Version), Subject: r.subject, Reader: r.reader, Letter: string(r.way.Letter), Channel: r.way.Channel}
}

// letter makes what one reader gets.
func (f *freezing) letter(r route) made {
	n := f.notice(r)
	switch r.way.Channel {
	case breach.Nobody:
		n.Letter = ""
		return finished(n, breach.NotSent, string(r.reason))
	case breach.ByHand:
		return f.byHand(r, string(r.reason))
	}
	whole, _ := f.r.name(r.reader)
	record := notify.Record{Subject: r.subject, Reader: r.reader, Name: whole, Exposures: r.person.Exposures, Code: notify.Code(f.code, f.n.ID, r.subject, r.reader)}
	if r.subject != r.reader {
		_, record.Child = f.r.name(r.subject)
	}
	n.To = f.addressee(r, whole)
	left := 0
	for _, lang := range f.r.languages(r.reader) {
		sheet, ok := f.sheets[r.way.Letter][lang]
		if !ok {
			return made{err: &breach.Refusal{Key: "refusal.notice-lacks-text", Args: map[string]any{"Letter": string(r.way.Letter), "Language": lang}}}
		}
		words, some, err := sheet.Render(record)
		if err == nil {
			err = sheet.ReadBack(words.Text, record)
		}
		if err != nil {
			return made{err: err}
		}
		left += some
		n.Parts = append(n.Parts, words)
	}
	ref, leaks, err := f.finish(&n, record)
	if err != nil {
		return made{err: err}
	}
	m := finished(n, breach.Planned, string(r.reason))
	m.ref, m.left, m.leaks = ref, left, leaks
	return m
}

// addressee has the address that the channel needs, and no other.
func (f *freezing) addressee(r route, whole breach.Personal) breach.Addressee {
	to := breach.Addressee{Name: whole}
	switch r.way.Channel {
	case breach.Mail:
		to.Email, _ = f.r.box(r.reader)
	case breach.Paper:
		to.Postal = f.r.street(r.reader)
	case breach.Envelope:
		if to.Postal = f.r.contact(r.reader); to.Postal == (breach.Postal{}) {
			to.NationalID = f.r.number(r.reader)
		}
	case breach.Mailbox:
		to.NationalID = f.r.number(r.reader)
	}
	return to
}

// finish composes what goes over the wire, under the name that the world knows it
// by, and scans what the reader gets.
func (f *freezing) finish(n *breach.Notice, record notify.Record) (ref string, leaks []leak.Leak, err error) {
	own := leak.Own{Mail: n.To.Email, Entries: f.r.of[n.Reader], Values: []breach.Personal{record.Name, record.Child}}
	if n.Channel != breach.Mail {
		for _, p := range n.Parts {
			leaks = append(leaks, f.index.Text(slices.Concat(p.Title, breach.Content{'\n'}, p.Text), own, leak.Limits{})...)
		}
		return "", leaks, nil
	}
	ref = f.ref(*n)
	id, err := hex.DecodeString(ref)
	if err != nil {
		return "", nil, err
	}
	if n.Bytes, err = f.n.Draft.Sender.Compose(*n, f.n.Draft.Sender.MessageID([16]byte(id)), f.n.Draft.Date); err != nil {
		return "", nil, err
	}
	if f.signer != nil {
		if n.Bytes, err = f.signer.Sign(n.Bytes); err != nil {
			return "", nil, err
		}
	}
	return ref, f.index.Mail(n.Bytes, own, []string{f.n.Draft.Sender.Mail}, leak.Limits{}), nil
}

// end refuses the whole where it cannot be a mishap of a few. Few are those
// whose own words stand in another's name; anything else is a fault of the text.
func (f *freezing) end() error {
	b := f.freezer.Batch()
	for rule, many := range f.leaks {
		if rule != leak.Another || many*100 > b.Count {
			return &breach.Refusal{Key: "refusal.notice-leaks", Args: map[string]any{"Rule": string(rule), "Count": many, "Of": b.Count}}
		}
	}
	if b.Count == 0 {
		return &breach.Refusal{Key: "refusal.notice-to-nobody"}
	}
	f.frozen.Root, f.frozen.Count, f.frozen.ByChannel = fmt.Sprintf("%x", b.Root), b.Count, b.ByChannel
	for _, s := range b.Samples {
		f.frozen.Samples = append(f.frozen.Samples, NoticeSample(s))
	}
	return nil
}
