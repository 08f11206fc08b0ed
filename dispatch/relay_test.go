package dispatch_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// server is a mail server of the tests. Answers says what it does at each step
// where it does not do what is right: an answer of one or more lines, or one of
// the words below. A step may be numbered by the connection: "2 MAIL".
type server struct {
	answers map[string]string
	extra   []string // lines of the answer to EHLO
	cert    *tls.Certificate

	mu          sync.Mutex
	connections int
	taken       []string // texts, without dot-stuffing
	to          []string // to whom, of each
	lines       []string // commands
}

// What a server can do instead of an answer.
const (
	silence = "(silence)"
	hangUp  = "(hangs up)"
	half    = "(half an answer, then hangs up)"
	stall   = "(half an answer, then silence)"
	endless = "(an answer without end)"
	long    = "(one line without end)"
)

func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	s.mu.Lock()
	s.connections++
	n := s.connections
	s.mu.Unlock()
	go s.serve(near, n)
	return loopback{far}, nil
}

// loopback is a pipe that calls itself a connection to the same host.
type loopback struct{ net.Conn }

func (loopback) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 25} }

// say answers a step, and reports whether the connection goes on.
func (s *server) say(conn net.Conn, n int, step, good string) bool {
	answer, ok := s.answers[fmt.Sprintf("%d %s", n, step)]
	if !ok {
		answer, ok = s.answers[step]
	}
	if !ok {
		answer = good
	}
	switch answer {
	case silence:
		_, _ = conn.Read(make([]byte, 1))
		return false
	case hangUp:
		return false
	case half, stall:
		_, _ = conn.Write([]byte(good[:2]))
		if answer == stall {
			_, _ = conn.Read(make([]byte, 1))
		}
		return false
	case endless, long:
		piece := strings.Repeat("250-more\r\n", 10)
		if answer == long {
			piece = strings.Repeat("2", 100)
		}
		for {
			if _, err := conn.Write([]byte(piece)); err != nil {
				return false
			}
		}
	}
	_, err := conn.Write([]byte(strings.ReplaceAll(answer, "\n", "\r\n") + "\r\n"))
	return err == nil && !strings.HasPrefix(answer, "421")
}

func (s *server) serve(conn net.Conn, n int) {
	defer func() { _ = conn.Close() }()
	if !s.say(conn, n, "greeting", "220 mail.example ready") {
		return
	}
	in, to := bufio.NewReader(conn), ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		word, _, _ := strings.Cut(line, " ")
		good := "250 2.0.0 Ok"
		switch word {
		case "EHLO":
			good = strings.Join(append([]string{"250-mail.example"}, s.extra...), "\n250-") + "\n250 ENHANCEDSTATUSCODES"
		case "RCPT":
			to = line
		case "DATA":
			good = "354 go on"
		case "STARTTLS":
			good = "220 go on"
		case "AUTH":
			good = "235 welcome"
		case "QUIT":
			return
		}
		if !s.say(conn, n, word, good) {
			return
		}
		switch word {
		case "STARTTLS":
			if s.cert == nil {
				return
			}
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*s.cert}, MinVersion: tls.VersionTLS12})
			conn, in = secure, bufio.NewReader(secure)
		case "DATA":
			if strings.HasPrefix(s.answers["DATA"], "354") || s.answers["DATA"] == "" {
				if !s.text(conn, in, n, to) {
					return
				}
			}
		}
	}
}

