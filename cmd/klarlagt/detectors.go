package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/detect"
)

func detectorsCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "detectors", GroupID: "other", Args: cobra.NoArgs,
		Short: a.t("cmd.detectors.short"), Long: a.t("cmd.detectors.long"),
		RunE: func(*cobra.Command, []string) error {
			for _, d := range detect.All {
				if a.json {
					if err := a.printJSONLine(map[string]any{"kind": d.Kind.String(), "form": d.Form, "hits": d.Hits, "misses": d.Misses}); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(a.out, "%s  %s\n  + %s\n  - %s\n", a.outStyle().bold(d.Kind.Title(a.lang)), d.Form,
					strings.Join(d.Hits, "\n    "), strings.Join(d.Misses, "\n    "))
			}
			return nil
		},
	}
}
