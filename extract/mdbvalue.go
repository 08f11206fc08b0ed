package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zlib"
)

// has reports whether a column has a value; of a yes or no, it is the value.
func (r *mdbRow) has(c *mdbColumn) bool {
	return c.number/8 < len(r.nulls) && r.nulls[c.number/8]&(1<<(c.number%8)) != 0
}

// bytes is the value of a column; nil where there is none.
func (r *mdbRow) bytes(d *mdbFile, c *mdbColumn) []byte {
	if c == nil || !r.has(c) {
		return nil
	}
	from, to := 0, 0
	if c.fixed {
		from, to = r.fixed+c.at, r.fixed+c.at+mdbSize(c)
	} else if c.at+1 < len(r.ends) {
		from, to = r.ends[c.at], r.ends[c.at+1]
	}
	if from >= to || to > len(r.data) {
		return nil
	}
	return r.data[from:to]
}

// int is the value of a column that holds whole numbers.
func (r *mdbRow) int(d *mdbFile, c *mdbColumn) int64 {
	switch b := r.bytes(d, c); len(b) {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return 0
}

// mdbSize is the length of a value of fixed length.
func mdbSize(c *mdbColumn) int {
	switch c.kind {
	case mdbByte:
		return 1
	case mdbInt:
		return 2
	case mdbLong, mdbFloat, mdbComplex:
		return 4
	case mdbMoney, mdbDouble, mdbDate, mdbBig:
		return 8
	case mdbGUID:
		return 16
	case mdbNumeric:
		return 17
	}
	return c.size
}

// cells makes a row of text, and hands over the files in it.
func (d *mdbFile) cells(t *mdbTable, r mdbRow) ([]byte, error) {
	row := d.row[:0]
	for i := range t.columns {
		c := &t.columns[i]
		if i > 0 {
			row = append(row, '\t')
		}
		if c.kind == mdbBool {
			row = strconv.AppendBool(row, r.has(c))
			continue
		}
		b := r.bytes(d, c)
		if len(b) == 0 {
			continue
		}
		var err error
		switch c.kind {
		case mdbMemo, mdbOLE:
			row, err = d.long(row, t, c, b)
		case mdbText:
			row = appendCell(row, d.text(b))
		default:
			row = appendMDB(row, c, b)
		}
		if err != nil {
			return nil, err
		}
	}
	d.row = row
	return row, nil
}

// appendMDB appends a value that is neither text nor long. Its length is that
// of its kind, unless the definition is damaged.
func appendMDB(row []byte, c *mdbColumn, b []byte) []byte {
	le := binary.LittleEndian
	var room [17]byte
	copy(room[:], b)
	switch c.kind {
	case mdbByte:
		return strconv.AppendUint(row, uint64(b[0]), 10)
	case mdbInt:
		return strconv.AppendInt(row, int64(int16(le.Uint16(room[:]))), 10)
	case mdbLong:
		return strconv.AppendInt(row, int64(int32(le.Uint32(room[:]))), 10)
	case mdbBig:
		return strconv.AppendInt(row, int64(le.Uint64(room[:])), 10)
	case mdbMoney:
		return appendMoney(row, int64(le.Uint64(room[:])))
	case mdbFloat:
		return strconv.AppendFloat(row, float64(math.Float32frombits(le.Uint32(room[:]))), 'g', -1, 32)
	case mdbDouble:
		return appendFloat(row, math.Float64frombits(le.Uint64(room[:])))
	case mdbDate:
		return appendDays(row, math.Float64frombits(le.Uint64(room[:])))
	case mdbGUID:
		return fmt.Appendf(row, "%08X-%04X-%04X-%X-%X", le.Uint32(room[:]), le.Uint16(room[4:]), le.Uint16(room[6:]), room[8:10], room[10:16])
	case mdbNumeric:
		return appendNumeric(row, room, c.scale)
	case mdbComplex: // a key to rows elsewhere
		return row
	}
	return appendBinary(row, b)
}

// appendDays appends a moment: days since the end of 1899, hours as a
// fraction that is never negative.
func appendDays(row []byte, days float64) []byte {
	if math.IsNaN(days) || days < -657434 || days > 2958466 { // years 100 to 9999
		return row
	}
	whole, part := math.Modf(days)
	at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole))
	return appendTime(row, at.Add(time.Duration(math.Round(math.Abs(part)*86400))*time.Second))
}

