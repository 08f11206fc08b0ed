package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/casework"
)

// version is set by the release build.
var version = "dev"

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.version.short"),
		RunE: func(*cobra.Command, []string) error {
			commit, changed := "", false
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					switch s.Key {
					case "vcs.revision":
						commit = s.Value[:min(12, len(s.Value))]
					case "vcs.modified":
						changed = s.Value == "true"
					}
				}
			}
			if a.json {
				return a.printJSON(map[string]any{"version": version, "commit": commit, "changed": changed, "go": runtime.Version(),
					"system": runtime.GOOS + "/" + runtime.GOARCH, "reading": casework.ReadingVersion()})
			}
			fmt.Fprintf(a.out, "klarlagt %s %s (%s, %s/%s, %s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, casework.ReadingVersion())
			return nil
		},
	}
}
