package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

func keysCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "keys", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.keys.short"), Long: a.t("cmd.keys.long"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(keysStatusCommand(a), keysRecoveryCommand(a), keysRecoverCommand(a), keysRotateCommand(a), keysResealCommand(a), keysDropCommand(a), keysMemberCommand(a))
	return c
}

func keysStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "status", Args: cobra.NoArgs, Short: a.t("cmd.keys-status.short"), Long: a.t("cmd.keys-status.long"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			all, err := a.desk.Keys(c.Context())
			if err != nil {
				return err
			}
			return a.printKeys(all)
		},
	}
}

func (a *app) printKeys(all store.KeyStates) error {
	t := table{headings: []string{a.t("cmd.keys.tenant"), a.t("cmd.keys.case"), ">" + a.t("cmd.keys.generations"), a.t("cmd.keys.opens")}}
	list := []map[string]any{}
	for _, k := range all.Keys {
		opens := a.t("cmd.keys.yes")
		switch {
		case k.Members > 0:
			opens = a.t("cmd.keys.members", map[string]any{"Count": k.Members})
		case !k.Opens:
			opens = a.t("cmd.keys.no")
		}
		t.add(string(k.Tenant), string(k.Case), fmt.Sprint(k.Generations), opens)
		list = append(list, map[string]any{"tenant": k.Tenant, "case": k.Case, "generations": k.Generations, "opens": k.Opens, "members": k.Members})
	}
	if a.json {
		return a.printJSON(map[string]any{"master": all.Master, "from": all.From, "keys": list, "recovery": !all.Recovery.IsZero()})
	}
	fmt.Fprintln(a.out, a.t("cmd.keys.master", map[string]any{"Mark": all.Master, "From": all.From}))
	a.printTable(t)
	if all.Recovery.IsZero() {
		fmt.Fprintln(a.out, a.t("cmd.keys.no-recovery"))
		return nil
	}
	fmt.Fprintln(a.out, a.t("cmd.keys.recovery", map[string]any{"At": all.Recovery.Local().Format(time.DateOnly)}))
	return nil
}

// halfFiles are where the halves of a recovery key are written, or read.
type halfFiles struct{ a, b string }

func (h *halfFiles) flags(c *cobra.Command, a *app) {
	c.Flags().StringVar(&h.a, "half-a", "", a.t("cmd.keys.flag.half"))
	c.Flags().StringVar(&h.b, "half-b", "", a.t("cmd.keys.flag.half"))
}

func keysRecoveryCommand(a *app) *cobra.Command {
	var files halfFiles
	c := &cobra.Command{
		Use: "recovery", Args: cobra.NoArgs,
		Short: a.t("cmd.keys-recovery.short"), Long: a.t("cmd.keys-recovery.long"), Example: indent(a.t("cmd.keys-recovery.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c.Context()); err != nil {
				return err
			}
			give := a.giveOnScreen
			if files.a != "" || files.b != "" {
				give = func(x, y breach.Personal) (breach.Personal, breach.Personal, error) {
					return a.giveInFiles(files, x, y)
				}
			}
			if err := a.desk.Recovery(c.Context(), give); err != nil {
				return err
			}
			a.say("cmd.keys-recovery.done")
			return nil
		},
	}
	files.flags(c, a)
	return c
}

// page is what one of two people keeps.
func (a *app) page(letter string, half breach.Personal) string {
	return a.t("cmd.keys.page", map[string]any{"Letter": letter, "Data": a.store.Dir(), "At": time.Now().Format(time.DateOnly), "Half": half.Reveal()}) + "\n"
}

// giveOnScreen shows one half after the other, each until it was typed back.
func (a *app) giveOnScreen(x, y breach.Personal) (backX, backY breach.Personal, err error) {
	if !isTerminal(os.Stdin) || !isTerminal(os.Stderr) {
		return backX, backY, &breach.Refusal{Key: "cmd.keys.terminal"}
	}
	in := bufio.NewReader(os.Stdin)
	for _, half := range []struct {
		letter string
		of     breach.Personal
		back   *breach.Personal
	}{{"A", x, &backX}, {"B", y, &backY}} {
		fmt.Fprint(a.talk, a.page(half.letter, half.of)+"\n"+a.t("cmd.keys.ask-back")+" ")
		line, err := in.ReadString('\n')
		if err != nil {
			return backX, backY, fmt.Errorf("read the half: %w", err)
		}
		*half.back = breach.Hide(strings.TrimSpace(line))
		fmt.Fprint(a.talk, "\x1b[3J\x1b[2J\x1b[H") // the next person does not see it
	}
	return backX, backY, nil
}

