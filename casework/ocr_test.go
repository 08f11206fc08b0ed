package casework_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// paper draws lines of text as a scanner would see them.
func paper(t testing.TB, text ...string) *image.Gray {
	t.Helper()
	ttf, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(ttf, &opentype.FaceOptions{Size: 12, DPI: 200})
	if err != nil {
		t.Fatal(err)
	}
	page := image.NewGray(image.Rect(0, 0, 1200, 700))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	pen := font.Drawer{Dst: page, Src: image.Black, Face: face}
	for n, line := range text {
		pen.Dot = fixed.P(80, 120+60*n)
		pen.DrawString(line)
	}
	return page
}

func encoded(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scanned makes a PDF of pictures alone, a page each.
func scanned(t testing.TB, pages ...*image.Gray) []byte {
	t.Helper()
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	var kids strings.Builder
	for n := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 3+3*n)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(pages))
	for n, page := range pages {
		var picture bytes.Buffer
		if err := jpeg.Encode(&picture, page, nil); err != nil {
			t.Fatal(err)
		}
		w, h := page.Rect.Dx()*72/200, page.Rect.Dy()*72/200
		paint := fmt.Sprintf("%d 0 0 %d 0 0 cm /P Do", w, h)
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<</XObject<</P %d 0 R>>>>>>", w, h, 4+3*n, 5+3*n)
		object("<</Length %d>>stream\n%s\nendstream", len(paint), paint)
		object("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream",
			page.Rect.Dx(), page.Rect.Dy(), picture.Len(), picture.String())
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

// noise is a picture with much on it and no text.
func noise() *image.Gray {
	r := rand.New(rand.NewPCG(1, 2))
	page := image.NewGray(image.Rect(0, 0, 400, 400))
	for y := range 400 {
		for x := range 400 {
			page.SetGray(x, y, color.Gray{Y: uint8(128 + (x+y)/8 + r.IntN(60))})
		}
	}
	return page
}

// cabinet is a folder of pictures of text: a letter, also in an archive, pages
// scanned into one file, and what cannot be read.
func cabinet(t testing.TB) string {
	t.Helper()
	letter := encoded(t, paper(t, "Läkarintyg", "", "Aino Koivunen, 010594Y9032, har astma."))
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("bilaga.png")
	if err == nil {
		_, err = w.Write(letter)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"brev.png":    letter,
		"bilagor.zip": archive.Bytes(),
		"pärm.pdf":    scanned(t, paper(t), paper(t, "Otto Lindqvist", "020594X903P", "Sandgatan 4"), paper(t, "Protokoll")),
		"foto.png":    encoded(t, noise()),
		"tom.png":     encoded(t, paper(t)),
		"trasig.png":  letter[:len(letter)/2],
		"text.txt":    []byte("Siri Öhman, 030594W903B\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// threePupils opens a case with three pupils.
func threePupils(t testing.TB, d *casework.Desk) store.CaseID {
	t.Helper()
	c, err := d.Open(t.Context(), "pictures")
	if err != nil {
		t.Fatal(err)
	}
	addRegister(t, d, c.ID, "pupils.csv", "Elev-ID;Förnamn;Efternamn;Personbeteckning\n"+
		"P-1;Aino;Koivunen;010594Y9032\nP-2;Otto;Lindqvist;020594X903P\nP-3;Siri;Öhman;030594W903B\n")
	return c.ID
}

func addRegister(t testing.TB, d *casework.Desk, id store.CaseID, name, content string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Register(t.Context(), id, file, casework.RegisterOptions{}); err != nil {
		t.Fatal(err)
	}
}

// states tells how each item ended: "read", "partly low_ocr_confidence pages 2 of 3".
func states(t testing.TB, d *casework.Desk, id store.CaseID) map[string]string {
	t.Helper()
	all := map[string]string{}
	_, err := d.Account(t.Context(), id, func(r store.AccountRow) error {
		name := r.Path
		if r.Member != "" {
			name += "!/" + r.Member
		}
		all[name] = strings.Join(strings.Fields(fmt.Sprint(r.Outcome.State, " ", r.Outcome.Reason, " ", r.Outcome.Missing)), " ")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func exposed(t testing.TB, d *casework.Desk, id store.CaseID) int64 {
	t.Helper()
	if err := d.Resolve(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	r, err := d.Result(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Exposed["proven"]
}

func needOCR(t *testing.T) {
	t.Helper()
	if !casework.CanOCR() {
		t.Skip("tesseract is not installed")
	}
}

func TestPicturesAreReadAfterTheScan(t *testing.T) {
	needOCR(t)
	d, evidence := desk(t, t.TempDir()), cabinet(t)
	id := threePupils(t, d)
	if err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: evidence}); err != nil {
		t.Fatal(err)
	}
	before := states(t, d, id)
	for _, name := range []string{"brev.png", "bilagor.zip!/bilaga.png", "foto.png", "tom.png", "trasig.png"} {
		if before[name] != "ocr_pending" {
			t.Errorf("%s before: %s", name, before[name])
		}
	}
	if before["pärm.pdf"] != "ocr_pending pages 1-3 of 3" {
		t.Errorf("pärm.pdf before: %s", before["pärm.pdf"])
	}
	if n := exposed(t, d, id); n != 1 {
		t.Errorf("%d people are exposed by what needs no pictures, want 1", n)
	}

	var last casework.Progress
	ocr := func() {
		t.Helper()
		last = casework.Progress{}
		if err := d.OCR(t.Context(), id, casework.OCROptions{Progress: func(p casework.Progress) { last = p }}); err != nil {
			t.Fatal(err)
		}
	}
	ocr()
	after := states(t, d, id)
	want := map[string]string{
		"brev.png": "read", "bilagor.zip": "read", "bilagor.zip!/bilaga.png": "read", "pärm.pdf": "read", "text.txt": "read",
		"foto.png": "no_text", "tom.png": "no_text", "trasig.png": "not_readable ocr_failed",
	}
	for name, state := range want {
		if after[name] != state {
			t.Errorf("%s after: %s, want %s", name, after[name], state)
		}
	}
	if n := exposed(t, d, id); n != 3 {
		t.Errorf("%d people are exposed, want 3", n)
	}
	if last.Items != last.Of || last.Of != 6 {
		t.Errorf("progress ended at %d of %d", last.Items, last.Of)
	}

	// Another register: all is read anew, and no picture is looked at again.
	addRegister(t, d, id, "staff.csv", "Nr;Förnamn;Efternamn\nS-1;Berit;Ståhl\n")
	if err := d.OCR(t.Context(), id, casework.OCROptions{}); !errors.Is(err, casework.ErrScanAgain) {
		t.Errorf("error %v, want %v", err, casework.ErrScanAgain)
	}
	if err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: evidence}); err != nil {
		t.Fatal(err)
	}
	ocr()
	if again := states(t, d, id); fmt.Sprint(again) != fmt.Sprint(after) {
		t.Errorf("read anew: %v\nwant %v", again, after)
	}
	if last.Pictures != 0 {
		t.Errorf("%d pictures were looked at again", last.Pictures)
	}
	if n := exposed(t, d, id); n != 3 {
		t.Errorf("%d people are exposed after reading anew, want 3", n)
	}
}

func TestOCRGoesOnWhereItWas(t *testing.T) {
	needOCR(t)
	d, evidence := desk(t, t.TempDir()), cabinet(t)
	d.Workers = 1
	id := threePupils(t, d)
	if err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: evidence}); err != nil {
		t.Fatal(err)
	}
	if err := d.OCR(t.Context(), id, casework.OCROptions{Budget: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	if got := states(t, d, id)["brev.png"]; got != "ocr_pending" {
		t.Errorf("without a budget the letter is %s", got)
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var first int64
	err := d.OCR(ctx, id, casework.OCROptions{First: []string{"p*.pdf"}, Progress: func(p casework.Progress) {
		if first = p.Pictures; first == 2 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	var second int64
	if err := d.OCR(t.Context(), id, casework.OCROptions{Progress: func(p casework.Progress) { second = p.Pictures }}); err != nil {
		t.Fatal(err)
	}
	if first+second != 7 {
		t.Errorf("%d and then %d pictures were read, of 7 that differ", first, second)
	}
	for name, state := range states(t, d, id) {
		if strings.HasPrefix(state, string(breach.OCRPending)) {
			t.Errorf("%s still waits", name)
		}
	}
	if n := exposed(t, d, id); n != 3 {
		t.Errorf("%d people are exposed, want 3", n)
	}
}

// lockedZip is an archive with one file, locked as PKZIP 2 does: APPNOTE 6.1.
func lockedZip(t testing.TB, name, password string, content []byte) []byte {
	t.Helper()
	keys := [3]uint32{0x12345678, 0x23456789, 0x34567890}
	step := func(crc uint32, c byte) uint32 { return crc32.IEEETable[byte(crc)^c] ^ crc>>8 }
	update := func(c byte) {
		keys[0] = step(keys[0], c)
		keys[1] = (keys[1]+keys[0]&0xFF)*134775813 + 1
		keys[2] = step(keys[2], byte(keys[1]>>24))
	}
	for _, c := range []byte(password) {
		update(c)
	}
	sum := crc32.ChecksumIEEE(content)
	locked := append(append(make([]byte, 11), byte(sum>>24)), content...)
	for i, c := range locked {
		temp := keys[2] | 2
		locked[i] = c ^ byte(temp*(temp^1)>>8)
		update(c)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Flags: 1, CRC32: sum,
		CompressedSize64: uint64(len(locked)), UncompressedSize64: uint64(len(content))})
	if err == nil {
		_, err = w.Write(locked)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesBehindAPassword(t *testing.T) {
	needOCR(t)
	evidence := t.TempDir()
	content := lockedZip(t, "bilaga.png", "hemlig", encoded(t, paper(t, "Aino Koivunen, 010594Y9032")))
	if err := os.WriteFile(filepath.Join(evidence, "a.zip"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	d := desk(t, t.TempDir())
	id := threePupils(t, d)
	secret := []string{"hemlig"}
	if err := d.Scan(t.Context(), id, casework.ScanOptions{Evidence: evidence, Passwords: secret}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		passwords []string
		want      string
	}{{nil, "ocr_pending"}, {secret, "read"}, {nil, "read"}} {
		if err := d.OCR(t.Context(), id, casework.OCROptions{Passwords: step.passwords}); err != nil {
			t.Fatal(err)
		}
		if got := states(t, d, id)["a.zip!/bilaga.png"]; got != step.want {
			t.Errorf("with %d passwords the picture is %s, want %s", len(step.passwords), got, step.want)
		}
	}
}

func TestOCRWithoutAProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	d := desk(t, t.TempDir())
	if err := d.OCR(t.Context(), threePupils(t, d), casework.OCROptions{}); !errors.Is(err, casework.ErrNoOCR) {
		t.Errorf("error %v, want %v", err, casework.ErrNoOCR)
	}
}
