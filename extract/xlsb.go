package extract

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// xlsb is a workbook of Excel since 2007 whose parts are binary: [MS-XLSB].
var xlsb = Format{
	Name:       "xlsb",
	Extensions: []string{"xlsb"},
	Sniff: func(in *Input) bool {
		if !isZip(in.Head()) {
			return false
		}
		a, err := in.Zip()
		return err == nil && a.Find("xl/workbook.bin") != nil
	},
	Read:    readXLSB,
	Strings: true,
}

func readXLSB(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	o, err := openOOXML(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	b := &binaryBook{workbook: &workbook{ooxml: o}}
	for _, step := range []func() error{b.open, b.sheets, b.caches, b.people, b.machinery, o.rest} {
		if err := step(); err != nil {
			return b.outcome(), err
		}
	}
	return b.outcome(), nil
}

// binaryBook is an XLSB file while it is read.
type binaryBook struct {
	*workbook
}

// binary reads the records of one part with f; what is wrong with the part is
// noted.
func (b *binaryBook) binary(name string, f func(kind int, data []byte) error) error {
	m := b.zip.Find(name)
	if m == nil || b.read[memberKey(name)] {
		return nil
	}
	b.read[memberKey(name)] = true
	r, err := m.Open()
	if err == nil {
		err = binaryRecords(r, f)
	}
	return b.note(m, err)
}

// maxBinaryRecord bounds one record; a cell holds 32,767 characters.
const maxBinaryRecord = 4 << 20

// binaryRecords reads records: a kind and a length of one to four bytes, and data.
func binaryRecords(r io.Reader, f func(kind int, data []byte) error) error {
	in := bufio.NewReaderSize(r, 32<<10)
	var data bytes.Buffer
	for {
		kind, err := varying(in, 2)
		if err != nil {
			return err // the end, where one is due
		}
		size, err := varying(in, 4)
		if err != nil {
			return unexpected(err)
		}
		if size > maxBinaryRecord {
			return gap(breach.Malformed)
		}
		data.Reset()
		if _, err := io.CopyN(&data, in, int64(size)); err != nil {
			return unexpected(err)
		}
		if err := f(kind, data.Bytes()); err != nil {
			return err
		}
	}
}

// varying reads a number of seven bits a byte; the kinds of records keep the
// upper bit of their first byte.
func varying(r *bufio.Reader, most int) (int, error) {
	n := 0
	for i := range most {
		c, err := r.ReadByte()
		if err != nil {
			if i > 0 {
				err = unexpected(err)
			}
			return 0, err
		}
		if n |= int(c&0x7F) << (7 * i); c&0x80 == 0 {
			break
		}
	}
	return n, nil
}

// binaryText reads a text at an offset, and gives what follows it.
func binaryText(data []byte, at int) (text, rest []byte) {
	n := u32(data, at)
	if at+4 > len(data) || n == 0xFFFFFFFF {
		return nil, data[min(len(data), at+4):]
	}
	data = data[at+4:]
	size := int(min(int64(n)*2, int64(len(data)&^1)))
	text, _ = appendUTF16(nil, data[:size], 0)
	return text, data[size:]
}

// open reads what the sheets need: their list, styles and shared texts.
func (b *binaryBook) open() error {
	var err error
	if b.main, err = b.ooxml.main("xl/workbook.bin"); err != nil {
		return err
	}
	if b.parts, err = b.relations(b.main); err != nil {
		return err
	}
	names := newBatch(b.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph)
	err = b.binary(b.main, func(kind int, d []byte) error {
		switch kind {
		case 153: // BrtWbProp
			b.since04 = u32(d, 0)&1 != 0
		case 156: // BrtBundleSh
			id, rest := binaryText(d, 8)
			name, _ := binaryText(rest, 0)
			if len(b.list) < maxSheets {
				b.list = append(b.list, sheetRef{string(name), string(id)})
			}
		case 39: // BrtName
			name, _ := binaryText(d, 9)
			if !bytes.HasPrefix(name, []byte("_xl")) {
				return names.Add(name)
			}
		}
		return nil
	})
	if err := errors.Join(err, names.Flush()); err != nil {
		return err
	}
	if err := b.binary(b.related("styles", "xl/styles.bin"), b.styleRecords()); err != nil {
		return err
	}
	return b.binary(b.related("sharedStrings", "xl/sharedStrings.bin"), func(kind int, d []byte) error {
		if kind != 19 { // BrtSSTItem
			return nil
		}
		text, _ := binaryText(d, 1)
		b.shared.text = append(b.shared.text, text...)
		b.shared.end()
		if len(b.shared.text) > maxShared || len(b.shared.ends) > maxSharedCount {
			return gap(breach.Memory)
		}
		return nil
	})
}

// styleRecords takes the number format of each cell style.
func (b *binaryBook) styleRecords() func(int, []byte) error {
	custom := map[int]numberFormat{}
	inCells := false
	return func(kind int, d []byte) error {
		switch kind {
		case 44: // BrtFmt
			if code, _ := binaryText(d, 2); len(custom) < maxStyles {
				custom[u16(d, 0)] = parseFormat(string(code))
			}
		case 617, 618: // BrtBeginCellXFs, BrtEndCellXFs
			inCells = kind == 617
		case 47: // BrtXF
			if !inCells || len(b.styles) == maxStyles {
				return nil
			}
			f, ok := custom[u16(d, 2)]
			if !ok {
				f = builtIn(u16(d, 2))
			}
			b.styles = append(b.styles, f)
		}
		return nil
	}
}

// sheets reads every sheet, the hidden ones too.
func (b *binaryBook) sheets() error {
	for i, ref := range b.list {
		target := b.parts[ref.id].target
		if target == "" {
			target = fmt.Sprintf("xl/worksheets/sheet%d.bin", i+1)
		}
		at := breach.At(breach.Step{Unit: breach.Sheet, N: int64(i + 1), Name: breach.Hide(ref.name)})
		if err := sheetTitle(b.out, at); err != nil {
			return err
		}
		if err := b.binarySheet(target, at); err != nil {
			return err
		}
	}
	n := int64(len(b.list))
	for _, m := range b.zip.Members { // those that the workbook does not name
		key := memberKey(m.Name)
		if strings.HasPrefix(key, "xl/worksheets/sheet") && !b.read[key] && path.Ext(key) == ".bin" {
			n++
			if err := b.binarySheet(m.Name, breach.At(breach.Step{Unit: breach.Sheet, N: n})); err != nil {
				return err
			}
		}
	}
	return nil
}

// binarySheet reads one sheet and the comments on it.
func (b *binaryBook) binarySheet(target string, at breach.Place) error {
	beside, err := b.relations(target)
	if err != nil {
		return err
	}
	s := sheetReader{book: b.workbook, at: at, rows: newBatch(b.out, at, breach.Row)}
	err = b.binary(target, func(kind int, d []byte) error { return s.binary(kind, d) })
	if err := errors.Join(err, s.endRow(), s.rows.Flush()); err != nil {
		return err
	}
	for _, r := range sorted(beside) {
		var err error
		switch {
		case r.kind == "comments" && path.Ext(r.target) == ".bin":
			err = b.comments(r.target, at)
		case r.kind == "comments" || r.kind == "threadedComment":
			c := cellComments{out: b.out, at: at}
			err = b.part(r.target, c.read)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// binary looks at a record of a sheet, or of cells of another workbook.
func (s *sheetReader) binary(kind int, d []byte) error {
	switch kind {
	case 0, 366: // BrtRowHdr, BrtExternRowHdr
		if err := s.endRow(); err != nil {
			return err
		}
		s.row, s.column, s.full = s.row[:0], 0, false
		if n := int64(u32(d, 0)) + 1; n > s.n && n <= maxRows {
			s.n = n
		} else {
			s.n++
		}
	case 2, 3, 4, 5, 6, 7, 8, 9, 10, 11:
		s.binaryCell(kind, int(u32(d, 0)), int(u32(d, 4)&0xFFFFFF), d[min(8, len(d)):])
	case 368, 369, 370, 371: // BrtExternCellReal, …Bool, …Error, …String
		s.binaryCell([]int{5, 4, 3, 6}[kind-368], int(u32(d, 0)), -1, d[min(4, len(d)):])
	case 479: // BrtBeginHeaderFooter
		for rest := d[min(2, len(d)):]; len(rest) >= 4; {
			if s.value, rest = binaryText(rest, 0); len(s.value) > 0 {
				if err := s.header(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// binaryCell appends a cell to the row.
func (s *sheetReader) binaryCell(kind, column, style int, d []byte) {
	if column++; column <= s.column || column > maxColumns {
		column = s.column + 1
	}
	if len(s.row) > maxRow {
		return
	}
	for max(s.column, 1) < column {
		s.row = append(s.row, '\t')
		s.column = max(s.column, 1) + 1
	}
	s.column = column
	switch kind {
	case 2, 5, 9: // BrtCellRk, BrtCellReal, BrtFmlaNum
		v := packedNumber(u32(d, 0))
		if kind != 2 {
			v = real(d, 0)
		}
		var f numberFormat
		if style >= 0 && style < len(s.book.styles) {
			f = s.book.styles[style]
		}
		s.row = f.append(s.row, strconv.AppendFloat(nil, v, 'g', -1, 64), s.book.since04)
	case 3, 11: // BrtCellError, BrtFmlaError
		if len(d) > 0 {
			s.row = append(s.row, errorNames[d[0]]...)
		}
	case 4, 10: // BrtCellBool, BrtFmlaBool
		if len(d) > 0 {
			s.row = append(s.row, truth([]byte{'0' + d[0]&1})...)
		}
	case 6, 8: // BrtCellSt, BrtFmlaString
		text, _ := binaryText(d, 0)
		s.row = appendCell(s.row, bytes.ReplaceAll(text, []byte("\r"), []byte(" ")))
	case 7: // BrtCellIsst
		s.row = appendCell(s.row, s.book.shared.at(int(u32(d, 0))))
	}
}
