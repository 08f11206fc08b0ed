package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const keycloakAdmin = "only for this test"

// keycloak starts a provider of its own, with one organisation in memory, and
// gives the address of its issuer.
func keycloak(t *testing.T) (issuer string) {
	t.Helper()
	home := os.Getenv("KLARLAGT_TEST_KEYCLOAK")
	if home == "" {
		t.Skip("Keycloak is not installed (KLARLAGT_TEST_KEYCLOAK names its folder)")
	}
	port := freePort(t)
	ctx, stop := context.WithCancel(context.Background())
	kc := exec.CommandContext(ctx, filepath.Join(home, "bin", "kc.sh"), "start-dev", "--db=dev-mem", "--http-host=127.0.0.1", "--http-port="+port)
	kc.Env = append(os.Environ(), "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD="+keycloakAdmin)
	var log bytes.Buffer
	kc.Stdout, kc.Stderr = &log, &log
	kc.Cancel = func() error { return kc.Process.Signal(os.Interrupt) } // the script hands it on
	kc.WaitDelay = 30 * time.Second
	if err := kc.Start(); err != nil {
		t.Fatalf("start Keycloak: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- kc.Wait() }()
	t.Cleanup(func() { stop(); <-ended })

	base := "http://127.0.0.1:" + port
	for begun := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		if answer, err := http.Get(base + "/realms/master"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("Keycloak ended: %v\n%s", err, log.String())
		default:
		}
		if time.Since(begun) > 8*time.Minute { // it builds itself at the first start
			t.Fatal("Keycloak does not answer")
		}
	}
	makeRealm(t, base)
	return base + "/realms/town"
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// makeRealm makes the town, its application and its one person.
func makeRealm(t *testing.T, base string) {
	t.Helper()
	answer, err := http.PostForm(base+"/realms/master/protocol/openid-connect/token",
		url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {keycloakAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.Access == "" {
		t.Fatalf("sign in to Keycloak: %d, %v", answer.StatusCode, err)
	}
	realm, err := os.Open(filepath.Join("testdata", "keycloak-town.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer realm.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/admin/realms", realm)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Access)
	r.Header.Set("Content-Type", "application/json")
	made, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Body.Close()
	if made.StatusCode != http.StatusCreated {
		said, _ := io.ReadAll(made.Body)
		t.Fatalf("make the realm: %d %s", made.StatusCode, said)
	}
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
