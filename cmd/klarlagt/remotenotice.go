package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// remoteNotice is a notice as the API has it.
type remoteNotice struct {
	ID, State, Halted, Root, Approval string
	Version, Wave                     int64
	Count                             int
	FrozenAt                          time.Time `json:"frozen_at"`
	Dispatches                        []struct {
		Wave, Count int64
		State       breach.DeliveryState
	}
}

func (r *remote) notices(ctx context.Context, id store.CaseID) ([]remoteNotice, error) {
	var got struct{ Notices []remoteNotice }
	err := r.ask(ctx, http.MethodGet, caseAt(id, "/notices"), nil, &got)
	return got.Notices, err
}

// Notices lists every version of every notice. Of what was frozen it has the root,
// the number and the time.
func (r *remote) Notices(ctx context.Context, id store.CaseID) ([]casework.Notice, error) {
	got, err := r.notices(ctx, id)
	var list []casework.Notice
	for _, n := range got {
		one := casework.Notice{NoticeVersion: store.NoticeVersion{ID: breach.NoticeID(n.ID), Version: n.Version, State: store.NoticeState(n.State), Halted: n.Halted, Wave: n.Wave}, Approval: n.Approval}
		if n.Root != "" {
			one.Frozen = &casework.NoticeFrozen{Notice: one.ID, Version: n.Version, Root: n.Root, Count: n.Count, At: n.FrozenAt}
		}
		list = append(list, one)
	}
	return list, err
}

// Notice finds the newest version of a notice; of the only one, where none is
// named.
func (r *remote) Notice(ctx context.Context, id store.CaseID, notice breach.NoticeID) (casework.Notice, error) {
	list, err := r.Notices(ctx, id)
	if err != nil {
		return casework.Notice{}, err
	}
	return casework.NewestNotice(list, notice)
}

// NoticeCounts counts the dispatches of a version by wave and state.
func (r *remote) NoticeCounts(ctx context.Context, id store.CaseID, n casework.Notice) (map[int64]map[breach.DeliveryState]int64, error) {
	got, err := r.notices(ctx, id)
	counts := map[int64]map[breach.DeliveryState]int64{}
	for _, one := range got {
		if one.ID != string(n.ID) || one.Version != n.Version {
			continue
		}
		for _, d := range one.Dispatches {
			if counts[d.Wave] == nil {
				counts[d.Wave] = map[breach.DeliveryState]int64{}
			}
			counts[d.Wave][d.State] = d.Count
		}
	}
	return counts, err
}

// HaltNotice stops a notice before its next message.
func (r *remote) HaltNotice(ctx context.Context, id store.CaseID, n casework.Notice) error {
	var made struct{ ID string }
	return r.ask(ctx, http.MethodPost, caseAt(id, "/notices/"+url.PathEscape(string(n.ID))+"/halt"), map[string]any{}, &made)
}

// WriteNotice keeps a draft on the server, which dates it.
func (r *remote) WriteNotice(ctx context.Context, id store.CaseID, notice breach.NoticeID, d casework.NoticeDraft) (casework.Notice, error) {
	if len(d.Contacts) > 0 {
		return casework.Notice{}, &breach.Refusal{Key: "cmd.remote.none", Args: map[string]any{"Command": "notices write --contacts"}}
	}
	matter := ""
	for _, name := range []string{"first", "update", "correction"} {
		if m, _ := casework.ParseMatter(name); m == d.Matter {
			matter = name
		}
	}
	sender := map[string]string{"name": d.Sender.Name, "mail": d.Sender.Mail, "bounce": d.Sender.Bounce}
	var made remoteNotice
	err := r.ask(ctx, http.MethodPost, caseAt(id, "/notices"), map[string]any{"notice": notice, "matter": matter, "country": d.Country, "texts": d.Texts,
		"sender": sender, "order": d.Policy.Order, "custody": d.Custody, "staff": d.Staff, "any_hour": d.AnyHour, "per_minute": d.PerMinute, "letterhead": d.Letterhead}, &made)
	return casework.Notice{NoticeVersion: store.NoticeVersion{ID: breach.NoticeID(made.ID), Version: made.Version, State: store.NoticeState(made.State)}, Draft: d}, err
}
