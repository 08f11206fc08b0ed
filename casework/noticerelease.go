package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// ProposeSending proposes to others that exactly what was frozen is sent. They
// are shown the letters that were chosen, whole. What goes by e-mail has been
// rehearsed before.
func (d *Desk) ProposeSending(ctx context.Context, id store.CaseID, n Notice) (auth.Approval, error) {
	if n.Frozen == nil || n.State != store.NoticeFrozen {
		return auth.Approval{}, &breach.Refusal{Key: "refusal.notice-not-frozen"}
	}
	if n.Frozen.ByChannel[breach.Mail] > 0 && (n.Rehearsal == nil || !n.Rehearsal.Stood || n.Rehearsal.Root != n.Frozen.Root) {
		return auth.Approval{}, &breach.Refusal{Key: "refusal.notice-not-rehearsed"}
	}
	g, err := d.grant(ctx, id, auth.FreezeNotice)
	if err != nil {
		return auth.Approval{}, err
	}
	preview, err := d.samples(ctx, g, n)
	if err != nil {
		return auth.Approval{}, err
	}
	payload, err := json.Marshal(n.Frozen)
	if err != nil {
		return auth.Approval{}, fmt.Errorf("propose to send: %w", err)
	}
	if g, err = d.grant(ctx, id, auth.Propose); err != nil {
		return auth.Approval{}, err
	}
	return d.Store.Propose(ctx, g, store.Proposal{Action: auth.SendNotice, Payload: payload, Preview: preview})
}

// mostPreview bounds what approvers are shown of one letter.
const mostPreview = 32 << 10

// samples writes the letters that approvers look at.
func (d *Desk) samples(ctx context.Context, g auth.Grant, n Notice) ([]byte, error) {
	why := map[[2]breach.PersonID][]string{}
	for _, s := range n.Frozen.Samples {
		why[[2]breach.PersonID{s.Subject, s.Reader}] = s.Why
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s.%d  %s\n%d\n", n.ID, n.Version, n.Frozen.Root, n.Frozen.Count)
	for _, channel := range breach.Channels() {
		if many := n.Frozen.ByChannel[channel]; many > 0 {
			fmt.Fprintf(&b, "%s: %d\n", channel, many)
		}
	}
	for _, w := range n.Frozen.Wording {
		fmt.Fprintf(&b, "! %s\n", w)
	}
	for s, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, "") {
		if err != nil {
			return nil, err
		}
		reasons := why[[2]breach.PersonID{s.Notice.Subject, s.Notice.Reader}]
		if len(reasons) == 0 {
			continue
		}
		to := s.Notice.To
		fmt.Fprintf(&b, "\n==== %s → %s  %s  %s  (%s)\n%s\n%s\n", s.Notice.Subject, s.Notice.Reader, s.Notice.Channel, s.Notice.Letter, strings.Join(reasons, ", "),
			to.Name.Reveal(), strings.TrimSpace(strings.Join([]string{to.Email.Reveal(), to.Postal.Street.Reveal(), to.Postal.Postcode.Reveal(), to.Postal.Town.Reveal()}, " ")))
		for _, p := range s.Notice.Parts {
			fmt.Fprintf(&b, "\n%s\n\n%s\n", p.Title, string(p.Text[:min(len(p.Text), mostPreview)]))
		}
	}
	return []byte(b.String()), nil
}

// BeginSending uses the approval of a frozen version, after making sure that
// what is stored is still, to the byte, what was approved. Nothing is sent until
// a wave is released.
func (d *Desk) BeginSending(ctx context.Context, id store.CaseID, n Notice, approval string) (Notice, error) {
	if n.Frozen == nil {
		return n, &breach.Refusal{Key: "refusal.notice-not-frozen"}
	}
	g, err := d.grant(ctx, id, auth.FreezeNotice)
	if err != nil {
		return n, err
	}
	if err := d.sameAsFrozen(ctx, g, n); err != nil {
		return n, err
	}
	payload, err := json.Marshal(n.Frozen)
	if err != nil {
		return n, fmt.Errorf("begin to send: %w", err)
	}
	if g, err = d.Store.Execute(ctx, d.Who, auth.Ask{Approval: approval, Payload: payload, Now: d.instant()}); err != nil {
		return n, err
	}
	n.Approval = approval
	data, err := n.data()
	if err != nil {
		return n, err
	}
	v, err := d.Store.ApproveNotice(ctx, g, n.NoticeVersion, approval, payload, data)
	if errors.Is(err, auth.ErrNoGrant) {
		return n, &breach.Refusal{Key: "refusal.notice-not-approved", Err: err}
	}
	if err != nil {
		return n, err
	}
	return noticeOf(v)
}

