package web

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// Config is what a server needs.
type Config struct {
	Control *store.Control

	// Tenant gives the open store of a tenant; it is called once for each request.
	Tenant func(context.Context, auth.TenantID) (*store.Store, error)

	// House is the tenant whose journal has the failed sign-ins that are nobody's;
	// "": [store.Local].
	House auth.TenantID

	// Report gathers what the report of a case tells somebody; without paths it
	// names no file.
	Report func(ctx context.Context, who auth.Session, s *store.Store, c store.Case, paths bool) (ReportData, error)

	// Free is how many bytes are free for the data; nil: nobody knows.
	Free func() (int64, error)

	Now func() auth.Instant

	// After calls a function when so much time has passed; nil: [time.AfterFunc].
	After func(time.Duration, func()) Timer
	Log   *slog.Logger

	// Host is the public host name with its port if it has one: what passkeys
	// are bound to. None are offered without it.
	Host string

	// Plain is for a browser on this machine alone: cookies go without TLS.
	Plain bool

	// Proxy says that requests come through a proxy of ours, which sets
	// X-Forwarded-For.
	Proxy bool

	// PlainHooks lets webhooks go to http addresses, in a network of one's own.
	PlainHooks bool

	Providers map[auth.TenantID]*auth.OIDC

	// Scans does scans beside requests; nil: none are begun from a browser.
	Scans *casework.Scans

	// Errands rehearses, writes letters and hands over beside requests; nil: by the
	// command alone.
	Errands *casework.Errands

	// Ending is closed when the server is to end: whoever watches is let go.
	Ending <-chan struct{}

	// Beat is how often a stream looks whether its sign-in is still open; 0: every
	// ten seconds.
	Beat time.Duration

	// Demo is set where made-up data is shown to somebody at this machine.
	Demo *Demo
}

// Server shows tenants' cases in a browser. It is an http.Handler.
type Server struct {
	Config
	handler  http.Handler
	pages    map[string]*template.Template // by language and page
	programs []Route                       // the operations of the API
	passkeys *auth.Passkeys
	hashing  chan struct{} // who may hash a password now: each takes 46 MiB
	metrics  *metrics
	health   health
	lockers  lockers
	streams  streams
	zips     zips
	verified verifications
}

// The bounds of one request.
const (
	mostBody    = 64 << 10
	mostSent    = casework.MostUpload + 1<<20 // one large file, or several small ones
	requestTime = 60 * time.Second
	hashesAtOne = 2
)

// New makes a server.
func New(c Config) (*Server, error) {
	c.House, c.Beat = cmp.Or(c.House, store.Local), cmp.Or(c.Beat, 10*time.Second)
	if c.After == nil {
		c.After = func(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
	}
	s := &Server{Config: c, hashing: make(chan struct{}, hashesAtOne), metrics: newMetrics(), lockers: lockers{after: c.After, held: map[auth.SessionID]*locker{}}, streams: streams{open: map[auth.SessionID]int{}}, verified: verifications{last: map[auth.TenantID]verification{}, wrong: map[auth.TenantID]verification{}}}
	s.metrics.all.MustRegister(unlockedNow(&s.lockers))
	loaded, err := loadFiles()
	if err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(loaded); err != nil {
		return nil, err
	}
	if c.Host != "" {
		if s.passkeys, err = newPasskeys(c); err != nil {
			return nil, fmt.Errorf("web: passkeys: %w", err)
		}
	}
	mux := http.NewServeMux()
	allowed := map[string]Allowance{}
	for _, r := range pages() {
		mux.Handle(r.Method+" "+r.Pattern, s.serve(r))
		allowed[r.Method+" "+r.Pattern] = r.Allowance
	}
	s.programs = newAPI(s, mux).routes
	for _, r := range s.programs {
		allowed[r.Method+" "+r.Pattern] = r.Allowance
	}
	mux.Handle("/", s.serve(Route{Pattern: "/", Who: Anybody, serve: notFound}))
	mux.Handle("GET /static/", s.static(loaded))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	s.handler = s.guard(mux, allowed)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Metrics is what Prometheus asks for, to be served on a listener of its own.
func (s *Server) Metrics() http.Handler { return s.metrics.handler() }
