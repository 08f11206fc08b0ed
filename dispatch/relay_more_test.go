package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarlagt/klarlagt/dispatch"
)

func plain(s *server) *dispatch.Relay {
	return &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback, Dial: s.dial}
}

func TestATextThatIsCutOffIsNotTaken(t *testing.T) {
	for name, answer := range map[string]string{"hanging up": hangUp, "no longer reading": silence} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: map[string]string{"text": answer}}
				r := plain(s)
				defer r.Close()
				text := message + strings.Repeat(strings.Repeat("x", 78)+"\r\n", 2000)
				_, err := r.Send(t.Context(), dispatch.Mail{From: "a@example.se", To: "b@example.se", Message: []byte(text),
					Intent: func(context.Context) error { t.Error("an intent though the text was not sent"); return nil }})
				if got := outcome(err); got != "not taken" {
					t.Errorf("outcome %q (%v)", got, err)
				}
			})
		})
	}
}

func TestConnectionsAreKeptAndReplaced(t *testing.T) {
	for _, c := range []struct {
		name        string
		answers     map[string]string
		pause       time.Duration
		most        int
		want        string // of five messages
		connections int
	}{
		{"one connection for all", nil, 0, 0, "taken taken taken taken taken", 1},
		{"two messages a connection", nil, 0, 2, "taken taken taken taken taken", 3},
		{"too long between two", nil, time.Minute, 0, "taken taken taken taken taken", 5},
		{"a refused recipient keeps it", map[string]string{"RCPT": "550 5.1.1 no"}, 0, 0, "refused refused refused refused refused", 1},
		{"a refused recipient and no way back", map[string]string{"RCPT": "550 5.1.1 no", "RSET": hangUp}, 0, 0, "refused refused refused refused refused", 5},
		{"a late second answer", map[string]string{"1 dot": "250 Ok\n250 Ok"}, 0, 0, "taken taken taken taken taken", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: c.answers}
				r := plain(s)
				r.Most = c.most
				defer r.Close()
				var got []string
				for range 5 {
					_, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message))
					got = append(got, outcome(err))
					time.Sleep(c.pause)
				}
				if strings.Join(got, " ") != c.want || s.connections != c.connections {
					t.Errorf("%v over %d connections, want %s over %d", got, s.connections, c.want, c.connections)
				}
			})
		})
	}
}

func TestAConnectionThatWentAwayIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answers: map[string]string{"1 dot": "250 Ok: queued"}}
		var first net.Conn
		r := plain(s)
		r.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := s.dial(ctx, network, addr)
			if first == nil {
				first = conn
			}
			return conn, err
		}
		defer r.Close()
		for i := range 2 {
			if _, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message)); err != nil {
				t.Errorf("message %d: %v", i+1, err)
			}
			_ = first.Close()
		}
		if len(s.taken) != 2 || s.connections != 2 {
			t.Errorf("%d messages over %d connections, want two over two", len(s.taken), s.connections)
		}
	})
}

func TestWithoutIntentThereIsNoDot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		r := plain(s)
		defer r.Close()
		full := errors.New("no space left")
		_, err := r.Send(t.Context(), dispatch.Mail{From: "", To: "b@example.se", Message: []byte(message),
			Intent: func(context.Context) error { return full }})
		if outcome(err) != "not taken" || !errors.Is(err, full) {
			t.Errorf("%v, want not taken because of %v", err, full)
		}
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.taken) > 0 {
			t.Error("taken without an intent")
		}
	})
}

func TestCancellingEndsAllButTheWaitForTheAnswer(t *testing.T) {
	for _, c := range []struct{ step, want string }{
		{"greeting", "not taken"}, {"EHLO", "not taken"}, {"MAIL", "not taken"}, {"RCPT", "not taken"}, {"DATA", "not taken"}, {"dot", "uncertain"},
	} {
		t.Run(c.step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: map[string]string{c.step: silence}}
				r := plain(s)
				defer r.Close()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				_, err := r.Hand(ctx, "a@example.se", "b@example.se", []byte(message))
				if got := outcome(err); got != c.want {
					t.Errorf("outcome %q (%v), want %q", got, err, c.want)
				}
				want := time.Second
				if c.step == "dot" {
					want = 10 * time.Minute
				}
				if took := time.Since(began); took != want {
					t.Errorf("ended after %v, want %v", took, want)
				}
			})
		})
	}
}

func TestTheServerIsToldWhatItOffers(t *testing.T) {
	eight := strings.Replace(message, "Hej", "Hejså", 1)
	for _, c := range []struct {
		name, offers, to, message string
		want                      string
		lines                     []string
	}{
		{"nothing offered", "", "b@example.se", message, "taken", []string{"MAIL FROM:<a@example.se>", "RCPT TO:<b@example.se>"}},
		{"size", "SIZE 1000", "b@example.se", message, "taken", []string{"MAIL FROM:<a@example.se> SIZE=" + fmt.Sprint(len(message)), "RCPT TO:<b@example.se>"}},
		{"too large", "SIZE 10", "b@example.se", message, "refused", nil},
		{"eight bits", "8BITMIME", "b@example.se", eight, "taken", []string{"MAIL FROM:<a@example.se> BODY=8BITMIME", "RCPT TO:<b@example.se>"}},
		{"eight bits not offered", "", "b@example.se", eight, "refused", nil},
		{"a domain in the reader's letters", "", "b@ö.example.se", message, "taken", []string{"MAIL FROM:<a@example.se>", "RCPT TO:<b@xn--nda.example.se>"}},
		{"an address in the reader's letters", "SMTPUTF8", "jörgen@example.se", message, "taken", []string{"MAIL FROM:<a@example.se> SMTPUTF8", "RCPT TO:<jörgen@example.se>"}},
		{"such an address not offered", "", "jörgen@example.se", message, "refused", nil},
		{"reports", "DSN", "b+1@example.se", message, "taken", []string{"MAIL FROM:<a@example.se> RET=HDRS ENVID=n1+2Bp2",
			"RCPT TO:<b+1@example.se> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;b+2B1@example.se"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{extra: []string{c.offers}}
				r := plain(s)
				defer r.Close()
				_, err := r.Send(t.Context(), dispatch.Mail{From: "a@example.se", To: c.to, Message: []byte(c.message), ID: "n1+p2", Report: true})
				if got := outcome(err); got != c.want {
					t.Errorf("outcome %q (%v), want %q", got, err, c.want)
				}
				if got := append(s.told("MAIL"), s.told("RCPT")...); !slices.Equal(got, c.lines) {
					t.Errorf("said %q, want %q", got, c.lines)
				}
			})
		})
	}
}

