package casework

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// Settled counts what evidence has settled.
type Settled struct {
	Taken    int // were uncertain, and the server has them
	NotTaken int // were uncertain, and will be handed over again
	Arrived  int
	Bounced  int
	Left     int // uncertain still
}

// SettleByLog reads the log of one's own mail server: what it has taken holds at
// any time; what it has not is sure only once the connection is over. The log is
// read from before the first of the messages to its end.
func (d *Desk) SettleByLog(ctx context.Context, id store.CaseID, n Notice, log io.Reader) (Settled, error) {
	var out Settled
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return out, err
	}
	handed, err := d.handedAt(ctx, g, n)
	if err != nil {
		return out, err
	}
	asked, err := d.onTheWay(ctx, g, n)
	if err != nil {
		return out, err
	}
	now := d.now()
	found, err := dispatch.ReadPostfix(log, now, func(messageID string) bool { _, ok := asked[messageID]; return ok })
	if err != nil {
		return out, fmt.Errorf("read the mail server's log: %w", err)
	}
	var first, second []store.Outcome
	for messageID, x := range asked {
		t := found.Traces[messageID]
		o := store.Outcome{Seq: x.Seq, Attempt: x.Attempt, Was: x.State}
		if x.State == breach.Uncertain {
			o.Becomes, o.Detail = byLog(found.Verdict(messageID, handed[x.Seq], now), t)
			switch o.Becomes {
			case breach.Accepted:
				out.Taken++
			case breach.Deferred:
				out.NotTaken++
			default:
				out.Left++
				continue
			}
			first = append(first, o)
			if o.Becomes == breach.Deferred {
				continue
			}
		}
		o.Was = breach.Accepted
		if o.Becomes = outcomeOf(t); o.Becomes == "" {
			continue
		}
		if o.Becomes == breach.Arrived {
			out.Arrived++
		} else {
			out.Bounced++
		}
		o.Detail = breach.Hide(strings.TrimSpace("log: " + t.Queue + " " + t.Status + " " + t.Code))
		second = append(second, o)
	}
	if err := d.Store.Settle(ctx, g, n.NoticeVersion, now, first); err != nil {
		return Settled{}, err
	}
	if err := d.Store.Settle(ctx, g, n.NoticeVersion, now, second); err != nil || out.Bounced == 0 {
		return out, err
	}
	return out, d.hearBounces(ctx, g, n)
}

// onTheWay are the mails of which a log may tell more, by Message-ID.
func (d *Desk) onTheWay(ctx context.Context, g auth.Grant, n Notice) (map[string]store.Dispatch, error) {
	asked := map[string]store.Dispatch{}
	for _, state := range []breach.DeliveryState{breach.Uncertain, breach.Accepted} {
		for x, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, state) {
			if err != nil {
				return nil, err
			}
			if x.Notice.Channel == breach.Mail {
				x.Notice = breach.Notice{Subject: x.Notice.Subject, Reader: x.Notice.Reader} // the rest is large
				asked[n.Draft.messageID(x.Ref)] = x
			}
		}
	}
	return asked, nil
}

// messageID is what the mail of a dispatch is named.
func (n NoticeDraft) messageID(ref string) string {
	_, domain, _ := strings.Cut(n.Sender.Mail, "@")
	return "<" + ref + "@" + domain + ">"
}

func byLog(v dispatch.Verdict, t *dispatch.Trace) (breach.DeliveryState, breach.Personal) {
	switch v {
	case dispatch.Taken:
		return breach.Accepted, breach.Hide("log: " + t.Queue + " in the queue")
	case dispatch.NotTaken:
		if t != nil {
			return breach.Deferred, breach.Hide("log: " + t.Queue + " never in the queue, and its connection is over")
		}
		return breach.Deferred, breach.Hide("log: no trace, and no connection open for longer than a server waits")
	}
	return "", breach.Personal{}
}

func outcomeOf(t *dispatch.Trace) breach.DeliveryState {
	switch {
	case t == nil:
		return ""
	case t.Status == "sent":
		return breach.Arrived
	case t.Status == "bounced" || t.Status == "expired":
		return breach.Bounced
	}
	return ""
}

