package casework

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// Errand is something that the server was asked to do about a notice: what
// exactly, and what came of it.
type Errand struct {
	store.Errand
	ErrandWork
}

// ErrandWork is what casework keeps of an errand.
type ErrandWork struct {
	Letters LetterPlan `json:"letters,omitzero"`
	Sum     ErrandSum  `json:"sum,omitzero"`
}

// LetterPlan is how a batch is to be made.
type LetterPlan struct {
	Batch    string     `json:"batch"` // its name, which is given before it is begun
	Form     LetterForm `json:"form"`
	TwoFolds bool       `json:"two_folds,omitempty"`
	Duplex   bool       `json:"duplex,omitempty"`
	Posti    bool       `json:"posti,omitempty"`
	House    string     `json:"house,omitempty"`
}

// ErrandSum is what came of an errand.
type ErrandSum struct {
	Done int64 `json:"done"` // letters written, mails looked for, people asked about
	Of   int64 `json:"of"`

	Sheets  int64                          `json:"sheets,omitempty"`  // of a batch
	Refused []dispatch.RefusedLetter       `json:"refused,omitempty"` // that could not be printed
	Same    int64                          `json:"same,omitempty"`    // came back byte for byte
	Found   int64                          `json:"found,omitempty"`   // have a mailbox
	Settled Settled                        `json:"settled,omitzero"`  // by what a service told
	Handled map[breach.DeliveryState]int64 `json:"handled,omitempty"` // handed over, by what became of it
	Waits   int64                          `json:"waits,omitempty"`   // for later
	Halted  string                         `json:"halted,omitempty"`  // why handing over ended, if it was halted
}

func errandOf(x store.Errand) (Errand, error) {
	e := Errand{Errand: x}
	if len(x.Data) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(x.Data, &e.ErrandWork); err != nil {
		return e, fmt.Errorf("read errand %d: %w", x.Number, err)
	}
	return e, nil
}

// kept is the errand as the store keeps it.
func (e Errand) kept() (store.Errand, error) {
	data, err := json.Marshal(e.ErrandWork)
	e.Errand.Data = data
	return e.Errand, err
}

// check refuses what the channels of an organisation cannot do, and what makes no
// sense, before anything is begun.
func (e Errand) check(c Channels, n Notice) error {
	switch e.Kind {
	case store.ErrandSend:
		return c.carries(n)
	case store.ErrandRehearse:
		if c.Inbox == nil {
			return &breach.Refusal{Key: "refusal.no-seeds"}
		}
	case store.ErrandReach, store.ErrandAsk:
		if c.Mailbox == nil {
			return &breach.Refusal{Key: "refusal.no-mailbox"}
		}
		if _, tells := c.Mailbox.(eventful); !tells && e.Kind == store.ErrandAsk {
			return &breach.Refusal{Key: "refusal.mailbox-tells-nothing", Args: map[string]any{"Name": c.Mailbox.Name()}}
		}
	case store.ErrandLetters:
		return e.Letters.check(c)
	}
	return nil
}

// carries refuses a notice of which something goes a way that is none of these.
func (c Channels) carries(n Notice) error {
	switch {
	case n.Frozen == nil:
		return &breach.Refusal{Key: "refusal.notice-not-frozen"}
	case c.Relay == nil && n.Frozen.ByChannel[breach.Mail] > 0:
		return &breach.Refusal{Key: "refusal.no-mail-server"}
	case c.Mailbox == nil && n.Frozen.ByChannel[breach.Mailbox] > 0:
		return &breach.Refusal{Key: "refusal.no-mailbox"}
	}
	return nil
}

func (p LetterPlan) check(c Channels) error {
	switch p.Form {
	case LetterFiles, LetterBundle, LetterEnvelopes:
	case LetterTable:
		if dispatch.CheckHouse(p.House) != nil {
			return &breach.Refusal{Key: "refusal.mail-house"}
		}
	default:
		return &breach.Refusal{Key: "refusal.letter-form"}
	}
	if p.Posti && (c.Posti == nil || p.Form != LetterBundle) {
		return &breach.Refusal{Key: "refusal.no-posti"}
	}
	return nil
}

// options are those of the batch.
func (p LetterPlan) options(c Channels, tell func(done, of int64)) LetterOptions {
	o := LetterOptions{Name: strings.ToUpper(p.Batch), Form: p.Form, TwoFolds: p.TwoFolds, Duplex: p.Duplex, House: p.House, Tell: tell}
	if p.Posti {
		o.Posti = c.Posti
	}
	return o
}
