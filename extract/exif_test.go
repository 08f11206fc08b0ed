package extract_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// field is a field of EXIF.
type exifField struct {
	tag, kind uint16
	value     []byte
}

// exifOf writes directories: the first leads to the second and the third.
func exifOf(order binary.AppendByteOrder, start string, first, more, gps []exifField) []byte {
	size := func(fields []exifField) int { return 2 + 12*len(fields) + 4 }
	at := 8
	first = append(first, exifField{0x8769, 4, order.AppendUint32(nil, uint32(at+size(first)+24))},
		exifField{0x8825, 4, order.AppendUint32(nil, uint32(at+size(first)+24+size(more)))})
	var far []byte
	end := at + size(first) + size(more) + size(gps)
	b := order.AppendUint32([]byte(start), 8)
	for _, fields := range [][]exifField{first, more, gps} {
		b = order.AppendUint16(b, uint16(len(fields)))
		for _, f := range fields {
			n := len(f.value) / map[uint16]int{1: 1, 2: 1, 4: 4, 5: 8, 7: 1}[f.kind]
			b = order.AppendUint16(order.AppendUint16(b, f.tag), f.kind)
			b = order.AppendUint32(b, uint32(n))
			if len(f.value) <= 4 {
				b = append(b, append(bytes.Clone(f.value), 0, 0, 0, 0)[:4]...)
				continue
			}
			b = order.AppendUint32(b, uint32(end+len(far)))
			far = append(far, f.value...)
		}
		b = order.AppendUint32(b, 0)
	}
	return append(b, far...)
}

// described is a picture's fields, with made-up people.
func described(order binary.AppendByteOrder, start string) []byte {
	var wide []byte
	for _, c := range utf16.Encode([]rune("Åsa Öberg")) {
		wide = binary.LittleEndian.AppendUint16(wide, c)
	}
	var place [][]byte
	for _, degrees := range [][]uint32{{60, 10, 12}, {24, 56, 6}} {
		var b []byte
		for _, n := range degrees {
			b = order.AppendUint32(order.AppendUint32(b, n), 1)
		}
		place = append(place, b)
	}
	return exifOf(order, start,
		[]exifField{{0x010E, 2, []byte("Klass 7A\x00")}, {0x013B, 2, []byte("Bo Ek\x00")}, {0x0112, 4, []byte{0, 0, 0, 1}}, {0x9C9D, 1, wide}},
		[]exifField{{0x9286, 7, []byte("ASCII\x00\x00\x00Matti, 19121212-1212")}, {0xA430, 2, []byte("Maija\x00")}},
		[]exifField{{1, 2, []byte("N\x00")}, {2, 5, place[0]}, {3, 2, []byte("E\x00")}, {4, 5, place[1]}})
}

func TestExif(t *testing.T) {
	const want = "property: Description: Klass 7A\nArtist: Bo Ek\nAuthor: Åsa Öberg\nComment: Matti, 19121212-1212\nOwner: Maija\nPosition: 60.170000 N, 24.935000 E\n"
	little, big := described(binary.LittleEndian, "II*\x00"), described(binary.BigEndian, "MM\x00*")
	segment := func(data string) string {
		return string(binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(data)+2))) + data
	}
	chunk := func(order binary.AppendByteOrder, kind string, data []byte) string {
		n := string(order.AppendUint32(nil, uint32(len(data))))
		if order == binary.AppendByteOrder(binary.LittleEndian) {
			return kind + n + string(data)
		}
		return n + kind + string(data) + "\x00\x00\x00\x00"
	}
	for name, content := range map[string]string{
		"JPEG":      "\xFF\xD8" + segment("Exif\x00\x00"+string(little)) + "\xFF\xDA",
		"JPEG, big": "\xFF\xD8" + segment("Exif\x00\x00"+string(big)) + "\xFF\xDA",
		"TIFF":      string(little),
		"TIFF, big": string(big),
		"PNG":       "\x89PNG\r\n\x1a\n" + chunk(binary.BigEndian, "eXIf", big),
		"WebP":      "RIFF\x00\x00\x00\x00WEBP" + chunk(binary.LittleEndian, "VP8 ", make([]byte, 10)) + chunk(binary.LittleEndian, "EXIF", little),
		"HEIC":      "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + strings.Repeat("\x00", 70000) + "Exif\x00\x00" + string(big),
	} {
		t.Run(name, func(t *testing.T) {
			e := walk(t, "a.jpg", []byte(content), extract.Limits{}).items[0]
			if got := strings.Join(e.Passages, ""); got != want || e.State != breach.OCRPending {
				t.Errorf("got %s, %q, want %q", e.State, got, want)
			}
		})
	}
}
