package dispatch

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// check gives the mail as [Mail.addressed] does, if its message can be sent.
func (m Mail) check() (Mail, bool, error) {
	if err := checkMessage(m.Message); err != nil {
		return m, false, err
	}
	return m.addressed()
}

// same reports whether two mails are one and the same: of the same bytes, in the
// same place.
func (m Mail) same(o Mail) bool {
	return m.From == o.From && m.To == o.To && m.ID == o.ID && m.Report == o.Report &&
		len(m.Message) == len(o.Message) && len(m.Message) > 0 && &m.Message[0] == &o.Message[0]
}

// addressed gives the mail with addresses as they go over the wire, and whether
// they need SMTPUTF8. A recipient that cannot be an address is refused; what
// else is wrong is an error of ours.
func (m Mail) addressed() (Mail, bool, error) {
	from, to := m.From, ""
	fromUTF8, toUTF8, ok := false, false, true
	if m.From != "" {
		if from, fromUTF8, ok = mailbox(m.From); !ok {
			return m, false, fmt.Errorf("the sender is no address: %w", ErrMessage)
		}
	}
	if to, toUTF8, ok = mailbox(m.To); !ok {
		return m, false, fmt.Errorf("the recipient is not one address: %w", ErrRefused)
	}
	m.From, m.To = from, to
	return m, fromUTF8 || toUTF8, nil
}

// checkMessage allows what means the same to every server: lines that end in
// CRLF, of at most 998 bytes (RFC 5322 section 2.1.1), without NUL. A CR or LF
// by itself is how messages are smuggled into others.
func checkMessage(message []byte) error {
	if !bytes.HasSuffix(message, []byte("\r\n")) {
		return fmt.Errorf("it does not end in a line end: %w", ErrMessage)
	}
	for rest, n := message, 1; len(rest) > 0; n++ {
		i := bytes.IndexByte(rest, '\n')
		line := rest[:i]
		switch {
		case !bytes.HasSuffix(line, []byte("\r")) || bytes.IndexByte(line, '\r') != i-1:
			return fmt.Errorf("line %d does not end in CRLF alone: %w", n, ErrMessage)
		case i-1 > 998:
			return fmt.Errorf("line %d is longer than 998 bytes: %w", n, ErrMessage)
		case bytes.IndexByte(line, 0) >= 0:
			return fmt.Errorf("line %d has a NUL: %w", n, ErrMessage)
		}
		rest = rest[i+1:]
	}
	return nil
}

// mailbox reads one address: a local part of atoms, and a name of a domain,
// which is given in its ASCII form. Quoted local parts and addresses of
// machines are not taken: nobody is told by them.
func mailbox(address string) (wire string, utf8, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at > 64 || len(address) > 254 { // RFC 5321 section 4.5.3.1
		return "", false, false
	}
	user := address[:at]
	for _, atom := range strings.Split(user, ".") {
		if atom == "" || strings.ContainsFunc(atom, outsideAtom) {
			return "", false, false
		}
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil || strings.Trim(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || strings.HasPrefix(domain, ".") {
		return "", false, false
	}
	utf8 = strings.ContainsFunc(user, func(c rune) bool { return c > unicode.MaxASCII })
	return user + "@" + domain, utf8, true
}

func outsideAtom(c rune) bool {
	return c <= ' ' || c == 0x7f || c == unicode.ReplacementChar || strings.ContainsRune(`()<>[]:;@\,"`, c) ||
		c > unicode.MaxASCII && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c)
}

// stuff writes whole lines, with a dot before each that begins with one
// (RFC 5321 section 4.5.2).
func stuff(w *bufio.Writer, lines []byte) error {
	for len(lines) > 0 {
		if lines[0] == '.' {
			_ = w.WriteByte('.') // the next write tells
		}
		n := bytes.IndexByte(lines, '\n') + 1
		if n == 0 {
			n = len(lines)
		}
		if _, err := w.Write(lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// xtext writes a value as RFC 3461 section 4 has it.
func xtext(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c > '~' || c <= ' ' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
