package dispatch

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"slices"
	"strings"
	"time"
)

// session is one connection, on which the server is ready for a message
// whenever it lies idle.
type session struct {
	relay  *Relay
	conn   net.Conn
	raw    net.Conn // conn before TLS
	in     *bufio.Reader
	out    *bufio.Writer
	offers map[string]string // the extensions, in upper case
	since  time.Time         // when it became idle
	near   bool              // the server is on this host, and nothing lies between
	ahead  *Mail             // whose envelope the server has been told, before its turn
	sent   int
	broken bool // it is not known where the server stands
}

// open dials, greets, encrypts and signs in.
func (r *Relay) open(ctx context.Context) (*session, error) {
	wait := orElse(r.Waits.Dial, 30*time.Second)
	dial := r.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: wait}).DialContext
	}
	dialing, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	conn, err := dial(dialing, "tcp", r.Addr)
	if err != nil {
		return nil, &Fault{Step: AtDial, Cause: err}
	}
	s := &session{relay: r, conn: conn, raw: conn}
	stop := context.AfterFunc(ctx, s.interrupt)
	defer stop()
	if err := s.begin(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) begin(ctx context.Context) error {
	if s.relay.Security == Loopback && !local(s.conn.RemoteAddr()) {
		return &Fault{Step: AtDial, Cause: errLoopback}
	}
	if s.relay.Security == Implicit {
		if err := s.encrypt(ctx); err != nil {
			return err
		}
	}
	s.wrap(s.conn)
	reply, _, err := s.read(ctx, orElse(s.relay.Waits.Greeting, 5*time.Minute))
	if err != nil || reply.Code != 220 {
		return s.fault(AtGreeting, reply, err)
	}
	if err := s.hello(ctx); err != nil {
		return err
	}
	if err := s.startTLS(ctx); err != nil {
		return err
	}
	s.near = s.conn == s.raw && local(s.conn.RemoteAddr())
	return s.signIn(ctx)
}

func (s *session) wrap(conn net.Conn) {
	s.conn = conn
	s.in = bufio.NewReaderSize(conn, 2*lineLimit)
	s.out = bufio.NewWriterSize(conn, 16<<10)
}

func local(addr net.Addr) bool {
	if addr == nil {
		return false
	}
	host, _, err := net.SplitHostPort(addr.String())
	return err == nil && net.ParseIP(host).IsLoopback()
}

func (s *session) hello(ctx context.Context) error {
	name := s.relay.Name
	if name == "" {
		name = "localhost"
	}
	reply, lines, err := s.ask(ctx, "EHLO "+name)
	if err == nil && (reply.Code == 500 || reply.Code == 502) {
		reply, lines, err = s.ask(ctx, "HELO "+name)
	}
	if err != nil || reply.Code != 250 {
		return s.fault(AtHello, reply, err)
	}
	s.offers = map[string]string{}
	for _, line := range lines[1:] {
		word, args, _ := strings.Cut(line, " ")
		s.offers[strings.ToUpper(word)] = args
	}
	return nil
}

func (s *session) startTLS(ctx context.Context) error {
	_, offered := s.offers["STARTTLS"]
	switch {
	case s.relay.Security == Implicit || s.relay.Security == Loopback:
		return nil
	case !offered && s.relay.Security == IfOffered:
		return nil
	case !offered:
		return &Fault{Step: AtTLS, Cause: errPlain}
	}
	reply, _, err := s.ask(ctx, "STARTTLS")
	if err != nil || reply.Code != 220 {
		return s.fault(AtTLS, reply, err)
	}
	if s.in.Buffered() > 0 { // put there by somebody in between (CVE-2011-0411)
		return &Fault{Step: AtTLS, Cause: errEarly}
	}
	if err := s.encrypt(ctx); err != nil {
		return err
	}
	s.wrap(s.conn)
	return s.hello(ctx)
}

