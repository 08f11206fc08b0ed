package casework

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// freezingAct is what is approved when a list is to be frozen.
type freezingAct struct {
	Act    auth.Action   `json:"act"`
	Tenant auth.TenantID `json:"tenant"`
	Case   store.CaseID  `json:"case"`
	List   int64         `json:"list"`
	Root   string        `json:"root_sha256"`
}

// freezingPreview is what is shown of it.
type freezingPreview struct {
	freezingAct
	At        time.Time `json:"resolved_at"`
	People    int64     `json:"people"`
	Strangers int64     `json:"in_no_register"`
	Protected string    `json:"protected"`
}

func (d *Desk) freezingPayload(id store.CaseID, l store.List) (freezingAct, []byte, error) {
	act := freezingAct{auth.FreezeList, d.Who.Tenant, id, l.Number, hex.EncodeToString(l.Root[:])}
	payload, err := json.Marshal(act)
	return act, payload, err
}

// ProposeFreezing proposes that notices go by the newest list, for two others to
// approve: [Desk.FreezeApproved] freezes it then.
func (d *Desk) ProposeFreezing(ctx context.Context, id store.CaseID, number int64) (auth.Approval, error) {
	g, err := d.grant(ctx, id, auth.Propose)
	if err != nil {
		return auth.Approval{}, err
	}
	l, err := d.newestList(ctx, g, number)
	if err != nil {
		return auth.Approval{}, err
	}
	act, payload, err := d.freezingPayload(id, l)
	if err != nil {
		return auth.Approval{}, err
	}
	preview, err := json.MarshalIndent(freezingPreview{act, l.At, l.People, l.Strangers, Few(l.Protected)}, "", "  ")
	if err != nil {
		return auth.Approval{}, err
	}
	return d.Store.Propose(ctx, g, store.Proposal{Action: auth.FreezeList, Payload: payload, Preview: preview})
}

// newestList gives the list of a number, if it can be frozen.
func (d *Desk) newestList(ctx context.Context, g auth.Grant, number int64) (store.List, error) {
	lists, err := d.Store.Lists(ctx, g)
	if err != nil {
		return store.List{}, err
	}
	if number < 1 || number > int64(len(lists)) {
		return store.List{}, &breach.Refusal{Key: "refusal.no-such-list", Args: map[string]any{"Number": number}}
	}
	l := lists[number-1]
	switch {
	case number < int64(len(lists)):
		return l, &breach.Refusal{Key: "refusal.list-old", Args: map[string]any{"Number": number, "Newest": len(lists)}}
	case !l.Frozen.IsZero():
		return l, &breach.Refusal{Key: "refusal.list-frozen", Args: map[string]any{"Number": number}}
	}
	return l, nil
}

// FreezeList freezes the newest list, if it is of that number, where nobody else
// has to agree: at the console. A resolve after it makes further versions, and
// changes nothing of what is frozen.
func (d *Desk) FreezeList(ctx context.Context, id store.CaseID, number int64) (store.List, error) {
	g, err := d.Store.Grant(ctx, d.Who, auth.Ask{Action: auth.FreezeList, Case: id, Object: "list:" + strconv.FormatInt(number, 10), Now: d.instant()})
	if err != nil {
		return store.List{}, err
	}
	l, err := d.newestList(ctx, g, number)
	if err != nil {
		return l, err
	}
	return d.Store.FreezeList(ctx, g, number, l.Root, "")
}

// FreezeApproved freezes the list that two others have agreed on, if there is no
// newer one.
func (d *Desk) FreezeApproved(ctx context.Context, approval string) (store.List, error) {
	g, err := d.Store.Execute(ctx, d.Who, auth.Ask{Approval: approval, Now: d.instant()})
	if err != nil {
		return store.List{}, err
	}
	var act freezingAct
	err = json.Unmarshal(g.Payload(), &act)
	root, broken := hex.DecodeString(act.Root)
	if err != nil || broken != nil || len(root) != len(store.List{}.Root) || g.For(auth.FreezeList) != nil {
		return store.List{}, &breach.Refusal{Key: "refusal.approval-void"} // something else was approved
	}
	return d.Store.FreezeList(ctx, g, act.List, [32]byte(root), approval)
}
