package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func restoreCommand(a *app) *cobra.Command {
	var o casework.RestoreOptions
	var passphrase, identity string
	c := &cobra.Command{
		Use: "restore FILE.age", GroupID: "other", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.restore.short"), Long: a.t("cmd.restore.long"), Example: indent(a.t("cmd.restore.example")),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.File = args[0]
			if o.Open.Passphrase, err = readPassphrase(passphrase); err != nil {
				return err
			}
			if identity != "" {
				text, err := os.ReadFile(identity)
				if err != nil {
					return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": identity}, Err: err}
				}
				o.Open.Identities = bytes.NewReader(append(text, '\n'))
			}
			return a.restore(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.Into, "into", "", a.t("cmd.restore.flag.into"))
	c.Flags().BoolVar(&o.Check, "check", false, a.t("cmd.restore.flag.check"))
	c.Flags().StringVar(&identity, "identity", "", a.t("cmd.restore.flag.identity"))
	c.Flags().StringVar(&passphrase, "passphrase-file", "", a.t("cmd.backup.flag.passphrase-file"))
	c.Flags().StringVar(&o.Keys, "keys", "", a.t("cmd.restore.flag.keys"))
	return c
}

func (a *app) restore(ctx context.Context, o casework.RestoreOptions) (err error) {
	switch {
	case o.Into == "" && !o.Check:
		return &breach.Refusal{Key: "cmd.restore.into"}
	case o.Into == "":
		o.Into = filepath.Join(os.TempDir(), "klarlagt-restore") // only beside it something is made
	}
	if o.Into, err = filepath.Abs(o.Into); err != nil {
		return err
	}
	var read, lost int
	if o.Keys != "" {
		o.Seen = func(dir string) (err error) {
			read, lost, err = a.tryKeys(ctx, dir)
			return err
		}
	}
	m, err := casework.Restore(ctx, o)
	if err != nil {
		return err
	}
	if err := a.printManifest(m); err != nil {
		return err
	}
	if o.Keys != "" {
		a.say("cmd.restore.keys", map[string]any{"Read": read, "Lost": lost})
	} else {
		a.say("cmd.restore.no-keys")
	}
	if o.Check {
		a.say("cmd.restore.checked")
		return nil
	}
	a.say("cmd.restore.done", map[string]any{"Path": o.Into})
	return nil
}

// tryKeys opens the cases of every tenant that was restored, and counts those
// that can be read.
func (a *app) tryKeys(ctx context.Context, dir string) (read, lost int, err error) {
	key, from, err := a.masterKey(dir)
	if err != nil {
		return 0, 0, err
	}
	tenants, err := store.Tenants(dir)
	for _, id := range tenants {
		if err != nil {
			break
		}
		var r, l int
		r, l, err = tryTenant(ctx, store.Config{Dir: dir, Tenant: id, Key: key, KeyFrom: from}, a.who(id))
		read, lost = read+r, lost+l
	}
	return read, lost, err
}

// who is whoever runs this, in some tenant.
func (a *app) who(id auth.TenantID) auth.Session {
	return auth.Console(console().User, id, auth.Instant{Wall: time.Now()})
}

func tryTenant(ctx context.Context, c store.Config, who auth.Session) (read, lost int, err error) {
	s, err := store.Open(ctx, c)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	now := auth.Instant{Wall: time.Now()}
	if _, err := s.Grant(ctx, who, auth.Ask{Action: auth.Restore, Now: now}); err != nil { // the journal tells of it
		return 0, 0, err
	}
	g, err := s.Grant(ctx, who, auth.Ask{Action: auth.ListCases, Now: now})
	if err != nil {
		return 0, 0, err
	}
	cases, err := s.Cases(ctx, g)
	for _, c := range cases {
		if c.KeyLost {
			lost++
		} else {
			read++
		}
	}
	return read, lost, err
}
