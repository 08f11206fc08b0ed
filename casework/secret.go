package casework

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// NewMember makes a key for somebody whom cases in secret mode can be wrapped
// to: the private half goes into a new file, behind a passphrase where there is
// one, and the public half is kept.
func (d *Desk) NewMember(ctx context.Context, name, file string, passphrase []byte) error {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return err
	}
	var private seal.Key // any key is one: see seal.Public
	if len(passphrase) > 0 {
		private, err = seal.NewMasterPassphrase(file, passphrase, 0)
	} else {
		private, err = seal.NewMasterFile(file)
	}
	if errors.Is(err, fs.ErrExist) {
		return &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": file}, Err: err}
	}
	if err != nil {
		return fmt.Errorf("make a member's key: %w", err)
	}
	defer private.Destroy()
	public, err := seal.Public(private)
	if err == nil {
		err = d.Store.AddMember(ctx, g, name, public)
	}
	if err != nil { // nobody's
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// RecoveryMember lets cases in secret mode be wrapped to the recovery key too.
func (d *Desk) RecoveryMember(ctx context.Context) error {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err == nil {
		err = d.Store.AddRecovery(ctx, g)
	}
	return err
}

// Members lists whom cases in secret mode can be wrapped to.
func (d *Desk) Members(ctx context.Context) ([]store.KeyMember, error) {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return nil, err
	}
	return d.Store.Members(ctx, g)
}

// SetSecret lets exactly these members read a case from now on; none ends the
// secret mode. Whatever was sealed before comes under the new key too.
func (d *Desk) SetSecret(ctx context.Context, id store.CaseID, names []string, tell func(store.Resealed)) error {
	g, err := d.grant(ctx, id, auth.SetSecret)
	if err == nil {
		err = d.Store.SetSecret(ctx, g, names, d.now(), tell)
	}
	return err
}

// Reseal brings what is sealed under older keys of a case under its newest. It
// may be stopped and called again.
func (d *Desk) Reseal(ctx context.Context, id store.CaseID, tell func(store.Resealed)) error {
	g, err := d.grant(ctx, id, auth.SetSecret)
	if err == nil {
		_, err = d.Store.Reseal(ctx, g, id, d.now(), tell)
	}
	return err
}

// DropKeys destroys the keys of a case that nothing is sealed under any more,
// and gives how many.
func (d *Desk) DropKeys(ctx context.Context, id store.CaseID) (int, error) {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return 0, err
	}
	return d.Store.DropKeys(ctx, g, id, d.now())
}
