package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// msg is a message, a contact or an appointment as Outlook saves it:
// [MS-OXMSG]. What each property means is said in [MS-OXPROPS].
var msg = Format{
	Name:       "msg",
	Extensions: []string{"msg", "oft"},
	Sniff:      sniffOLE("__properties_version1.0", "__nameid_version1.0"),
	Read:       readMSG,
	Strings:    true,
}

func readMSG(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	d, err := newOLEDoc(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	m := &message{oleDoc: d, page: 1252}
	p := m.properties(0)
	if p.text(0x001A) == "" && len(d.f.entries[0].kids) < 2 {
		return breach.Outcome{}, gap(breach.Malformed)
	}
	m.page = p.page()
	for _, step := range []func(msgProperties) error{m.header, m.others, m.bodies, m.attachments} {
		if err := step(p); err != nil {
			return breach.Outcome{}, err
		}
	}
	if m.lost != nil {
		o := lostOutcome("parts of the message")
		o.Reason = reasonOf(m.lost)
		return o, nil
	}
	return breach.Outcome{}, nil
}

// message is a message while it is read.
type message struct {
	*oleDoc
	page int   // code page of texts in bytes
	lost error // what kept a text from being read whole
}

// msgProperties are the properties of a message, of a recipient or of
// something attached: texts and bytes in streams of their own, numbers in one.
type msgProperties struct {
	m       *message
	dir     int
	streams map[uint32]int // entries by their tag: id and type
	order   []uint32
	fixed   []byte
}

const (
	maxMSGFixed = 1 << 20
	maxMSGText  = 64 << 10 // of a property that is no body
	msgStream   = "__substg1.0_"

	msgBinary = 0x0102
	msgObject = 0x000D
	msgBytes  = 0x001E
	msgWide   = 0x001F
)

func (m *message) properties(dir int) msgProperties {
	p := msgProperties{m: m, dir: dir, streams: map[uint32]int{}}
	for _, kid := range m.f.entries[dir].kids {
		name := m.f.entries[kid].name
		var tag uint32
		if !strings.HasPrefix(strings.ToLower(name), msgStream) {
			continue
		}
		if n, err := fmt.Sscanf(name[len(msgStream):], "%08X", &tag); n != 1 || err != nil {
			continue
		}
		if _, twice := p.streams[tag]; !twice {
			p.streams[tag] = kid
			p.order = append(p.order, tag)
		}
	}
	if s := m.f.open(dir, "__properties_version1.0"); s != nil {
		p.fixed = s.bytes(0, s.size, maxMSGFixed)
		// What stands before them has 32, 24 or 8 bytes: the first are of a
		// message on its own, the others are told by what is left over.
		skip := 32
		if len(p.fixed)%16 == 8 {
			skip = 8
		}
		p.fixed = p.fixed[min(len(p.fixed), skip):]
	}
	return p
}

// number is a property of four bytes; 0 if there is none.
func (p msgProperties) number(id int) uint32 {
	for b := p.fixed; len(b) >= 16; b = b[16:] {
		if u16(b, 2) == id {
			return u32(b, 8)
		}
	}
	return 0
}

// date is when the message was sent, or else when it came; "" if nobody knows.
func (p msgProperties) date() string {
	const ticks, since1601 = 10_000_000, 11_644_473_600
	for _, id := range []int{0x0039, 0x0E06} {
		for b := p.fixed; len(b) >= 16; b = b[16:] {
			n := int64(u32(b, 8)) | int64(u32(b, 12)&0x7FFFFFFF)<<32
			if u16(b, 2) == id && u16(b, 0) == 0x40 && n > since1601*ticks {
				return time.Unix(n/ticks-since1601, 0).UTC().Format(time.RFC1123Z)
			}
		}
	}
	return ""
}

// page is the code page of texts in bytes.
func (p msgProperties) page() int {
	for _, id := range []int{0x3FFD, 0x3FDE} {
		if n := p.number(id); n != 0 && n != 1200 {
			return int(n)
		}
	}
	return 1252
}

// text is a property that is text, in short.
func (p msgProperties) text(id int) string {
	for _, kind := range []uint32{msgWide, msgBytes} {
		kid, ok := p.streams[uint32(id)<<16|kind]
		if !ok || p.m.f.entries[kid].storage {
			continue
		}
		s := p.m.f.stream(kid)
		b := s.bytes(0, s.size, maxMSGText)
		if kind == msgWide {
			return strings.TrimSpace(utf16le(b))
		}
		b, _, _ = bytes.Cut(b, []byte{0})
		return strings.TrimSpace(string(appendPage(nil, b, p.m.page)))
	}
	return ""
}

// stream is a property that lies in a stream; nil if there is none.
func (p msgProperties) stream(id int, kind uint32) *oleStream {
	kid, ok := p.streams[uint32(id)<<16|kind]
	if !ok || p.m.f.entries[kid].storage {
		return nil
	}
	return p.m.f.stream(kid)
}

// header hands over who wrote to whom.
func (m *message) header(p msgProperties) error {
	var h []byte
	add := func(label, value string) {
		if value = strings.TrimSpace(value); value != "" {
			h = appendLine(h, label, []byte(value))
		}
	}
	from := address(p.text(0x0C1A), p.text(0x5D01), p.text(0x0C1F))
	behalf := address(p.text(0x0042), p.text(0x5D02), p.text(0x0065))
	add("From", from)
	if behalf != from {
		add("On behalf of", behalf)
	}
	found := 0
	for _, kid := range m.f.entries[p.dir].kids {
		e := m.f.entries[kid]
		if !e.storage || !strings.HasPrefix(strings.ToLower(e.name), "__recip_version1.0_") {
			continue
		}
		found++
		r := m.properties(kid)
		add(recipientKind(r.number(0x0C15)), address(r.text(0x3001), r.text(0x39FE), r.text(0x3003)))
		if len(h) > batchSize/2 {
			if err := m.tell(h); err != nil {
				return err
			}
			h = h[:0]
		}
	}
	if found == 0 {
		add("To", p.text(0x0E04))
		add("Cc", p.text(0x0E03))
	}
	add("Bcc", p.text(0x0E02))
	add("Subject", p.text(0x0037))
	add("Date", p.date())
	if err := m.tell(h); err != nil {
		return err
	}
	return m.transport(p)
}

func (m *message) tell(h []byte) error {
	return prose(m.out, breach.At(breach.Step{Unit: breach.Header}), h)
}

// transport hands over what the header of the mail said on its way.
func (m *message) transport(p msgProperties) error {
	raw := p.text(0x007D)
	if raw == "" {
		return nil
	}
	h, err := newMail(strings.NewReader(raw+"\n\n"), m.out).header()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return m.tell(h.lines)
}

func recipientKind(n uint32) string {
	switch n & 0xF {
	case 2:
		return "Cc"
	case 3:
		return "Bcc"
	}
	return "To"
}

// address joins a name and an address. Those of an Exchange server are paths,
// whose last word may be the name of an account.
func address(name, smtp, other string) string {
	if smtp == "" {
		smtp = other
	}
	if i := strings.LastIndexByte(smtp, '='); strings.HasPrefix(smtp, "/") && i > 0 {
		smtp = smtp[i+1:]
	}
	switch {
	case smtp == "" || strings.Contains(name, smtp):
		return name
	case name == "":
		return smtp
	}
	return name + " <" + smtp + ">"
}

// bodies hands over the text of the message in each of its forms that says
// more than the others: plain, HTML, or what only Outlook reads.
func (m *message) bodies(p msgProperties) error {
	plain := false
	for _, kind := range []uint32{msgWide, msgBytes} {
		s := p.stream(0x1000, kind)
		if s == nil || s.size == 0 || plain {
			continue
		}
		plain = true
		at := breach.At(breach.Step{Unit: breach.Part, N: 1})
		if err := m.keep(emitProse(&msgText{r: s.Reader(0), wide: kind == msgWide, page: m.page}, m.out, at)); err != nil {
			return err
		}
	}
	at := breach.At(breach.Step{Unit: breach.Part, N: 2})
	html := p.stream(0x1013, msgBinary)
	if html != nil && html.size > 0 {
		return m.keep(readPage(newDecoder(html.Reader(0), pageName(m.page)), m.out, at))
	}
	for _, kind := range []uint32{msgWide, msgBytes} {
		if s := p.stream(0x1013, kind); s != nil && s.size > 0 {
			return m.keep(readPage(&msgText{r: s.Reader(0), wide: kind == msgWide, page: m.page}, m.out, at))
		}
	}
	rich := p.stream(0x1009, msgBinary)
	if rich == nil || rich.size == 0 {
		return nil
	}
	var head [2048]byte
	n, _ := readFull(newLZFu(rich.Reader(0)), head[:])
	if plain && !bytes.Contains(head[:n], []byte(`\fromhtml`)) && !bytes.Contains(head[:n], []byte(`\pict`)) {
		return nil // says the same again
	}
	return m.keep(readRTF(newLZFu(rich.Reader(0)), m.in, m.out, at))
}

// keep notes what is wrong with one text, and goes on, unless the sink failed.
func (m *message) keep(err error) error {
	if m.out.err != nil {
		return m.out.err
	}
	if err != nil && m.lost == nil {
		m.lost = err
	}
	return nil
}

// attachments hands over what is attached.
func (m *message) attachments(p msgProperties) error {
	n := 0
	for _, kid := range m.f.entries[p.dir].kids {
		e := m.f.entries[kid]
		if !e.storage || !strings.HasPrefix(strings.ToLower(e.name), "__attach_version1.0_") {
			continue
		}
		n++
		if err := m.attachment(m.properties(kid), n); err != nil {
			return err
		}
	}
	return nil
}

func (m *message) attachment(p msgProperties, n int) error {
	name := p.text(0x3707)
	if name == "" {
		name = p.text(0x3704)
	}
	if name == "" {
		name = p.text(0x3001)
	}
	if name == "" {
		name = fmt.Sprintf("attachment %d%s", n, p.text(0x3703))
	}
	if kid, ok := p.streams[0x3701<<16|msgObject]; ok && m.f.entries[kid].storage {
		if done, err := m.content(kid); done || err != nil {
			return err
		}
		r, size, err := m.f.save(kid)
		if err != nil {
			return m.out.File(name, errReader{err})
		}
		return m.out.File(name, sized{m.in.Unpacked(r), size})
	}
	if s := p.stream(0x3701, msgBinary); s != nil {
		return m.out.File(name, sized{m.in.Unpacked(s.Reader(0)), s.size})
	}
	if where := p.text(0x370D); where != "" { // it lies elsewhere
		return prose(m.out, breach.At(breach.Step{Unit: breach.Property}), []byte("attachment: "+where))
	}
	return nil
}
