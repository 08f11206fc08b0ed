package pdftext_test

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"crypto/rc4"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract/pdftext"
)

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

func deflated(content string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	return b.String()
}

// page makes a PDF of one page; font is object 5, and others follow from 6.
func page(content, font string, others ...string) []byte {
	return pageWith(stream("", content), font, "", others...)
}

func pageWith(content, font, inPage string, others ...string) []byte {
	return pdfFile("", append([]string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>" + inPage + ">>",
		content, font,
	}, others...)...)
}

const (
	helvetica = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
	composite = "<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>"
	below     = "<</Type/Font/Subtype/CIDFontType2/DW 500/W[2[600 700]5 9 250]/FontDescriptor<</FontBBox[0 -200 1000 900]/FontFile2 99 0 R>>>>"
)

// read gives the text of the only page.
func read(content []byte) (string, pdftext.Page, error) {
	d, err := pdftext.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", pdftext.Page{}, err
	}
	text, page, err := d.AppendText(nil, 0)
	return string(text), page, err
}

func TestText(t *testing.T) {
	named := "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/Aring/uni00E4/fi 65/odieresis]>>>>"
	table := func(lines string) string {
		return stream("", "1 begincodespacerange <0000> <ffff> endcodespacerange\n"+lines)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"lines", page(`BT /F 12 Tf 14 TL 72 700 Td (Matti Mehil\344inen) Tj T* (010594Y9032) Tj ET`, helvetica), "Matti Mehiläinen\n010594Y9032"},
		{"the same with the operators of lines", page(`BT /F 12 Tf 14 TL 72 700 Td (Anna) Tj (Ask) ' 0 0 (Bo) " ET`, helvetica), "Anna\nAsk\nBo"},
		{"words that stand apart", page("BT /F 12 Tf 72 700 Td (Anna) Tj 31 0 Td (Ask) Tj ET", helvetica), "Anna Ask"},
		{"letters that belong together", page("BT /F 12 Tf 72 700 Td [(An) 20 (na) -20 (lena)] TJ ET", helvetica), "Annalena"},
		{"a gap in an array", page("BT /F 12 Tf 72 700 Td [(Anna) -300 (Ask)] TJ ET", helvetica), "Anna Ask"},
		{"wide letters", page("BT /F 12 Tf 0.6 Tc 72 700 Td (Anna Ask) Tj ET", helvetica), "Anna Ask"},
		{"columns in the order of the page", page("BT /F 12 Tf 300 700 Td (right) Tj -228 0 Td (left) Tj ET", helvetica), "left right"},
		{"bold by printing twice", page("BT /F 12 Tf 72 700 Td (Anna) Tj 0.3 0 Td (Anna) Tj ET", helvetica), "Anna"},
		{"a word broken at the end of a line", page("BT /F 12 Tf 14 TL 72 700 Td (Mehi-) Tj T* (lainen) Tj ET", helvetica), "Mehilainen"},
		{"a number broken at the end of a line", page("BT /F 12 Tf 14 TL 72 700 Td (19121212-) Tj T* (1212) Tj ET", helvetica), "19121212-1212"},
		{"a raised figure", page("BT /F 12 Tf 72 700 Td (not) Tj 17 4 Td /F 7 Tf (1) Tj ET", helvetica), "not1"},
		{"names of letters", page(`BT /F 12 Tf 72 700 Td (\001sa \002r \003n A) Tj ET`, named), "Åsa är fin ö"},
		{"a font of pairs", page("BT /F 12 Tf 72 700 Td <000100020003> Tj ET", composite, below,
			table("1 beginbfchar <0001> <00C5> endbfchar 1 beginbfrange <0002> <0003> [<0073> <00660066>] endbfrange")), "Åsff"},
		{"a range that counts on", page("BT /F 12 Tf 72 700 Td <000100020003> Tj ET", composite, below,
			table("1 beginbfrange <0001> <0003> <D83DDE00> endbfrange")), "😀😁😂"},
		{"a form", page("q 1 0 0 1 72 700 cm /X Do Q", helvetica,
			stream("/Subtype/Form/BBox[0 0 99 99]/Resources<</Font<</F 5 0 R>>>>", "BT /F 12 Tf (Anna) Tj ET")), "Anna"},
		{"packed content", pageWith(stream("/Filter/FlateDecode", deflated("BT /F 12 Tf 72 700 Td (Anna) Tj ET")), helvetica, ""), "Anna"},
		{"content in letters", pageWith(stream("/Filter[/AHx]", fmt.Sprintf("%x>", "BT /F 12 Tf 72 700 Td (Anna) Tj ET")), helvetica, ""), "Anna"},
		{"a turned page", pageWith(stream("", "BT /F 12 Tf 0 1 -1 0 100 72 Tm (Anna) Tj 0 -14 Td (Ask) Tj ET"), helvetica, "/Rotate 90"), "Anna\nAsk"},
		{"strings with escapes", page(`BT /F 12 Tf 72 700 Td (A\(n\)\
na\101) Tj <41 4> Tj ET`, helvetica), "A(n)naAA@"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := read(c.file)
			if err != nil || got != c.want {
				t.Errorf("%q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestUnsure(t *testing.T) {
	good := page("BT /F 12 Tf 72 700 Td (Anna) Tj ET", helvetica)
	if _, _, err := read(good); err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) []byte {
		if !bytes.Contains(good, []byte(from)) {
			t.Fatalf("no %q to change", from)
		}
		return bytes.Replace(good, []byte(from), []byte(to), 1)
	}
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"nothing", nil},
		{"bytes before the header", append([]byte("\n"), good...)},
		{"no table and no trailer", bytes.ReplaceAll(change("trailer", "trailed"), []byte("startxref"), []byte("startxxxx"))},
		{"an object that lies elsewhere", change("3 0 obj", "33 0 ob")},
		{"a stream that is longer", change("endstream", "enstreamd")},
		{"a letter that was lost", change("(Anna) Tj", "(Anna Tj)")},
		{"an operator that nobody knows", change(" Tj", " Tx")},
		{"a tree with more pages than it counts", change("Count 1", "Count 2")},
		{"a tree that is its own child", change("Kids[3 0 R]", "Kids[2 0 R]")},
		{"a font that is not there", change("/F 12 Tf", "/G 12 Tf")},
		{"a font without characters", page("BT /F 12 Tf (Anna) Tj ET", strings.Replace(helvetica, "Helvetica", "ZapfDingbats", 1))},
		{"a font of pairs without a table", page("BT /F 12 Tf <0001> Tj ET", strings.Replace(composite, "/ToUnicode 7 0 R", "", 1), below)},
		{"half a pair", page("BT /F 12 Tf <00> Tj ET", composite, below, stream("", "1 beginbfchar <0001> <0041> endbfchar"))},
		{"letters from right to left", page("BT /F 12 Tf <0001> Tj ET", composite, below, stream("", "1 beginbfchar <0001> <05D0> endbfchar"))},
		{"a code with two meanings", page("BT /F 12 Tf <0001> Tj ET", composite, below, stream("", "2 beginbfchar <0001> <0041> <0001> <0042> endbfchar"))},
		{"letters at an angle", page("BT /F 12 Tf 1 1 -1 1 72 700 Tm (A) Tj (B) Tj ET", helvetica)},
		{"text that stands for other", page("/Span <</ActualText (Bo)>> BDC BT /F 12 Tf (Anna) Tj ET EMC", helvetica)},
		{"a note over the page", pageWith(stream("", ""), helvetica, "/Annots[<</Subtype/Text/Contents(ring)>>]")},
		{"a picture in the content", page("BI /W 1 /H 1 /BPC 8 /CS /G ID x EI", helvetica)},
		{"a form that draws itself", page("/X Do", helvetica, stream("/Subtype/Form/Resources<</XObject<</X 6 0 R>>>>", "/X Do"))},
		{"objects that point at each other", page("/X Do", helvetica, "7 0 R", "6 0 R")},
		{"packed data cut short", pageWith(stream("/Filter/FlateDecode", deflated("BT ET")[:6]), helvetica, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, err := read(c.file)
			var unsure pdftext.Unsure
			if !errors.As(err, &unsure) {
				t.Errorf("%q, %v, want not to be sure", got, err)
			}
		})
	}
}

