package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// TestEveryPageInEveryLanguage renders each page of the table and holds it
// against what every page has to be for a screen reader and without a script.
func TestEveryPageInEveryLanguage(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	other := boss.hire("kajsa", auth.Roles()...)
	other.post("/cases", "title", "Intrång <b>i</b> skolan")
	id := auth.CaseID(strings.TrimPrefix(other.path, "/cases/"))
	h.listed(id, false, "p1")
	h.people(id)
	other.post("/cases/"+string(id)+"/notice", written("sv")...)
	h.sentRegister(id)
	other.post("/cases/"+string(id)+"/scans", "evidence", "folder:share", "reached", "likely")
	other.post("/cases/" + string(id) + "/close")
	_, proposal, _ := strings.Cut(other.path, "/proposals/")
	glass := h.brokenGlass(id, h.self(boss))
	replace := strings.NewReplacer("{$}", "", "{case}", string(id), "glass/{id}", "glass/"+glass, "exposure/{id}", "exposure/p1", "review/{id}", "review/1", "notices/{id}", "notices/n1", "lists/{id}", "lists/1", "registers/{id}", "registers/1", "{id}", proposal, "{person}", "p1", "{user}", string(h.self(boss)))
	rendered := 0
	for _, r := range web.Routes() {
		if r.Page == "" {
			continue
		}
		b := other.browser
		switch r.Pattern {
		case "/sign-in", "/set-up":
			b = h.browser()
		case "/set-up/account", "/recovery":
			b = nil // seen on the way, below
		}
		for _, lang := range locale.Languages() {
			if b == nil {
				continue
			}
			b.do(r.Method, replace.Replace(r.Pattern), nil, "Accept-Language", lang).is(200, replace.Replace(r.Pattern))
			checkPage(t, b, r.Page+"-"+lang, lang)
			rendered++
		}
	}
	if rendered < 3*20 {
		t.Errorf("only %d pages", rendered)
	}
	b := h.browser().get("/nowhere").is(404, "/nowhere")
	checkPage(t, b, "refused-en", "en")
}

// brokenGlass is emergency access that somebody has.
func (h *house) brokenGlass(id auth.CaseID, who auth.UserID) string {
	h.t.Helper()
	s, ctx := h.tenants["town"], h.t.Context()
	err := s.SetWatchers(ctx, h.console("town", auth.Ask{Action: auth.NameWatchers}), store.Watchers{Language: "sv",
		Watchers: auth.Watchers{DPO: breach.Hide("dpo@example.se"), CISO: breach.Hide("security@example.se")}})
	if err == nil {
		err = s.NameBearer(ctx, h.console("town", auth.Ask{Action: auth.NameGlassBearers, Object: string(who), Subject: who}))
	}
	if err != nil {
		h.t.Fatal(err)
	}
	session, _ := auth.Begin(who, "town", []auth.Role{auth.Desk}, nil, auth.OwnNetwork, h.now())
	g, err := s.Grant(ctx, session, auth.Ask{Action: auth.BreakTheGlass, Case: id, Now: h.now()})
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := s.BreakGlass(ctx, g, "People are being threatened tonight")
	if err != nil {
		h.t.Fatal(err)
	}
	return b.ID
}

// checkPage holds a page against the rules of them all.
func checkPage(t *testing.T, b *browser, name, lang string) {
	t.Helper()
	labels, ids, level := map[string]bool{}, map[string]bool{}, 0
	count := map[string]int{}
	each(b.page, func(n *html.Node) {
		count[n.Data]++
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: two have the id %s", name, id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			if next := int(n.Data[1] - '0'); next > level+1 {
				t.Errorf("%s: %s after a heading of level %d", name, n.Data, level)
			} else {
				level = next
			}
		}
	})
	each(b.page, func(n *html.Node) {
		switch n.Data {
		case "html":
			if attr(n, "lang") != lang {
				t.Errorf("%s: the language is %q", name, attr(n, "lang"))
			}
		case "input", "select", "textarea":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
				t.Errorf("%s: the field %s has no label", name, attr(n, "name"))
			}
		case "script":
			if attr(n, "src") == "" {
				t.Errorf("%s: a script in the page", name)
			}
		case "style", "iframe", "object", "embed":
			t.Errorf("%s: %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: %s has %s", name, n.Data, a.Key)
			}
			if a.Key == "aria-describedby" || a.Key == "aria-labelledby" {
				for _, id := range strings.Fields(a.Val) {
					if !ids[id] {
						t.Errorf("%s: %s names %s, which is not there", name, a.Key, id)
					}
				}
			}
		}
	})
	if count["h1"] != 1 || count["main"] != 1 || count["header"] < 1 || count["footer"] < 1 || count["title"] != 1 {
		t.Errorf("%s: headings or landmarks: %v", name, count)
	}
	if strings.ContainsAny(b.words(), "⟦⟧") {
		t.Errorf("%s: a text is missing: %s", name, b.words())
	}
	if *keep != "" {
		var all strings.Builder
		if err := html.Render(&all, b.page); err == nil {
			_ = os.WriteFile(filepath.Join(*keep, "page-"+name+".html"), []byte(all.String()), 0o644)
		}
	}
}

func TestWhatPeopleTypeStaysText(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	boss.post("/users", "name", `"><script>alert(1)</script>`, "shown", `<img src=x onerror=alert(1)>`)
	boss.get("/users")
	each(boss.page, func(n *html.Node) {
		if n.Data == "img" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("%s was made of a name", n.Data)
		}
	})
	boss.says(`<img src=x onerror=alert(1)>`)
}

func TestQRCodeIsDrawn(t *testing.T) {
	h := newHouse(t)
	code, err := h.control.NewSetup(t.Context(), "town", h.now())
	if err != nil {
		t.Fatal(err)
	}
	b := h.browser().post("/set-up", "code", code.Reveal()).is(200, "/set-up/account")
	var squares int
	each(b.page, func(n *html.Node) {
		if n.Data == "path" {
			squares = strings.Count(attr(n, "d"), "h1v1h-1z")
			if !strings.HasPrefix(attr(n, "d"), "M4 4h1v1h-1zM5 4h1v1h-1z") { // the corner of a finder
				t.Error("no finder where the code begins")
			}
		}
	})
	if squares < 300 {
		t.Errorf("%d squares", squares)
	}
}

func TestCaseIsOpenedWorkedOnAndLookedBackAt(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	officer, helper := boss.hire("kajsa", auth.Investigator, auth.DPO), boss.hire("joakim", auth.Reviewer)
	officer.post("/cases", "title", "  ").is(422, "/cases").says("title")
	officer.post("/cases", "title", "Intrång  i skolan")
	page := officer.path
	officer.says("Intrång i skolan")
	if got := helper.get(page).is(404, page).verdict(); got != auth.NoSuchCase {
		t.Errorf("another's case: %q", got)
	}
	officer.get(page + "/members").says("joakim")
	officer.post(page+"/members/"+string(helper.id)+"/join").is(200, page+"/members")
	helper.get("/cases").says("Intrång i skolan")
	helper.get(page).is(200, page)
	officer.get(page+"/journal").is(200, page+"/journal").says("no-such-case")
	officer.says("joakim")
	officer.post(page+"/members/"+string(helper.id)+"/leave").is(200, page+"/members")
	helper.get(page).is(404, page)
	if got := officer.post(page + "/members/" + string(h.self(officer)) + "/leave").verdict(); got != auth.NotOneself {
		t.Errorf("oneself: %q", got)
	}
	boss.get("/journal").is(200, "/journal").says("Nobody has verified it")
	boss.post("/journal").is(200, "/journal").says("The journal was whole")
}