// appendNumeric appends a decimal number: its sign, then 16 bytes in groups of
// four, the high group first.
func appendNumeric(row []byte, b [17]byte, scale int) []byte {
	var digits [16]byte
	for i := range 4 {
		for j := range 4 {
			digits[4*i+j] = b[1+4*i+3-j]
		}
	}
	if b[0]&0x80 != 0 {
		row = append(row, '-')
	}
	n := new(big.Int).SetBytes(digits[:]).String()
	if scale == 0 || scale > 28 {
		return append(row, n...)
	}
	n = strings.Repeat("0", max(0, scale+1-len(n))) + n
	whole, part := n[:len(n)-scale], strings.TrimRight(n[len(n)-scale:], "0")
	row = append(row, whole...)
	if part != "" {
		row = append(append(row, '.'), part...)
	}
	return row
}

// long appends a value that may lie elsewhere, or hands it over as a file.
func (d *mdbFile) long(row []byte, t *mdbTable, c *mdbColumn, b []byte) ([]byte, error) {
	if len(b) < 12 {
		return row, nil
	}
	v := &mdbChain{d: d, left: int64(binary.LittleEndian.Uint32(b) & 0x3FFFFFFF)}
	at := binary.LittleEndian.Uint32(b[4:])
	switch b[3] & 0xC0 {
	case 0x80:
		v.here = b[12:]
	case 0x40:
		v.here = d.piece(at)
	default:
		v.next = at
	}
	head, err := io.ReadAll(io.LimitReader(v, longestValue)) // at most that
	if err != nil {
		d.bad.add(int64(min(at>>8, uint32(d.pages-1))))
	}
	more := v.left > 0 && err == nil
	if c.kind == mdbMemo && !more {
		return appendCell(row, d.text(head)), nil
	}
	inside := head
	if c.kind == mdbOLE {
		if r := attachment(head, v); r != nil {
			return row, d.out.File(valueName(t.name, c.name, strconv.FormatInt(d.rowN, 10)), d.unpacked(r))
		}
		inside = oleInside(head)
	}
	if !more && !isFile(inside) {
		return appendBinary(row, inside), nil
	}
	return row, d.out.File(valueName(t.name, c.name, strconv.FormatInt(d.rowN, 10)), io.MultiReader(bytes.NewReader(inside), v))
}

// attachment unpacks a file of a column of attachments: whether it is packed,
// its length, and a head of its own whose length comes first; nil where the
// value is none that is packed.
func attachment(head []byte, rest io.Reader) io.Reader {
	if len(head) < 10 || binary.LittleEndian.Uint32(head) != 1 || head[8]&0x0F != 8 {
		return nil
	}
	z, err := zlib.NewReader(io.MultiReader(bytes.NewReader(head[8:]), rest))
	if err != nil {
		return nil
	}
	var size [4]byte
	if _, err := io.ReadFull(z, size[:]); err != nil {
		return nil
	}
	_, _ = io.CopyN(io.Discard, z, min(int64(binary.LittleEndian.Uint32(size[:])), 1024)-4)
	return z
}

// oleInside passes over what Access puts before a file that it embeds.
func oleInside(head []byte) []byte {
	for i := range head[:min(len(head), 1024)] {
		if isFile(head[i:]) {
			return head[i:]
		}
	}
	return head
}

// mdbChain reads a long value, piece by piece.
type mdbChain struct {
	d    *mdbFile
	left int64
	here []byte
	next uint32 // the page and row of the next piece; 0 for none
}

func (v *mdbChain) Read(p []byte) (int, error) {
	if v.left <= 0 {
		return 0, io.EOF
	}
	for len(v.here) == 0 {
		if v.next == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		b := v.d.piece(v.next)
		if len(b) < 4 {
			return 0, errMDB
		}
		v.next, v.here = binary.LittleEndian.Uint32(b), b[4:]
	}
	n := copy(p, v.here[:min(int64(len(v.here)), v.left)])
	v.here = v.here[n:]
	v.left -= int64(n)
	return n, nil
}

// piece is part of a long value. Each is read once: chains that meet would
// make much of little.
func (d *mdbFile) piece(at uint32) []byte {
	if d.used[at] {
		return nil
	}
	d.used[at] = true
	p := d.page(at >> 8)
	if p == nil || p[0] != mdbDataPage {
		return nil
	}
	b, _, _ := d.slot(p, int(at&0xFF))
	return b
}
