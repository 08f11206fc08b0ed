package specimen

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// member is one file of an archive.
type member struct {
	name    string
	content []byte
}

// packed makes a ZIP without times, so that its bytes repeat. Members whose
// name is "mimetype" are stored, as OpenDocument wants.
func packed(members ...member) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.name == "mimetype" {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(m.content); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// workbook makes an XLSX file of one sheet.
func workbook(sheet string, rows [][]string) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // nothing is left open
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for c, text := range row {
			cells[c] = text
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// escaped is text inside XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	relations    = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
)

// docx makes a Word document. Runs are split inside words, as Word does when
// somebody has edited them.
func docx(p *paper) ([]byte, error) {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	for i, para := range p.withTitle() {
		b.WriteString(`<w:p>`)
		if i == 0 {
			b.WriteString(`<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>`)
		}
		for n, line := range strings.Split(para, "\n") {
			if n > 0 {
				b.WriteString(`<w:r><w:br/></w:r>`)
			}
			half := len([]rune(line)) / 2
			for _, run := range []string{string([]rune(line)[:half]), string([]rune(line)[half:])} {
				b.WriteString(`<w:r><w:t xml:space="preserve">` + escaped(run) + `</w:t></w:r>`)
			}
		}
		b.WriteString(`</w:p>`)
	}
	b.WriteString(`</w:body></w:document>`)
	return packed(member{"[Content_Types].xml", []byte(contentTypes)}, member{"_rels/.rels", []byte(relations)},
		member{"word/document.xml", []byte(b.String())})
}

const (
	openNames = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" office:version="1.2"`
	openText  = "application/vnd.oasis.opendocument.text"
	openSheet = "application/vnd.oasis.opendocument.spreadsheet"
)

// odt makes an OpenDocument text.
func odt(p *paper) ([]byte, error) {
	var b strings.Builder
	b.WriteString(xmlHead + `<office:document-content ` + openNames + `><office:body><office:text>`)
	for i, para := range p.withTitle() {
		text := strings.ReplaceAll(escaped(para), "&#xA;", `<text:line-break/>`)
		if i == 0 {
			b.WriteString(`<text:h text:outline-level="1">` + text + `</text:h>`)
			continue
		}
		b.WriteString(`<text:p>` + text + `</text:p>`)
	}
	b.WriteString(`</office:text></office:body></office:document-content>`)
	return openDocument(openText, b.String())
}

// ods makes an OpenDocument spreadsheet.
func ods(p *paper) ([]byte, error) {
	var b strings.Builder
	b.WriteString(xmlHead + `<office:document-content ` + openNames + `><office:body><office:spreadsheet><table:table table:name="Blad1">`)
	for _, row := range p.rows {
		b.WriteString(`<table:table-row>`)
		for _, cell := range row {
			if cell == "" {
				b.WriteString(`<table:table-cell/>`)
				continue
			}
			b.WriteString(`<table:table-cell office:value-type="string"><text:p>` + escaped(cell) + `</text:p></table:table-cell>`)
		}
		b.WriteString(`</table:table-row>`)
	}
	b.WriteString(`</table:table></office:spreadsheet></office:body></office:document-content>`)
	return openDocument(openSheet, b.String())
}

func openDocument(mimetype, content string) ([]byte, error) {
	manifest := xmlHead + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:media-type="` +
		mimetype + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	return packed(member{"mimetype", []byte(mimetype)}, member{"content.xml", []byte(content)},
		member{"META-INF/manifest.xml", []byte(manifest)})
}

// withTitle gives the title and the paragraphs.
func (p *paper) withTitle() []string {
	if p.title == "" {
		return p.paras
	}
	return append([]string{p.title}, p.paras...)
}
