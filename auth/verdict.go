package auth

import "github.com/klarlagt/klarlagt/breach"

// Verdict is the outcome of a check: done, or why not.
type Verdict string

// The verdicts.
const (
	Allowed     Verdict = "allowed"
	SignedOut   Verdict = "signed-out"
	OutOfScope  Verdict = "out-of-scope" // of the API token
	NotYourRole Verdict = "not-your-role"
	NoSuchCase  Verdict = "no-such-case" // or not theirs: nobody is told which
	CaseClosed  Verdict = "case-closed"
	NotOneself  Verdict = "not-oneself"
	NotNamed    Verdict = "not-named"
	NoPurpose   Verdict = "no-purpose"
	StepUpFirst Verdict = "step-up-first"
	ReviewFirst Verdict = "review-first" // broken glass is not reviewed yet
	NotApproved Verdict = "not-approved"
	BudgetSpent Verdict = "budget-spent"
)

// refusals holds the text of each verdict but Allowed.
var refusals = map[Verdict]string{
	SignedOut:   "refusal.signed-out",
	OutOfScope:  "refusal.out-of-scope",
	NotYourRole: "refusal.not-your-role",
	NoSuchCase:  "refusal.no-such-case",
	CaseClosed:  "refusal.case-closed",
	NotOneself:  "refusal.not-oneself",
	NotNamed:    "refusal.not-named",
	NoPurpose:   "refusal.no-purpose",
	StepUpFirst: "refusal.step-up-first",
	ReviewFirst: "refusal.review-first",
	NotApproved: "refusal.not-approved",
	BudgetSpent: "refusal.budget-spent",
}

// Refused is what a check says no with: a [breach.Refusal] lies behind it.
type Refused struct {
	Verdict Verdict
	refusal *breach.Refusal
}

func (v Verdict) refuse(c CaseID) *Refused {
	r := &breach.Refusal{Key: refusals[v]}
	if v == NoSuchCase {
		r.Args = map[string]any{"Case": string(c)}
	}
	return &Refused{v, r}
}

// Error names the verdict.
func (r *Refused) Error() string { return r.refusal.Error() }

// Unwrap gives the refusal, with the key of the text to show.
func (r *Refused) Unwrap() error { return r.refusal }
