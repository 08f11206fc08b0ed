package leak

import (
	"bytes"
	"encoding/base64"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
)

// Mail scans a message as it goes over the wire, headers and all. Senders are
// the addresses that may stand in From, Sender, Reply-To and Return-Path.
func (x *Index) Mail(wire []byte, own Own, senders []string, limits Limits) []Leak {
	s := x.scanner(own)
	if len(wire) < limits.least() || len(wire) > limits.most() {
		s.leak(Size, "body", len(wire))
	}
	wire = wire[:min(len(wire), limits.most())]
	s.lines.Reset(bytes.NewReader(wire))
	m, err := mail.ReadMessage(s.lines)
	if err != nil {
		s.leak(Structure, "header", 0)
		s.body(wire, "body")
		return s.end()
	}
	s.headers(m.Header, senders)
	if s.raw, err = readAll(s.raw, m.Body, len(wire)); err != nil {
		s.leak(Structure, "body", 0)
	}
	s.part(partHeader{m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Disposition")}, s.raw, 0)
	return s.end()
}

// headers checks every header of the message.
func (s *scanner) headers(h mail.Header, senders []string) {
	to, err := h.AddressList("To")
	if err != nil || len(h["To"]) != 1 || len(to) != 1 || s.mail == "" || !strings.EqualFold(to[0].Address, s.mail) {
		s.leak(Recipient, "header", 0)
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			s.header(name, value, senders)
		}
	}
}

func (s *scanner) header(name, value string, senders []string) {
	if plain, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		value = plain
	}
	text := []byte(value)
	if !of(text, func(view []byte) { s.others(view, "header", 0) }) {
		s.leak(Structure, "header", 0)
	}
	switch name {
	case "To":
	case "Cc", "Bcc", "Apparently-To":
		s.leak(Recipient, "header", 0)
	case "Message-Id": // has the form of an address
	case "From", "Sender", "Reply-To", "Return-Path":
		mails(text, func(at int, mail string) {
			if !slices.ContainsFunc(senders, func(sender string) bool { return strings.EqualFold(sender, mail) }) {
				s.leak(Header, "header", at)
			}
		})
	default:
		if at := bytes.IndexByte(text, '@'); at >= 0 {
			s.leak(Header, "header", at)
		}
		numbersIn(text, func(at int, _ string) { s.leak(Number, "header", at) })
	}
	if name == "Subject" {
		s.has.fill(text)
		if at := s.has.find(text, unfilled[:]); at >= 0 {
			s.leak(Unfilled, "header", at)
		}
	}
}

// partHeader is what a MIME part says of itself.
type partHeader struct{ contentType, encoding, disposition string }

// A message of ours has few parts, and they do not lie deep: signed, alternative.
const (
	mostParts  = 8
	partsDepth = 3
)

