package dispatch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// send hands one message over.
func (s *session) send(ctx context.Context, m Mail, utf8 bool) (string, error) {
	stop := context.AfterFunc(ctx, s.interrupt)
	defer stop()
	s.sent++
	if err := s.envelope(ctx, m, utf8); err != nil {
		s.reset(ctx)
		return "", err
	}
	if err := s.text(ctx, m.Message); err != nil {
		s.broken = true
		return "", &Fault{Step: AtText, Cause: err}
	}
	if m.Intent != nil {
		if err := m.Intent(ctx); err != nil {
			s.broken = true
			return "", &Fault{Step: AtIntent, Cause: err}
		}
	}
	if s.in.Buffered() > 0 {
		s.broken = true
		return "", &Fault{Step: AtText, Cause: errEarly}
	}
	if !stop() {
		s.broken = true
		return "", &Fault{Step: AtText, Cause: ctx.Err()}
	}
	return s.dot(context.WithoutCancel(ctx), s.next(m))
}

// envelope names sender and recipient, together with DATA where the server
// takes them so (RFC 2920): one round trip instead of three.
func (s *session) envelope(ctx context.Context, m Mail, utf8 bool) error {
	_, together := s.offers["PIPELINING"]
	var lines envelope
	if told := s.ahead != nil; told {
		s.ahead = nil
	} else {
		var err error
		if lines, err = s.commands(m, utf8); err != nil {
			return err
		}
		if together {
			_, _ = s.out.WriteString(lines.all()) // answer tells
		}
	}
	var first *Fault
	for i, step := range [...]Step{AtSender, AtRecipient, AtData} {
		if !together {
			_, _ = s.out.WriteString(lines[i] + "\r\n")
		}
		reply, err := s.answer(ctx, step)
		good := err == nil && (reply.Code/100 == 2 && step != AtData || reply.Code == 354 && step == AtData)
		if good && first != nil && step == AtData {
			s.broken = true // it waits for a text that is not to come
		}
		if !good {
			if f := s.fault(step, reply, err); first == nil {
				first = f
			}
		}
		if first != nil && (!together || s.broken) {
			break
		}
	}
	if first != nil {
		return first
	}
	return nil
}

// next gives the envelope of the mail after one, if that is known and the server
// takes it together with the end of this one: a text is explicitly allowed to be
// followed by commands (RFC 2920 section 3.1).
func (s *session) next(m Mail) string {
	if _, together := s.offers["PIPELINING"]; !together || m.Next == nil || s.sent >= s.relay.most() {
		return ""
	}
	after, ok := m.Next()
	if !ok {
		return ""
	}
	after, utf8, err := after.addressed()
	if err != nil {
		return "" // it is told when its turn comes
	}
	lines, err := s.commands(after, utf8)
	if err != nil {
		return ""
	}
	s.ahead = &after
	return lines.all()
}

// answer sends what has been written and reads the reply to one step of it.
func (s *session) answer(ctx context.Context, step Step) (Reply, error) {
	wait := orElse(s.relay.Waits.Reply, 5*time.Minute)
	if step == AtData {
		wait = wait * 2 / 5
	}
	if err := s.until(ctx, wait); err != nil {
		return Reply{}, err
	}
	if err := s.out.Flush(); err != nil {
		return Reply{}, err
	}
	reply, _, err := readReply(s.in)
	return reply, err
}

// envelope is MAIL, RCPT and DATA of one message, without line ends.
type envelope [3]string

// all is the whole of it as it goes over the wire.
func (e envelope) all() string { return e[0] + "\r\n" + e[1] + "\r\n" + e[2] + "\r\n" }

// commands are the envelope of a message, with what the server offers.
func (s *session) commands(m Mail, utf8 bool) (envelope, error) {
	has := func(name string) bool { _, ok := s.offers[name]; return ok }
	refused := func(why error) error { return &Fault{Step: AtSender, Outcome: ErrRefused, Cause: why} }
	sender, recipient := "MAIL FROM:<"+m.From+">", "RCPT TO:<"+m.To+">"
	if most, _ := strconv.Atoi(s.offers["SIZE"]); most > 0 && len(m.Message) > most {
		return envelope{}, refused(fmt.Errorf("larger than the server's %d bytes", most))
	}
	if has("SIZE") {
		sender += " SIZE=" + strconv.Itoa(len(m.Message))
	}
	if slices.ContainsFunc(m.Message, func(c byte) bool { return c > 0x7f }) {
		if !has("8BITMIME") {
			return envelope{}, refused(errors.New("8BITMIME is not offered"))
		}
		sender += " BODY=8BITMIME"
	}
	if utf8 {
		if !has("SMTPUTF8") {
			return envelope{}, refused(errors.New("SMTPUTF8 is not offered"))
		}
		sender += " SMTPUTF8"
	}
	if has("DSN") { // RFC 3461
		if m.ID != "" {
			sender += " RET=HDRS ENVID=" + xtext(m.ID)
		}
		notify := "FAILURE,DELAY"
		if m.Report {
			notify = "SUCCESS," + notify
		}
		recipient += " NOTIFY=" + notify
		if !utf8 {
			recipient += " ORCPT=rfc822;" + xtext(m.To)
		}
	}
	return envelope{sender, recipient, "DATA"}, nil
}

// whole is the longest message that goes in one write with its end, if the server
// is on this host: there it is not cut into segments. It fits the buffer however
// many of its lines begin with a dot.
const whole = 8 << 10

// text writes the message without the line end that belongs to the dot. What goes
// in one write with the dot stays in the buffer.
func (s *session) text(ctx context.Context, message []byte) error {
	rest := message[:len(message)-2]
	if s.near && len(message) <= whole {
		return stuff(s.out, rest)
	}
	wait := orElse(s.relay.Waits.Write, 3*time.Minute)
	for len(rest) > 0 {
		if err := s.until(ctx, wait); err != nil {
			return err
		}
		n := min(len(rest), 16<<10)
		if n < len(rest) { // cut after a line
			if i := bytes.LastIndexByte(rest[:n], '\n'); i >= 0 {
				n = i + 1
			}
		}
		if err := stuff(s.out, rest[:n]); err != nil {
			return err
		}
		if err := s.out.Flush(); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// dot ends the message, in one segment with the line end before it (some
// firewalls reset the connection otherwise) and the envelope after it, and waits
// for the answer. Once the dot has left, silence is neither yes nor no.
func (s *session) dot(ctx context.Context, next string) (string, error) {
	wait := orElse(s.relay.Waits.Dot, 10*time.Minute)
	if err := s.until(ctx, wait); err != nil {
		return "", s.fault(AtText, Reply{}, err)
	}
	_, _ = s.out.WriteString("\r\n.\r\n" + next) // Flush tells
	err := s.out.Flush()
	if err != nil && s.near && s.out.Buffered() >= len(".\r\n"+next) {
		return "", s.fault(AtText, Reply{}, err) // the dot is still here
	}
	var reply Reply
	if err == nil {
		reply, _, err = readReply(s.in)
	}
	if err == nil && reply.Code/100 == 2 {
		return reply.Text.Reveal(), nil
	}
	f := s.fault(AtDot, reply, err)
	if err != nil || reply.Code < 400 {
		s.broken = true
		f.Outcome = ErrUncertain
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		f.Cause = fmt.Errorf("no answer within %v: %w", wait, err)
	}
	return "", f
}

// reset brings the server back to where the next message begins.
func (s *session) reset(ctx context.Context) {
	if s.broken {
		return
	}
	if reply, _, err := s.ask(ctx, "RSET"); err != nil || reply.Code != 250 {
		s.broken = true
	}
}
