package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

var tnefFormat = Format{
	Name:       "tnef",
	Extensions: []string{"tnef"},
	Sniff:      func(in *Input) bool { return hasAnyPrefix(in.Head(), tnefMagic) },
	Read:       readTNEF,
	Strings:    true,
}

const tnefMagic = "\x78\x9F\x3E\x22"

// Attributes of a message and of its attachments: [MS-OXTNEF] 2.1.3.
const (
	tnefFrom       = 0x8000
	tnefSubject    = 0x8004
	tnefBody       = 0x800C
	tnefData       = 0x800F
	tnefTitle      = 0x8010
	tnefRender     = 0x9002 // begins an attachment
	tnefProperties = 0x9003
	tnefRecipients = 0x9004
	tnefAttachment = 0x9005
	tnefPage       = 0x9007

	maxTNEF = 16 << 20 // bytes of an attribute that is held in memory
)

// readTNEF hands over the text and the attachments of a winmail.dat, in which
// Outlook packs what mail cannot say.
func readTNEF(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	f, size, err := in.Random()
	if err != nil {
		return breach.Outcome{}, err
	}
	t := &tnef{in: in, f: f, size: size, out: out}
	err = t.read()
	if e := t.close(); e != nil {
		return breach.Outcome{}, e
	}
	if err != nil {
		return breach.Outcome{Missing: theRest}, err
	}
	return breach.Outcome{}, nil
}

// tnef reads the attributes of a message one after another.
type tnef struct {
	in    *Input
	f     io.ReaderAt
	size  int64
	out   Sink
	page  string
	lines []byte // of the header
	open  *tnefFile
	text  bool // the body was told
	parts int64
}

// tnefFile is an attachment whose attributes are being read.
type tnefFile struct {
	name string
	data io.Reader
}

func (t *tnef) read() error {
	for at := int64(6); at < t.size; {
		var h [9]byte
		if n, err := t.f.ReadAt(h[:], at); n < len(h) {
			return unexpected(err)
		}
		id, n := int(binary.LittleEndian.Uint16(h[1:])), int64(binary.LittleEndian.Uint32(h[5:]))
		at += int64(len(h))
		if h[0] != 1 && h[0] != 2 {
			return errTNEF
		}
		if n > t.size-at {
			return io.ErrUnexpectedEOF
		}
		if err := t.attribute(id, io.NewSectionReader(t.f, at, n)); err != nil {
			return err
		}
		at += n + 2 // and a checksum
	}
	return nil
}

var errTNEF = errors.New("not as TNEF is written")

// attribute takes one attribute.
func (t *tnef) attribute(id int, data *io.SectionReader) error {
	if id == tnefData && t.open != nil {
		t.open.data = data
		return nil
	}
	if id == tnefRender {
		err := t.close()
		t.open = &tnefFile{}
		return err
	}
	if data.Size() > maxTNEF {
		return gap(breach.Memory)
	}
	raw := make([]byte, data.Size())
	if _, err := io.ReadFull(data, raw); err != nil {
		return unexpected(err)
	}
	switch id {
	case tnefPage:
		if len(raw) >= 4 {
			t.page = codePage(binary.LittleEndian.Uint32(raw))
		}
	case tnefSubject:
		t.line("Subject", mapiText(mapiString8, raw, t.page))
	case tnefFrom: // two lengths, then a name and an address
		if len(raw) > 8 {
			name, address, _ := bytes.Cut(raw[8:], []byte{0})
			address, _, _ = bytes.Cut(address, []byte{0})
			t.line("From", written(mapiText(mapiString8, name, t.page), strings.TrimPrefix(mapiText(mapiString8, address, t.page), "SMTP:")))
		}
	case tnefBody:
		return t.prose(newDecoder(bytes.NewReader(bytes.TrimRight(raw, "\x00")), t.page))
	case tnefTitle:
		if t.open != nil && t.open.name == "" {
			t.open.name = mapiText(mapiString8, raw, t.page)
		}
	case tnefProperties:
		return t.message(raw)
	case tnefRecipients:
		return t.recipients(raw)
	case tnefAttachment:
		return t.attached(raw)
	}
	return nil
}

