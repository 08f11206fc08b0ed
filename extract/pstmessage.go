package extract

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// mailbox hands over the messages of a mailbox file.
type mailbox struct {
	p        *pstFile
	out      *steady
	folders  map[uint32]mailFolder
	named    map[uint16]string // labels of the properties without a fixed id
	nameless int               // folders whose name is lost
	n        int64             // messages so far
	broken   ranges            // messages that could not be read whole
	hurt     bool              // the message at hand is one
}

type mailFolder struct {
	name   string
	parent uint32
}

const (
	maxValue   = 1 << 20 // bytes of a property that is held in memory
	maxFolders = 100_000
	maxInMail  = 8 // messages attached to messages
)

// message hands over a node that is a message, and what is attached to it.
func (m *mailbox) message(n pstNode, path string, depth int) error {
	m.n++
	number := m.n
	step := breach.Step{Unit: breach.Message, N: number}
	if path != "" {
		step.Name = breach.Hide(fmt.Sprintf("%s %d", path, number))
	}
	outer, bad := m.hurt, m.p.bad
	m.hurt = false
	err := m.whole(n, breach.At(step), path, depth)
	if (m.hurt || m.p.bad > bad) && err == nil && (m.broken.n == 0 || number > m.broken.to) {
		m.broken.add(number)
	}
	m.hurt = outer
	return err
}

func (m *mailbox) whole(n pstNode, at breach.Place, path string, depth int) error {
	number := at.Last().N
	ps, err := m.p.properties(n)
	if err = m.bear(err); err != nil || ps == nil {
		return err
	}
	page := ps.number(mapiInternetPage)
	if p := ps.number(mapiMessagePage); p != 0 {
		page = p
	}
	ps.page = codePage(page)
	if err := m.header(ps, at); err != nil {
		return err
	}
	if err := m.bodies(ps, at); err != nil {
		return err
	}
	if err := m.record(ps, at); err != nil {
		return err
	}
	nodes, err := m.p.inside(n.sub)
	if err := m.bear(err); err != nil {
		return err
	}
	for _, a := range nodes {
		if a.id&0x1F != nidAttachment {
			continue
		}
		if err := m.attachment(a, path, number, depth); err != nil {
			return err
		}
	}
	return nil
}

// bear takes an error that is the file's own fault as part of the account, and
// gives back any other.
func (m *mailbox) bear(err error) error {
	switch {
	case err == nil:
		return nil
	case m.out.err != nil:
		return m.out.err
	}
	switch reasonOf(err) {
	case breach.BombRatio, breach.BudgetTotal, breach.IOError:
		return err
	}
	m.hurt = true
	return nil
}

// text gives a property as text.
func (m *mailbox) text(ps *pstProperties, id uint16) string {
	q, ok := ps.find(id)
	if !ok {
		return ""
	}
	return m.value(ps, q)
}

func (m *mailbox) value(ps *pstProperties, q pstProperty) string {
	switch q.kind {
	case mapiUnicode, mapiString8, mapiUnicode | mapiMany, mapiString8 | mapiMany:
	case mapiTime:
		return fileTime(m.timeOf(ps, q))
	default:
		return ""
	}
	raw, err := io.ReadAll(io.LimitReader(ps.reader(q), maxValue))
	if err != nil {
		m.hurt = true
	}
	return mapiText(q.kind, raw, ps.page)
}

// timeOf gives the bytes of a time: in a row it stands in place.
func (m *mailbox) timeOf(ps *pstProperties, q pstProperty) []byte {
	if len(q.raw) == 8 {
		return q.raw
	}
	raw, err := io.ReadAll(io.LimitReader(ps.reader(q), 8))
	if err != nil {
		m.hurt = true
	}
	return raw
}

