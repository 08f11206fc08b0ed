package web_test

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/web"
)

// raw asks without what a browser of ours adds.
func (h *house) raw(method, path string, headers ...string) (*http.Response, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.site.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer, err := h.site.Client().Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer, string(body)
}

func TestNoOtherOriginIsLetIn(t *testing.T) {
	h := newHouse(t)
	for _, origin := range []string{"https://evil.example", "null", h.site.URL} {
		for _, method := range []string{"GET", "OPTIONS"} {
			answer, _ := h.raw(method, "/sign-in", "Origin", origin, "Access-Control-Request-Method", "POST")
			for name := range answer.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s for %s: %s is %q", method, origin, name, answer.Header.Get(name))
				}
			}
		}
	}
}

func TestNothingIsAnsweredThatNobodyMeant(t *testing.T) {
	h := newHouse(t)
	for _, ask := range []struct{ method, path string }{
		{"TRACE", "/"}, {"TRACE", "/sign-in"}, {"CONNECT", "/sign-in"}, {"PUT", "/sign-in"}, {"DELETE", "/cases"},
		{"GET", "/static/"}, {"GET", "/static"}, {"GET", "/.git/config"}, {"GET", "/.git/"}, {"GET", "/debug/pprof/"}, {"GET", "/metrics"},
		{"GET", "/static/../templates/case.html"}, {"GET", "/static/%2e%2e/templates/case.html"},
	} {
		if answer, body := h.raw(ask.method, ask.path, "X-Secret", "told-to-nobody"); answer.StatusCode < 400 || strings.Contains(body, "told-to-nobody") || strings.Contains(body, "klarlagt.css</a>") {
			t.Errorf("%s %s: status %d\n%s", ask.method, ask.path, answer.StatusCode, body)
		}
	}
}

func TestEveryAnswerSaysWhatItIs(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]string{"/sign-in": "text/html", "/static/klarlagt.css": "text/css", "/static/nothing": "text/", "/nowhere": "text/", "/livez": "text/plain"} {
		answer, _ := h.raw("GET", path)
		kind, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
		if err != nil || !strings.HasPrefix(kind, want) || !strings.EqualFold(params["charset"], "utf-8") {
			t.Errorf("%s: %q", path, answer.Header.Get("Content-Type"))
		}
	}
}

// TestAClientsOwnWordOnItsAddressCountsForNothing: without a proxy in front,
// what a client says of where it comes from is not heard.
func TestAClientsOwnWordOnItsAddressCountsForNothing(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip"} {
		p.do(http.MethodGet, "/users", nil, name, "203.0.113.7")
	}
	seen := 0
	for _, r := range h.journal("town") {
		if r.Act == "manage-users" {
			if seen++; r.Origin != "this-machine" && r.Origin != "console" {
				t.Errorf("record %d comes from %q", r.Seq, r.Origin)
			}
		}
	}
	if seen < 4 {
		t.Errorf("%d records", seen)
	}
}

func TestPasswordsAreTypedUnseenAndCanBePasted(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	fields := 0
	for _, path := range []string{"/account", "/step-up"} {
		each(p.get(path).page, func(n *html.Node) {
			if n.Data == "input" && strings.Contains(attr(n, "autocomplete"), "password") {
				if fields++; attr(n, "type") != "password" || attr(n, "onpaste") != "" {
					t.Errorf("%s: %s is of type %q", path, attr(n, "name"), attr(n, "type"))
				}
			}
		})
	}
	if fields < 2 {
		t.Errorf("%d fields for passwords", fields)
	}
}

func TestEverySignedInPageHasItsSignOut(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	for _, path := range []string{"/users", "/account", "/journal", "/nowhere", "/cases"} {
		if all := strings.Join(forms(p.get(path).page), " "); !strings.Contains(all, "/sign-out") {
			t.Errorf("%s leads to %s alone", path, all)
		}
	}
}

func TestFieldsThatNobodyAskedForAreLeftAlone(t *testing.T) {
	h := newHouse(t)
	h.administrator("village", "mayor")
	p := h.administrator("town", "kalle")
	p.post("/users", "name", "joakim", "shown", "", "role", "administrator", "roles", "dpo", "tenant", "village", "user", "0a0a0a0a", "id", "0a0a0a0a", "password", goodPassword)
	u, there, err := h.control.UserNamed(t.Context(), "joakim")
	if err != nil || !there {
		t.Fatalf("no user, error %v", err)
	}
	if len(u.Roles) > 0 || u.Tenant != "town" || u.User == "0a0a0a0a" || u.Password != "" {
		t.Errorf("tenant %s, %d roles, a password: %t", u.Tenant, len(u.Roles), u.Password != "")
	}
}

func TestWhatStandsInTheAddressIsNoForm(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	p.post("/users?name=joakim&shown=Joakim", "name", "", "shown", "")
	p.post("/users?name=joakim")
	if _, there, err := h.control.UserNamed(t.Context(), "joakim"); err != nil || there {
		t.Errorf("a user was made of an address: %t, error %v", there, err)
	}
}

// TestAskingToSeeChangesNothing opens every page as somebody who may, and finds
// users, cases and sign-ins as they were.
func TestAskingToSeeChangesNothing(t *testing.T) {
	st := newStreet(t)
	state := func() string {
		var all strings.Builder
		for _, r := range []auth.Role{auth.Administrator, auth.Investigator, auth.DPO} {
			u, _, err := st.control.UserNamed(t.Context(), string(r))
			st.must(err)
			sessions, err := st.control.Sessions(t.Context(), auth.Session{User: u.User, Tenant: u.Tenant}, st.now())
			st.must(err)
			_, _ = fmt.Fprintln(&all, u.User, u.Roles, u.Cases, u.Password, len(u.Passkeys), len(u.Recovery), len(sessions)) // a Builder takes everything
		}
		cases, err := st.tenants["town"].Cases(t.Context(), st.console("town", auth.Ask{Action: auth.ListCases}))
		st.must(err)
		_, _ = fmt.Fprintln(&all, cases)
		return all.String()
	}
	for _, role := range []auth.Role{auth.Administrator, auth.Investigator, auth.DPO} {
		b := st.as(st.users[role])
		before := state()
		for _, r := range web.Routes() {
			if r.Method == http.MethodGet {
				st.asked(b, r, "own case")
			}
		}
		if after := state(); after != before {
			t.Errorf("as %s: before\n%s\nafter\n%s", role, before, after)
		}
	}
}

func TestSignOutClearsTheBrowser(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.post("/sign-out")
	if got := p.header.Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) || !strings.Contains(got, `"storage"`) {
		t.Errorf("Clear-Site-Data is %q", got)
	}
	if p.get("/users"); p.status == 200 {
		t.Error("signed out, and in still")
	}
}
