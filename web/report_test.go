package web_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/web"
)

// keep writes the pages to a folder, to be looked at.
var keep = flag.String("keep", "", "folder to write the tested pages to")

// made is a made-up case of a municipality.
func made() web.ReportData {
	at := time.Date(2022, 9, 27, 14, 5, 0, 0, time.FixedZone("CEST", 2*3600))
	cell := func(proven, likely, possible, upper int64) web.Cell {
		return web.Cell{Bounds: web.Bounds{Grades: web.Grades{Proven: proven, Likely: likely, Possible: possible}, Upper: upper}}
	}
	d := web.ReportData{
		Case: "Storstads kommun: intrång via fjärranslutningsservern", Evidence: "utbildning-delad (G:)", Generated: at, Version: "0.1.0",
		Exposed:   web.Bounds{Grades: web.Grades{Proven: 9_604, Likely: 812, Possible: 377}, Upper: 11_219},
		Strangers: web.Grades{Proven: 318, Likely: 41, Possible: 96},
		Protected: 3, OneOf: 214, Traces: 1_877,
		Groups: []web.Group{
			{Name: "Elever", Registered: 4_210, Any: cell(3_988, 102, 31, 4_190), Kinds: map[breach.Kind]web.Cell{
				breach.Name: cell(3_988, 102, 31, 4_190), breach.NationalID: cell(3_911, 0, 12, 3_940), breach.Address: cell(2_730, 88, 4, 2_900),
				breach.Email: cell(310, 0, 0, 310), breach.Language: cell(1_204, 33, 0, 1_260), breach.SpecialSupport: cell(212, 61, 18, 330),
				breach.Health: cell(0, 14, 40, 90), breach.Absence: cell(0, 0, 120, 310), breach.Religion: cell(0, 0, 0, 22), breach.ProtectedIdentity: cell(3, 0, 0, 4)}},
			{Name: "Vårdnadshavare", Registered: 6_120, Any: cell(4_466, 640, 310, 5_702), Kinds: map[breach.Kind]web.Cell{
				breach.Name: cell(4_466, 640, 310, 5_702), breach.NationalID: cell(4_120, 0, 55, 4_200), breach.Address: cell(2_100, 310, 20, 2_700),
				breach.Email: cell(4_020, 0, 0, 4_020), breach.Phone: cell(3_877, 12, 40, 4_000), breach.Fee: cell(1_950, 77, 0, 2_040),
				breach.Income: cell(1_811, 12, 3, 1_840), breach.Guardian: cell(3_300, 200, 10, 3_800)}},
			{Name: "Personal", Registered: 1_150, Any: cell(1_150, 0, 0, 1_150), Kinds: map[breach.Kind]web.Cell{
				breach.Name: cell(1_150, 0, 0, 1_150), breach.NationalID: cell(640, 0, 8, 655), breach.Email: cell(1_150, 0, 0, 1_150),
				breach.Username: cell(1_150, 0, 0, 1_150), breach.Absence: cell(88, 20, 0, 131), breach.Health: cell(31, 9, 0, 44), breach.Employment: cell(402, 0, 0, 410)}},
			{Name: "Sökande", Registered: 260, Any: cell(0, 70, 36, 177), Kinds: map[breach.Kind]web.Cell{
				breach.Name: cell(0, 70, 36, 177), breach.Application: cell(0, 66, 10, 90),
				breach.Fee: {Excluded: 260}}},
		},
		Registers: []web.Register{
			{Name: "elever", Entries: 4_210, Rejected: 3, Imported: at.Add(-40 * time.Minute), Fingerprint: "9f31 c4a2 77d0"},
			{Name: "vardnadshavare", Entries: 6_120, Imported: at.Add(-39 * time.Minute), Fingerprint: "02bb 1e6f a913"},
			{Name: "personal", Entries: 1_410, Rejected: 1, Imported: at.Add(-38 * time.Minute), Fingerprint: "5d60 9a4e 11c8"},
		},
		Chance:   []web.Chance{{"se-personnummer", 21_877, 0.41}, {"fi-hetu", 5_210, 0.002}, {"is-kennitala", 14, 11.3}},
		Commands: []string{"klarlagt people --case storstad-2022", "klarlagt explain p1 --case storstad-2022", "klarlagt export exposures --format xlsx --case storstad-2022 --out exponerade.xlsx"},
	}
	d.Coverage = web.Coverage{
		States: []web.StateCount{
			{State: breach.Read, Items: 48_211, Bytes: 61_204_882_011}, {State: breach.DuplicateOf, Items: 9_120, Bytes: 20_110_400_220},
			{State: breach.Empty, Items: 311}, {State: breach.NoText, Items: 1_402, Bytes: 4_400_120_333}, {State: breach.LeftOut, Items: 12, Bytes: 900_000_000},
			{State: breach.Partly, Items: 204, Bytes: 2_201_400_000, Reasons: []web.ReasonCount{{breach.TextBudget, 11}, {breach.Malformed, 160}, {breach.UnknownType, 33}}},
			{State: breach.OCRPending, Items: 7_733, Bytes: 12_980_010_000}, {State: breach.Encrypted, Items: 88, Bytes: 410_110_010, Reasons: []web.ReasonCount{{breach.PasswordNeeded, 88}}},
			{State: breach.Unsupported, Items: 931, Bytes: 7_021_000_111, Reasons: []web.ReasonCount{{breach.UnknownType, 931}}},
			{State: breach.NotReadable, Items: 41, Bytes: 210_000_000, Reasons: []web.ReasonCount{{breach.Malformed, 30}, {breach.Truncated, 7}, {breach.Crash, 1}, {breach.Permission, 3}}},
		},
		GapsMore: 10_380 - 21 + 19, GapsAll: "klarlagt account --gaps --case storstad-2022",
	}
	count := func(name string, items, bytes, gaps int64) web.PartCount {
		return web.PartCount{Name: name, Items: items, Bytes: bytes, Gaps: gaps}
	}
	items, bytes, gaps := int64(0), int64(0), int64(0)
	for _, s := range d.Coverage.States {
		items, bytes = items+s.Items, bytes+s.Bytes
		if s.State.IsGap() {
			gaps += s.Items
		}
	}
	d.Coverage.Types = []web.PartCount{count("docx", 18_200, 9_000_000_000, 61), count("xlsx", 9_410, 7_700_000_000, 44), count("pdf", 11_904, 24_000_000_000, 3_120),
		count("jpeg", 6_001, 11_000_000_000, 6_001), count("eml", 12_112, 2_500_000_000, 14),
		count("", items-57_627, bytes-54_200_000_000, gaps-9_240)}
	d.Coverage.Folders = []web.PartCount{count("elever", 31_000, 50_000_000_000, 2_900), count("henkilöstö", 9_000, 9_000_000_000, 700), count("avgifter", 8_100, 11_000_000_000, 330),
		count("postilaatikko", 14_001, 30_000_000_000, 4_100), count("", items-62_101, bytes-100_000_000_000, gaps-8_030)}
	d.Coverage.Sizes = []web.PartCount{count("empty", 311, 0, 0), count("1MB", items-311, bytes, gaps)}
	d.Coverage.Sizes[1].States = slices.DeleteFunc(slices.Clone(d.Coverage.States), func(s web.StateCount) bool { return s.State == breach.Empty })
	for i := range 19 {
		d.Coverage.Gaps = append(d.Coverage.Gaps, web.Gap{Path: fmt.Sprintf("elever/läsår 2021–22/stödbehov/protokoll_%02d.pdf", i+1), State: breach.OCRPending})
	}
	d.Coverage.Gaps = append(d.Coverage.Gaps,
		web.Gap{Path: "avgifter/2022/arkiv.zip!/beslut/lista över beslut.docx", State: breach.Encrypted, Reason: breach.PasswordNeeded},
		web.Gap{Path: "henkilöstö/sairauslomat_2019.xlsx", State: breach.Partly, Reason: breach.Malformed, Missing: "sheets 3, 7-9 of 12"})
	return d
}