// header hands over who wrote to whom, when and about what.
func (m *mailbox) header(ps *pstProperties, at breach.Place) error {
	var lines []byte
	add := func(label, text string) {
		if text = strings.TrimSpace(text); text != "" && len(lines)+len(text) < maxLines {
			lines = appendLine(lines, label, []byte(text))
		}
	}
	sender := m.text(ps, 0x0C1A)
	add("From", written(sender, mailAddress(m.text(ps, 0x5D01), m.text(ps, 0x0C1F))))
	if name := m.text(ps, 0x0042); name != sender {
		add("From", written(name, mailAddress(m.text(ps, 0x5D02), m.text(ps, 0x0065))))
	}
	flush := func() error {
		if len(lines) == 0 {
			return nil
		}
		err := m.out.Text(at.Down(breach.Step{Unit: breach.Header}), lines)
		lines = lines[:0]
		return err
	}
	told := toldPeople{}
	found, err := m.recipients(ps, func(label, name, address string) error {
		if len(lines) > maxLines/2 {
			if err := flush(); err != nil {
				return err
			}
		}
		add(label, written(name, address))
		told.add(written(name, address))
		return nil
	})
	if err != nil {
		return err
	}
	if !found {
		add("To", m.text(ps, 0x0E04))
		add("Cc", m.text(ps, 0x0E03))
		add("Bcc", m.text(ps, 0x0E02))
	}
	add("Received by", written(m.text(ps, 0x0040), mailAddress(m.text(ps, 0x0076))))
	add("Subject", plainSubject(m.text(ps, mapiSubject)))
	travelled := m.text(ps, mapiHeaders)
	for _, id := range []uint16{mapiSubmitted, mapiDelivered} {
		if q, ok := ps.find(id); ok && q.kind == mapiTime && travelled == "" {
			add("Date", mailDate(m.timeOf(ps, q)))
			break
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return transport(travelled, m.out, at, told)
}

// maxTold bounds how many are remembered; more are told twice.
const maxTold = 10_000

// recipients gives the rows of the table of recipients, and tells whether
// there were any.
func (m *mailbox) recipients(ps *pstProperties, give func(label, name, address string) error) (bool, error) {
	const table = 0x692
	n, ok := ps.h.inner(table)
	if !ok {
		return false, nil
	}
	told := false
	err := m.p.rows(n, func(row *pstProperties) error {
		told = true
		row.page = ps.page
		label := "To"
		switch row.number(mapiRecipientType) {
		case 2:
			label = "Cc"
		case 3:
			label = "Bcc"
		}
		return give(label, m.text(row, mapiDisplayName), mailAddress(m.text(row, mapiSMTP), m.text(row, mapiAddress)))
	})
	return told, m.bear(err)
}

// bodies hands over the text of a message, in the forms it is kept in.
func (m *mailbox) bodies(ps *pstProperties, at breach.Place) error {
	part := int64(0)
	next := func() breach.Place {
		part++
		return at.Down(breach.Step{Unit: breach.Part, N: part})
	}
	if q, ok := ps.find(mapiBody); ok {
		d := newDecoder(&wideText{r: ps.reader(q), wide: q.kind == mapiUnicode}, ps.page)
		if err := m.bear(emitProse(d, m.out, next())); err != nil {
			return err
		}
	}
	if q, ok := ps.find(mapiHTML); ok && q.kind != mapiObject {
		page := ps.page
		if q.kind == mapiBinary {
			page = codePage(ps.number(mapiInternetPage))
		}
		d := newDecoder(&wideText{r: ps.reader(q), wide: q.kind == mapiUnicode}, page)
		if err := m.bear(readPage(d, m.out, next())); err != nil {
			return err
		}
	}
	if q, ok := ps.find(mapiRTF); ok && part == 0 {
		return m.bear(readRTF(newLZFu(ps.reader(q)), m.p.in, m.out, at))
	}
	return nil
}

// record hands over what else is said of an entry that is no mail: a contact,
// an appointment, a task.
func (m *mailbox) record(ps *pstProperties, at breach.Place) error {
	class := strings.ToUpper(m.text(ps, mapiClass))
	mail := class == "" || strings.HasPrefix(class, "IPM.NOTE") || strings.HasPrefix(class, "REPORT")
	rec := newRecorder(m.out, at)
	rec.Open("")
	for _, q := range ps.list {
		label, known := mapiLabels[q.id], true
		if q.id >= 0x8000 {
			label, known = m.named[q.id]
		}
		if silent[q.id] || mail && (q.id < 0x8000 || label != "Keywords") || q.kind == mapiTime && (!known || label == "") {
			continue
		}
		text := m.value(ps, q)
		if q.kind == mapiBinary|mapiMany && label == members {
			text = m.runs(ps, q)
		}
		if text != "" && !strings.HasPrefix(text, "/o=") {
			rec.Value(label, []byte(text))
		}
	}
	return rec.Flush()
}

// runs gives the readable text of the members of a list, which are kept as
// programs write them to each other.
func (m *mailbox) runs(ps *pstProperties, q pstProperty) string {
	raw, err := io.ReadAll(io.LimitReader(ps.reader(q), maxValue))
	if err != nil {
		m.hurt = true
	}
	var s scavenger
	for len(raw) > 0 && len(s.text) < maxLines {
		part := raw[:min(len(raw), 4<<10)]
		s.scan(part, true)
		raw = raw[len(part):]
	}
	return string(s.text)
}

const nidAttachment = 5

// attachment hands over what is attached, a message in place.
func (m *mailbox) attachment(n pstNode, path string, number int64, depth int) error {
	ps, err := m.p.properties(n)
	if err = m.bear(err); err != nil || ps == nil {
		return err
	}
	name := m.text(ps, mapiAttachLong)
	for _, id := range []uint16{mapiAttachFile, mapiDisplayName} {
		if name == "" {
			name = m.text(ps, id)
		}
	}
	if name == "" {
		name = "attachment"
	}
	name = fmt.Sprintf("message %d/%s", number, name)
	q, ok := ps.find(mapiAttachData)
	if !ok || len(q.raw) < 4 {
		return m.out.File(name, errReader{io.ErrUnexpectedEOF})
	}
	if q.kind != mapiObject {
		return m.out.File(name, m.p.in.Unpacked(ps.reader(q)))
	}
	b, err := ps.h.get(binary.LittleEndian.Uint32(q.raw))
	if err != nil || len(b) < 4 {
		return m.bear(errPST)
	}
	inner, ok := ps.h.inner(binary.LittleEndian.Uint32(b))
	if !ok {
		return m.bear(errPST)
	}
	const methodMessage = 5
	if ps.number(mapiAttachMethod) != methodMessage {
		return m.out.File(name, m.p.in.Unpacked(m.p.stream(inner.data)))
	}
	if depth >= maxInMail {
		return m.out.File(name, errReader{gap(breach.Nesting)})
	}
	return m.message(inner, path, depth+1)
}
