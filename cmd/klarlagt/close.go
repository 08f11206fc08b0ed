package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

func closeCommand(a *app) *cobra.Command {
	var dry, propose bool
	var yes string
	c := &cobra.Command{
		Use: "close CASE", GroupID: "case", Args: cobra.ExactArgs(1),
		Short: a.t("cmd.close.short"), Long: a.t("cmd.close.long"), Example: indent(a.t("cmd.close.example")),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			theCase, err := a.desk.Case(c.Context(), args[0])
			if err != nil {
				return err
			}
			if dry {
				return a.wouldClose(c.Context(), theCase)
			}
			if propose {
				x, err := a.desk.ProposeClosing(c.Context(), theCase)
				if err != nil {
					return err
				}
				return a.printApprovals([]auth.Approval{x})
			}
			return a.closeCase(c.Context(), theCase, yes)
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, a.t("cmd.close.flag.dry"))
	c.Flags().BoolVar(&propose, "propose", false, a.t("cmd.close.flag.propose"))
	c.Flags().StringVar(&yes, "yes", "", a.t("cmd.close.flag.yes"))
	return c
}

// wouldClose tells what closing would destroy.
func (a *app) wouldClose(ctx context.Context, c store.Case) error {
	held, err := a.desk.Closing(ctx, c.ID)
	if err != nil {
		return err
	}
	var size int64
	for _, f := range held.Files {
		size += f.Size
	}
	if a.json {
		return a.printJSON(map[string]any{"case": c.ID, "dry_run": true, "keys": held.Keys, "files": len(held.Files), "bytes": size, "rows": held.Rows()})
	}
	fmt.Fprintln(a.out, a.t("cmd.close.would", map[string]any{"Case": string(c.ID), "Keys": held.Keys, "Files": len(held.Files), "Bytes": a.texts.Number(size), "Rows": a.texts.Number(held.Rows())}))
	fmt.Fprintln(a.out, a.t("cmd.close.backups"))
	return nil
}

func (a *app) closeCase(ctx context.Context, c store.Case, yes string) error {
	if err := a.confirm(c, yes); err != nil {
		return err
	}
	cert, err := a.desk.Close(ctx, c, casework.CloseOptions{
		Report: func(w io.Writer) error {
			data, err := a.reportData(ctx, c, false)
			if err != nil {
				return err
			}
			data.Case, data.Evidence = string(c.ID), "" // titles and folders may name somebody
			return web.Report(w, data, a.lang)
		},
		Step: func(step string) error {
			a.say("cmd.close.step." + step)
			return nil
		},
	})
	if err != nil {
		return err
	}
	dir := a.store.ClosedDir(c.ID)
	text := a.certificate(cert)
	if err := os.WriteFile(filepath.Join(dir, "certificate.txt"), []byte(text), 0o600); err != nil {
		return &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": dir}, Err: err}
	}
	if a.json {
		return a.printJSON(cert)
	}
	fmt.Fprint(a.out, text)
	a.say("cmd.close.done", map[string]any{"Path": dir})
	return nil
}

// confirm has the case's number typed: what follows cannot be undone.
func (a *app) confirm(c store.Case, yes string) error {
	if yes == "" {
		fmt.Fprintln(a.talk, a.t("cmd.close.ask", map[string]any{"Case": string(c.ID)}))
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, 100)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the answer: %w", err)
		}
		yes = strings.TrimSpace(line)
	}
	if yes != string(c.ID) {
		return &breach.Refusal{Key: "cmd.close.not-confirmed", Args: map[string]any{"Case": string(c.ID)}}
	}
	return nil
}

// certificate is the certificate in words.
func (a *app) certificate(c casework.Certificate) string {
	var rows, size int64
	for _, t := range c.Tables {
		rows += t.Rows
	}
	for _, f := range c.Files {
		size += f.Size
	}
	var b strings.Builder
	b.WriteString(a.t("cmd.close.certificate", map[string]any{
		"Case": string(c.Case), "Opened": c.OpenedAt.Format(time.RFC3339), "Closed": c.ClosedAt.Format(time.RFC3339), "Ended": c.EndedAt.Format(time.RFC3339),
		"By": string(c.By), "Keys": c.Keys, "Files": len(c.Files), "Bytes": a.texts.Number(size), "Rows": a.texts.Number(rows), "Manifest": c.Manifest,
		"SizeBefore": c.JournalBefore.Size, "RootBefore": c.JournalBefore.Root, "SizeAfter": c.JournalAfter.Size, "RootAfter": c.JournalAfter.Root,
	}))
	b.WriteString("\n\n" + a.t("cmd.close.backups") + "\n")
	return b.String()
}
