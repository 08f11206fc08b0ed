package extract_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

var noLimits = extract.Limits{}

func TestRTF(t *testing.T) {
	for _, c := range []struct {
		name, file string
		wants      []string
	}{
		{"paragraphs", `{\rtf1\ansi F\'f6rsta\par Andra\line raden\par}`, []string{"paragraph 1: Första\nAndra raden"}},
		{"Unicode, said again for others", `{\rtf1\ansi\uc1 \u214\'d6berg \u-10179?\u-8704? {\uc0\u8211}x}`, []string{"paragraph 1: Öberg \U0001F600 –x"}},
		{"a choice", `{\rtf1 {\upr{\'d6}{\*\ud{\u214?}}}berg}`, []string{"paragraph 1: Öberg"}},
		{"fonts of other charsets", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Gothic;}}\f1 \'cf\'f0 \f2\'93\'fa\'96\'7b\f0 \'f6}`,
			[]string{"paragraph 1: Пр 日本ö"}},
		{"a table", `{\rtf1\trowd\pard\intbl Namn\cell Klass\cell\row\trowd\pard\intbl Anna\par Ask\cell 3B\cell\row\pard Efter\par}`,
			[]string{"table 1 row 1: Namn\tKlass\nAnna Ask\t3B", "paragraph 1: Efter"}},
		{"an address behind a link", `{\rtf1{\field{\*\fldinst{HYPERLINK "mailto:anna@example.com"}}{\fldrslt skriv}} nu}`, []string{"paragraph 1: anna@example.com skriv nu"}},
		{"notes and headers in the middle", `{\rtf1{\header Huvud\par}Text{\footnote Fot\par} mer{\*\atnauthor Eva Ek}\chatn{\*\annotation Ring\par}\par}`,
			[]string{"header paragraph 1: Huvud", "comment 1 paragraph 1: Fot", "comment 2 paragraph 1: Eva Ek\nRing", "paragraph 1: Text mer"}},
		{"properties", `{\rtf1{\info{\title Beslut}{\author \'c5sa}{\creatim\yr2026}}{\*\userprops{\propname Handl}\proptype30{\staticval Bo}}x}`,
			[]string{"paragraph 1: x", "property: title: Beslut\nauthor: Åsa\nHandl: Bo"}},
		{"what is for others", `{\rtf1{\*\unknown no}{\stylesheet{no;}}yes{\*\shppict{\shp{\*\shpinst{\sp{\sn no}{\sv no}}{\shptxt ruta\par}}}}{\nonshppict no}}`,
			[]string{"paragraph 1: ruta", "paragraph 2: yes"}},
		{"bytes as they are", "{\\rtf1 a\\bin4 }}{{b}", []string{"paragraph 1: ab"}},
		{"signs", `{\rtf1 a\emdash b\endash c\rquote\~d\_e\-f\\\{\}}`, []string{`paragraph 1: a—b–c’ d-ef\{}`}},
		{"wrapped HTML", `{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hej \'c5sa {\*\htmltag84 <a href="mailto:bo@example.com">}\htmlrtf\par no\htmlrtf0 Bo & Co{\*\htmltag92 </a>}\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}}`,
			[]string{"paragraph 1: Hej Åsa Bo & Co bo@example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.rtf", []byte(c.file))
			expect(t, got, c.wants...)
			if e.Type != "rtf" || e.State != breach.Read {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
		})
	}
}

func TestRTFThatEndsTooSoon(t *testing.T) {
	got, e := passagesOf(t, "x.rtf", []byte(`{\rtf1 Anna {\b Ask`))
	expect(t, got, "paragraph 1: Anna Ask")
	if e.State != breach.Partly || e.Reason != breach.Truncated {
		t.Errorf("state %s %s", e.State, e.Reason)
	}
}

func TestFilesInRTF(t *testing.T) {
	csv := "namn;klass\nAnna Ask;3B\n"
	object := le(uint32(0x501), uint32(2), uint32(8), "Package\x00", uint32(0), uint32(0), packageOf("lista.csv", csv))
	file := fmt.Sprintf(`{\rtf1 a{\object\objemb{\*\objdata %s}{\result bild}}{\pict{\*\picprop 12}\pngblip\picw10 %s}b}`,
		hex.EncodeToString(object), strings.ToUpper(hex.EncodeToString([]byte("Bo Berg, 19121212-1212"))))
	a := walk(t, "x.rtf", []byte(file), noLimits)
	if len(a.items) != 3 || a.items[1].Item.Name.Reveal() != "lista.csv" || a.items[1].State != breach.Read || a.items[2].Type != "text" {
		t.Fatalf("got\n%v", a)
	}
	expect(t, a.items[0].Passages, "paragraph 1: abildb")
	expect(t, a.items[2].Passages, "line 1: Bo Berg, 19121212-1212")
}

func TestDeepRTF(t *testing.T) {
	_, e := passagesOf(t, "x.rtf", []byte(`{\rtf1 `+strings.Repeat("{", 200_000)+"x"+strings.Repeat("}", 200_001)))
	if e.State != breach.Read || e.Outcome.Text != 2 {
		t.Errorf("state %s %s, %d bytes of text", e.State, e.Reason, e.Outcome.Text)
	}
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(`\ansi{\fonttbl{\f1\fcharset204 x;}}\f1\'cf\u214?{\*\fldinst HYPERLINK "x"}{\pict 0a}\trowd\cell\row{\footnote x}`))
	f.Add([]byte(`\fromhtml1{\*\htmltag <p>}\htmlrtf x\htmlrtf0{\*\objdata 01050000020000000800}\bin3 abc`))
	f.Fuzz(func(t *testing.T, body []byte) {
		walk(t, "x.rtf", le(`{\rtf1`, body), extract.Limits{Text: 1 << 20, Free: 1 << 20})
	})
}

func BenchmarkRTF(b *testing.B) {
	bench(b, "x.rtf", []byte(`{\rtf1\ansi `+strings.Repeat(`\pard\plain \f0\fs22 \'c5sa {\b \'d6berg} bor p\'e5 Storgatan 12.\par `+"\r\n", 10_000)+"}"))
}
