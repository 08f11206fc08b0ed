package extract_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rc4"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// testPDFium gives a PDF reader whose compiled form is kept between tests.
func testPDFium(t testing.TB) *extract.PDFium {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	p := &extract.PDFium{CacheDir: filepath.Join(dir, "klarlagt-test")}
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// pdfFile makes a PDF of objects, numbered from 1; the first is the catalogue.
func pdfFile(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, xref)
	return b.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

const (
	fontResource = `<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>`
	pageStart    = `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources ` + fontResource
)

// page makes a PDF of one page with a content stream, which is object 4, and
// what else stands in the page; further objects follow from 5.
func onePage(content, inPage, inCatalog string, objects ...string) []byte {
	return pdfFile("", append([]string{
		`<</Type/Catalog/Pages 2 0 R` + inCatalog + `>>`,
		`<</Type/Pages/Kids[3 0 R]/Count 1>>`,
		pageStart + `/Contents 4 0 R` + inPage + `>>`,
		stream("", content),
	}, objects...)...)
}

// lines is a content stream that shows lines of text.
func lines(text ...string) string {
	return "BT /F 12 Tf 14 TL 72 700 Td (" + strings.Join(text, ") Tj T* (") + ") Tj ET"
}

const picture = `q 500 0 0 700 40 40 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q`

func TestPDF(t *testing.T) {
	limits := extract.Limits{PDF: testPDFium(t)}
	for _, c := range []struct {
		name  string
		file  []byte
		state breach.State
		miss  string
		wants []string
	}{
		{"lines of a page", onePage(lines(`Matti Mehil\344inen`, "010594Y9032"), "", ""), breach.Read, "",
			[]string{"page 1: Matti Mehiläinen\n010594Y9032"}},
		{"words that stand apart without blanks", onePage("BT /F 12 Tf 72 700 Td (Anna) Tj 31 0 Td (Ask) Tj ET", "", ""), breach.Read, "",
			[]string{"page 1: Anna Ask"}},
		{"letters that belong together", onePage("BT /F 12 Tf 72 700 Td [(An) 20 (na) -20 (lena)] TJ ET", "", ""), breach.Read, "",
			[]string{"page 1: Annalena"}},
		{"a field that is filled in", onePage(lines("Blankett"), "/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]>>",
			`<</Type/Annot/Subtype/Widget/FT/Tx/T(namn)/TU(Elevens namn)/V(Anna Ask)/Rect[0 0 9 9]/P 3 0 R>>`), breach.Read, "",
			[]string{"page 1 property: Elevens namn: Anna Ask", "page 1: Blankett"}},
		{"a field as it is shown", onePage(lines("Blankett"), "/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]>>",
			`<</Type/Annot/Subtype/Widget/FT/Sig/T(s)/Rect[100 100 300 120]/P 3 0 R/F 4/AP<</N 6 0 R>>>>`,
			stream(`/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources `+fontResource, "BT /F 12 Tf 0 4 Td (Signerat av Eva Ek) Tj ET")), breach.Read, "",
			[]string{"page 1: Blankett\nSignerat av Eva Ek"}},
		{"a note and a link", onePage(lines("Text"), "/Annots[5 0 R 6 0 R]", "",
			`<</Type/Annot/Subtype/Text/Contents(ring mamman)/T(Eva Ek)/Rect[0 0 9 9]>>`,
			`<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:anna@example.com)>>>>`), breach.Read, "",
			[]string{"page 1 comment 1: Eva Ek\nring mamman", "page 1 property: Link: mailto:anna@example.com", "page 1: Text"}},
		{"bookmarks", onePage(lines("Text"), "", "/Outlines 5 0 R",
			`<</First 6 0 R/Last 7 0 R/Count 2>>`, `<</Title(Anna Ask)/Parent 5 0 R/Next 7 0 R>>`, `<</Title(Bo Berg)/Parent 5 0 R/Prev 6 0 R>>`), breach.Read, "",
			[]string{"page 1: Text", "property paragraph 1: Anna Ask\nBo Berg"}},
		{"properties", pdfFile("/Info 4 0 R", `<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1>>`, pageStart+`>>`, `<</Title(Beslut)/Author(Eva Ek)>>`), breach.Read, "",
			[]string{"property: Title: Beslut\nAuthor: Eva Ek"}},
		{"a page that is a picture", onePage(picture, "", ""), breach.OCRPending, "pages 1 of 1", nil},
		{"a scanned page with a stamp", onePage(picture+" "+lines("Dnr 12/26"), "", ""), breach.OCRPending, "pages 1 of 1",
			[]string{"page 1: Dnr 12/26"}},
		{"pictures between pages of text", pdfFile("", `<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R 4 0 R 4 0 R 3 0 R 4 0 R]/Count 5>>`,
			pageStart+`/Contents 5 0 R>>`, pageStart+`/Contents 6 0 R>>`, stream("", lines("Text")), stream("", picture)), breach.OCRPending, "pages 2-3, 5 of 5",
			[]string{"page 1: Text", "page 4: Text"}},
		{"a page that is not there", pdfFile("", `<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>`,
			pageStart+`/Contents 4 0 R>>`, stream("", lines("Text"))), breach.Partly, "pages 2 of 2",
			[]string{"page 1: Text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := walk(t, "x.pdf", c.file, limits)
			e := a.items[0]
			expect(t, e.Passages, c.wants...)
			if e.State != c.state || e.Missing != c.miss || e.Type != "pdf" {
				t.Errorf("type %s, state %s %s %q, want %s %q", e.Type, e.State, e.Reason, e.Missing, c.state, c.miss)
			}
		})
	}
}

func TestBrokenPDF(t *testing.T) {
	a := walk(t, "x.pdf", []byte("%PDF-1.7\n\x80\x81"), extract.Limits{PDF: testPDFium(t)})
	if e := a.items[0]; e.State != breach.NotReadable || e.Reason != breach.Malformed {
		t.Errorf("state %s %s", e.State, e.Reason)
	}
}

func TestPDFInsidePDF(t *testing.T) {
	// The outer document is open while the inner one is read, which breaks.
	attach := func(name string, content []byte) []byte {
		return onePage(lines("utanpå "+name), "", `/Names<</EmbeddedFiles<</Names[(a) 5 0 R]>>>>`,
			`<</Type/Filespec/F(`+name+`)/UF(`+name+`)/EF<</F 6 0 R>>>>`, stream("/Type/EmbeddedFile", string(content)))
	}
	file := attach("b.pdf", attach("c.pdf", attach("lista.csv", []byte("namn;klass\nAnna Ask;3B\nBo Berg;3A\n"))))
	a := walk(t, "a.pdf", file, extract.Limits{PDF: testPDFium(t)})
	if len(a.items) != 4 || a.items[3].State != breach.Read || a.items[3].Item.Name.Reveal() != "lista.csv" || len(a.items[3].Passages) != 1 {
		t.Fatalf("want four items, the last a list:\n%v", a)
	}
	for n, e := range a.items[:3] {
		if e.State != breach.Read || len(e.Passages) != 1 {
			t.Errorf("item %d: %s %s %q", n, e.State, e.Reason, e.Passages)
		}
	}
}

func TestPDFWithFiles(t *testing.T) {
	file := onePage(lines("Text"), "/Annots[5 0 R]", "/AcroForm<</XFA[(datasets) 8 0 R]>>",
		`<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 6 0 R/Contents(listan)>>`,
		`<</Type/Filespec/F(lista.csv)/UF(lista.csv)/EF<</F 7 0 R>>>>`, stream("/Type/EmbeddedFile", "namn;klass\nAnna Ask;3B\nBo Berg;3A\n"),
		stream("", `<xfa:data><elev><namn>Anna Ask</namn></elev></xfa:data>`))
	a := walk(t, "x.pdf", file, extract.Limits{PDF: testPDFium(t)})
	var got []string
	for _, e := range a.items[1:] {
		got = append(got, e.Item.Name.Reveal()+" "+string(e.State))
	}
	expect(t, got, "lista.csv read", "datasets.xml read")
}

func TestLockedPDF(t *testing.T) {
	a := walk(t, "x.pdf", lockedPDF(), extract.Limits{PDF: testPDFium(t)})
	if e := a.items[0]; e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded || a.text > 0 {
		t.Errorf("state %s %s with %d bytes of text", e.State, e.Reason, a.text)
	}
}

func TestPDFOpensWithAPassword(t *testing.T) {
	long := strings.Repeat("x", 4<<10)
	for _, tt := range []struct {
		passwords []string
		want      breach.State
	}{
		{[]string{"fel", long, "hemligt"}, breach.Read},
		{[]string{"fel", ""}, breach.Encrypted},
	} {
		a := walk(t, "x.pdf", lockedPDF(), extract.Limits{PDF: testPDFium(t), Passwords: tt.passwords})
		if got := a.items[0].State; got != tt.want {
			t.Errorf("with %d passwords it is %s, want %s", len(tt.passwords), got, tt.want)
		}
	}
}

// lockedPDF makes a PDF that opens with a password: ISO 32000-1, 7.6.3, revision 2.
func lockedPDF() []byte {
	const pad = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"
	password := ("hemligt" + pad)[:32]
	crypt := func(key []byte, text string) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err)
		}
		out := make([]byte, len(text))
		c.XORKeyStream(out, []byte(text))
		return out
	}
	ownerKey := md5.Sum([]byte(password))
	owner := crypt(ownerKey[:5], password)
	key := md5.Sum([]byte(password + string(owner) + "\xFC\xFF\xFF\xFF" + "0123456789abcdef"))
	return pdfFile(fmt.Sprintf("/ID[(0123456789abcdef)(0123456789abcdef)]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%x>/U<%x>>>", owner, crypt(key[:5], pad)),
		`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[3 0 R]/Count 1>>`, pageStart+`>>`)
}

func FuzzPDF(f *testing.F) {
	f.Add(onePage(lines("Anna"), "/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]>>", `<</Type/Annot/Subtype/Widget/FT/Ch/T(a)/Opt[(b)(c)]/V(b)/Rect[0 0 9 9]>>`))
	f.Add(onePage(picture, "", "/Outlines 5 0 R", `<</First 5 0 R/Next 5 0 R/Title(a)>>`))
	f.Add(lockedPDF())
	limits := extract.Limits{PDF: testPDFium(f), Text: 1 << 20}
	f.Fuzz(func(t *testing.T, content []byte) {
		walk(t, "x.pdf", content, limits)
	})
}
