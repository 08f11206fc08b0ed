package casework

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// Target is where signed checkpoints go, or records: out of reach of whoever could rewrite
// the journal.
type Target struct {
	Name  string
	Every time.Duration // the least time from one to the next; 0: each time there is one
	Put   func(ctx context.Context, content []byte) error
}

// Signing makes checkpoints; a [store.Store] does.
type Signing interface {
	Checkpoint(ctx context.Context, now auth.Instant) (signed []byte, key string, err error)
}

// lastRound is how long the checkpoint may take that goes out at the end.
const lastRound = 10 * time.Second

// Checkpoints signs a checkpoint at once and then every so often, and hands it
// to each target where the journal has grown since that target had one. What
// goes wrong is told and tried again the next time. When the context ends, what
// was done since goes out, and then it returns.
func Checkpoints(ctx context.Context, s Signing, every time.Duration, now func() auth.Instant, targets []Target, tell func(target string, err error)) {
	w := witness{s: s, now: now, targets: targets, had: make([]int64, len(targets)), at: make([]auth.Instant, len(targets)), tell: tell}
	for i := range w.had {
		w.had[i] = -1
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		w.round(ctx, false)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastRound)
			defer cancel()
			w.round(last, true)
			return
		case <-tick.C:
		}
	}
}

// witness knows what each target has had.
type witness struct {
	s       Signing
	now     func() auth.Instant
	targets []Target
	had     []int64        // how long the journal was
	at      []auth.Instant // when
	tell    func(target string, err error)
}

// round signs a checkpoint and hands it to whose turn it is; at the end, all
// but those that are to have one seldom.
func (w *witness) round(ctx context.Context, last bool) {
	now := w.now()
	signed, key, err := w.s.Checkpoint(ctx, now)
	var head journal.Checkpoint
	if err == nil {
		head, _, err = journal.Open(signed, key)
	}
	if err != nil {
		w.wrong(ctx, "", err)
		return
	}
	for i, t := range w.targets {
		soon := t.Every > 0 && (last || w.had[i] >= 0 && now.Wall.Sub(w.at[i].Wall).Abs() < t.Every)
		if w.had[i] == head.Size || soon {
			continue
		}
		if err := t.Put(ctx, signed); err != nil {
			w.wrong(ctx, t.Name, err)
			continue
		}
		w.had[i], w.at[i] = head.Size, now
	}
}

// wrong tells what went wrong, but for what was only cut off.
func (w *witness) wrong(ctx context.Context, target string, err error) {
	if ctx.Err() == nil {
		w.tell(target, err)
	}
}

// errTarget says that a target's name cannot be read.
var errTarget = errors.New("a target is a file, syslog://host:port or https://host/path")

// ParseTarget reads where checkpoints are to go: a file to which they are
// added, syslog://host:port (UDP, RFC 5424), or an https address to which they
// are posted. Without private, what is not on the public internet is refused as
// an https address.
func ParseTarget(text string, private bool) (Target, error) {
	scheme, rest, found := strings.Cut(text, "://")
	switch {
	case !found && text != "":
		return Target{Name: text, Put: func(_ context.Context, signed []byte) error { return addTo(text, signed) }}, nil
	case scheme == "syslog" && rest != "":
		return Target{Name: text, Put: func(ctx context.Context, signed []byte) error { return toSyslog(ctx, rest, signed) }}, nil
	case scheme == "https", scheme == "http" && private:
		return hook(text, private, "text/plain; charset=utf-8")
	}
	return Target{}, errTarget
}

// hook is a web address that something of a kind is posted to.
func hook(text string, private bool, kind string) (Target, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return Target{}, errTarget
	}
	post := HookClient(private)
	name := u.Scheme + "://" + u.Host // the rest may be a secret
	return Target{Name: name, Put: func(ctx context.Context, body []byte) error { return toHook(ctx, post, text, kind, body) }}, nil
}

// addTo adds a checkpoint to a file of them.
func addTo(path string, signed []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644) // #nosec G302 -- it is no secret
	if err != nil {
		return fmt.Errorf("add a checkpoint: %w", err)
	}
	_, err = f.Write(signed)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("add a checkpoint: %w", err)
	}
	return nil
}

// toSyslog sends a checkpoint as one message, its lines parted by "|": facility
// "log audit", severity "notice".
func toSyslog(ctx context.Context, address string, signed []byte) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return fmt.Errorf("send a checkpoint to syslog: %w", err)
	}
	defer conn.Close()
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "-"
	}
	text := strings.ReplaceAll(strings.TrimRight(string(signed), "\n"), "\n", "|")
	_, err = fmt.Fprintf(conn, "<109>1 %s %s klarlagt - checkpoint - %s", time.Now().UTC().Format(time.RFC3339), host, text)
	if err != nil {
		return fmt.Errorf("send a checkpoint to syslog: %w", err)
	}
	return nil
}

func toHook(ctx context.Context, post *http.Client, address, kind string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errTarget
	}
	req.Header.Set("Content-Type", kind)
	answer, err := post.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the address may hold a secret
	}
	if err != nil {
		return fmt.Errorf("post to a web address: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("post to a web address: status %d", answer.StatusCode)
	}
	return nil
}

// errPrivate says that an address is not on the public internet.
var errPrivate = errors.New("the address is not on the public internet")
