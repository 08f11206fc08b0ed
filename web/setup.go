package web

import (
	"fmt"
	"html/template"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// setupFlow is a set-up under way: its code is good, and the app has its
// secret.
type setupFlow struct {
	Code, Secret, Address string
}

// setupPage is the form of a new account.
type setupPage struct {
	First       bool // the tenant's first administrator, who chooses a name
	Name, Shown string
	Secret      string
	QR          template.HTML
}

func showSetup(v *visit) error { return v.page("set-up", nil) }

// beginSetup takes the code.
func beginSetup(v *visit) error {
	ctx, address := v.Context(), v.address().String()
	wait, err := v.Control.Wait(ctx, "", address, v.now)
	if err != nil {
		return err
	}
	if wait > 0 {
		f, err := v.Control.FailedElsewhere(ctx, v.now)
		return v.form("set-up", nil, v.noteFailed(auth.Later(wait), "set-up", "too-early", store.User{}, f, err))
	}
	code := v.PostFormValue("code")
	s, err := v.Control.Setup(ctx, code, v.now)
	if err != nil {
		f, wrong := v.Control.Failed(ctx, "", address, v.now)
		return v.form("set-up", nil, v.noteFailed(err, "set-up", "wrong", store.User{}, f, wrong))
	}
	label := s.Name.Reveal()
	if label == "" {
		label = string(s.Tenant)
	}
	totp, link, err := auth.NewTOTP(v.text.T("web.mark"), label)
	if err != nil {
		return err
	}
	secret, err := v.Control.BeginFlow(ctx, "set-up", setupFlow{code, totp.Secret.Reveal(), link.Reveal()}, v.now)
	if err != nil {
		return err
	}
	v.setCookie("flow", secret.Reveal())
	return v.redirect("/set-up/account")
}

func showSetupAccount(v *visit) error {
	f, s, err := v.setup()
	if err != nil {
		return v.form("set-up", nil, err)
	}
	return v.setupForm(f, s, nil)
}

// setup is the set-up that this browser is in the middle of.
func (v *visit) setup() (setupFlow, store.Setup, error) {
	var f setupFlow
	if _, err := v.flow("set-up", &f, false); err != nil {
		return f, store.Setup{}, err
	}
	s, err := v.Control.Setup(v.Context(), f.Code, v.now)
	return f, s, err
}

func (v *visit) setupForm(f setupFlow, s store.Setup, wrong error) error {
	code, err := drawQR(f.Address, v.text.T("web.set-up.qr"))
	if err != nil {
		return err
	}
	p := setupPage{First: s.User == "", Name: s.Name.Reveal(), Shown: s.Shown.Reveal(), Secret: f.Secret, QR: code}
	if p.First {
		p.Name, p.Shown = v.PostFormValue("name"), v.PostFormValue("shown")
	}
	return v.form("set-up-account", p, wrong)
}

// finishSetup makes the account, once the app has given a first code, and signs
// its owner in.
func finishSetup(v *visit) error {
	f, s, err := v.setup()
	if err != nil {
		return v.form("set-up", nil, err)
	}
	name, shown := s.Name.Reveal(), s.Shown.Reveal()
	if s.User == "" {
		name, shown = v.PostFormValue("name"), v.PostFormValue("shown")
	}
	u, err := store.NewUser(s.Tenant, name, shown, v.now)
	if err != nil {
		return v.setupForm(f, s, err)
	}
	if u.TOTP, err = firstCode(f.Secret, v.PostFormValue("app"), v.now); err != nil {
		return v.setupForm(f, s, err)
	}
	leave, err := v.enterHashing(v.Context())
	if err != nil {
		return err
	}
	u.Password, err = auth.NewPassword(v.PostFormValue("password"), name, shown, string(s.Tenant))
	leave()
	if err != nil {
		return v.setupForm(f, s, err)
	}
	codes, hashes := auth.NewRecovery()
	u.Recovery = hashes
	if u, err = v.Control.FinishSetup(v.Context(), f.Code, u, v.now); err != nil {
		return v.setupForm(f, s, err)
	}
	if u, err = v.Control.Self(v.Context(), auth.Session{User: u.User, Tenant: u.Tenant}); err != nil {
		return err
	}
	if err := v.begin(u, "/recovery"); err != nil {
		return err
	}
	return v.showOnce(codes)
}

// firstCode takes the first code of an app: it counts from then on.
func firstCode(secret, code string, now auth.Instant) (auth.TOTP, error) {
	totp, ok := auth.TOTP{Secret: breach.Hide(secret)}.Use(code, now.Wall)
	if !ok {
		return auth.TOTP{}, &breach.Refusal{Key: "refusal.app-code"}
	}
	return totp, nil
}

// recoveryFlow is recovery codes that their owner has not put away yet.
type recoveryFlow struct {
	User  auth.UserID
	Codes []string
}

// showOnce keeps recovery codes, for this browser, until they were put away, and
// sends it there.
func (v *visit) showOnce(codes []breach.Personal) error {
	f := recoveryFlow{User: v.session.User}
	for _, c := range codes {
		f.Codes = append(f.Codes, c.Reveal())
	}
	secret, err := v.Control.BeginFlow(v.Context(), "recovery", f, v.now)
	if err != nil {
		return fmt.Errorf("show recovery codes: %w", err)
	}
	v.setCookie("flow", secret.Reveal())
	return v.redirect("/recovery")
}

func showRecovery(v *visit) error {
	var f recoveryFlow
	there, err := v.flow("recovery", &f, false)
	if err != nil {
		return err
	}
	if !there || f.User != v.session.User {
		return v.redirect("/")
	}
	return v.page("recovery", f.Codes)
}

func endRecovery(v *visit) error {
	var f recoveryFlow
	if _, err := v.flow("recovery", &f, true); err != nil {
		return err
	}
	return v.redirect("/")
}
