package extract

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Types of MAPI properties; see [MS-OXCDATA] 2.11.1.
const (
	mapiObject  = 0x000D
	mapiString8 = 0x001E
	mapiUnicode = 0x001F
	mapiTime    = 0x0040
	mapiBinary  = 0x0102
	mapiMany    = 0x1000 // several of a type
)

// Ids of MAPI properties; see [MS-OXPROPS].
const (
	mapiClass         = 0x001A
	mapiSubject       = 0x0037
	mapiSubmitted     = 0x0039
	mapiHeaders       = 0x007D
	mapiRecipientType = 0x0C15
	mapiDelivered     = 0x0E06
	mapiBody          = 0x1000
	mapiRTF           = 0x1009
	mapiHTML          = 0x1013
	mapiDisplayName   = 0x3001
	mapiAddress       = 0x3003
	mapiAttachData    = 0x3701
	mapiAttachFile    = 0x3704
	mapiAttachMethod  = 0x3705
	mapiAttachLong    = 0x3707
	mapiSMTP          = 0x39FE
	mapiInternetPage  = 0x3FDE
	mapiMessagePage   = 0x3FFD
)

// mapiLabels names the properties that say something of a person.
var mapiLabels = map[uint16]string{
	0x0044: "Received for", 0x0078: "Received for", 0x004D: "Original author", 0x005A: "Original sender", 0x0072: "Original bcc", 0x0073: "Original cc", 0x0074: "Original to",
	0x3001: "Name", 0x3002: "Address type", 0x3003: "E-mail", 0x3004: "Comment", 0x39FE: "E-mail",
	0x3A00: "Account", 0x3A02: "Callback telephone", 0x3A05: "Generation", 0x3A06: "Given name", 0x3A07: "Government id",
	0x3A08: "Business telephone", 0x3A09: "Home telephone", 0x3A0A: "Initials", 0x3A0B: "Keyword", 0x3A0C: "Language",
	0x3A0D: "Location", 0x3A0F: "Name", 0x3A10: "Customer id", 0x3A11: "Surname", 0x3A12: "Original entry", 0x3A15: "Postal address",
	0x3A16: "Company", 0x3A17: "Title", 0x3A18: "Department", 0x3A19: "Office", 0x3A1A: "Telephone", 0x3A1B: "Business telephone",
	0x3A1C: "Mobile telephone", 0x3A1D: "Radio telephone", 0x3A1E: "Car telephone", 0x3A1F: "Other telephone", 0x3A23: "Fax",
	0x3A24: "Business fax", 0x3A25: "Home fax", 0x3A26: "Country", 0x3A27: "Town", 0x3A28: "State", 0x3A29: "Street address",
	0x3A2A: "Postal code", 0x3A2B: "Post office box", 0x3A2D: "ISDN", 0x3A2E: "Assistant telephone", 0x3A2F: "Home telephone",
	0x3A30: "Assistant", 0x3A40: "Rich text", 0x3A41: "Wedding anniversary", 0x3A42: "Birthday", 0x3A43: "Hobbies", 0x3A44: "Middle name",
	0x3A45: "Title", 0x3A46: "Profession", 0x3A48: "Spouse", 0x3A4E: "Manager", 0x3A4F: "Nickname", 0x3A50: "Web page",
	0x3A51: "Web page", 0x3A58: "Child", 0x3A59: "Town", 0x3A5A: "Country", 0x3A5B: "Postal code", 0x3A5C: "State", 0x3A5D: "Street address",
	0x3A5E: "Post office box", 0x3A5F: "Town", 0x3A60: "Country", 0x3A61: "Postal code", 0x3A62: "State", 0x3A63: "Street address",
	0x3FF8: "Created by", 0x3FFA: "Changed by",
}

// mapiNamed names the properties that have no fixed id, by their number in the
// sets for contacts, appointments and tasks.
var mapiNamed = map[uint32]string{
	0x8005: "File under", 0x801A: "Home address", 0x801B: "Business address", 0x801C: "Other address", 0x8045: "Street address",
	0x8046: "Town", 0x8047: "State", 0x8048: "Postal code", 0x8049: "Country", 0x8062: "Instant messaging",
	0x8054: members, 0x8080: "Name", 0x8083: "E-mail", 0x8084: "E-mail", 0x8090: "Name", 0x8093: "E-mail", 0x8094: "E-mail",
	0x80A0: "Name", 0x80A3: "E-mail", 0x80A4: "E-mail", 0x80B2: "Fax", 0x80C2: "Fax", 0x80D2: "Fax",
	0x8106: "Owner", 0x811F: "Owner", 0x8121: "Assigner", 0x8208: "Location", 0x820D: "Start", 0x820E: "End",
	0x8238: "Attendees", 0x823B: "To", 0x823C: "Cc", 0x8539: "Companies", 0x853A: "Contacts", 0x8586: "Contact",
}

