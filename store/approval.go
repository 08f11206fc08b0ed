package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// Proposal is what somebody proposes to do: the bytes of it, and of what is shown
// of it to those who decide. Without a preview, the bytes themselves are shown.
type Proposal struct {
	Action  auth.Action // one that needs four eyes
	Payload []byte
	Preview []byte
}

// mostProposal bounds the bytes of a proposal. What is larger is proposed by its
// hash.
const mostProposal = 1 << 20

// shown is what those who decide are shown.
func (p Proposal) shown() []byte {
	if len(p.Preview) == 0 {
		return p.Payload
	}
	return p.Preview
}

// ErrNoApproval is the answer to an approval that is not there, or of another
// case.
var ErrNoApproval = &breach.Refusal{Key: "refusal.no-such-approval"}

// Propose keeps a proposal for others to approve, with a grant to propose in the
// case, or in the tenant, that it is about. Once two others have agreed, its
// author can do it with [Store.Execute]: once, within [auth.ApprovalLasts], and
// byte for byte.
func (s *Store) Propose(ctx context.Context, g auth.Grant, p Proposal) (auth.Approval, error) {
	if err := s.allow(g, auth.Propose); err != nil {
		return auth.Approval{}, err
	}
	if n := len(p.Payload) + len(p.Preview); len(p.Payload) == 0 || n > mostProposal {
		return auth.Approval{}, fmt.Errorf("propose %s: %d bytes", p.Action, n)
	}
	a, err := auth.NewApproval(g, p.Action, p.Payload, p.shown(), g.Asked())
	if err != nil {
		return auth.Approval{}, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if err := (ledger{s: s, tx: tx}).SaveApproval(ctx, a); err != nil {
			return err
		}
		if err := s.paper(ctx, tx, a.Case, a.ID, proposalPaper, pack([]byte(p.Action), p.Payload, p.Preview)); err != nil {
			return err
		}
		return s.noteApproval(ctx, tx, g, a, "proposed", said{"payload", breach.Hide(hex.EncodeToString(a.Payload[:]))})
	})
	if err != nil {
		return auth.Approval{}, fmt.Errorf("propose %s: %w", p.Action, err)
	}
	return a, nil
}

// noteApproval writes a step of an approval into the journal.
func (s *Store) noteApproval(ctx context.Context, tx *sql.Tx, g auth.Grant, a auth.Approval, step string, values ...said) error {
	object := fmt.Sprintf("approval:%s,%s=%s", a.ID, step, a.Action)
	var k *caseKeys
	if len(values) > 0 && a.Case != "" {
		var err error
		if k, err = s.keysOf(ctx, a.Case); err != nil && !isLost(err) {
			return err
		}
	}
	if k == nil { // nothing to seal a commitment with
		values = nil
	}
	return s.done(ctx, tx, g, k, g.Asked(), object, values...)
}

// ShowApproval gives an approval with what it is about. Of one of those who
// decide it notes that they were shown it, without which they cannot agree. Its
// author is shown it with a grant to propose.
func (s *Store) ShowApproval(ctx context.Context, g auth.Grant, id string) (a auth.Approval, p Proposal, err error) {
	if err := s.allow(g, auth.Approve, auth.Propose); err != nil {
		return a, p, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if a, err = s.approvalOf(ctx, tx, g, id); err != nil {
			return err
		}
		if p, err = s.proposal(ctx, tx, a); err != nil {
			return err
		}
		if g.Action() == auth.Propose {
			if g.Who() != a.Author {
				return ErrNoApproval
			}
			return nil
		}
		opened, err := a.Open(g, p.shown(), g.Asked())
		if err != nil && a.Standing(g.Asked()) != auth.Proposed || g.Who() == a.Author { // nothing to decide any more, or not by them
			return nil
		}
		if a = opened; err != nil {
			return err
		}
		if err := (ledger{s: s, tx: tx}).SaveApproval(ctx, a); err != nil {
			return err
		}
		return s.noteApproval(ctx, tx, g, a, "opened")
	})
	if err != nil {
		return auth.Approval{}, Proposal{}, fmt.Errorf("show approval: %w", err)
	}
	return a, p, nil
}

// approvalOf finds an approval of the grant's case, or of its tenant.
func (s *Store) approvalOf(ctx context.Context, tx *sql.Tx, g auth.Grant, id string) (auth.Approval, error) {
	a, there, err := ledger{s: s, tx: tx}.Approval(ctx, id)
	if err == nil && (!there || a.Case != g.Case()) {
		err = ErrNoApproval
	}
	return a, err
}

// proposal reads back what an approval is about, which has to be what was
// hashed.
func (s *Store) proposal(ctx context.Context, q rower, a auth.Approval) (p Proposal, err error) {
	data, there, err := s.readPaper(ctx, q, a.Case, a.ID, proposalPaper)
	if err == nil && !there {
		err = ErrNoApproval // it went with its case
	}
	var action []byte
	if err == nil {
		err = unpack(data, &action, &p.Payload, &p.Preview)
	}
	if err != nil {
		return Proposal{}, err
	}
	p.Action = auth.Action(action)
	if p.Action != a.Action || sha256.Sum256(p.Payload) != a.Payload || sha256.Sum256(p.shown()) != a.Preview {
		return Proposal{}, fmt.Errorf("papers.data of approval %s: %w", a.ID, seal.ErrForged)
	}
	return p, nil
}

