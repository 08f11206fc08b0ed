package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

var sender = dispatch.Sender{Name: "Staden Påhitt", Mail: "dataskydd@city.example"}

func noticeOf(parts ...breach.Wording) breach.Notice {
	return breach.Notice{ID: "n1", Version: 1, Subject: "p1", Reader: "p1", Channel: breach.Mail, Parts: parts,
		To: breach.Addressee{Name: breach.Hide("Åsa \"x\" Påhittad"), Email: breach.Hide("nobody.1@example.com")}}
}

func words(lang, title, text string) breach.Wording {
	return breach.Wording{Language: lang, Title: breach.Content(title), Text: breach.Content(text)}
}

func TestAMailIsOneTextToOneReader(t *testing.T) {
	date := time.Date(2026, 9, 22, 12, 0, 0, 0, time.UTC)
	long := strings.Repeat("Dina personuppgifter har läckt ut ", 8)
	text := "# Vad har hänt?\n\n.En punkt först.\n\n- namn = \"x\"\n" + strings.Repeat("å", 300) + "\n"
	n := noticeOf(words("sv", long, text), words("en", "Your data", "Hello.\n"))
	id := sender.MessageID([16]byte{1, 2})
	got, err := sender.Compose(n, id, date)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := sender.Compose(n, id, date)
	if !bytes.Equal(got, again) {
		t.Error("the same notice gives other bytes")
	}
	for i, line := range strings.Split(string(got), "\r\n") {
		if len(line) > 76+len("Subject: ") && i > 0 && !strings.HasPrefix(line, "To:") || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %d has %d bytes", i+1, len(line))
		}
		for _, c := range []byte(line) {
			if c < ' ' && c != '\t' || c > '~' {
				t.Errorf("line %d has the byte %#x", i+1, c)
			}
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	to, err := m.Header.AddressList("To")
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	body, bodyErr := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || len(to) != 1 || to[0].Name != "Åsa \"x\" Påhittad" || subject != long+" / Your data" || bodyErr != nil {
		t.Errorf("to %d, subject %q, errors %v %v", len(to), subject, err, bodyErr)
	}
	plain := strings.ReplaceAll(string(body), "\r\n", "\n")
	if want := strings.Trim(strings.ReplaceAll(text, "# ", ""), "\n") + "\n\n----------\n\nHello.\n"; plain != want {
		t.Errorf("the text is %q, want %q", plain, want)
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") != "<01020000000000000000000000000000@city.example>" {
		t.Errorf("headers %v", m.Header)
	}
}

func TestWhatIsNoMailIsNotComposed(t *testing.T) {
	good := noticeOf(words("sv", "Titel", "Text"))
	for name, spoil := range map[string]func(n *breach.Notice, s *dispatch.Sender){
		"paper":      func(n *breach.Notice, _ *dispatch.Sender) { n.Channel = breach.Paper },
		"no address": func(n *breach.Notice, _ *dispatch.Sender) { n.To.Email = breach.Personal{} },
		"no text":    func(n *breach.Notice, _ *dispatch.Sender) { n.Parts = nil },
		"a title of two lines": func(n *breach.Notice, _ *dispatch.Sender) {
			n.Parts = []breach.Wording{words("sv", "a\r\nBcc: x", "t")}
		},
		"a sender with a command": func(_ *breach.Notice, s *dispatch.Sender) { s.Mail = "x@city.example>\r\nBcc: y" },
	} {
		n, s := good, sender
		spoil(&n, &s)
		if _, err := s.Compose(n, "<x@y>", time.Time{}); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMailboxIsRead(t *testing.T) {
	user := imapmemserver.NewUser("seed", "hemlig")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	message := "Return-Path: <x@city.example>\r\nMessage-ID: <one@city.example>\r\nSubject: x\r\n\r\nHej\r\n"
	if _, err := user.Append("INBOX", literal{strings.NewReader(message), int64(len(message))}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
	memory := imapmemserver.New()
	memory.AddUser(user)
	server := imapserver.New(&imapserver.Options{InsecureAuth: true, Logger: log.New(io.Discard, "", 0), Caps: imap.CapSet{imap.CapIMAP4rev1: {}},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	box := dispatch.IMAP{Addr: l.Addr().String(), Security: dispatch.Loopback, User: "seed", Password: breach.Hide("hemlig")}
	got, found, err := box.Find(t.Context(), "<one@city.example>")
	if err != nil || !found || string(got) != message {
		t.Errorf("found %t, %d bytes, error %v", found, len(got), err)
	}
	if _, found, err := box.Find(t.Context(), "<two@city.example>"); found || err != nil {
		t.Errorf("another: found %t, error %v", found, err)
	}
	box.Password = breach.Hide("fel")
	if _, _, err := box.Find(t.Context(), "<one@city.example>"); err == nil {
		t.Error("let in with a wrong password")
	}
	box.Security = dispatch.Implicit
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, _, err := box.Find(ctx, "<one@city.example>"); err == nil {
		t.Error("a server without TLS was told the password")
	}
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }
