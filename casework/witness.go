package casework

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

// Target is where signed checkpoints go: out of reach of whoever could rewrite
// the journal.
type Target struct {
	Name string
	Put  func(ctx context.Context, signed []byte) error
}

// Signing makes checkpoints; a [store.Store] does.
type Signing interface {
	Checkpoint(ctx context.Context, now auth.Instant) (signed []byte, key string, err error)
}

// Checkpoints signs a checkpoint at once and then every so often, until the
// context ends, and hands it to each target where the journal has grown since
// that target had one. What goes wrong is told and tried again the next time.
func Checkpoints(ctx context.Context, s Signing, every time.Duration, now func() auth.Instant, targets []Target, tell func(target string, err error)) {
	had := make([]int64, len(targets))
	for i := range had {
		had[i] = -1
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		signed, key, err := s.Checkpoint(ctx, now())
		var head journal.Checkpoint
		if err == nil {
			head, _, err = journal.Open(signed, key)
		}
		if err != nil && ctx.Err() == nil {
			tell("", err)
		}
		for i, t := range targets {
			if err != nil || had[i] == head.Size {
				continue
			}
			wrong := t.Put(ctx, signed)
			if wrong == nil {
				had[i] = head.Size
			} else if ctx.Err() == nil {
				tell(t.Name, wrong)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
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
		return Target{text, func(_ context.Context, signed []byte) error { return addTo(text, signed) }}, nil
	case scheme == "syslog" && rest != "":
		return Target{text, func(ctx context.Context, signed []byte) error { return toSyslog(ctx, rest, signed) }}, nil
	case scheme == "https", scheme == "http" && private:
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.User != nil {
			return Target{}, errTarget
		}
		post := &http.Client{Timeout: 20 * time.Second, Transport: guarded(private),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		name := u.Scheme + "://" + u.Host // the rest may be a secret
		return Target{name, func(ctx context.Context, signed []byte) error { return toHook(ctx, post, text, signed) }}, nil
	}
	return Target{}, errTarget
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

func toHook(ctx context.Context, post *http.Client, address string, signed []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(signed))
	if err != nil {
		return errTarget
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := post.Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the address may hold a secret
	}
	if err != nil {
		return fmt.Errorf("post a checkpoint: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("post a checkpoint: status %d", answer.StatusCode)
	}
	return nil
}

// errPrivate says that an address is not on the public internet.
var errPrivate = errors.New("the address is not on the public internet")

// guarded connects to public addresses alone, whatever a name resolves to when
// it is asked, unless private ones are meant.
func guarded(private bool) *http.Transport {
	d := net.Dialer{Timeout: 10 * time.Second}
	if !private {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr().Unmap()) {
				return errPrivate
			}
			return nil
		}
	}
	return &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true, MaxIdleConns: 2}
}

func public(a netip.Addr) bool {
	for _, reserved := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "2002::/16"} {
		if netip.MustParsePrefix(reserved).Contains(a) {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}
