package draft

import (
	"fmt"
	"io"
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

const (
	odtKind   = "application/vnd.oasis.opendocument.text"
	odtSpaces = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ` +
		`xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" ` +
		`xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"`
	odtManifest = xmlHead + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` +
		`<manifest:file-entry manifest:full-path="/" manifest:media-type="` + odtKind + `"/>` +
		`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>` +
		`<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>` +
		`<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	odtStyle  = `<style:style style:name="%s" style:display-name="%s" style:family="paragraph" style:parent-style-name="Standard"%s>%s<style:text-properties %s/></style:style>`
	odtLayout = `<office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="210mm" fo:page-height="297mm" ` +
		`fo:margin-top="20mm" fo:margin-bottom="20mm" fo:margin-left="20mm" fo:margin-right="20mm"/></style:page-layout></office:automatic-styles>` +
		`<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"/></office:master-styles>`
)

// ODT writes the form as an OpenDocument text.
func (f Form) ODT(w io.Writer) error {
	meta := xmlHead + `<office:document-meta ` + odtSpaces + `><office:meta><dc:title>` + escaped(f.Title) + `</dc:title><dc:language>` +
		f.Lang + "-" + country(f.Lang) + `</dc:language></office:meta></office:document-meta>`
	return pack(w, []member{
		{name: "mimetype", text: odtKind, plain: true},
		{name: "META-INF/manifest.xml", text: odtManifest},
		{name: "meta.xml", text: meta},
		{name: "styles.xml", text: odtStyles(f.Lang)},
		{name: "content.xml", text: f.odtBody()},
	})
}

func odtLang(lang string) string {
	return fmt.Sprintf(`fo:language="%s" fo:country="%s"`, lang, country(lang))
}

func odtStyles(lang string) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<office:document-styles ` + odtSpaces + `><office:styles>` +
		`<style:default-style style:family="paragraph"><style:paragraph-properties fo:margin-bottom="1mm"/><style:text-properties ` +
		`fo:font-family="Calibri, Carlito, sans-serif" fo:font-size="10.5pt" ` + odtLang(lang) + `/></style:default-style>` +
		`<style:style style:name="Standard" style:family="paragraph"/>`)
	for _, s := range [][4]string{
		{"Title", "", `<style:paragraph-properties fo:margin-bottom="3mm"/>`, `fo:font-size="18pt" fo:font-weight="bold"`},
		{"Heading_20_1", ` style:default-outline-level="1"`, `<style:paragraph-properties fo:margin-top="6mm" fo:margin-bottom="2mm" fo:keep-with-next="always"/>`, `fo:font-size="13.5pt" fo:font-weight="bold"`},
		{"Question", "", "", `fo:font-weight="bold"`},
		{"Answer", "", "", `fo:font-weight="normal"`},
		{"Open", "", "", `fo:font-style="italic" fo:color="#8a3600"`},
		{"Origin", "", "", `fo:font-size="8.5pt" fo:color="#4d5a6a"`},
	} {
		fmt.Fprintf(&b, odtStyle, s[0], strings.ReplaceAll(s[0], "_20_", " "), s[1], s[2], s[3])
	}
	b.WriteString(`</office:styles>` + odtLayout + `</office:document-styles>`)
	return b.String()
}

func (f Form) odtBody() string {
	p := locale.For(f.Lang)
	var b strings.Builder
	b.WriteString(xmlHead + `<office:document-content ` + odtSpaces + `><office:automatic-styles>` +
		`<style:style style:name="C1" style:family="table-column"><style:table-column-properties style:rel-column-width="35*"/></style:style>` +
		`<style:style style:name="C2" style:family="table-column"><style:table-column-properties style:rel-column-width="65*"/></style:style>` +
		`<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:padding="1mm" fo:border-bottom="0.5pt solid #b0bcc9"/></style:style>`)
	for _, lang := range locale.Languages() {
		fmt.Fprintf(&b, `<style:style style:name="L%s" style:family="text"><style:text-properties %s/></style:style>`, lang, odtLang(lang))
	}
	b.WriteString(`</office:automatic-styles><office:body><office:text>`)
	odtParagraph(&b, paragraph{text: f.Title, style: "Title"})
	for _, note := range f.Notes {
		odtParagraph(&b, paragraph{text: note, style: "Standard"})
	}
	for i, s := range f.Sections {
		fmt.Fprintf(&b, `<text:h text:style-name="Heading_20_1" text:outline-level="1">%s</text:h>`, escaped(s.Title))
		fmt.Fprintf(&b, `<table:table table:name="T%d"><table:table-column table:style-name="C1"/><table:table-column table:style-name="C2"/><table:table-header-rows>`, i+1)
		odtRow(&b, []paragraph{{text: p.T("draft.head.question"), style: "Question"}}, []paragraph{{text: p.T("draft.head.answer"), style: "Question"}})
		b.WriteString(`</table:table-header-rows>`)
		for _, r := range s.Rows {
			odtRow(&b, []paragraph{r.question()}, r.answer(p))
		}
		b.WriteString(`</table:table>`)
	}
	b.WriteString(`</office:text></office:body></office:document-content>`)
	return b.String()
}

func odtRow(b *strings.Builder, cells ...[]paragraph) {
	b.WriteString(`<table:table-row>`)
	for _, cell := range cells {
		b.WriteString(`<table:table-cell table:style-name="Cell" office:value-type="string">`)
		for _, p := range cell {
			odtParagraph(b, p)
		}
		b.WriteString(`</table:table-cell>`)
	}
	b.WriteString(`</table:table-row>`)
}

func odtParagraph(b *strings.Builder, p paragraph) {
	text := escaped(p.text)
	if p.lang != "" {
		text = `<text:span text:style-name="L` + p.lang + `">` + text + `</text:span>`
	}
	fmt.Fprintf(b, `<text:p text:style-name="%s">%s</text:p>`, p.style, text)
}
