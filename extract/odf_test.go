package extract_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// open makes an OpenDocument file of a kind: "text", "spreadsheet".
func open(t testing.TB, kind, body string, parts ...string) []byte {
	return packed(t, append([]string{
		"mimetype", "application/vnd.oasis.opendocument." + kind,
		"content.xml", `<?xml version="1.0"?><office:document-content><office:body>` + body + `</office:body></office:document-content>`,
	}, parts...)...)
}

func TestOpenDocument(t *testing.T) {
	cells := func(cells string) string {
		return `<table:table table:name="Klass">` + cells + `</table:table>`
	}
	for _, c := range []struct {
		name, kind, body string
		wants            []string
	}{
		{"paragraphs", "text", `<text:h>Beslut</text:h><text:p>An<text:span>na</text:span><text:s text:c="2"/>Ask<text:line-break/>3B</text:p>`,
			[]string{"paragraph 1: Beslut\nAnna  Ask 3B"}},
		{"a footnote stands apart", "text", `<text:p>Anna<text:note><text:note-body><text:p>se bilaga</text:p></text:note-body></text:note> Ask</text:p>`,
			[]string{"comment 1 paragraph 1: se bilaga", "paragraph 1: Anna Ask"}},
		{"a comment with its author", "text", `<text:p>Anna<office:annotation><dc:creator>Eva Ek</dc:creator><dc:date>2026-01-01</dc:date><text:p>stryk</text:p></office:annotation></text:p>`,
			[]string{"comment 1 paragraph 1: Eva Ek\nstryk", "paragraph 1: Anna"}},
		{"what was deleted", "text", `<text:tracked-changes><text:changed-region><text:deletion><text:p>Bo Berg</text:p></text:deletion></text:changed-region></text:tracked-changes><text:p>kvar</text:p>`,
			[]string{"paragraph 1: Bo Berg\nkvar"}},
		{"a table in a text", "text", cells(`<table:table-row><table:table-cell><text:p>Anna</text:p><text:p>Ask</text:p></table:table-cell><table:table-cell><text:p>3B</text:p></table:table-cell></table:table-row>`),
			[]string{"table Klass row 1: Anna Ask\t3B"}},
		{"a link to an address", "text", `<text:p><text:a xlink:href="mailto:anna@example.com">skriv</text:a></text:p>`,
			[]string{"paragraph 1: anna@example.com skriv"}},
		{"a sheet with rows left out", "spreadsheet", cells(`<table:table-row><table:table-cell><text:p>Anna</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="5"><table:table-cell table:number-columns-repeated="1024"/></table:table-row><table:table-row><table:table-cell table:number-columns-repeated="2"/><table:table-cell><text:p>Bo</text:p></table:table-cell></table:table-row>`),
			[]string{"sheet Klass property: Klass", "sheet Klass row 1: Anna", "sheet Klass row 7: \t\tBo"}},
		{"a row that stands there thrice", "spreadsheet", cells(`<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell></table:table-row>`),
			[]string{"sheet Klass property: Klass", "sheet Klass row 1: x\tx\nx\tx\nx\tx"}},
		{"dates and numbers in full", "spreadsheet", cells(`<table:table-row><table:table-cell office:value-type="date" office:date-value="1985-01-01"><text:p>1.1.85</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="198001019876"><text:p>1,98E+11</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="101019876"><text:p>0101019876</text:p></table:table-cell></table:table-row>`),
			[]string{"sheet Klass property: Klass", "sheet Klass row 1: 1985-01-01\t198001019876\t0101019876"}},
		{"a comment on a cell", "spreadsheet", cells(`<table:table-row/><table:table-row><table:table-cell><office:annotation><text:p>allergi</text:p></office:annotation><text:p>Anna</text:p></table:table-cell></table:table-row>`),
			[]string{"sheet Klass property: Klass", "sheet Klass row 2 comment 1: allergi", "sheet Klass row 2: Anna"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, e := passagesOf(t, "x", open(t, c.kind, c.body))
			expect(t, got, c.wants...)
			if e.State != breach.Read {
				t.Errorf("state %s %s", e.State, e.Reason)
			}
		})
	}
}

func TestOpenDocumentParts(t *testing.T) {
	a := walk(t, "x.odt", open(t, "text", `<text:p>text</text:p>`,
		"styles.xml", `<s><number:text>.</number:text><style:header><text:p>Rektor Eva Ek</text:p></style:header></s>`,
		"meta.xml", `<m><meta:generator>Writer</meta:generator><dc:creator>Eva Ek</dc:creator><meta:user-defined meta:name="Diarium">12/26</meta:user-defined></m>`,
		"Object 1/content.xml", `<c><text:p>i ett objekt</text:p></c>`,
		"Pictures/a.txt", "bild\n",
		"Thumbnails/thumbnail.png", "\x89PNG"), extract.Limits{})
	expect(t, a.items[0].Passages, "paragraph 1: text", "header paragraph 1: Rektor Eva Ek", "part 5 paragraph 1: i ett objekt", "property: creator: Eva Ek\nDiarium: 12/26")
	if len(a.items) != 2 || a.items[1].Item.Name.Reveal() != "Pictures/a.txt" {
		t.Errorf("want the picture alone inside:\n%v", a)
	}
}

func TestLockedOpenDocument(t *testing.T) {
	file := open(t, "text", "\x01\x02", "META-INF/manifest.xml", `<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>`)
	if got, e := passagesOf(t, "x.odt", file); e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded || len(got) > 0 {
		t.Errorf("state %s %s with %q", e.State, e.Reason, got)
	}
}

func TestFlatOpenDocument(t *testing.T) {
	got, e := passagesOf(t, "x.fods", []byte(`<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><table:table table:name="A"><table:table-row><table:table-cell><text:p>Anna</text:p></table:table-cell></table:table-row></table:table></office:document>`))
	expect(t, got, "sheet A property: A", "sheet A row 1: Anna")
	if e.Type != "fodt" || e.State != breach.Read {
		t.Errorf("type %s, state %s", e.Type, e.State)
	}
}

func FuzzOpenDocument(f *testing.F) {
	f.Add(`<text:p>a<text:note><text:p/></text:note></text:p>`, true)
	f.Add(`<table:table><table:table-row table:number-rows-repeated="99999999"><table:table-cell table:number-columns-repeated="16384"><text:p>a</text:p></table:table-cell><table:table/></table:table-row>`, false)
	f.Fuzz(func(t *testing.T, body string, sheet bool) {
		kind := "text"
		if sheet {
			kind = "spreadsheet"
		}
		walk(t, "x", open(t, kind, body, "styles.xml", body, "meta.xml", body), extract.Limits{Text: 1 << 20})
	})
}
