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
	remoteTime   = 15 * time.Minute // a file of 100 MB over a slow line
	remoteAnswer = 64 << 20
	remoteTries  = 3
)

// remotely lists the commands whose job operations of the API do. All others say
// that they have none.
func remotely() []string {
	return []string{"open", "case", "case facts", "case set", "case remove", "case history", "case plan", "case groups", "case paper", "duties", "decide",
		"draft", "draft sent", "draft receipt", "exchange write", "register", "scan", "review", "lists", "lists diff", "account", "report", "notices", "notices write", "notices halt"}
}

// sayRemotely has the help of each of them say that it works on a server.
func (a *app) sayRemotely(root *cobra.Command) {
	for _, path := range remotely() {
		if c, _, err := root.Find(strings.Fields(path)); err == nil {
			if c.Long == "" {
				c.Long = c.Short
			}
			c.Long += "\n\n" + a.t("cmd.remote.takes")
		}
	}
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

// request is what is asked of a server. Its body is made anew for each try.
type request struct {
	method, path string
	kind         string // of the body
	body         func() (io.ReadCloser, error)
	size         int64 // of the body, in bytes
}

// ask does one operation. An act has a key by which it is done once, however often
// it has to be asked for.
func (r *remote) ask(ctx context.Context, method, path string, body, answer any) error {
	q := request{method: method, path: path}
	if method == http.MethodPost {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
		q.kind, q.size = "application/json", int64(len(raw))
		q.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	}
	return r.answered(ctx, q, answer)
}

// answered does a request, and reads its answer.
func (r *remote) answered(ctx context.Context, q request, answer any) error {
	said, err := r.tried(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// tried does a request, up to some times where the server is not reached, and
// gives what it said.
func (r *remote) tried(ctx context.Context, q request) ([]byte, error) {
	key := ""
	if q.method == http.MethodPost {
		key = rand.Text()
	}
	var failed error
	for range remoteTries {
		status, said, err := r.once(ctx, q, key)
		var refusal *breach.Refusal
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &refusal):
			return nil, err
		case err != nil:
			failed = err
			continue
		case status/100 != 2:
			return nil, problemOf(status, said)
		}
		return said, nil
	}
	return nil, &breach.Refusal{Key: "cmd.remote.unreached", Args: map[string]any{"Server": strings.TrimSuffix(r.base, "/api/v1")}, Err: failed}
}

func (r *remote) once(ctx context.Context, q request, key string) (status int, said []byte, err error) {
	var body io.Reader
	if q.body != nil {
		open, err := q.body()
		if err != nil {
			return 0, nil, err
		}
		body = open // the client closes it
	}
	req, err := http.NewRequestWithContext(ctx, q.method, r.base+q.path, body)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the server: %w", err)
	}
	req.ContentLength = q.size
	req.Header.Set("Authorization", "Bearer "+r.token.Reveal()) // it is what the server knows us by
	req.Header.Set("Accept-Language", r.lang)
	if key != "" {
		req.Header.Set("Content-Type", q.kind)
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
	var problem struct {
		Detail string
		Errors []struct{ Message, Location string }
	}
	if err := json.Unmarshal(said, &problem); err != nil || problem.Detail == "" {
		return errors.Join(fmt.Errorf("the server answers %d", status), err)
	}
	if status == http.StatusUnauthorized {
		return &breach.Refusal{Key: "cmd.remote.token", Err: errors.New(problem.Detail)}
	}
	why := problem.Detail
	for _, e := range problem.Errors {
		why += "; " + strings.TrimSpace(e.Location+": "+e.Message)
	}
	return &breach.Refusal{Key: "cmd.remote.said", Args: map[string]any{"Why": why}}
}
