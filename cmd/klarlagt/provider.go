package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// providerFile is the settings of organisations' own sign-ins, by tenant. The
// client's secret lies in a file of its own.
type providerFile map[auth.TenantID]struct {
	Issuer     string               `json:"issuer"`
	ClientID   string               `json:"client_id"`
	SecretFile string               `json:"secret_file"`
	Redirect   string               `json:"redirect"` // https://HOST/sign-in/provider/back
	RoleClaim  string               `json:"role_claim"`
	Roles      map[string]auth.Role `json:"roles"` // of the provider → ours
	Classes    []string             `json:"acr"`   // one of them is asked for
	Means      []string             `json:"amr"`   // each of them is
}

// providers reads the settings and asks each provider how it works.
func (a *app) providers(ctx context.Context, path string) (map[auth.TenantID]*auth.OIDC, error) {
	all := map[auth.TenantID]*auth.OIDC{}
	if path == "" {
		return all, nil
	}
	bad := func(err error) error {
		return &breach.Refusal{Key: "cmd.serve.provider", Args: map[string]any{"Path": path}, Err: err}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, bad(err)
	}
	var file providerFile
	read := json.NewDecoder(strings.NewReader(string(raw)))
	read.DisallowUnknownFields()
	if err := read.Decode(&file); err != nil {
		return nil, bad(err)
	}
	for tenant, s := range file {
		p := auth.Provider{Issuer: s.Issuer, ClientID: s.ClientID, Redirect: s.Redirect, RoleClaim: s.RoleClaim, Roles: s.Roles, Classes: s.Classes, Means: s.Means}
		for _, r := range s.Roles {
			if _, known := auth.ParseRole(string(r)); !known {
				return nil, bad(errors.New("there is no role " + string(r)))
			}
		}
		if s.SecretFile != "" {
			secret, err := os.ReadFile(s.SecretFile)
			if err != nil {
				return nil, bad(err)
			}
			p.Secret = breach.Hide(strings.TrimSpace(string(secret)))
		}
		if all[tenant], err = auth.Discover(ctx, p, nil); err != nil {
			return nil, err
		}
	}
	return all, nil
}