func TestWhatIsNotOneMessageToOneAddressIsNotSent(t *testing.T) {
	for _, c := range []struct{ name, from, to, message, want string }{
		{"two addresses", "a@example.se", "b@example.se,c@example.se", message, "refused"},
		{"two in brackets", "a@example.se", "b@example.se>\r\nRCPT TO:<c@example.se", message, "refused"},
		{"a name before it", "a@example.se", "B <b@example.se>", message, "refused"},
		{"none", "a@example.se", "", message, "refused"},
		{"no domain", "a@example.se", "b", message, "refused"},
		{"no user", "a@example.se", "@example.se", message, "refused"},
		{"a quoted user", "a@example.se", `"b c"@example.se`, message, "refused"},
		{"a space", "a@example.se", "b c@example.se", message, "refused"},
		{"two dots", "a@example.se", "b..c@example.se", message, "refused"},
		{"a user too long", "a@example.se", strings.Repeat("b", 65) + "@example.se", message, "refused"},
		{"a machine", "a@example.se", "b@[192.0.2.1]", message, "refused"},
		{"an invisible sign", "a@example.se", "b\u200b@example.se", message, "refused"},
		{"a sender with a command", "a@example.se> SIZE=1", "b@example.se", message, "ours"},
		{"no last line end", "a@example.se", "b@example.se", "Subject: x\r\n\r\nx", "ours"},
		{"nothing", "a@example.se", "b@example.se", "", "ours"},
		{"a bare LF", "a@example.se", "b@example.se", "Subject: x\r\n\r\nx\n.\r\n", "ours"},
		{"a bare CR", "a@example.se", "b@example.se", "Subject: x\r\n\r\nx\r.\r\n", "ours"},
		{"a NUL", "a@example.se", "b@example.se", "Subject: x\r\n\r\n\x00\r\n", "ours"},
		{"a line of 999", "a@example.se", "b@example.se", "Subject: x\r\n\r\n" + strings.Repeat("x", 999) + "\r\n", "ours"},
		{"a line of 998", "a@example.se", "b@example.se", "Subject: x\r\n\r\n" + strings.Repeat("x", 998) + "\r\n", "taken"},
		{"the null sender", "", "b@example.se", message, "taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{}
				r := plain(s)
				defer r.Close()
				_, err := r.Hand(t.Context(), c.from, c.to, []byte(c.message))
				if got := outcome(err); got != c.want {
					t.Errorf("outcome %q (%v), want %q", got, err, c.want)
				}
				if c.want != "taken" && s.connections > 0 {
					t.Error("a server was asked")
				}
			})
		})
	}
}

func TestManyMayHandOverAtATime(t *testing.T) {
	s := &server{extra: []string{"PIPELINING"}}
	r := plain(s)
	defer r.Close()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				if _, err := r.Hand(t.Context(), "a@example.se", fmt.Sprintf("b%d-%d@example.se", i, j), []byte(message)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	to := s.told("RCPT")
	slices.Sort(to)
	if n := len(slices.Compact(to)); n != 160 || len(s.taken) != 160 || s.connections > 10 {
		t.Errorf("%d recipients, %d messages over %d connections, want 160 over 8 or so", n, len(s.taken), s.connections)
	}
}

// recorded is a connection whose other end says the same whatever it is told.
type recorded struct {
	net.Conn // for what is not used
	answers  *bytes.Reader
	said     *bytes.Buffer
}

func (r recorded) Read(p []byte) (int, error)     { return r.answers.Read(p) }
func (r recorded) Write(p []byte) (int, error)    { return r.said.Write(p) }
func (recorded) Close() error                     { return nil }
func (recorded) SetDeadline(time.Time) error      { return nil }
func (recorded) SetReadDeadline(time.Time) error  { return nil }
func (recorded) SetWriteDeadline(time.Time) error { return nil }
func (recorded) RemoteAddr() net.Addr             { return loopback{}.RemoteAddr() }

func FuzzAnswers(f *testing.F) {
	f.Add("220 a\r\n250-b\r\n250 PIPELINING\r\n250 c\r\n250 d\r\n354 e\r\n250 2.0.0 f\r\n")
	f.Add("220 a\r\n250 b\r\n250 c\r\n550 5.1.1 d\r\n")
	f.Add("220-a\n250 b")
	f.Fuzz(func(t *testing.T, answers string) {
		said := &bytes.Buffer{}
		r := &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback, Dial: func(context.Context, string, string) (net.Conn, error) {
			if said.Len() > 0 {
				return nil, io.EOF
			}
			return recorded{answers: bytes.NewReader([]byte(answers)), said: said}, nil
		}}
		_, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message))
		dot := strings.Contains(said.String(), "and so on\r\n.\r\n")
		if got := outcome(err); got == "taken" && !dot || got == "uncertain" && !dot {
			t.Errorf("%q without a final dot: %v", got, err)
		}
	})
}
