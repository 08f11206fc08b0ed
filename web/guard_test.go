package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/journal"
)

var regexpSecret = regexp.MustCompile(`[A-Z2-7]{32}`)

// forms lists where the forms of a page go.
func forms(page *html.Node) []string {
	var list []string
	each(page, func(n *html.Node) {
		if n.Data == "form" {
			list = append(list, attr(n, "action"))
		}
	})
	return list
}

// journal reads all of a tenant's journal.
func (h *house) journal(tenant auth.TenantID) []journal.Record {
	h.t.Helper()
	g, err := h.tenants[tenant].Grant(h.t.Context(), auth.Console("test", tenant, h.now()), auth.Ask{Action: auth.ReadJournal, Now: h.now()})
	if err != nil {
		h.t.Fatal(err)
	}
	var list []journal.Record
	for e, err := range h.tenants[tenant].Journal(h.t.Context(), g) {
		if err != nil {
			h.t.Fatal(err)
		}
		list = append(list, e.Record)
	}
	return list
}

// self is the id of somebody who is signed in.
func (h *house) self(p *person) auth.UserID {
	h.t.Helper()
	u, ok, err := h.control.UserNamed(h.t.Context(), p.name)
	if err != nil || !ok {
		h.t.Fatalf("no user %s, %v", p.name, err)
	}
	return u.User
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for _, path := range []string{"/users", "/nowhere", "/static/klarlagt.css", "/static/nothing", "/livez", "/readyz", "/sign-in", "/"} {
		p.get(path)
		for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
			"Strict-Transport-Security": "max-age=63072000", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if !strings.Contains(p.header.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, p.header.Get(name))
			}
		}
		for _, want := range []string{"require-trusted-types-for 'script'", "trusted-types 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(p.header.Get("Content-Security-Policy"), want) {
				t.Errorf("%s: the policy lacks %s", path, want)
			}
		}
		if static := strings.HasPrefix(path, "/static/k"); !static && p.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: may be kept: %s", path, p.header.Get("Cache-Control"))
		}
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for name, headers := range map[string][]string{
		"another site":           {"Sec-Fetch-Site", "cross-site"},
		"another host of ours":   {"Sec-Fetch-Site", "same-site"},
		"another origin, old":    {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"no origin (a sandbox)":  {"Sec-Fetch-Site", "", "Origin", "null"},
		"another origin, direct": {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			p.do(http.MethodPost, "/users", url.Values{"name": {"joakim"}}, headers...).is(403, "/users")
		})
	}
	if p.get("/users").is(200, "/users"); strings.Contains(p.words(), "joakim") {
		t.Error("a user was made for another site")
	}
}

func TestTooMuchIsNotRead(t *testing.T) {
	h := newHouse(t)
	h.administrator("town", "kalle").post("/users", "name", strings.Repeat("a", 1<<20))
	b := h.browser()
	b.do(http.MethodPost, "/sign-in", url.Values{"name": {strings.Repeat("a", 1<<20)}})
	if b.status == 200 || b.status >= 500 {
		t.Errorf("a megabyte of a name: %d", b.status)
	}
}

func TestHealthSaysLittle(t *testing.T) {
	h := newHouse(t)
	h.administrator("town", "kalle")
	b := h.browser()
	for _, path := range []string{"/livez", "/readyz"} {
		b.get(path).is(200, path)
	}
	wrong := func(what string, make, mend func()) {
		t.Helper()
		h.pass(time.Minute)
		make()
		if b.get("/readyz").is(503, "/readyz"); b.words() != "" {
			t.Errorf("%s: it says %q", what, b.words())
		}
		mend()
		h.pass(time.Minute)
		b.get("/readyz").is(200, "/readyz")
	}
	wrong("no clock", func() { h.at = h.at.AddDate(-40, 0, 0) }, func() { h.at = h.at.AddDate(40, 0, 0) })
	wrong("a clock set back behind the journal", func() { h.at = h.at.Add(-time.Hour) }, func() { h.at = h.at.Add(time.Hour) })
	wrong("a full disk", func() { h.free = 5 << 20 }, func() { h.free = 5 << 30 })
	wrong("a tenant that does not open", func() { h.broken = true }, func() { h.broken = false })
	h.pass(time.Minute)
	_ = h.control.Close()
	b.get("/livez").is(200, "/livez")
	b.get("/readyz").is(503, "/readyz")
}

func TestHealthIsNotAskedOfTheDatabasesEachTime(t *testing.T) {
	h := newHouse(t)
	b := h.browser().get("/readyz").is(200, "/readyz")
	_ = h.control.Close()
	h.pass(4 * time.Second)
	b.get("/readyz").is(200, "/readyz")
	h.pass(2 * time.Second)
	b.get("/readyz").is(503, "/readyz")
}

func TestLogAndMetricsNameNobody(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle.anka")
	p.post("/sign-in", "name", "kajsa.anka", "password", "hemligt", "code", "123456")
	p.get("/users/joakim")
	p.get("/farmor-anka")
	answer := httptest.NewRecorder()
	h.server.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	metrics := answer.Body.String()
	for _, what := range []string{"anka", "hemligt", "joakim", "town", p.secret} {
		if strings.Contains(h.logged.String(), what) || strings.Contains(metrics, what) {
			t.Errorf("%q is in the log or the metrics", what)
		}
	}
	if !strings.Contains(h.logged.String(), `"route":"POST /sign-in"`) || !strings.Contains(metrics, "klarlagt_sign_ins_failed_total 1") {
		t.Errorf("the log or the metrics lack the failed sign-in:\n%s", metrics)
	}
}

func TestLanguageIsChosenAndKept(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	lang := func() string {
		var lang string
		each(b.page, func(n *html.Node) {
			if n.Data == "html" {
				lang = attr(n, "lang")
			}
		})
		return lang
	}
	for asked, want := range map[string]string{"fi-FI,fi;q=0.9,en;q=0.8": "fi", "de, sv;q=0.5": "sv", "de": "en", "": "en", "*": "en", strings.Repeat("x,", 9999): "en"} {
		if b.do(http.MethodGet, "/sign-in", nil, "Accept-Language", asked); lang() != want {
			t.Errorf("asked for %.40q: %s", asked, lang())
		}
	}
	b.post("/language", "lang", "sv", "next", "/sign-in").is(200, "/sign-in")
	if lang() != "sv" {
		t.Errorf("chose Swedish: %s", lang())
	}
	b.post("/language", "lang", "xx").is(404, "/language")
}
