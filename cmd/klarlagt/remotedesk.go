package main

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// remoteCase is a case as the API has it.
type remoteCase struct {
	ID       store.CaseID `json:"id"`
	Title    string       `json:"title"`
	OpenedAt time.Time    `json:"opened_at"`
	Closed   bool         `json:"closed"`
	Secret   bool         `json:"secret"`
}

func (c remoteCase) store() store.Case {
	return store.Case{ID: c.ID, Title: c.Title, OpenedAt: c.OpenedAt, Closed: c.Closed, Secret: c.Secret}
}

// Case finds the case that is meant, as [casework.Desk.Case] does.
func (r *remote) Case(ctx context.Context, id string) (store.Case, error) {
	var all struct{ Cases []remoteCase }
	if err := r.ask(ctx, http.MethodGet, "/cases", nil, &all); err != nil {
		return store.Case{}, err
	}
	for _, c := range all.Cases {
		if string(c.ID) == id || id == "" && len(all.Cases) == 1 {
			return c.store(), nil
		}
	}
	switch {
	case id != "":
		return store.Case{}, &breach.Refusal{Key: "refusal.no-such-case", Args: map[string]any{"Case": id}}
	case len(all.Cases) == 0:
		return store.Case{}, casework.ErrNoCase
	}
	return store.Case{}, &breach.Refusal{Key: "refusal.several-cases", Args: map[string]any{"Count": len(all.Cases)}}
}

// Open opens a case.
func (r *remote) Open(ctx context.Context, title string) (store.Case, error) {
	var made struct{ ID string }
	if err := r.ask(ctx, http.MethodPost, "/cases", map[string]any{"title": title}, &made); err != nil {
		return store.Case{}, err
	}
	return r.Case(ctx, made.ID)
}

func caseAt(id store.CaseID, rest string) string {
	return "/cases/" + url.PathEscape(string(id)) + rest
}

// remoteDossier is a dossier as the API has it.
type remoteDossier struct {
	Tenant string
	Facts  []struct {
		Fact, Item, By string
		Version        int64
		Parts          map[string]string
		Gone           bool `json:"taken_back"`
		At             time.Time
	}
	Decisions        []decisionRow
	Filings          []filingRow
	Evidence, Unread int64
	Result           *casework.Result
}

// Dossier gathers the case as it stood at a time; the zero time is now.
func (r *remote) Dossier(ctx context.Context, id store.CaseID, at time.Time) (casework.Dossier, error) {
	var got remoteDossier
	if err := r.ask(ctx, http.MethodGet, caseAt(id, "/dossier"), nil, &got); err != nil {
		return casework.Dossier{}, err
	}
	r.tenant = got.Tenant
	x := casework.Dossier{Now: time.Now(), Evidence: got.Evidence, Unread: got.Unread, Result: got.Result}
	var facts []breach.Fact
	for _, f := range got.Facts {
		facts = append(facts, breach.Fact{Version: f.Version, Field: f.Fact, Item: f.Item, Parts: breach.Texts(f.Parts), Gone: f.Gone, At: f.At, By: f.By})
	}
	for _, d := range got.Decisions {
		x.Decisions = append(x.Decisions, breach.Decision(d))
	}
	for _, f := range got.Filings {
		x.Filings = append(x.Filings, breach.Filing{Number: f.Number, Form: f.Form, Sent: f.Sent, Facts: f.Facts, By: f.By})
	}
	return x.AsOf(facts, at), nil
}

// Known gives what was known of a case at a time.
func (r *remote) Known(ctx context.Context, id store.CaseID, at time.Time) (casework.Known, error) {
	x, err := r.Dossier(ctx, id, at)
	return x.Known, err
}

// entered is a fact by what the API answers when it was entered.
func (r *remote) entered(ctx context.Context, id store.CaseID, sort string, made struct {
	Item    string
	Version int64
}) (breach.Fact, error) {
	k, err := r.Known(ctx, id, time.Time{})
	for _, f := range k.History(sort, made.Item) {
		if f.Version == made.Version {
			return f, err
		}
	}
	return breach.Fact{Field: sort, Item: made.Item, Version: made.Version}, err
}

// Enter enters a fact.
func (r *remote) Enter(ctx context.Context, id store.CaseID, in casework.Entering) (breach.Fact, error) {
	var made struct {
		Item    string
		Version int64
	}
	parts, err := zoned(in)
	if err != nil {
		return breach.Fact{}, err
	}
	body := map[string]any{"fact": in.Sort, "item": in.Item, "base": in.Base, "parts": parts}
	if err := r.ask(ctx, http.MethodPost, caseAt(id, "/facts"), body, &made); err != nil {
		return breach.Fact{}, err
	}
	return r.entered(ctx, id, in.Sort, made)
}

// zoned are the parts of a fact with their times as the API takes them: with their
// offset.
func zoned(in casework.Entering) (map[string]string, error) {
	parts := maps.Clone(in.Parts)
	sort, _ := casework.SortOf(in.Sort)
	for name, value := range parts {
		if p, ok := sort.Part(name); !ok || p.Type != casework.MomentPart && p.Type != casework.LaterPart || in.Zone == nil || value == "" {
			continue
		}
		t, err := casework.ParseMoment(value, in.Zone, in.Say)
		if err != nil {
			return nil, err
		}
		parts[name] = t.Format(time.RFC3339)
	}
	return parts, nil
}

// TakeBack says that a fact does not hold.
func (r *remote) TakeBack(ctx context.Context, id store.CaseID, sort, item string, base int64, why string) (breach.Fact, error) {
	var made struct {
		Item    string
		Version int64
	}
	if err := r.ask(ctx, http.MethodPost, caseAt(id, "/facts/take-back"), map[string]any{"fact": sort, "item": item, "base": base, "why": why}, &made); err != nil {
		return breach.Fact{}, err
	}
	return r.entered(ctx, id, sort, made)
}

// TakePlaybook adds the tasks of the playbook.
func (r *remote) TakePlaybook(ctx context.Context, id store.CaseID, _ casework.Typed) (int, error) {
	var made struct{ Added int }
	err := r.ask(ctx, http.MethodPost, caseAt(id, "/duties/plan"), map[string]any{}, &made)
	return made.Added, err
}

// TakeCohorts enters the groups of people that the evidence knows.
func (r *remote) TakeCohorts(ctx context.Context, id store.CaseID, _ string, _ casework.Typed) (int, error) {
	var made struct{ Added int }
	err := r.ask(ctx, http.MethodPost, caseAt(id, "/assessment/groups"), map[string]any{}, &made)
	return made.Added, err
}

// Decide keeps a decision of the token's owner.
func (r *remote) Decide(ctx context.Context, id store.CaseID, d breach.Decision) (breach.Decision, error) {
	var made struct{ Number int64 }
	err := r.ask(ctx, http.MethodPost, caseAt(id, "/decisions"), map[string]any{"about": d.About, "group": d.Group, "says": d.Says, "why": d.Why, "facts": d.Facts}, &made)
	if err != nil {
		return d, err
	}
	x, err := r.Dossier(ctx, id, time.Time{})
	for _, kept := range x.Decisions {
		if kept.Number == made.Number {
			return kept, err
		}
	}
	return d, err
}

// tenant is whose cases these are, for what is told outside.
func (a *app) tenant() string {
	if r, ok := a.office.(*remote); ok {
		return r.tenant
	}
	return string(a.desk.Who.Tenant)
}
