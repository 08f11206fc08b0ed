package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/klarlagt/klarlagt/breach"
)

// dbfFormat is a table of dBase, FoxPro or Clipper. Their long texts lie in a
// file beside it (.dbt, .fpt), which is an item of its own.
var dbfFormat = Format{
	Name:       "dbf",
	Extensions: []string{"dbf"},
	Sniff:      func(in *Input) bool { _, ok := dbfHead(in.Head()); return ok },
	Read:       readDBF,
	Strings:    true,
}

// dbfTable is what the head of a file says.
type dbfTable struct {
	records int64
	head    int64 // bytes before the records
	length  int   // bytes of a record
	fields  []dbfField
	table   *charmap.Charmap // of the texts; nil where nobody says
	seven   bool             // dBase 7, whose numbers are others than FoxPro's
}

type dbfField struct {
	name string
	kind byte
	size int
}

// dbfHead reads the head. There is no magic, so all of it has to make sense.
func dbfHead(h []byte) (t dbfTable, ok bool) {
	if len(h) < 65 || !bytes.Contains([]byte("\x02\x03\x04\x05\x07\x30\x31\x32\x43\x63\x83\x8B\x8C\x8E\xCB\xF5\xFB\xE5"), h[:1]) || h[0] != 2 && (h[2] > 12 || h[3] > 31) {
		return t, false
	}
	t.records = int64(binary.LittleEndian.Uint32(h[4:]))
	t.head = int64(binary.LittleEndian.Uint16(h[8:]))
	t.length = int(binary.LittleEndian.Uint16(h[10:]))
	t.table = dbfCharsets[h[29]]
	t.seven = h[0]&7 == 4 && h[0] != 0x0C
	at, step := 32, 32
	if t.seven {
		at, step = 68, 48
	}
	used := 1
	for ; at < len(h) && h[at] != 0x0D && at+step <= len(h) && at+step <= int(t.head); at += step {
		f, ok := dbfFieldOf(h[at:at+step], t.seven)
		if !ok {
			return t, false
		}
		used += f.size
		t.fields = append(t.fields, f)
	}
	return t, len(t.fields) > 0 && t.head >= int64(at) && used <= t.length && t.length <= used+8
}

func dbfFieldOf(d []byte, seven bool) (f dbfField, ok bool) {
	name, kind := d[:11], d[11]
	size, decimals := int(d[16]), int(d[17])
	if seven {
		name, kind, size, decimals = d[:32], d[32], int(d[33]), int(d[34])
	}
	name, _, _ = bytes.Cut(name, []byte{0})
	for _, c := range name {
		ok = c >= ' ' && c != 0x7F
		if !ok {
			return f, false
		}
	}
	if kind == 'C' && !seven && decimals > 0 { // longer than a byte can say
		size |= decimals << 8
	}
	return dbfField{decodeName(name), kind, size}, len(name) > 0 && size > 0 && bytes.IndexByte([]byte("CNFLDTMBGPYIOVQW@+0X"), kind) >= 0
}

// dbfCharsets are the charsets by the number of the language driver.
var dbfCharsets = map[byte]*charmap.Charmap{
	0x01: charmap.CodePage437, 0x02: charmap.CodePage850, 0x03: charmap.Windows1252, 0x04: charmap.Macintosh,
	0x08: charmap.CodePage865, 0x17: charmap.CodePage865, 0x66: charmap.CodePage865,
	0x57: charmap.Windows1252, 0x58: charmap.Windows1252, 0x59: charmap.Windows1252,
	0x64: charmap.CodePage852, 0x65: charmap.CodePage866, 0xC8: charmap.Windows1250, 0xC9: charmap.Windows1251,
	0x09: charmap.CodePage437, 0x0A: charmap.CodePage850,
}

// readDBF hands over the records, and those marked as deleted after.
func readDBF(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	t, ok := dbfHead(in.Head())
	if !ok {
		return breach.Outcome{}, gap(breach.Malformed)
	}
	columns := make([]string, len(t.fields))
	for i, f := range t.fields {
		columns[i] = f.name
	}
	at := breach.At(breach.Step{Unit: breach.Table, N: 1})
	live, deleted := newDBTable(out, at, columns), newDBTable(out, at.Down(deletedPart), columns)
	r := in.Stream()
	if _, err := io.CopyN(io.Discard, r, t.head); err != nil {
		return breach.Outcome{}, unexpected(err)
	}
	d := dbfReader{dbfTable: t, record: make([]byte, t.length)}
	err := d.read(in, r, live, deleted)
	if e := live.flush(); e != nil {
		return breach.Outcome{}, e
	}
	if e := deleted.flush(); e != nil {
		return breach.Outcome{}, e
	}
	o := breach.Outcome{State: breach.Read}
	switch {
	case err != nil:
		o.Missing = "records " + span(d.n+1, max(d.n+1, t.records))
	case d.memos > 0:
		o.State, o.Reason = breach.Partly, breach.MissingVolume
		o.Missing = fmt.Sprintf("%d long texts, which are kept beside", d.memos)
	}
	return o, err
}

