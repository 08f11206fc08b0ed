package extract

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// headers are what the header of a message or of a part says.
type headers struct {
	lines    []byte // to be searched: "From: ..."
	kind     string // "text/html"
	params   map[string]string
	encoding string // of the bytes
	attached bool
	preamble bool // no part at all, but what stands between parts
}

const maxHeader = 256 << 10

// header reads a header and the blank line after it.
func (m *mail) header() (headers, error) {
	h := headers{kind: "text/plain", params: map[string]string{}}
	var field []byte
	size := 0
	for m.next() {
		line := bytes.TrimRight(m.line, "\r\n")
		if m.start && len(line) == 0 {
			break
		}
		if m.postmark() && size > 0 || m.boundary(m.line) != 0 {
			m.pending = true
			break
		}
		if size += len(line); size > maxHeader {
			continue // a header of this length is an attack
		}
		if !m.start || line[0] == ' ' || line[0] == '\t' {
			field = append(field, ' ')
			field = append(field, bytes.TrimLeft(line, " \t")...)
			continue
		}
		h.field(field)
		field = field[:0]
		if _, ok := headerName(line); !ok {
			if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
				continue
			}
			m.pending = true // the body began without a blank line
			break
		}
		field = append(field, line...)
	}
	h.field(field)
	return h, m.err
}

// field takes one unfolded line of a header.
func (h *headers) field(field []byte) {
	name, ok := headerName(field)
	if !ok {
		return
	}
	value := strings.TrimSpace(string(field[bytes.IndexByte(field, ':')+1:]))
	switch strings.ToLower(name) {
	case "content-type":
		h.kind, h.params = parseParams(value, h.params)
		if h.kind == "" || !strings.Contains(h.kind, "/") {
			h.kind = "text/plain"
		}
	case "content-transfer-encoding":
		h.encoding = strings.ToLower(strings.TrimSpace(value))
	case "content-disposition":
		kind, params := parseParams(value, map[string]string{})
		h.attached = kind == "attachment"
		if f := params["filename"]; f != "" {
			h.params["name"] = f
		}
	default:
		if value = decodeWords(value); telltale(strings.ToLower(name), value) {
			h.lines = appendLine(h.lines, name, []byte(value))
		}
	}
}

