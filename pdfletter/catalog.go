package pdfletter

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// end writes the catalogue and closes the file.
func (o *objects) end(info Info, pages, tree int, id []byte) error {
	catalog, about, metadata, profile := o.number(), o.number(), o.number(), o.number()
	o.plain(metadata, "/Type/Metadata/Subtype/XML", xmp(info))
	o.plain(profile, "/N 1", grayProfile())
	o.put(about, "<</Title %s/Producer(Klarlagt)>>", textString(info.Title))
	o.put(catalog, "<</Type/Catalog/Version/1.7/Pages %d 0 R/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/Metadata %d 0 R"+
		"/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(Gray)/DestOutputProfile %d 0 R>>]>>",
		pages, info.Lang, tree, metadata, profile)
	return o.close(catalog, about, id)
}

// textString is a text as PDF writes it outside of pages.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<feff")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04x", u)
	}
	return b.String() + ">"
}

// xmp says in XML what the file is: its title, and that it keeps PDF/A-2a
// (ISO 19005-2) and PDF/UA-1 (ISO 14289-1). PDF/A does not know the schema of
// PDF/UA, so that is described along with it.
func xmp(info Info) []byte {
	title := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(info.Title)
	return []byte(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + title + `</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>` + info.Lang + `</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>Klarlagt</pdf:Producer>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`)
}

// grayProfile is an ICC profile (ICC.1:2001-04) that says what black on paper
// is: gray with a gamma of 2.2. PDF/A asks for one.
func grayProfile() []byte {
	description := append([]byte("desc\x00\x00\x00\x00\x00\x00\x00\x05Gray\x00"), make([]byte, 78)...)
	tags := []table{
		{"cprt", []byte("text\x00\x00\x00\x00none\x00")},
		{"desc", description},
		{"kTRC", []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33")},
		{"wtpt", []byte("XYZ \x00\x00\x00\x00\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")},
	}
	head := make([]byte, 128)
	copy(head[8:], "\x02\x10\x00\x00mntrGRAYXYZ ")
	copy(head[24:], []byte{0x07, 0xd0, 0, 1, 0, 1}) // made on 1 January 2000: it never changes
	copy(head[36:], "acsp")
	copy(head[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")
	out := be.AppendUint32(head, uint32(len(tags)))
	at := len(head) + 4 + 12*len(tags)
	var body []byte
	for _, t := range tags {
		out = append(out, t.tag...)
		out = be.AppendUint32(out, uint32(at+len(body)))
		out = be.AppendUint32(out, uint32(len(t.data)))
		body = append(body, t.data...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	out = append(out, body...)
	be.PutUint32(out, uint32(len(out)))
	return out
}
