package extract_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

func TestPowerPoint(t *testing.T) {
	slide := func(text string) string { return `<p:sld><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:sld>` }
	got, e := passagesOf(t, "x.pptx", packed(t, "[Content_Types].xml", contentTypes,
		"ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/slide" Target="slides/slide1.xml"/><Relationship Id="r2" Type="http://x/slide" Target="slides/slide2.xml"/><Relationship Id="r3" Type="http://x/slideMaster" Target="slideMasters/slideMaster1.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", slide("sist"),
		"ppt/slides/slide2.xml", `<p:sld><p:cNvPr id="1" name="Bild" descr="Porträtt av Anna Ask"/>`+slide("först")+`<a:tbl><a:tr><a:tc><a:p><a:t>Anna</a:t></a:p></a:tc><a:tc><a:p><a:t>3B</a:t></a:p></a:tc></a:tr></a:tbl></p:sld>`,
		"ppt/slides/_rels/slide2.xml.rels", `<Relationships><Relationship Id="n" Type="http://x/notesSlide" Target="../notesSlides/notesSlide1.xml"/><Relationship Id="c" Type="http://x/comments" Target="../comments/comment1.xml"/></Relationships>`,
		"ppt/notesSlides/notesSlide1.xml", slide("nämn Bo Berg"),
		"ppt/comments/comment1.xml", `<p:cmLst><p:cm authorId="0"><p:text>stryk namnet</p:text></p:cm></p:cmLst>`,
		"ppt/slideMasters/slideMaster1.xml", slide("Klicka här")))
	expect(t, got,
		"slide 1 paragraph 1: först", "slide 1 table 1 row 1: Anna\t3B", "slide 1 paragraph 2: Porträtt av Anna Ask",
		"slide 1 comment 1 paragraph 1: stryk namnet", "slide 1 comment 2 paragraph 1: nämn Bo Berg",
		"slide 2 paragraph 1: sist")
	if e.Type != "pptx" || e.State != breach.Read {
		t.Errorf("type %s, state %s", e.Type, e.State)
	}
}
