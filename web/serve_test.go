package web_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// house is a server with its control database, at a time that the test sets.
type house struct {
	t       *testing.T
	dir     string
	control *store.Control
	server  *web.Server
	site    *httptest.Server
	tenants map[auth.TenantID]*store.Store
	logged  *strings.Builder
	mu      sync.Mutex
	free    int64 // bytes on the disk
	broken  bool  // no tenant opens
	at      time.Time
	up      time.Duration
	timers  []*timer
	scans   *casework.Scans // which begin, and wait until the test does them
	errands *casework.Errands
	ending  chan struct{}
}

func (h *house) now() auth.Instant {
	h.mu.Lock()
	defer h.mu.Unlock()
	return auth.Instant{Wall: h.at, Run: "run", Up: h.up}
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.up = h.at.Add(d), h.up+d
}

// furniture is a data folder without anybody in it, and the key that opens it.
type furniture struct {
	files fstest.MapFS
	key   seal.Key
}

// furnished makes it once: to bring databases up to date takes longer than most
// tests.
var furnished = sync.OnceValues(func() (furniture, error) {
	f := furniture{files: fstest.MapFS{}, key: seal.NewKey()}
	dir, err := os.MkdirTemp("", "furniture")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	control, tenants, err := openData(context.Background(), dir, f.key)
	if err != nil {
		return f, err
	}
	closeData(control, tenants)
	return f, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(dir, path))
		f.files[path] = &fstest.MapFile{Data: raw, Mode: 0o600}
		return err
	})
})

// openData opens the control database, and the tenants town and village.
func openData(ctx context.Context, dir string, key seal.Key) (*store.Control, map[auth.TenantID]*store.Store, error) {
	control, err := store.OpenControl(ctx, store.ControlConfig{Dir: dir, Master: key})
	if err != nil {
		return nil, nil, err
	}
	tenants := map[auth.TenantID]*store.Store{}
	for _, tenant := range []auth.TenantID{"town", "village"} {
		if tenants[tenant], err = store.Open(ctx, store.Config{Dir: dir, Tenant: tenant, Key: key, KeyFrom: "the test"}); err != nil {
			return nil, nil, err
		}
	}
	return control, tenants, nil
}

func closeData(control *store.Control, tenants map[auth.TenantID]*store.Store) {
	for _, s := range tenants {
		_ = s.Close()
	}
	_ = control.Close()
}

