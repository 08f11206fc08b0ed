package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

func secretCommand(a *app) *cobra.Command {
	var end bool
	c := &cobra.Command{
		Use: "secret CASE MEMBER...", GroupID: "other", Args: cobra.MinimumNArgs(1),
		Short: a.t("cmd.secret.short"), Long: a.t("cmd.secret.long"), Example: indent(a.t("cmd.secret.example")),
		RunE: func(c *cobra.Command, args []string) error {
			if end != (len(args) == 1) {
				return errMisuse{errors.New(a.t("cmd.secret.who"))}
			}
			if err := a.open(c.Context()); err != nil {
				return err
			}
			theCase, err := a.desk.Case(c.Context(), args[0])
			if err == nil {
				err = a.desk.SetSecret(c.Context(), theCase.ID, args[1:], a.resealing())
			}
			if err != nil {
				return err
			}
			if end {
				a.say("cmd.secret.ended", map[string]any{"Case": string(theCase.ID)})
				return nil
			}
			a.say("cmd.secret.done", map[string]any{"Case": string(theCase.ID), "Members": strings.Join(args[1:], ", ")})
			return nil
		},
	}
	c.Flags().BoolVar(&end, "end", false, a.t("cmd.secret.flag.end"))
	return c
}

// resealing tells every few seconds how far sealing anew has come.
func (a *app) resealing() func(store.Resealed) {
	last := time.Now()
	return func(r store.Resealed) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			a.say("cmd.keys.resealing", map[string]any{"Rows": a.texts.Number(r.Rows), "Files": a.texts.Number(r.Files), "Looked": a.texts.Number(r.Looked)})
		}
	}
}

func keysMemberRecoveryCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "recovery", Args: cobra.NoArgs, Short: a.t("cmd.keys-member-recovery.short"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			if err := a.desk.RecoveryMember(c.Context()); err != nil {
				return err
			}
			a.say("cmd.keys-member-recovery.done")
			return nil
		},
	}
}

func keysMemberCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "member", Args: cobra.NoArgs, Short: a.t("cmd.keys-member.short"), Long: a.t("cmd.keys-member.long"), Example: indent(a.t("cmd.keys-member.example")),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var locked bool
	add := &cobra.Command{
		Use: "new NAME FILE", Args: cobra.ExactArgs(2), Short: a.t("cmd.keys-member-new.short"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			var passphrase []byte
			if locked {
				var err error
				if passphrase, err = a.newPassphrase(args[1]); err != nil {
					return err
				}
				defer clear(passphrase)
			}
			if err := a.desk.NewMember(c.Context(), args[0], args[1], passphrase); err != nil {
				return err
			}
			a.say("cmd.keys-member-new.done", map[string]any{"Path": args[1]})
			return nil
		},
	}
	add.Flags().BoolVar(&locked, "passphrase", false, a.t("cmd.keys-member.flag.passphrase"))
	c.AddCommand(add, keysMemberRecoveryCommand(a), &cobra.Command{
		Use: "list", Args: cobra.NoArgs, Short: a.t("cmd.keys-member-list.short"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			list, err := a.desk.Members(c.Context())
			if err != nil {
				return err
			}
			rows := []map[string]any{}
			t := table{headings: []string{a.t("web.name"), a.t("cmd.keys-member.made")}}
			for _, m := range list {
				rows = append(rows, map[string]any{"name": m.Name, "made_at": m.MadeAt})
				t.add(m.Name, m.MadeAt.Local().Format(time.DateOnly))
			}
			if a.json {
				return a.printJSON(rows)
			}
			a.printTable(t)
			return nil
		},
	})
	return c
}

// newPassphrase reads a passphrase from the file that KLARLAGT_PASSPHRASE_FILE
// names, or has it typed twice.
func (a *app) newPassphrase(path string) ([]byte, error) {
	first, err := a.passphrase(path)
	if err != nil || os.Getenv("KLARLAGT_PASSPHRASE_FILE") != "" {
		return first, err
	}
	fmt.Fprint(a.talk, a.t("cmd.keys-member.again")+" ")
	second, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(a.talk)
	if err == nil && string(first) != string(second) {
		err = &breach.Refusal{Key: "cmd.keys-member.differ"}
	}
	clear(second)
	return first, err
}

// memberKey opens the private key of whoever works here, or of the recovery key
// where two people give its halves; zero for none.
func (a *app) memberKey() (seal.Key, error) {
	if len(a.halves) > 0 {
		return a.joinHalves()
	}
	if a.memberFile == "" {
		return seal.Key{}, nil
	}
	key, err := a.openKeyFile(a.memberFile)
	return key, explainKey(a.memberFile, err)
}

func (a *app) joinHalves() (seal.Key, error) {
	if len(a.halves) != 2 {
		return seal.Key{}, errMisuse{errors.New(a.t("cmd.keys.two-halves"))}
	}
	x, y, err := a.readHalves(halfFiles{a.halves[0], a.halves[1]})
	if err != nil {
		return seal.Key{}, err
	}
	key, err := seal.Join(x, y)
	if err != nil {
		return seal.Key{}, &breach.Refusal{Key: "refusal.recovery-halves", Args: map[string]any{"Why": err.Error()}, Err: err}
	}
	return key, nil
}

func keysResealCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "reseal", Args: cobra.NoArgs, Short: a.t("cmd.keys-reseal.short"), Long: a.t("cmd.keys-reseal.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err == nil {
				err = a.desk.Reseal(c.Context(), theCase.ID, a.resealing())
			}
			if err != nil {
				return err
			}
			a.say("cmd.keys.resealed", map[string]any{"Case": string(theCase.ID)})
			return nil
		},
	}
}

func keysDropCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "drop", Args: cobra.NoArgs, Short: a.t("cmd.keys-drop.short"), Long: a.t("cmd.keys-drop.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			n, err := a.desk.DropKeys(c.Context(), theCase.ID)
			if err != nil {
				return err
			}
			a.say("cmd.keys.dropped", map[string]any{"Case": string(theCase.ID), "Count": n})
			return nil
		},
	}
}
