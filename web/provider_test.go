package web_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/journal"
)

// atOurs is where the browser comes back to.
const atOurs = "https://breach.example"

// withProvider is a house whose tenant town signs in at a real provider, at the
// provider's own time.
func withProvider(t *testing.T, change func(*auth.Provider)) *house {
	t.Helper()
	issuer := os.Getenv("KLARLAGT_TEST_KEYCLOAK")
	if issuer == "" {
		t.Skip("Keycloak is not installed (KLARLAGT_TEST_KEYCLOAK is the issuer that scripts/keycloak.sh prints)")
	}
	h := newHouse(t)
	h.at = time.Now()
	p := auth.Provider{Issuer: issuer, ClientID: "klarlagt", Secret: breach.Hide("made up for this test"), Redirect: atOurs + "/sign-in/provider/back",
		Roles: map[string]auth.Role{"breach-desk": auth.Desk}}
	if change != nil {
		change(&p)
	}
	o, err := auth.Discover(t.Context(), p, nil)
	if err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	h.server.Providers = map[auth.TenantID]*auth.OIDC{"town": o}
	return h
}

// traveller is somebody with a browser that goes to us and to the provider. It
// keeps cookies by host, secure ones too, as browsers do for this machine.
type traveller struct {
	*browser
	cookies map[string]map[string]string
	over    http.RoundTripper
	back    string // the last address that the provider sent to
}

func (h *house) traveller() *traveller {
	ours := h.site.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	over := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ours, ServerName: "example.com"},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "breach.example:443" {
				address = h.site.Listener.Addr().String()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}
	h.t.Cleanup(over.CloseIdleConnections)
	v := &traveller{browser: h.browser(), cookies: map[string]map[string]string{}, over: over}
	v.client = &http.Client{Transport: v, Jar: v}
	return v
}

// SetCookies keeps what a host has set.
func (v *traveller) SetCookies(u *url.URL, list []*http.Cookie) {
	if v.cookies[u.Hostname()] == nil {
		v.cookies[u.Hostname()] = map[string]string{}
	}
	for _, c := range list {
		if v.cookies[u.Hostname()][c.Name] = c.Value; c.MaxAge < 0 || c.Value == "" {
			delete(v.cookies[u.Hostname()], c.Name)
		}
	}
}

// Cookies gives it back to the host alone.
func (v *traveller) Cookies(u *url.URL) (list []*http.Cookie) {
	for name, value := range v.cookies[u.Hostname()] {
		list = append(list, &http.Cookie{Name: name, Value: value})
	}
	return list
}

// RoundTrip says where a request comes from: a form of ours, or the provider.
func (v *traveller) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Set("Sec-Fetch-Site", "cross-site"); r.Method == http.MethodPost {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if r.URL.Path == "/sign-in/provider/back" {
		v.back = r.URL.String()
	}
	return v.over.RoundTrip(r)
}

// visit goes to an address, and on to where it leads.
func (v *traveller) visit(method, address string, fields ...string) *traveller {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.path, v.header = answer.StatusCode, answer.Request.URL.Path, answer.Header
	if v.page, err = html.Parse(strings.NewReader(string(raw))); err != nil {
		v.t.Fatal(err)
	}
	if v.status == http.StatusInternalServerError {
		v.t.Fatal(v.logged.String())
	}
	return v
}

// asked is where the provider's form goes; "" on any other page.
func (v *traveller) asked() (action string) {
	each(v.page, func(n *html.Node) {
		if attr(n, "id") == "kc-form-login" {
			action = attr(n, "action")
		}
	})
	return action
}

const atProvider = "gul traktor sjunger"

// signIn goes from a form of ours through the provider's, and back.
func (v *traveller) signIn(password string) *traveller {
	v.t.Helper()
	v.visit("POST", atOurs+"/sign-in/provider", "tenant", "town")
	if action := v.asked(); action != "" {
		v.visit("POST", action, "username", "kalle", "password", password, "credentialId", "")
	}
	return v
}

func (v *traveller) signedIn() bool { return v.cookies["breach.example"]["__Host-session"] != "" }

func TestSignInAtTheOrganisationsOwnProvider(t *testing.T) {
	h := withProvider(t, nil)
	v := h.traveller()
	v.visit("GET", atOurs+"/sign-in")
	if !slices.Contains(forms(v.page), "/sign-in/provider") {
		t.Fatal("nobody is asked whether they want to sign in there")
	}
	if v.signIn("not the password"); v.asked() == "" || v.signedIn() {
		t.Fatalf("with a wrong password one comes to %s", v.path)
	}
	v.signIn(atProvider).is(200, "/cases")
	v.visit("GET", atOurs+"/account").is(200, "/account").says("Desk")
	if got := v.visit("GET", atOurs+"/users").verdict(); got != auth.NotYourRole {
		t.Errorf("a role that the provider did not give: %q", got)
	}

	if !slices.ContainsFunc(h.journal("town"), func(r journal.Record) bool { return r.Object == "sign-in" && r.Verdict != journal.Refused }) {
		t.Error("the sign-in is not in the journal")
	}
}

// TestAnswersOfTheProviderAreForOneBrowserOnce sends what somebody came back with
// again, and from elsewhere: whoever lures people to an address signs nobody in.
func TestAnswersOfTheProviderAreForOneBrowserOnce(t *testing.T) {
	h := withProvider(t, nil)
	v := h.traveller()
	v.signIn(atProvider).is(200, "/cases")
	used := v.back
	lured := h.traveller()
	if lured.visit("GET", used).is(422, "/sign-in/provider/back"); lured.signedIn() {
		t.Error("somebody else's answer signs in")
	}
	v.visit("POST", atOurs+"/sign-out").is(200, "/sign-in")
	if v.visit("GET", used).is(422, "/sign-in/provider/back"); v.signedIn() {
		t.Error("an answer signs in twice")
	}
	v.visit("POST", atOurs+"/sign-in/provider", "tenant", "village").is(404, "/sign-in/provider")
}

// TestProviderIsAskedAnewForAStepUp waits until the sign-in is too old for what
// asks for a fresh one: the provider still knows who it is, and asks all the same.
func TestProviderIsAskedAnewForAStepUp(t *testing.T) {
	h := withProvider(t, nil)
	v := h.traveller()
	v.signIn(atProvider).is(200, "/cases")
	before := v.cookies["breach.example"]["__Host-session"]
	v.visit("POST", atOurs+"/sign-in/provider", "tenant", "town", "next", "/account")
	if v.asked() == "" {
		t.Fatalf("nobody was asked: %s", v.path)
	}
	v.visit("POST", v.asked(), "username", "kalle", "password", atProvider, "credentialId", "").is(200, "/account")
	if after := v.cookies["breach.example"]["__Host-session"]; after == before || after == "" {
		t.Error("a step-up leaves the token as it was")
	}

	// To sign out here is not to sign out there.
	if v.visit("POST", atOurs+"/sign-out").is(200, "/sign-in"); v.signedIn() {
		t.Error("signed out, and not")
	}
	v.visit("POST", atOurs+"/sign-in/provider", "tenant", "town").is(200, "/cases")
}
