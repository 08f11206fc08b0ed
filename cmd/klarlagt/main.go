// Command klarlagt answers, after a personal-data breach, who is affected, with
// which data, how surely, and what nobody could read.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/store"
)

// The exit statuses. They are part of what the product promises.
const (
	exitDone    = 0
	exitFailed  = 1
	exitMisused = 2
	exitGaps    = 3 // done, but not all could be read
)

// errGaps says that the work was done and left gaps.
var errGaps = errors.New("done with gaps")

// errMisuse wraps an error in how the command was called.
type errMisuse struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs one command and gives its exit status.
func run(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == "worker" {
		return beWorker(ctx, args[1:])
	}
	a := newApp(args)
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	a.close()
	return a.explain(ctx, err)
}

// explain says on standard error what went wrong and what to do.
func (a *app) explain(ctx context.Context, err error) int {
	var refusal *breach.Refusal
	var misuse errMisuse
	err = store.Explain(err)
	if errors.Is(err, engine.ErrDiskFull) {
		err = &breach.Refusal{Key: "refusal.disk-full", Err: err}
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errGaps):
		return exitGaps
	case ctx.Err() != nil && a.server != "":
		a.say("cmd.remote.stopped")
		return exitFailed
	case ctx.Err() != nil:
		a.say("cmd.stopped")
		return exitFailed
	case errors.As(err, &refusal):
		fmt.Fprintln(os.Stderr, a.style.bad(a.t("cmd.error"))+" "+a.t(refusal.Key, refusal.Args))
		if refusal.Err != nil && a.verbose {
			fmt.Fprintln(os.Stderr, refusal.Err)
		}
		if refusal.Key == "cmd.misuse" {
			return exitMisused
		}
		return exitFailed
	case errors.As(err, &misuse):
		fmt.Fprintln(os.Stderr, a.style.bad(a.t("cmd.error"))+" "+misuse.Error())
		return exitMisused
	}
	fmt.Fprintln(os.Stderr, a.style.bad(a.t("cmd.error"))+" "+err.Error())
	return exitFailed
}
