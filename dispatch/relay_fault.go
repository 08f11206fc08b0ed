package dispatch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Step is how far handing over had come.
type Step string

// The steps, in their order.
const (
	AtDial      Step = "dial"
	AtGreeting  Step = "greeting"
	AtHello     Step = "hello"
	AtTLS       Step = "tls"
	AtSignIn    Step = "sign-in"
	AtSender    Step = "sender"
	AtRecipient Step = "recipient"
	AtData      Step = "data"
	AtText      Step = "text"
	AtIntent    Step = "intent"
	AtDot       Step = "dot"
)

// Reply is what a server answered.
type Reply struct {
	Code   int
	Status string          // RFC 3463, such as 5.1.1; "" where there is none
	Text   breach.Personal // servers repeat addresses in it
}

// Fault is a message that was not taken, or may not have been.
type Fault struct {
	Step    Step
	Reply   Reply // Code 0: there was none
	Outcome error // ErrRefused, ErrUncertain or nil
	Cause   error // where the connection failed
}

// Error says where and with which code, without the server's words.
func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "relay at %s", f.Step)
	if f.Reply.Code != 0 {
		fmt.Fprintf(&b, ": answered %d", f.Reply.Code)
	}
	if f.Reply.Status != "" {
		fmt.Fprintf(&b, " %s", f.Reply.Status)
	}
	for _, err := range f.Unwrap() {
		fmt.Fprintf(&b, ": %v", err)
	}
	return b.String()
}

// Unwrap gives the outcome and the cause, as far as there are any.
func (f *Fault) Unwrap() []error {
	var all []error
	for _, err := range []error{f.Outcome, f.Cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// What was wrong with a reply.
var (
	errGarbage  = errors.New("the answer is not SMTP")
	errEndless  = errors.New("the answer does not end")
	errEarly    = errors.New("an answer came before the question")
	errPlain    = errors.New("TLS is not offered")
	errLoopback = errors.New("without TLS only to the same host")
	errNoAuth   = errors.New("no way to sign in is offered that is known here")
)

const (
	lineLimit  = 1024 // RFC 5321 section 4.5.3.1.5 has 512; some say more
	linesLimit = 128
)

// readReply reads one reply of any number of lines.
func readReply(r *bufio.Reader) (Reply, []string, error) {
	var reply Reply
	var lines []string
	for range linesLimit {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || len(line) > lineLimit {
			return Reply{}, nil, errEndless
		}
		if errors.Is(err, io.EOF) {
			return Reply{}, nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return Reply{}, nil, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		code, more, rest, ok := parseReply(text)
		if !ok || len(lines) > 0 && code != reply.Code {
			return Reply{}, nil, errGarbage
		}
		reply.Code = code
		lines = append(lines, printable(rest))
		if !more {
			reply.Status = status(lines[0], code)
			reply.Text = breach.Hide(strings.Join(lines, " "))
			return reply, lines, nil
		}
	}
	return Reply{}, nil, errEndless
}

// parseReply reads "250-text", "250 text" and "250".
func parseReply(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 {
		return 0, false, "", false
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, "", false
	}
	if len(line) == 3 {
		return code, false, "", true
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, "", false
	}
	return code, line[3] == '-', line[4:], true
}

// status gives the enhanced status code at the beginning of a text, where it
// agrees with the code (RFC 2034).
func status(text string, code int) string {
	first, _, _ := strings.Cut(text, " ")
	parts := strings.Split(first, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || int(parts[0][0]-'0') != code/100 {
		return ""
	}
	for _, p := range parts[1:] {
		if len(p) < 1 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return first
}

// printable replaces what a terminal or a page could take for something else.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == '\uFFFD' {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
}

// final reports whether a no speaks of this recipient or this message. Codes of
// the protocol and of signing in speak of us: with them nobody is given up.
func final(step Step, code int) bool {
	if step != AtRecipient && step != AtData && step != AtDot {
		return false
	}
	return code >= 550 && code <= 556 && code != 555 || code == 521
}
