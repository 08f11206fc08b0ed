package extract

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

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
	m := &message{oleDoc: d}
	p := m.properties(0)
	if p.text(mapiClass) == "" && len(d.f.entries[0].kids) < 2 {
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
	page string // charset of texts in bytes; "" if nobody says
	lost error  // what kept a text from being read whole
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

// date is a property that is a time, as mail writes it; "" if there is none.
func (p msgProperties) date(id int) string {
	for b := p.fixed; len(b) >= 16; b = b[16:] {
		if u16(b, 2) == id && u16(b, 0) == mapiTime {
			return mailDate(b[8:])
		}
	}
	return ""
}

// page is the code page of texts in bytes.
func (p msgProperties) page() string {
	for _, id := range []int{mapiMessagePage, mapiInternetPage} {
		if n := p.number(id); n != 0 && n != 1200 {
			return codePage(n)
		}
	}
	return ""
}

// text is a property that is text, in short.
func (p msgProperties) text(id int) string {
	for _, kind := range []uint32{mapiUnicode, mapiString8} {
		kid, ok := p.streams[uint32(id)<<16|kind]
		if !ok || p.m.f.entries[kid].storage {
			continue
		}
		s := p.m.f.stream(kid)
		b := s.bytes(0, s.size, maxMSGText)
		return strings.TrimSpace(mapiText(uint16(kind), b, p.m.page))
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
	sender := p.text(0x0C1A)
	add("From", written(sender, mailAddress(p.text(0x5D01), p.text(0x0C1F))))
	if name := p.text(0x0042); name != sender {
		add("From", written(name, mailAddress(p.text(0x5D02), p.text(0x0065))))
	}
	told := toldPeople{}
	for _, kid := range m.f.entries[p.dir].kids {
		e := m.f.entries[kid]
		if !e.storage || !strings.HasPrefix(strings.ToLower(e.name), "__recip_version1.0_") {
			continue
		}
		r := m.properties(kid)
		who := written(r.text(mapiDisplayName), mailAddress(r.text(mapiSMTP), r.text(mapiAddress)))
		add(recipientKind(r.number(mapiRecipientType)), who)
		told.add(who)
		if len(h) > batchSize/2 {
			if err := m.tell(h); err != nil {
				return err
			}
			h = h[:0]
		}
	}
	if len(told) == 0 {
		add("To", p.text(0x0E04))
		add("Cc", p.text(0x0E03))
	}
	add("Bcc", p.text(0x0E02))
	add("Received by", written(p.text(0x0040), mailAddress(p.text(0x0076))))
	add("Subject", plainSubject(p.text(mapiSubject)))
	way := p.text(mapiHeaders)
	if way == "" {
		add("Date", cmp.Or(p.date(mapiSubmitted), p.date(mapiDelivered)))
	}
	if err := m.tell(h); err != nil {
		return err
	}
	return transport(way, m.out, breach.Place{}, told)
}

func (m *message) tell(h []byte) error {
	return prose(m.out, breach.At(breach.Step{Unit: breach.Header}), h)
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

// bodies hands over the text of the message in each of its forms that says
// more than the others: plain, HTML, or what only Outlook reads.
func (m *message) bodies(p msgProperties) error {
	plain := false
	for _, kind := range []uint32{mapiUnicode, mapiString8} {
		s := p.stream(mapiBody, kind)
		if s == nil || s.size == 0 || plain {
			continue
		}
		plain = true
		at := breach.At(breach.Step{Unit: breach.Part, N: 1})
		if err := m.keep(emitProse(m.decoded(s, kind), m.out, at)); err != nil {
			return err
		}
	}
	at := breach.At(breach.Step{Unit: breach.Part, N: 2})
	html := p.stream(mapiHTML, mapiBinary)
	if html != nil && html.size > 0 {
		return m.keep(readPage(newDecoder(html.Reader(0), codePage(p.number(mapiInternetPage))), m.out, at))
	}
	for _, kind := range []uint32{mapiUnicode, mapiString8} {
		if s := p.stream(mapiHTML, kind); s != nil && s.size > 0 {
			return m.keep(readPage(m.decoded(s, kind), m.out, at))
		}
	}
	rich := p.stream(mapiRTF, mapiBinary)
	if rich == nil || rich.size == 0 {
		return nil
	}
	var head [2048]byte
	n, _ := readFull(newLZFu(rich.Reader(0)), head[:])
	if plain && !bytes.Contains(head[:n], []byte(`\fromhtml`)) && !bytes.Contains(head[:n], []byte(`\pict`)) {
		return nil // says the same again
	}
	return m.keep(readRTF(m.in.Unpacked(newLZFu(rich.Reader(0))), m.in, m.out, at))
}

// decoded reads a text of the message.
func (m *message) decoded(s *oleStream, kind uint32) io.Reader {
	return newDecoder(&wideText{r: s.Reader(0), wide: kind == mapiUnicode}, m.page)
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
	name := p.text(mapiAttachLong)
	if name == "" {
		name = p.text(mapiAttachFile)
	}
	if name == "" {
		name = p.text(mapiDisplayName)
	}
	if name == "" {
		name = fmt.Sprintf("attachment %d%s", n, p.text(0x3703))
	}
	if kid, ok := p.streams[mapiAttachData<<16|mapiObject]; ok && m.f.entries[kid].storage {
		if done, err := m.content(kid); done || err != nil {
			return err
		}
		r, size, err := m.f.save(kid)
		if err != nil {
			return m.out.File(name, errReader{err})
		}
		return m.out.File(name, sized{m.in.Unpacked(r), size})
	}
	if s := p.stream(mapiAttachData, mapiBinary); s != nil {
		return m.out.File(name, sized{m.in.Unpacked(s.Reader(0)), s.size})
	}
	if where := p.text(0x370D); where != "" { // it lies elsewhere
		return prose(m.out, breach.At(breach.Step{Unit: breach.Property}), []byte("attachment: "+where))
	}
	return nil
}
