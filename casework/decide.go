package casework

import (
	"context"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/store"
)

// What decisions are about.
const (
	AboutRisk      = "risk"      // for one group of people
	AboutAuthority = "authority" // whether the supervisory authority is notified
	AboutPeople    = "people"    // whether one group of people is told
)

// What they can say, beside the risks of package draft.
const (
	SaysNotify   = "notify"
	SaysNoNotice = "no-notice"
	SaysTell     = "tell"
	SaysNotTold  = "no-high-risk" // GDPR art. 34(1) does not ask for it
	SaysExempt   = "exempt"       // GDPR art. 34(3)
)

// Matter is something to be decided, with what can be said of it.
type Matter struct {
	About string
	Says  []string
	Group bool // for one group of people at a time
}

// Matters lists what can be decided.
func Matters() []Matter {
	return []Matter{
		{AboutRisk, []string{string(draft.RiskUnlikely), string(draft.RiskPresent), string(draft.RiskHigh)}, true},
		{AboutAuthority, []string{SaysNotify, SaysNoNotice}, false},
		{AboutPeople, []string{SaysTell, SaysNotTold, SaysExempt}, true},
	}
}

// Decide keeps what somebody concluded, in their own name, on the facts that they
// have seen. Each decision has its reason: GDPR art. 33(5).
func (d *Desk) Decide(ctx context.Context, id store.CaseID, decision breach.Decision) (breach.Decision, error) {
	g, err := d.grant(ctx, id, auth.Decide)
	if err != nil {
		return breach.Decision{}, err
	}
	matters := Matters()
	i := slices.IndexFunc(matters, func(m Matter) bool { return m.About == decision.About })
	if i < 0 {
		return breach.Decision{}, &breach.Refusal{Key: "refusal.decision-about", Args: map[string]any{"Allowed": AboutRisk + ", " + AboutAuthority + ", " + AboutPeople}}
	}
	if !slices.Contains(matters[i].Says, decision.Says) {
		return breach.Decision{}, &breach.Refusal{Key: "refusal.decision-says", Args: map[string]any{"Allowed": strings.Join(matters[i].Says, ", ")}}
	}
	if decision.Why = strings.TrimSpace(strings.ReplaceAll(decision.Why, "\r\n", "\n")); decision.Why == "" || len(decision.Why) > mostLong {
		return breach.Decision{}, &breach.Refusal{Key: "refusal.decision-why"}
	}
	facts, err := d.facts(ctx, g)
	if err != nil {
		return breach.Decision{}, err
	}
	k := know(facts, d.now())
	if matters[i].Group && k.Fact("cohort", decision.Group).Version == 0 || !matters[i].Group && decision.Group != "" {
		return breach.Decision{}, &breach.Refusal{Key: "refusal.decision-group"}
	}
	return d.Store.Decide(ctx, g, decision)
}
