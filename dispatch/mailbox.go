package dispatch

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Mailbox is a service of digital mailboxes. Its errors are those of a [Relay]:
// [ErrRefused] is final, [ErrUncertain] is neither yes nor no, [ErrMessage] is a
// fault of ours that the next message would have too, and any other is certain:
// not taken. Many may use one at a time.
type Mailbox interface {
	Name() string

	// Reach tells of each identity number whether it has a mailbox that takes
	// messages of ours now. It is asked when somebody is about to be told, never
	// to learn who has one.
	Reach(ctx context.Context, ids []breach.Personal) ([]bool, error)

	// Compose writes what goes over the wire about a notice, without what is only
	// known when it goes. The same notice and ref give the same bytes.
	Compose(n breach.Notice, ref string) (breach.Content, error)

	// Read reads finished bytes back, as the service will: what it cannot account
	// for every part of is an error.
	Read(wire []byte) (Seen, error)

	// Send asks once more whether there is a mailbox, and hands the bytes over.
	Send(ctx context.Context, p Parcel) (receipt string, err error)
}

// Parcel is one composed notice.
type Parcel struct {
	Ref  string // names it to the service: the same at each try
	To   breach.Personal
	Wire breach.Content
}

// Seen is what finished bytes say.
type Seen struct {
	Ref  string // "" where the service has no place for it
	To   breach.Personal
	Text breach.Content // titles and texts, in the order in which they are read
}

// Says reports whether finished bytes say what a notice says, to whom it is for:
// all of it, in its order, and nothing else.
func (s Seen) Says(n breach.Notice, ref string) bool {
	title, text, err := letterText(n)
	if err != nil || s.To != n.To.NationalID || s.Ref != "" && s.Ref != ref {
		return false
	}
	said := strings.Fields(string(s.Text))
	return slices.Equal(said, strings.Fields(title+"\n"+text)) || slices.Equal(said, strings.Fields(string(n.Parts[0].Title)+"\n"+text))
}

// letterText is a notice as one title and one text, each language after another.
func letterText(n breach.Notice) (title, text string, err error) {
	if n.Channel != breach.Mailbox || n.To.NationalID.IsZero() || len(n.Parts) == 0 {
		return "", "", fmt.Errorf("compose %s: it is not for a mailbox: %w", n, ErrMessage)
	}
	var titles, texts []string
	for _, p := range n.Parts {
		if strings.ContainsAny(string(p.Title), "\r\n") {
			return "", "", fmt.Errorf("compose %s: its title has several lines: %w", n, ErrMessage)
		}
		titles = append(titles, string(p.Title))
		texts = append(texts, strings.Trim(string(p.Plain()), "\n"))
	}
	return strings.Join(titles, " / "), strings.Join(texts, "\n\n----------\n\n") + "\n", nil
}

// Web is how a service is spoken with over HTTP.
type Web struct {
	Base string // "https://host": nothing else but on this machine
	TLS  *tls.Config
	Wait time.Duration // for one answer: 0: 60 s
	Now  func() time.Time

	client atomic.Pointer[http.Client]
}

// webFault is an answer that was no yes.
type webFault struct {
	Code    int // 0: there was no answer
	Outcome error
	Cause   error
}

// Error says what came, without the service's words: they may repeat a number.
func (f *webFault) Error() string {
	text := "no answer"
	if f.Code > 0 {
		text = fmt.Sprint("answered ", f.Code)
	}
	if f.Outcome != nil {
		text += ": " + f.Outcome.Error()
	}
	return text
}

func (f *webFault) Unwrap() []error {
	var list []error
	for _, err := range []error{f.Outcome, f.Cause} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// mostAnswer bounds an answer.
const mostAnswer = 64 << 20

// errInsecure is a service without TLS that is not this machine's.
var errInsecure = errors.New("not https")

func (w *Web) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

// http is the client: one connection pool, no redirects, no proxy's cookies.
func (w *Web) http() *http.Client {
	if c := w.client.Load(); c != nil {
		return c
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = w.TLS.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.TLSClientConfig.MinVersion = tls.VersionTLS12
	t.MaxIdleConnsPerHost = 32
	wait := w.Wait
	if wait <= 0 {
		wait = time.Minute
	}
	c := &http.Client{Transport: t, Timeout: wait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if !w.client.CompareAndSwap(nil, c) {
		return w.client.Load()
	}
	return c
}

// ask sends one request and gives the answer. An error is a [*webFault]: it wraps
// ErrUncertain where any of the request may have reached the service.
func (w *Web) ask(ctx context.Context, method, url string, body []byte, head http.Header) (*http.Response, []byte, error) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { sent.Store(true) }, WroteHeaders: func() { sent.Store(true) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, &webFault{Cause: err}
	}
	if host := req.URL.Hostname(); req.URL.Scheme != "https" && host != "127.0.0.1" && host != "::1" && host != "localhost" {
		return nil, nil, &webFault{Cause: errInsecure}
	}
	for name, values := range head {
		req.Header[name] = values
	}
	answer, err := w.http().Do(req)
	if err != nil {
		f := &webFault{Cause: errors.New("the connection failed")} // its own words hold the URL
		if ctx.Err() != nil {
			f.Cause = ctx.Err()
		}
		if sent.Load() {
			f.Outcome = ErrUncertain
		}
		return nil, nil, f
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil && answer.StatusCode >= 300 {
		err = nil // what was decided is in the status
	}
	if err != nil {
		return answer, nil, &webFault{Code: answer.StatusCode, Outcome: ErrUncertain, Cause: errors.New("the answer broke off")}
	}
	return answer, text, nil
}

// judge makes of an answer that is no yes what it means for a message that
// whoever takes it twice would deliver twice.
func judge(code int) error {
	switch {
	case code == http.StatusTooManyRequests, code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusServiceUnavailable:
		return &webFault{Code: code} // certain: it was turned away at the door
	case code == http.StatusNotFound, code == http.StatusGone:
		return &webFault{Code: code, Outcome: ErrRefused}
	case code >= 400 && code < 500:
		return &webFault{Code: code, Outcome: ErrMessage}
	}
	return &webFault{Code: code, Outcome: ErrUncertain}
}