// telltale reports whether a header can say something of a person. Ids that
// are shaped like addresses, and what mail servers tell each other, do not.
func telltale(name, value string) bool {
	switch name {
	case "from", "to", "cc", "bcc", "reply-to", "sender", "subject", "date", "delivered-to", "x-original-to", "organization",
		"resent-from", "resent-to", "resent-cc", "resent-sender", "comments", "keywords", "apparently-to", "errors-to",
		"disposition-notification-to", "x-sender", "x-from", "x-to", "x-cc", "x-bcc", "original-recipient", "final-recipient",
		"thread-topic", "x-apparently-to", "x-envelope-from", "x-envelope-to", "x-authenticated-user", "mail-reply-to", "mail-followup-to":
		return value != ""
	case "message-id", "in-reply-to", "references", "received", "return-path", "content-id", "thread-index", "authentication-results":
		return false
	}
	for _, prefix := range []string{"arc-", "dkim", "domainkey", "list-", "received-", "x-ms-", "x-google-", "x-spam", "x-microsoft-", "x-received", "x-forefront", "content-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return strings.Contains(value, "@") && !strings.HasSuffix(name, "-id") && len(value) < 1024
}

// parseParams reads "text/plain; charset=utf-8" as leniently as mail programs
// write it, continuations of RFC 2231 included.
func parseParams(value string, params map[string]string) (string, map[string]string) {
	kind, p, err := mime.ParseMediaType(value)
	if err != nil || p == nil {
		kind, p = looseParams(value)
	}
	for k, v := range p {
		if k == "filename" || k == "name" {
			v = decodeName([]byte(decodeWords(v)))
		}
		params[k] = v
	}
	for _, k := range []string{"filename", "name"} {
		if p[k] == "" && strings.Contains(value, "*") {
			if v := foreignParam(value, k); v != "" {
				params[k] = v
			}
		}
	}
	return kind, params
}

// foreignParam reads a parameter of RFC 2231 whose charset the standard
// library does not know, in one piece or several.
func foreignParam(value, key string) string {
	_, p := looseParams(value)
	whole := p[key+"*"]
	for i := 0; whole == "" || i > 0; i++ {
		piece := fmt.Sprintf("%s*%d", key, i)
		v, ok := p[piece+"*"]
		if !ok {
			v, ok = p[piece]
		}
		if !ok {
			break
		}
		whole += v
	}
	charset, rest, _ := strings.Cut(whole, "'")
	_, name, ok := strings.Cut(rest, "'")
	if !ok {
		return ""
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	text, err := io.ReadAll(newDecoder(strings.NewReader(name), charset))
	if err != nil {
		return decodeName([]byte(name))
	}
	return string(text)
}

// looseParams reads parameters that the standard library refuses.
func looseParams(value string) (string, map[string]string) {
	parts := splitQuoted(value, ';')
	p := map[string]string{}
	for _, part := range parts[1:] {
		k, v, ok := strings.Cut(part, "=")
		k = strings.ToLower(strings.TrimSpace(k))
		if _, twice := p[k]; ok && !twice {
			p[k] = strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return strings.ToLower(strings.TrimSpace(parts[0])), p
}

// splitQuoted splits at separators that do not stand in quotes.
func splitQuoted(value string, separator byte) []string {
	var parts []string
	quoted, start := false, 0
	for i := range len(value) {
		switch value[i] {
		case '"':
			quoted = !quoted
		case separator:
			if !quoted {
				parts = append(parts, value[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, value[start:])
}

// decodeWords decodes the words of RFC 2047, and bytes in whatever charset.
func decodeWords(value string) string {
	if !strings.Contains(value, "=?") {
		return decodeName([]byte(value))
	}
	d := mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
		return newDecoder(r, name), nil
	}}
	if text, err := d.DecodeHeader(value); err == nil {
		return decodeName([]byte(text))
	}
	return decodeName([]byte(value))
}

// tell hands over a header.
func (m *mail) tell(h headers) error {
	for lines := h.lines; len(lines) > 0; {
		n := len(lines)
		if n > batchSize {
			n = cutPoint(lines[:batchSize])
		}
		if err := m.out.Text(m.at.Down(breach.Step{Unit: breach.Header}), lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// entity reads what follows a header: parts, a text, or something attached.
func (m *mail) entity(h headers) error {
	raw := &body{m: m}
	if b := h.params["boundary"]; strings.HasPrefix(h.kind, "multipart/") && b != "" && len(m.boundaries) < maxBoundaries {
		m.boundaries = append(m.boundaries, strings.TrimRight(b, " \t"))
		return emitProse(newDecoder(raw, ""), m.out, m.at.Down(breach.Step{Unit: breach.Part})) // mostly nothing
	}
	if h.preamble {
		return emitProse(newDecoder(raw, ""), m.out, m.at.Down(breach.Step{Unit: breach.Part}))
	}
	m.parts++
	at := m.at.Down(breach.Step{Unit: breach.Part, N: m.parts})
	r := decodeTransfer(raw, h.encoding)
	var err error
	switch name := h.params["name"]; {
	case h.kind == "message/partial": // RFC 2046, 5.2.2
		m.partial = true
		if h.params["number"] == "1" {
			err = m.out.File("message.eml", r)
		} else {
			err = m.prose(r, h, at)
		}
	case h.kind == "text/html" && !h.attached:
		err = readPage(newDecoder(r, h.params["charset"]), m.out, at)
	case h.inline():
		err = m.prose(r, h, at)
	default:
		if name == "" {
			name = fmt.Sprintf("part %d.%s", m.parts, extensionOf(h.kind))
		}
		if len(h.lines) > 0 && m.parts > 1 { // headers of the part, such as a description
			if err := m.tell(h); err != nil {
				return err
			}
		}
		err = m.out.File(name, r)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, raw) // what the reader left
	return err
}

// inline reports whether a part is text of the message itself.
func (h headers) inline() bool {
	if h.attached || h.params["name"] != "" && h.kind != "text/plain" {
		return false
	}
	switch h.kind {
	case "text/calendar", "text/x-vcard", "text/vcard", "text/csv", "text/xml", "text/rtf":
		return false
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report":
		return true
	}
	return strings.HasPrefix(h.kind, "text/") || strings.HasPrefix(h.kind, "multipart/")
}

// prose hands over plain text, and files written into it.
func (m *mail) prose(r io.Reader, h headers, at breach.Place) error {
	u := newUUText(r)
	for {
		if err := emitProse(newDecoder(u, h.params["charset"]), m.out, at); err != nil {
			return err
		}
		if !u.file {
			return nil
		}
		file := u.member()
		if err := m.out.File(u.name, file); err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, file) // what was not read; its error is told
	}
}

// decodeTransfer undoes the transfer encoding.
func decodeTransfer(r io.Reader, encoding string) io.Reader {
	switch {
	case strings.HasPrefix(encoding, "base64"):
		return base64.NewDecoder(base64.StdEncoding, &alphabet{r: r})
	case strings.HasPrefix(encoding, "quoted-printable"):
		return &quotedPrintable{r: r}
	case strings.HasPrefix(strings.TrimPrefix(encoding, "x-"), "uue"):
		u := newUUText(r)
		if _, err := io.Copy(io.Discard, u); err != nil || !u.file {
			return errReader{unexpected(io.EOF)}
		}
		return u.member()
	}
	return r
}

// extensionOf is how a name for a part without one ends.
func extensionOf(kind string) string {
	switch kind {
	case "message/rfc822":
		return "eml"
	case "text/calendar":
		return "ics"
	case "text/html":
		return "html"
	case "text/csv":
		return "csv"
	}
	_, sub, _ := strings.Cut(kind, "/")
	sub = strings.TrimPrefix(sub, "x-")
	if len(sub) > 8 || sub == "" {
		return "bin"
	}
	return sub
}
