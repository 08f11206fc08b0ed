package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/store"
)

func dbCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "db", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.db.short"), Long: a.t("cmd.db.long"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(dbCopyCommand(a))
	return c
}

func dbCopyCommand(a *app) *cobra.Command {
	var from, to string
	var dry bool
	c := &cobra.Command{
		Use: "copy", Args: cobra.NoArgs,
		Short: a.t("cmd.db-copy.short"), Long: a.t("cmd.db-copy.long"), Example: indent(a.t("cmd.db-copy.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if from == "" || to == "" {
				return errMisuse{errors.New(a.t("cmd.db-copy.both"))}
			}
			return a.copyDatabase(c.Context(), from, to, dry)
		},
	}
	c.Flags().StringVar(&from, "from", "", a.t("cmd.db-copy.flag.from"))
	c.Flags().StringVar(&to, "to", "", a.t("cmd.db-copy.flag.to"))
	c.Flags().BoolVar(&dry, "dry-run", false, a.t("cmd.db-copy.flag.dry"))
	return c
}

func (a *app) copyDatabase(ctx context.Context, from, to string, dry bool) error {
	source, err := a.location(from, "")
	if err != nil {
		return err
	}
	target, err := a.location(to, from)
	if err != nil {
		return err
	}
	// Where a folder is new, it gets the keys of the other.
	key, place, err := a.masterKey(source.Dir)
	if err != nil {
		return err
	}
	source.Key, source.KeyFrom, target.Key, target.KeyFrom = key, place, key, place
	said := time.Now()
	copied, err := store.CopyDatabase(ctx, source, target, dry, said, func(table string, rows int64) {
		if !a.json && time.Since(said) > 2*time.Second {
			said = time.Now()
			a.say("cmd.db-copy.progress", map[string]any{"Table": table, "Rows": rows})
		}
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(copiedJSON(copied, dry))
	}
	a.printCopied(copied, dry)
	for _, id := range copied.Missing {
		a.say("cmd.db-copy.missing", map[string]any{"Case": string(id), "Data": target.Dir})
	}
	return nil
}

// location takes a folder or the address of a PostgreSQL database. The keys and
// the files of the cases of the latter lie in the data folder or, of a target, in
// the folder at the other end of the copy.
func (a *app) location(text, other string) (store.Config, error) {
	if !isPostgres(text) {
		dir, err := filepath.Abs(text)
		return store.Config{Dir: dir}, err
	}
	if other != "" && !isPostgres(other) {
		c, err := a.location(other, "")
		return store.Config{Dir: c.Dir, Postgres: text}, err
	}
	dir, err := a.dataDir()
	return store.Config{Dir: dir, Postgres: text}, err
}

func isPostgres(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") || strings.Contains(text, "=")
}

func (a *app) printCopied(c store.Copied, dry bool) {
	t := table{headings: []string{a.t("cmd.db-copy.table"), ">" + a.t("cmd.db-copy.rows")}}
	var rows int64
	for _, part := range c.Tables {
		t.add(part.Table, strconv.FormatInt(part.Rows, 10))
		rows += part.Rows
	}
	a.printTable(t)
	key := "cmd.db-copy.done"
	if dry {
		key = "cmd.db-copy.would"
	}
	a.say(key, map[string]any{"Rows": rows})
}

func copiedJSON(c store.Copied, dry bool) map[string]any {
	tables := []map[string]any{}
	for _, part := range c.Tables {
		row := map[string]any{"table": part.Table, "rows": part.Rows}
		if !dry {
			row["sum"] = fmt.Sprint(part.Sum)
		}
		tables = append(tables, row)
	}
	missing := c.Missing
	if missing == nil {
		missing = []store.CaseID{}
	}
	return map[string]any{"dry_run": dry, "tables": tables, "cases_without_files": missing}
}
