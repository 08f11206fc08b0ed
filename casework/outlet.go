package casework

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/journal"
)

// Outlets says how is read where the records of a journal are to go.
type Outlets struct {
	Private bool           // a web address may lie in a private network
	Roots   *x509.CertPool // that sign for a syslog server; nil: the system's
}

// errOutlet says that a target's name cannot be read.
var errOutlet = errors.New("a target of records is a file, syslog+tls://host:port, syslog+tcp://host:port or https://host/path")

// answerWithin is how long a syslog server may take to take what it was sent.
const answerWithin = 20 * time.Second

// Parse reads where records go: a file to which they are added, a syslog server
// (RFC 5424) over TLS (RFC 5425) or plain TCP, or an https address to which they
// are posted as lines of JSON. Syslog over UDP loses records without a word and
// is refused.
func (o Outlets) Parse(text string) (Target, error) {
	scheme, rest, found := strings.Cut(text, "://")
	switch {
	case !found && text != "":
		return Target{Name: text, Put: func(_ context.Context, lines []byte) error { return addLines(text, lines) }}, nil
	case scheme == "syslog+tcp" || scheme == "syslog+tls":
		host, _, err := net.SplitHostPort(rest)
		if err != nil || host == "" {
			return Target{}, errOutlet
		}
		s := syslog{address: rest}
		if scheme == "syslog+tls" {
			s.tls = &tls.Config{ServerName: host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
		}
		return Target{Name: text, Put: s.put}, nil
	case scheme == "https" || scheme == "http" && o.Private:
		if t, err := hook(text, o.Private, "application/x-ndjson"); err == nil {
			return t, nil
		}
	}
	return Target{}, errOutlet
}

// addLines adds lines to a file. Where the machine died amid a line, that one is
// ended, so that the next is whole.
func addLines(path string, lines []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("add records: %w", err)
	}
	end, err := f.Seek(0, io.SeekEnd)
	if last := []byte{'\n'}; err == nil && end > 0 {
		if _, err = f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte{'\n'})
		}
	}
	if err == nil {
		_, err = f.Write(lines)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("add records: %w", err)
	}
	return nil
}

// syslog is a server that takes messages over TCP.
type syslog struct {
	address string
	tls     *tls.Config // nil: in the open
}

// put sends each line as a message. Syslog has no receipts: what lies between two
// machines when one dies is lost without a word. So each piece has its connection,
// we end our half of it, and only when the server ends its own has it read all.
func (s syslog) put(ctx context.Context, lines []byte) (err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	messages, err := messagesOf(lines)
	if err != nil {
		return err
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("send records to syslog: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err = conn.Write(messages); err == nil {
		err = conn.(interface{ CloseWrite() error }).CloseWrite()
	}
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(conn, 64<<10)) // it has nothing to say but that it ends
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // some end TLS without saying so
		return fmt.Errorf("send records to syslog: %w", err)
	}
	return nil
}

func (s syslog) dial(ctx context.Context) (net.Conn, error) {
	if s.tls != nil {
		return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.address)
}

// messagesOf makes a message of each record, its length before it (RFC 6587,
// 3.4.1): facility "log audit", severity "notice" or, of what was refused,
// "warning", and the time of the act.
func messagesOf(lines []byte) ([]byte, error) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "-"
	}
	var b bytes.Buffer
	for e, err := range journal.Lines(bytes.NewReader(lines)) {
		var r journal.Record
		if err == nil {
			r, err = journal.ParseLine(e.Line)
		}
		if err != nil {
			return nil, err
		}
		priority := 13*8 + 5
		if r.Verdict == journal.Refused {
			priority = 13*8 + 4
		}
		message := fmt.Sprintf("<%d>1 %s %s klarlagt - record - %s", priority, r.At.UTC().Format("2006-01-02T15:04:05.000000Z"), host, e.Line)
		fmt.Fprintf(&b, "%d %s", len(message), message)
	}
	return b.Bytes(), nil
}