// part scans one part and what lies inside it.
func (s *scanner) part(h partHeader, raw []byte, deep int) {
	if h.contentType == "" {
		h.contentType = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(h.contentType)
	if err != nil {
		s.leak(Structure, "body", 0)
		s.body(raw, "body")
		return
	}
	s.attachment(h, kind, params)
	if strings.HasPrefix(kind, "multipart/") {
		s.parts(kind, params["boundary"], raw, deep)
		return
	}
	content, err := s.decoded(h.encoding, raw)
	if err != nil {
		s.leak(Structure, "body", 0)
		s.body(raw, "body")
	}
	switch kind {
	case "text/plain":
		s.body(content, "body")
	case "text/html":
		s.everywhere(content, "body")
		s.body(withoutTags(content), "body")
	case "application/pkcs7-signature":
		s.others(content, "signature", 0)
	default:
		s.leak(Structure, "body", 0)
		s.body(content, "body")
	}
}

// attachment checks what a part is called. A notice has no attachment but its
// own signature.
func (s *scanner) attachment(h partHeader, kind string, params map[string]string) {
	words := new(mime.WordDecoder)
	name := func(value string) {
		if plain, err := words.DecodeHeader(value); err == nil {
			value = plain
		}
		if value == "" || kind == "application/pkcs7-signature" && value == "smime.p7s" {
			return
		}
		s.leak(Structure, "name of an attachment", 0)
		s.body([]byte(value), "name of an attachment")
	}
	name(params["name"])
	if h.disposition == "" {
		return
	}
	disposition, more, err := mime.ParseMediaType(h.disposition)
	if err != nil || disposition != "inline" && kind != "application/pkcs7-signature" {
		s.leak(Structure, "body", 0)
		s.body([]byte(h.disposition), "name of an attachment")
	}
	name(more["filename"])
}

// parts scans the parts of a multipart, and what stands between and around
// them, which no program shows and anybody can read.
func (s *scanner) parts(kind, boundary string, raw []byte, deep int) {
	s.others(raw, "body", 0)
	s.shapes(raw, "body")
	if kind != "multipart/alternative" && kind != "multipart/signed" || deep >= partsDepth || boundary == "" {
		s.leak(Structure, "body", 0)
	}
	if deep >= partsDepth || boundary == "" {
		s.body(raw, "body")
		return
	}
	r := multipart.NewReader(bytes.NewReader(raw), boundary)
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil || n == mostParts {
			s.leak(Structure, "body", 0)
			s.body(raw, "body")
			return
		}
		content, err := io.ReadAll(p)
		if err != nil {
			s.leak(Structure, "body", 0)
		}
		for _, values := range p.Header {
			for _, v := range values {
				s.others([]byte(v), "header", 0)
			}
		}
		s.part(partHeader{p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition")}, content, deep+1)
	}
}

// decoded undoes a transfer encoding. What it gives lasts until the next part.
func (s *scanner) decoded(encoding string, raw []byte) (content []byte, err error) {
	s.lines.Reset(bytes.NewReader(raw))
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "7bit", "8bit", "binary":
		return raw, nil
	case "quoted-printable":
		var ok bool
		if s.content, ok = unquote(slices.Grow(s.content[:0], len(raw)), raw); ok {
			return s.content, nil
		}
		s.content, err = readAll(s.content, quotedprintable.NewReader(s.lines), len(raw))
		return s.content, err
	case "base64":
		s.content, err = readAll(s.content, base64.NewDecoder(base64.StdEncoding, s.lines), len(raw))
		return s.content, err
	}
	return raw, mime.ErrInvalidMediaParameter
}

// unquote undoes quoted-printable as our own mails have it: lines end in CRLF, and
// signs are in capitals. It is false where a text is written otherwise: that is for
// the reader of the standard library, which takes several times as long.
func unquote(out, text []byte) ([]byte, bool) {
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end < 1 || text[end-1] != '\r' {
			return out[:0], false
		}
		line := text[:end-1]
		text = text[end+1:]
		soft := len(line) > 0 && line[len(line)-1] == '='
		switch {
		case soft:
			line = line[:len(line)-1]
		case len(line) > 0 && line[len(line)-1] == ' ':
			return out[:0], false
		}
		for i := 0; i < len(line); i++ {
			b := line[i]
			if b == '=' {
				if i+2 >= len(line) || unhex[line[i+1]] == 0 || unhex[line[i+2]] == 0 {
					return out[:0], false
				}
				b = (unhex[line[i+1]]-1)<<4 | (unhex[line[i+2]] - 1)
				i += 2
			} else if b < ' ' || b > '~' {
				return out[:0], false
			}
			out = append(out, b)
		}
		if !soft {
			out = append(out, '\r', '\n')
		}
	}
	return out, true
}

// unhex has for each digit one more than it is worth.
var unhex = func() (table [256]uint8) {
	for i, b := range []byte("0123456789ABCDEF") {
		table[b] = uint8(i) + 1
	}
	return table
}()

// readAll is io.ReadAll into a buffer, with room for so many bytes: more are not
// to come, and growing into it step by step is a third of what a message costs.
func readAll(into []byte, r io.Reader, room int) ([]byte, error) {
	b := bytes.NewBuffer(slices.Grow(into[:0], room+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}