// members is the label of the people in a distribution list.
const members = "Members"

// silent are properties whose text says nothing of anybody, or again what
// another says.
var silent = map[uint16]bool{
	mapiClass: true, 0x003D: true, 0x0064: true, 0x0C1E: true, 0x0070: true, 0x0E1D: true, 0x1035: true, 0x1039: true, 0x1042: true,
	mapiHeaders: true, mapiSubject: true, mapiBody: true, mapiHTML: true, mapiRTF: true, 0x1015: true, 0x3002: true, 0x0075: true, 0x0077: true,
	0x0040: true, 0x0042: true, 0x0065: true, 0x0076: true, 0x0C1A: true, 0x0C1F: true, 0x5D01: true, 0x5D02: true, 0x0E02: true, 0x0E03: true, 0x0E04: true,
	0x3703: true, 0x370B: true, 0x370E: true, 0x3712: true, 0x6619: true,
}

// mapiText decodes the bytes of a text property; "" for other types.
func mapiText(kind uint16, raw []byte, page string) string {
	switch kind {
	case mapiUnicode:
		return utf16Text(raw)
	case mapiString8:
		raw = bytes.TrimRight(raw, "\x00")
		if page == "" {
			return decodeName(raw)
		}
		text, _ := io.ReadAll(newDecoder(bytes.NewReader(raw), page)) // from memory
		return string(text)
	case mapiTime:
		return fileTime(raw)
	case mapiUnicode | mapiMany, mapiString8 | mapiMany:
		return mapiTexts(kind&^mapiMany, raw, page)
	}
	return ""
}

// mapiTexts joins a list of texts: their number, where each begins, the texts.
func mapiTexts(kind uint16, raw []byte, page string) string {
	if len(raw) < 4 {
		return ""
	}
	le := binary.LittleEndian
	n := int(min(le.Uint32(raw), uint32(len(raw)/4-1)))
	var texts []string
	for i := range n {
		from, to := int64(le.Uint32(raw[4+4*i:])), int64(len(raw))
		if i+1 < n {
			to = int64(le.Uint32(raw[8+4*i:]))
		}
		if from <= to && to <= int64(len(raw)) {
			texts = append(texts, mapiText(kind, raw[from:to], page))
		}
	}
	return strings.Join(texts, "; ")
}

// utf16Text decodes UTF-16, little end first, without zeros at its end.
func utf16Text(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	return string(utf16.Decode(units))
}

// fileTime writes a time; the day alone where it is midnight.
func fileTime(raw []byte) string {
	t, ok := mapiDate(raw)
	switch {
	case !ok:
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// mailDate writes a time as mail does.
func mailDate(raw []byte) string {
	t, ok := mapiDate(raw)
	if !ok {
		return ""
	}
	return t.Format(time.RFC1123Z)
}

// mapiDate is a time counted in 100 ns from 1601.
func mapiDate(raw []byte) (time.Time, bool) {
	if len(raw) < 8 {
		return time.Time{}, false
	}
	n := binary.LittleEndian.Uint64(raw)
	if n == 0 || n >= 0x0CB34557A3DD4000 { // year 4500 stands for none
		return time.Time{}, false
	}
	const toUnix = 11644473600
	return time.Unix(int64(n/1e7)-toUnix, 0).UTC(), true
}

// plainSubject takes the mark off that tells how long the "Re: " is.
func plainSubject(s string) string {
	if len(s) >= 2 && s[0] == 1 {
		return s[2:]
	}
	return s
}

// codePage is the name of the charset of a Windows code page.
func codePage(n uint32) string {
	switch n {
	case 0, 65000, 1200:
		return ""
	case 65001:
		return "utf-8"
	case 20127:
		return "us-ascii"
	case 850, 437, 866:
		return "ibm" + strconv.Itoa(int(n))
	case 28591, 28592, 28593, 28594, 28595, 28596, 28597, 28598, 28599, 28605:
		return "iso-8859-" + strconv.Itoa(int(n)-28590)
	}
	return "windows-" + strconv.Itoa(int(n))
}

// mapiNames reads what the properties without a fixed id are called, from
// their list and the words that it points into; [MS-OXMSG] 2.2.3.1.
func mapiNames(list, words []byte) map[uint16]string {
	le := binary.LittleEndian
	named := map[uint16]string{}
	for ; len(list) >= 8; list = list[8:] {
		number, id := le.Uint32(list), 0x8000+le.Uint16(list[6:])
		if list[4]&1 == 0 {
			named[id] = mapiNamed[number]
			continue
		}
		if int64(number)+4 > int64(len(words)) {
			continue
		}
		word := words[number:]
		if size := int64(le.Uint32(word)); size+4 <= int64(len(word)) && size <= 2*maxLabel {
			named[id] = utf16Text(word[4 : 4+size])
		}
	}
	return named
}