// encrypt replaces the connection by one through TLS.
func (s *session) encrypt(ctx context.Context) error {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.relay.TLS != nil {
		config = s.relay.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(s.relay.Addr)
	}
	if err := s.until(ctx, orElse(s.relay.Waits.Dial, 30*time.Second)); err != nil {
		return &Fault{Step: AtTLS, Cause: err}
	}
	secure := tls.Client(s.conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return &Fault{Step: AtTLS, Cause: err}
	}
	s.conn = secure
	return nil
}

// signIn answers with name and password, which go over TLS or stay on the host.
func (s *session) signIn(ctx context.Context) error {
	if s.relay.User == "" {
		return nil
	}
	if _, secure := s.conn.(*tls.Conn); !secure && !local(s.conn.RemoteAddr()) {
		return &Fault{Step: AtSignIn, Cause: errPlain}
	}
	user, password := s.relay.User, s.relay.Password.Reveal()
	encode := base64.StdEncoding.EncodeToString
	ways := strings.Fields(strings.ToUpper(s.offers["AUTH"]))
	var lines []string
	switch {
	case slices.Contains(ways, "PLAIN"):
		lines = []string{"AUTH PLAIN " + encode([]byte("\x00"+user+"\x00"+password))}
	case slices.Contains(ways, "LOGIN"):
		lines = []string{"AUTH LOGIN", encode([]byte(user)), encode([]byte(password))}
	default:
		return &Fault{Step: AtSignIn, Cause: errNoAuth}
	}
	for i, line := range lines {
		reply, _, err := s.ask(ctx, line)
		want := 235
		if i < len(lines)-1 {
			want = 334
		}
		if err != nil || reply.Code != want {
			return s.fault(AtSignIn, reply, err)
		}
	}
	return nil
}

// ask sends one line and reads its reply.
func (s *session) ask(ctx context.Context, line string) (Reply, []string, error) {
	wait := orElse(s.relay.Waits.Reply, 5*time.Minute)
	if err := s.until(ctx, wait); err != nil {
		return Reply{}, nil, err
	}
	_, _ = s.out.WriteString(line + "\r\n") // Flush tells
	if err := s.out.Flush(); err != nil {
		return Reply{}, nil, err
	}
	return s.read(ctx, wait)
}

func (s *session) read(ctx context.Context, wait time.Duration) (Reply, []string, error) {
	if err := s.until(ctx, wait); err != nil {
		return Reply{}, nil, err
	}
	return readReply(s.in)
}

// until sets how long the next step may take. The order matters: whoever
// cancels after the look ends the step by interrupt.
func (s *session) until(ctx context.Context, wait time.Duration) error {
	if err := s.conn.SetDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	return ctx.Err()
}

// interrupt makes whatever waits for the connection give up.
func (s *session) interrupt() { _ = s.raw.SetDeadline(time.Unix(1, 0)) }

// fault is what came of a step that was not answered as it should be. The
// connection is not used again, unless the answer was a plain no.
func (s *session) fault(step Step, reply Reply, err error) *Fault {
	f := &Fault{Step: step, Reply: reply, Cause: err}
	no := err == nil && reply.Code >= 400 && reply.Code != 421
	if !no {
		s.broken = true
	}
	if no && final(step, reply.Code) {
		f.Outcome = ErrRefused
	}
	return f
}

// stale reports whether a message failed because the connection had gone
// before the server was told anything of it.
func (s *session) stale(err error) bool {
	var f *Fault
	return errors.As(err, &f) && f.Outcome == nil && f.Step == AtSender && (f.Reply.Code == 0 || f.Reply.Code == 421)
}

func (s *session) usable(most int) bool {
	return !s.broken && s.sent < most && (s.in.Buffered() == 0 || s.ahead != nil)
}

func (s *session) close() { _ = s.conn.Close() }

// quit says goodbye and does not wait for the answer. A server that waits for a
// text would take it for one.
func (s *session) quit() {
	if s.ahead == nil {
		_ = s.conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = s.conn.Write([]byte("QUIT\r\n"))
	}
	s.close()
}