func render(t *testing.T, d web.ReportData, lang string) (string, *html.Node) {
	t.Helper()
	var buf bytes.Buffer
	if err := web.Report(&buf, d, lang); err != nil {
		t.Fatal(err)
	}
	page := buf.String()
	tree, err := html.Parse(&buf)
	if err != nil {
		t.Fatal(err)
	}
	return page, tree
}

// each calls f for every element.
func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(text(c))
	}
	return b.String()
}

func TestReportIsAWholeAccessiblePage(t *testing.T) {
	for _, lang := range []string{"sv", "fi", "en"} {
		t.Run(lang, func(t *testing.T) {
			page, tree := render(t, made(), lang)
			if *keep != "" {
				if err := os.WriteFile(filepath.Join(*keep, lang+".html"), []byte(page), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			count := map[string]int{}
			level, ids := 0, map[string]bool{}
			each(tree, func(n *html.Node) {
				count[n.Data]++
				if id := attr(n, "id"); id != "" {
					if ids[id] {
						t.Errorf("id %s stands twice", id)
					}
					ids[id] = true
				}
				if attr(n, "style") != "" {
					t.Errorf("<%s> has a style of its own", n.Data)
				}
				checkElement(t, n, lang)
				if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
					next := int(n.Data[1] - '0')
					if next > level+1 {
						t.Errorf("heading %q of level %d follows level %d", text(n), next, level)
					}
					level = next
				}
			})
			each(tree, func(n *html.Node) {
				if id := attr(n, "aria-labelledby"); id != "" && !ids[id] {
					t.Errorf("<%s> is labelled by %s, which is not there", n.Data, id)
				}
				if ref, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[ref] {
					t.Errorf("symbol %s is not there", ref)
				}
			})
			if count["h1"] != 1 || count["main"] != 1 || count["table"] != 10 || count["script"] != 0 || count["link"] != 0 || count["img"] != 0 {
				t.Errorf("elements: %v", count)
			}
			if i := strings.Index(page, "⟦"); i >= 0 {
				t.Errorf("a text is missing: %s", page[i:min(len(page), i+60)])
			}
			for _, outside := range []string{"http:", "https:", "@import", "//fonts"} {
				if strings.Contains(page, outside) {
					t.Errorf("the page asks for something outside: %s", outside)
				}
			}
			if len(page) > 200_000 {
				t.Errorf("the page is %d bytes", len(page))
			}
		})
	}
}

func checkElement(t *testing.T, n *html.Node, lang string) {
	t.Helper()
	switch n.Data {
	case "html":
		if attr(n, "lang") != lang {
			t.Errorf("the page says it is in %q", attr(n, "lang"))
		}
	case "th":
		if attr(n, "scope") == "" {
			t.Errorf("heading cell %q has no scope", text(n))
		}
	case "table":
		captions := 0
		each(n, func(c *html.Node) {
			if c.Data == "caption" && strings.TrimSpace(text(c)) != "" {
				captions++
			}
		})
		if captions != 1 {
			t.Error("a table has no caption")
		}
	case "svg":
		if attr(n, "aria-hidden") != "true" {
			t.Error("a drawing is read out without words")
		}
	}
}

func TestReportTellsWhatItIsGiven(t *testing.T) {
	page, tree := render(t, made(), "en")
	for name, want := range map[string]string{
		"bounds":                "9,604–11,219",
		"cell of a kind":        "3,911",
		"upper bound of a cell": "at most 3,940",
		"unread items":          "10,399",
		"all items":             "68,053",
		"few protected people":  "fewer than 5",
		"less sure in a cell":   "Likely: </span>33",
		"excluded":              ">no<",
		"reasons":               "160 malformed · 33 unknown type · 11 more text",
		"open of a size":        "964 unknown type · 190 malformed · 88 password needed",
		"a size":                "100 kB to 1 MB",
		"a gap":                 "avgifter/2022/arkiv.zip!/beslut/lista över beslut.docx",
		"more gaps":             "10,378 more are not shown here",
		"expected by chance":    "11.30",
		"nothing found of":      "passport number",
		"form":                  "Swedish identity number",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", name, want)
		}
	}
	each(tree, func(n *html.Node) {
		if n.Data == "tr" && strings.HasPrefix(text(n), "Protected identity") && strings.ContainsAny(text(n), "34") {
			t.Errorf("the page counts out protected people: %s", strings.Join(strings.Fields(text(n)), " "))
		}
	})
}