// Agree is the yes of one of the others.
func (s *Store) Agree(ctx context.Context, g auth.Grant, id string) (auth.Approval, error) {
	return s.step(ctx, g, id, "agreed", "", func(a auth.Approval) (auth.Approval, error) { return a.Agree(g, g.Asked()) })
}

// Decline is the no of one of the others, with a reason that its author is told.
func (s *Store) Decline(ctx context.Context, g auth.Grant, id, reason string) (auth.Approval, error) {
	return s.step(ctx, g, id, "declined", reason, func(a auth.Approval) (auth.Approval, error) { return a.Decline(g, g.Asked()) })
}

// Withdraw is its author's change of mind, with a grant to propose.
func (s *Store) Withdraw(ctx context.Context, g auth.Grant, id string) (auth.Approval, error) {
	return s.step(ctx, g, id, "withdrawn", "", func(a auth.Approval) (auth.Approval, error) { return a.Withdraw(g) })
}

// step takes an approval one step on, in one transaction with its record. What a
// refused step leaves of it, because its time is over, is kept too.
func (s *Store) step(ctx context.Context, g auth.Grant, id, what, reason string, f func(auth.Approval) (auth.Approval, error)) (a auth.Approval, err error) {
	if err := s.allow(g, auth.Approve, auth.Propose); err != nil {
		return a, err
	}
	var refused error
	err = s.tx(ctx, func(tx *sql.Tx) error {
		before, err := s.approvalOf(ctx, tx, g, id)
		if err != nil {
			return err
		}
		if a, err = f(before); err != nil {
			if a.State == before.State {
				return err
			}
			refused, what = err, string(a.State)
		}
		if err := (ledger{s: s, tx: tx}).SaveApproval(ctx, a); err != nil {
			return err
		}
		var values []said
		if reason = plain(reason); reason != "" {
			values = []said{{reasonPaper, breach.Hide(reason)}}
			if err := s.paper(ctx, tx, a.Case, a.ID, reasonPaper, []byte(reason)); err != nil {
				return err
			}
		}
		return s.noteApproval(ctx, tx, g, a, what, values...)
	})
	if err = errors.Join(err, refused); err != nil {
		return auth.Approval{}, fmt.Errorf("approval: %w", err)
	}
	return a, nil
}

// Execute asks for leave to do what was approved: ask names the approval. Action
// and case are the approval's; where the ask has no payload, what was proposed
// is read back. A payload made anew has to be the same to the byte: if it is not,
// the approval is void. The leave, its record and the end of the approval are one
// transaction; what to do is the grant's Payload.
func (s *Store) Execute(ctx context.Context, who auth.Session, ask auth.Ask) (g auth.Grant, err error) {
	var refused error
	err = s.tx(ctx, func(tx *sql.Tx) error {
		a, there, err := ledger{s: s, tx: tx}.Approval(ctx, ask.Approval)
		if err != nil {
			return err
		}
		if !there {
			return ErrNoApproval
		}
		ask.Action, ask.Case = a.Action, a.Case
		if ask.Payload == nil && a.Author == who.User {
			p, err := s.proposal(ctx, tx, a)
			if err != nil {
				return err
			}
			ask.Payload = p.Payload
		}
		g, err = s.check(ctx, tx, who, ask)
		var no *auth.Refused
		if errors.As(err, &no) {
			refused = err
			return nil // the refusal is committed, and what it made of the approval
		}
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return auth.Grant{}, err
	}
	return g, nil
}

// Approvals lists the approvals of the grant's case, the newest first. With a
// grant of the tenant, it lists the tenant's own and those of all cases that
// whoever asks works on.
func (s *Store) Approvals(ctx context.Context, g auth.Grant) ([]auth.Approval, error) {
	if err := s.allow(g, auth.ListApprovals); err != nil {
		return nil, err
	}
	var rows []approvalRow
	err := s.each(ctx, `SELECT `+approvalColumns+` FROM approvals WHERE $1 = '' OR case_id = $1 ORDER BY made_at DESC, id`, []any{g.Case()}, func(r *sql.Rows) error {
		row, err := scanApproval(r)
		rows = append(rows, row)
		return err
	})
	var list []auth.Approval
	for _, row := range rows {
		if err != nil {
			break
		}
		if row.caseID != "" && !g.Works(row.caseID) {
			continue
		}
		var a auth.Approval
		a, err = s.openApproval(ctx, s.db, row)
		list = append(list, a)
	}
	if err != nil {
		return nil, fmt.Errorf("list approvals: %w", err)
	}
	return list, nil
}

// DeclinedFor gives the reason for which one of the list was declined; "" for none.
func (s *Store) DeclinedFor(ctx context.Context, g auth.Grant, a auth.Approval) (breach.Personal, error) {
	if err := s.allow(g, auth.ListApprovals, auth.Approve, auth.Propose); err != nil {
		return breach.Personal{}, err
	}
	if a.Case != g.Case() && !g.Works(a.Case) {
		return breach.Personal{}, ErrNoApproval
	}
	text, _, err := s.readPaper(ctx, s.db, a.Case, a.ID, reasonPaper)
	if err != nil {
		return breach.Personal{}, fmt.Errorf("read why it was declined: %w", err)
	}
	return breach.Hide(string(text)), nil
}
