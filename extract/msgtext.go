package extract

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// msgLabels are the properties of contacts and appointments that people fill
// in: [MS-OXPROPS].
var msgLabels = map[uint32]string{
	0x3A00: "account", 0x3A02: "callback number", 0x3A06: "given name", 0x3A08: "business phone", 0x3A09: "home phone",
	0x3A0A: "initials", 0x3A0D: "location", 0x3A11: "surname", 0x3A15: "postal address", 0x3A16: "company", 0x3A17: "title",
	0x3A18: "department", 0x3A19: "office", 0x3A1A: "primary phone", 0x3A1B: "business phone 2", 0x3A1C: "mobile phone",
	0x3A1D: "radio phone", 0x3A1E: "car phone", 0x3A1F: "other phone", 0x3A21: "pager", 0x3A23: "fax", 0x3A24: "business fax", 0x3A25: "home fax",
	0x3A26: "country", 0x3A27: "town", 0x3A28: "state", 0x3A29: "street", 0x3A2A: "postcode", 0x3A2B: "box", 0x3A2D: "ISDN",
	0x3A2E: "assistant phone", 0x3A2F: "home phone 2", 0x3A30: "assistant", 0x3A44: "middle name", 0x3A45: "prefix", 0x3A46: "profession",
	0x3A48: "spouse", 0x3A4C: "ftp", 0x3A4E: "manager", 0x3A4F: "nickname", 0x3A50: "home page", 0x3A51: "web page",
	0x3A59: "home town", 0x3A5A: "home country", 0x3A5B: "home postcode", 0x3A5C: "home state", 0x3A5D: "home street",
	0x3A5F: "other town", 0x3A61: "other postcode", 0x3A63: "other street",
	0x0040: "received by", 0x0044: "received for", 0x0076: "received by address", 0x0078: "received for address",
	0x0E1D: "", 0x3001: "name", 0x3003: "address", 0x39FE: "address", 0x3A20: "name",
}

// others hands over what the message says beside its header and its text: the
// fields of a contact or an appointment. Properties without a number of their
// own have no names here either; their values stand alone.
func (m *message) others(p msgProperties) error {
	var l labels
	subject := p.text(0x0037)
	slices.Sort(p.order)
	for _, tag := range p.order {
		if kind := tag & 0xFFFF; kind != msgWide && kind != msgBytes {
			continue
		}
		id := tag >> 16
		label, known := msgLabels[id]
		if !known && id < 0x8000 {
			continue
		}
		value := p.text(int(id))
		if value == subject || !known && !worthTelling(value) {
			continue
		}
		if strings.HasPrefix(value, "/") {
			value = address("", "", value)
		}
		l.add(label, value)
	}
	return l.flush(m.out, breach.At(breach.Step{Unit: breach.Property}))
}

// worthTelling reports whether the value of a property that programs give
// themselves can say something of a person.
func worthTelling(value string) bool {
	if len(value) < 2 || len(value) > 4096 || value[0] == '/' || value[0] == '<' || value[0] == '{' {
		return false
	}
	_, err := strconv.ParseFloat(value, 64)
	return err != nil || len(value) >= 6
}

// pageName names a code page as headers do.
func pageName(page int) string {
	switch page {
	case 65001:
		return "utf-8"
	case 28591:
		return "iso-8859-1"
	case 20127:
		return ""
	}
	if page >= 1250 && page <= 1258 {
		return "windows-" + strconv.Itoa(page)
	}
	return ""
}

// msgText reads a text of a message as UTF-8 with newlines.
type msgText struct {
	r    io.Reader
	wide bool
	page int
	high rune
	raw  []byte
	out  []byte
	left []byte
	err  error
}

func (t *msgText) Read(p []byte) (int, error) {
	for len(t.left) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		if t.raw == nil {
			t.raw = make([]byte, 8<<10)
		}
		var n int
		n, t.err = readFull(t.r, t.raw)
		raw := t.raw[:n]
		if t.out = t.out[:0]; t.wide {
			t.out, t.high = appendUTF16(t.out, raw, t.high)
		} else {
			t.out = appendPage(t.out, raw, t.page)
		}
		t.out = bytes.ReplaceAll(t.out, []byte("\r\n"), []byte("\n"))
		for i, c := range t.out {
			if c == '\r' || c == 0 {
				t.out[i] = '\n'
			}
		}
		t.left = t.out
	}
	n := copy(p, t.left)
	t.left = t.left[n:]
	return n, nil
}
