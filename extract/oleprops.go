package extract

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/klarlagt/klarlagt/breach"
)

// Property sets hold who wrote a document and what it is about: [MS-OLEPS].

// summaryLabels and documentLabels are the properties that people fill in.
var (
	summaryLabels  = map[uint32]string{2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 8: "last author"}
	documentLabels = map[uint32]string{2: "category", 14: "manager", 15: "company"}
)

const (
	maxPropertySet  = 1 << 20 // bytes of a stream
	maxPropertyText = 64 << 10
	maxProperties   = 10_000
)

// oleProperties hands over the property sets of a storage.
func oleProperties(f *oleFile, dir int, out Sink) error {
	var l labels
	propertySets(f.open(dir, "\x05SummaryInformation"), summaryLabels, &l)
	propertySets(f.open(dir, "\x05DocumentSummaryInformation"), documentLabels, &l)
	return l.flush(out, breach.At(breach.Step{Unit: breach.Property}))
}

// propertySets reads a stream of one or two property sets; the second one of a
// document has properties with names of their own.
func propertySets(s *oleStream, known map[uint32]string, l *labels) {
	if s == nil {
		return
	}
	b := s.bytes(0, s.size, maxPropertySet)
	for i := range min(u32(b, 24), 2) {
		at := int(u32(b, 44+20*int(i)))
		if at < 48 || at > len(b) {
			continue
		}
		if i == 1 {
			known = nil
		}
		propertySet(b[at:], known, l)
	}
}

func propertySet(b []byte, known map[uint32]string, l *labels) {
	page := 1252
	at := map[uint32]int{}
	for i := range min(int(u32(b, 4)), maxProperties, len(b)/8) {
		at[u32(b, 8+8*i)] = int(u32(b, 12+8*i))
	}
	if i, ok := at[1]; ok && u32(b, i) == 2 {
		page = u16(b, i+4)
	}
	if known == nil {
		known = propertyNames(b, at[0], page)
	}
	for i := range min(int(u32(b, 4)), maxProperties, len(b)/8) {
		if label, ok := known[u32(b, 8+8*i)]; ok && len(l.text) < maxPropertySet {
			l.add(label, propertyValue(b, int(u32(b, 12+8*i)), page))
		}
	}
}

// propertyPage is the code page that the properties of a document are written
// in; 0 if it has none.
func propertyPage(f *oleFile) int {
	s := f.open(0, "\x05SummaryInformation")
	if s == nil {
		return 0
	}
	b := s.bytes(0, s.size, maxPropertySet)
	b = b[min(int64(u32(b, 44)), int64(len(b))):]
	for i := range min(int(u32(b, 4)), maxProperties, len(b)/8) {
		if u32(b, 8+8*i) == 1 {
			return u16(b, int(u32(b, 12+8*i))+4)
		}
	}
	return 0
}

// propertyNames reads the dictionary of properties with names of their own.
func propertyNames(b []byte, at, page int) map[uint32]string {
	names := map[uint32]string{}
	if at == 0 || at > len(b) {
		return names
	}
	n := u32(b, at)
	at += 4
	for range min(n, maxProperties) {
		id, size := u32(b, at), int(u32(b, at+4))
		at += 8
		if page == 1200 {
			size *= 2
		}
		if size < 0 || at+size > len(b) || size > 1024 {
			break
		}
		names[id] = propertyText(b[at:at+size], page)
		if at += size; page == 1200 {
			at += -size & 3
		}
	}
	delete(names, 0)
	delete(names, 1)
	return names
}

// propertyValue is a property as text; "" where it is no text or number.
func propertyValue(b []byte, at, page int) string {
	if at < 0 || at+8 > len(b) {
		return ""
	}
	size := int(u32(b, at+4))
	text := b[at+8:]
	switch u32(b, at) {
	case 0x1E: // VT_LPSTR
		if page == 1200 && len(text) > 1 && text[1] != 0 {
			page = 1252 // some count bytes of another charset all the same
		}
		return propertyText(text[:min(max(0, size), len(text), maxPropertyText)], page)
	case 0x1F: // VT_LPWSTR
		return propertyText(text[:min(max(0, 2*size), len(text), maxPropertyText)], 1200)
	case 3: // VT_I4
		return strconv.Itoa(int(int32(size)))
	}
	return ""
}

func propertyText(text []byte, page int) string {
	if page == 1200 {
		return utf16le(text)
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	return string(appendPage(nil, text, page))
}

// codePages are the charsets of Windows and the Macintosh by their numbers.
var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855,
	858: charmap.CodePage858, 860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863,
	865: charmap.CodePage865, 866: charmap.CodePage866, 874: charmap.Windows874,
	932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257,
	1258: charmap.Windows1258, 10000: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 0x8000: charmap.Macintosh,
	20866: charmap.KOI8R, 20932: japanese.EUCJP, 21866: charmap.KOI8U, 28591: charmap.ISO8859_1, 28592: charmap.ISO8859_2,
	28595: charmap.ISO8859_5, 28597: charmap.ISO8859_7, 28599: charmap.ISO8859_9, 28605: charmap.ISO8859_15,
	50220: japanese.ISO2022JP, 51949: korean.EUCKR, 52936: simplifiedchinese.HZGB2312, 54936: simplifiedchinese.GB18030,
}

// appendPage decodes text in a code page; any that is not known is
// windows-1252, unless it is UTF-8.
func appendPage(to, text []byte, page int) []byte {
	if isASCII(text) && page != 50220 && page != 52936 {
		return append(to, text...)
	}
	e, ok := codePages[page]
	switch {
	case page == 65001 && utf8.Valid(text):
		return append(to, text...)
	case !ok:
		return appendTable(to, text, charmap.Windows1252)
	}
	if t, ok := e.(*charmap.Charmap); ok {
		return appendTable(to, text, t)
	}
	decoded, err := e.NewDecoder().Bytes(text)
	if err != nil {
		return appendTable(to, text, charmap.Windows1252)
	}
	return append(to, decoded...)
}