// giveInFiles writes each half into a file of its own, to be printed and
// destroyed, and reads them back.
func (a *app) giveInFiles(files halfFiles, x, y breach.Personal) (backX, backY breach.Personal, err error) {
	if files.a == "" || files.b == "" || files.a == files.b {
		return backX, backY, errMisuse{errors.New(a.t("cmd.keys.two-files"))}
	}
	for _, half := range []struct {
		letter, file string
		of           breach.Personal
	}{{"A", files.a, x}, {"B", files.b, y}} {
		f, err := os.OpenFile(half.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_, err = f.WriteString(a.page(half.letter, half.of))
			err = errors.Join(err, f.Sync(), f.Close())
		}
		if err != nil {
			return backX, backY, &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": half.file}, Err: err}
		}
	}
	return a.readHalves(files)
}

// readHalves finds each half in its file, in the line that begins as they do; "-"
// is typed in, by one person after the other, and not shown.
func (a *app) readHalves(h halfFiles) (x, y breach.Personal, err error) {
	if x, err = a.readHalf("A", h.a); err == nil {
		y, err = a.readHalf("B", h.b)
	}
	return x, y, err
}

func (a *app) readHalf(letter, file string) (half breach.Personal, err error) {
	var text []byte
	if file == "-" {
		if !isTerminal(os.Stdin) {
			return half, &breach.Refusal{Key: "cmd.keys.no-terminal"}
		}
		fmt.Fprint(a.talk, a.t("cmd.keys.ask-half", map[string]any{"Letter": letter})+" ")
		text, err = term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(a.talk)
	} else if text, err = os.ReadFile(file); err != nil {
		err = &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": file}, Err: err}
	}
	defer clear(text)
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(bytes.ToUpper(line), []byte("KLARLAGT-")) {
			half = breach.Hide(string(line))
		}
	}
	return half, err
}

func keysRecoverCommand(a *app) *cobra.Command {
	var files halfFiles
	var file string
	c := &cobra.Command{
		Use: "recover", Args: cobra.NoArgs,
		Short: a.t("cmd.keys-recover.short"), Long: a.t("cmd.keys-recover.long"), Example: indent(a.t("cmd.keys-recover.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" || files.a == "" || files.b == "" {
				return errMisuse{errors.New(a.t("cmd.keys-recover.needs"))}
			}
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			x, y, err := a.readHalves(files)
			if err == nil {
				err = casework.Recover(c.Context(), store.ControlConfig{Dir: dir, Postgres: a.database}, x, y, file)
			}
			if err != nil {
				return err
			}
			return a.newMaster(c.Context(), file)
		},
	}
	files.flags(c, a)
	c.Flags().StringVar(&file, "new", "", a.t("cmd.keys.flag.new"))
	return c
}

// newMaster opens the data folder with its new key, which the journal tells of.
func (a *app) newMaster(ctx context.Context, file string) error {
	a.close()
	a.store, a.keyFile = nil, file
	if err := a.open(ctx); err != nil {
		return err
	}
	if _, err := a.desk.Keys(ctx); err != nil {
		return err
	}
	a.say("cmd.keys.rotated-master", map[string]any{"Path": file})
	return nil
}

func keysRotateCommand(a *app) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "rotate master|tenant|case", Args: cobra.ExactArgs(1), ValidArgs: []string{"master", "tenant", "case"},
		Short: a.t("cmd.keys-rotate.short"), Long: a.t("cmd.keys-rotate.long"), Example: indent(a.t("cmd.keys-rotate.example")),
		RunE: func(c *cobra.Command, args []string) error { return a.rotate(c.Context(), args[0], file) },
	}
	c.Flags().StringVar(&file, "new", "", a.t("cmd.keys.flag.new"))
	return c
}

func (a *app) rotate(ctx context.Context, what, file string) error {
	switch what {
	case "master":
		if file == "" {
			return errMisuse{errors.New(a.t("cmd.keys-rotate.new"))}
		}
		dir, err := a.dataDir()
		if err != nil {
			return err
		}
		key, from, err := a.masterKey(dir)
		if err == nil {
			err = casework.RotateMaster(ctx, store.ControlConfig{Dir: dir, Postgres: a.database}, key, from, file)
		}
		if err != nil {
			return err
		}
		return a.newMaster(ctx, file)
	case "tenant":
		if err := a.open(ctx); err != nil {
			return err
		}
		if err := a.desk.RotateTenant(ctx); err != nil {
			return err
		}
		a.say("cmd.keys.rotated-tenant")
		return nil
	case "case":
		c, err := a.theCase(ctx)
		if err == nil {
			err = a.desk.RotateCase(ctx, c.ID)
		}
		if err == nil {
			err = a.desk.Reseal(ctx, c.ID, a.resealing())
		}
		if err != nil {
			return err
		}
		a.say("cmd.keys.rotated-case", map[string]any{"Case": string(c.ID)})
		return nil
	}
	return errMisuse{errors.New(a.t("cmd.keys-rotate.what"))}
}
