package extract

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// xls is a workbook of Excel 2 to 2003: [MS-XLS], and for the older ones the
// documentation of OpenOffice.org. Those of Excel 2 to 4 are no compound files.
var xls = Format{
	Name:       "xls",
	Extensions: []string{"xls", "xlt", "xlw"},
	Sniff: func(in *Input) bool {
		return sniffOLE("Workbook", "Book")(in) || hasAnyPrefix(in.Head(),
			"\x09\x00\x04\x00", "\x09\x02\x06\x00", "\x09\x04\x06\x00", "\x09\x08\x08\x00\x00\x05", "\x09\x08\x10\x00\x00\x06")
	},
	Read:    readXLS,
	Strings: true,
}

func readXLS(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	if !hasAnyPrefix(in.Head(), oleMagic) {
		b := newBook(&oleDoc{in: in, out: &steady{Sink: out}})
		r, size, err := in.Random()
		if err != nil {
			return breach.Outcome{}, err
		}
		return b.outcome(b.read(r, io.NewSectionReader(r, 0, size)))
	}
	d, err := newOLEDoc(in, out)
	if err != nil {
		return breach.Outcome{}, err
	}
	if err := oleProperties(d.f, 0, d.out); err != nil {
		return breach.Outcome{}, err
	}
	stream := d.f.open(0, "Workbook")
	if stream == nil {
		stream = d.f.open(0, "Book")
	}
	if stream == nil {
		return breach.Outcome{}, gap(breach.Malformed)
	}
	b := newBook(d)
	err = b.read(stream, stream.Reader(0))
	if d.out.err != nil {
		return breach.Outcome{}, d.out.err
	}
	for _, step := range []func() error{b.pivots, b.artwork, func() error { return d.embedded(0) }} {
		if b.locked {
			break
		}
		if err := step(); err != nil {
			return breach.Outcome{}, err
		}
	}
	return b.outcome(err)
}

// book is an old workbook while it is read.
type book struct {
	*oleDoc
	rec     records
	version int // 2 to 5, or 8
	page    int // code page of text in bytes
	since04 bool
	locked  bool
	formats map[int]numberFormat
	styles  []numberFormat
	shared  sharedStrings
	sheets  map[int64]sheetName // by the offset of their records
	art     stretches           // of records that hold pictures
	names   *batch
	depth   int // of substreams: charts stand inside sheets
	count   int64
	done    int64 // sheets read to their end

	sheet *oldSheet // at hand; nil outside any
	outer []*oldSheet
}

// sheetName is a sheet as the list of sheets tells it.
type sheetName struct {
	n    int64
	name string
}

func newBook(d *oleDoc) *book {
	return &book{
		oleDoc: d, page: 1252, formats: map[int]numberFormat{}, sheets: map[int64]sheetName{},
		names: newBatch(d.out, breach.At(breach.Step{Unit: breach.Property}), breach.Paragraph),
	}
}

// read reads the records of the workbook in turn.
func (b *book) read(at io.ReaderAt, r io.Reader) error {
	b.art.r = at
	b.rec = newRecords(r)
	for {
		err := b.rec.next()
		if err == nil {
			err = b.record()
		}
		if err == nil {
			continue
		}
		if b.out.err == nil {
			done := b.done
			for b.sheet != nil && b.out.err == nil {
				_ = b.endSheet()
			}
			_ = b.names.Flush()
			b.done = done
		}
		switch {
		case b.out.err != nil:
			return b.out.err
		case errors.Is(err, io.EOF):
			return nil
		}
		return err
	}
}

// outcome sums up.
func (b *book) outcome(err error) (breach.Outcome, error) {
	switch {
	case b.out.err != nil:
		return breach.Outcome{}, b.out.err
	case b.locked:
		return lockedOutcome(), nil
	case err != nil && b.count > 0:
		o := lostOutcome(fmt.Sprintf("sheets from %d on", b.done+1))
		o.Reason = reasonOf(err)
		return o, nil
	}
	return breach.Outcome{}, err
}

// record looks at the record at hand.
func (b *book) record() error {
	switch b.rec.kind {
	case 0x009, 0x209, 0x409, 0x809:
		return b.begin()
	case 0x00A:
		return b.endSheet()
	case 0x02F:
		return b.unlock()
	case 0x042:
		b.page = u16(b.rec.data, 0)
		if b.page == 1200 {
			b.page = 1252 // all is UTF-16, but for what is not
		}
	case 0x022:
		b.since04 = u16(b.rec.data, 0) == 1
	case 0x085:
		return b.boundSheet()
	case 0x08F: // of a workbook of Excel 4: the name of the sheet that follows
		b.sheets[b.rec.after()] = sheetName{b.count + 1, b.text(b.rec.data, 4, 1)}
	case 0x01E, 0x41E:
		b.format()
	case 0x043, 0x243, 0x443, 0x0E0:
		b.style()
	case 0x0FC:
		return b.sharedTable()
	case 0x05C:
		return b.writer()
	case 0x018, 0x218:
		return b.definedName()
	case 0x0EB:
		return b.drawings()
	case 0x05A:
		return b.external()
	}
	if b.sheet != nil {
		return b.cell()
	}
	return nil
}