func TestReportOfNothing(t *testing.T) {
	for _, lang := range []string{"sv", "fi", "en"} {
		page, _ := render(t, web.ReportData{Case: "Nothing", Generated: time.Unix(0, 0).UTC()}, lang)
		if strings.Contains(page, "⟦") || strings.Contains(page, "NaN") {
			t.Errorf("%s: the empty report is broken", lang)
		}
	}
}

func TestReportListsSoManyGaps(t *testing.T) {
	d := made()
	for i := range 500 {
		d.Coverage.Gaps = append(d.Coverage.Gaps, web.Gap{Path: fmt.Sprintf("more/%d.pdf", i), State: breach.OCRPending})
	}
	page, _ := render(t, d, "en")
	if n := strings.Count(page, `class="path"`); n != 200 {
		t.Errorf("%d gaps are listed", n)
	}
	if !strings.Contains(page, "10,699 more") {
		t.Error("the gaps that are not listed are not counted")
	}
}

func TestReportOfManyGroupsAndFolders(t *testing.T) {
	d := made()
	for i := range 11 {
		g := d.Groups[1]
		g.Name = fmt.Sprintf("Grupp %d", i)
		d.Groups = append(d.Groups, g)
	}
	whole := d.Coverage.Folders[0]
	d.Coverage.Folders = d.Coverage.Folders[1:]
	for i := range 100 {
		d.Coverage.Folders = append(d.Coverage.Folders, web.PartCount{Name: fmt.Sprintf("mapp%d", i), Items: whole.Items / 100, Bytes: whole.Bytes / 100, Gaps: whole.Gaps / 100})
	}
	page, tree := render(t, d, "en")
	matrices, cells, folders := 0, 0, 0
	each(tree, func(n *html.Node) {
		if n.Data == "table" && attr(n, "class") == "matrix" {
			matrices++
		}
		if attr(n, "data-group") == "Grupp 10" {
			cells++
		}
		if n.Data == "th" && strings.HasPrefix(text(n), "mapp") {
			folders++
		}
	})
	if matrices != 3 || cells < 10 {
		t.Errorf("%d matrices, %d cells of the last group", matrices, cells)
	}
	if folders != 20 || !strings.Contains(page, "80 others") {
		t.Errorf("%d folders listed; the others must be one row", folders)
	}
}

