package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestFirstRunLeadsToAnAdministratorAndOn(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "Kalle Anka")
	boss.is(200, "/users").says("kalle anka")
	other := boss.hire("kajsa", auth.Desk, auth.Reviewer)
	other.is(200, "/cases")
	other.get("/account").is(200, "/account").says("Desk")
	if got := other.get("/users").is(403, "/users").verdict(); got != auth.NotYourRole {
		t.Errorf("the desk at the users: %q", got)
	}
	other.post("/sign-out").is(200, "/sign-in")
	other.get("/account").is(200, "/sign-in")
	h.pass(time.Minute) // each code of the app lets in once
	other.signIn().is(200, "/cases")
	var acts []string
	for _, r := range h.journal("town") {
		acts = append(acts, r.Act+" "+r.Object)
	}
	for _, want := range []string{"own-sign-in sign-in", "own-sign-in sign-out", "manage-users ", "assign-roles " + string(other.id), "manage-users ,why=not-your-role"} {
		if !slices.Contains(acts, want) {
			t.Errorf("the journal lacks %q: %q", want, acts)
		}
	}
}

func TestSignInSaysOneThing(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	p.post("/sign-out")
	h.pass(time.Minute)
	var said string
	for name, try := range map[string][3]string{
		"an unknown name":  {"nobody", p.password, p.sixDigits()},
		"a wrong password": {p.name, "another one", p.sixDigits()},
		"a wrong code":     {p.name, p.password, "000000"},
		"nothing":          {"", "", ""},
	} {
		b := h.browser().post("/sign-in", "name", try[0], "password", try[1], "code", try[2]).is(422, "/sign-in")
		if said == "" {
			said = b.words()
		}
		if b.words() != said || b.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %s", name, b.words())
		}
	}
	p.signIn().is(200, "/users")
	h.browser().post("/sign-in", "name", p.name, "password", p.password, "code", p.sixDigits()).is(422, "/sign-in") // the same code again
	h.browser().post("/sign-in", "name", p.name, "password", p.password, "code", strings.ToLower(p.recovery)).is(200, "/users")
	h.browser().post("/sign-in", "name", p.name, "password", p.password, "code", p.recovery).is(422, "/sign-in")
}

func TestTriesHaveToWait(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	h.pass(time.Minute)
	b := h.browser()
	for range auth.AccountPace.Free + 2 {
		b.post("/sign-in", "name", "Kalle", "password", "wrong", "code", "000000").is(422, "/sign-in")
	}
	b.post("/sign-in", "name", p.name, "password", p.password, "code", p.sixDigits()).is(422, "/sign-in").says("then try again")
	h.pass(10 * time.Second)
	b.post("/sign-in", "name", p.name, "password", p.password, "code", p.sixDigits()).is(200, "/users")
}

func TestSetupPagesRefuse(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.post("/set-up", "code", "AAAA-BBBB-CCCC-DDDD").is(422, "/set-up").says("not good")
	b.get("/set-up/account").is(422, "/set-up/account").says("not good")
	b.post("/set-up/account", "name", "kalle", "password", goodPassword).is(422, "/set-up/account")
	code, err := h.control.NewSetup(t.Context(), "town", h.now())
	if err != nil {
		t.Fatal(err)
	}
	p := &person{browser: b}
	p.post("/set-up", "code", code.Reveal()).is(200, "/set-up/account")
	p.secret = regexpSecret.FindString(p.words())
	for name, fields := range map[string][]string{
		"no name":         {"name", "", "password", goodPassword, "app", p.sixDigits()},
		"a weak password": {"name", "kalle", "password", "password", "app", p.sixDigits()},
		"a wrong code":    {"name", "kalle", "password", goodPassword, "app", "000000"},
	} {
		t.Run(name, func(t *testing.T) { p.post("/set-up/account", fields...).is(422, "/set-up/account") })
	}
	h.pass(2 * time.Hour)
	p.post("/set-up/account", "name", "kalle", "password", goodPassword, "app", p.sixDigits()).is(422, "/set-up/account").says("not good")
}

