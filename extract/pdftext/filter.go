package pdftext

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/zlib"
)

const errUnpacked = Unsure("so much data")

// unpack appends the data of a stream, unpacked: ISO 32000-1, 7.4.
func (d *Document) unpack(to []byte, s *stream) ([]byte, error) {
	filters, err := d.list(s.dict, "Filter")
	if err != nil {
		return nil, err
	}
	parms, err := d.list(s.dict, "DecodeParms")
	if err != nil {
		return nil, err
	}
	switch {
	case s.dict.has("F") || len(filters) > 4:
		return nil, Unsure("data that lies elsewhere, or packed over and over")
	case d.unpacked > maxUnpacked:
		return nil, errUnpacked
	}
	data := d.file[s.at : s.at+s.n]
	if d.lock != nil && s.dict.get("Type") != name("XRef") {
		if data, err = d.lock.open(data, s.of); err != nil {
			return nil, err
		}
	}
	from := len(to)
	for i, filter := range filters {
		var parm dict
		if i < len(parms) {
			parm, _ = parms[i].(dict)
		}
		if i > 0 {
			d.scratch = append(d.scratch[:0], to[from:]...)
			data, to = d.scratch, to[:from]
		}
		switch filter {
		case name("FlateDecode"), name("Fl"):
			if to, err = d.inflate.append(to, data); err == nil {
				to, err = d.predicted(to, from, parm)
			}
		case name("ASCIIHexDecode"), name("AHx"):
			p := parser{b: append(append([]byte("<"), data...), '>')}
			to, err = p.hex(to)
		case name("ASCII85Decode"), name("A85"):
			to, err = ascii85(to, data)
		default:
			err = Unsure("how data is packed")
		}
		if err != nil {
			return nil, err
		}
	}
	if len(filters) == 0 {
		to = append(to, data...)
	}
	if d.unpacked += len(to) - from; d.unpacked > maxUnpacked {
		return nil, errUnpacked
	}
	return to, nil
}

// list gives an array, or one value as an array of it.
func (d *Document) list(from dict, key name) (array, error) {
	o, err := d.at(from, key)
	if err != nil || o == nil {
		return nil, err
	}
	a, ok := o.(array)
	if !ok {
		return array{o}, nil
	}
	all := make(array, len(a))
	for i := range a {
		if all[i], err = d.resolve(a[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// inflater unpacks, with one decompressor for all.
type inflater struct {
	from   bytes.Reader
	reader io.ReadCloser
}

// append appends the data unpacked. What has an end too early or a wrong sum
// is not sure.
func (f *inflater) append(to, data []byte) ([]byte, error) {
	f.from.Reset(data)
	var err error
	if f.reader == nil {
		f.reader, err = zlib.NewReader(&f.from)
	} else {
		err = f.reader.(zlib.Resetter).Reset(&f.from, nil)
	}
	start := len(to)
	for err == nil && len(to)-start <= maxStream {
		if len(to) == cap(to) {
			to = append(to, make([]byte, max(4<<10, 3*len(data)))...)[:len(to)]
		}
		var n int
		n, err = f.reader.Read(to[len(to):cap(to)])
		to = to[:len(to)+n]
	}
	if err != io.EOF {
		return nil, Unsure("its packed data")
	}
	return to, nil
}

// predicted undoes a predictor: ISO 32000-1, 7.4.4.4. Only that of PNG with
// bytes for samples is known here.
func (d *Document) predicted(to []byte, from int, parm dict) ([]byte, error) {
	o, err := d.at(parm, "Predictor")
	if err != nil {
		return nil, err
	}
	if o == nil || o == 1 {
		return to, nil
	}
	kind, _ := o.(int)
	size := [3]int{1, 8, 1} // colours, bits, columns
	for i, key := range []name{"Colors", "BitsPerComponent", "Columns"} {
		if parm.has(key) {
			if size[i], err = d.intAt(parm, key); err != nil {
				return nil, err
			}
		}
	}
	row, back := size[0]*size[2], size[0]
	if kind < 10 || kind > 15 || size[1] != 8 || row <= 0 || row > maxStream || (len(to)-from)%(row+1) != 0 {
		return nil, Unsure("a predictor")
	}
	out, last := from, make([]byte, row)
	for in := from; in < len(to); in += row + 1 {
		line := to[in+1 : in+1+row]
		if !unpredict(to[in], line, last, back) {
			return nil, Unsure("a predictor")
		}
		copy(to[out:], line)
		last = to[out : out+row]
		out += row
	}
	return to[:out], nil
}

// unpredict undoes one row, the one above it being last: PNG, 9.2.
func unpredict(kind byte, line, last []byte, back int) bool {
	for i := range line {
		var left, corner int
		if i >= back {
			left, corner = int(line[i-back]), int(last[i-back])
		}
		up := int(last[i])
		switch kind {
		case 0:
			return true
		case 1:
			line[i] += byte(left)
		case 2:
			line[i] += byte(up)
		case 3:
			line[i] += byte((left + up) / 2)
		case 4:
			line[i] += byte(paeth(left, up, corner))
		default:
			return false
		}
	}
	return kind <= 4
}

func paeth(a, b, c int) int {
	distance := func(x int) int { return max(a+b-c-x, x-a-b+c) }
	switch {
	case distance(a) <= distance(b) && distance(a) <= distance(c):
		return a
	case distance(b) <= distance(c):
		return b
	}
	return c
}

// ascii85 appends data in base 85: ISO 32000-1, 7.4.3.
func ascii85(to, data []byte) ([]byte, error) {
	group, n := uint64(0), 0
	for i, c := range data {
		switch {
		case classes[c] == space:
		case c == 'z' && n == 0:
			to = append(to, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			group = 85*group + uint64(c-'!')
			if n++; n == 5 {
				if group > 1<<32-1 {
					return nil, Unsure("its packed data")
				}
				to = append(to, byte(group>>24), byte(group>>16), byte(group>>8), byte(group))
				group, n = 0, 0
			}
		case c == '~' && n != 1 && i+1 < len(data):
			for k := n; k < 5; k++ {
				group = 85*group + 84
			}
			for k := range max(0, n-1) {
				to = append(to, byte(group>>(24-8*k)))
			}
			return to, nil
		default:
			return nil, Unsure("its packed data")
		}
	}
	return nil, Unsure("its packed data")
}
