package dispatch

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// Sender is who mails of a notice come from.
type Sender struct {
	Name   string // of the controller, as readers know it
	Mail   string // in From: answers come here
	Bounce string // the envelope's sender, which reports come to; "": Mail
}

// Return is the address that reports come to.
func (s Sender) Return() string {
	if s.Bounce != "" {
		return s.Bounce
	}
	return s.Mail
}

// MessageID makes the name of a message of 16 bytes that nobody can guess.
func (s Sender) MessageID(of [16]byte) string {
	return "<" + hex.EncodeToString(of[:]) + "@" + s.Mail[strings.LastIndexByte(s.Mail, '@')+1:] + ">"
}

// Compose writes the mail of a notice as it goes over the wire: one part of
// plain text to one reader, without a link, an attachment or a picture. The
// same notice gives the same bytes. Id is from MessageID.
func (s Sender) Compose(n breach.Notice, id string, date time.Time) (breach.Content, error) {
	if n.Channel != breach.Mail || n.To.Email.IsZero() || len(n.Parts) == 0 {
		return nil, fmt.Errorf("compose %s: it is not for e-mail: %w", n, ErrMessage)
	}
	if _, _, ok := mailbox(s.Mail); !ok {
		return nil, fmt.Errorf("compose %s: the sender is no address: %w", n, ErrMessage)
	}
	var titles, texts, languages []string
	for _, p := range n.Parts {
		if strings.ContainsAny(string(p.Title), "\r\n") {
			return nil, fmt.Errorf("compose %s: its title has several lines: %w", n, ErrMessage)
		}
		titles = append(titles, string(p.Title))
		texts = append(texts, strings.Trim(string(p.Plain()), "\n"))
		languages = append(languages, p.Language)
	}
	from := mail.Address{Name: s.Name, Address: s.Mail}
	to := mail.Address{Name: n.To.Name.Reveal(), Address: n.To.Email.Reveal()}
	text := []byte(strings.Join(texts, "\n\n----------\n\n") + "\n")
	var b bytes.Buffer
	b.Grow(2*len(text) + 1<<10) // growing into it is a fifth of the work
	for _, h := range [...][2]string{
		{"From", from.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", strings.Join(titles, " / "))},
		{"Date", date.Format(time.RFC1123Z)},
		{"Message-ID", id},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's machine answers
		{"Content-Language", strings.Join(languages, ", ")},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + fold(h[1]) + "\r\n")
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write(text) // a Buffer takes everything
	_ = w.Close()
	return b.Bytes(), nil
}

// fold parts encoded words onto lines of their own (RFC 2047 section 2).
func fold(value string) string { return strings.ReplaceAll(value, "?= =?", "?=\r\n =?") }