// handedAt is when each dispatch was handed over last.
func (d *Desk) handedAt(ctx context.Context, g auth.Grant, n Notice) (map[int64]time.Time, error) {
	at := map[int64]time.Time{}
	for step, err := range d.Store.Steps(ctx, g) {
		if err != nil {
			return nil, err
		}
		if step.Notice == n.ID && step.Version == n.Version && step.Becomes == breach.Handing {
			at[step.Seq] = step.At
		}
	}
	return at, nil
}

// SettleByReport takes a report of delivery, as mail servers send it to the
// envelope's sender. False means that it is about no message of the version.
func (d *Desk) SettleByReport(ctx context.Context, id store.CaseID, n Notice, report io.Reader) (bool, error) {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return false, err
	}
	rep, err := dispatch.ReadReport(report)
	if err != nil {
		return false, err
	}
	ref := rep.ID
	if ref == "" {
		ref, _, _ = strings.Cut(strings.TrimPrefix(rep.MessageID, "<"), "@")
	}
	x, there, err := d.Store.DispatchOf(ctx, g, n.NoticeVersion, ref)
	if err != nil || !there {
		return false, err
	}
	detail := breach.Hide(strings.TrimSpace("report: " + string(rep.Action) + " " + rep.Status))
	becomes := map[dispatch.Action]breach.DeliveryState{dispatch.Failed: breach.Bounced, dispatch.Delivered: breach.Arrived, dispatch.Relayed: breach.Accepted}[rep.Action]
	o := store.Outcome{Seq: x.Seq, Attempt: x.Attempt, Was: x.State, Detail: detail}
	if becomes != "" && x.State == breach.Uncertain {
		o.Becomes = breach.Accepted
		if err := d.Store.Settle(ctx, g, n.NoticeVersion, d.now(), []store.Outcome{o}); err != nil {
			return true, err
		}
		o.Was = breach.Accepted
	}
	if o.Becomes = becomes; becomes == "" || !o.Was.May(becomes) {
		return true, nil // a delay, or said already
	}
	if err := d.Store.Settle(ctx, g, n.NoticeVersion, d.now(), []store.Outcome{o}); err != nil || becomes != breach.Bounced {
		return true, err
	}
	return true, d.hearBounces(ctx, g, n)
}

// NoticeChoice is what somebody decides of a dispatch that nothing settles.
type NoticeChoice string

// The choices.
const (
	CountAsTold NoticeChoice = "told"        // the reader has been told
	SendAgain   NoticeChoice = "again"       // though it may be a copy
	AnotherWay  NoticeChoice = "another-way" // which is no copy, and proves itself
)

// DecideNotice settles one dispatch by somebody's decision, with a reason.
func (d *Desk) DecideNotice(ctx context.Context, id store.CaseID, n Notice, seq int64, c NoticeChoice, why string) error {
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return err
	}
	becomes := map[NoticeChoice]breach.DeliveryState{CountAsTold: breach.Counted, SendAgain: breach.Deferred, AnotherWay: breach.Replaced}[c]
	if strings.TrimSpace(why) == "" || becomes == "" {
		return &breach.Refusal{Key: "refusal.decision-without-reason"}
	}
	for x, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, "") {
		if err != nil {
			return err
		}
		if x.Seq != seq {
			continue
		}
		if !x.State.May(becomes) || x.State == breach.Planned && (x.Notice.Channel == breach.Mail || x.Notice.Channel == breach.Mailbox) {
			return &breach.Refusal{Key: "refusal.nothing-to-decide", Args: map[string]any{"Number": seq, "State": string(x.State)}}
		}
		return d.Store.Settle(ctx, g, n.NoticeVersion, d.now(), []store.Outcome{{Seq: seq, Attempt: x.Attempt, Was: x.State, Becomes: becomes,
			Detail: breach.Hide("decided: " + string(c) + ": " + why)}})
	}
	return &breach.Refusal{Key: "refusal.nothing-to-decide", Args: map[string]any{"Number": seq, "State": "-"}}
}
