package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/klarlagt/klarlagt/breach"
)

// OIDC signs people in at their organisation's own provider: Entra, Keycloak,
// AD FS or another.
type OIDC struct {
	provider Provider
	source   *oidc.Provider
	oauth    oauth2.Config
	client   *http.Client
}

// Discover asks the provider how it works. The client may be nil.
func Discover(ctx context.Context, p Provider, client *http.Client) (*OIDC, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	client = bounded(client)
	source, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), p.Issuer)
	if err != nil {
		return nil, &breach.Refusal{Key: "refusal.provider", Args: map[string]any{"Issuer": p.Issuer}, Err: fmt.Errorf("discover: %w", err)}
	}
	return &OIDC{p, source, oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret.Reveal(), Endpoint: source.Endpoint(),
		RedirectURL: p.Redirect, Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}, client}, nil
}

func (p Provider) check() error {
	issuer, err := url.Parse(p.Issuer)
	if err != nil || p.ClientID == "" || issuer.Host == "" || issuer.RawQuery != "" || issuer.Fragment != "" ||
		issuer.Scheme != "https" && (issuer.Scheme != "http" || !loopback(issuer.Hostname())) {
		return p.refuse(errors.New("the issuer has to be an https address, and a client id is needed"))
	}
	return nil
}

// loopback reports whether a host is this machine, where tests run without TLS.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func (p Provider) refuse(err error) error {
	return &breach.Refusal{Key: "refusal.provider", Args: map[string]any{"Issuer": p.Issuer}, Err: err}
}

// flowFor is how long somebody may take at the provider.
const flowFor = 10 * time.Minute

// Flow is one sign-in under way. It is kept on the server for the browser that
// began it, and used once. Its texts are secrets.
type Flow struct {
	State, Nonce, Verifier string
	Began                  Instant
	Again                  bool // a step-up: the provider is to ask anew
}

// String returns dots.
func (f Flow) String() string { return breach.Hidden }

// GoString returns dots.
func (f Flow) GoString() string { return breach.Hidden }

// Begin gives the address to send the browser to. With again, for a step-up, the
// provider has to ask who it is even if it knows.
func (o *OIDC) Begin(now Instant, again bool) (address string, f Flow) {
	f = Flow{State: chance(), Nonce: chance(), Verifier: oauth2.GenerateVerifier(), Began: now, Again: again}
	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(f.Verifier), oidc.Nonce(f.Nonce)}
	if len(o.provider.Classes) > 0 {
		opts = append(opts, oauth2.SetAuthURLParam("acr_values", strings.Join(o.provider.Classes, " ")))
	}
	if again {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return o.oauth.AuthCodeURL(f.State, opts...), f
}

// Finish takes the query that the browser came back with, and gives who it is.
func (o *OIDC) Finish(ctx context.Context, f Flow, answer url.Values, now Instant) (Identity, error) {
	raw, err := o.claims(ctx, f, answer, now)
	if err != nil {
		return Identity{}, o.provider.refuse(err)
	}
	id, err := o.provider.Identify(raw)
	if err != nil {
		return Identity{}, o.provider.refuse(err)
	}
	return id, nil
}

// claims trades the answer for the claims of the token, verified.
func (o *OIDC) claims(ctx context.Context, f Flow, answer url.Values, now Instant) ([]byte, error) {
	passed, known := now.since(f.Began)
	switch {
	case f.State == "" || !same(answer.Get("state"), f.State):
		return nil, errors.New("the answer is to another question")
	case !known || passed > flowFor:
		return nil, errors.New("the answer came too late")
	case answer.Has("iss") && answer.Get("iss") != o.provider.Issuer: // RFC 9207
		return nil, errors.New("the answer is of another provider")
	case answer.Get("code") == "" || answer.Has("error"):
		return nil, errors.New("the provider did not sign anybody in")
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.oauth.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return nil, exchangeError(err)
	}
	text, _ := token.Extra("id_token").(string)
	if text == "" {
		return nil, errors.New("the provider gave no identity")
	}
	verifier := o.source.Verifier(&oidc.Config{ClientID: o.provider.ClientID, Now: func() time.Time { return now.Wall }})
	id, err := verifier.Verify(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("verify the identity: %w", err)
	}
	if !same(id.Nonce, f.Nonce) {
		return nil, errors.New("the identity is of another sign-in")
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, fmt.Errorf("verify the access token: %w", err)
		}
	}
	var raw json.RawMessage
	if err := id.Claims(&raw); err != nil {
		return nil, fmt.Errorf("read the identity: %w", err)
	}
	if err := o.provider.strong(raw); err != nil || !f.Again {
		return raw, err
	}
	return raw, askedAnew(raw, f)
}

// strong holds how the provider made sure of who it is against what is asked of
// it: one of the classes (acr), and each of the means (amr).
func (p Provider) strong(raw []byte) error {
	var c struct {
		ACR string   `json:"acr"`
		AMR []string `json:"amr"`
	}
	if len(p.Classes) == 0 && len(p.Means) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("read how strong the sign-in was: %w", err)
	}
	if len(p.Classes) > 0 && !slices.Contains(p.Classes, c.ACR) {
		return errors.New("the sign-in at the provider was of a class that is not enough")
	}
	for _, m := range p.Means {
		if !slices.Contains(c.AMR, m) {
			return errors.New("the sign-in at the provider was without a means that is asked for")
		}
	}
	return nil
}

// skew is how far the provider's clock may be off.
const skew = time.Minute

// askedAnew holds the time of the sign-in at the provider against the start of
// the step-up: a provider that did not ask has not stepped anybody up.
func askedAnew(raw []byte, f Flow) error {
	var c struct {
		AuthTime json.Number `json:"auth_time"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("read the time of the sign-in: %w", err)
	}
	at, err := c.AuthTime.Int64()
	if err != nil || time.Unix(at, 0).Before(f.Began.Wall.Add(-skew)) {
		return errors.New("the provider did not ask anew")
	}
	return nil
}

// exchangeError leaves out what the provider wrote beside the code of its error:
// nobody knows what is in it.
func exchangeError(err error) error {
	var told *oauth2.RetrieveError
	if errors.As(err, &told) && told.Response != nil {
		return fmt.Errorf("exchange the code: the provider answered %d", told.Response.StatusCode)
	}
	return fmt.Errorf("exchange the code: %w", err)
}

func chance() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// How much and how long a provider may answer.
const (
	mostBody   = 1 << 20
	mostAwaits = 15 * time.Second
)

// bounded is a client that reads no more than it has to, and goes nowhere but to
// the address that it was given: what a provider redirects to, nobody has named.
func bounded(client *http.Client) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.Timeout == 0 || c.Timeout > mostAwaits {
		c.Timeout = mostAwaits
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	c.Transport = boundedTransport{base}
	return &c
}

type boundedTransport struct{ base http.RoundTripper }

func (b boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.base.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, mostBody), answer.Body}
	}
	return answer, err
}
