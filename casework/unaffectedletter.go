package casework

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// nobodyExposed numbers whoever a letter is about who is on no list.
const nobodyExposed = 0

// write makes a letter for each who may read the answer, in words that others have
// agreed to. Each is read back, and looked through for what is anybody else's.
func (a *asking) write(ctx context.Context, u *Unaffected) error {
	n, err := a.words(ctx)
	if err != nil {
		return err
	}
	n.Draft.Matter, n.Draft.Date = notify.Unaffected, a.d.now()
	n.Draft.Policy = notify.Policy{Order: []breach.Channel{breach.Paper}, Adults: n.Draft.Policy.Adults, YoungAlone: n.Draft.Policy.YoungAlone}
	w := answering{asking: a, n: n, of: *u, index: newAnswerIndex()}
	if w.key, err = a.d.Store.NoticeKey(ctx, a.g); err != nil {
		return err
	}
	if err := w.readers(ctx); err != nil {
		return err
	}
	for _, r := range w.routes() {
		letter, err := w.letter(r)
		if err != nil {
			return err
		}
		u.Letters = append(u.Letters, letter)
	}
	if len(u.Letters) == 0 {
		return errOtherHands
	}
	u.press = dispatch.LetterBatch{Title: string(u.Letters[0].Parts[0].Title), Lang: u.Letters[0].Parts[0].Language, Sender: n.letterhead(), Country: n.Draft.Country}
	return nil
}

// words finds the notice whose words are used: the newest that others agreed to.
func (a *asking) words(ctx context.Context) (n Notice, err error) {
	list, err := a.d.Store.Notices(ctx, a.g)
	if err != nil {
		return n, err
	}
	for _, v := range list {
		if v.State != store.NoticeApproved || a.q.Notice != "" && v.ID != a.q.Notice {
			continue
		}
		one, err := noticeOf(v)
		if err != nil {
			return n, err
		}
		if n.Frozen == nil || one.Frozen.At.After(n.Frozen.At) {
			n = one
		}
	}
	if n.Frozen == nil {
		return n, &breach.Refusal{Key: "refusal.unaffected-no-words"}
	}
	return n, nil
}

// answering makes the letters of one answer.
type answering struct {
	*asking
	n     Notice
	of    Unaffected
	key   []byte
	index *leak.Index
	r     *readers
}

func newAnswerIndex() *leak.Index {
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails: crypto/rand
	return leak.New(binary.BigEndian.Uint64(seed[:]))
}

