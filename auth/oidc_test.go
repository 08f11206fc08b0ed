package auth_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// rightNow is the moment by the provider's clock, later by so much.
func rightNow(later time.Duration) auth.Instant {
	return auth.Instant{Wall: time.Now().Add(later), Run: "run", Up: later}
}

func keycloakProvider(issuer string) auth.Provider {
	return auth.Provider{Issuer: issuer, ClientID: "klarlagt", Secret: breach.Hide("made up for this test"), Redirect: "https://breach.example/back",
		Roles: map[string]auth.Role{"breach-desk": auth.Desk, "breach-admin": auth.Administrator}}
}

func refusedByProvider(err error) bool {
	var refusal *breach.Refusal
	return errors.As(err, &refusal) && refusal.Key == "refusal.provider"
}

// TestOIDC signs somebody in at a real provider, and then tries what attackers
// try.
func TestOIDC(t *testing.T) {
	issuer := keycloak(t)
	o, err := auth.Discover(t.Context(), keycloakProvider(issuer), nil)
	if err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	b := &browser{t: t, cookies: map[string]string{}}
	const password = "gul traktor sjunger"

	address, flow := o.Begin(rightNow(0), false)
	query := b.signIn(address, password)
	id, err := o.Finish(t.Context(), flow, query, rightNow(0))
	if err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	if !strings.HasPrefix(id.Key, issuer+"#") || id.Name.Reveal() != "Kalle Anka" || id.Email.Reveal() != "kalle@example.fi" || !slices.Equal(id.Roles, []auth.Role{auth.Desk}) {
		t.Errorf("signed in as somebody else, or with the roles %v", id.Roles)
	}
	if b.asked != 1 {
		t.Errorf("asked %d times", b.asked)
	}
	if _, err := o.Finish(t.Context(), flow, query, rightNow(0)); !refusedByProvider(err) {
		t.Errorf("a code was taken twice: %v", err)
	}

	t.Run("spoilt answers", func(t *testing.T) { spoiltAnswers(t, o, b) })
	t.Run("step-up", func(t *testing.T) { stepUp(t, o, b, id.Key, password) })
	t.Run("tampered tokens", func(t *testing.T) { tamperedTokens(t, issuer, b) })
	t.Run("another client secret", func(t *testing.T) {
		p := keycloakProvider(issuer)
		p.Secret = breach.Hide("another")
		wrong, err := auth.Discover(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		address, flow := wrong.Begin(rightNow(0), false)
		_, err = wrong.Finish(t.Context(), flow, b.signIn(address, password), rightNow(0))
		if !refusedByProvider(err) || strings.Contains(err.Error(), "nvalid client") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("how strong", func(t *testing.T) { howStrong(t, issuer, b, password) })
	t.Run("an issuer that is none", func(t *testing.T) {
		if _, err := auth.Discover(t.Context(), keycloakProvider(issuer+"x"), nil); !refusedByProvider(err) {
			t.Errorf("got %v", err)
		}
	})
}

// spoiltAnswers: the browser is signed in at the provider and is not asked.
func spoiltAnswers(t *testing.T, o *auth.OIDC, b *browser) {
	for name, spoil := range map[string]func(f *auth.Flow, q url.Values, now *auth.Instant){
		"another state":     func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Set("state", "another") },
		"no state":          func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Del("state") },
		"no state anywhere": func(f *auth.Flow, q url.Values, _ *auth.Instant) { f.State = ""; q.Del("state") },
		"another code":      func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Set("code", "another") },
		"no code":           func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Del("code") },
		"another verifier":  func(f *auth.Flow, _ url.Values, _ *auth.Instant) { f.Verifier = strings.Repeat("x", 43) },
		"another nonce":     func(f *auth.Flow, _ url.Values, _ *auth.Instant) { f.Nonce = "another" },
		"another issuer":    func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Set("iss", "https://login.example") },
		"an error":          func(_ *auth.Flow, q url.Values, _ *auth.Instant) { q.Set("error", "access_denied") },
		"too late":          func(_ *auth.Flow, _ url.Values, now *auth.Instant) { *now = rightNow(11 * time.Minute) },
		"asked anew, and no": func(f *auth.Flow, _ url.Values, _ *auth.Instant) {
			f.Again = true
			f.Began.Wall = f.Began.Wall.Add(2 * time.Minute)
		},
	} {
		address, flow := o.Begin(rightNow(0), false)
		query, now := maps.Clone(b.signIn(address, "")), rightNow(0)
		spoil(&flow, query, &now)
		if _, err := o.Finish(t.Context(), flow, query, now); !refusedByProvider(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if b.asked != 1 {
		t.Errorf("asked %d times", b.asked)
	}
}

func stepUp(t *testing.T, o *auth.OIDC, b *browser, key, password string) {
	before := b.asked
	address, flow := o.Begin(rightNow(0), true)
	id, err := o.Finish(t.Context(), flow, b.signIn(address, password), rightNow(0))
	if err != nil || id.Key != key {
		t.Errorf("stepped up as another: %v", err)
	}
	if b.asked != before+1 {
		t.Errorf("asked %d times for a step-up", b.asked-before)
	}
}

// howStrong asks for classes and means of sign-in. Keycloak calls one with a
// password 1, and names no means unless it is set up to.
func howStrong(t *testing.T, issuer string, b *browser, password string) {
	for name, c := range map[string]struct {
		classes, means []string
		enough         bool
	}{
		"the class that it was":     {[]string{"gold", "1"}, nil, true},
		"another class":             {[]string{"gold"}, nil, false},
		"a means":                   {nil, []string{"mfa"}, false},
		"the class, and no means":   {[]string{"1"}, []string{"mfa"}, false},
		"nothing that is asked for": {nil, nil, true},
	} {
		p := keycloakProvider(issuer)
		p.Classes, p.Means = c.classes, c.means
		o, err := auth.Discover(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		address, flow := o.Begin(rightNow(0), true)
		if _, err := o.Finish(t.Context(), flow, b.signIn(address, password), rightNow(0)); c.enough != (err == nil) || err != nil && !refusedByProvider(err) {
			t.Errorf("%s: got %v", name, errors.Unwrap(err))
		}
		b.asked = 0
	}
}

// tamperedTokens stands between us and the provider.
func tamperedTokens(t *testing.T, issuer string, b *browser) {
	flip := func(s string, i int) string {
		c := byte('A')
		if s[i] == 'A' {
			c = 'B'
		}
		return s[:i] + string(c) + s[i+1:]
	}
	for name, f := range map[string]tamper{
		"no identity":       func(token map[string]any) { delete(token, "id_token") },
		"another signature": func(token map[string]any) { s := token["id_token"].(string); token["id_token"] = flip(s, len(s)-10) },
		"another payload": func(token map[string]any) {
			s := token["id_token"].(string)
			token["id_token"] = flip(s, strings.Index(s, ".")+20)
		},
		"no signature": func(token map[string]any) {
			parts := strings.Split(token["id_token"].(string), ".")
			token["id_token"] = "eyJhbGciOiJub25lIn0." + parts[1] + "."
		},
		"the access token as identity": func(token map[string]any) { token["id_token"] = token["access_token"] },
		"another access token":         func(token map[string]any) { token["access_token"] = "another" },
		"beyond all size":              func(token map[string]any) { token["x"] = strings.Repeat("y", 2<<20) },
	} {
		o, err := auth.Discover(t.Context(), keycloakProvider(issuer), &http.Client{Transport: f})
		if err != nil {
			t.Fatal(err)
		}
		address, flow := o.Begin(rightNow(0), false)
		if _, err := o.Finish(t.Context(), flow, b.signIn(address, ""), rightNow(0)); !refusedByProvider(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestProvidersThatAreRefused(t *testing.T) {
	var written atomic.Int64
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 64 {
			n, err := w.Write(make([]byte, 1<<20))
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"issuer":"https://login.example","authorization_endpoint":"https://login.example/a","token_endpoint":"https://login.example/t","jwks_uri":"https://login.example/k"}`)
	}))
	defer other.Close()
	moved := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer moved.Close()
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	defer unknown.Close()
	for name, p := range map[string]auth.Provider{
		"nothing":           {},
		"no client":         {Issuer: "https://login.example"},
		"no TLS":            {Issuer: "http://login.example", ClientID: "klarlagt"},
		"another scheme":    {Issuer: "file:///etc/passwd", ClientID: "klarlagt"},
		"a query":           {Issuer: "https://login.example/?a=b", ClientID: "klarlagt"},
		"a fragment":        {Issuer: "https://login.example/#a", ClientID: "klarlagt"},
		"one without end":   {Issuer: endless.URL, ClientID: "klarlagt"},
		"one that is other": {Issuer: other.URL, ClientID: "klarlagt"},
	} {
		if _, err := auth.Discover(t.Context(), p, nil); !refusedByProvider(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := auth.Discover(t.Context(), auth.Provider{Issuer: moved.URL, ClientID: "klarlagt"}, nil); !refusedByProvider(err) || !strings.Contains(err.Error(), "302") {
		t.Errorf("one that sends elsewhere: %v", err)
	}
	var nobodys x509.UnknownAuthorityError
	if _, err := auth.Discover(t.Context(), auth.Provider{Issuer: unknown.URL, ClientID: "klarlagt"}, nil); !errors.As(err, &nobodys) {
		t.Errorf("one with a certificate that nobody vouches for: %v", err)
	}
	endless.Close() // waits for what it is at
	if n := written.Load() >> 20; n < 1 || n > 32 {
		t.Errorf("%d MiB were taken of an answer without end", n)
	}
}

func TestFlowsDoNotPrint(t *testing.T) {
	f := auth.Flow{State: "state-secret", Nonce: "nonce-secret", Verifier: "verifier-secret"}
	if out := fmt.Sprintf("%v %+v %#v %s", f, f, f, f); strings.Contains(out, "secret") {
		t.Errorf("prints as %s", out)
	}
}