func (s *server) text(conn net.Conn, in *bufio.Reader, n int, to string) bool {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		if s.answers["text"] != "" && !s.say(conn, n, "text", "") {
			return false
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	answer := s.answers["dot"]
	if answer == "" || answer == silence || answer == hangUp || answer == half || answer == stall || answer[0] == '2' {
		s.mu.Lock()
		s.taken, s.to = append(s.taken, text.String()), append(s.to, to)
		s.mu.Unlock()
	}
	return s.say(conn, n, "dot", "250 2.0.0 Ok: queued as 4F1A2B")
}

const message = "From: a@example.se\r\nTo: b@example.se\r\nSubject: x\r\n\r\nHej.\r\n.\r\n..and so on\r\n"

func outcome(err error) string {
	switch {
	case err == nil:
		return "taken"
	case errors.Is(err, dispatch.ErrRefused):
		return "refused"
	case errors.Is(err, dispatch.ErrUncertain):
		return "uncertain"
	case errors.Is(err, dispatch.ErrMessage):
		return "ours"
	}
	return "not taken"
}

// outcomes are what a server can do, and what came of it.
var outcomes = []struct {
	name    string
	answers map[string]string
	want    string
}{
	{"a good server", nil, "taken"},
	{"a greeting of many lines", map[string]string{"greeting": "220-one\n220 two"}, "taken"},
	{"a greeting that says no for now", map[string]string{"greeting": "421 4.3.2 come back"}, "not taken"},
	{"a greeting that says no", map[string]string{"greeting": "554 no service"}, "not taken"},
	{"silence instead of a greeting", map[string]string{"greeting": silence}, "not taken"},
	{"hanging up instead of a greeting", map[string]string{"greeting": hangUp}, "not taken"},
	{"a greeting that is garbage", map[string]string{"greeting": "SSH-2.0-OpenSSH"}, "not taken"},
	{"a greeting without end", map[string]string{"greeting": endless}, "not taken"},
	{"a greeting of one line without end", map[string]string{"greeting": long}, "not taken"},
	{"EHLO unknown, HELO known", map[string]string{"EHLO": "502 what?"}, "taken"},
	{"EHLO refused", map[string]string{"EHLO": "550 go away"}, "not taken"},
	{"silence at EHLO", map[string]string{"EHLO": silence}, "not taken"},
	{"hanging up at EHLO", map[string]string{"EHLO": hangUp}, "not taken"},
	{"a sender not liked for now", map[string]string{"MAIL": "451 4.3.0 later"}, "not taken"},
	{"a sender not liked, which is ours to mend", map[string]string{"MAIL": "550 5.1.8 who?"}, "not taken"},
	{"a server that wants signing in", map[string]string{"MAIL": "530 5.7.0 sign in"}, "not taken"},
	{"silence at the sender", map[string]string{"MAIL": silence}, "not taken"},
	{"hanging up at the sender", map[string]string{"MAIL": hangUp}, "not taken"},
	{"half an answer at the sender", map[string]string{"MAIL": half}, "not taken"},
	{"a recipient unknown", map[string]string{"RCPT": "550 5.1.1 <b@example.se> unknown"}, "refused"},
	{"a recipient elsewhere", map[string]string{"RCPT": "551 5.1.6 moved"}, "refused"},
	{"a mailbox full for good", map[string]string{"RCPT": "552 5.2.2 full"}, "refused"},
	{"a domain without mail", map[string]string{"RCPT": "556 5.1.10 null MX"}, "refused"},
	{"greylisting", map[string]string{"RCPT": "450 4.2.0 greylisted"}, "not taken"},
	{"too many recipients", map[string]string{"RCPT": "452 4.5.3 later"}, "not taken"},
	{"a recipient the server does not parse", map[string]string{"RCPT": "501 5.5.4 syntax"}, "not taken"},
	{"going down at the recipient", map[string]string{"RCPT": "421 4.3.2 closing"}, "not taken"},
	{"silence at the recipient", map[string]string{"RCPT": silence}, "not taken"},
	{"garbage at the recipient", map[string]string{"RCPT": "OK sure"}, "not taken"},
	{"a code that is none at the recipient", map[string]string{"RCPT": "999 yes"}, "not taken"},
	{"lines of two codes at the recipient", map[string]string{"RCPT": "250-a\n550 b"}, "not taken"},
	{"two answers to the recipient", map[string]string{"RCPT": "250 Ok\n250 Ok"}, "not taken"},
	{"DATA refused", map[string]string{"DATA": "554 5.5.1 no valid recipients"}, "refused"},
	{"DATA put off", map[string]string{"DATA": "451 later"}, "not taken"},
	{"DATA answered with 250", map[string]string{"DATA": "250 yes"}, "not taken"},
	{"silence at DATA", map[string]string{"DATA": silence}, "not taken"},
	{"hanging up at DATA", map[string]string{"DATA": hangUp}, "not taken"},
	{"hanging up within a text that was sent whole", map[string]string{"text": hangUp}, "uncertain"},
	{"no longer reading a text that was sent whole", map[string]string{"text": silence}, "uncertain"},
	{"refused after the dot", map[string]string{"dot": "554 5.7.1 looks like spam"}, "refused"},
	{"too large after the dot", map[string]string{"dot": "552 5.3.4 too large"}, "refused"},
	{"put off after the dot", map[string]string{"dot": "451 4.3.0 queue file write error"}, "not taken"},
	{"going down after the dot", map[string]string{"dot": "421 4.3.2 closing"}, "not taken"},
	{"out of step after the dot", map[string]string{"dot": "503 5.5.1 what?"}, "not taken"},
	{"silence after the dot", map[string]string{"dot": silence}, "uncertain"},
	{"hanging up after the dot", map[string]string{"dot": hangUp}, "uncertain"},
	{"half an answer after the dot", map[string]string{"dot": half}, "uncertain"},
	{"half an answer and silence after the dot", map[string]string{"dot": stall}, "uncertain"},
	{"garbage after the dot", map[string]string{"dot": "yes, thank you"}, "uncertain"},
	{"asked for more after the dot", map[string]string{"dot": "354 go on"}, "uncertain"},
	{"an answer without end after the dot", map[string]string{"dot": endless}, "uncertain"},
	{"one line without end after the dot", map[string]string{"dot": long}, "uncertain"},
	{"taken with another code", map[string]string{"dot": "251 will forward"}, "taken"},
	{"taken twice over", map[string]string{"dot": "250 Ok\n250 Ok"}, "taken"},
}

func TestWhateverAServerDoesHasOneOutcome(t *testing.T) {
	pipelining := []string{"PIPELINING", "8BITMIME"}
	for _, c := range outcomes {
		for name, extra := range map[string][]string{c.name: nil, c.name + ", pipelining": pipelining} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &server{answers: c.answers, extra: extra}
					r := &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback, Dial: s.dial}
					defer r.Close()
					intents := 0
					receipt, err := r.Send(t.Context(), dispatch.Mail{From: "a@example.se", To: "b@example.se",
						Message: []byte(message), Intent: func(context.Context) error { intents++; return nil }})
					if got := outcome(err); got != c.want {
						t.Errorf("outcome %q (%v), want %q", got, err, c.want)
					}
					if (err == nil) != (receipt != "") {
						t.Errorf("receipt %q with error %v", receipt, err)
					}
					if err != nil && strings.Contains(err.Error(), "example") {
						t.Errorf("the error repeats the server's words: %v", err)
					}
					s.mu.Lock()
					defer s.mu.Unlock()
					if len(s.taken) > 0 && intents != 1 {
						t.Errorf("taken with %d intents", intents)
					}
					if (c.want == "not taken" || c.want == "refused") && len(s.taken) > 0 {
						t.Errorf("taken, and called %q", c.want)
					}
					if c.want == "taken" && (len(s.taken) != 1 || s.taken[0] != message) {
						t.Errorf("the server has %d messages, or another text", len(s.taken))
					}
				})
			})
		}
	}
}

