package extract_test

import (
	"fmt"
	"testing"
)

// TestNumberedParagraphs reads the numbers of lists as Word shows them.
func TestNumberedParagraphs(t *testing.T) {
	level := func(n int, format, text string) string {
		return fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/></w:lvl>`, n, format, text)
	}
	lists := `<w:numbering><w:abstractNum w:abstractNumId="0">` + level(0, "decimal", "%1.") + level(1, "lowerRoman", "%1.%2)") + level(2, "bullet", "\u2022") + `</w:abstractNum>` +
		`<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="27"/><w:numFmt w:val="upperLetter"/><w:pStyle w:val="Bilaga"/><w:lvlText w:val="Bilaga %1:"/></w:lvl></w:abstractNum>` +
		`<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>` +
		`<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="13"/></w:lvlOverride></w:num></w:numbering>`
	styles := `<w:styles><w:style w:styleId="Bilaga"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style><w:style w:styleId="Under"><w:basedOn w:val="Bilaga"/></w:style></w:styles>`
	item := func(use, level int, text string) string {
		return fmt.Sprintf(`<w:p><w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, level, use, text)
	}
	styled := func(style, text string) string {
		return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	for _, c := range []struct{ name, body, want string }{
		{"counted on", item(1, 0, "Anna") + para("mellan") + item(1, 0, "Bo"), "1. Anna\nmellan\n2. Bo"},
		{"levels inside begin anew", item(1, 0, "a") + item(1, 1, "b") + item(1, 1, "c") + item(1, 0, "d") + item(1, 1, "e"), "1. a\n1.i) b\n1.ii) c\n2. d\n2.i) e"},
		{"bullets are no text", item(1, 2, "a"), "a"},
		{"by style, and a style based on it", styled("Bilaga", "a") + styled("Under", "b"), "Bilaga AA: a\nBilaga BB: b"},
		{"begun elsewhere", item(1, 0, "a") + item(3, 0, "b") + item(3, 0, "c"), "1. a\n13. b\n14. c"},
		{"taken out of its list", item(0, 0, "a"), "a"},
		{"what it was before a change does not count", `<w:p><w:pPr><w:pPrChange><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange></w:pPr><w:r><w:t>a</w:t></w:r></w:p>`, "a"},
		{"an empty one counts", item(1, 0, "") + item(1, 0, "b"), "\n2. b"},
		{"a list that is not there", item(77, 0, "a"), "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := passagesOf(t, "x.docx", word(t, c.body, "word/numbering.xml", lists, "word/styles.xml", styles))
			expect(t, got, "paragraph 1: "+c.want)
		})
	}
}