// sameAsFrozen makes the root anew from what is stored.
func (d *Desk) sameAsFrozen(ctx context.Context, g auth.Grant, n Notice) error {
	f := notify.NewFreezer(n.ID, int(n.Version), [32]byte{1})
	for s, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, "") {
		if err == nil && s.Notice.Channel != breach.Nobody {
			err = f.Add(s.Notice, 0)
		}
		if err != nil {
			return err
		}
	}
	if root := fmt.Sprintf("%x", f.Batch().Root); root != n.Frozen.Root {
		return &breach.Refusal{Key: "refusal.notice-changed"}
	}
	return nil
}

// Between waves there is time for what is wrong to show.
const (
	afterCanary = 30 * time.Minute
	afterSecond = 2 * time.Hour
)

// ReleaseWave opens a wave. The key is made where the command is given, before
// it is given: the same key gets the same answer, and no key releases a wave a
// second time. The next wave waits until the one before it is over, and for a
// while after.
func (d *Desk) ReleaseWave(ctx context.Context, id store.CaseID, n Notice, wave int64, key string) (store.Released, error) {
	g, err := d.grant(ctx, id, auth.ReleaseWave)
	if err != nil {
		return store.Released{}, err
	}
	if wave > n.Wave && wave > canaryWave {
		if err := d.restBefore(ctx, g, n, wave); err != nil {
			return store.Released{}, err
		}
	}
	due := time.Time{}
	if until, quiet := n.Draft.quiet(d.now()); quiet {
		due = until
	}
	return d.Store.Release(ctx, g, n.NoticeVersion, store.Command{Key: key, Wave: wave, Due: due})
}

// restBefore refuses a wave too early.
func (d *Desk) restBefore(ctx context.Context, g auth.Grant, n Notice, wave int64) error {
	counts, err := d.Store.DispatchCounts(ctx, g, n.NoticeVersion)
	if err != nil {
		return err
	}
	for state, many := range counts[wave-1] {
		if !state.Over() && state != breach.Uncertain && many > 0 {
			return &breach.Refusal{Key: "refusal.wave-not-over", Args: map[string]any{"Wave": wave - 1, "Count": many}}
		}
	}
	at, err := d.Store.ReleasedAt(ctx, g, n.NoticeVersion, wave-1)
	if err != nil {
		return err
	}
	rest := afterCanary
	if wave > secondWave {
		rest = afterSecond
	}
	if left := at.Add(rest).Sub(d.now()); left > 0 && counts[wave-1] != nil {
		return &breach.Refusal{Key: "refusal.wave-too-early", Args: map[string]any{"Wave": wave, "Minutes": int(left.Minutes()) + 1}}
	}
	return nil
}

// Mails go out by day: from 7 to 20 by the readers' clocks.
const firstHour, lastHour = 7, 20

// quiet tells whether nothing is to go out now, and until when.
func (n NoticeDraft) quiet(now time.Time) (time.Time, bool) {
	zone, err := time.LoadLocation(n.zone())
	if n.AnyHour || err != nil {
		return time.Time{}, false
	}
	local := now.In(zone)
	morning := time.Date(local.Year(), local.Month(), local.Day(), firstHour, 0, 0, 0, zone)
	switch {
	case local.Hour() < firstHour:
		return morning, true
	case local.Hour() >= lastHour:
		return morning.AddDate(0, 0, 1), true
	}
	return time.Time{}, false
}

func (n NoticeDraft) zone() string {
	switch {
	case n.Zone != "":
		return n.Zone
	case n.Country == "SE":
		return "Europe/Stockholm"
	case n.Country == "AX":
		return "Europe/Mariehamn"
	}
	return "Europe/Helsinki"
}

// ProposeLifting proposes to others that a halted version goes on.
func (d *Desk) ProposeLifting(ctx context.Context, id store.CaseID, n Notice) (auth.Approval, error) {
	if n.Halted == "" {
		return auth.Approval{}, &breach.Refusal{Key: "refusal.notice-not-halted"}
	}
	g, err := d.grant(ctx, id, auth.Propose)
	if err != nil {
		return auth.Approval{}, err
	}
	return d.Store.Propose(ctx, g, store.Proposal{Action: auth.LiftHalt, Payload: n.lifting()})
}

// LiftHalt lets a halted version go on, once two others have agreed.
func (d *Desk) LiftHalt(ctx context.Context, id store.CaseID, n Notice, approval string) error {
	g, err := d.Store.Execute(ctx, d.Who, auth.Ask{Approval: approval, Payload: n.lifting(), Now: d.instant()})
	if err != nil {
		return err
	}
	_, err = d.Store.LiftHalt(ctx, g, n.NoticeVersion, approval, n.lifting())
	if errors.Is(err, auth.ErrNoGrant) {
		return &breach.Refusal{Key: "refusal.notice-not-approved", Err: err}
	}
	return err
}

func (n Notice) lifting() []byte {
	return fmt.Appendf(nil, "%s.%d,halted=%s", n.ID, n.Version, n.Halted)
}