func TestReportRefusesNumbersThatDoNotAddUp(t *testing.T) {
	for name, spoil := range map[string]func(*web.ReportData){
		"types":     func(d *web.ReportData) { d.Coverage.Types[0].Items++ },
		"folders":   func(d *web.ReportData) { d.Coverage.Folders[0].Gaps-- },
		"sizes":     func(d *web.ReportData) { d.Coverage.Sizes[0].Items++ },
		"a size":    func(d *web.ReportData) { d.Coverage.Sizes[1].States[0].Items++ },
		"reasons":   func(d *web.ReportData) { d.Coverage.States[7].Reasons[0].Items = 99 },
		"a cell":    func(d *web.ReportData) { d.Groups[0].Kinds[breach.Name] = web.Cell{Bounds: web.Bounds{Upper: 1 << 40}} },
		"bounds":    func(d *web.ReportData) { d.Exposed.Upper = 1 },
		"any kind":  func(d *web.ReportData) { d.Groups[0].Any.Upper = d.Groups[0].Registered + 1 },
		"no states": func(d *web.ReportData) { d.Coverage.States = nil },
	} {
		d := made()
		spoil(&d)
		var buf bytes.Buffer
		if err := web.Report(&buf, d, "sv"); err == nil || buf.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", name, err, buf.Len())
		}
	}
}

func TestWhatTheEvidenceNamesStaysText(t *testing.T) {
	d := made()
	d.Case = `<script>alert(1)</script>`
	d.Coverage.Gaps[0].Path = `"><img src=x onerror=alert(1)>`
	d.Groups[0].Name = `" onmouseover="x`
	_, tree := render(t, d, "sv")
	each(tree, func(n *html.Node) {
		if n.Data == "script" || n.Data == "img" || attr(n, "onmouseover") != "" {
			t.Errorf("a name became <%s>", n.Data)
		}
	})
}