func TestSessionCookieIsChangedAndGuarded(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	cookie := func() string {
		t.Helper()
		req, _ := http.NewRequest(http.MethodGet, h.site.URL, nil)
		for _, c := range p.client.Jar.Cookies(req.URL) {
			if c.Name == "__Host-session" {
				return c.Value
			}
		}
		return ""
	}
	first := cookie()
	h.pass(auth.StepUpFor + time.Minute)
	p.get("/users").is(200, "/step-up")
	p.post("/step-up", "password", p.password, "code", p.sixDigits(), "next", "/users").is(200, "/users")
	second := cookie()
	if first == "" || first == second {
		t.Fatal("the step-up left the cookie as it was")
	}
	old := h.browser()
	old.do(http.MethodGet, "/users", nil, "Cookie", "__Host-session="+first).is(200, "/sign-in")
	old.do(http.MethodGet, "/users", nil, "Cookie", "__Host-session="+second).is(200, "/users")
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	h.pass(time.Minute)
	p.signIn()
	for _, want := range []string{"__Host-session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(p.header.Get("Set-Cookie"), want) {
			t.Errorf("the cookie lacks %s", want)
		}
	}
	old.do(http.MethodGet, "/users", nil, "Cookie", "__Host-session="+second).is(200, "/sign-in")
}

func TestNextLeadsNowhereElse(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/users?x=y", "javascript:alert(1)", "/../evil", ""} {
		p.post("/sign-out")
		h.pass(time.Minute)
		p.post("/sign-in", "name", p.name, "password", p.password, "code", p.sixDigits(), "next", next).is(200, "/users")
	}
}

func TestSignInsAreListedAndEnded(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	other := &person{browser: h.browser(), name: p.name, password: p.password, secret: p.secret}
	h.pass(time.Minute)
	other.signIn().is(200, "/users")
	var ends []string
	for _, f := range forms(p.get("/account").is(200, "/account").page) {
		if strings.HasPrefix(f, "/account/sign-ins/") {
			ends = append(ends, f)
		}
	}
	if len(ends) != 1 {
		t.Fatalf("%d sign-ins to end", len(ends))
	}
	p.post(ends[0]).is(200, "/account")
	other.get("/users").is(200, "/sign-in")
	p.get("/users").is(200, "/users")
}

func TestPasswordIsChangedWithTheOldOne(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	p.get("/account")
	p.post("/account/password", "old", "wrong", "password", "åtta igelkottar i en skog").is(422, "/account/password")
	p.post("/account/password", "old", p.password, "password", "kort").is(422, "/account/password")
	p.post("/account/password", "old", p.password, "password", "åtta igelkottar i en skog").is(200, "/account")
	p.post("/sign-out")
	h.pass(time.Minute)
	p.signIn().is(422, "/sign-in")
	p.password = "åtta igelkottar i en skog"
	p.signIn().is(200, "/users")
	p.post("/account/recovery").is(200, "/recovery")
	if fresh := p.code(); fresh == "" || fresh == p.recovery {
		t.Error("no new codes")
	}
	p.post("/recovery")
	h.browser().post("/sign-in", "name", p.name, "password", p.password, "code", p.recovery).is(422, "/sign-in")
}

func TestResetUserStartsAnew(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	other := boss.hire("kajsa", auth.Desk)
	page := "/users/" + string(other.id)
	boss.get(page).is(200, page)
	boss.post(page+"/reset").is(200, page).says("set-up code")
	code := boss.code()
	other.get("/account").is(200, "/sign-in")
	h.pass(time.Minute)
	other.signIn().is(422, "/sign-in")
	h.setUp(code, "kajsa").get("/account").is(200, "/account").says("Desk")
	boss.post(page+"/end").is(200, page).says("ended")
	h.pass(time.Minute)
	if got := boss.post("/users/" + string(h.self(boss)) + "/end").verdict(); got != auth.NotOneself {
		t.Errorf("one's own account ended: %q", got)
	}
}
