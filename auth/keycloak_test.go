package auth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// keycloak gives the address of the issuer that scripts/keycloak.sh prints.
func keycloak(t *testing.T) (issuer string) {
	t.Helper()
	issuer = os.Getenv("KLARLAGT_TEST_KEYCLOAK")
	if issuer == "" {
		t.Skip("Keycloak is not installed (KLARLAGT_TEST_KEYCLOAK is the issuer that scripts/keycloak.sh prints)")
	}
	return issuer
}

// browser is somebody at the provider's pages, with cookies.
type browser struct {
	t       *testing.T
	cookies map[string]string
	asked   int // how often for the password
}

// do keeps cookies as a browser does for this machine, where it takes
// secure ones without TLS; the standard library's jar does not.
func (b *browser) do(r *http.Request) *http.Response {
	b.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range answer.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return answer
}

// signIn goes to an address at the provider, types the password if asked, and
// gives the query with which it comes back.
func (b *browser) signIn(address, password string) url.Values {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for range 6 {
		answer := b.do(r)
		page, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		if to := answer.Header.Get("Location"); to != "" {
			back, err := r.URL.Parse(to)
			if err != nil {
				b.t.Fatal(err)
			}
			if back.Host == "breach.example" {
				return back.Query()
			}
			if r, err = http.NewRequestWithContext(b.t.Context(), http.MethodGet, back.String(), nil); err != nil {
				b.t.Fatal(err)
			}
			continue
		}
		action := formAction(string(page))
		if action == "" || b.asked > 3 {
			b.t.Fatalf("no form at the provider: %d %.300s", answer.StatusCode, page)
		}
		b.asked++
		form := url.Values{"username": {"kalle"}, "password": {password}, "credentialId": {""}}
		if r, err = http.NewRequestWithContext(b.t.Context(), http.MethodPost, action, strings.NewReader(form.Encode())); err != nil {
			b.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	b.t.Fatal("the provider sends in circles")
	return nil
}

// formAction finds where the sign-in form of a page goes.
func formAction(page string) string {
	_, rest, found := strings.Cut(page, `id="kc-form-login"`)
	if !found {
		return ""
	}
	_, rest, _ = strings.Cut(rest, `action="`)
	action, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(action, "&amp;", "&")
}

// tamper changes what the provider's token endpoint answers.
type tamper func(token map[string]any)

func (f tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return answer, err
	}
	defer answer.Body.Close()
	var token map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	f(token)
	raw, err := json.Marshal(token)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return answer, err
}
