package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
)

// remote asks the API of a server for what commands do.
type remote struct {
	base   string // "https://breach.example/api/v1"
	token  breach.Personal
	lang   string
	client *http.Client
	tenant string // whose cases these are; known once a dossier was read
}

// The bounds of one request.
const (
	remoteTime   = 2 * time.Minute
	remoteAnswer = 64 << 20
	remoteTries  = 3
)

// remotely lists the commands whose job operations of the API do. All others say
// that they have none.
func remotely() []string {
	return []string{"open", "case", "case facts", "case set", "case remove", "case history", "case plan", "case groups", "case paper", "duties", "decide",
		"exchange write", "lists", "notices", "notices halt"}
}

// checkServer refuses a command that a server does not do, and holds the settings
// against what can be connected to.
func (a *app) checkServer(c *cobra.Command) error {
	if a.server == "" {
		return nil
	}
	path := strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
	if slices.Contains(append(remotely(), "help", "completion", "version"), path) {
		return nil
	}
	return &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": path}}
}

// openServer reads the token, and makes what asks the server.
func (a *app) openServer() (*remote, error) {
	u, err := url.Parse(a.server)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && !(u.Scheme == "http" && onLoopback(u.Host)) {
		return nil, &breach.Refusal{Key: "cmd.remote.server", Args: map[string]any{"Server": a.server}}
	}
	text := os.Getenv("KLARLAGT_TOKEN")
	if a.tokenFile != "" {
		raw, err := os.ReadFile(a.tokenFile)
		if err != nil {
			return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": a.tokenFile}, Err: err}
		}
		text = string(raw)
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil, &breach.Refusal{Key: "cmd.remote.token"}
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.serverCA != "" {
		raw, err := os.ReadFile(a.serverCA)
		if trust.RootCAs = x509.NewCertPool(); err != nil || !trust.RootCAs.AppendCertsFromPEM(raw) {
			return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": a.serverCA}, Err: err}
		}
	}
	client := &http.Client{Timeout: remoteTime, Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // the token goes nowhere else
	return &remote{base: strings.TrimSuffix(u.String(), "/") + "/api/v1", token: breach.Hide(text), lang: a.lang, client: client}, nil
}

// ask does one operation. An act has a key by which it is done once, however often
// it has to be asked for.
func (r *remote) ask(ctx context.Context, method, path string, body, answer any) error {
	var raw []byte
	key := ""
	if method == http.MethodPost {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
		key = rand.Text()
	}
	var failed error
	for range remoteTries {
		status, said, err := r.once(ctx, method, path, key, raw)
		if err != nil {
			if failed = err; ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		if status/100 != 2 {
			return problemOf(status, said)
		}
		if err := json.Unmarshal(said, answer); err != nil {
			return fmt.Errorf("read the server's answer: %w", err)
		}
		return nil
	}
	return &breach.Refusal{Key: "cmd.remote.unreached", Args: map[string]any{"Server": strings.TrimSuffix(r.base, "/api/v1")}, Err: failed}
}

func (r *remote) once(ctx context.Context, method, path, key string, body []byte) (status int, said []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("ask the server: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token.Reveal()) // it is what the server knows us by
	req.Header.Set("Accept-Language", r.lang)
	if key != "" {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	answer, err := r.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the server: %w", err)
	}
	defer answer.Body.Close()
	said, err = io.ReadAll(io.LimitReader(answer.Body, remoteAnswer))
	return answer.StatusCode, said, err
}

// problemOf is what the server says no with, in the language that was asked for.
func problemOf(status int, said []byte) error {
	var problem struct{ Detail string }
	if err := json.Unmarshal(said, &problem); err != nil || problem.Detail == "" {
		return errors.Join(fmt.Errorf("the server answers %d", status), err)
	}
	if status == http.StatusUnauthorized {
		return &breach.Refusal{Key: "cmd.remote.token", Err: errors.New(problem.Detail)}
	}
	return &breach.Refusal{Key: "cmd.remote.said", Args: map[string]any{"Why": problem.Detail}}
}
