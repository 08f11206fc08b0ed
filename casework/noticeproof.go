package casework

import (
	"context"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// NoticeProof is what can be shown of one notice to one reader: what it said,
// who approved it, and each step of handing it over.
type NoticeProof struct {
	store.Dispatch
	Whole    bool   // its bytes are those that were frozen
	Code     string // that stands in the letter
	Frozen   *NoticeFrozen
	Approval string
	Steps    []store.Step
	Sheets   []NoticeSheet // that were printed of it
}

// ProveNotice gives everything that was told, or was to be told, to somebody or
// about them, after holding the whole ledger together.
func (d *Desk) ProveNotice(ctx context.Context, id store.CaseID, person breach.PersonID, purpose auth.Purpose) ([]NoticeProof, error) {
	g, err := d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.ProveNotice, Case: id, Object: "person:" + string(person), Purpose: purpose, Now: d.instant()})
	if err != nil {
		return nil, err
	}
	key, err := d.Store.NoticeKey(ctx, g)
	if err != nil {
		return nil, err
	}
	versions, err := d.Store.Notices(ctx, g)
	if err != nil {
		return nil, err
	}
	var proofs []NoticeProof
	for _, v := range versions {
		n, err := noticeOf(v)
		if err != nil {
			return nil, err
		}
		list, err := d.Store.DispatchesOf(ctx, g, v, person)
		if err != nil {
			return nil, err
		}
		sheets, err := d.sheetsOf(ctx, g, n, list)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			proofs = append(proofs, NoticeProof{Dispatch: x, Whole: notify.Hash(x.Notice) == x.Notice.Hash, Frozen: n.Frozen, Approval: n.Approval,
				Code: notify.Code(key, n.ID, x.Notice.Subject, x.Notice.Reader), Sheets: sheets[x.Seq]})
		}
	}
	for step, err := range d.Store.Steps(ctx, g) {
		if err != nil {
			return nil, err
		}
		for i, p := range proofs {
			own := step.Seq == p.Seq || step.Seq == 0 && step.Wave == p.Wave
			if own && step.Notice == p.Notice.ID && step.Version == int64(p.Notice.Version) {
				proofs[i].Steps = append(proofs[i].Steps, step)
			}
		}
	}
	return proofs, nil
}
