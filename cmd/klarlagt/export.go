package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func exportCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "export", GroupID: "read", Args: cobra.NoArgs,
		Short: a.t("cmd.export.short"), Long: a.t("cmd.export.long"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(exposuresCommand(a))
	return c
}

func exposuresCommand(a *app) *cobra.Command {
	var o casework.ExportOptions
	var format, file, reveal string
	c := &cobra.Command{
		Use: "exposures", Args: cobra.NoArgs,
		Short: a.t("cmd.exposures.short"), Long: a.t("cmd.exposures.long"), Example: indent(a.t("cmd.exposures.example")),
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Format = casework.Format(format); !slices.Contains(casework.Formats(), o.Format) {
				return errMisuse{errors.New(a.t("cmd.export.bad-format", map[string]any{"Value": format}))}
			}
			if o.Format == casework.XLSX && file == "" {
				return errMisuse{errors.New(a.t("cmd.export.needs-file"))}
			}
			var err error
			if o.Reveal, err = a.purpose(reveal); err != nil {
				return err
			}
			theCase, err := a.theCase(c.Context())
			if err != nil {
				return err
			}
			return a.toFile(file, func(w io.Writer) error { return a.desk.ExportExposures(c.Context(), theCase.ID, o, w) })
		},
	}
	c.Flags().StringVar(&format, "format", string(casework.JSONL), a.t("cmd.export.flag.format"))
	c.Flags().StringVarP(&file, "output", "o", "", a.t("cmd.export.flag.output"))
	c.Flags().StringVar(&reveal, "reveal", "", a.t("cmd.flag.reveal"))
	return c
}

// toFile writes to a file, which appears only when it is whole and is for its
// owner alone, or to standard output.
func (a *app) toFile(name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(a.out)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".klarlagt-*") // mode 0600
	if err != nil {
		return &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": name}, Err: err}
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", name, err)
	}
	a.say("cmd.written", map[string]any{"Path": name})
	return nil
}