// certificate is one for mail.example, and the roots that know it.
func certificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example"}, DNSNames: []string{"mail.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestSecurityIsNotBargainedDown(t *testing.T) {
	for _, c := range []struct {
		name     string
		security dispatch.Security
		offer    []string
		answers  map[string]string
		known    bool // the certificate is
		want     string
	}{
		{"offered and known", dispatch.StartTLS, []string{"STARTTLS"}, nil, true, "taken"},
		{"not offered", dispatch.StartTLS, nil, nil, true, "not taken"},
		{"offered and refused", dispatch.StartTLS, []string{"STARTTLS"}, map[string]string{"STARTTLS": "454 not now"}, true, "not taken"},
		{"an unknown certificate", dispatch.StartTLS, []string{"STARTTLS"}, nil, false, "not taken"},
		{"an answer slipped in before the handshake", dispatch.StartTLS, []string{"STARTTLS"}, map[string]string{"STARTTLS": "220 go\n250 Ok"}, true, "not taken"},
		{"silence in the handshake", dispatch.StartTLS, []string{"STARTTLS"}, map[string]string{"STARTTLS": silence}, true, "not taken"},
		{"asked if offered, and not", dispatch.IfOffered, nil, nil, true, "taken"},
		{"asked if offered, and unknown", dispatch.IfOffered, []string{"STARTTLS"}, nil, false, "not taken"},
		{"plain to the same host", dispatch.Loopback, nil, nil, true, "taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, pool := certificate(t)
				if !c.known {
					pool = x509.NewCertPool()
				}
				s := &server{answers: c.answers, extra: c.offer, cert: cert}
				r := &dispatch.Relay{Addr: "mail.example:25", Security: c.security, Dial: s.dial,
					TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
				defer r.Close()
				_, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message))
				if got := outcome(err); got != c.want {
					t.Errorf("outcome %q (%v), want %q", got, err, c.want)
				}
				if c.want != "taken" && len(s.told("MAIL")) > 0 {
					t.Error("the server was told of the message")
				}
			})
		})
	}
}

