package detect

import (
	"bytes"

	"github.com/klarlagt/klarlagt/breach"
)

// header reads the header of a mail message: each address with the name
// before it is one mention; the subject is a paragraph and a title.
func (s *Scanner) header(p breach.Passage, emit func(breach.Mention) error) error {
	s.where.set(p.Text, p.Place)
	s.scan(p.Text)
	hits := s.text.hits
	for from := 0; from < len(p.Text); {
		to := lineEnd(p.Text, from)
		for to < len(p.Text) && to+1 < len(p.Text) && (p.Text[to+1] == ' ' || p.Text[to+1] == '\t') {
			to = lineEnd(p.Text, to+1) // a folded line goes on
		}
		var in []hit
		in, hits = hitsIn(hits, to)
		label, at := splitLabel(p.Text[from:to])
		var err error
		switch {
		case at > 0 && isAddressHeader(label):
			err = s.addresses(from+at, to, in, emit)
		default:
			if at > 0 && bytes.EqualFold(bytes.TrimSpace(label), []byte("subject")) {
				s.document.title(p.Text[from+at : to])
			}
			if len(in) > 0 {
				s.begin(from+at, to, in).running()
				err = s.emit(emit)
			}
		}
		if err != nil {
			return err
		}
		from = to + 1
	}
	return nil
}

// isAddressHeader reports whether a header line, or a line quoted in the text
// of a message, lists addresses.
func isAddressHeader(label []byte) bool {
	switch string(bytes.ToLower(bytes.TrimSpace(label))) {
	case "from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "delivered-to", "return-path",
		"från", "till", "kopia", "lähettäjä", "vastaanottaja", "kopio":
		return true
	}
	return false
}

// addresses makes a mention of each address in a list and what stands before
// it since the last one.
func (s *Scanner) addresses(from, to int, hits []hit, emit func(breach.Mention) error) error {
	for from < to {
		end := addressEnd(s.text.b[:to], from)
		var in []hit
		in, hits = hitsIn(hits, end)
		u := s.begin(from, end, in)
		u.smallNames(from, end)
		for i := u.first; i < len(u.hits); i++ {
			if h := u.hits[i]; h.Kind == breach.Email {
				s.displayName(u, from, h.from)
				break
			}
		}
		if err := s.emit(emit); err != nil {
			return err
		}
		from = end + 1
	}
	return nil
}

// displayName notes what stands before an address as a name, if it looks like
// one.
func (s *Scanner) displayName(u *unit, from, to int) {
	from, to = trim(u.b, from, bytes.LastIndexByte(u.b[:to], '<'))
	if from >= to || !nameLike(u.b[from:to]) || bytes.IndexByte(u.b[from:to], ' ') < 0 {
		return
	}
	u.addStranger(from, to)
}

// addressEnd finds the comma or semicolon that ends the address at from; one
// inside quotes, or before any @, does not: "Berg, Anna <anna@example.se>".
func addressEnd(b []byte, from int) int {
	quoted, at := false, false
	for i := from; i < len(b); i++ {
		switch b[i] {
		case '"':
			quoted = !quoted
		case '@':
			at = true
		case ';', ',':
			if at && !quoted {
				return i
			}
		}
	}
	return len(b)
}
