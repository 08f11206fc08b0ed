package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// control opens a fresh control database, and tells how to open it again.
func control(t *testing.T) (*store.Control, store.ControlConfig) {
	t.Helper()
	c := config(t)
	conf := store.ControlConfig{Dir: c.Dir, Postgres: c.Postgres, Schema: c.Schema, Master: seal.NewKey()}
	return reopened(t, conf), conf
}

func reopened(t *testing.T, conf store.ControlConfig) *store.Control {
	t.Helper()
	c, err := store.OpenControl(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// moment is so long after the beginning of one run of the server.
func moment(d time.Duration) auth.Instant { return auth.Instant{Wall: clock.Add(d), Run: "run", Up: d} }

// diary is a journal of a tenant with one open case.
type diary struct{}

func (diary) Case(_ context.Context, id auth.CaseID) (auth.Case, bool, error) {
	return auth.Case{ID: id, Tenant: "town"}, true, nil
}
func (diary) Approval(context.Context, string) (auth.Approval, bool, error) {
	return auth.Approval{}, false, nil
}
func (diary) SaveApproval(context.Context, auth.Approval) error { return nil }
func (diary) Spent(context.Context, auth.UserID, auth.CaseID, string, time.Time) (auth.Spent, error) {
	return auth.Spent{}, nil
}
func (diary) Append(context.Context, auth.Act) error { return nil }

// grant mints a grant of an administrator or investigator of a tenant.
func grant(t *testing.T, tenant auth.TenantID, ask auth.Ask) auth.Grant {
	t.Helper()
	s, _ := auth.Begin("somebody", tenant, auth.Roles(), []auth.CaseID{"0a0a0a0a"}, auth.OwnNetwork, moment(0))
	ask.Now = moment(0)
	g, err := auth.Check(t.Context(), diary{}, s, ask)
	if err != nil {
		t.Fatalf("%s: %v", ask.Action, err)
	}
	return g
}

// first sets up the first administrator of a tenant.
func first(t *testing.T, c *store.Control, tenant auth.TenantID, name string) store.User {
	t.Helper()
	code, err := c.NewSetup(t.Context(), tenant, moment(0))
	if err != nil {
		t.Fatal(err)
	}
	u, err := store.NewUser(tenant, name, "Aku Ankka", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	u.Password = "$argon2id$made-up"
	if u, err = c.FinishSetup(t.Context(), code.Reveal(), u, moment(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return u
}

// invited makes a user of the tenant, who has not set anything up.
func invited(t *testing.T, c *store.Control, tenant auth.TenantID, name string) (store.User, string) {
	t.Helper()
	u, err := store.NewUser(tenant, name, "", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	code, err := c.AddUser(t.Context(), grant(t, tenant, auth.Ask{Action: auth.ManageUsers}), u, moment(0))
	if err != nil {
		t.Fatal(err)
	}
	return u, code.Reveal()
}

func TestSetupCodeMakesOneAdministrator(t *testing.T) {
	c, _ := control(t)
	code, err := c.NewSetup(t.Context(), "town", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		code string
		at   time.Duration
	}{"another code": {"AAAA-BBBB-CCCC-DDDD", 0}, "no code": {"", 0}, "too late": {code.Reveal(), auth.SetupFor + time.Second}, "before it was made": {code.Reveal(), -time.Second}} {
		if _, err := c.Setup(t.Context(), try.code, moment(try.at)); refusalOf(err) != "refusal.setup-code" {
			t.Errorf("%s: %v", name, err)
		}
	}
	u, _ := store.NewUser("", "Kalle", "Kalle Anka", moment(0))
	made, err := c.FinishSetup(t.Context(), strings.ToLower(code.Reveal()), u, moment(time.Minute))
	if err != nil || made.Tenant != "town" || !slices.Equal(made.Roles, []auth.Role{auth.Administrator}) {
		t.Fatalf("tenant %q, roles %v, %v", made.Tenant, made.Roles, err)
	}
	if _, err := c.FinishSetup(t.Context(), code.Reveal(), u, moment(time.Minute)); refusalOf(err) != "refusal.setup-code" {
		t.Errorf("the same code again: %v", err)
	}
	if _, err := c.NewSetup(t.Context(), "town", moment(0)); refusalOf(err) != "refusal.setup-code" {
		t.Errorf("another first administrator: %v", err)
	}
}

func TestNewSetupCodeTakesThePlaceOfTheOld(t *testing.T) {
	c, _ := control(t)
	old, _ := c.NewSetup(t.Context(), "town", moment(0))
	code, err := c.NewSetup(t.Context(), "town", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Setup(t.Context(), old.Reveal(), moment(0)); err == nil {
		t.Error("the old code is good")
	}
	if s, err := c.Setup(t.Context(), code.Reveal(), moment(0)); err != nil || s.Tenant != "town" || s.User != "" {
		t.Errorf("the new code: %+v, %v", s, err)
	}
}

func TestUserIsFoundByTheNameHoweverItIsTyped(t *testing.T) {
	c, conf := control(t)
	u := first(t, c, "town", "  Kalle   ANKA ")
	c = reopened(t, conf)
	for name, there := range map[string]bool{"kalle anka": true, "KALLE ANKA": true, " Kalle  Anka": true, "kalleanka": false, "": false, "%": false} {
		got, ok, err := c.UserNamed(t.Context(), name)
		if err != nil || ok != there || ok && (got.User != u.User || got.Name.Reveal() != "kalle anka" || got.Shown.Reveal() != "Aku Ankka" || !bytes.Equal(got.Handle, u.Handle)) {
			t.Errorf("%q: %t, %v", name, ok, err)
		}
	}
	if got, ok, err := c.UserByHandle(t.Context(), u.Handle); err != nil || !ok || got.User != u.User {
		t.Errorf("by handle: %t, %v", ok, err)
	}
	if _, ok, _ := c.UserByHandle(t.Context(), []byte("x")); ok {
		t.Error("a handle of nobody finds somebody")
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", "   ", "123", "a\x00b", "a\u202eb", strings.Repeat("a", 101), "a\xff"} {
		if _, err := store.NewUser("town", name, "", moment(0)); refusalOf(err) != "refusal.user-name" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNobodySeesTheUsersOfAnotherTenant(t *testing.T) {
	c, _ := control(t)
	ours, theirs := first(t, c, "town", "kalle"), first(t, c, "village", "kajsa")
	list, err := c.Users(t.Context(), grant(t, "town", auth.Ask{Action: auth.ManageUsers}))
	if err != nil || len(list) != 1 || list[0].User != ours.User {
		t.Errorf("%d users, %v", len(list), err)
	}
	g := grant(t, "town", auth.Ask{Action: auth.AssignRoles, Subject: theirs.User, Object: string(theirs.User)})
	if err := c.SetRoles(t.Context(), g, nil); refusalOf(err) != "refusal.no-such-user" {
		t.Errorf("roles of another tenant's user: %v", err)
	}
	g = grant(t, "town", auth.Ask{Action: auth.ManageMembers, Case: "0a0a0a0a", Subject: theirs.User, Object: string(theirs.User)})
	if err := c.Join(t.Context(), g); refusalOf(err) != "refusal.no-such-user" {
		t.Errorf("another tenant's user on our case: %v", err)
	}
	if _, err := c.Users(t.Context(), auth.Grant{}); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("without a grant: %v", err)
	}
	u, _ := store.NewUser("village", "joakim", "", moment(0))
	if _, err := c.AddUser(t.Context(), grant(t, "town", auth.Ask{Action: auth.ManageUsers}), u, moment(0)); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("a user for another tenant: %v", err)
	}
	if u, _ = store.NewUser("town", "Kajsa", "", moment(0)); u.User == "" {
		t.Fatal("no user")
	}
	if _, err := c.AddUser(t.Context(), grant(t, "town", auth.Ask{Action: auth.ManageUsers}), u, moment(0)); refusalOf(err) != "refusal.name-taken" {
		t.Errorf("a name that somebody has: %v", err)
	}
}

func TestSomebodyIsLeftToAdminister(t *testing.T) {
	c, _ := control(t)
	boss := first(t, c, "town", "kalle")
	other, code := invited(t, c, "town", "kajsa")
	roles := func(u store.User, roles ...auth.Role) error {
		return c.SetRoles(t.Context(), grant(t, "town", auth.Ask{Action: auth.AssignRoles, Subject: u.User, Object: string(u.User)}), roles)
	}
	end := func(u store.User) error {
		return c.EndUser(t.Context(), grant(t, "town", auth.Ask{Action: auth.ResetSignIn, Subject: u.User, Object: string(u.User)}))
	}
	if err := roles(other, auth.Administrator); err != nil {
		t.Fatal(err)
	}
	if err := roles(boss); refusalOf(err) != "refusal.last-administrator" {
		t.Errorf("the other cannot sign in yet: %v", err)
	}
	set := other
	set.Password = "$argon2id$made-up"
	if _, err := c.FinishSetup(t.Context(), code, set, moment(0)); err != nil {
		t.Fatal(err)
	}
	if err := roles(boss, auth.Desk); err != nil {
		t.Errorf("with another administrator: %v", err)
	}
	if err := end(other); refusalOf(err) != "refusal.last-administrator" {
		t.Errorf("end the last: %v", err)
	}
	if err := end(boss); err != nil {
		t.Errorf("end another: %v", err)
	}
	list, _ := c.Users(t.Context(), grant(t, "town", auth.Ask{Action: auth.ManageUsers}))
	i := slices.IndexFunc(list, func(u store.User) bool { return u.User == boss.User }) // both were made in the same moment
	if len(list) != 2 || i < 0 || !list[i].Ended || len(list[i].Roles) != 0 || list[i].Password != "" {
		t.Errorf("%d users, and the ended one among them is not what it should be", len(list))
	}
}

func TestResetTakesEveryWayIn(t *testing.T) {
	c, _ := control(t)
	first(t, c, "town", "kalle")
	u, code := invited(t, c, "town", "kajsa")
	u.Password, u.TOTP, u.Passkeys = "$argon2id$made-up", auth.TOTP{Secret: breach.Hide("AAAA")}, []auth.Passkey{{ID: []byte("key")}}
	u, err := c.FinishSetup(t.Context(), code, u, moment(0))
	if err != nil {
		t.Fatal(err)
	}
	s, token := auth.Begin(u.User, "town", nil, nil, auth.Internet, moment(0))
	if err := c.BeginSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	fresh, err := c.ResetSignIn(t.Context(), grant(t, "town", auth.Ask{Action: auth.ResetSignIn, Subject: u.User, Object: string(u.User)}), moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, open, err := c.Session(t.Context(), token.Hash(), moment(time.Second)); open || err != nil {
		t.Errorf("the session is open: %t, %v", open, err)
	}
	got, _, err := c.UserNamed(t.Context(), "kajsa")
	if err != nil || got.Password != "" || !got.TOTP.Secret.IsZero() || len(got.Passkeys) != 0 {
		t.Errorf("something is left, %v", err)
	}
	if found, err := c.Setup(t.Context(), fresh.Reveal(), moment(0)); err != nil || found.User != u.User || found.Name.Reveal() != "kajsa" {
		t.Errorf("the new code: %v", err)
	}
}

func TestWhatWasUsedUpIsUsedOnce(t *testing.T) {
	c, _ := control(t)
	u := first(t, c, "town", "kalle")
	u, err := c.Self(t.Context(), auth.Session{User: u.User, Tenant: "town"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SaveSignIn(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if err := c.SaveSignIn(t.Context(), u); !errors.Is(err, store.ErrChanged) {
		t.Errorf("an account as it stood before: %v", err)
	}
	if _, err := c.Self(t.Context(), auth.Session{User: u.User, Tenant: "village"}); err == nil {
		t.Error("an account through a session of another tenant")
	}
}

func TestOneSignInTooManyEndsTheOldest(t *testing.T) {
	c, _ := control(t)
	u := first(t, c, "town", "kalle")
	var tokens []auth.Token
	for i := range auth.MostSessions + 2 {
		s, token := auth.Begin(u.User, "town", u.Roles, nil, auth.OwnNetwork, moment(time.Duration(i)*time.Minute))
		if err := c.BeginSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	for i, token := range tokens {
		_, open, err := c.Session(t.Context(), token.Hash(), moment(20*time.Minute))
		if err != nil || open != (i >= 2) {
			t.Errorf("sign-in %d of %d: open %v, %v", i+1, len(tokens), open, err)
		}
	}
}

func TestSessionsEndInTheDatabase(t *testing.T) {
	c, conf := control(t)
	u := first(t, c, "town", "kalle")
	begin := func(at time.Duration) (auth.Session, auth.Token) {
		t.Helper()
		s, token := auth.Begin(u.User, "town", u.Roles, nil, auth.OwnNetwork, moment(at))
		if err := c.BeginSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		return s, token
	}
	open := func(token auth.Token, at time.Duration) bool {
		t.Helper()
		_, ok, err := c.Session(t.Context(), token.Hash(), moment(at))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	_, idle := begin(0)
	if !open(idle, auth.IdleFor) || open(idle, 2*auth.IdleFor+time.Second) || open(idle, auth.IdleFor) {
		t.Error("idle: open too long, or ended too soon, or open again")
	}
	_, busy := begin(0)
	last := time.Duration(0)
	for last = 0; open(busy, last) && last < 24*time.Hour; last += 20 * time.Minute {
		c = reopened(t, conf)
	}
	if last <= auth.LastsFor-time.Hour || last > auth.LastsFor+20*time.Minute {
		t.Errorf("a busy session ended after %v", last)
	}
	s, token := begin(0)
	up, fresh, _ := s.StepUp(moment(time.Minute))
	if err := c.StepUp(t.Context(), up, s.Hash); err != nil {
		t.Fatal(err)
	}
	if open(token, time.Minute) || !open(fresh, time.Minute) {
		t.Error("after a step-up the old token opens, or the new does not")
	}
	other, _ := begin(0)
	list, err := c.Sessions(t.Context(), s, moment(time.Minute))
	if err != nil || len(list) != 2 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	stranger := auth.Session{User: "somebody else", ID: "x"}
	if err := errors.Join(c.EndSession(t.Context(), stranger, s.ID), c.EndOthers(t.Context(), stranger)); err != nil || !open(fresh, time.Minute) {
		t.Errorf("somebody else ended a session, %v", err)
	}
	if err := c.EndOthers(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if list, _ = c.Sessions(t.Context(), s, moment(time.Minute)); len(list) != 1 || list[0].ID == other.ID {
		t.Errorf("%d sessions are left", len(list))
	}
}

func TestSessionHasTheRolesAndCasesOfNow(t *testing.T) {
	c, _ := control(t)
	u := first(t, c, "town", "kalle")
	s, token := auth.Begin(u.User, "town", u.Roles, nil, auth.OwnNetwork, moment(0))
	if err := c.BeginSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	subject := auth.Ask{Case: "0a0a0a0a", Action: auth.ManageMembers, Subject: u.User, Object: string(u.User)}
	if err := c.Join(t.Context(), grant(t, "town", subject)); err != nil {
		t.Fatal(err)
	}
	if members, err := c.Members(t.Context(), grant(t, "town", auth.Ask{Action: auth.ReadReport, Case: "0a0a0a0a"})); err != nil || len(members) != 1 {
		t.Errorf("%d members, %v", len(members), err)
	}
	got, ok, err := c.Session(t.Context(), token.Hash(), moment(time.Second))
	if err != nil || !ok || !slices.Equal(got.Cases, []auth.CaseID{"0a0a0a0a"}) || !slices.Equal(got.Roles, u.Roles) {
		t.Errorf("cases %v, roles %v, %v", got.Cases, got.Roles, err)
	}
	if err := c.Leave(t.Context(), grant(t, "town", subject)); err != nil {
		t.Fatal(err)
	}
	if got, _, _ = c.Session(t.Context(), token.Hash(), moment(2*time.Second)); len(got.Cases) != 0 {
		t.Errorf("after leaving: %v", got.Cases)
	}
}

func TestFailuresAreRememberedThroughARestart(t *testing.T) {
	c, conf := control(t)
	for range auth.AccountPace.Free + 3 {
		if _, err := c.Failed(t.Context(), "Nobody", "192.0.2.1", moment(0)); err != nil {
			t.Fatal(err)
		}
	}
	c = reopened(t, conf)
	wait, err := c.Wait(t.Context(), " nobody", "192.0.2.2", moment(0))
	if err != nil || wait != 4*time.Second {
		t.Errorf("the name waits %v, %v", wait, err)
	}
	if wait, _ := c.Wait(t.Context(), "somebody", "192.0.2.2", moment(0)); wait != 0 {
		t.Errorf("another name waits %v", wait)
	}
	for range auth.AddressPace.Free {
		if _, err := c.Failed(t.Context(), "", "192.0.2.1", moment(0)); err != nil {
			t.Fatal(err)
		}
	}
	if wait, _ := c.Wait(t.Context(), "somebody", "192.0.2.1", moment(0)); wait == 0 {
		t.Error("the address does not wait")
	}
	if _, err := c.Forgive(t.Context(), "nobody"); err != nil {
		t.Fatal(err)
	}
	if wait, _ := c.Wait(t.Context(), "nobody", "192.0.2.2", moment(0)); wait != 0 {
		t.Errorf("forgiven, and waits %v", wait)
	}
}

func TestFlowIsReadByWhoBeganIt(t *testing.T) {
	c, _ := control(t)
	secret, err := c.BeginFlow(t.Context(), "set-up", map[string]string{"a": "b"}, moment(0))
	if err != nil {
		t.Fatal(err)
	}
	read := func(kind, secret string, at time.Duration, end bool) bool {
		t.Helper()
		var v map[string]string
		ok, err := c.Flow(t.Context(), kind, secret, &v, moment(at), end)
		if err != nil || ok && v["a"] != "b" {
			t.Errorf("%v, %v", v, err)
		}
		return ok
	}
	if read("sign-in", secret.Reveal(), 0, false) || read("set-up", "x", 0, false) || read("set-up", secret.Reveal(), time.Hour, false) || read("set-up", secret.Reveal(), -time.Hour, false) {
		t.Error("read as another kind, with another secret, or at another time")
	}
	if !read("set-up", secret.Reveal(), time.Minute, false) || !read("set-up", secret.Reveal(), time.Minute, true) || read("set-up", secret.Reveal(), time.Minute, true) {
		t.Error("not read, or read once it was over")
	}
}

func TestProviderGivesTheRoles(t *testing.T) {
	c, _ := control(t)
	first(t, c, "town", "kalle")
	id := auth.Identity{Key: "https://login.example#1", Name: breach.Hide("Kajsa Anka"), Roles: []auth.Role{auth.Desk}}
	made, err := c.KeepIdentity(t.Context(), "town", id, moment(0))
	if err != nil || made.Shown.Reveal() != "Kajsa Anka" {
		t.Fatal(err)
	}
	id.Roles = []auth.Role{auth.Reviewer}
	again, err := c.KeepIdentity(t.Context(), "town", id, moment(0))
	if err != nil || again.User != made.User {
		t.Errorf("another account, or %v", err)
	}
	if got, ok, err := c.UserByKey(t.Context(), "town", id.Key); err != nil || !ok || !slices.Equal(got.Roles, id.Roles) {
		t.Errorf("roles %v, %v", got.Roles, err)
	}
	if _, ok, _ := c.UserByKey(t.Context(), "village", id.Key); ok {
		t.Error("another tenant's provider finds them")
	}
}

func TestAnotherMasterKeyOpensNothing(t *testing.T) {
	_, conf := control(t)
	conf.Master = seal.NewKey()
	if _, err := store.OpenControl(t.Context(), conf); refusalOf(err) != "refusal.control-key" {
		t.Errorf("got %v", err)
	}
}

func TestControlDatabaseSaysNothingOfAnybody(t *testing.T) {
	c, conf := control(t)
	if conf.Postgres != "" {
		t.Skip("the files are the server's")
	}
	first(t, c, "town", "kalle.anka")
	if _, err := c.Failed(t.Context(), "kajsa.anka", "192.0.2.77", moment(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.BeginFlow(t.Context(), "set-up", map[string]string{"name": "joakim"}, moment(0)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(conf.Dir, "control.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files")
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{"kalle", "kajsa", "joakim", "Ankka", "192.0.2", "argon2id"} {
			if bytes.Contains(raw, []byte(value)) {
				t.Errorf("%s holds %q", filepath.Base(f), value)
			}
		}
	}
}
