package auth_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// site is the server: passkeys, and the accounts that it knows.
type site struct {
	t        *testing.T
	passkeys *auth.Passkeys
	accounts map[string]auth.Account // by handle
}

func newSite(t *testing.T) *site {
	t.Helper()
	p, err := auth.NewPasskeys("breach.example", "Klarlagt", "https://breach.example")
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, p, map[string]auth.Account{}}
}

func (s *site) find(handle []byte) (auth.Account, bool) {
	a, ok := s.accounts[string(handle)]
	return a, ok
}

// register gives an account and the authenticator that holds its passkey.
func (s *site) register(id auth.UserID) (auth.Account, *authenticator) {
	s.t.Helper()
	a := auth.Account{User: id, Name: breach.Hide("kalle.anka"), Shown: breach.Hide("Kalle Anka"), Handle: auth.NewHandle()}
	phone := newAuthenticator(s.t)
	options, state, err := s.passkeys.BeginRegistration(a)
	if err != nil {
		s.t.Fatal(err)
	}
	key, err := s.passkeys.FinishRegistration(a, state, phone.make(s.t, options))
	if err != nil {
		s.t.Fatal(errors.Unwrap(err))
	}
	a.Passkeys = append(a.Passkeys, key)
	s.accounts[string(a.Handle)] = a
	return a, phone
}

func (s *site) signIn(phone *authenticator) (auth.Account, error) {
	s.t.Helper()
	options, state, err := s.passkeys.BeginSignIn()
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.passkeys.FinishSignIn(s.find, state, phone.sign(s.t, options))
	if err == nil {
		s.accounts[string(a.Handle)] = a
	}
	return a, err
}

func TestPasskeys(t *testing.T) {
	s := newSite(t)
	_, phone := s.register("kalle")
	_, other := s.register("kajsa")
	for i, p := range []*authenticator{phone, other, phone} {
		a, err := s.signIn(p)
		if err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
		if want := []auth.UserID{"kalle", "kajsa", "kalle"}[i]; a.User != want {
			t.Errorf("sign-in %d is %s, want %s", i, a.User, want)
		}
	}
}

func TestPasskeysThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(s *site, a auth.Account, phone *authenticator)
	}{
		{"another page asks", func(_ *site, _ auth.Account, p *authenticator) { p.origin = "https://breach.example.evil.test" }},
		{"another host", func(_ *site, _ auth.Account, p *authenticator) { p.host = "evil.test" }},
		{"nobody touched it", func(_ *site, _ auth.Account, p *authenticator) { p.flags = 4 }},
		{"nobody was verified", func(_ *site, _ auth.Account, p *authenticator) { p.flags = 1 }},
		{"another key signs", func(s *site, _ auth.Account, p *authenticator) { p.key = newAuthenticator(s.t).key }},
		{"a copy counts backward", func(_ *site, _ auth.Account, p *authenticator) { p.count -= 1 }},
		{"the handle of another", func(s *site, _ auth.Account, p *authenticator) { a, _ := s.register("kajsa"); p.handle = a.Handle }},
		{"the handle of nobody", func(_ *site, _ auth.Account, p *authenticator) { p.handle = auth.NewHandle() }},
		{"no handle", func(_ *site, _ auth.Account, p *authenticator) { p.handle = nil }},
		{"a passkey that was removed", func(s *site, a auth.Account, _ *authenticator) { a.Passkeys = nil; s.accounts[string(a.Handle)] = a }},
		{"an account that has ended", func(s *site, a auth.Account, _ *authenticator) { a.Ended = true; s.accounts[string(a.Handle)] = a }},
	} {
		s := newSite(t)
		a, phone := s.register("kalle")
		c.spoil(s, a, phone)
		var refusal *breach.Refusal
		if got, err := s.signIn(phone); !errors.As(err, &refusal) || refusal.Key != "refusal.passkey" || got.User != "" {
			t.Errorf("%s: signed in as %q, %v", c.name, got.User, err)
		}
	}
}

func TestACeremonyIsForOneThing(t *testing.T) {
	s := newSite(t)
	a, phone := s.register("kalle")
	first, firstState, _ := s.passkeys.BeginSignIn()
	_, secondState, _ := s.passkeys.BeginSignIn()
	if _, err := s.passkeys.FinishSignIn(s.find, secondState, phone.sign(t, first)); err == nil {
		t.Error("the answer to one question was taken for another")
	}
	options, registration, _ := s.passkeys.BeginRegistration(a)
	if _, err := s.passkeys.FinishSignIn(s.find, registration, phone.sign(t, options)); err == nil {
		t.Error("a registration signed somebody in")
	}
	if _, err := s.passkeys.FinishRegistration(a, firstState, newAuthenticator(t).make(t, options)); err == nil {
		t.Error("a sign-in registered a passkey")
	}
	other, _ := s.register("kajsa")
	if _, err := s.passkeys.FinishRegistration(other, registration, newAuthenticator(t).make(t, options)); err == nil {
		t.Error("a passkey went to another account")
	}
	if _, err := s.passkeys.FinishSignIn(s.find, firstState, phone.sign(t, first)); err != nil {
		t.Errorf("and the right one does not go: %v", err)
	}
}

func TestAnswersOfManyBits(t *testing.T) {
	s := newSite(t)
	_, phone := s.register("kalle")
	options, state, _ := s.passkeys.BeginSignIn()
	good := phone.sign(t, options)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if a, err := s.passkeys.FinishSignIn(s.find, state, bad); err == nil && a.User != "kalle" {
			t.Fatalf("bit %d: signed in as %s", i, a.User)
		}
	}
	for name, bad := range map[string][]byte{"nothing": nil, "an empty object": []byte("{}"), "long": []byte(strings.Repeat(" ", 1<<20))} {
		if _, err := s.passkeys.FinishSignIn(s.find, state, bad); err == nil {
			t.Errorf("%s signed somebody in", name)
		}
	}
	if _, err := s.passkeys.FinishSignIn(s.find, auth.Ceremony("{}"), good); err == nil {
		t.Error("a ceremony without a challenge signed somebody in")
	}
}

func FuzzPasskeyAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`), []byte(`{"challenge":"AAAAAAAAAAAAAAAAAAAAAA"}`))
	f.Add([]byte(`{}`), []byte(`{}`))
	p, err := auth.NewPasskeys("breach.example", "Klarlagt", "https://breach.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer, state []byte) {
		find := func([]byte) (auth.Account, bool) { return auth.Account{User: "u", Handle: []byte("h")}, true }
		if a, err := p.FinishSignIn(find, state, answer); err == nil {
			t.Errorf("signed in as %s", a.User)
		}
		if _, err := p.FinishRegistration(auth.Account{Handle: []byte("h")}, state, answer); err == nil && len(answer) < 100 {
			t.Errorf("registered %q", answer)
		}
	})
}
