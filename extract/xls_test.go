package extract_test

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"math"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// record is one record of an old workbook.
func record(kind uint16, data []byte) []byte { return le(kind, uint16(len(data)), data) }

// cellRecord is a cell of Excel 97 whose style is the first.
func cellRecord(kind, row, column uint16, value []byte) []byte {
	return record(kind, le(row, column, uint16(0), value))
}

// begin97 begins a workbook (5) or a sheet (16) of Excel 97.
func begin97(kind uint16) []byte { return record(0x809, le(uint16(0x600), kind, make([]byte, 12))) }

// sheetOf is a workbook of one sheet without a list of sheets.
func sheetOf(cells []byte) []byte {
	return le(begin97(5), record(0x0A, nil), begin97(16), cells, record(0x0A, nil))
}

func text97(s string) []byte { return le(uint16(len(s)), byte(0), s) }

func TestOldExcel(t *testing.T) {
	date := le(record(0xE0, le(uint16(0), uint16(14), make([]byte, 16))))
	for _, c := range []struct {
		name  string
		book  []byte
		wants []string
	}{
		{"numbers", sheetOf(le(
			cellRecord(0x203, 0, 0, le(198001011234.0)), cellRecord(0x27E, 0, 2, le(uint32(123456<<2|3))),
			record(0xBD, le(uint16(1), uint16(0), uint16(0), uint32(5<<2|2), uint16(0), uint32(math.Float64bits(0.5)>>32), uint16(1))))),
			[]string{"sheet 1 row 1: 198001011234\t\t1234.56\n5\t0.5"}},
		{"a formula's text and an error", sheetOf(le(
			cellRecord(0x06, 0, 0, le([]byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, make([]byte, 8))), record(0x207, text97("Anna Ask")),
			cellRecord(0x06, 0, 1, le([]byte{1, 0, 1, 0, 0, 0, 0xFF, 0xFF}, make([]byte, 8))), cellRecord(0x205, 0, 2, []byte{42, 1}))),
			[]string{"sheet 1 row 1: Anna Ask\tTRUE\t#N/A"}},
		{"a date", le(begin97(5), date, record(0x0A, nil), begin97(16), cellRecord(0x203, 0, 0, le(40000.0)), record(0x0A, nil)),
			[]string{"sheet 1 row 1: 2009-07-06"}},
		{"a note and a text box", sheetOf(le(
			record(0x5D, le(uint16(0x15), uint16(18), uint16(25), uint16(7), make([]byte, 14))),
			record(0x1B6, le(make([]byte, 10), uint16(3), make([]byte, 6))), record(0x3C, le(byte(1), utf16Bytes("Åsa"))), record(0x3C, make([]byte, 16)),
			record(0x5D, le(uint16(0x15), uint16(18), uint16(6), uint16(8), make([]byte, 14))),
			record(0x1B6, le(make([]byte, 10), uint16(4), make([]byte, 6))), record(0x3C, le(byte(0), "Ruta")),
			record(0x1C, le(uint16(13), uint16(2), uint16(0), uint16(7), text97("Eva Ek"), byte(0))))),
			[]string{"sheet 1 row 14 comment 1: Eva Ek\nÅsa", "sheet 1 comment 2: Ruta"}},
		{"a header and a link", sheetOf(le(record(0x14, text97("&LKlass &\"Arial\"3B")),
			record(0x1B8, le(make([]byte, 32), "\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\x00\xAA\x00\x4B\xA9\x0B", uint32(46), utf16Bytes("mailto:anna@example.com\x00"))))),
			[]string{"sheet 1 comment: Klass 3B", "sheet 1 property paragraph 1: mailto:anna@example.com"}},
		{"rows out of order", sheetOf(le(cellRecord(0x204, 4, 0, text97("fem")), cellRecord(0x204, 1, 0, text97("tv\xE5")))),
			[]string{"sheet 1 row 5: fem", "sheet 1 row 2: två"}},
		{"cells of another workbook", le(begin97(5), record(0x5A, le(byte(1), byte(0), uint16(6), byte(2), text97("Ask"), byte(1), 7.0)), record(0x0A, nil)),
			[]string{"part row 7: Ask\t7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.xls", compoundFile(streams{"Workbook": c.book}))
			expect(t, got, c.wants...)
			if e.Type != "xls" || e.State != breach.Read {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

func TestOldExcelNamesItsSheets(t *testing.T) {
	hidden := record(0x85, le(uint32(0), byte(1), byte(0), byte(4), byte(0), "L\xF6ne"))
	head := le(begin97(5), hidden, record(0x0A, nil))
	copy(head[len(begin97(5))+4:], le(uint32(len(head))))
	got, _ := passagesOf(t, "x.xls", compoundFile(streams{"Workbook": le(head, begin97(16), cellRecord(0x204, 0, 0, text97("x")), record(0x0A, nil))}))
	expect(t, got, "sheet Löne property: Löne", "sheet Löne row 1: x")
}

// TestOldExcelTextsGoOn has a text whose characters are bytes in one record
// and wide in the next, after one with layout.
func TestOldExcelTextsGoOn(t *testing.T) {
	table := le(record(0xFC, le(uint32(3), uint32(3),
		uint16(4), byte(8), uint16(1), "Anna", uint32(0),
		uint16(10), byte(0), "\xC5sa ")), record(0x3C, le(byte(1), utf16Bytes("Öberg…"))), record(0x3C, le(uint16(2), byte(4), uint32(6), "Bo", "xxxxxx")))
	book := le(begin97(5), table, record(0x0A, nil), begin97(16))
	for i := range uint16(3) {
		book = append(book, cellRecord(0xFD, i, 0, le(uint32(i)))...)
	}
	got, _ := passagesOf(t, "x.xls", compoundFile(streams{"Workbook": book}))
	expect(t, got, "sheet 1 row 1: Anna\nÅsa Öberg…\nBo")
}

func TestExcelOfBeforeCompoundFiles(t *testing.T) {
	for name, book := range map[string][]byte{
		"Excel 2": le(record(0x09, le(uint16(2), uint16(16))), record(0x04, le(uint16(0), uint16(0), []byte{0, 0, 0}, byte(4), "\xC5sa!")),
			record(0x02, le(uint16(0), uint16(1), []byte{0, 0, 0}, uint16(1912))), record(0x0A, nil)),
		"Excel 3": le(record(0x209, le(uint16(0), uint16(16), uint16(0))), cellRecord(0x204, 0, 0, le(uint16(4), "\xC5sa!")),
			cellRecord(0x203, 0, 1, le(1912.0)), record(0x0A, nil)),
	} {
		got, e := passagesOf(t, "x.xls", book)
		expect(t, got, "sheet 1 row 1: Åsa!\t1912")
		if e.Type != "xls" || e.State != breach.Read {
			t.Errorf("%s is %s, %s", name, e.Type, e.State)
		}
	}
}

func TestOldExcelThatEndsTooSoon(t *testing.T) {
	book := le(sheetOf(cellRecord(0x204, 0, 0, text97("Anna"))), begin97(16), cellRecord(0x204, 0, 0, text97("Bo")), []byte{4, 2, 200, 0, 1})
	got, e := passagesOf(t, "x.xls", compoundFile(streams{"Workbook": book}))
	expect(t, got, "sheet 1 row 1: Anna", "sheet 2 row 1: Bo")
	if e.State != breach.Partly || e.Reason != breach.Truncated || e.Missing != "sheets from 2 on" {
		t.Errorf("state %s %s %q", e.State, e.Reason, e.Missing)
	}
}

// binaryRecord is a record of XLSB.
func binaryRecord(kind int, data []byte) []byte {
	var b []byte
	if b = append(b, byte(kind&0x7F)); kind > 0x7F {
		b[0] |= 0x80
		b = append(b, byte(kind>>7))
	}
	return le(b, byte(len(data)&0x7F|0x80), byte(len(data)>>7), data)
}

func wide32(s string) []byte { return le(uint32(len(utf16Bytes(s))/2), utf16Bytes(s)) }

func TestBinaryWorkbook(t *testing.T) {
	cell := func(kind int, column uint32, style uint32, value []byte) []byte {
		return binaryRecord(kind, le(column, style, value))
	}
	parts := map[string][]byte{
		"xl/workbook.bin":      binaryRecord(156, le(uint32(1), uint32(1), wide32("rId1"), wide32("Löner"))),
		"xl/styles.bin":        le(binaryRecord(617, nil), binaryRecord(47, le(uint16(0), uint16(0))), binaryRecord(47, le(uint16(0), uint16(14))), binaryRecord(618, nil)),
		"xl/sharedStrings.bin": binaryRecord(19, le(byte(0), wide32("Åsa Öberg"))),
		"xl/worksheets/sheet1.bin": le(binaryRecord(0, le(uint32(2))), cell(7, 0, 0, le(uint32(0))), cell(5, 2, 0, le(191212121212.0)), cell(2, 3, 1, le(uint32(40000<<2|2))),
			binaryRecord(0, le(uint32(4))), cell(6, 1, 0, wide32("sist")), cell(4, 2, 0, []byte{1}), cell(3, 3, 0, []byte{42})),
		"xl/comments1.bin": le(binaryRecord(632, wide32("Eva Ek")), binaryRecord(635, le(uint32(0), uint32(4), uint32(4), make([]byte, 24))), binaryRecord(637, le(byte(0), wide32("Ring!")))),
	}
	list := []string{"[Content_Types].xml", contentTypes,
		"xl/_rels/workbook.bin.rels", `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>`,
		"xl/worksheets/_rels/sheet1.bin.rels", `<Relationships><Relationship Id="r" Type="http://x/comments" Target="../comments1.bin"/></Relationships>`}
	for name, content := range parts {
		list = append(list, name, string(content))
	}
	got, e := passagesOf(t, "x.xlsb", packed(t, list...))
	expect(t, got, "sheet Löner property: Löner", "sheet Löner row 3: Åsa Öberg\t\t191212121212\t2009-07-06", "sheet Löner row 5: \tsist\tTRUE\t#N/A", "sheet Löner row 5 comment 1: Eva Ek\nRing!")
	if e.Type != "xlsb" || e.State != breach.Read {
		t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
	}
}

func FuzzBinaryWorkbook(f *testing.F) {
	f.Add(binaryRecord(156, le(uint32(1), uint32(1), wide32("rId1"), wide32("x"))), binaryRecord(0, le(uint32(2))), binaryRecord(19, wide32("x")))
	f.Fuzz(func(t *testing.T, book, sheet, other []byte) {
		file := packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.bin", string(book), "xl/worksheets/sheet1.bin", string(sheet),
			"xl/sharedStrings.bin", string(other), "xl/styles.bin", string(other), "xl/pivotcache/pivotcachedefinition1.bin", string(other), "xl/externallinks/e1.bin", string(sheet))
		_, _ = passagesOf(t, "x.xlsb", bytes.Clone(file))
	})
}

// lockRecords locks the records after the first with the key of Excel 97.
func lockRecords(first, rest []byte, password string) []byte {
	salt, verifier := bytes.Repeat([]byte{7}, 16), bytes.Repeat([]byte{9}, 16)
	start := md5.Sum(utf16Bytes(password))
	mixed := md5.Sum(bytes.Repeat(append(start[:5:5], salt...), 16))
	pad := func(n int) []byte {
		var b []byte
		for block := uint32(0); len(b) < n; block++ {
			key := md5.Sum(le(mixed[:5], block))
			c, err := rc4.NewCipher(key[:])
			if err != nil {
				panic(err)
			}
			part := make([]byte, 1024)
			c.XORKeyStream(part, part)
			b = append(b, part...)
		}
		return b
	}
	sum := md5.Sum(verifier)
	proof := le(verifier, sum[:])
	for i, p := range pad(32)[:32] {
		proof[i] ^= p
	}
	book := le(first, record(0x2F, le(uint16(1), uint16(1), uint16(1), salt, proof)), rest)
	key := pad(len(book))
	for at := len(book) - len(rest); at < len(book); {
		size := int(book[at+2]) | int(book[at+3])<<8
		for i := at + 4; i < at+4+size && (book[at] != 0x09 || book[at+1] != 8); i++ {
			book[i] ^= key[i]
		}
		at += 4 + size
	}
	return book
}

func TestLockedOldExcel(t *testing.T) {
	rest := le(record(0x0A, nil), begin97(16), cellRecord(0x204, 0, 0, text97("Anna Ask")), cellRecord(0x204, 1, 0, text97(strings.Repeat("x", 3000))), record(0x0A, nil))
	for _, c := range []struct {
		name, password string
		given          []string
		state          breach.State
	}{
		{"for nobody", "VelvetSweatshop", nil, breach.Read},
		{"with a password that is given", "hemlig", []string{"fel", "hemlig"}, breach.Read},
		{"with one that is not", "hemlig", []string{"fel"}, breach.Encrypted},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := compoundFile(streams{"Workbook": lockRecords(begin97(5), rest, c.password)})
			a := walk(t, "x.xls", file, extract.Limits{Passwords: c.given})
			if e := a.items[0]; e.State != c.state {
				t.Fatalf("state %s %s", e.State, e.Reason)
			}
			if c.state == breach.Read {
				expect(t, a.items[0].Passages, "sheet 1 row 1: Anna Ask\n"+strings.Repeat("x", 3000))
			}
		})
	}
}
