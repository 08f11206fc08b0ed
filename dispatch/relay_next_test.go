package dispatch_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/klarlagt/klarlagt/dispatch"
)

// row is mails that one caller sends one after another, each telling of the next.
func row(many int) []dispatch.Mail {
	list := make([]dispatch.Mail, many)
	for i := range list {
		list[i] = dispatch.Mail{From: "a@example.se", To: fmt.Sprintf("b%d@example.se", i+1), ID: fmt.Sprint("n", i+1),
			Message: fmt.Appendf(nil, "To: b%d@example.se\r\n\r\nHej %d.\r\n", i+1, i+1)}
		if i > 0 {
			list[i-1].Next = func() (dispatch.Mail, bool) { return list[i], true }
		}
	}
	return list
}

// amiss lists what the server took for somebody else than its text is to.
func (s *server) amiss() (wrong []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, text := range s.taken {
		to := strings.TrimSuffix(strings.TrimPrefix(strings.SplitN(text, "\r\n", 2)[0], "To: "), "\r")
		if !strings.Contains(s.to[i], "<"+to+">") {
			wrong = append(wrong, fmt.Sprintf("%q for %s", text, s.to[i]))
		}
	}
	return wrong
}

// TestTheNextIsToldOfWithTheEndOfOne sends five mails, of which each tells of the
// next: whatever the server does, a text goes to its own reader alone.
func TestTheNextIsToldOfWithTheEndOfOne(t *testing.T) {
	for _, c := range []struct {
		name        string
		answers     map[string]string
		extra       string
		most        int
		want        string // of five messages
		connections int
	}{
		{"a good server", nil, "PIPELINING", 0, "taken, taken, taken, taken, taken", 1},
		{"a server that takes one command at a time", nil, "8BITMIME", 0, "taken, taken, taken, taken, taken", 1},
		{"two messages a connection", nil, "PIPELINING", 2, "taken, taken, taken, taken, taken", 3},
		{"the readers unknown", map[string]string{"RCPT": "550 5.1.1 no", "DATA": "554 no"}, "PIPELINING", 0, "refused, refused, refused, refused, refused", 1},
		{"the readers unknown, and a text waited for", map[string]string{"RCPT": "550 5.1.1 no"}, "PIPELINING", 0, "refused, refused, refused, refused, refused", 5},
		{"put off after the dot", map[string]string{"dot": "451 later"}, "PIPELINING", 0, "not taken, not taken, not taken, not taken, not taken", 1},
		{"refused after the dot", map[string]string{"dot": "554 spam"}, "PIPELINING", 0, "refused, refused, refused, refused, refused", 1},
		{"going down after the first", map[string]string{"1 dot": "421 closing"}, "PIPELINING", 0, "not taken, taken, taken, taken, taken", 2},
		{"hanging up after the first dot", map[string]string{"1 dot": hangUp}, "PIPELINING", 0, "uncertain, taken, taken, taken, taken", 2},
		{"half an answer to the first dot", map[string]string{"1 dot": half}, "PIPELINING", 0, "uncertain, taken, taken, taken, taken", 2},
		{"silence after the first dot", map[string]string{"1 dot": silence}, "PIPELINING", 0, "uncertain, taken, taken, taken, taken", 2},
		{"two answers to the first dot", map[string]string{"1 dot": "250 Ok\n250 Ok"}, "PIPELINING", 0, "taken, not taken, taken, taken, taken", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: c.answers, extra: []string{c.extra}}
				r := plain(s)
				r.Most = c.most
				defer r.Close()
				var got []string
				for _, m := range row(5) {
					_, err := r.Send(t.Context(), m)
					got = append(got, outcome(err))
				}
				if seen := strings.Join(got, ", "); seen != c.want || s.connections != c.connections {
					t.Errorf("%s over %d connections, want %s over %d", seen, s.connections, c.want, c.connections)
				}
				if wrong := s.amiss(); len(wrong) > 0 {
					t.Errorf("taken: %v", wrong)
				}
			})
		})
	}
}

func TestOneThatWasToldOfAndDoesNotComeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{extra: []string{"PIPELINING"}}
		r := plain(s)
		list, others := row(2), row(3)
		for _, m := range []dispatch.Mail{list[0], others[2]} { // list[1] was told of, and the other is not it
			if _, err := r.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		r.Close()
		synctest.Wait()
		if wrong := s.amiss(); len(s.taken) != 2 || len(wrong) > 0 {
			t.Errorf("taken %d, want two; amiss: %v", len(s.taken), wrong)
		}
		if begun := len(s.told("MAIL")); begun != 3 || s.connections != 2 {
			t.Errorf("%d were begun over %d connections, want three over two", begun, s.connections)
		}
	})
}

// TestTheSameBytesToAnotherAreNotTheSameMail sends what was told of, but for its
// reader: a text goes to nobody whom it was not sent to.
func TestTheSameBytesToAnotherAreNotTheSameMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{extra: []string{"PIPELINING", "DSN"}}
		r := plain(s)
		defer r.Close()
		list := row(2)
		other := list[1]
		other.To = "c@example.se"
		for _, m := range []dispatch.Mail{list[0], other, list[1]} {
			if _, err := r.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		}
		want := []string{"<b1@example.se>", "<c@example.se>", "<b2@example.se>"}
		if !slices.EqualFunc(s.to, want, strings.Contains) || s.connections != 2 {
			t.Errorf("taken for %q over %d connections, want %q over two", s.to, s.connections, want)
		}
	})
}

func TestWithoutIntentNobodyIsToldOfTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{extra: []string{"PIPELINING"}}
		r := plain(s)
		defer r.Close()
		m := row(2)[0]
		m.Next = func() (dispatch.Mail, bool) { t.Error("asked for the next"); return dispatch.Mail{}, false }
		m.Intent = func(context.Context) error { return context.Canceled }
		if _, err := r.Send(t.Context(), m); outcome(err) != "not taken" {
			t.Errorf("%v, want not taken", err)
		}
		synctest.Wait()
		if len(s.taken) > 0 || len(s.told("RCPT")) != 1 {
			t.Errorf("taken %d, told of %q", len(s.taken), s.told("RCPT"))
		}
	})
}

// cutOff is a connection that breaks after so many bytes were sent.
type cutOff struct {
	recorded
	left *int
}

func (c cutOff) Write(p []byte) (int, error) {
	n := min(len(p), *c.left)
	*c.left -= n
	_, _ = c.said.Write(p[:n])
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

// TestADotThatDidNotLeaveIsNotTaken breaks the connection at every byte: only
// once the dot was given away may the message have been taken.
func TestADotThatDidNotLeaveIsNotTaken(t *testing.T) {
	const answers = "220 a\r\n250-b\r\n250 PIPELINING\r\n250 c\r\n250 d\r\n354 e\r\n"
	seen := map[string]int{}
	for sent := range 400 {
		said := &bytes.Buffer{}
		r := &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback, Dial: func(context.Context, string, string) (net.Conn, error) {
			return cutOff{recorded{answers: bytes.NewReader([]byte(answers)), said: said}, &sent}, nil
		}}
		m := row(2)[0]
		m.Message = []byte(message)
		_, err := r.Send(t.Context(), m)
		got, gone := outcome(err), strings.Contains(said.String(), "and so on\r\n.")
		if got == "uncertain" && !gone || got != "uncertain" && gone {
			t.Errorf("%s after %d bytes, with the dot among them: %v", got, said.Len(), gone)
		}
		seen[got]++
	}
	if seen["not taken"] < 100 || seen["uncertain"] < 10 {
		t.Errorf("seen: %v", seen)
	}
}