// newHouse starts a server over TLS with the tenants town and village.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, at: time.Date(2026, 3, 2, 8, 0, 0, 777, time.UTC), free: 5 << 30, logged: &strings.Builder{}}
	empty, err := furnished()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h.dir = dir
	if err := os.CopyFS(dir, empty.files); err != nil {
		t.Fatal(err)
	}
	if h.control, h.tenants, err = openData(t.Context(), dir, empty.key); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeData(h.control, h.tenants) })
	h.ending = make(chan struct{})
	h.scans = casework.NewScans(casework.ScanSettings{Now: h.now, Folders: []casework.EvidenceFolder{{Tenant: "town", Name: "share", Path: filepath.Join(dir, "gone")}, {Tenant: "village", Name: "archive", Path: dir}}})
	h.errands = casework.NewErrands(casework.ErrandSettings{Now: h.now, Channels: map[auth.TenantID]casework.Channels{"town": channels(t, dir)}})
	h.server, err = web.New(web.Config{Control: h.control, Now: h.now, After: h.after, Scans: h.scans, Errands: h.errands, Ending: h.ending, Beat: 20 * time.Millisecond, Log: slog.New(slog.NewJSONHandler(&locked{to: h.logged}, nil)), Host: "breach.example", House: "town",
		Free: func() (int64, error) { return h.free, nil },
		Tenant: func(_ context.Context, id auth.TenantID) (*store.Store, error) {
			if h.broken {
				return nil, errors.New("does not open")
			}
			return h.tenants[id], nil
		},
		Report: func(_ context.Context, _ auth.Session, _ *store.Store, c store.Case, _ bool) (web.ReportData, error) {
			d := made()
			d.Case = c.Title
			return d, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	h.site = httptest.NewTLSServer(h.server)
	t.Cleanup(h.site.Close)
	return h
}

// locked is a log that many write to.
type locked struct {
	mu sync.Mutex
	to *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// browser is somebody at the site.
type browser struct {
	*house
	client *http.Client
	status int
	path   string // of the page that came in the end
	page   *html.Node
	header http.Header
	token  string // of a session that was not begun by a form
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c := *h.site.Client()
	c.Jar = jar
	return &browser{house: h, client: &c}
}

func (b *browser) do(method, path string, form url.Values, headers ...string) *browser {
	b.t.Helper()
	return b.send(method, path, strings.NewReader(form.Encode()), headers...)
}

// send sends a body; of a POST without another type, it is a form.
func (b *browser) send(method, path string, body io.Reader, headers ...string) *browser {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Referer", b.site.URL+b.path)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "en")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.status, b.path, b.header = answer.StatusCode, answer.Request.URL.Path, answer.Header
	if b.page, err = html.Parse(strings.NewReader(string(raw))); err != nil {
		b.t.Fatal(err)
	}
	return b
}

func (b *browser) get(path string) *browser { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

// post sends a form: pairs of a field and what is in it.
func (b *browser) post(path string, fields ...string) *browser {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// is holds where the browser ended up against where it should be.
func (b *browser) is(status int, path string) *browser {
	b.t.Helper()
	if b.status != status || b.path != path {
		b.t.Fatalf("got %d at %s, want %d at %s\n%s", b.status, b.path, status, path, b.words())
	}
	return b
}

// words is the text of the main part.
func (b *browser) words() string {
	var all string
	each(b.page, func(n *html.Node) {
		if n.Data == "main" {
			all = strings.Join(strings.Fields(text(n)), " ")
		}
	})
	return all
}

func (b *browser) says(what string) *browser {
	b.t.Helper()
	if !strings.Contains(b.words(), what) {
		b.t.Errorf("%s does not say %q: %s", b.path, what, b.words())
	}
	return b
}

// verdict is the one that a page of refusal shows.
func (b *browser) verdict() auth.Verdict {
	var v string
	each(b.page, func(n *html.Node) {
		if attr(n, "data-verdict") != "" {
			v = attr(n, "data-verdict")
		}
	})
	return auth.Verdict(v)
}

// code is the first that a page shows in four groups.
func (b *browser) code() string {
	return regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`).FindString(b.words())
}

// person is somebody with the means to sign in.
type person struct {
	*browser
	id                     auth.UserID
	name, password, secret string
	recovery               string
}

const goodPassword = "sju fladdermöss åker tåg"

// sixDigits is what the person's app shows now.
func (p *person) sixDigits() string {
	code, err := totp.GenerateCode(p.secret, p.now().Wall)
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// setUp takes a code through the pages to an account that is signed in.
func (h *house) setUp(code, name string) *person {
	h.t.Helper()
	p := &person{browser: h.browser(), name: name, password: goodPassword}
	p.get("/set-up").is(200, "/set-up")
	p.post("/set-up", "code", code).is(200, "/set-up/account")
	each(p.page, func(n *html.Node) {
		if n.Data == "code" {
			p.secret = text(n)
		}
	})
	p.post("/set-up/account", "name", name, "shown", "", "password", p.password, "app", p.sixDigits()).is(200, "/recovery")
	p.recovery = p.code()
	p.post("/recovery")
	return p
}

// administrator is the first of a tenant.
func (h *house) administrator(tenant auth.TenantID, name string) *person {
	h.t.Helper()
	code, err := h.control.NewSetup(h.t.Context(), tenant, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	return h.setUp(code.Reveal(), name)
}

// hire has an administrator make a user with roles, who then sets the account
// up.
func (p *person) hire(name string, roles ...auth.Role) *person {
	p.t.Helper()
	p.post("/users", "name", name, "shown", "").says("set-up code")
	page, code := p.path, p.code()
	fields := []string{}
	for _, r := range roles {
		fields = append(fields, "role", string(r))
	}
	p.post(page+"/roles", fields...).is(200, page)
	other := p.setUp(code, name)
	other.id = auth.UserID(strings.TrimPrefix(page, "/users/"))
	return other
}

func (p *person) signIn() *browser {
	p.t.Helper()
	return p.post("/sign-in", "name", p.name, "password", p.password, "code", p.sixDigits())
}
