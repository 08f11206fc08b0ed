package web

import (
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// toldPage is what one person was told, or of them others: for a purpose, which
// is asked for first.
type toldPage struct {
	casePage
	ID       string
	Purposes []auth.Purpose
	Asked    bool
	Proofs   []proofLine
}

// proofLine is one notice to one reader.
type proofLine struct {
	casework.NoticeProof
	Channel, State, Reason string
	Hash                   []byte
	Steps                  []stepLine
	Parts                  []proofPart
}

type stepLine struct {
	At     time.Time
	State  string
	By     string
	Detail breach.Personal
}

type proofPart struct{ Language, Title, Text string }

func showTold(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	return v.page("told", toldPage{casePage: base, ID: v.PathValue("person"), Purposes: auth.Purposes()})
}

// proveTold shows the proof. As with whoever is revealed, it stands in this
// answer alone.
func proveTold(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	p := toldPage{casePage: base, ID: v.PathValue("person"), Asked: true}
	proofs, err := v.desk().ProveNotice(v.Context(), base.Case.ID, breach.PersonID(p.ID), auth.Purpose(v.PostFormValue("purpose")))
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	for _, x := range proofs {
		p.Proofs = append(p.Proofs, proofOf(x, names))
	}
	return v.page("told", p)
}

func proofOf(x casework.NoticeProof, names colleagues) proofLine {
	l := proofLine{NoticeProof: x, Channel: "notice.channel." + string(x.Notice.Channel), State: "delivery." + string(x.State), Reason: reasonKey(x.Reason), Hash: x.Notice.Hash[:]}
	for _, s := range x.Steps {
		l.Steps = append(l.Steps, stepLine{s.At, "delivery." + string(s.Becomes), names.of(string(s.Who)), s.Detail})
	}
	for _, part := range x.Notice.Parts {
		l.Parts = append(l.Parts, proofPart{part.Language, string(part.Title), string(part.Text)})
	}
	return l
}
