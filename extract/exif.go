package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// exif reads what a camera or an editor wrote beside a picture, which is kept
// as TIFF keeps it: directories of fields. See CIPA DC-008.
type exif struct {
	r       io.ReaderAt
	order   binary.ByteOrder
	lines   []byte
	xmp     []byte
	seen    map[int64]bool
	gps     [2]string // latitude, longitude
	compass [2]string
}

const (
	maxDirectories = 32
	maxExif        = 64 << 10 // bytes of a field
)

// exifText are the fields that hold text.
var exifText = map[uint16]string{
	0x010D: "Document", 0x010E: "Description", 0x0131: "Software", 0x0132: "Changed", 0x013B: "Artist", 0x013C: "Computer", 0x8298: "Copyright",
	0x9003: "Taken", 0x9286: "Comment", 0xA430: "Owner", 0xA437: "Photographer", 0xA438: "Editor",
	0x9C9B: "Title", 0x9C9C: "Comment", 0x9C9D: "Author", 0x9C9E: "Keywords", 0x9C9F: "Subject",
}

const (
	exifXMP       = 0x02BC
	exifDirectory = 0x8769
	exifGPS       = 0x8825
	exifComment   = 0x9286
	exifWideFirst = 0x9C9B // to 0x9C9F: UTF-16
	exifWideLast  = 0x9C9F
)

// readExif reads the directories of r.
func readExif(r io.ReaderAt) *exif {
	e := &exif{r: r, seen: map[int64]bool{}}
	h := e.bytes(0, 8)
	switch {
	case hasAnyPrefix(h, "II*\x00"):
		e.order = binary.LittleEndian
	case hasAnyPrefix(h, "MM\x00*"):
		e.order = binary.BigEndian
	default:
		return e
	}
	if len(h) == 8 {
		e.directory(int64(e.order.Uint32(h[4:])), false)
	}
	if e.gps[0] != "" && e.gps[1] != "" {
		e.line("Position", fmt.Sprintf("%s %s, %s %s", e.gps[0], e.compass[0], e.gps[1], e.compass[1]))
	}
	return e
}

// bytes gives up to n bytes at an offset.
func (e *exif) bytes(at int64, n int) []byte {
	b := make([]byte, n)
	got, _ := e.r.ReadAt(b, at) // what there is
	return b[:got]
}

func (e *exif) line(label, text string) {
	if text = strings.TrimSpace(strings.ReplaceAll(text, "\x00", " ")); text != "" && len(e.lines)+len(text) < maxLines {
		e.lines = appendLine(e.lines, label, []byte(text))
	}
}

// directory reads the fields of a directory, of those inside it, and of those
// that follow.
func (e *exif) directory(at int64, gps bool) {
	for at > 0 && !e.seen[at] && len(e.seen) < maxDirectories {
		e.seen[at] = true
		head := e.bytes(at, 2)
		if len(head) < 2 {
			return
		}
		n := int(e.order.Uint16(head))
		fields := e.bytes(at+2, 12*n+4)
		for ; n > 0 && len(fields) >= 12; n, fields = n-1, fields[12:] {
			e.field(fields[:12], gps)
		}
		if len(fields) < 4 {
			return
		}
		at = int64(e.order.Uint32(fields))
	}
}

// field reads one field: what it is, of which type, how many, and the value or
// where it stands.
func (e *exif) field(f []byte, gps bool) {
	tag, kind, count := e.order.Uint16(f), e.order.Uint16(f[2:]), int64(e.order.Uint32(f[4:]))
	size := count
	switch kind {
	case 3: // of 16 bits
		size *= 2
	case 4, 9, 13: // of 32
		size *= 4
	case 5, 10: // fractions
		size *= 8
	}
	value := f[8 : 8+min(size, 4)]
	if size > 4 {
		if _, known := exifText[tag]; !known && tag != exifXMP && !gps {
			return
		}
		value = e.bytes(int64(e.order.Uint32(f[8:])), int(min(size, maxExif)))
	}
	switch {
	case gps:
		e.position(tag, value)
	case tag == exifDirectory && len(value) == 4:
		e.directory(int64(e.order.Uint32(value)), false)
	case tag == exifGPS && len(value) == 4:
		e.directory(int64(e.order.Uint32(value)), true)
	case tag == exifXMP:
		e.xmp = value
	case exifText[tag] != "":
		e.line(exifText[tag], e.text(tag, value))
	}
}

// text decodes the text of a field.
func (e *exif) text(tag uint16, value []byte) string {
	switch {
	case tag >= exifWideFirst && tag <= exifWideLast:
		return utf16Text(value)
	case tag == exifComment && len(value) >= 8:
		charset := string(value[:8])
		value = value[8:]
		if charset == "UNICODE\x00" {
			if e.order == binary.BigEndian && len(value) > 1 && value[0] == 0 {
				value = bytes.Clone(value)
				for i := 0; i+1 < len(value); i += 2 {
					value[i], value[i+1] = value[i+1], value[i]
				}
			}
			return utf16Text(value)
		}
	}
	return decodeName(bytes.TrimRight(value, "\x00 "))
}

// position reads where the picture was taken: degrees, minutes, seconds.
func (e *exif) position(tag uint16, value []byte) {
	switch {
	case (tag == 1 || tag == 3) && len(value) > 0:
		e.compass[tag/2] = strings.Trim(decodeName(value[:1]), "\x00")
	case (tag == 2 || tag == 4) && len(value) >= 24:
		degrees := 0.0
		for i, part := range []float64{1, 60, 3600} {
			above, below := e.order.Uint32(value[8*i:]), e.order.Uint32(value[8*i+4:])
			if below != 0 {
				degrees += float64(above) / float64(below) / part
			}
		}
		e.gps[tag/2-1] = fmt.Sprintf("%.6f", degrees)
	}
}

// exif hands over what r says beside the picture.
func (p *picture) exif(r io.ReaderAt) {
	e := readExif(r)
	if len(e.lines) > 0 && p.err == nil {
		p.err = p.out.Text(breach.At(breach.Step{Unit: breach.Property}), e.lines)
	}
	if len(e.xmp) > 0 && p.err == nil {
		p.xmp(e.xmp)
	}
}

// exifMark begins the fields where they do not stand at the beginning.
const exifMark = "Exif\x00\x00"

// find looks for the fields in a file that keeps them somewhere inside, as
// those of phones do.
func (p *picture) find(f io.ReaderAt, size int64) {
	const far = 1 << 20
	b := make([]byte, min(size, far))
	n, _ := f.ReadAt(b, 0) // what there is
	b = b[:n]
	for p.err == nil {
		i := bytes.Index(b, []byte(exifMark))
		if i < 0 {
			return
		}
		b = b[i+len(exifMark):]
		if hasAnyPrefix(b, "II*\x00", "MM\x00*") {
			p.exif(bytes.NewReader(b))
			return
		}
	}
}

// webp reads the chunks of a RIFF file.
func (p *picture) webp(f io.ReaderAt, size int64) {
	for at := int64(12); at+8 <= size && p.err == nil; {
		var h [8]byte
		if _, err := f.ReadAt(h[:], at); err != nil && err != io.EOF {
			return
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		switch chunk := io.NewSectionReader(f, at+8, min(n, maxValue)); string(h[:4]) {
		case "EXIF":
			p.exif(chunk)
		case "XMP ":
			text, _ := io.ReadAll(chunk) // at most maxValue
			p.xmp(text)
		}
		at += 8 + n + n&1
	}
}
