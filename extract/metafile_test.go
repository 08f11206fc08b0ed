package extract_test

import (
	"testing"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
)

func wide(text string) (b []byte) {
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// emfRecord makes a record of an EMF, filled up to four bytes.
func emfRecord(kind uint32, data []byte) []byte {
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	return le(kind, uint32(8+len(data)), data)
}

// emf makes a picture of records, with a title.
func emf(records ...[]byte) []byte {
	title := wide("Calc\x00Löner\x00\x00")
	head := le(make([]byte, 32), " EMF", uint32(0x10000), make([]byte, 12), uint32(len(title)/2), uint32(100), make([]byte, 32))
	all := emfRecord(1, append(head, title...))
	for _, r := range records {
		all = append(all, r...)
	}
	return append(all, emfRecord(14, make([]byte, 12))...)
}

// drawn is a text at a place, each character so wide.
func drawn(x, y, each int, text string) []byte {
	chars := wide(text)
	n := len(chars) / 2
	fixed := le(make([]byte, 28), uint32(x), uint32(y), uint32(n), uint32(76), uint32(0), make([]byte, 16), uint32(76+len(chars)))
	widths := []byte{}
	for range n {
		widths = append(widths, le(uint32(each))...)
	}
	return emfRecord(84, le(fixed, chars, widths))
}

func TestMetafiles(t *testing.T) {
	small := emfRecord(108, le(uint32(10), uint32(50), uint32(4), uint32(0x300), make([]byte, 12), "Anna"))
	plus := le("EMF+", uint16(0x401C), uint16(0), uint32(12+28+4), uint32(28+4), make([]byte, 8), uint32(2), make([]byte, 16), wide("Bo"))
	group := le("GDIC", uint32(2), make([]byte, 16), uint32(5), wide("Grupp"))
	comment := func(data []byte) []byte { return emfRecord(70, le(uint32(len(data)), data)) }
	bitmap := func(width, height uint32) []byte {
		return emfRecord(81, le(make([]byte, 40), uint32(80), uint32(40), uint32(120), uint32(4), make([]byte, 16),
			uint32(40), width, height, uint16(1), uint16(24), make([]byte, 24), uint32(0xFFFFFF)))
	}
	for _, c := range []struct {
		name  string
		file  []byte
		state breach.State
		wants []string
	}{
		{"a line", emf(drawn(0, 10, 5, "Åsa Öberg")), breach.Read, []string{"property: Calc Löner", "paragraph 1: Åsa Öberg"}},
		{"letters of a word, words of a line, another line", emf(drawn(0, 10, 5, "Å"), drawn(5, 10, 5, "sa"), drawn(20, 10, 5, "Ek"), drawn(0, 30, 5, "Bo")), breach.Read,
			[]string{"property: Calc Löner", "paragraph 1: Åsa Ek\nBo"}},
		{"text in short", emf(small), breach.Read, []string{"property: Calc Löner", "paragraph 1: Anna"}},
		{"text of EMF+", emf(comment(plus)), breach.Read, []string{"property: Calc Löner", "paragraph 1: Bo"}},
		{"the name of a group", emf(comment(group), drawn(0, 0, 5, "x")), breach.Read, []string{"property: Calc Löner", "comment: Grupp", "paragraph 1: x"}},
		{"lines alone", emf(), breach.NoText, []string{"property: Calc Löner"}},
		{"a bitmap, top down", emf(bitmap(200, ^uint32(99))), breach.Read, []string{"property: Calc Löner"}},
		{"an icon", emf(bitmap(32, 32)), breach.NoText, []string{"property: Calc Löner"}},
		{"cut off", emf(drawn(0, 0, 5, "Anna"), drawn(0, 9, 5, "Bo"))[:240], breach.Partly, []string{"property: Calc Löner", "paragraph 1: Anna"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.emf", c.file)
			expect(t, got, c.wants...)
			if e.Type != "metafile" || e.State != c.state {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

func TestOldMetafiles(t *testing.T) {
	record := func(kind uint16, data []byte) []byte {
		if len(data)%2 != 0 {
			data = append(data, 0)
		}
		return le(uint32(3+len(data)/2), kind, data)
	}
	font := func(charset byte) []byte { return record(0x02FB, le(make([]byte, 13), charset, make([]byte, 36))) }
	file := func(records ...[]byte) []byte {
		all := le("\xD7\xCD\xC6\x9A", make([]byte, 18), uint16(1), uint16(9), uint16(0x300), make([]byte, 10), uint16(0))
		for _, r := range records {
			all = append(all, r...)
		}
		return append(all, record(0, nil)...)
	}
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"text", "Åsa", file(record(0x0521, le(uint16(3), "\xC5sa\x00", uint16(7), uint16(1))))},
		{"text with what bounds it", "Anna Bo", file(record(0x0A32, le(uint16(7), uint16(1), uint16(4), uint16(2), make([]byte, 8), "Anna", uint16(5), uint16(5), uint16(5), uint16(5))),
			record(0x0A32, le(uint16(7), uint16(40), uint16(2), uint16(0), "Bo")))},
		{"a font of another charset, in a place that was free", "Пп", file(font(0), font(204), record(0x01F0, le(uint16(0))), font(204), record(0x012D, le(uint16(0))),
			record(0x0521, le(uint16(2), "\xCF\xEF", uint16(7), uint16(1))))},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.wmf", c.file)
			expect(t, got, "paragraph 1: "+c.want)
			if e.Type != "metafile" || e.State != breach.Read {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

// FuzzMetafile reads anything that begins as a metafile.
func FuzzMetafile(f *testing.F) {
	f.Add(emf(drawn(0, 10, 5, "Anna"), emfRecord(108, le(uint32(10), uint32(50), uint32(4), uint32(0x300), make([]byte, 12), "Anna"))))
	f.Add([]byte("\xD7\xCD\xC6\x9A" + "0000000000000000\x01\x00\x09\x00\x00\x030000000000\x00\x00\x06\x00\x00\x00\x21\x05\x02\x00Bo\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, e := passagesOf(t, "x.wmf", content)
		if e.Reason == breach.Crash {
			t.Error("the reader crashed")
		}
	})
}