func (t *tnef) line(label, text string) {
	if text = strings.TrimSpace(text); text != "" && len(t.lines)+len(text) < maxLines {
		t.lines = appendLine(t.lines, label, []byte(text))
	}
}

func (t *tnef) part() breach.Place {
	t.parts++
	t.text = true
	return breach.At(breach.Step{Unit: breach.Part, N: t.parts})
}

func (t *tnef) prose(r io.Reader) error { return emitProse(r, t.out, t.part()) }

// close hands over what has been gathered: an attachment, else the header.
func (t *tnef) close() error {
	if len(t.lines) > 0 {
		err := t.out.Text(breach.At(breach.Step{Unit: breach.Header}), t.lines)
		t.lines = nil
		if err != nil {
			return err
		}
	}
	file := t.open
	t.open = nil
	if file == nil || file.data == nil {
		return nil
	}
	if file.name == "" {
		file.name = "attachment"
	}
	return t.out.File(file.name, file.data)
}

// message takes the properties of the message.
func (t *tnef) message(raw []byte) error {
	list, err := readMAPI(raw)
	rec := newRecorder(t.out, breach.Place{})
	rec.Open("")
	class, rtf := "", []byte(nil)
	for _, q := range list {
		switch q.id {
		case mapiClass:
			class = mapiText(q.kind, q.value, t.page)
		case mapiSubject:
			if !bytes.Contains(t.lines, []byte("Subject: ")) {
				t.line("Subject", plainSubject(mapiText(q.kind, q.value, t.page)))
			}
		case mapiBody:
			text := mapiText(q.kind, q.value, t.page)
			if e := t.prose(newDecoder(strings.NewReader(text), "utf-8")); e != nil {
				return e
			}
		case mapiHTML:
			if e := readPage(newDecoder(bytes.NewReader(q.value), ""), t.out, t.part()); e != nil {
				return e
			}
		case mapiRTF:
			rtf = q.value
		default:
			if label := q.label(); label != "" && !silent[q.id] {
				if text := mapiText(q.kind, q.value, t.page); !strings.HasPrefix(strings.ToLower(text), "/o=") {
					rec.Value(label, []byte(text))
				}
			}
		}
	}
	if strings.HasPrefix(strings.ToUpper(class), "IPM.NOTE") {
		rec = newRecorder(t.out, breach.Place{}) // of a mail they say again what its header says
	}
	if e := rec.Flush(); e != nil {
		return e
	}
	if rtf != nil && !t.text {
		t.text = true
		if e := readRTF(newLZFu(bytes.NewReader(rtf)), t.in, t.out, breach.Place{}); e != nil {
			return e
		}
	}
	return err
}

// recipients takes the rows of those the message went to.
func (t *tnef) recipients(raw []byte) error {
	if len(raw) < 4 {
		return errTNEF
	}
	n := binary.LittleEndian.Uint32(raw)
	raw = raw[4:]
	for ; n > 0 && len(raw) > 0; n-- {
		list, rest, err := nextMAPI(raw)
		if err != nil {
			return err
		}
		raw = rest
		var name, address string
		for _, q := range list {
			switch q.id {
			case mapiDisplayName:
				name = mapiText(q.kind, q.value, t.page)
			case mapiSMTP:
				address = mapiText(q.kind, q.value, t.page)
			case mapiAddress:
				if address == "" {
					address = mapiText(q.kind, q.value, t.page)
				}
			}
		}
		t.line("To", written(name, mailAddress(address)))
	}
	return nil
}

// attached takes the properties of an attachment.
func (t *tnef) attached(raw []byte) error {
	if t.open == nil {
		t.open = &tnefFile{}
	}
	list, err := readMAPI(raw)
	for _, q := range list {
		switch q.id {
		case mapiAttachLong, mapiAttachFile:
			if name := mapiText(q.kind, q.value, t.page); name != "" && (q.id == mapiAttachLong || t.open.name == "") {
				t.open.name = name
			}
		case mapiDisplayName:
			if t.open.name == "" {
				t.open.name = mapiText(q.kind, q.value, t.page)
			}
		case mapiAttachData:
			value := q.value
			if q.kind == mapiObject && len(value) > 16 {
				value = value[16:] // which interface it is read by
			}
			t.open.data = bytes.NewReader(value)
		}
	}
	return err
}
