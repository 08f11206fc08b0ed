package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// serving is what the server was asked for.
type serving struct {
	listen, cert, key, host, metrics, provider string
	proxy                                      bool
}

func serveCommand(a *app) *cobra.Command {
	var o serving
	c := &cobra.Command{
		Use: "serve", GroupID: "other", Args: cobra.NoArgs,
		Short: a.t("cmd.serve.short"), Long: a.t("cmd.serve.long"), Example: indent(a.t("cmd.serve.example")),
		RunE: func(c *cobra.Command, _ []string) error { return a.serve(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", a.t("cmd.serve.flag.listen"))
	f.StringVar(&o.cert, "tls-cert", "", a.t("cmd.serve.flag.tls-cert"))
	f.StringVar(&o.key, "tls-key", "", a.t("cmd.serve.flag.tls-key"))
	f.BoolVar(&o.proxy, "behind-proxy", false, a.t("cmd.serve.flag.behind-proxy"))
	f.StringVar(&o.host, "host", "", a.t("cmd.serve.flag.host"))
	f.StringVar(&o.metrics, "metrics", "", a.t("cmd.serve.flag.metrics"))
	f.StringVar(&o.provider, "provider", "", a.t("cmd.serve.flag.provider"))
	return c
}

// check refuses what would send sessions over a network in the open.
func (o serving) check() error {
	secure := o.cert != "" && o.key != ""
	if (o.cert != "") != (o.key != "") || secure && o.proxy {
		return &breach.Refusal{Key: "cmd.serve.tls"}
	}
	if !secure && !o.proxy && !onLoopback(o.listen) {
		return &breach.Refusal{Key: "cmd.serve.plain", Args: map[string]any{"Listen": o.listen}}
	}
	if o.metrics != "" && !onLoopback(o.metrics) {
		return &breach.Refusal{Key: "cmd.serve.metrics", Args: map[string]any{"Listen": o.metrics}}
	}
	return nil
}

// onLoopback reports whether only this machine can reach an address.
func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (a *app) serve(ctx context.Context, o serving) error {
	if err := o.check(); err != nil {
		return err
	}
	clock := auth.NewClock()
	h, err := a.openHouse(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	providers, err := a.providers(ctx, o.provider)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(a.talk, nil))
	server, err := web.New(web.Config{Control: h.control, Tenant: h.tenant, Report: a.reportFor, Now: clock.Now, Log: logger,
		Host: o.host, Plain: o.cert == "" && !o.proxy, Proxy: o.proxy, Providers: providers})
	if err != nil {
		return err
	}
	if err := a.firstRun(ctx, h.control, clock.Now()); err != nil {
		return err
	}
	return o.run(ctx, server, logger, h.dir)
}

// fence keeps the server from every file but its data and what the system needs
// to run it.
func fence(data string, logger *slog.Logger) {
	self, err := os.Executable()
	if err == nil {
		err = engine.Fence([]string{data, os.TempDir()}, []string{self, "/usr", "/lib", "/lib64", "/etc", "/proc"})
	}
	if err != nil {
		logger.Warn("other files are not fenced off", "error", err.Error())
	}
}

// firstRun shows the code that makes the first administrator, while there is
// none.
func (a *app) firstRun(ctx context.Context, control *store.Control, now auth.Instant) error {
	code, err := control.NewSetup(ctx, store.Local, now)
	var refusal *breach.Refusal
	if errors.As(err, &refusal) && refusal.Key == "refusal.setup-code" {
		return nil // somebody has an account
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(a.talk, a.t("cmd.serve.code", map[string]any{"Code": code.Reveal()})) // also when quiet: there is no other way in
	return nil
}

// run answers requests until the context ends, and then what has begun.
func (o serving) run(ctx context.Context, server *web.Server, logger *slog.Logger, data string) error {
	ours := []*http.Server{newServer(server)}
	addresses := []string{o.listen}
	if o.metrics != "" {
		ours, addresses = append(ours, newServer(server.Metrics())), append(addresses, o.metrics)
	}
	var listeners []net.Listener
	for i, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err == nil && i == 0 && o.cert != "" {
			var pair tls.Certificate
			if pair, err = tls.LoadX509KeyPair(o.cert, o.key); err == nil {
				l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
			}
		}
		if err != nil {
			return &breach.Refusal{Key: "cmd.serve.listen", Args: map[string]any{"Listen": address}, Err: err}
		}
		listeners = append(listeners, l)
	}
	fence(data, logger)
	ended := make(chan error, len(ours))
	for i, s := range ours {
		go func() { ended <- s.Serve(listeners[i]) }()
	}
	logger.Info("serving", "address", listeners[0].Addr().String())
	notify("READY=1")
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-ended:
	}
	notify("STOPPING=1")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	for _, s := range ours {
		if err := s.Shutdown(stop); err != nil {
			logger.Error("requests were cut off", "error", err.Error())
		}
	}
	logger.Info("stopped")
	return failed
}

// newServer bounds what one connection may take. What the library would log of
// a connection names its address: that is somebody's, and stays out of the log.
func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 90 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: log.New(io.Discard, "", 0)}
}

// house is the control database and the stores that were opened so far.
type house struct {
	a       *app
	dir     string
	master  seal.Key
	from    string
	control *store.Control
	mu      sync.Mutex
	stores  map[auth.TenantID]*store.Store
}

// openHouse opens the control database, and what it needs to open tenants.
func (a *app) openHouse(ctx context.Context) (*house, error) {
	dir, err := a.dataDir()
	if err != nil {
		return nil, err
	}
	h := &house{a: a, dir: dir, stores: map[auth.TenantID]*store.Store{}}
	if h.master, h.from, err = a.masterKey(dir); err != nil {
		return nil, err
	}
	h.control, err = store.OpenControl(ctx, store.ControlConfig{Dir: dir, Postgres: a.database, Master: h.master})
	return h, err
}

func (h *house) close() {
	for _, s := range h.stores {
		_ = s.Close()
	}
	_ = h.control.Close()
}

// tenant gives the store of a tenant, opened at its first request.
func (h *house) tenant(ctx context.Context, id auth.TenantID) (*store.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.stores[id]; s != nil {
		return s, nil
	}
	c := store.Config{Dir: h.dir, Postgres: h.a.database, Tenant: id, Key: h.master, KeyFrom: h.from}
	if id != store.Local {
		c.Schema = "klarlagt_" + string(id)
	}
	s, err := store.Open(context.WithoutCancel(ctx), c)
	if err != nil {
		return nil, fmt.Errorf("open tenant: %w", err)
	}
	h.stores[id] = s
	return s, nil
}

// reportFor gathers a report with the rights of whoever asked for it.
func (a *app) reportFor(ctx context.Context, who auth.Session, s *store.Store, c store.Case, paths bool) (web.ReportData, error) {
	theirs := *a
	theirs.store, theirs.desk = s, &casework.Desk{Store: s, Who: who, Now: time.Now}
	return theirs.reportData(ctx, c, paths)
}
