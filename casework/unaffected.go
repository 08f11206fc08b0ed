package casework

import (
	"context"
	"io"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// Asked is the question of somebody who wants to know whether they are affected.
type Asked struct {
	Value    breach.Personal // their identity number or e-mail address, whole
	Entry    string          // else whose entry of a register they are: "P-1007", "pupils:P-1007"
	Name     breach.Personal // what they are called, where no register says it
	Language string          // of the letter; "": what the registers say
	Notice   breach.NoticeID // in whose words; "": the newest that others agreed to
}

// Unaffected is the answer that nothing of somebody was found: a letter for each
// who reads it, to be handed over or sent by whoever was asked.
type Unaffected struct {
	List           store.List // that it goes by
	Items, NotRead int64      // files of the evidence, and how many nobody knows the text of
	Outside        bool       // whoever asks is in no register, and one value was looked for
	Letters        []breach.Notice

	press dispatch.LetterBatch
}

// Write writes the letters as one PDF.
func (u Unaffected) Write(w io.Writer) error { return u.press.Handed(w, u.Letters...) }

// AnswerUnaffected answers somebody who is not affected. It refuses whoever is
// affected, were it possibly, and whoever nobody can be sure of: then "we do not
// know" is the answer. What it says is true of the list in force, of all that was
// read, and of the registers as they are.
func (d *Desk) AnswerUnaffected(ctx context.Context, id store.CaseID, q Asked) (u Unaffected, err error) {
	a := asking{d: d, q: q}
	if err := a.begin(ctx, id); err != nil {
		return u, err
	}
	defer closing(&err, a.x)
	if err := a.whoAsks(ctx); err != nil {
		return u, err
	}
	if err := a.nothingOf(ctx); err != nil {
		return u, err
	}
	if u, err = a.inForce(ctx); err != nil {
		return u, err
	}
	u.Outside = len(a.subject) == 0
	return u, a.write(ctx, &u)
}

// asking is one question on its way to an answer.
type asking struct {
	d *Desk
	q Asked
	g auth.Grant
	x *registers

	value   []breach.Finding // what the value can be
	found   []int64          // people in no register who have it
	subject []breach.Entry   // whoever asks, or is asked about; none: in no register
}

// begin asks for leave, under which all of it is read. An entry is looked for
// before that as somebody whose exposure is explained.
func (a *asking) begin(ctx context.Context, id store.CaseID) (err error) {
	ask := auth.Ask{Action: auth.AnswerUnaffected, Case: id, Purpose: auth.AnswerInquiry, Now: a.d.instant()}
	if a.q.Entry != "" {
		return a.beginAt(ctx, ask)
	}
	a.value = exactly(a.q.Value)
	if a.g, a.found, err = a.d.Store.Search(ctx, a.d.Who, ask, a.value); err != nil {
		return err
	}
	if len(a.value) == 0 {
		return &breach.Refusal{Key: "refusal.unaffected-value"}
	}
	a.x, err = a.open(ctx, a.g)
	return err
}

func (a *asking) beginAt(ctx context.Context, ask auth.Ask) error {
	g, err := a.d.grant(ctx, ask.Case, auth.Explain)
	if err != nil {
		return err
	}
	x, err := a.open(ctx, g)
	if err != nil {
		return err
	}
	entry, there := entryNamed(x, a.q.Entry)
	if !there {
		return refusing(x, &breach.Refusal{Key: "refusal.no-such-person", Args: map[string]any{"Person": a.q.Entry}})
	}
	ask.Object = objectOfEntry(entry)
	if a.g, err = a.d.Store.Grant(ctx, a.d.Who, ask); err != nil {
		return refusing(x, err)
	}
	a.x, a.subject = x, []breach.Entry{x.Entry(entry)}
	return nil
}

func (a *asking) open(ctx context.Context, g auth.Grant) (*registers, error) {
	if err := a.d.resolved(ctx, g); err != nil {
		return nil, err
	}
	return a.d.openIndex(ctx, g)
}

// inForce finds what an answer can go by: a list that was frozen and is the newest,
// all evidence read as far as it can be, and nothing changed since.
func (a *asking) inForce(ctx context.Context) (u Unaffected, err error) {
	list, current, frozen, err := FrozenList(ctx, a.d.Store, a.g)
	switch {
	case err != nil:
		return u, err
	case !frozen:
		return u, &breach.Refusal{Key: "refusal.unaffected-no-list"}
	case !current:
		return u, &breach.Refusal{Key: "refusal.unaffected-list-old", Args: map[string]any{"Number": list.Number}}
	}
	r, err := ReadResult(ctx, a.d.Store, a.g)
	if err != nil {
		return u, err
	}
	states, err := a.d.Store.CountStates(ctx, a.g)
	if err != nil {
		return u, err
	}
	if waits := states[breach.Pending]; r.Items == 0 || waits > 0 {
		return u, &breach.Refusal{Key: "refusal.unaffected-not-read", Args: map[string]any{"Count": waits}}
	}
	if moved, err := a.moved(ctx, r); err != nil || moved {
		return u, orRefuse(err, "refusal.unaffected-moved")
	}
	return Unaffected{List: list, Items: r.Items, NotRead: r.NotRead}, nil
}

// moved reports whether something was read, imported or judged since the result.
func (a *asking) moved(ctx context.Context, r Result) (bool, error) {
	account, err := a.d.Store.AccountVersion(ctx, a.g)
	if err != nil || account != r.Account {
		return true, err
	}
	judged, err := a.d.Store.LastJudged(ctx, a.g)
	if err != nil || judged.After(r.At) {
		return true, err
	}
	imported, err := a.d.Store.Registers(ctx, a.g)
	for _, reg := range imported {
		if reg.ImportedAt.After(r.At) {
			return true, err
		}
	}
	return false, err
}