// dbfReader reads the records.
type dbfReader struct {
	dbfTable
	record []byte
	row    []byte
	n      int64 // records read
	memos  int64 // texts that lie elsewhere
}

func (d *dbfReader) read(in *Input, r io.Reader, live, deleted *dbTable) error {
	for {
		n, err := readFull(r, d.record)
		if n == 0 || d.record[0] == 0x1A && n < len(d.record) {
			if err == io.EOF && d.n < d.records {
				return io.ErrUnexpectedEOF
			}
			if err == io.EOF {
				return nil
			}
			return err
		}
		if d.table == nil && d.n == 0 {
			d.guess(in)
		}
		clear(d.record[n:])
		to := live
		if d.record[0] == '*' {
			to = deleted
		}
		if e := to.add(d.cells(d.record[1:])); e != nil {
			return e
		}
		if err != nil { // a record cut short
			return unexpected(err)
		}
		d.n++
	}
}

// guess tells the charset by the letters of the first records.
func (d *dbfReader) guess(in *Input) {
	h := in.Head()
	c := detect(bytes.ReplaceAll(h[min(d.head, int64(len(h))):], []byte{0}, []byte{' '}))
	if d.table = c.table; d.table == nil && c.name != "utf-8" {
		d.table = charmap.Windows1252
	}
}

// cells makes a row of a record.
func (d *dbfReader) cells(b []byte) []byte {
	d.row = d.row[:0]
	for i, f := range d.fields {
		if i > 0 {
			d.row = append(d.row, '\t')
		}
		n := min(f.size, len(b))
		d.cell(f, b[:n])
		b = b[n:]
	}
	return d.row
}

func (d *dbfReader) cell(f dbfField, v []byte) {
	le, be := binary.LittleEndian, binary.BigEndian
	whole := func(n int) bool { return len(v) == n }
	switch {
	case f.kind == 'M' || f.kind == 'G' || f.kind == 'P' || f.kind == 'W' || f.kind == 'B' && !whole(8):
		if len(bytes.Trim(v, " 0\x00")) > 0 {
			d.memos++
		}
	case f.kind == 'D' && whole(8) && bytes.IndexFunc(v, notDigit) < 0:
		d.row = fmt.Appendf(d.row, "%s-%s-%s", v[:4], v[4:6], v[6:])
	case (f.kind == 'I' || f.kind == '+') && whole(4) && d.seven:
		d.row = strconv.AppendInt(d.row, int64(int32(be.Uint32(v)^1<<31)), 10)
	case f.kind == 'I' && whole(4):
		d.row = strconv.AppendInt(d.row, int64(int32(le.Uint32(v))), 10)
	case f.kind == 'Y' && whole(8):
		d.row = appendMoney(d.row, int64(le.Uint64(v)))
	case f.kind == 'B' && whole(8):
		d.row = appendFloat(d.row, math.Float64frombits(le.Uint64(v)))
	case f.kind == 'O' && whole(8):
		bits := be.Uint64(v)
		if bits>>63 == 1 {
			bits ^= 1 << 63
		} else {
			bits = ^bits
		}
		d.row = appendFloat(d.row, math.Float64frombits(bits))
	case (f.kind == 'T' || f.kind == '@') && whole(8):
		d.row = appendJulian(d.row, int64(le.Uint32(v)), int64(le.Uint32(v[4:])))
	case f.kind == 'V' && len(v) > 1 && int(v[len(v)-1]) < len(v) && d.short(v):
		d.text(v[:v[len(v)-1]])
	case f.kind == 'Q':
		d.row = appendBinary(d.row, v)
	case f.kind != '0': // of which nulls are flags
		d.text(bytes.Trim(v, " \x00"))
	}
}

// short reports whether a text of varying length is padded: its last byte then
// counts it. Which ones are stands in flags that are not needed for that.
func (d *dbfReader) short(v []byte) bool {
	n := int(v[len(v)-1])
	return n < len(v) && len(bytes.Trim(v[n:len(v)-1], "\x00 ")) == 0
}

func (d *dbfReader) text(v []byte) {
	if d.table == nil {
		d.row = appendCell(d.row, bytes.ToValidUTF8(v, []byte("?")))
		return
	}
	d.row = appendCell(d.row, appendTable(nil, v, d.table))
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func appendFloat(row []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return row
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e18 { // a number that may be somebody's
		return strconv.AppendInt(row, int64(v), 10)
	}
	return strconv.AppendFloat(row, v, 'g', -1, 64)
}

// appendMoney appends a number of ten-thousandths.
func appendMoney(row []byte, v int64) []byte {
	return strconv.AppendFloat(row, float64(v)/1e4, 'f', -1, 64)
}

// appendJulian appends a moment: its Julian day and milliseconds.
func appendJulian(row []byte, day, ms int64) []byte {
	if day < 1721426 || day > 5373484 { // years 1 to 9999
		return row
	}
	return appendTime(row, time.UnixMilli((day-2440588)*86400_000+ms).UTC())
}

// appendTime appends a date, and the hour where there is one.
func appendTime(row []byte, t time.Time) []byte {
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.AppendFormat(row, "2006-01-02")
	}
	return t.AppendFormat(row, "2006-01-02 15:04:05")
}
