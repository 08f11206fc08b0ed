package extract_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// box is a picture with a black box on white, of a width that tells it from
// others.
func box(w, h, black int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x >= black || y < h/4 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

func encode(t testing.TB, encode func(b *bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pages makes one TIFF of several, by hanging the directory of each behind that
// of the one before.
func pages(t testing.TB, pictures ...image.Image) []byte {
	t.Helper()
	var all []byte
	link := 4 // where the offset of the next directory goes
	for _, p := range pictures {
		one := encode(t, func(b *bytes.Buffer) error { return tiff.Encode(b, p, nil) })
		shift := uint32(len(all))
		at := binary.LittleEndian.Uint32(one[4:])
		n := int(binary.LittleEndian.Uint16(one[at:]))
		for i := range n { // offsets count from the start of the file
			entry := one[int(at)+2+12*i:]
			tag, kind, count := binary.LittleEndian.Uint16(entry), binary.LittleEndian.Uint16(entry[2:]), binary.LittleEndian.Uint32(entry[4:])
			size := map[uint16]uint32{1: 1, 2: 1, 3: 2, 4: 4, 5: 8}[kind] * count
			if size > 4 || tag == 273 {
				binary.LittleEndian.PutUint32(entry[8:], binary.LittleEndian.Uint32(entry[8:])+shift)
			}
		}
		all = append(all, one...)
		if link > 4 || shift == 0 {
			binary.LittleEndian.PutUint32(all[link:], at+shift)
		}
		link = int(at+shift) + 2 + 12*n
	}
	return all
}

// looks walks a file, and tells of each picture its page, size and ink.
func looks(t *testing.T, l extract.Limits, name string, content []byte, sight extract.Sight) (told []string, all *account) {
	t.Helper()
	l.Look = func(p extract.Picture, draw func() (*image.Gray, error)) (extract.Sight, error) {
		img, err := draw()
		if err != nil {
			told = append(told, fmt.Sprintf("page %d: not drawn", p.Page))
			return sight, nil
		}
		black := 0
		for _, v := range img.Pix {
			if v < 128 {
				black++
			}
		}
		told = append(told, fmt.Sprintf("page %d: %dx%d, %d%% black, blank %t", p.Page, img.Rect.Dx(), img.Rect.Dy(), 100*black/max(1, len(img.Pix)), extract.Blank(img)))
		return sight, nil
	}
	all = walk(t, name, content, l)
	return told, all
}

func TestPicturesAreDrawn(t *testing.T) {
	img := box(200, 100, 50)
	clear := image.NewNRGBA(image.Rect(0, 0, 40, 40)) // one sees through it: white
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"png":             {encode(t, func(b *bytes.Buffer) error { return png.Encode(b, img) }), "page 1: 200x100, 18% black, blank false"},
		"transparent png": {encode(t, func(b *bytes.Buffer) error { return png.Encode(b, clear) }), "page 1: 40x40, 0% black, blank true"},
		"jpeg":            {encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }), "page 1: 200x100, 18% black, blank false"},
		"gif":             {encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }), "page 1: 200x100, 18% black, blank false"},
		"bmp":             {encode(t, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }), "page 1: 200x100, 18% black, blank false"},
		"tiff":            {pages(t, img), "page 1: 200x100, 18% black, blank false"},
		"pages of a tiff": {pages(t, img, box(100, 200, 100), img), "page 1: 200x100, 18% black, blank false page 2: 100x200, 75% black, blank false page 3: 200x100, 18% black, blank false"},
		"larger than needed": {encode(t, func(b *bytes.Buffer) error { return png.Encode(b, box(5200, 2600, 1300)) }),
			"page 1: 2600x1300, 18% black, blank false"},
		"cut off":       {encode(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })[:80], "page 1: not drawn"},
		"endless tiff":  {append(binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8), make([]byte, 6)...), "page 1: not drawn"},
		"circular tiff": {append(binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8), 0, 0, 8, 0, 0, 0), "page 1: not drawn"},
		"claims too much": {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x7f\xff\xff\x00\x7f\xff\xff\x08\x02\x00\x00\x00\x00\x00\x00\x00"),
			"page 1: not drawn"},
		"heic": {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "page 1: not drawn"},
	} {
		t.Run(name, func(t *testing.T) {
			told, _ := looks(t, extract.Limits{}, "a.bin", c.content, extract.Sight{State: breach.Read})
			if got := strings.Join(told, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPagesAreDrawn(t *testing.T) {
	const picture = "q 72 0 0 144 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"
	page := func(contents int) string {
		return fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 144]/Contents %d 0 R/Resources%s>>", contents, fontResource)
	}
	content := pdfFile("", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>", page(5), page(6),
		stream("", "BT /F 8 Tf 10 10 Td (Klass 7A har fyra elever) Tj ET"), stream("", picture))
	l := extract.Limits{PDF: testPDFium(t)}
	told, all := looks(t, l, "a.pdf", content, extract.Sight{State: breach.Read, Text: []byte("Bo Ek\n")})
	if want := "page 2: 400x400, 50% black, blank false"; strings.Join(told, " ") != want {
		t.Errorf("drawn: %q, want %q", told, want)
	}
	e := all.items[0]
	if got := strings.Join(e.Passages, " "); e.State != breach.Read || got != "page 1: Klass 7A har fyra elever page 2: Bo Ek\n" {
		t.Errorf("%s: %q", e.State, got)
	}
	_, all = looks(t, l, "a.pdf", content, extract.Sight{State: breach.NoText})
	if e := all.items[0]; e.State != breach.Partly || e.Reason != breach.LowOCRConfidence || e.Missing != "pages 2 of 2" {
		t.Errorf("without text in the picture: %s %s %s", e.State, e.Reason, e.Missing)
	}
}

func TestWhatIsSeenBecomesText(t *testing.T) {
	img := pages(t, box(200, 100, 50), box(200, 100, 50))
	for name, c := range map[string]struct {
		sight extract.Sight
		want  string
	}{
		"read":       {extract.Sight{State: breach.Read, Text: []byte("Bo Ek\n")}, "read: page 1: Bo Ek\n page 2: Bo Ek\n"},
		"unsure":     {extract.Sight{State: breach.Partly, Reason: breach.LowOCRConfidence, Text: []byte("Bo\n")}, "partly low_ocr_confidence pages 1-2 of 2: page 1: Bo\n page 2: Bo\n"},
		"without":    {extract.Sight{State: breach.NoText}, "no_text: "},
		"failed":     {extract.Sight{State: breach.NotReadable, Reason: breach.OCRFailed}, "not_readable ocr_failed: "},
		"not looked": {extract.Sight{State: breach.OCRPending}, "ocr_pending: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, all := looks(t, extract.Limits{}, "a.tif", img, c.sight)
			e := all.items[0]
			got := strings.TrimRight(fmt.Sprintf("%s %s %s", e.State, e.Reason, e.Missing), " ") + ": " + strings.Join(e.Passages, " ")
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLookersErrorEndsTheWalk(t *testing.T) {
	lost := errors.New("lost")
	l := extract.Limits{Look: func(extract.Picture, func() (*image.Gray, error)) (extract.Sight, error) {
		return extract.Sight{}, lost
	}}
	content := encode(t, func(b *bytes.Buffer) error { return png.Encode(b, box(20, 20, 5)) })
	if err := extract.Walk(t.Context(), bytes.NewReader(content), int64(len(content)), "a.png", l, &account{}); !errors.Is(err, lost) {
		t.Errorf("error %v, want %v", err, lost)
	}
}

// FuzzPictures draws anything that begins like an image.
func FuzzPictures(f *testing.F) {
	img := box(20, 10, 5)
	f.Add(encode(f, func(b *bytes.Buffer) error { return png.Encode(b, img) }))
	f.Add(encode(f, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }))
	f.Add(encode(f, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }))
	f.Add(encode(f, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }))
	f.Add(pages(f, img, img))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		l := extract.Limits{Look: func(_ extract.Picture, draw func() (*image.Gray, error)) (extract.Sight, error) {
			img, err := draw()
			if err != nil {
				return extract.Sight{State: breach.NotReadable, Reason: breach.OCRFailed}, nil
			}
			if img.Rect.Min != (image.Point{}) || img.Rect.Dx() > extract.MaxSide || img.Rect.Dy() > extract.MaxSide || len(img.Pix) != img.Rect.Dx()*img.Rect.Dy() {
				t.Errorf("a picture of %v in %d bytes", img.Rect, len(img.Pix))
			}
			extract.Blank(img)
			return extract.Sight{State: breach.Read}, nil
		}}
		a := &account{}
		if err := extract.Walk(context.Background(), bytes.NewReader(content), int64(len(content)), "a.png", l, a); err != nil {
			t.Fatal(err)
		}
		a.check(t)
	})
}
