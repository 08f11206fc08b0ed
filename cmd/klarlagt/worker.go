package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/engine"
)

// workerCommand is the other side of the engine: it is started by this program
// and not by people.
func workerCommand(a *app) *cobra.Command {
	var o engine.WorkerOptions
	c := &cobra.Command{
		Use: "worker STAGE", Hidden: true, Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Tool = args[1:]
			return engine.Work(c.Context(), engine.Stage(args[0]), os.Stdin, os.Stdout, o)
		},
	}
	c.Flags().IntVar(&o.Nice, "nice", 0, "how far another program stands back")
	c.Flags().StringVar(&o.Index, "index", "", "the keyed index of the registers")
	c.Flags().StringVar(&o.SpoolDir, "spool", "", "where a scratch file may lie")
	c.Flags().StringVar(&o.PDFCache, "pdf-cache", "", "where the compiled PDF reader lies")
	c.Flags().StringVar(&o.Passwords, "passwords", "", "a list of passwords for what is encrypted")
	c.Flags().Func("limit", "a limit of reading, such as text=1000000; repeatable", o.Limit)
	return c
}
