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
	return s.dot(context.WithoutCancel(ctx))
}

// envelope names sender and recipient, together with DATA where the server
// takes them so (RFC 2920): one round trip instead of three.
func (s *session) envelope(ctx context.Context, m Mail, utf8 bool) error {
	sender, recipient, err := s.commands(m, utf8)
	if err != nil {
		return err
	}
	_, together := s.offers["PIPELINING"]
	if together {
		_, _ = s.out.WriteString(sender + "\r\n" + recipient + "\r\nDATA\r\n")
	}
	var first *Fault
	for _, x := range []struct {
		line string
		step Step
	}{{sender, AtSender}, {recipient, AtRecipient}, {"DATA", AtData}} {
		if !together {
			_, _ = s.out.WriteString(x.line + "\r\n")
		}
		reply, err := s.answer(ctx, x.step)
		good := err == nil && (reply.Code/100 == 2 && x.step != AtData || reply.Code == 354 && x.step == AtData)
		if good && first != nil && x.step == AtData {
			s.broken = true // it waits for a text that is not to come
		}
		if !good {
			if f := s.fault(x.step, reply, err); first == nil {
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

// commands are MAIL and RCPT with what the server offers.
func (s *session) commands(m Mail, utf8 bool) (sender, recipient string, err error) {
	has := func(name string) bool { _, ok := s.offers[name]; return ok }
	sender, recipient = "MAIL FROM:<"+m.From+">", "RCPT TO:<"+m.To+">"
	if most, _ := strconv.Atoi(s.offers["SIZE"]); most > 0 && len(m.Message) > most {
		return "", "", &Fault{Step: AtSender, Outcome: ErrRefused, Cause: fmt.Errorf("larger than the server's %d bytes", most)}
	}
	if has("SIZE") {
		sender += " SIZE=" + strconv.Itoa(len(m.Message))
	}
	if slices.ContainsFunc(m.Message, func(c byte) bool { return c > 0x7f }) {
		if !has("8BITMIME") {
			return "", "", &Fault{Step: AtSender, Outcome: ErrRefused, Cause: errors.New("8BITMIME is not offered")}
		}
		sender += " BODY=8BITMIME"
	}
	if utf8 {
		if !has("SMTPUTF8") {
			return "", "", &Fault{Step: AtSender, Outcome: ErrRefused, Cause: errors.New("SMTPUTF8 is not offered")}
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
	return sender, recipient, nil
}

// text sends the message without the line end that belongs to the dot.
func (s *session) text(ctx context.Context, message []byte) error {
	wait := orElse(s.relay.Waits.Write, 3*time.Minute)
	rest := message[:len(message)-2]
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
// firewalls reset the connection otherwise), and waits for the answer. From
// here on, silence is neither yes nor no.
func (s *session) dot(ctx context.Context) (string, error) {
	wait := orElse(s.relay.Waits.Dot, 10*time.Minute)
	err := s.until(ctx, wait)
	if err == nil {
		_, err = s.conn.Write([]byte("\r\n.\r\n"))
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
