package draft

import (
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

const (
	docxTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`
	docxRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	docxOwnRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="s1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	coreSpace = `xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"`

	docxStyle = `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/>%s<w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>`
	docxEdges = `<w:%[1]s w:val="single" w:sz="4" w:color="B0BCC9"/>`
)

// DOCX writes the form as a document of Word.
func (f Form) DOCX(w io.Writer) error {
	core := xmlHead + `<cp:coreProperties ` + coreSpace + `><dc:title>` + escaped(f.Title) + `</dc:title><dc:language>` +
		f.Lang + "-" + country(f.Lang) + `</dc:language></cp:coreProperties>`
	return pack(w, []member{
		{name: "[Content_Types].xml", text: docxTypes},
		{name: "_rels/.rels", text: docxRels},
		{name: "docProps/core.xml", text: core},
		{name: "word/_rels/document.xml.rels", text: docxOwnRels},
		{name: "word/styles.xml", text: docxStyles(f.Lang)},
		{name: "word/document.xml", text: f.docxBody()},
	})
}

func docxStyles(lang string) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + wordSpace + `><w:docDefaults><w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="21"/><w:lang w:val="` + lang + "-" + country(lang) + `"/>` +
		`</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="60"/></w:pPr></w:pPrDefault></w:docDefaults>`)
	for _, s := range [][5]string{
		{"Normal", "Normal", "", "", ""},
		{"Title", "Title", "", `<w:spacing w:after="160"/>`, `<w:b/><w:sz w:val="36"/>`},
		{"Heading1", "heading 1", `<w:next w:val="Normal"/>`, `<w:keepNext/><w:spacing w:before="320" w:after="120"/><w:outlineLvl w:val="0"/>`, `<w:b/><w:sz w:val="27"/>`},
		{"Question", "Question", "", "", `<w:b/>`},
		{"Answer", "Answer", "", "", ""},
		{"Open", "Open", "", "", `<w:i/><w:color w:val="8A3600"/>`},
		{"Origin", "Origin", "", "", `<w:color w:val="4D5A6A"/><w:sz w:val="17"/>`},
	} {
		based := ""
		if s[0] != "Normal" {
			based = `<w:basedOn w:val="Normal"/>`
		}
		fmt.Fprintf(&b, docxStyle, s[0], s[1], based+s[2], s[3], s[4])
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}

func (f Form) docxBody() string {
	p := locale.For(f.Lang)
	var b strings.Builder
	b.WriteString(xmlHead + `<w:document ` + wordSpace + `><w:body>`)
	docxParagraph(&b, paragraph{text: f.Title, style: "Title"})
	for _, note := range f.Notes {
		docxParagraph(&b, paragraph{text: note, style: "Normal"})
	}
	for _, s := range f.Sections {
		docxParagraph(&b, paragraph{text: s.Title, style: "Heading1"})
		b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
		for _, edge := range []string{"top", "bottom", "insideH"} {
			fmt.Fprintf(&b, docxEdges, edge)
		}
		b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1" w:firstColumn="1"/></w:tblPr>` +
			`<w:tblGrid><w:gridCol w:w="3400"/><w:gridCol w:w="6238"/></w:tblGrid>`)
		docxRow(&b, `<w:cantSplit/><w:tblHeader/>`, []paragraph{{text: p.T("draft.head.question"), style: "Question"}},
			[]paragraph{{text: p.T("draft.head.answer"), style: "Question"}})
		for _, r := range s.Rows {
			docxRow(&b, "", []paragraph{r.question()}, r.answer(p))
		}
		b.WriteString(`</w:tbl>`)
	}
	b.WriteString(`<w:p/><w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134"/></w:sectPr></w:body></w:document>`)
	return b.String()
}

func docxRow(b *strings.Builder, properties string, cells ...[]paragraph) {
	b.WriteString(`<w:tr>`)
	if properties != "" {
		b.WriteString(`<w:trPr>` + properties + `</w:trPr>`)
	}
	for i, cell := range cells {
		fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, [2]int{3400, 6238}[i])
		for _, p := range cell {
			docxParagraph(b, p)
		}
		b.WriteString(`</w:tc>`)
	}
	b.WriteString(`</w:tr>`)
}

func docxParagraph(b *strings.Builder, p paragraph) {
	lang := ""
	if p.lang != "" {
		lang = `<w:rPr><w:lang w:val="` + p.lang + "-" + country(p.lang) + `"/></w:rPr>`
	}
	fmt.Fprintf(b, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr><w:r>%s<w:t xml:space="preserve">%s</w:t></w:r></w:p>`, p.style, lang, escaped(p.text))
}
