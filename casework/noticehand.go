package casework

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/leak"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// result is what came of one message.
type result struct {
	store.Outcome
	fault string // of ours: halts everything
}

// looked is a message that was looked at, and what is wrong with it.
type looked struct {
	store.Dispatch
	wrong error
}

// look looks at the bytes of a message once more, before the server is told of it.
func (s *sender) look(d store.Dispatch) *looked {
	l := &looked{Dispatch: d}
	switch {
	case s.stop.Load():
		l.wrong = errStopped
	case notify.Hash(d.Notice) != d.Notice.Hash:
		l.wrong = errNotFrozen
	case d.Notice.Channel == breach.Mail:
		if found := s.leaks(d.Notice); len(found) > 0 {
			l.wrong = fmt.Errorf("%w: %s", errLeak, found[0])
		}
	}
	return l
}

// hands hands over what comes, one after another. While one is being taken, the
// server is told of the next already, if there is one.
func (s *sender) hands(ctx context.Context, work <-chan store.Dispatch, results chan<- result) {
	var held *looked
	next := func() (dispatch.Mail, bool) {
		select {
		case d, ok := <-work:
			if !ok {
				return dispatch.Mail{}, false
			}
			held = s.look(d)
			return s.mail(d), held.wrong == nil && d.Notice.Channel == breach.Mail
		default:
			return dispatch.Mail{}, false
		}
	}
	for {
		l := held
		held = nil
		if l == nil {
			d, ok := <-work
			if !ok {
				return
			}
			l = s.look(d)
		}
		results <- s.hand(ctx, l, next)
	}
}

// hand hands one message over.
func (s *sender) hand(ctx context.Context, d *looked, next func() (dispatch.Mail, bool)) result {
	back := func(becomes breach.DeliveryState, detail, fault string) result {
		return result{store.Outcome{Seq: d.Seq, Attempt: d.Attempt, Was: breach.Handing, Becomes: becomes, Detail: breach.Hide(detail)}, fault}
	}
	receipt, err := s.over(ctx, d, next)
	var fault *dispatch.Fault
	detail := ""
	if errors.As(err, &fault) {
		detail = strings.TrimSpace(fault.Error() + " " + fault.Reply.Text.Reveal())
	} else if err != nil {
		detail = err.Error()
	}
	switch {
	case err == nil:
		return back(breach.Accepted, receipt, "")
	case errors.Is(err, dispatch.ErrUncertain):
		return back(breach.Uncertain, detail, "")
	case errors.Is(err, dispatch.ErrRefused):
		return back(breach.Refused, detail, "")
	case errors.Is(err, errLeak):
		return back(breach.Released, detail, "leak")
	case errors.Is(err, errNotFrozen):
		return back(breach.Released, detail, "changed")
	case errors.Is(err, dispatch.ErrMessage):
		return back(breach.Released, detail, "message")
	case errors.Is(err, errStopped), ctx.Err() != nil:
		return back(breach.Released, "", "")
	case d.Attempt >= mostTries:
		return back(breach.Refused, "given up: "+detail, "")
	}
	r := back(breach.Deferred, detail, "")
	r.Due = s.d.now().Add(min(5*time.Minute<<min(d.Attempt-1, 6), 4*time.Hour))
	return r
}

// Why a message is not begun. But for the first, each stops everything; so does a
// message that cannot be sent.
var (
	errStopped   = errors.New("stopped")
	errLeak      = errors.New("leak")
	errNotFrozen = errors.New("not what was frozen")
)

// over hands one message over by its channel.
func (s *sender) over(ctx context.Context, d *looked, next func() (dispatch.Mail, bool)) (receipt string, err error) {
	switch {
	case d.wrong != nil:
		return "", d.wrong
	case d.Notice.Channel == breach.Mailbox:
		return s.post(ctx, d.Dispatch)
	case d.Notice.Channel != breach.Mail:
		return "", errNotFrozen
	}
	m := s.mail(d.Dispatch)
	m.Next = next
	return s.o.Relay.Send(ctx, m)
}

func (s *sender) mail(d store.Dispatch) dispatch.Mail {
	return dispatch.Mail{From: s.n.Draft.Sender.Return(), To: d.Notice.To.Email.Reveal(), Message: d.Notice.Bytes, ID: d.Ref, Report: true,
		Intent: func(context.Context) error {
			if s.stop.Load() {
				return errStopped
			}
			return nil
		}}
}

// leaks looks through a message once more, where the registers have changed since
// it was frozen.
func (s *sender) leaks(n breach.Notice) []leak.Leak {
	if s.scan == nil {
		return nil
	}
	return s.scan.index.Mail(n.Bytes, s.scan.own(n), []string{s.n.Draft.Sender.Mail}, leak.Limits{})
}