// told gives the commands that begin with a word.
func (s *server) told(word string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, l := range s.lines {
		if strings.HasPrefix(l, word) {
			found = append(found, l)
		}
	}
	return found
}

func TestPlainGoesToNobodyElse(t *testing.T) {
	s := &server{}
	r := &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := s.dial(ctx, network, addr)
			return conn.(loopback).Conn, err // a pipe, which is no address of this host
		}}
	if _, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message)); outcome(err) != "not taken" || len(s.told("MAIL")) > 0 {
		t.Errorf("sent without TLS to another host: %v", err)
	}
}

func TestSigningIn(t *testing.T) {
	for _, c := range []struct {
		name, offer string
		answers     map[string]string
		lines       string
		want        string
	}{
		{"PLAIN", "AUTH PLAIN LOGIN", nil, "AUTH PLAIN AGFubmEAaGVtbGln", "taken"},
		{"LOGIN", "AUTH LOGIN", map[string]string{"AUTH": "334 VXNlcm5hbWU6", "YW5uYQ==": "334 UGFzc3dvcmQ6", "aGVtbGln": "235 welcome"}, "AUTH LOGIN YW5uYQ== aGVtbGln", "taken"},
		{"a wrong password", "AUTH PLAIN", map[string]string{"AUTH": "535 5.7.8 wrong"}, "AUTH PLAIN AGFubmEAaGVtbGln", "not taken"},
		{"no way that is known", "AUTH CRAM-MD5", nil, "", "not taken"},
		{"not offered", "HELP", nil, "", "not taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{extra: []string{c.offer}, answers: c.answers}
				r := &dispatch.Relay{Addr: "mail.example:25", Security: dispatch.Loopback, Dial: s.dial, User: "anna", Password: breach.Hide("hemlig")}
				defer r.Close()
				_, err := r.Hand(t.Context(), "a@example.se", "b@example.se", []byte(message))
				if got := outcome(err); got != c.want {
					t.Errorf("outcome %q (%v), want %q", got, err, c.want)
				}
				var said []string
				for _, l := range s.told("") {
					if !strings.HasPrefix(l, "EHLO") && !strings.HasPrefix(l, "MAIL") && !strings.HasPrefix(l, "RCPT") && l != "DATA" {
						said = append(said, l)
					}
				}
				if got := strings.Join(said, " "); got != c.lines {
					t.Errorf("said %q, want %q", got, c.lines)
				}
			})
		})
	}
}
