package casework

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// Inbox is where a rehearsal arrives: the mailboxes of the seed list.
type Inbox interface {
	// Find gives the message with a Message-ID as it arrived, headers and all.
	Find(ctx context.Context, messageID string) (message []byte, found bool, err error)
}

// RehearseOptions say where a rehearsal goes, and how long it may take to arrive.
type RehearseOptions struct {
	Seeds []string // mailboxes of one's own, at the large providers
	Relay *dispatch.Relay
	Inbox Inbox
	Wait  time.Duration // for each message; 0: five minutes
	Every time.Duration // between two looks; 0: five seconds

	// Tell is called after each mail with how many of how many were looked for.
	Tell func(done, of int64)
}

// RehearseNotice sends the letter in each language, filled with what is made up,
// to a few mailboxes of one's own, through the real mail server, and reads it
// back: what has arrived is to be what was sent, to the byte.
func (d *Desk) RehearseNotice(ctx context.Context, id store.CaseID, n Notice, o RehearseOptions) (Notice, error) {
	g, err := d.grant(ctx, id, auth.FreezeNotice)
	if err != nil {
		return n, err
	}
	if n.Frozen == nil {
		return n, &breach.Refusal{Key: "refusal.notice-not-frozen"}
	}
	if len(o.Seeds) == 0 {
		return n, &breach.Refusal{Key: "refusal.no-seeds"}
	}
	f := &freezing{d: d, g: g, n: n}
	f.prepareSheets()
	past := Rehearsal{Root: n.Frozen.Root, At: d.now()}
	sheets := f.sheets[madeUpLetter(n.Draft.Matter)]
	for _, seed := range o.Seeds {
		for _, lang := range slices.Sorted(maps.Keys(sheets)) {
			arrived, same, err := d.rehearse(ctx, n, o, sheets[lang], seed)
			if err != nil {
				return n, err
			}
			past.Mails = append(past.Mails, RehearsedMail{seed, lang, arrived, same})
			past.Sent++
			if same {
				past.Same++
			}
			if o.Tell != nil {
				o.Tell(int64(past.Sent), int64(len(o.Seeds)*len(sheets)))
			}
		}
	}
	past.Stood = past.Sent > 0 && past.Same == past.Sent
	n.Rehearsal = &past
	data, err := n.data()
	if err != nil {
		return n, err
	}
	v, err := d.Store.NoteRehearsal(ctx, g, n.NoticeVersion, data)
	if err != nil {
		return n, err
	}
	return noticeOf(v)
}

func madeUpLetter(m notify.Matter) notify.Name {
	switch m {
	case notify.Update:
		return notify.LetterUpdate
	case notify.Correction:
		return notify.LetterCorrection
	case notify.Unaffected:
		return notify.LetterUnaffected
	}
	return notify.LetterFirst
}

// rehearse sends one, and tells whether it arrived, and the same.
func (d *Desk) rehearse(ctx context.Context, n Notice, o RehearseOptions, sheet notify.Sheet, seed string) (arrived, same bool, err error) {
	record := notify.Record{Subject: "p0", Reader: "p0", Name: breach.Hide("Maija Esimerkki"), Code: notify.Code(nil, n.ID, "p0", "p0")}
	for i, kind := range []breach.Kind{breach.Name, breach.Address, breach.Phone} {
		record.Exposures = append(record.Exposures, breach.Exposure{Person: "p0", Kind: kind, Grade: breach.Proven - breach.Grade(i), Places: 1})
	}
	words, _, err := sheet.Render(record)
	if err != nil {
		return false, false, fmt.Errorf("rehearse: %w", err)
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand
	messageID := n.Draft.Sender.MessageID(random)
	message, err := n.Draft.Sender.Compose(breach.Notice{ID: n.ID, Version: int(n.Version), Subject: "p0", Reader: "p0", Channel: breach.Mail,
		To: breach.Addressee{Name: record.Name, Email: breach.Hide(seed)}, Parts: []breach.Wording{words}}, messageID, n.Draft.Date)
	if err != nil {
		return false, false, err
	}
	if _, err := o.Relay.Hand(ctx, n.Draft.Sender.Return(), seed, message); err != nil {
		return false, false, &breach.Refusal{Key: "refusal.rehearsal-not-taken", Err: err}
	}
	wait, every := o.Wait, o.Every
	if wait <= 0 {
		wait = 5 * time.Minute
	}
	if every <= 0 {
		every = 5 * time.Second
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		there, found, err := o.Inbox.Find(ctx, messageID)
		if found {
			return true, sameMessage(there, message), nil // servers on the way add headers above
		}
		if err != nil && ctx.Err() == nil {
			return false, false, &breach.Refusal{Key: "refusal.rehearsal-not-read", Err: fmt.Errorf("read the rehearsal back: %w", err)}
		}
		select {
		case <-ctx.Done():
			return false, false, outer.Err() // it has not arrived, or nobody waits any more
		case <-look.C:
		}
	}
}

// sameMessage tells whether a message arrived as it was sent: with headers above
// it, and nothing else. Mailboxes may keep lines without their CR.
func sameMessage(arrived, sent []byte) bool {
	plain := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
	rest, ok := bytes.CutSuffix(plain(arrived), plain(sent))
	return ok && (len(rest) == 0 || rest[len(rest)-1] == '\n')
}
