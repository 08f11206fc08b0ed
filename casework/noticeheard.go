package casework

import (
	"context"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// Heard is what came back from those who were told.
type Heard struct {
	Answers int           // that came
	In      time.Duration // within so long; 0: an hour
	Foreign int           // of them, from somebody who got what is not theirs
}

// What comes back is normal up to a bound. In 2014, of 13,600 people who were
// told by mail some 600 answered, most of them within days: 44 in 1000. We count
// on all of them in the first day; five times as many an hour says that
// something is wrong with what was sent.
const (
	answersOf1000 = 44
	answersWithin = 24 // hours
	timesTooMany  = 5
	fewAnswers    = 5 // an hour: of a canary a single one would be too many
)

// HearAnswers halts a version where what came back says so: when somebody got
// what is somebody else's, or when far more answer than expected. It gives why,
// "" where nothing is wrong.
func (d *Desk) HearAnswers(ctx context.Context, id store.CaseID, n Notice, h Heard) (halted string, err error) {
	g, err := d.grant(ctx, id, auth.ReadNotices)
	if err != nil {
		return "", err
	}
	counts, err := d.Store.DispatchCounts(ctx, g, n.NoticeVersion)
	if err != nil {
		return "", err
	}
	told := int64(0)
	for _, states := range counts {
		told += states[breach.Accepted] + states[breach.Arrived] + states[breach.Counted] + states[breach.Uncertain]
	}
	hours := max(h.In, time.Hour).Hours()
	most := max(fewAnswers, timesTooMany*float64(told)*answersOf1000/1000/answersWithin)
	switch {
	case h.Foreign > 0:
		halted = "complaint"
	case float64(h.Answers)/hours > most:
		halted = "answers"
	}
	if halted == "" {
		return "", nil
	}
	return halted, d.haltFor(ctx, id, n, halted)
}

// Mails that come back say that the list is wrong when there are more than so
// many: of a hundred in a wave, or at all in the canary.
const (
	bouncesOf100   = 3
	bouncesOfFirst = 10
	fewBounces     = 3
)

// hearBounces halts a version when too much of a wave has come back. The server
// of one's own takes everything: only its log tells.
func (d *Desk) hearBounces(ctx context.Context, g auth.Grant, n Notice) error {
	counts, err := d.Store.DispatchCounts(ctx, g, n.NoticeVersion)
	if err != nil {
		return err
	}
	for wave, states := range counts {
		if wave == 0 { // letters: they come back one by one, for weeks
			continue
		}
		size := int64(0)
		for _, many := range states {
			size += many
		}
		back := states[breach.Bounced] + states[breach.Refused]
		if back >= fewBounces && back*100 > bouncesOf100*size || wave == canaryWave && back > bouncesOfFirst {
			return d.haltFor(ctx, g.Case(), n, "refused")
		}
	}
	return nil
}

// haltFor halts for a reason, unless another has halted it.
func (d *Desk) haltFor(ctx context.Context, id store.CaseID, n Notice, why string) error {
	g, err := d.grant(ctx, id, auth.HaltNotice)
	if err != nil {
		return err
	}
	now, err := d.Store.Notice(ctx, g, n.ID, n.Version)
	if err != nil || now.Halted != "" {
		return err
	}
	_, err = d.Store.Halt(ctx, g, n.NoticeVersion, why)
	return err
}
