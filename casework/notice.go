package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// NoticeText is what the communications officer writes of the matter in one
// language: see notify.Texts.
type NoticeText struct {
	Controller string `json:"controller"`
	Happened   string `json:"happened"`
	Measures   string `json:"measures"`
	Contact    string `json:"contact"`
	Kept       string `json:"kept,omitempty"`
	Unread     string `json:"unread,omitempty"`
	News       string `json:"news,omitempty"`
	Mistake    string `json:"mistake,omitempty"`
}

// NoticeDraft is what is written and decided of one version of a notice.
type NoticeDraft struct {
	Matter  notify.Matter         `json:"matter"`
	Country string                `json:"country"`
	Texts   map[string]NoticeText `json:"texts"` // by language
	Date    time.Time             `json:"date"`  // that the letters bear
	Earlier time.Time             `json:"earlier,omitzero"`
	Sender  dispatch.Sender       `json:"sender"`
	Policy  notify.Policy         `json:"policy"`

	// Custody says that the guardians in the registers have custody: one alone,
	// several together. Without it, a person is asked about each child.
	Custody bool     `json:"custody"`
	Staff   []string `json:"staff,omitempty"` // groups of the registers that are employees

	AnyHour   bool   `json:"any_hour"`       // mails go out at night too: where waiting is the greater harm
	Zone      string `json:"zone,omitempty"` // of the readers' clocks; "": by country
	PerMinute int    `json:"per_minute"`     // mails to one domain; 0: as many as the mail server takes

	Letterhead []string `json:"letterhead,omitempty"` // upper left on letters, and on the back of envelopes; none: the sender's name
	Contacts   Contacts `json:"contacts,omitempty"`   // contact addresses of protected people (Finland)
	Mailboxes  []string `json:"mailboxes,omitempty"`  // who has a digital mailbox, by id: see FindMailboxes
}

// NoticeSample is a letter that approvers have to look at.
type NoticeSample struct {
	Subject breach.PersonID `json:"subject"`
	Reader  breach.PersonID `json:"reader"`
	Why     []string        `json:"why"`
}

// NoticeFrozen is what freezing made of a draft: what is approved. It names
// people by their ids.
type NoticeFrozen struct {
	Notice     breach.NoticeID        `json:"notice"`
	Version    int64                  `json:"version"`
	Root       string                 `json:"root"`            // of the list and every byte, see notify.Batch
	Basis      string                 `json:"basis,omitempty"` // the state of the registers and people, see store.NoticeBasis
	List       int64                  `json:"list,omitempty"`  // of people, that two others agreed to; 0: none was frozen
	ListRoot   string                 `json:"list_root,omitempty"`
	Count      int                    `json:"count"`
	ByChannel  map[breach.Channel]int `json:"by_channel"`
	ByReason   map[string]int         `json:"by_reason"`
	ByWave     map[int64]int          `json:"by_wave"`
	Samples    []NoticeSample         `json:"samples"`
	Letterhead []string               `json:"letterhead,omitempty"`
	SignedBy   string                 `json:"signed_by,omitempty"` // the SHA-256 of the certificate that mails are signed with
	Wording    []string               `json:"wording,omitempty"`   // what of the wording is also an identifier of somebody: rule and place
	At         time.Time              `json:"at"`
	By         auth.UserID            `json:"by"`
}

// Rehearsal is what came of sending to the seed list.
type Rehearsal struct {
	Root  string    `json:"root"` // of what was frozen then
	Sent  int       `json:"sent"`
	Same  int       `json:"same"` // came back byte for byte
	At    time.Time `json:"at"`
	Stood bool      `json:"stood"`

	Mails []RehearsedMail `json:"mails,omitempty"`
}

// RehearsedMail is one mail of a rehearsal.
type RehearsedMail struct {
	Seed     string `json:"seed"` // a mailbox of one's own
	Language string `json:"language"`
	Arrived  bool   `json:"arrived"`
	Same     bool   `json:"same"`
}

// noticeData is what is kept of a version.
type noticeData struct {
	Draft     NoticeDraft   `json:"draft"`
	Frozen    *NoticeFrozen `json:"frozen,omitempty"`
	Rehearsal *Rehearsal    `json:"rehearsal,omitempty"`
	Approval  string        `json:"approval,omitempty"`
}

