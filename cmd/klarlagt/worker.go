package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/engine"
)

// beWorker is run for a worker.
func beWorker(ctx context.Context, args []string) int {
	c := workerCommand(nil)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	if err := c.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitFailed
	}
	return exitDone
}

// workerCommand is the other side of the engine: it is started by this program
// and not by people.
//
// It stands among the others so that they are all in one list, and is begun by
// beWorker without them: a worker needs no texts, and starts often.
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
