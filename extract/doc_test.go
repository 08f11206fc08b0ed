package extract_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

// oldWord is the main stream of a document of Word 6; counts are the
// characters of its parts, or nil where all is text.
func oldWord(text string, counts []uint32) []byte {
	b := make([]byte, 0x300)
	copy(b, le(uint16(0xA5DC), uint16(101), make([]byte, 2), uint16(0x041D)))
	binary.LittleEndian.PutUint32(b[0x18:], 0x300)
	binary.LittleEndian.PutUint32(b[0x1C:], uint32(0x300+len(text)))
	if counts == nil {
		counts = []uint32{uint32(len(text))}
	}
	copy(b[0x34:], le(counts))
	return append(b, text...)
}

func TestOldWord(t *testing.T) {
	for _, c := range []struct {
		name   string
		text   string
		counts []uint32
		wants  []string
	}{
		{"paragraphs", "F\xF6rsta\rAndra\x0Braden\r", nil, []string{"paragraph 1: Första\nAndra raden"}},
		{"a table without layout", "Namn\x07Klass\x07\x07Anna Ask\x073B\x07\x07Efter\r", nil,
			[]string{"table 1 row 1: Namn\tKlass\nAnna Ask\t3B", "paragraph 1: Efter"}},
		{"an address behind a link", "\x13HYPERLINK \"mailto:anna@example.com\"\x14skriv\x15 nu\r", nil, []string{"paragraph 1: skriv anna@example.com  nu"}},
		{"what fields came to", "Sida \x13PAGE\x14" + "3\x15 av \x13NUMPAGES\x14\x13X\x14" + "4\x15\x15\r", nil, []string{"paragraph 1: Sida 3 av 4"}},
		{"a field that never ends", "F\xF6re \x13IF Anna Ask", nil, []string{"paragraph 1: Före IF Anna Ask"}},
		{"notes, headers and text boxes", "Text\r\x02Fot\rmer\r\x02Tv\xE5\rHuvud\r\x05Eva\rRuta\r", []uint32{5, 14, 6, 0, 5, 0, 5},
			[]string{"paragraph 1: Text", "comment 1 paragraph 1: Fot\nmer", "comment 2 paragraph 1: Två", "header paragraph 1: Huvud", "comment 3 paragraph 1: Eva", "paragraph 2: Ruta"}},
		{"hyphens and blanks", "a\x1Eb\x1Fc\xA0d\r", nil, []string{"paragraph 1: a-bc d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.doc", compoundFile(streams{"WordDocument": oldWord(c.text, c.counts)}))
			expect(t, got, c.wants...)
			if e.Type != "doc" || e.State != breach.Read {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

func TestOldWordInItsOwnCharset(t *testing.T) {
	for _, c := range []struct {
		name     string
		language uint16
		text     string
		want     string
	}{
		{"Russian", 0x0419, "\xCF\xF0\xE8\xE2\xE5\xF2\r", "Привет"},
		{"Estonian", 0x0425, "\xDEuk\r", "Žuk"},
		{"Japanese", 0x0411, "\x93\xFA\x96{\r", "日本"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := oldWord(c.text, nil)
			binary.LittleEndian.PutUint16(b[6:], c.language)
			got, _ := passagesOf(t, "x.doc", compoundFile(streams{"WordDocument": b}))
			expect(t, got, "paragraph 1: "+c.want)
		})
	}
}

// word97 is the streams of a document of Word 97: texts, of which every other
// one is stored in bytes and the rest in UTF-16.
func word97(texts ...string) streams {
	main := make([]byte, 0x400)
	copy(main, le(uint16(0xA5EC), uint16(0xC1)))
	main[11] = 2 // the table is in 1Table
	var at, pieces []byte
	n := uint32(0)
	for i, text := range texts {
		at = append(at, le(n)...)
		fc := uint32(len(main))
		if i%2 == 0 {
			fc = fc*2 | 1<<30
			main = append(main, text...)
			n += uint32(len(text))
		} else {
			wide := utf16Bytes(text)
			main = append(main, wide...)
			n += uint32(len(wide) / 2)
		}
		pieces = append(pieces, le(uint16(0), fc, uint16(0))...)
	}
	at = append(at, le(n)...)
	clx := le(byte(2), uint32(len(at)+len(pieces)), at, pieces)
	binary.LittleEndian.PutUint32(main[0x4C:], n)
	binary.LittleEndian.PutUint32(main[0x1A6:], uint32(len(clx)))
	return streams{"WordDocument": main, "1Table": clx}
}

func TestWordInPieces(t *testing.T) {
	got, e := passagesOf(t, "x.doc", compoundFile(word97("Kund: \xC5sa ", "Öberg – 日本 \U0001F600\r", "sist\r")))
	expect(t, got, "paragraph 1: Kund: Åsa Öberg – 日本 \U0001F600\nsist")
	if e.State != breach.Read {
		t.Errorf("state %s %s", e.State, e.Reason)
	}
}

func TestWordThatEndsTooSoon(t *testing.T) {
	file := word97("F\xF6rst\r", "sedan\r")
	binary.LittleEndian.PutUint32(file["WordDocument"][0x4C:], 12)
	file["WordDocument"] = file["WordDocument"][:0x400+8]
	got, e := passagesOf(t, "x.doc", compoundFile(file))
	expect(t, got, "paragraph 1: Först\ns")
	if e.State != breach.Partly || e.Reason != breach.Truncated || e.Missing != "characters 7 to 12 of 12" {
		t.Errorf("state %s %s %q", e.State, e.Reason, e.Missing)
	}
}

func TestWordThatSaysTheSameAgainAndAgain(t *testing.T) {
	file := word97(strings.Repeat("x", 100_000)+"\r", "")
	var at, pieces []byte
	for i := range uint32(1000) {
		at = append(at, le(i*100_001)...)
		pieces = append(pieces, le(uint16(0), uint32(0x400*2|1<<30), uint16(0))...)
	}
	at = append(at, le(uint32(1000*100_001))...)
	file["1Table"] = le(byte(2), uint32(len(at)+len(pieces)), at, pieces)
	main := file["WordDocument"]
	binary.LittleEndian.PutUint32(main[0x4C:], 1000*100_001)
	binary.LittleEndian.PutUint32(main[0x1A6:], uint32(len(file["1Table"])))
	_, e := passagesOf(t, "x.doc", compoundFile(file))
	if e.State != breach.Partly || e.Reason != breach.BombRatio || e.Outcome.Text > 1<<20 {
		t.Errorf("state %s %s, %d bytes of text", e.State, e.Reason, e.Outcome.Text)
	}
}