// begin begins a substream: the workbook itself, a sheet, or a chart in one.
func (b *book) begin() error {
	kind := u16(b.rec.data, 2)
	if b.depth++; b.version == 0 {
		switch b.version = b.rec.kind >> 8; {
		case b.version == 0:
			b.version = 2
		case b.version == 2, b.version == 4:
			b.version = 3 + b.version/4
		case u16(b.rec.data, 0) == 0x600:
			b.version = 8
		default:
			b.version = 5
		}
		b.standardFormats()
	}
	if kind == 5 || kind == 6 || kind == 0x100 { // the workbook, its programs
		return nil
	}
	b.outer = append(b.outer, b.sheet)
	if len(b.outer) > maxNested {
		return gap(breach.Malformed)
	}
	if b.sheet != nil { // a chart: it goes with the sheet
		inside := *b.sheet
		inside.rows = newBatch(b.out, b.sheet.at.Down(breach.Step{Unit: breach.Part, N: b.sheet.charts + 1}), breach.Row)
		b.sheet.charts++
		b.sheet = &inside
		b.sheet.clear()
		return nil
	}
	b.count++
	name, ok := b.sheets[b.rec.at]
	if !ok {
		name.n = b.count
	}
	b.sheet = newOldSheet(b.out, breach.At(breach.Step{Unit: breach.Sheet, N: name.n, Name: breach.Hide(name.name)}))
	return sheetTitle(b.out, b.sheet.at)
}

// endSheet ends a substream.
func (b *book) endSheet() error {
	b.depth--
	if b.sheet == nil {
		return nil
	}
	s := b.sheet
	b.sheet, b.outer = b.outer[len(b.outer)-1], b.outer[:len(b.outer)-1]
	if b.sheet == nil {
		b.done = s.at.Path[0].N
	}
	return s.end()
}

// unlock goes on with the key, as all that follows is locked.
func (b *book) unlock() error {
	key := b.in.unlockBook(b.rec.data, b.version)
	if key == nil {
		b.locked = true
		return io.EOF
	}
	b.rec.key = key
	b.art.unlock = key.apply
	return nil
}

// boundSheet takes one sheet of the list.
func (b *book) boundSheet() error {
	if len(b.sheets) < maxSheets {
		b.sheets[int64(u32(b.rec.data, 0))] = sheetName{int64(len(b.sheets) + 1), b.text(b.rec.data, 6, 1)}
	}
	return nil
}

// text reads a text at an offset of the record, whose length takes 1 or 2 bytes.
func (b *book) text(data []byte, at, width int) string {
	n := u16(data, at)
	if width == 1 {
		n &= 0xFF
	}
	return string(b.chars(nil, data[min(len(data), at+width):], n))
}

// chars appends n characters: bytes, or since Excel 97 after a flag that says
// how wide they are.
func (b *book) chars(to, data []byte, n int) []byte {
	if b.version < 8 {
		return appendPage(to, data[:min(n, len(data))], b.page)
	}
	if len(data) == 0 {
		return to
	}
	wide := data[0]&1 != 0
	data = data[1:]
	if wide {
		to, _ = appendUTF16(to, data[:min(2*n, len(data)&^1)], 0)
		return to
	}
	return appendLatin1(to, data[:min(n, len(data))])
}

// appendLatin1 decodes UTF-16 that was stored without its upper halves.
func appendLatin1(to, data []byte) []byte {
	for _, c := range data {
		if c < 0x80 {
			to = append(to, c)
		} else {
			to = append(to, 0xC0|c>>6, 0x80|c&0x3F)
		}
	}
	return to
}

// writer takes the name of who saved the workbook.
func (b *book) writer() error {
	width := 2
	if b.version < 8 {
		width = 1
	}
	var l labels
	l.add("saved by", b.text(b.rec.data, 0, width))
	return l.flush(b.out, breach.At(breach.Step{Unit: breach.Property}))
}

// definedName takes a name that stands for cells; its own words may tell.
func (b *book) definedName() error {
	d := b.rec.data
	if b.version < 5 || len(d) < 15 || u16(d, 0)&0x20 != 0 { // built in
		return nil
	}
	return b.names.Add(b.chars(nil, d[14:], int(d[3])))
}

// drawings notes where records with pictures are.
func (b *book) drawings() error {
	b.art.add(b.rec.at+4, int64(len(b.rec.data)))
	return b.rec.continued(func([]byte) error {
		b.art.add(b.rec.at+4, int64(len(b.rec.data)))
		return nil
	})
}

func (b *book) artwork() error { return b.oleDoc.art(&b.art, 0, b.art.size, nil) }
