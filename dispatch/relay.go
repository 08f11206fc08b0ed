package dispatch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// The outcomes of handing over, beside a receipt. An error that wraps none of
// them is certain too: the message was not taken, and may be tried again.
var (
	// ErrRefused is final: the server will not take this message for this
	// recipient, however often it is asked.
	ErrRefused = errors.New("refused")

	// ErrUncertain is neither yes nor no: the message may have been taken.
	// Whoever sends it again without evidence may have told somebody twice.
	ErrUncertain = errors.New("may have been taken")
)

// ErrMessage is a message that no server may be handed: it is an error of ours,
// found before anything was sent.
var ErrMessage = errors.New("not a message that can be sent")

// Security is what a relay asks of the connection.
type Security uint8

// The securities. A certificate is always verified where there is one.
const (
	StartTLS Security = iota // must be offered: a server that hides it gets nothing
	Implicit                 // TLS from the first byte, as on port 465
	IfOffered
	Loopback // no TLS, and so only to this same host
)

// Waits bound each step. The zero values are those of RFC 5321 section
// 4.5.3.2, but for the first, which that leaves open.
type Waits struct {
	Dial     time.Duration // and the handshake of TLS: 30 s
	Greeting time.Duration // 5 min
	Reply    time.Duration // to a command: 5 min; to DATA: two fifths of it
	Write    time.Duration // of the text, each 16 KiB: 3 min
	Dot      time.Duration // from the final dot to the reply: 10 min
	Idle     time.Duration // for which a connection is kept for the next message: 30 s
}

// Relay hands messages to one mail server, which is to be one's own: it can be
// asked afterwards. A message has one recipient. Connections are kept for the
// next message, and as many are open as there are callers. Many may use a
// Relay at a time.
type Relay struct {
	Addr     string // host:port
	Name     string // ours, in EHLO; "": localhost
	Security Security
	TLS      *tls.Config // nil: the system's roots, TLS 1.2, the host of Addr
	User     string      // "": without AUTH
	Password breach.Personal
	Waits    Waits
	Most     int // messages over one connection; 0: 100

	// Dial opens a connection; nil: the system's.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu   sync.Mutex
	idle []*session
}

// Mail is one message, and what the server is told beside it.
type Mail struct {
	From    string // the envelope's sender; "" is the null one
	To      string // one address
	Message []byte // as it goes over the wire: CRLF lines, without dot-stuffing

	// ID comes back in delivery reports (ENVID, RFC 3461); it holds no address.
	ID string
	// Report asks for a report of success too, not only of failure and delay.
	Report bool

	// Intent is called before the final dot is sent. Until it gives nil the
	// server has not got the message: what must be on disk before the message
	// can be taken is put there by Intent. An error of it ends the connection,
	// and is certain: not taken.
	Intent func(ctx context.Context) error

	// Next is asked right before the final dot for the mail that the caller
	// sends after this one, if that is known: its sender and recipient go along
	// with the dot. Of its message nothing is sent before it is itself.
	Next func() (Mail, bool)
}

// Hand hands one message over, and gives what the server said when it took it.
func (r *Relay) Hand(ctx context.Context, from, to string, message []byte) (receipt string, err error) {
	return r.Send(ctx, Mail{From: from, To: to, Message: message})
}

// Send hands one message over, and gives what the server said when it took it.
// An error wraps [ErrRefused] or [ErrUncertain], or is certain: not taken. Where
// the server said no, it is a [*Fault] with its words. Cancelling is heeded
// until the final dot; after it Send waits for the answer, for to leave would
// make a sure thing unsure.
func (r *Relay) Send(ctx context.Context, m Mail) (receipt string, err error) {
	m, utf8, err := m.check()
	if err != nil {
		return "", fmt.Errorf("check the message: %w", err)
	}
	for {
		s, used, err := r.session(ctx, m)
		if err != nil {
			return "", err
		}
		receipt, err = s.send(ctx, m, utf8)
		if s.usable(r.most()) {
			r.keep(s)
		} else {
			s.close()
		}
		if used && s.stale(err) && ctx.Err() == nil {
			continue // the server had hung up between two messages
		}
		return receipt, err
	}
}

// Close ends the connections that wait for a next message.
func (r *Relay) Close() {
	r.mu.Lock()
	idle := r.idle
	r.idle = nil
	r.mu.Unlock()
	for _, s := range idle {
		s.quit()
	}
}

// session gives a connection on which the server is ready for a message, and
// whether it has been used before: the one on which it was told of the message
// already, if there is one, or the one used last.
func (r *Relay) session(ctx context.Context, m Mail) (*session, bool, error) {
	var found *session
	var old []*session
	now := time.Now()
	r.mu.Lock()
	r.idle = slices.DeleteFunc(r.idle, func(s *session) bool {
		if now.Sub(s.since) < orElse(r.Waits.Idle, 30*time.Second) {
			return false
		}
		old = append(old, s)
		return true
	})
	at := -1
	for i, s := range r.idle {
		if s.ahead != nil && s.ahead.same(m) {
			at = i
			break
		}
		if s.ahead == nil {
			at = i
		}
	}
	if at >= 0 {
		found = r.idle[at]
		r.idle = slices.Delete(r.idle, at, at+1)
	}
	r.mu.Unlock()
	for _, s := range old {
		s.close()
	}
	if found != nil {
		return found, true, nil
	}
	s, err := r.open(ctx)
	return s, false, err
}

func (r *Relay) keep(s *session) {
	s.since = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, s)
}

func (r *Relay) most() int {
	if r.Most > 0 {
		return r.Most
	}
	return 100
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
