package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/store"
)

// post hands one notice over to a digital mailbox. What goes over the wire is
// read back first: it has to say what was frozen, to whom it was frozen for, and
// nothing else.
func (s *sender) post(ctx context.Context, d store.Dispatch) (string, error) {
	wire, err := s.o.Mailbox.Compose(d.Notice, d.Ref)
	if err != nil {
		return "", err
	}
	seen, err := s.o.Mailbox.Read(wire)
	if err != nil {
		return "", err
	}
	if !seen.Says(d.Notice, d.Ref) {
		return "", errNotFrozen
	}
	if s.scan != nil {
		if found := s.scan.index.Text(seen.Text, s.scan.own(d.Notice), leak.Limits{}); len(found) > 0 {
			return "", fmt.Errorf("%w: %s", errLeak, found[0])
		}
	}
	if s.stop.Load() {
		return "", errStopped
	}
	receipt, err := s.o.Mailbox.Send(ctx, dispatch.Parcel{Ref: d.Ref, To: d.Notice.To.NationalID, Wire: wire})
	if err == nil {
		receipt = s.o.Mailbox.Name() + ": " + receipt
	}
	return receipt, err
}

// FindMailboxes asks a service which of those who would be told in a digital
// mailbox have one, and keeps it with the draft: freezing goes by it. Nobody with
// a protected identity is asked about, nor a child, whose guardians read. How
// many have one is told; each is asked about once more when the notice goes.
func (d *Desk) FindMailboxes(ctx context.Context, id store.CaseID, n Notice, m dispatch.Mailbox) (_ Notice, asked, found int, err error) {
	g, err := d.grant(ctx, id, auth.FreezeNotice)
	if err == nil {
		err = d.resolved(ctx, g)
	}
	if err != nil {
		return n, 0, 0, err
	}
	if n.State != store.NoticeDraft {
		return n, 0, 0, &breach.Refusal{Key: "refusal.notice-frozen-already"}
	}
	r, people, err := d.newReaders(ctx, g, n)
	if err != nil {
		return n, 0, 0, err
	}
	readers, numbers := r.wouldReadMailbox(people)
	n.Draft.Mailboxes = nil
	if len(numbers) > 0 {
		has, err := m.Reach(ctx, numbers)
		if err == nil && len(has) != len(numbers) {
			err = errors.New("it answers of others than were asked about")
		}
		if err != nil {
			return n, len(numbers), 0, &breach.Refusal{Key: "refusal.mailbox-service", Args: map[string]any{"Name": m.Name()}, Err: err}
		}
		for i, reader := range readers {
			if has[i] {
				n.Draft.Mailboxes = append(n.Draft.Mailboxes, string(reader))
			}
		}
	}
	data, err := n.data()
	if err != nil {
		return n, 0, 0, err
	}
	if g, err = d.grant(ctx, id, auth.WriteNotice); err != nil {
		return n, 0, 0, err
	}
	v, err := d.Store.ChangeNotice(ctx, g, n.NoticeVersion, data)
	if err != nil {
		return n, 0, 0, err
	}
	n, err = noticeOf(v)
	return n, len(numbers), len(n.Draft.Mailboxes), err
}

// wouldReadMailbox lists who would be told in a mailbox if everybody had one.
func (r *readers) wouldReadMailbox(people []store.Person) (list []breach.PersonID, numbers []breach.Personal) {
	r.mailboxes = map[breach.PersonID]bool{}
	for id := range r.of {
		r.mailboxes[id] = true
	}
	for _, p := range people {
		for _, route := range r.routes(p) {
			if route.way.Channel == breach.Mailbox {
				list = append(list, route.reader)
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	for _, reader := range list {
		numbers = append(numbers, r.number(reader))
	}
	return list, numbers
}

// eventful is a service that tells afterwards what became of messages.
type eventful interface {
	Events(ctx context.Context, after string) ([]dispatch.SuomiFiEvent, string, error)
}

// SettleByMailbox asks the service what became of messages: what it has was
// taken, and what was read has arrived. That it says nothing of one is no
// evidence.
func (d *Desk) SettleByMailbox(ctx context.Context, id store.CaseID, n Notice, m dispatch.Mailbox) (Settled, error) {
	var out Settled
	g, err := d.grant(ctx, id, auth.SettleNotice)
	if err != nil {
		return out, err
	}
	e, ok := m.(eventful)
	if !ok {
		return out, &breach.Refusal{Key: "refusal.mailbox-tells-nothing", Args: map[string]any{"Name": m.Name()}}
	}
	events, _, err := e.Events(ctx, "")
	if err != nil {
		return out, &breach.Refusal{Key: "refusal.mailbox-service", Args: map[string]any{"Name": m.Name()}, Err: err}
	}
	said := map[string]map[breach.DeliveryState]bool{}
	for _, event := range events {
		if said[event.Ref] == nil {
			said[event.Ref] = map[breach.DeliveryState]bool{}
		}
		said[event.Ref][event.State] = true
	}
	var first, second []store.Outcome
	for _, state := range []breach.DeliveryState{breach.Uncertain, breach.Accepted} {
		for x, err := range d.Store.Dispatches(ctx, g, n.NoticeVersion, state) {
			if err != nil {
				return out, err
			}
			told := said[x.Ref]
			if x.Notice.Channel != breach.Mailbox {
				continue
			}
			detail := breach.Hide("event: " + m.Name())
			if state == breach.Uncertain && !told[breach.Accepted] && !told[breach.Arrived] {
				out.Left++
				continue
			}
			if state == breach.Uncertain {
				out.Taken++
				first = append(first, store.Outcome{Seq: x.Seq, Attempt: x.Attempt, Was: state, Becomes: breach.Accepted, Detail: detail})
			}
			if told[breach.Arrived] {
				out.Arrived++
				second = append(second, store.Outcome{Seq: x.Seq, Attempt: x.Attempt, Was: breach.Accepted, Becomes: breach.Arrived, Detail: detail})
			}
		}
	}
	if err := d.Store.Settle(ctx, g, n.NoticeVersion, d.now(), first); err != nil {
		return Settled{}, err
	}
	return out, d.Store.Settle(ctx, g, n.NoticeVersion, d.now(), second)
}
