package extract

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var emlFormat = Format{
	Name:       "eml",
	Extensions: []string{"eml", "mht", "mhtml", "mim"},
	Sniff:      isMail,
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		m := newMail(in.Stream(), out)
		err := m.message(breach.Place{})
		return m.outcome(), err
	},
}

// mailHeaders are those that tell a mail from other text with colons.
var mailHeaders = []string{"from", "to", "cc", "subject", "date", "received", "message-id", "mime-version", "content-type",
	"return-path", "delivered-to", "reply-to", "x-mailer", "sender", "content-transfer-encoding", "dkim-signature", "in-reply-to", "references", "bcc"}

func isMail(in *Input) bool {
	head := in.Head()
	if bytes.HasPrefix(head, []byte("From ")) {
		if i := bytes.IndexByte(head, '\n'); i > 0 {
			head = head[i+1:]
		}
	}
	found := countHeaders(head)
	if in.HasExtension("eml", "mht", "mhtml", "mim") {
		return found >= 1
	}
	return found >= 2
}

// countHeaders counts the mail headers a text begins with.
func countHeaders(head []byte) int {
	found := 0
	for i := 0; len(head) > 0 && i < 100; i++ {
		line := head
		if j := bytes.IndexByte(head, '\n'); j >= 0 {
			line, head = head[:j], head[j+1:]
		} else {
			head = nil
		}
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 && i > 0 {
			break
		}
		if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, ok := headerName(line)
		if !ok {
			return min(found, 1) * 2
		}
		for _, h := range mailHeaders {
			if strings.EqualFold(name, h) {
				found++
			}
		}
	}
	return found
}

// headerName is the name that a header line begins with.
func headerName(line []byte) (string, bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 76 {
		return "", false
	}
	name := bytes.TrimRight(line[:i], " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7F {
			return "", false
		}
	}
	return string(name), true
}

// mail reads MIME messages as they come, without recursion: a part ends where
// any of the boundaries that are open stands.
type mail struct {
	r          *bufio.Reader
	out        Sink
	at         breach.Place // of the message
	boundaries []string     // that are open, the innermost last
	parts      int64        // leaves met, of the message
	partial    bool         // a message was one part of several that were sent apart
	mbox       bool         // a line "From " begins the next message
	blank      bool         // the line before was blank
	line       []byte       // one line, or the beginning of a long one
	start      bool         // line begins a line
	end        bool         // no more lines
	pending    bool         // line is to be given again
	err        error
}

// maxBoundaries is how deep parts can lie in each other; the multiparts in
// deeper ones are text.
const maxBoundaries = 100

func newMail(r io.Reader, out Sink) *mail {
	return &mail{r: bufio.NewReaderSize(r, 64<<10), out: out, start: true, blank: true}
}

// outcome is how the messages were read, where nothing else is wrong.
func (m *mail) outcome() breach.Outcome {
	if m.partial {
		return breach.Outcome{State: breach.Partly, Reason: breach.MissingVolume, Missing: "parts of a message that were sent apart"}
	}
	return breach.Outcome{}
}

// next reads a line with its end; one longer than the buffer comes in pieces.
func (m *mail) next() bool {
	if m.pending {
		m.pending = false
		return true
	}
	if m.end {
		return false
	}
	m.start = len(m.line) == 0 || m.line[len(m.line)-1] == '\n'
	m.blank = m.start && len(bytes.TrimRight(m.line, "\r\n")) == 0
	line, err := m.r.ReadSlice('\n')
	m.line = line
	if err != nil && err != bufio.ErrBufferFull {
		m.end = true
		if err != io.EOF {
			m.err = err
		}
	}
	return len(line) > 0
}

// message reads a message to its end.
func (m *mail) message(at breach.Place) error {
	m.at, m.parts, m.boundaries = at, 0, m.boundaries[:0]
	h, err := m.header()
	if err != nil {
		return err
	}
	if err := m.tell(h); err != nil {
		return err
	}
	if err := m.entity(h); err != nil {
		return err
	}
	for m.more() { // what follows the last boundary
		h := headers{}
		switch delimiter := m.boundary(m.line); {
		case delimiter > 0:
			m.next()
			m.boundaries = m.boundaries[:delimiter]
			h, err = m.header()
		case delimiter < 0:
			m.next()
			m.boundaries = m.boundaries[:-delimiter-1]
			h.preamble = true
		default:
			h.preamble = true
		}
		if err != nil {
			return err
		}
		if err := m.entity(h); err != nil {
			return err
		}
	}
	return m.err
}

// more reports whether the message goes on, and has its next line at hand.
func (m *mail) more() bool {
	if !m.next() {
		return false
	}
	m.pending = true
	return !m.postmark()
}

// postmark reports whether the line at hand begins the next message of a
// mailbox: "From somebody Thu Jan  1 00:00:00 2026".
func (m *mail) postmark() bool {
	return m.mbox && m.blank && m.start && isPostmark(m.line)
}

func isPostmark(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("From ")) || len(line) > 512 {
		return false
	}
	colon := bytes.IndexByte(line, ':')
	return colon > 6 && colon+2 < len(line) && isDigit(line[colon-1]) && isDigit(line[colon+1]) && isDigit(line[colon+2])
}

// boundary tells whose boundary a line is: n for the nth that is open, -n
// where it is the closing one, 0 for none.
func (m *mail) boundary(line []byte) int {
	if !m.start || len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return 0
	}
	text := string(bytes.TrimRight(line[2:], " \t\r\n"))
	for n := len(m.boundaries); n > 0; n-- {
		b := m.boundaries[n-1]
		if text == b {
			return n
		}
		if len(text) == len(b)+2 && strings.HasPrefix(text, b) && strings.HasSuffix(text, "--") {
			return -n
		}
	}
	return 0
}

// body reads a part: the lines up to a boundary or the end of the message.
// The newline before a boundary belongs to the boundary.
type body struct {
	m    *mail
	left []byte // of the line at hand
	hold []byte // a line's end that may belong to a boundary
	done bool
}

func (b *body) Read(p []byte) (int, error) {
	for len(b.left) == 0 {
		if b.done || !b.m.next() {
			b.done = true
			if b.m.err != nil {
				return 0, b.m.err
			}
			return 0, io.EOF
		}
		if b.m.postmark() || b.m.boundary(b.m.line) != 0 {
			b.m.pending, b.done = true, true
			return 0, io.EOF
		}
		line := b.m.line
		if b.m.mbox && b.m.start && line[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			line = line[1:]
		}
		b.left = line
		if len(b.hold) > 0 {
			n := copy(p, b.hold)
			b.hold = b.hold[n:]
			return n, nil
		}
	}
	if len(b.hold) > 0 {
		n := copy(p, b.hold)
		b.hold = b.hold[n:]
		return n, nil
	}
	text := bytes.TrimRight(b.left, "\r\n")
	if len(text) == 0 {
		b.hold, b.left = lineEnd(b.left), nil
		return b.Read(p)
	}
	n := copy(p, text)
	b.left = b.left[n:]
	if n == len(text) {
		b.hold, b.left = lineEnd(b.left), nil
	}
	return n, nil
}

// lineEnd is the end of a line without pointing into the reader's buffer.
func lineEnd(line []byte) []byte {
	if len(line) == 0 {
		return nil
	}
	return []byte("\n")
}
