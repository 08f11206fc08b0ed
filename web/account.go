package web

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// accountPage is what somebody sees of their own account.
type accountPage struct {
	Name, Shown breach.Personal
	Roles       []auth.Role
	Password    bool
	Codes       int
	Keys        []string // of passkeys, as paths name them
	Sessions    []auth.Session
	Mine        auth.SessionID
}

func showAccount(v *visit) error { return v.accountForm(nil) }

func (v *visit) accountForm(wrong error) error {
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	p := accountPage{Name: u.Name, Shown: u.Shown, Roles: u.Roles, Password: u.Password != "", Codes: len(u.Recovery), Mine: v.session.ID}
	for _, k := range u.Passkeys {
		p.Keys = append(p.Keys, keyName(k))
	}
	if p.Sessions, err = v.Control.Sessions(v.Context(), v.session, v.now); err != nil {
		return err
	}
	return v.form("account", p, wrong)
}

// keyName is how a path names a passkey.
func keyName(k auth.Passkey) string { sum := sha256.Sum256(k.ID); return hex.EncodeToString(sum[:8]) }

// changePassword takes the old one once more: a session left open is not
// enough.
func changePassword(v *visit) error {
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	leave, err := v.enterHashing(v.Context())
	if err != nil {
		return err
	}
	defer leave()
	name, address := "step-up "+string(v.session.User), v.address().String()
	wait, err := v.Control.Wait(v.Context(), name, address, v.now)
	if err != nil {
		return err
	}
	if wait > 0 {
		f, err := v.Control.FailedElsewhere(v.Context(), v.now)
		return v.accountForm(v.noteFailed(auth.Later(wait), "change-password", "too-early", u, f, err))
	}
	if ok, _ := u.Password.Matches(v.PostFormValue("old")); !ok {
		f, err := v.Control.Failed(v.Context(), name, address, v.now)
		return v.accountForm(v.noteFailed(auth.ErrSignIn, "change-password", "wrong", u, f, err))
	}
	if u.Password, err = auth.NewPassword(v.PostFormValue("password"), u.Name.Reveal(), u.Shown.Reveal(), string(u.Tenant)); err != nil {
		return v.accountForm(err)
	}
	return v.keepOwn(u, "/account")
}

// keepOwn keeps a changed account, and ends every other session of its owner.
func (v *visit) keepOwn(u store.User, next string) error {
	if err := v.Control.SaveSignIn(v.Context(), u); err != nil {
		return err
	}
	if err := v.Control.EndOthers(v.Context(), v.session); err != nil {
		return err
	}
	return v.redirect(next)
}

func renewRecovery(v *visit) error {
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	codes, hashes := auth.NewRecovery()
	u.Recovery = hashes
	if err := v.Control.SaveSignIn(v.Context(), u); err != nil {
		return err
	}
	return v.showOnce(codes)
}

func endSignIn(v *visit) error {
	if err := v.Control.EndSession(v.Context(), v.session, auth.SessionID(v.PathValue("id"))); err != nil {
		return err
	}
	v.release()
	v.lockers.end(auth.SessionID(v.PathValue("id")))
	return v.redirect("/account")
}

func removePasskey(v *visit) error {
	u, err := v.Control.Self(v.Context(), v.session)
	if err != nil {
		return err
	}
	u.Passkeys = slices.DeleteFunc(u.Passkeys, func(k auth.Passkey) bool { return keyName(k) == v.PathValue("id") })
	if u.Password == "" && len(u.Passkeys) == 0 {
		return &breach.Refusal{Key: "refusal.last-passkey"}
	}
	return v.keepOwn(u, "/account")
}
