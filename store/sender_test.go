package store_test

import (
	"context"
	"fmt"
	"os"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// What the sending process is told beside its folder.
const sendCase = "KLARLAGT_ACT_CASE"

// send hands over what is due, a few at a time: a line on standard output is a
// message that a server has taken.
func (a *actor) send(ctx context.Context) error {
	a.id = store.CaseID(os.Getenv(sendCase))
	g, err := a.grant(ctx, auth.ReleaseWave, "")
	if err != nil {
		return err
	}
	n, err := a.s.Notice(ctx, g, "n1", 1)
	if err == nil {
		_, err = a.s.Recover(ctx, g, n, clock)
	}
	var done []store.Outcome
	for err == nil {
		var due []store.Dispatch
		if due, err = a.s.Due(ctx, g, n, clock, store.Dispatch{}, sendAtOnce); err != nil {
			return err
		}
		taken, err := a.s.TakeTurn(ctx, g, n, store.Turn{Outcomes: done, Claim: due, Now: clock, Note: true})
		if err != nil || len(taken.Claimed)+len(done) == 0 {
			return err
		}
		done = nil
		for _, d := range taken.Claimed {
			fmt.Println("taken", d.Seq)
			done = append(done, store.Outcome{Seq: d.Seq, Attempt: d.Attempt, Was: breach.Handing, Becomes: breach.Accepted, Detail: breach.Hide("queued")})
		}
	}
	return err
}

const sendAtOnce = 3
