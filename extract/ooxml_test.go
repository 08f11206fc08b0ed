package extract_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// packed makes an archive of names and contents in turn.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(parts); i += 2 {
		// Stored, so that a fuzzer reaches the content.
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`

// word makes a DOCX of a body and other parts.
func word(t testing.TB, body string, parts ...string) []byte {
	return packed(t, append([]string{
		"[Content_Types].xml", contentTypes,
		"word/document.xml", `<?xml version="1.0"?><w:document><w:body>` + body + `</w:body></w:document>`,
	}, parts...)...)
}

func para(text string) string { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }

func row(cells ...string) string {
	return "<w:tr><w:tc>" + strings.Join(cells, "</w:tc><w:tc>") + "</w:tc></w:tr>"
}

// passagesOf walks a file and gives what was read of the file itself.
func passagesOf(t testing.TB, name string, content []byte) ([]string, entry) {
	t.Helper()
	a := walk(t, name, content, extract.Limits{})
	return a.items[0].Passages, a.items[0]
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	for i := range got {
		got[i] = strings.TrimRight(got[i], "\n")
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n--\n"), strings.Join(want, "\n--\n"))
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  []byte
		wants []string
	}{
		{"a word in several runs", word(t, `<w:p><w:r><w:t>Mat</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>ti Mehil&#228;inen</w:t><w:tab/><w:t>&lt;1994&gt;</w:t></w:r></w:p>`),
			[]string{"paragraph 1: Matti Mehiläinen <1994>"}},
		{"paragraphs are numbered", word(t, para("ett")+`<w:p/>`+para("tre")),
			[]string{"paragraph 1: ett\n\ntre"}},
		{"a table with cells of several paragraphs", word(t, para("Lista")+`<w:tbl>`+row(para("Namn"), para("Klass"))+row(para("Anna")+para("Ask"), para("3B"))+`</w:tbl>`+para("slut")),
			[]string{"paragraph 1: Lista", "table 1 row 1: Namn\tKlass\nAnna Ask\t3B", "paragraph 2: slut"}},
		{"a table in a cell", word(t, `<w:tbl>`+row(para("yttre")+`<w:tbl>`+row(para("inre"), para("2"))+`</w:tbl>`+para("efter"), para("sist"))+`</w:tbl>`),
			[]string{"table 2 row 1: inre\t2", "table 1 row 1: yttre efter\tsist"}},
		{"a cell over two columns", word(t, `<w:tbl>`+row(`<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`+para("bred"), para("smal"))+row(para("a"), para("b"), para("c"))+`</w:tbl>`),
			[]string{"table 1 row 1: bred\t\tsmal\na\tb\tc"}},
		{"deleted and inserted text", word(t, `<w:p><w:del><w:r><w:delText>Anna </w:delText></w:r></w:del><w:ins><w:r><w:t>Eva</w:t></w:r></w:ins></w:p>`),
			[]string{"paragraph 1: Anna Eva"}},
		{"field codes give their result", word(t, `<w:p><w:r><w:instrText>MERGEFIELD namn</w:instrText></w:r><w:r><w:t>Anna Ask</w:t></w:r></w:p>`),
			[]string{"paragraph 1: Anna Ask"}},
		{"a text box, once", word(t, `<w:p><mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent>`+para("i rutan")+`</w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><w:txbxContent>`+para("i rutan")+`</w:txbxContent></mc:Fallback></mc:AlternateContent><w:r><w:t>utanför</w:t></w:r></w:p>`),
			[]string{"paragraph 1: i rutan\nutanför"}},
		{"headers, footnotes and comments", word(t, para("text"),
			"word/header1.xml", `<w:hdr>`+para("Rektor Eva Ek")+`</w:hdr>`,
			"word/footnotes.xml", `<w:footnotes><w:footnote w:id="1">`+para("se bilaga")+`</w:footnote></w:footnotes>`,
			"word/comments.xml", `<w:comments><w:comment w:id="0" w:author="Eva Ek">`+para("stryk detta")+`</w:comment><w:comment w:id="1">`+para("och detta")+`</w:comment></w:comments>`),
			[]string{"paragraph 1: text", "header 1 paragraph 1: Rektor Eva Ek", "comment 1 paragraph 1: se bilaga", "comment 2 paragraph 1: Eva Ek\nstryk detta", "comment 3 paragraph 1: och detta"}},
		{"properties and links", word(t, para("text"),
			"docProps/core.xml", `<cp:coreProperties><dc:title>Beslut</dc:title><dc:creator>Eva Ek</dc:creator><dcterms:created>2026-01-01T00:00:00Z</dcterms:created></cp:coreProperties>`,
			"docProps/custom.xml", `<Properties><property name="Handläggare"><vt:lpwstr>Bo Berg</vt:lpwstr></property></Properties>`,
			"word/_rels/document.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/hyperlink" Target="mailto:anna@example.com" TargetMode="External"/></Relationships>`),
			[]string{"paragraph 1: text", "property: title: Beslut\ncreator: Eva Ek\nHandläggare: Bo Berg", "property paragraph 1: mailto:anna@example.com"}},
		{"a document under another name", packed(t, "[Content_Types].xml", contentTypes,
			"_rels/.rels", `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="/word/document2.xml"/></Relationships>`,
			"word/document2.xml", `<w:document>`+para("här")+`</w:document>`),
			[]string{"paragraph 1: här"}},
		{"no entity expands", word(t, "", "word/footer1.xml", `<!DOCTYPE x [<!ENTITY a "AAAA">]><w:ftr>`+para("&a;&amp;")+`</w:ftr>`),
			[]string{"header 1 paragraph 1: &a;&"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.docx", c.file)
			expect(t, got, c.wants...)
			if e.Type != "docx" || e.State != breach.Read {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

func TestWordHandsOverWhatIsEmbedded(t *testing.T) {
	a := walk(t, "x.docx", word(t, para("text"),
		"word/embeddings/lista.csv", "namn;klass\nAnna Ask;3B\n",
		"word/styles.xml", "<w:styles/>",
		"docProps/thumbnail.jpeg", "\xFF\xD8\xFF\xE0"), extract.Limits{})
	if len(a.items) != 2 || a.items[1].Item.Name.Reveal() != "word/embeddings/lista.csv" || a.items[1].State != breach.Read {
		t.Errorf("want the embedded list alone:\n%v", a)
	}
}

func TestWordWithBrokenPart(t *testing.T) {
	file := word(t, para("text"), "word/header1.xml", `<w:hdr>`+para("rubrik")+`</w:hdr>`, "word/header2.xml", `<w:hdr>`+para("annan")+`</w:hdr>`)
	i := bytes.Index(file, []byte("rubrik"))
	file[i] = 'R' // the checksum does not hold
	got, e := passagesOf(t, "x.docx", file)
	if len(got) != 3 || e.State != breach.Partly || e.Reason != breach.Malformed || e.Missing != "parts 3" {
		t.Errorf("state %s %s %q, passages %q", e.State, e.Reason, e.Missing, got)
	}
}

func TestLockedOffice(t *testing.T) {
	// The beginning of a compound file: its directory stands in the second sector.
	file := make([]byte, 2048)
	copy(file, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	file[30] = 9
	for i, c := range []byte("EncryptedPackage") {
		file[512+128+2*i] = c
	}
	if _, e := passagesOf(t, "x.docx", file); e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded {
		t.Errorf("state %s %s", e.State, e.Reason)
	}
}

func FuzzWord(f *testing.F) {
	f.Add(para("Anna")+`<w:tbl>`+row(para("a"), para("b"))+`</w:tbl>`, `<w:hdr>`+para("x")+`</w:hdr>`)
	f.Add(`<w:tbl><w:tr><w:tc><w:tbl><w:tc/></w:tbl></w:tr><w:p><mc:Fallback/></w:p>`, `<![CDATA[x]]><!--y--><?z?><!DOCTYPE a [<!ENTITY>]>&#x41;&#0;&`)
	f.Fuzz(func(t *testing.T, body, header string) {
		walk(t, "x.docx", word(t, body, "word/header1.xml", header, "docProps/core.xml", header, "word/charts/chart1.xml", body), extract.Limits{Text: 1 << 20})
	})
}
