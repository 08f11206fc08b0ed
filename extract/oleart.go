package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"sort"
)

// Pictures in the documents of the office programs lie in records of their
// own: [MS-ODRAW].

// pictureKinds are the records that hold a picture: how its name ends, and the
// instance that says that one hash stands before it and not two.
var pictureKinds = map[int]struct {
	extension string
	single    int
}{
	0xF01A: {"emf", 0x3D4}, 0xF01B: {"wmf", 0x216}, 0xF01C: {"pict", 0x542}, 0xF01D: {"jpg", 0x46A},
	0xF01E: {"png", 0x6E0}, 0xF01F: {"dib", 0x7A8}, 0xF029: {"tif", 0x6E4}, 0xF02A: {"jpg", 0x6E2},
}

// maxArtRecords bounds how many records of drawings are looked at in a document.
const maxArtRecords = 1 << 20

// art hands over the pictures in the records of a stretch. Some stores say
// only where in another stream, delay, a picture lies.
func (d *oleDoc) art(r io.ReaderAt, from, to int64, delay *oleStream) error {
	var h [8 + 36]byte
	for ; from+8 <= to && d.artRecords < maxArtRecords; d.artRecords++ {
		n, _ := r.ReadAt(h[:min(int64(len(h)), to-from)], from)
		if n < 8 {
			return nil
		}
		kind, size := u16(h[:], 2), int64(u32(h[:], 4))
		end := from + 8 + size
		switch {
		case kind == 0xF007 && n == len(h): // an entry of a store
			inside := 36 + int64(h[8+33])
			if size > inside+8 {
				end = from + 8 + inside
			} else if at := u32(h[:], 8+28); delay != nil && at != oleNone && u32(h[:], 8+20) > 0 {
				if err := d.delayed(delay, int64(at)); err != nil {
					return err
				}
			}
		case kind >= 0xF01A && kind <= 0xF02A:
			if err := d.picture(r, h[:8], from+8, min(size, to-from-8)); err != nil {
				return err
			}
		case h[0]&0xF == 0xF: // what is inside comes next
			end = from + 8
		case kind < 0xF000:
			return nil
		}
		from = end
	}
	return nil
}

// delayed hands over the picture at an offset of a stream.
func (d *oleDoc) delayed(s *oleStream, at int64) error {
	var h [8]byte
	if n, _ := s.ReadAt(h[:], at); n < len(h) {
		return nil
	}
	return d.picture(s, h[:], at+8, min(int64(u32(h[:], 4)), s.size-at-8))
}

// picture hands over the picture in a record with a header and n bytes at an
// offset.
func (d *oleDoc) picture(r io.ReaderAt, h []byte, at, n int64) error {
	kind, ok := pictureKinds[u16(h, 2)]
	if !ok {
		return nil
	}
	skip := int64(16)
	if u16(h, 0)>>4 == kind.single+1 {
		skip += 16
	}
	meta := kind.single < 0x600 && kind.extension != "jpg"
	if skip++; meta {
		skip += 33
	}
	if n <= skip {
		return nil
	}
	content := io.Reader(io.NewSectionReader(r, at+skip, n-skip))
	switch {
	case meta:
		var packed [2]byte
		if _, err := r.ReadAt(packed[:], at+skip-2); err == nil && packed[0] == 0 {
			z, err := zlib.NewReader(content)
			if err != nil {
				z = io.NopCloser(errReader{err})
			}
			content = z
		}
	case kind.extension == "dib":
		var head [40]byte
		m, _ := r.ReadAt(head[:min(40, n-skip)], at+skip)
		content = io.MultiReader(bytes.NewReader(bitmapHead(head[:m], n-skip)), content)
	}
	d.pictures++
	return d.out.File(fmt.Sprintf("picture %d.%s", d.pictures, kind.extension), d.in.Unpacked(content))
}

// bitmapHead makes what stands before a bitmap in a file of its own.
func bitmapHead(info []byte, size int64) []byte {
	bits, colours := u16(info, 14), u32(info, 32)
	if colours == 0 && bits <= 8 {
		colours = 1 << bits
	}
	b := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(size+14))
	b = append(b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, 14+u32(info, 0)+4*colours)
}

// artwork hands over the pictures of a Word document: those in its lines,
// which lie one after another, and those that float.
func (w *docReader) artwork() error {
	if data := w.f.open(0, "Data"); data != nil && !w.old {
		if w.key != nil {
			data.unlock = skipped(w.key, 0)
		}
		var h [70]byte
		for at := int64(0); at+68 <= data.size && w.artRecords < maxArtRecords; w.artRecords++ {
			n, _ := data.ReadAt(h[:min(int64(len(h)), data.size-at)], at)
			size := int64(u32(h[:], 0))
			if n < 68 || size < 68 || u16(h[:], 4) != 68 {
				break
			}
			from := at + 68
			if u16(h[:], 6) == 0x66 { // its name
				from += 1 + int64(h[68])
			}
			at += size
			if err := w.art(data, from, min(at, data.size), nil); err != nil {
				return err
			}
		}
	}
	if w.old {
		return nil
	}
	at := int64(u32(w.fib, 0x9A+8*50))
	return w.art(w.table, at, min(at+int64(u32(w.fib, 0x9E+8*50)), w.table.size), w.main)
}

// stretches are parts of a stream that belong together, as one.
type stretches struct {
	r    io.ReaderAt
	from []int64 // in the whole
	at   []int64 // in r
	size int64

	unlock func(b []byte, at, size int64) // what stands at an offset of r, in a part of that size; nil where nothing is locked
}

func (s *stretches) add(at, n int64) {
	s.from, s.at = append(s.from, s.size), append(s.at, at)
	s.size += n
}

// ReadAt implements io.ReaderAt.
func (s *stretches) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off < 0 || off >= s.size {
			return n, io.EOF
		}
		i := sort.Search(len(s.from), func(i int) bool { return s.from[i] > off }) - 1
		end := s.size
		if i+1 < len(s.from) {
			end = s.from[i+1]
		}
		m, err := s.r.ReadAt(p[n:min(int64(len(p)), int64(n)+end-off)], s.at[i]+off-s.from[i])
		if s.unlock != nil {
			s.unlock(p[n:n+m], s.at[i]+off-s.from[i], end-s.from[i])
		}
		n, off = n+m, off+int64(m)
		if err != nil && m == 0 {
			return n, err
		}
	}
	return n, nil
}
