package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/web"
)

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
			var c *certificate
			if c, err = openCertificate(o.cert, o.key, logger); err == nil {
				l = tls.NewListener(l, c.config())
			}
		}
		if err != nil {
			return &breach.Refusal{Key: "cmd.serve.listen", Args: map[string]any{"Listen": address}, Err: err}
		}
		listeners = append(listeners, l)
	}
	o.fence(data, logger)
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

// fence keeps the server from every file but its data, where checkpoints and
// records go, evidence that it may scan, its certificate, and what the system needs to run it and to find other
// machines by name.
func (o serving) fence(data string, logger *slog.Logger) {
	write := []string{data, os.TempDir()}
	for _, to := range slices.Concat(o.witnesses, o.records) {
		if !strings.Contains(to, "://") {
			write = append(write, to)
		}
	}
	read := []string{"/usr", "/lib", "/lib64", "/etc", "/proc", "/run/systemd/resolve"}
	if o.cert != "" {
		read = append(read, filepath.Dir(o.cert), filepath.Dir(o.key))
	}
	for _, text := range o.evidence {
		_, dir, _ := strings.Cut(text, "=")
		read = append(read, dir)
	}
	self, err := os.Executable()
	if err == nil {
		err = engine.Fence(write, append(read, self))
	}
	if err != nil {
		logger.Warn("other files are not fenced off", "error", err.Error())
	}
}