// readers gathers whoever may read: the subject, and those whom the registers call
// guardians. The index learns everybody.
func (w *answering) readers(ctx context.Context) error {
	w.r = &readers{draft: w.n.Draft, day: w.d.now(), person: map[breach.EntryID]breach.PersonID{}, of: map[breach.PersonID][]breach.Entry{},
		byKey: map[breach.Personal][]breach.EntryID{}, boxes: map[breach.Personal]breach.PersonID{}, byHand: true}
	keys := map[breach.Personal]bool{}
	for _, e := range w.subject {
		w.r.person[e.ID] = store.Person{Number: nobodyExposed}.ID()
		for _, key := range e.Guardians {
			keys[key] = true
		}
	}
	var guardians []breach.Entry
	for n := range w.x.Len() {
		e := w.x.Entry(breach.EntryID(n))
		w.index.Add(e)
		if slices.ContainsFunc(append([]breach.Personal{e.Key}, e.NationalIDs...), func(k breach.Personal) bool { return keys[k] }) {
			guardians = append(guardians, e)
		}
	}
	for _, e := range w.subject {
		w.r.add(e)
	}
	for _, e := range guardians {
		if err := w.guardian(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// guardian adds a guardian with all entries, under one name.
func (w *answering) guardian(ctx context.Context, e breach.Entry) error {
	if _, there := w.r.person[e.ID]; there {
		return nil
	}
	entries := w.whole(e)
	who := w.r.idOf(e.ID)
	for _, one := range entries {
		n, exposed, err := w.d.Store.PersonOf(ctx, w.g, one.ID)
		if err != nil {
			return err
		}
		if exposed {
			who = store.Person{Number: n}.ID()
		}
	}
	for _, one := range entries {
		if _, there := w.r.person[one.ID]; !there {
			w.r.person[one.ID] = who
			w.r.add(one)
		}
	}
	return nil
}

// routes gives those to whom a letter may be handed.
func (w *answering) routes() (list []route) {
	nobody := store.Person{Number: nobodyExposed, Grade: breach.Excluded}
	if w.of.Outside {
		return []route{{subject: nobody.ID(), reader: nobody.ID(), way: notify.Way{Channel: breach.Paper, Letter: notify.LetterOutside}}}
	}
	return slices.DeleteFunc(w.r.routes(nobody), func(r route) bool { return r.way.Channel != breach.Paper })
}

// letter makes one.
func (w *answering) letter(r route) (breach.Notice, error) {
	whole, _ := w.r.name(r.reader)
	record := notify.Record{Subject: r.subject, Reader: r.reader, Name: whole}
	if w.of.Outside || whole.IsZero() {
		record.Name = w.q.Name
	}
	if record.Name.IsZero() {
		return breach.Notice{}, &breach.Refusal{Key: "refusal.unaffected-name"}
	}
	if r.subject != r.reader {
		_, record.Child = w.r.name(r.subject)
	}
	record.Code = notify.Code(w.key, w.n.ID, w.about(), r.reader)
	n := breach.Notice{ID: w.n.ID, Version: int(w.n.Version), Subject: r.subject, Reader: r.reader, Letter: string(r.way.Letter), Channel: breach.Paper, To: breach.Addressee{Name: record.Name}}
	for _, lang := range w.languages(r.reader) {
		words, err := w.part(r.way.Letter, lang, record)
		if err != nil {
			return n, err
		}
		n.Parts = append(n.Parts, words)
	}
	n.Hash = notify.Hash(n)
	return n, nil
}

// about names the subject for the code, the same whenever they ask: by the key of
// a register, which outlives its imports, or by the value.
func (w *answering) about() breach.PersonID {
	if w.of.Outside {
		return breach.PersonID("value " + w.value[0].Value.Reveal())
	}
	return breach.PersonID("entry " + w.subject[0].Register + " " + w.subject[0].Key.Reveal())
}

func (w *answering) languages(reader breach.PersonID) []string {
	if w.q.Language != "" {
		return []string{w.q.Language}
	}
	return w.r.languages(reader)
}

// part is a letter in one language.
func (w *answering) part(name notify.Name, lang string, record notify.Record) (words breach.Wording, err error) {
	lacks := &breach.Refusal{Key: "refusal.notice-lacks-text", Args: map[string]any{"Letter": string(name), "Language": lang}}
	letter, ok := notify.Shipped(name, lang)
	if _, written := w.n.Draft.Texts[lang]; !ok || !written {
		return words, lacks
	}
	texts := w.n.Draft.texts(lang)
	texts.Listed, texts.Items, texts.NotRead = w.of.List.At, w.of.Items, w.of.NotRead
	sheet, err := notify.Prepare(letter, texts)
	if err != nil {
		lacks.Err = err
		return words, lacks
	}
	for _, line := range append([]string{sheet.Wording(), w.n.Draft.Sender.Name}, w.n.letterhead()...) {
		w.index.Approve([]byte(line))
	}
	words, _, err = sheet.Render(record)
	if err == nil {
		err = sheet.ReadBack(words.Text, record)
	}
	if unfit, ok := errors.AsType[*notify.Unfit](err); ok {
		return words, &breach.Refusal{Key: "refusal.unaffected-name", Err: unfit}
	}
	if err != nil {
		return words, fmt.Errorf("answer: %w", err)
	}
	own := leak.Own{Entries: w.r.of[record.Reader], Values: []breach.Personal{record.Name, record.Child}}
	if found := w.index.Text(slices.Concat(words.Title, breach.Content{'\n'}, words.Text), own, leak.Limits{}); len(found) > 0 {
		return words, &breach.Refusal{Key: "refusal.unaffected-leak", Args: map[string]any{"Rule": string(found[0].Rule)}}
	}
	return words, nil
}
