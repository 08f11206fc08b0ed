package casework

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// Keys tells what keys there are, and whether each opens.
func (d *Desk) Keys(ctx context.Context) (store.KeyStates, error) {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return store.KeyStates{}, err
	}
	return d.Store.KeyStates(ctx, g)
}

// Recovery makes a recovery key, hands its two halves to give, and keeps its
// public half once give has them back and they make the key. Until then an
// earlier one stays.
func (d *Desk) Recovery(ctx context.Context, give func(a, b breach.Personal) (backA, backB breach.Personal, err error)) error {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return err
	}
	private, public, err := seal.NewMember()
	if err != nil {
		return fmt.Errorf("make a recovery key: %w", err)
	}
	defer private.Destroy()
	a, b, err := seal.Split(private)
	if err != nil {
		return err
	}
	if a, b, err = give(a, b); err != nil {
		return err
	}
	back, err := seal.Join(a, b)
	if err != nil {
		return &breach.Refusal{Key: "refusal.recovery-halves", Args: map[string]any{"Why": err.Error()}, Err: err}
	}
	defer back.Destroy()
	if !back.Equal(private) {
		return &breach.Refusal{Key: "refusal.recovery-halves", Args: map[string]any{"Why": "another key"}}
	}
	return d.Store.SetRecovery(ctx, g, public)
}

// RotateMaster puts a new master key, which it writes to a file, in the place of
// from. It may be stopped anywhere and called again with both: the file is read
// where it is there. Nothing is lost while both are kept.
func RotateMaster(ctx context.Context, control store.ControlConfig, from seal.Key, place, file string) error {
	to, err := seal.NewMasterFile(file)
	if errors.Is(err, fs.ErrExist) { // it was stopped
		to, err = seal.OpenMasterFile(file)
	}
	if err != nil {
		return &breach.Refusal{Key: "refusal.new-key-file", Args: map[string]any{"Path": file}, Err: err}
	}
	defer to.Destroy()
	control.Master = from
	if err := store.RotateControl(ctx, control, to); err != nil {
		return err
	}
	keys, err := store.OpenKeys(ctx, control.Dir, from, place)
	if err != nil {
		return err
	}
	return errors.Join(keys.RotateMaster(ctx, to), keys.Close())
}

// Recover opens what the lost master key opened with the two halves of the
// recovery key, and puts a new master key in its place.
func Recover(ctx context.Context, control store.ControlConfig, a, b breach.Personal, file string) error {
	private, err := seal.Join(a, b)
	if err != nil {
		return &breach.Refusal{Key: "refusal.recovery-halves", Args: map[string]any{"Why": err.Error()}, Err: err}
	}
	defer private.Destroy()
	master, err := store.RecoverMaster(ctx, control.Dir, private)
	if err != nil {
		return err
	}
	defer master.Destroy()
	return RotateMaster(ctx, control, master, "recovery", file)
}

// RotateTenant gives the tenant a new key.
func (d *Desk) RotateTenant(ctx context.Context) error {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err != nil {
		return err
	}
	return d.Store.RotateTenant(ctx, g)
}

// RotateCase gives a case one key more, for what is written from then on.
func (d *Desk) RotateCase(ctx context.Context, id store.CaseID) error {
	g, err := d.grant(ctx, "", auth.ManageKeys)
	if err == nil {
		_, err = d.Store.RotateCase(ctx, g, id, d.now())
	}
	return err
}
