package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
)

const (
	tid = "11111111-2222-3333-4444-555555555555"
	oid = "66666666-7777-8888-9999-aaaaaaaaaaaa"
)

var (
	entra = auth.Provider{Issuer: "https://login.microsoftonline.com/" + tid + "/v2.0", ClientID: "klarlagt",
		Roles: map[string]auth.Role{"Breach.Desk": auth.Desk, "Breach.DPO": auth.DPO}}
	town = auth.Provider{Issuer: "https://login.example/realms/town", ClientID: "klarlagt", RoleClaim: "app_roles",
		Roles: map[string]auth.Role{"desk": auth.Desk, "admins": auth.Administrator}}
)

func TestIdentify(t *testing.T) {
	entraClaims := func(rest string) string {
		return `{"iss":"` + entra.Issuer + `","sub":"pairwise","tid":"` + tid + `","oid":"` + oid + `"` + rest + `}`
	}
	townClaims := func(rest string) string { return `{"iss":"` + town.Issuer + `","sub":"0042"` + rest + `}` }
	for _, c := range []struct {
		name     string
		provider auth.Provider
		claims   string
		key      string // "" when refused
		roles    []auth.Role
	}{
		{"Entra", entra, entraClaims(`,"roles":["Breach.DPO","Breach.Desk"]`), "entra#" + tid + "#" + oid, []auth.Role{auth.DPO, auth.Desk}},
		{"Entra, roles of another application", entra, entraClaims(`,"roles":["Payroll.Admin","administrator"]`), "entra#" + tid + "#" + oid, nil},
		{"Entra, groups are not roles", entra, entraClaims(`,"groups":["Breach.DPO"]`), "entra#" + tid + "#" + oid, nil},
		{"Entra, another directory", entra, strings.Replace(entraClaims(""), `"tid":"1`, `"tid":"2`, 1), "", nil},
		{"Entra, no directory", entra, `{"iss":"` + entra.Issuer + `","sub":"pairwise","oid":"` + oid + `"}`, "", nil},
		{"Entra, no object", entra, `{"iss":"` + entra.Issuer + `","sub":"pairwise","tid":"` + tid + `"}`, "", nil},
		{"Entra, an object that is none", entra, strings.Replace(entraClaims(""), oid, "someone", 1), "", nil},
		{"another", town, townClaims(`,"app_roles":["desk"]`), town.Issuer + "#0042", []auth.Role{auth.Desk}},
		{"another that says it is Entra", town, townClaims(`,"tid":"` + tid + `","oid":"` + oid + `"`), town.Issuer + "#0042", nil},
		{"one role without a list", town, townClaims(`,"app_roles":"admins"`), town.Issuer + "#0042", []auth.Role{auth.Administrator}},
		{"roles in the wrong claim", town, townClaims(`,"roles":["desk"]`), town.Issuer + "#0042", nil},
		{"roles twice", town, townClaims(`,"app_roles":["desk","desk"]`), town.Issuer + "#0042", []auth.Role{auth.Desk}},
		{"roles that are no texts", town, townClaims(`,"app_roles":[1,{"a":2}]`), "", nil},
		{"roles that are null", town, townClaims(`,"app_roles":null`), town.Issuer + "#0042", nil},
		{"another issuer", town, strings.Replace(townClaims(""), "town", "city", 1), "", nil},
		{"nobody", town, `{"iss":"` + town.Issuer + `"}`, "", nil},
		{"a number for a subject", town, `{"iss":"` + town.Issuer + `","sub":42}`, "", nil},
		{"a subject beyond all length", town, `{"iss":"` + town.Issuer + `","sub":"` + strings.Repeat("x", 256) + `"}`, "", nil},
		{"claims beyond all size", town, townClaims(`,"x":"` + strings.Repeat("y", 1<<17) + `"`), "", nil},
		{"no claims", town, ``, "", nil},
		{"a list", town, `[]`, "", nil},
	} {
		id, err := c.provider.Identify([]byte(c.claims))
		switch {
		case c.key == "" && err == nil:
			t.Errorf("%s: taken for %s", c.name, id.Key)
		case c.key != "" && (err != nil || id.Key != c.key || !slices.Equal(id.Roles, c.roles)):
			t.Errorf("%s: got %s with %v, %v; want %s with %v", c.name, id.Key, id.Roles, err, c.key, c.roles)
		case err != nil && strings.Contains(err.Error(), "0042"):
			t.Errorf("%s: the error says who: %v", c.name, err)
		}
	}
}

// TestNothingIsFoundByAnAddress: addresses are given to somebody else later.
func TestNothingIsFoundByAnAddress(t *testing.T) {
	a, errA := town.Identify([]byte(`{"iss":"` + town.Issuer + `","sub":"1","email":"kalle@example.fi","name":"Kalle Anka"}`))
	b, errB := town.Identify([]byte(`{"iss":"` + town.Issuer + `","sub":"2","email":"kalle@example.fi","name":"Kalle Anka"}`))
	if errA != nil || errB != nil || a.Key == b.Key || a.Email != b.Email || a.Name.Reveal() != "Kalle Anka" {
		t.Errorf("two people with one address are %s and %s, %v, %v", a.Key, b.Key, errA, errB)
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add([]byte(`{"iss":"https://login.example/realms/town","sub":"0042","app_roles":["desk"]}`))
	f.Add([]byte(`{"iss":"https://login.example/realms/town","sub":"","app_roles":{"desk":1}}`))
	f.Add([]byte(`{"tid":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range []auth.Provider{entra, town} {
			id, err := p.Identify(raw)
			if err == nil && (id.Key == "" || slices.Contains(id.Roles, auth.Auditor)) {
				t.Errorf("%q is %q with %v", raw, id.Key, id.Roles)
			}
		}
	})
}
