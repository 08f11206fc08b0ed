package web

import (
	"encoding/json"
	"errors"
	"io"
	"net"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// mostPasskeys is how many one account may have.
const mostPasskeys = 10

func newPasskeys(c Config) (*auth.Passkeys, error) {
	name, _, err := net.SplitHostPort(c.Host)
	if err != nil {
		name = c.Host
	}
	scheme := "https://"
	if c.Plain {
		scheme = "http://"
	}
	return auth.NewPasskeys(name, "Klarlagt", scheme+c.Host)
}

// ceremonyFlow is a ceremony with a passkey under way.
type ceremonyFlow struct {
	User  auth.UserID // "" for a sign-in
	State auth.Ceremony
}

// beginCeremony keeps its state for this browser, and sends it the options.
func (v *visit) beginCeremony(kind string, options []byte, state auth.Ceremony) error {
	secret, err := v.Control.BeginFlow(v.Context(), kind, ceremonyFlow{v.session.User, state}, v.now)
	if err != nil {
		return err
	}
	v.setCookie("flow", secret.Reveal())
	return v.json(json.RawMessage(options))
}

// ceremony ends the one that this browser is in, and reads what it answered.
func (v *visit) ceremony(kind string) (auth.Ceremony, []byte, error) {
	var f ceremonyFlow
	there, err := v.flow(kind, &f, true)
	if err != nil {
		return nil, nil, err
	}
	answer, err := io.ReadAll(v.Body) // bounded by the guard
	if err != nil {
		return nil, nil, err
	}
	if !there || f.User != v.session.User {
		return nil, nil, auth.ErrSignIn
	}
	return f.State, answer, nil
}

func beginPasskey(v *visit) error {
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	if v.passkeys == nil || len(u.Passkeys) >= mostPasskeys {
		return &breach.Refusal{Key: "refusal.passkeys", Args: map[string]any{"Most": mostPasskeys}}
	}
	options, state, err := v.passkeys.BeginRegistration(u.Account)
	if err != nil {
		return err
	}
	return v.beginCeremony("passkey", options, state)
}

func addPasskey(v *visit) error {
	state, answer, err := v.ceremony("passkey")
	if err != nil {
		return err
	}
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	key, err := v.passkeys.FinishRegistration(u.Account, state, answer)
	if err != nil {
		return err
	}
	u.Passkeys = append(u.Passkeys, key)
	return v.keepOwn(u, "/account")
}

func beginPasskeySignIn(v *visit) error {
	if v.passkeys == nil {
		return errNotThere
	}
	options, state, err := v.passkeys.BeginSignIn()
	if err != nil {
		return err
	}
	return v.beginCeremony("passkey-sign-in", options, state)
}

// passkeySignIn signs in whoever has the passkey, or proves anew who is signed
// in.
func passkeySignIn(v *visit) error {
	state, answer, err := v.ceremony("passkey-sign-in")
	if err != nil {
		return err
	}
	var found store.User
	account, err := v.passkeys.FinishSignIn(func(handle []byte) (auth.Account, bool) {
		u, there, err := v.Control.UserByHandle(v.Context(), handle)
		found = u
		return u.Account, err == nil && there
	}, state, answer)
	if err != nil {
		return v.failedElsewhere(err, found)
	}
	if account.Ended || account.User != found.User {
		return v.failedElsewhere(auth.ErrSignIn, found)
	}
	found.Account = account
	if err := v.Control.SaveSignIn(v.Context(), found); errors.Is(err, store.ErrChanged) {
		return auth.ErrSignIn
	} else if err != nil {
		return err
	}
	if v.session.User != "" {
		return v.proved(found)
	}
	return v.begin(found, v.URL.Query().Get("next"))
}
