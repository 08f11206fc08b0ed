package extract

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// openZip lists an archive by its table of contents or, where that is missing
// or broken, by the members' own headers.
func openZip(in *Input) (*archive, error) {
	if !isZip(in.Head()) {
		return nil, gap(breach.Malformed)
	}
	f, size, err := in.Random()
	if err != nil {
		return nil, err
	}
	z := &zipDir{in: in, f: f, size: size, joined: in.joined}
	a := &archive{}
	if err := z.central(a); err != nil {
		*a = archive{Recovered: true}
		if err := z.recover(a); err != nil {
			return nil, err
		}
	}
	markOverlaps(a.Members)
	a.byName = make(map[string]*member, len(a.Members))
	for _, m := range a.Members {
		if k := memberKey(m.Name); a.byName[k] == nil {
			a.byName[k] = m
		}
	}
	return a, nil
}

// markOverlaps marks members whose bytes begin before those of another end:
// the sign of an archive built to unpack without end, and of nothing else.
func markOverlaps(members []*member) {
	sorted := slices.Clone(members)
	slices.SortStableFunc(sorted, func(a, b *member) int { return cmp.Compare(a.header, b.header) })
	var end int64
	for _, m := range sorted {
		if m.header < end {
			m.overlaps = true
			continue
		}
		// The local header may be longer, never shorter.
		end = m.header + 30 + m.packed
	}
}

// zipDir finds the members of a ZIP file; see APPNOTE.TXT 4.3.
type zipDir struct {
	in   *Input
	f    io.ReaderAt
	size int64

	joined *joined // of a file cut into volumes; nil for one that is whole
	spans  bool    // offsets are within volumes, which are numbered from 0
}

// zipEnd is how long the end record is, before its comment.
const zipEnd = 22

var errNoDirectory = errors.New("no table of contents")

// central reads the central directory.
func (z *zipDir) central(a *archive) error {
	offset, size, at, err := z.end()
	if err != nil {
		return err
	}
	base := at - size - offset // of archives with something before them
	switch {
	case z.spans:
		offset, base = at-size, 0
	case base < 0 || !z.signature(base+offset, "PK\x01\x02"):
		base = 0
	}
	if size == 0 {
		return nil
	}
	if !z.signature(base+offset, "PK\x01\x02") {
		return errNoDirectory
	}
	r := bufio.NewReaderSize(io.NewSectionReader(z.f, base+offset, size), 32<<10)
	for {
		m, err := z.entry(r, base)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(a.Members) >= z.in.Limits.Entries {
			a.more = true
			return nil
		}
		a.Members = append(a.Members, m)
	}
}

func (z *zipDir) signature(at int64, want string) bool {
	var s [4]byte
	_, err := z.f.ReadAt(s[:], at)
	return err == nil && string(s[:]) == want
}

// end finds the end record: where the directory is, how long, and where the
// record that says so stands.
func (z *zipDir) end() (offset, size, at int64, err error) {
	n := min(z.size, zipEnd+65535)
	tail := make([]byte, n)
	if _, err := z.f.ReadAt(tail, z.size-n); err != nil && err != io.EOF {
		if z.joined == nil {
			return 0, 0, 0, err
		}
		n = min(n, z.joined.volumes[len(z.joined.volumes)-1].Size) // what stands before it is missing
		tail = tail[:n]
		if _, err := z.f.ReadAt(tail, z.size-n); err != nil && err != io.EOF {
			return 0, 0, 0, err
		}
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < zipEnd {
		return 0, 0, 0, errNoDirectory
	}
	le := binary.LittleEndian
	at = z.size - n + int64(i)
	size, offset = int64(le.Uint32(tail[i+12:])), int64(le.Uint32(tail[i+16:]))
	z.spans = z.joined != nil && le.Uint16(tail[i+4:]) > 0
	if i >= 20 && string(tail[i-20:i-16]) == "PK\x06\x07" {
		var e [56]byte
		at64 := z.absolute(int64(le.Uint64(tail[i-12:])), uint64(le.Uint32(tail[i-16:])))
		if at64 >= 0 && z.signature(at64, "PK\x06\x06") {
			if _, err := z.f.ReadAt(e[:], at64); err == nil {
				size, offset, at = int64(le.Uint64(e[40:])), int64(le.Uint64(e[48:])), at64
			}
		}
	}
	if size < 0 || offset < 0 || offset > z.size || size > z.size {
		return 0, 0, 0, errNoDirectory
	}
	return offset, size, at, nil
}

// entry reads one record of the central directory.
func (z *zipDir) entry(r *bufio.Reader, base int64) (*member, error) {
	var h [46]byte
	if n, err := io.ReadFull(r, h[:]); err != nil {
		if n < 4 || string(h[:4]) != "PK\x01\x02" {
			return nil, io.EOF // padding or a signature
		}
		return nil, unexpected(err)
	}
	if string(h[:4]) != "PK\x01\x02" {
		if string(h[:2]) == "PK" {
			return nil, io.EOF // digital signature, end record
		}
		return nil, errNoDirectory
	}
	le := binary.LittleEndian
	nameLen, extraLen, commentLen := int(le.Uint16(h[28:])), int(le.Uint16(h[30:])), int(le.Uint16(h[32:]))
	buf := make([]byte, nameLen+extraLen)
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, unexpected(err)
	}
	if _, err := r.Discard(commentLen); err != nil {
		return nil, unexpected(err)
	}
	m := &member{
		in: z.in, file: z.f,
		flags: le.Uint16(h[8:]), method: le.Uint16(h[10:]), crc: le.Uint32(h[16:]),
		packed: int64(le.Uint32(h[20:])), Size: int64(le.Uint32(h[24:])), header: int64(le.Uint32(h[42:])),
	}
	m.Name = memberName(buf[:nameLen], m.flags)
	disk := m.wide(buf[nameLen:], uint64(le.Uint16(h[34:])))
	m.header = z.absolute(m.header, disk) + base
	if m.packed < 0 || m.Size < 0 || m.header < 0 || m.header > z.size {
		return nil, errNoDirectory
	}
	m.packed = min(m.packed, z.size-m.header)
	return m, nil
}

