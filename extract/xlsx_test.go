package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// styles are the formats that cells in these tests name by their place here.
var styles = []string{"General", "yyyy\\-mm\\-dd", "0", "000000\\-0000", "d/m/yyyy h:mm", "0%", "0##\\-### ## ##", "[$-41D]d mmmm yyyy", "h:mm", `#,##0.00" kr"`, "0000000000", "# ##0"}

// excel makes an XLSX of rows of one sheet, and other parts.
func excel(t testing.TB, rows string, parts ...string) []byte {
	var formats, xfs strings.Builder
	for i, code := range styles {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 164+i, strings.ReplaceAll(code, `"`, "&quot;"))
		fmt.Fprintf(&xfs, `<xf numFmtId="%d"/>`, 164+i)
	}
	return packed(t, append([]string{
		"[Content_Types].xml", contentTypes,
		"xl/workbook.xml", `<workbook><sheets><sheet name="Klass 3B" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/styles.xml", `<styleSheet><numFmts>` + formats.String() + `</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>` + xfs.String() + `<xf numFmtId="14"/><xf numFmtId="17"/><xf numFmtId="18"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml", `<sst><si><t>Anna Ask</t></si><si><r><t>Matti </t></r><r><t>Mehiläinen</t></r><rPh><t>x</t></rPh></si><si><t>två_x000D_
rader</t></si></sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}, parts...)...)
}

func TestExcelCells(t *testing.T) {
	cell := func(attr, value string) string {
		return `<row r="1"><c r="A1" ` + attr + `><v>` + value + `</v></c></row>`
	}
	for _, c := range []struct{ name, rows, want string }{
		{"shared string", cell(`t="s"`, "0"), "Anna Ask"},
		{"shared string in runs, without how it is spoken", cell(`t="s"`, "1"), "Matti Mehiläinen"},
		{"line break in a cell", cell(`t="s"`, "2"), "två  rader"},
		{"shared string that is not there", cell(`t="s"`, "99") + `<row><c><v>1</v></c></row>`, "1"},
		{"inline string", `<row><c t="inlineStr"><is><t>Anna</t></is></c></row>`, "Anna"},
		{"result of a formula", `<row><c t="str"><f>A1&amp;"x"</f><v>Anna</v></c></row>`, "Anna"},
		{"truth", cell(`t="b"`, "1"), "TRUE"},
		{"id stored as a number", cell("", "198001019876"), "198001019876"},
		{"id with an exponent", cell("", "1.98001019876E11"), "198001019876"},
		{"id that lost its zero", cell(`s="10"`, "101019876"), "0101019876"},
		{"id shown with a hyphen", cell(`s="3"`, "101019876"), "010101-9876"},
		{"twelve digits in ten places", cell(`s="3"`, "198001019876"), "19800101-9876"},
		{"phone number", cell(`s="6"`, "701740605"), "070-174 06 05"},
		{"thousands shown apart", cell(`s="11"`, "1234567"), "1234567"},
		{"rounding of the machine", cell("", "0.30000000000000004"), "0.3"},
		{"money", cell(`s="9"`, "1234.5"), "1234.5 kr"},
		{"percent", cell(`s="5"`, "0.45"), "45%"},
		{"date", cell(`s="1"`, "31048"), "1985-01-01"},
		{"built-in date", cell(`s="12"`, "31048"), "1985-01-01"},
		{"date with the month's name", cell(`s="7"`, "31048"), "1985-01-01 1 January 1985"},
		{"built-in date with the month's name", cell(`s="13"`, "31048"), "1985-01-01 Jan-85"},
		{"clock of twelve hours", cell(`s="14"`, "0.75"), "18:00 6:00 PM"},
		{"date and time", cell(`s="4"`, "31048.5"), "1985-01-01 12:00"},
		{"time", cell(`s="8"`, "0.75"), "18:00"},
		{"before the leap day that never was", cell(`s="1"`, "59"), "1900-02-28"},
		{"no date beyond the calendar", cell(`s="1"`, "99999999"), "99999999"},
		{"date as text", cell(`t="d"`, "1985-01-01T00:00:00"), "1985-01-01"},
		{"style that is not there", cell(`s="999"`, "12"), "12"},
		{"columns left out", `<row r="1"><c r="B1"><v>2</v></c><c r="D1"><v>4</v></c></row>`, "\t2\t\t4"},
		{"cells without references", `<row><c><v>1</v></c><c/><c><v>3</v></c></row>`, "1\t\t3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.xlsx", excel(t, c.rows))
			if e.State != breach.Read || e.Type != "xlsx" {
				t.Errorf("type %s, state %s %s", e.Type, e.State, e.Reason)
			}
			if len(got) == 2 {
				_, got[1], _ = strings.Cut(got[1], ": ")
			}
			expect(t, got, "sheet Klass 3B property: Klass 3B", c.want)
		})
	}
}

