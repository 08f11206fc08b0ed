package web_test

import (
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// verdictsFile is the expected verdict of every route for every role in every
// situation.
var verdictsFile = filepath.Join("..", "docs", "verdicts.tsv")

// situations are the columns: which case, or which tenant's user, the path
// names, and whether anybody is signed in.
var situations = []string{"own case", "other case", "other tenant", "closed case", "no session"}

// street is a town with a user for each role, and a case for each situation.
type street struct {
	*house
	cases    map[string]auth.CaseID
	users    map[auth.Role]store.User
	target   map[string]auth.UserID // whom acts on users are about
	programs map[auth.Role]*program
}

func newStreet(t *testing.T) *street {
	t.Helper()
	st := &street{house: newHouse(t), cases: map[string]auth.CaseID{}, users: map[auth.Role]store.User{}, target: map[string]auth.UserID{}}
	st.administrator("town", "chief")
	st.administrator("village", "mayor")
	open := func(tenant auth.TenantID) auth.CaseID {
		c, err := st.tenants[tenant].OpenCase(t.Context(), auth.Console("test", tenant, st.now()), "Made up", st.now())
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	st.cases["own case"], st.cases["other case"], st.cases["closed case"], st.cases["other tenant"] = open("town"), open("town"), open("town"), open("village")
	for _, r := range auth.Roles() {
		u := st.hired("town", string(r), r)
		for _, c := range []string{"own case", "closed case"} {
			st.must(st.control.Join(t.Context(), st.console("town", auth.Ask{Action: auth.ManageMembers, Case: st.cases[c], Object: string(u), Subject: u})))
		}
		user, ok, err := st.control.UserNamed(t.Context(), string(r))
		if st.must(err); !ok {
			t.Fatalf("no user for %s", r)
		}
		st.users[r] = user
	}
	target := st.hired("town", "somebody")
	for _, s := range situations {
		st.target[s] = target
	}
	st.cases["no session"] = st.cases["own case"]
	st.target["other tenant"] = st.hired("village", "villager")
	st.must(st.tenants["town"].CloseCase(t.Context(), st.console("town", auth.Ask{Action: auth.Close, Case: st.cases["closed case"]})))
	return st
}

func (st *street) must(err error) {
	st.t.Helper()
	if err != nil {
		st.t.Fatal(err)
	}
}

// console mints a grant as the command does.
func (h *house) console(tenant auth.TenantID, ask auth.Ask) auth.Grant {
	h.t.Helper()
	ask.Now = h.now()
	g, err := h.tenants[tenant].Grant(h.t.Context(), auth.Console("test", tenant, h.now()), ask)
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

// hired makes a user without a sign-in.
func (h *house) hired(tenant auth.TenantID, name string, roles ...auth.Role) auth.UserID {
	h.t.Helper()
	u, err := store.NewUser(tenant, name, "", h.now())
	if err == nil {
		_, err = h.control.AddUser(h.t.Context(), h.console(tenant, auth.Ask{Action: auth.ManageUsers}), u, h.now())
	}
	if err == nil {
		err = h.control.SetRoles(h.t.Context(), h.console(tenant, auth.Ask{Action: auth.AssignRoles, Object: string(u.User), Subject: u.User}), roles)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return u.User
}

// as is a browser in which somebody has just signed in.
func (h *house) as(u store.User) *browser {
	h.t.Helper()
	s, token := auth.Begin(u.User, u.Tenant, nil, nil, auth.OwnNetwork, h.now())
	if err := h.control.BeginSession(h.t.Context(), s); err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.token = token.Reveal()
	return b
}

// path is that of a route in a situation.
func (st *street) path(r web.Route, situation string) string {
	return strings.NewReplacer("{$}", "", "{case}", string(st.cases[situation]), "{user}", string(st.target[situation]), "{id}", "0a0a0a0a", "{person}", "p1", "{form}", "edpb", "{paper}", "register").Replace(r.Pattern)
}

// asked asks for a route, and gives the verdict that the server answered with.
func (st *street) asked(b *browser, r web.Route, situation string) string {
	st.t.Helper()
	path := st.path(r, situation)
	if b.token != "" {
		b.do(r.Method, path, nil, "Cookie", "__Host-session="+b.token)
	} else {
		b.do(r.Method, path, nil)
	}
	to := b.header.Get("Location")
	switch {
	case b.status >= 500:
		st.t.Errorf("%s %s, %s: status %d", r.Method, r.Pattern, situation, b.status)
		return "failed"
	case r.Who == web.Anybody:
		return "open"
	case b.verdict() != "":
		return string(b.verdict())
	case strings.HasPrefix(to, "/sign-in?"):
		return string(auth.SignedOut)
	case strings.HasPrefix(to, "/step-up?"):
		return string(auth.StepUpFirst)
	case b.status == http.StatusForbidden || b.status == http.StatusNotFound:
		return "refused"
	}
	return string(auth.Allowed)
}

// names reports whether a route can tell a situation from that of its own case.
func names(r web.Route, situation string) bool {
	switch situation {
	case "other case", "closed case":
		return strings.Contains(r.Pattern, "{case}")
	case "other tenant":
		return strings.Contains(r.Pattern, "{case}") || strings.Contains(r.Pattern, "{user}")
	}
	return true
}

func TestVerdictOfEveryRouteForEveryRoleInEverySituation(t *testing.T) {
	st := newStreet(t)
	var b strings.Builder
	b.WriteString("route\taction\trole\t" + strings.Join(situations, "\t") + "\n")
	signed := map[auth.Role]*browser{}
	for _, r := range web.Routes() {
		nobody := st.browser()
		nobody.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		asked := func(role auth.Role, situation string) string {
			if r.Program {
				return st.programAsked(role, r, situation)
			}
			if signed[role] == nil {
				signed[role] = st.as(st.users[role])
			}
			return st.asked(signed[role], r, situation)
		}
		alone := st.asked(nobody, r, "no session")
		if r.Program {
			alone = asked("", "no session")
		}
		for _, role := range auth.Roles() {
			b.WriteString(r.Method + " " + r.Pattern + "\t" + string(r.Action) + "\t" + string(role))
			for _, s := range situations {
				verdict := "-"
				switch {
				case s == "no session":
					verdict = alone
				case names(r, s):
					verdict = asked(role, s)
				}
				b.WriteString("\t" + verdict)
			}
			b.WriteByte('\n')
			if r.Method == http.MethodPost && (r.Who == web.SignedIn || r.Action == auth.OwnSignIn) {
				delete(signed, role) // it may have ended the session
			}
		}
	}
	if *update {
		st.must(os.WriteFile(verdictsFile, []byte(b.String()), 0o644))
		return
	}
	raw, err := os.ReadFile(verdictsFile)
	st.must(err)
	want := strings.Split(string(raw), "\n")
	for i, line := range strings.Split(b.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("line %d: got\n%s\n(rewrite with -update, and read what changed)", i+1, line)
		}
	}
	if b.String() != string(raw) {
		t.Fatal("the file has more lines than came out")
	}
}

// TestWhatRoutesMustNeverAllow holds the golden file against what it has to say,
// whoever rewrites it.
func TestWhatRoutesMustNeverAllow(t *testing.T) {
	raw, err := os.ReadFile(verdictsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")[1:]
	if want := len(web.Routes()) * len(auth.Roles()); len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	for i, line := range lines {
		r, cells := web.Routes()[i/len(auth.Roles())], strings.Split(line, "\t")
		verdict := func(situation string) string { return cells[3+slices.Index(situations, situation)] }
		rule, known := auth.RuleFor(r.Action)
		if r.Who == web.Anybody {
			continue
		}
		if known == (r.Who == web.SignedIn) {
			t.Fatalf("%s: whoever is signed in, and an action", r.Pattern)
		}
		allowed := func(s string) bool { return verdict(s) == string(auth.Allowed) }
		switch {
		case allowed("other case") || allowed("other tenant"):
			t.Errorf("another's is open: %s", line)
		case verdict("no session") != string(auth.SignedOut):
			t.Errorf("open without a session: %s", line)
		case known && allowed("own case") && !slices.Contains(rule.Roles, auth.Role(cells[2])):
			t.Errorf("not this role's: %s", line)
		case allowed("closed case") && !rule.Closed:
			t.Errorf("open on a closed case: %s", line)
		case strings.Contains(r.Pattern, "{case}") && verdict("other case") != verdict("other tenant"):
			t.Errorf("another's case and another tenant's are told apart: %s", line)
		}
	}
}

func TestSessionOfOneTenantOpensNothingOfAnother(t *testing.T) {
	st := newStreet(t)
	_, err := st.tenants["village"].Grant(t.Context(), auth.Console("test", "town", st.now()), auth.Ask{Action: auth.ListCases, Now: st.now()})
	if !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("got %v", err)
	}
}
