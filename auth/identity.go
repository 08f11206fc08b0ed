package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Provider is where an organisation's people sign in.
type Provider struct {
	Issuer    string // as the provider writes it, such as https://login.example/realms/town
	ClientID  string
	Secret    breach.Personal // of the client; none for a public one
	Redirect  string          // the address here that the browser comes back to
	RoleClaim string          // which claim holds app roles; "" for "roles"
	Roles     map[string]Role // what they are here; a role that is not listed gives nothing

	// How the provider has to have made sure of who it is: one of these classes
	// (acr), and each of these means (amr, such as "mfa"). None: as it sees fit.
	Classes, Means []string
}

// Identity is who a provider says somebody is.
type Identity struct {
	Key   string          // stays the same for life; an e-mail address does not
	Name  breach.Personal // to show
	Email breach.Personal // to show; nothing is found by it
	Roles []Role
}

// mostClaims bounds what a provider says of one person.
const mostClaims = 64 << 10

// claims is what we read of an identity token.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	TenantID string `json:"tid"` // Entra
	ObjectID string `json:"oid"` // Entra
	Name     string `json:"name"`
	Email    string `json:"email"`
}

// Identify reads verified claims. The key is tid and oid at Entra, where sub is
// another one for each application, and iss and sub anywhere else.
func (p Provider) Identify(raw []byte) (Identity, error) {
	var c claims
	if len(raw) > mostClaims {
		return Identity{}, errors.New("claims beyond all size")
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Identity{}, errors.New("claims that cannot be read") // the library's error quotes them
	}
	id := Identity{Name: breach.Hide(c.Name), Email: breach.Hide(c.Email)}
	switch {
	case c.Issuer != p.Issuer || c.Subject == "" || len(c.Subject) > 255: // OpenID Connect Core 1.0, 2
		return Identity{}, errors.New("claims of another issuer, or of nobody")
	case !p.entra():
		id.Key = c.Issuer + "#" + c.Subject // an issuer has no fragment
	case !isUUID(c.TenantID) || !isUUID(c.ObjectID) || !strings.Contains(p.Issuer, c.TenantID):
		return Identity{}, errors.New("claims of another directory, or of nobody in it")
	default:
		id.Key = "entra#" + c.TenantID + "#" + c.ObjectID
	}
	var err error
	id.Roles, err = p.roles(raw)
	return id, err
}

// entra reports whether the provider is Microsoft's: only there do tid and oid
// mean what they say.
func (p Provider) entra() bool {
	issuer, err := url.Parse(p.Issuer)
	return err == nil && slices.Contains([]string{"login.microsoftonline.com", "login.microsoftonline.us", "sts.windows.net"}, issuer.Hostname())
}

// roles maps app roles to ours. Groups are not read: Entra leaves them out of
// the token of whoever is in more than two hundred.
func (p Provider) roles(raw []byte) ([]Role, error) {
	name := p.RoleClaim
	if name == "" {
		name = "roles"
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, errors.New("claims that cannot be read")
	}
	var given []string
	if value, has := all[name]; has && json.Unmarshal(value, &given) != nil {
		given = []string{""}
		if json.Unmarshal(value, &given[0]) != nil { // AD FS writes one role without a list
			return nil, fmt.Errorf("claim %s is not a list of texts", name)
		}
	}
	var roles []Role
	for _, r := range Roles() {
		if slices.ContainsFunc(given, func(g string) bool { return p.Roles[g] == r }) {
			roles = append(roles, r)
		}
	}
	return roles, nil
}

// isUUID reports whether a text has the form 8-4-4-4-12 in hexadecimal.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (r == '-') || !hyphen && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}
