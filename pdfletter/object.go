package pdfletter

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"sync"
)

// objects writes the objects of a PDF file as they come: streams by
// themselves, all else gathered into object streams (ISO 32000-1, 7.5.7).
type objects struct {
	w     io.Writer
	at    int64
	where []place // of each object, by number
	pack  pack
	zips  *sync.Pool // of *zlib.Writer, which are large
	err   error
}

// place is where an object lies: at an offset, or in an object stream.
type place struct {
	offset int64 // or the number of the object stream
	index  int16 // in the object stream; -1 for an object by itself
}

type pack struct {
	heads, bodies bytes.Buffer
	n             int
}

// packed is how many objects go into one object stream.
const packed = 200

func newObjects(w io.Writer, zips *sync.Pool) *objects {
	o := &objects{w: w, where: make([]place, 1), zips: zips}
	o.write([]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"))
	return o
}

func (o *objects) write(b []byte) {
	if o.err == nil {
		var n int
		n, o.err = o.w.Write(b)
		o.at += int64(n)
	}
}

// number reserves the number of an object to be written later.
func (o *objects) number() int {
	o.where = append(o.where, place{})
	return len(o.where) - 1
}

// put writes an object that is not a stream.
func (o *objects) put(num int, format string, args ...any) {
	fmt.Fprintf(&o.pack.heads, "%d %d ", num, o.pack.bodies.Len())
	fmt.Fprintf(&o.pack.bodies, format, args...)
	o.pack.bodies.WriteByte('\n')
	o.where[num] = place{index: int16(o.pack.n)}
	o.pack.n++
}

// room closes the object stream when it is full. Objects of one letter are
// never parted, so it is called between letters.
func (o *objects) room() {
	if o.pack.n >= packed {
		o.flush()
	}
}

// flush writes the object stream.
func (o *objects) flush() {
	if o.pack.n == 0 {
		return
	}
	num := o.number()
	first := o.pack.heads.Len()
	// The objects waiting are those whose place names no stream yet.
	for fields := bytes.Fields(o.pack.heads.Bytes()); len(fields) > 0; fields = fields[2:] {
		o.where[atoi(fields[0])].offset = int64(num)
	}
	o.pack.heads.Write(o.pack.bodies.Bytes())
	o.stream(num, fmt.Sprintf("/Type/ObjStm/N %d/First %d", o.pack.n, first), o.deflate(o.pack.heads.Bytes()))
	o.pack.heads.Reset()
	o.pack.bodies.Reset()
	o.pack.n = 0
}

func atoi(b []byte) int {
	n := 0
	for _, c := range b {
		n = 10*n + int(c-'0')
	}
	return n
}

// deflated is data compressed; size is its length before.
type deflated struct {
	data []byte
	size int
}

func (o *objects) deflate(b []byte) deflated {
	var out bytes.Buffer
	out.Grow(len(b)/3 + 64)
	zip := o.zips.Get().(*zlib.Writer)
	zip.Reset(&out)
	_, _ = zip.Write(b) // a bytes.Buffer takes everything
	_ = zip.Close()
	o.zips.Put(zip)
	return deflated{out.Bytes(), len(b)}
}

// stream writes a compressed stream with the rest of its dictionary.
func (o *objects) stream(num int, dict string, d deflated) {
	o.where[num] = place{o.at, -1}
	o.write(fmt.Appendf(nil, "%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\nstream\n", num, dict, len(d.data)))
	o.write(d.data)
	o.write([]byte("\nendstream\nendobj\n"))
}

// plain writes a stream as it is.
func (o *objects) plain(num int, dict string, data []byte) {
	o.where[num] = place{o.at, -1}
	o.write(fmt.Appendf(nil, "%d 0 obj\n<<%s/Length %d>>\nstream\n", num, dict, len(data)))
	o.write(data)
	o.write([]byte("\nendstream\nendobj\n"))
}

// close writes the table of objects (ISO 32000-1, 7.5.8) and ends the file.
func (o *objects) close(catalog, info int, id []byte) error {
	o.flush()
	num, at := o.number(), o.at
	o.where[num] = place{at, -1}
	rows := make([]byte, 0, 11*len(o.where))
	for i, p := range o.where {
		kind, a, b := byte(1), uint64(p.offset), uint16(0)
		switch {
		case i == 0:
			kind, a, b = 0, 0, 0xffff
		case p.index >= 0:
			kind, b = 2, uint16(p.index)
		}
		rows = append(rows, kind)
		rows = be.AppendUint64(rows, a)
		rows = be.AppendUint16(rows, b)
	}
	dict := fmt.Sprintf("/Type/XRef/Size %d/W[1 8 2]/Root %d 0 R/Info %d 0 R/ID[<%x><%x>]", len(o.where), catalog, info, id, id)
	o.stream(num, dict, o.deflate(rows))
	o.write(fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", at))
	return o.err
}
