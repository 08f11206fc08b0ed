package main

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is the server's own, read anew when its files change: whoever
// renews it need not start the server anew.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu    sync.Mutex
	pair  *tls.Certificate
	stamp [2]stamp // of the files as they were last tried
}

// stamp tells whether a file is another one.
type stamp struct {
	size int64
	at   time.Time
}

// openCertificate reads the files. What is wrong with them at the start ends it.
func openCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	c.pair, c.stamp = &pair, c.stamps()
	return c, nil
}

// config is how the server speaks TLS: 1.2 or 1.3, with the library's suites.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: c.current, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// current is the certificate as its files are now. As long as they cannot be
// read, or do not belong together because one is not written yet, it stays the
// one that it was.
func (c *certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.stamps()
	if now == c.stamp {
		return c.pair, nil
	}
	c.stamp = now
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Error("the new certificate cannot be used; the one until now goes on", "error", err.Error())
		return c.pair, nil
	}
	c.pair = &pair
	c.log.Info("a new certificate is in use", "until", pair.Leaf.NotAfter)
	return c.pair, nil
}

func (c *certificate) stamps() (all [2]stamp) {
	for i, path := range []string{c.cert, c.key} {
		if info, err := os.Stat(path); err == nil {
			all[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return all
}