func TestExcel(t *testing.T) {
	const one = `<row r="1"><c r="A1"><v>1</v></c></row>`
	for _, c := range []struct {
		name  string
		file  []byte
		wants []string
	}{
		{"rows keep their numbers", excel(t, one+`<row r="2" hidden="1"><c r="A2"><v>2</v></c></row><row r="7"><c r="A7"><v>7</v></c></row><row r="9"><c r="A9"/></row>`),
			[]string{"sheet Klass 3B property: Klass 3B", "sheet Klass 3B row 1: 1\n2", "sheet Klass 3B row 7: 7"}},
		{"a sheet that the workbook does not name", excel(t, one, "xl/worksheets/sheet2.xml", `<worksheet><row><c><v>2</v></c></row></worksheet>`),
			[]string{"sheet Klass 3B property: Klass 3B", "sheet Klass 3B row 1: 1", "sheet 2 row 1: 2"}},
		{"comments stand at their rows", excel(t, one,
			"xl/worksheets/_rels/sheet1.xml.rels", `<Relationships><Relationship Id="c" Type="http://x/comments" Target="../comments1.xml"/></Relationships>`,
			"xl/comments1.xml", `<comments><authors><author>Eva Ek</author></authors><commentList><comment ref="B14" authorId="0"><text><r><t>allergi</t></r></text></comment></commentList></comments>`),
			[]string{"sheet Klass 3B property: Klass 3B", "sheet Klass 3B row 1: 1", "sheet Klass 3B row 14 comment 1: Eva Ek\nallergi"}},
		{"page headers without their codes", packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.xml", "<workbook/>",
			"xl/worksheets/sheet1.xml", `<worksheet><headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Eva &amp;&amp; Bo&amp;P</oddHeader></headerFooter></worksheet>`),
			[]string{"sheet 1 comment: Eva & Bo"}},
		{"names for cells", packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.xml", `<workbook><definedNames><definedName name="rektor">"Eva Ek"</definedName></definedNames></workbook>`),
			[]string{`property paragraph 1: rektor: "Eva Ek"`}},
		{"what a pivot table remembers", excel(t, one,
			"xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels", `<Relationships><Relationship Id="p" Type="http://x/pivotCacheRecords" Target="pivotCacheRecords1.xml"/></Relationships>`,
			"xl/pivotCache/pivotCacheDefinition1.xml", `<d><cacheFields><cacheField name="Namn"><sharedItems><s v="Anna Ask"/><s v="Bo Berg"/></sharedItems></cacheField><cacheField name="Född"><sharedItems/></cacheField></cacheFields></d>`,
			"xl/pivotCache/pivotCacheRecords1.xml", `<rs><r><x v="1"/><d v="1985-01-01T00:00:00"/></r><r><x v="0"/><m/></r></rs>`),
			[]string{"sheet Klass 3B property: Klass 3B", "sheet Klass 3B row 1: 1", "part xl/pivotCache/pivotCacheDefinition1.xml row 1: Namn\tFödd\nBo Berg\t1985-01-01\nAnna Ask\t"}},
		{"cells of another workbook", excel(t, one, "xl/externalLinks/externalLink1.xml", `<l><sheetData><row r="3"><cell r="A3" t="str"><v>Anna Ask</v></cell></row></sheetData></l>`),
			[]string{"sheet Klass 3B property: Klass 3B", "sheet Klass 3B row 1: 1", "part xl/externalLinks/externalLink1.xml row 3: Anna Ask"}},
		{"days counted from 1904", packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.xml", `<workbook><workbookPr date1904="1"/></workbook>`,
			"xl/styles.xml", `<s><cellXfs><xf numFmtId="14"/></cellXfs></s>`,
			"xl/worksheets/sheet1.xml", `<worksheet><row><c s="0"><v>0</v></c></row></worksheet>`),
			[]string{"sheet 1 row 1: 1904-01-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x.xlsx", c.file)
			expect(t, got, c.wants...)
			if e.State != breach.Read {
				t.Errorf("state %s %s %q", e.State, e.Reason, e.Missing)
			}
		})
	}
}

func TestExcelAmplified(t *testing.T) {
	// One long text that many cells point to.
	long := strings.Repeat("Anna ", 10_000)
	cells := strings.Repeat(`<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>`, 1000)
	file := packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.xml", "<workbook/>",
		"xl/sharedStrings.xml", "<sst><si><t>"+long+"</t></si></sst>",
		"xl/worksheets/sheet1.xml", "<worksheet>"+cells+"</worksheet>")
	a := walk(t, "x.xlsx", file, extract.Limits{Text: 1 << 20})
	if e := a.items[0]; e.State != breach.Partly || e.Reason != breach.TextBudget || a.text > 1<<20 {
		t.Errorf("state %s %s with %d bytes of text", e.State, e.Reason, a.text)
	}
}

func FuzzExcel(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" s="3" t="s"><v>0</v></c></row>`, `<sst><si><t>x</t></si></sst>`, `0000\-00`)
	f.Add(`<row r="1048576"><c r="XFD1"><v>1e300</v></c><c r="A1" t="inlineStr"><is><t>_x000D_</t></is></c></row>`, `<sst><si/><si>`, `[h]:mm;"`)
	f.Fuzz(func(t *testing.T, rows, shared, format string) {
		file := packed(t, "[Content_Types].xml", contentTypes, "xl/workbook.xml", "<workbook/>",
			"xl/styles.xml", `<s><numFmt numFmtId="200" formatCode="`+format+`"/><cellXfs><xf/><xf/><xf/><xf numFmtId="200"/></cellXfs></s>`,
			"xl/sharedStrings.xml", shared, "xl/worksheets/sheet1.xml", rows, "xl/comments1.xml", shared,
			"xl/pivotCache/pivotCacheDefinition1.xml", rows)
		walk(t, "x.xlsx", file, extract.Limits{Text: 1 << 20})
	})
}