// absolute is where an offset within a volume is in the whole.
func (z *zipDir) absolute(at int64, disk uint64) int64 {
	if !z.spans || disk >= MaxVolumes {
		return at
	}
	start, ok := z.joined.start(int(disk) + 1)
	if !ok {
		return at
	}
	return start + at
}

// wide takes from the extra field the 64-bit sizes, which volume a member
// begins in where its record has no room for that, and how it is encrypted.
func (m *member) wide(extra []byte, disk uint64) uint64 {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return disk
		}
		field := extra[:n]
		extra = extra[n:]
		if id == 0x9901 && len(field) >= 7 && m.method == methodAES {
			m.aes = aesField{le.Uint16(field), field[4]}
			m.method = le.Uint16(field[5:])
			m.noCRC = m.noCRC || m.aes.version == 2
		}
		if id != 1 {
			continue
		}
		for _, v := range []*int64{&m.Size, &m.packed, &m.header} {
			if *v == 0xFFFFFFFF && len(field) >= 8 {
				*v = int64(le.Uint64(field))
				field = field[8:]
			}
		}
		if disk == math.MaxUint16 && len(field) >= 4 {
			disk = uint64(le.Uint32(field))
		}
	}
	return disk
}

// memberName decodes a member's name, which old archives keep in the code
// page of the machine they were made on.
func memberName(raw []byte, flags uint16) string {
	if flags&flagUTF8 != 0 {
		return string(bytes.ToValidUTF8(raw, []byte("?")))
	}
	return decodeName(raw)
}

// recover lists members by looking for their headers.
func (z *zipDir) recover(a *archive) error {
	var open *member // its end is where the next header begins
	at := int64(0)
	for {
		next, sig, err := z.find(at)
		if err != nil && len(a.Members) == 0 {
			return err
		}
		if err != nil { // of a volume that is missing, or of the disk
			next, sig = z.size, 0
		}
		if open != nil {
			open.packed = next - open.packed // held the start of the data
			open = nil
		}
		if sig == 0 {
			return nil
		}
		at = next + 4
		if sig != 3 {
			continue
		}
		m, data := z.local(next)
		if m == nil {
			continue
		}
		if len(a.Members) >= z.in.Limits.Entries {
			a.more = true
			return nil
		}
		a.Members = append(a.Members, m)
		at = data
		if m.packed > 0 {
			at = min(data+m.packed, z.size)
		} else if m.flags&flagLater != 0 {
			m.packed, open = data, m
		}
	}
}

// local reads the header of a member and tells where its data begins.
func (z *zipDir) local(at int64) (*member, int64) {
	var h [30]byte
	if _, err := z.f.ReadAt(h[:], at); err != nil {
		return nil, 0
	}
	le := binary.LittleEndian
	nameLen, extraLen := int64(le.Uint16(h[26:])), int64(le.Uint16(h[28:]))
	if le.Uint16(h[4:]) > 99 || nameLen == 0 || at+30+nameLen+extraLen > z.size {
		return nil, 0
	}
	buf := make([]byte, nameLen+extraLen)
	if _, err := z.f.ReadAt(buf, at+30); err != nil && err != io.EOF {
		return nil, 0
	}
	m := &member{
		in: z.in, file: z.f, header: at,
		flags: le.Uint16(h[6:]), method: le.Uint16(h[8:]), crc: le.Uint32(h[14:]),
		packed: int64(le.Uint32(h[18:])), Size: int64(le.Uint32(h[22:])),
	}
	m.Name = memberName(buf[:nameLen], m.flags)
	if m.flags&flagLater != 0 {
		m.noCRC, m.Size, m.packed = true, -1, 0
	}
	m.wide(buf[nameLen:], 0)
	if m.packed < 0 {
		return nil, 0
	}
	return m, at + 30 + nameLen + extraLen
}

// find looks for the next signature of a header from an offset on, and tells
// its third byte; 0 where there is none, and then the end of the file.
func (z *zipDir) find(at int64) (int64, byte, error) {
	buf := make([]byte, 64<<10)
	for at < z.size {
		n, err := z.f.ReadAt(buf[:min(int64(len(buf)), z.size-at)], at)
		if err != nil && err != io.EOF && n <= 4 {
			return 0, 0, err
		}
		for i := 0; ; {
			j := bytes.Index(buf[i:n], []byte("PK"))
			if j < 0 || i+j+4 > n {
				break
			}
			i += j
			if s := string(buf[i+2 : i+4]); s == "\x03\x04" || s == "\x01\x02" || s == "\x07\x08" {
				return at + int64(i), s[0], nil
			}
			i += 2
		}
		if n <= 4 {
			break
		}
		at += int64(n) - 3
	}
	return z.size, 0, nil
}
