package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func backupCommand(a *app) *cobra.Command {
	var o casework.BackupOptions
	var passphrase string
	c := &cobra.Command{
		Use: "backup FILE.age", GroupID: "other", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.backup.short"), Long: a.t("cmd.backup.long"), Example: indent(a.t("cmd.backup.example")),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			o.File = args[0]
			if o.Lock.Passphrase, err = readPassphrase(passphrase); err != nil {
				return err
			}
			return a.backup(c.Context(), o)
		},
	}
	c.Flags().StringArrayVar(&o.Lock.To, "to", nil, a.t("cmd.backup.flag.to"))
	c.Flags().StringVar(&passphrase, "passphrase-file", "", a.t("cmd.backup.flag.passphrase-file"))
	c.Flags().StringVar(&o.Keys, "keys", "", a.t("cmd.backup.flag.keys"))
	return c
}

// readPassphrase reads the first line of a file; nothing without one.
func readPassphrase(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": file}, Err: err}
	}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	return bytes.TrimRight(line, "\r"), nil
}

func (a *app) backup(ctx context.Context, o casework.BackupOptions) error {
	if err := a.open(ctx); err != nil {
		return err
	}
	key, from, err := a.masterKey(a.store.Dir())
	if err != nil {
		return err
	}
	desks := []*casework.Desk{a.desk}
	tenants, err := store.Tenants(a.store.Dir())
	if err != nil {
		return err
	}
	for _, id := range tenants {
		if id == store.Local {
			continue
		}
		s, err := store.Open(ctx, store.Config{Dir: a.store.Dir(), Postgres: a.database, Schema: schemaOf(id), Tenant: id, Key: key, KeyFrom: from})
		if err != nil {
			return err
		}
		defer s.Close()
		desks = append(desks, &casework.Desk{Store: s, Who: a.who(id), Now: time.Now})
	}
	a.say("cmd.backup.begins")
	m, err := casework.Backup(ctx, desks, store.ControlConfig{Dir: a.store.Dir(), Postgres: a.database, Master: key}, o)
	if err != nil {
		return err
	}
	if err := a.printManifest(m); err != nil {
		return err
	}
	a.say("cmd.backup.done", map[string]any{"Path": o.File})
	if o.Keys == "" {
		a.say("cmd.backup.no-keys")
	}
	return nil
}

// schemaOf is where a tenant's tables lie on PostgreSQL.
func schemaOf(id auth.TenantID) string { return "klarlagt_" + string(id) }

func (a *app) printManifest(m casework.Manifest) error {
	if a.json {
		return a.printJSON(map[string]any{"made_at": m.MadeAt, "files": len(m.Files), "bytes": m.Bytes(), "tenants": m.Tenants})
	}
	for _, t := range m.Tenants {
		var rows int64
		for _, part := range t.Tables {
			rows += part.Rows
		}
		fmt.Fprintln(a.out, a.t("cmd.backup.tenant", map[string]any{"Tenant": string(t.Tenant), "Rows": a.texts.Number(rows), "Records": a.texts.Number(t.Records), "Root": t.Root}))
	}
	fmt.Fprintln(a.out, a.t("cmd.backup.files", map[string]any{"Files": len(m.Files), "Bytes": a.texts.Number(m.Bytes()), "At": m.MadeAt.Local().Format(time.DateTime)}))
	return nil
}