// Notice is one version of a notice, and how far it has come.
type Notice struct {
	store.NoticeVersion
	Draft     NoticeDraft
	Frozen    *NoticeFrozen
	Rehearsal *Rehearsal
	Approval  string
}

func noticeOf(n store.NoticeVersion) (Notice, error) {
	var data noticeData
	if err := json.Unmarshal(n.Data, &data); err != nil {
		return Notice{}, fmt.Errorf("read notice %s.%d: %w", n.ID, n.Version, err)
	}
	return Notice{n, data.Draft, data.Frozen, data.Rehearsal, data.Approval}, nil
}

func (n Notice) data() ([]byte, error) {
	return json.Marshal(noticeData{n.Draft, n.Frozen, n.Rehearsal, n.Approval})
}

// WriteNotice keeps a draft: of a new notice where the id is "", else in the
// place of the draft that is there, else as the next version. A version that is
// frozen stays as it is.
func (d *Desk) WriteNotice(ctx context.Context, id store.CaseID, notice breach.NoticeID, draft NoticeDraft) (Notice, error) {
	g, err := d.grant(ctx, id, auth.WriteNotice)
	if err != nil {
		return Notice{}, err
	}
	data, err := Notice{Draft: draft}.data()
	if err != nil {
		return Notice{}, fmt.Errorf("write notice: %w", err)
	}
	list, err := d.Store.Notices(ctx, g)
	if err != nil {
		return Notice{}, err
	}
	for _, n := range list {
		if n.ID == notice && n.State == store.NoticeDraft {
			if n, err = d.Store.ChangeNotice(ctx, g, n, data); err != nil {
				return Notice{}, err
			}
			return noticeOf(n)
		}
	}
	n, err := d.Store.NewNotice(ctx, g, notice, data)
	if err != nil {
		return Notice{}, err
	}
	return noticeOf(n)
}

// Notices lists every version of every notice of the case.
func (d *Desk) Notices(ctx context.Context, id store.CaseID) ([]Notice, error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil {
		return nil, err
	}
	list, err := d.Store.Notices(ctx, g)
	if err != nil {
		return nil, err
	}
	var all []Notice
	for _, v := range list {
		n, err := noticeOf(v)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// Notice finds the newest version of a notice, or with an id of "" that of the
// only one.
func (d *Desk) Notice(ctx context.Context, id store.CaseID, notice breach.NoticeID) (Notice, error) {
	list, err := d.Notices(ctx, id)
	if err != nil {
		return Notice{}, err
	}
	return NewestNotice(list, notice)
}

// NewestNotice finds the newest version of a notice among all versions; of the
// only one, where none is named.
func NewestNotice(list []Notice, notice breach.NoticeID) (Notice, error) {
	var found *Notice
	for i, n := range list {
		if notice != "" && n.ID != notice {
			continue
		}
		if found != nil && found.ID != n.ID {
			return Notice{}, &breach.Refusal{Key: "refusal.several-notices"}
		}
		found = &list[i]
	}
	if found == nil {
		return Notice{}, &breach.Refusal{Key: "refusal.no-such-notice", Args: map[string]any{"Notice": string(notice)}}
	}
	return *found, nil
}

// NoticeCounts counts the dispatches of a version by wave and state.
func (d *Desk) NoticeCounts(ctx context.Context, id store.CaseID, n Notice) (map[int64]map[breach.DeliveryState]int64, error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil {
		return nil, err
	}
	return d.Store.DispatchCounts(ctx, g, n.NoticeVersion)
}

// HaltNotice stops a version before its next message.
func (d *Desk) HaltNotice(ctx context.Context, id store.CaseID, n Notice) error {
	g, err := d.grant(ctx, id, auth.HaltNotice)
	if err != nil {
		return err
	}
	_, err = d.Store.Halt(ctx, g, n.NoticeVersion, "by_hand")
	return err
}

// texts are the texts of the matter in one language.
func (n NoticeDraft) texts(lang string) notify.Texts {
	t := n.Texts[lang]
	return notify.Texts{Country: n.Country, Controller: t.Controller, Happened: t.Happened, Measures: t.Measures, Contact: t.Contact,
		Kept: t.Kept, Unread: t.Unread, News: t.News, Mistake: t.Mistake, Date: n.Date, Earlier: n.Earlier}
}