// TestFontWithSymbols: the tables in its program tell what its codes are.
func TestFontWithSymbols(t *testing.T) {
	program := func(platform string) string {
		return "\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" + "cmap\x00\x00\x00\x00\x00\x00\x00\x1C\x00\x00\x00\x0E" +
			"\x00\x00\x00\x01" + platform + "\x00\x00\x00\x0C" + "\x00\x00"
	}
	font := "<</Type/Font/Subtype/TrueType/FirstChar 65/Widths[" + strings.Repeat("500 ", 190) + "]/FontDescriptor<</Flags 4/FontBBox[0 -200 1000 900]/FontFile2 6 0 R>>>>"
	for _, c := range []struct{ name, platform, want string }{
		{"Mac Roman", "\x00\x01\x00\x00", "Aä"},
		{"Unicode", "\x00\x00\x00\x03", ""},
		{"symbols of Windows", "\x00\x03\x00\x00", ""},
	} {
		got, _, err := read(page(`BT /F 12 Tf 72 700 Td (A\212) Tj ET`, font, stream("", program(c.platform))))
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

// TestTablesThatAreWrong: bytes that were lost on the way move all objects.
func TestTablesThatAreWrong(t *testing.T) {
	good := page("BT /F 12 Tf 72 700 Td (Anna) Tj ET", helvetica)
	for name, file := range map[string][]byte{
		"objects that moved":                       bytes.Replace(good, []byte("%PDF-1.7\n"), []byte("%PDF-1.7\n\n\n"), 1),
		"objects beyond the end":                   regexp.MustCompile(`0000000\d\d\d 00000 n`).ReplaceAll(good, []byte("9999999999 00000 n")),
		"no table":                                 good[:bytes.Index(good, []byte("startxref"))],
		"something like an object within a stream": bytes.Replace(page("% 9 9 obj % 3 0 obj\nBT /F 12 Tf 72 700 Td (Anna) Tj ET", helvetica), []byte("startxref"), []byte("startxxxx"), 1),
	} {
		if got, _, err := read(file); got != "Anna" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestEncryptedToForbidPrinting: ISO 32000-1, 7.6.3, revision 2, without a password.
func TestEncryptedToForbidPrinting(t *testing.T) {
	const pad = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"
	crypt := func(key []byte, s string) string {
		c, err := rc4.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		to := make([]byte, len(s))
		c.XORKeyStream(to, []byte(s))
		return string(to)
	}
	owner, id := strings.Repeat("o", 32), "0123456789abcdef"
	sum := md5.Sum([]byte(pad + owner + "\xFC\xFF\xFF\xFF" + id))
	key := sum[:5]
	of := func(number byte) []byte {
		sum := md5.Sum(append(slices.Clone(key), number, 0, 0, 0, 0))
		return sum[:10]
	}
	file := func(user string) []byte {
		return pdfFile(fmt.Sprintf("/ID[(%s)(%s)]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(%s)/U<%x>>>/Info 6 0 R", id, id, owner, user),
			"<</Type/Catalog/Pages 2 0 R>>",
			"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
			"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
			stream("", crypt(of(4), "BT /F 12 Tf 72 700 Td (Anna) Tj ET")), helvetica,
			fmt.Sprintf("<</Title<%x>>>", crypt(of(6), "Beslut")))
	}
	content := file(crypt(key, pad))
	d, err := pdftext.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	title, err := d.Meta("Title")
	if got, _, err2 := d.AppendText(nil, 0); string(got) != "Anna" || title != "Beslut" || err != nil || err2 != nil {
		t.Errorf("%q, titled %q, %v, %v", got, title, err, err2)
	}
	if got, _, err := read(file(crypt(key, pad[1:]+"x"))); err == nil {
		t.Errorf("%q with a password that is not known", got)
	}
}

func TestLinks(t *testing.T) {
	file := pageWith(stream("", "1 0 0 RG 0 0 9 9 re S"), helvetica,
		"/Annots[<</Subtype/Link/A<</S/URI/URI(mailto:anna@example.com)>>>><</Subtype/Link/Dest[3 0 R/Fit]>><</Subtype/Link/T(Eva)/Contents(se h\344r)>>]")
	_, page, err := read(file)
	if err != nil || !slices.Equal(page.Links, []pdftext.Link{{To: "mailto:anna@example.com"}, {Author: "Eva", Text: "se här"}}) || page.Paths != 1 || page.Images != 0 {
		t.Errorf("%d links, %d paths, %d images, %v", len(page.Links), page.Paths, page.Images, err)
	}
}

func TestAbout(t *testing.T) {
	file := pdfFile("/Info 4 0 R",
		"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
		`<</Title(Beslut \200 \344)/Author<FEFF00C50073>>>`,
		"<</First 6 0 R>>", "<</Title(Ett)/First 7 0 R/Next 8 0 R>>", "<</Title(Under)>>", "<</Title(Tv\\345)>>")
	d, err := pdftext.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"Title": "Beslut • ä", "Author": "Ås", "Subject": ""} {
		if got, err := d.Meta(tag); got != want || err != nil {
			t.Errorf("%s is %q, %v, want %q", tag, got, err, want)
		}
	}
	titles, err := d.Bookmarks()
	if want := []string{"Ett", "Under", "Två"}; !slices.Equal(titles, want) || err != nil {
		t.Errorf("bookmarks %q, %v, want %q", titles, err, want)
	}
	if d.HoldsFiles() || d.Pages() != 1 {
		t.Errorf("holds files: %v; %d pages", d.HoldsFiles(), d.Pages())
	}
}

// TestDamaged changes bytes of documents at random, digits most of all: none may
// crash the reader.
func TestDamaged(t *testing.T) {
	seeds := [][]byte{
		page("BT /F 12 Tf 14 TL 72 700 Td [(Anna) -300 (Ask)] TJ T* (Bo) ' ET /X Do", helvetica, stream("/Subtype/Form", "q 1 0 0 1 3 4 cm Q")),
		page("BT /F 12 Tf 72 700 Td <00010002> Tj ET", composite, below, stream("", "1 beginbfrange <0001> <0003> <0041> endbfrange")),
		pageWith(stream("/Filter/FlateDecode", deflated("BT ET")), helvetica, "/Annots[<</Subtype/Link>>]/Rotate 90"),
	}
	r := rand.New(rand.NewPCG(7, 11))
	for i := range 6000 {
		content := bytes.Clone(seeds[i%len(seeds)])
		for range 1 + r.IntN(5) {
			at := r.IntN(len(content))
			switch r.IntN(4) {
			case 0:
				content[at] = byte(r.Uint32())
			case 1:
				content[at] = "0123456789<>[]()/ R"[r.IntN(19)]
			case 2:
				copy(content[at:], "99999999")
			default:
				copy(content[r.IntN(len(content)):], content[at:min(len(content), at+r.IntN(60))])
			}
		}
		all(content)
	}
}

// TestPagesThatWouldTakeForever: what grows with the square of a page, or with
// the power of its forms, ends.
func TestPagesThatWouldTakeForever(t *testing.T) {
	backwards := strings.Repeat("-20 0 Td (ab) Tj ", 20_000)
	within := strings.Repeat("/X Do ", 60)
	for name, file := range map[string][]byte{
		"a line written backwards": page("BT /F 12 Tf 500000 700 Td "+backwards+"ET", helvetica),
		"forms within forms": page(within, helvetica,
			stream("/Subtype/Form/Resources<</XObject<</X 7 0 R>>>>", within), stream("/Subtype/Form/Resources<</XObject<</X 8 0 R>>>>", within),
			stream("/Subtype/Form/Resources<</XObject<</X 9 0 R>>>>", within), stream("/Subtype/Form/Resources<</XObject<</X 10 0 R>>>>", within),
			stream("/Subtype/Form", "")),
	} {
		if _, _, err := read(file); err != pdftext.Unsure("so long a document") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// all reads everything that pdftext can tell of a document.
func all(content []byte) {
	d, err := pdftext.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return
	}
	for n := range min(d.Pages(), 20) {
		_, _, _ = d.AppendText(nil, n)
	}
	_, _ = d.Meta("Title")
	_, _ = d.Bookmarks()
	d.HoldsFiles()
}

func FuzzOpen(f *testing.F) {
	f.Add(page("BT /F 12 Tf 14 TL 72 700 Td [(Anna) -300 (Ask)] TJ T* (Bo) ' ET /X Do", helvetica, stream("/Subtype/Form", "q 1 0 0 1 3 4 cm Q")))
	big := strings.Repeat("9", 38)
	f.Add(page(strings.Repeat(big+" 0 0 "+big+" 0 0 cm ", 20)+"BT /F "+big+" Tf (A) Tj -1 0 0 0 0 0 Tm (A B) Tj (C) Tj ET", helvetica))
	f.Add(page("BT /F 12 Tf 72 700 Td <00010002> Tj ET", composite, below, stream("", "1 beginbfrange <0001> <0003> <0041> endbfrange")))
	f.Add(pageWith(stream("/Filter/FlateDecode", deflated("BT ET")), helvetica, "/Annots[<</Subtype/Link>>]/Rotate 90"))
	f.Fuzz(func(t *testing.T, content []byte) { all(content) })
}

// BenchmarkAppendText reads a page of 2,000 words.
func BenchmarkAppendText(b *testing.B) {
	line := "[(Anna ) 20 (Ask bor i ) -10 (Ankeborg)] TJ T* "
	file := page("BT /F 12 Tf 14 TL 72 700 Td "+strings.Repeat(line, 400)+"ET", helvetica)
	d, err := pdftext.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		if text, _, err = d.AppendText(text[:0], 0); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(text)))
}
