package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// Lists gives the versions of the list of who is exposed.
func (r *remote) Lists(ctx context.Context, id store.CaseID) ([]store.List, error) {
	var got struct{ Lists []listJSON }
	if err := r.ask(ctx, http.MethodGet, caseAt(id, "/lists"), nil, &got); err != nil {
		return nil, err
	}
	var list []store.List
	for _, l := range got.Lists {
		one := store.List{Number: l.Number, At: l.At, People: l.People, Strangers: l.Strangers, By: l.By, Approval: l.Approval}
		root, err := hex.DecodeString(l.Root)
		if copy(one.Root[:], root) != len(one.Root) || err != nil {
			return nil, fmt.Errorf("read the server's answer: the root of list %d", l.Number)
		}
		if l.Frozen != nil {
			one.Frozen = *l.Frozen
		}
		list = append(list, one)
	}
	return list, nil
}

// remoteChanges are changes between lists as the API has them.
type remoteChanges struct {
	All    int64
	Hidden string `json:"protected"`
	People []struct {
		ID      string
		Was, Is map[string]string
	}
}

// Differ holds a version of the list against an earlier one.
func (r *remote) Differ(ctx context.Context, id store.CaseID, from, to int64, most int) (d casework.Difference, err error) {
	var got struct{ New, Gone, Changed remoteChanges }
	err = r.ask(ctx, http.MethodGet, caseAt(id, fmt.Sprintf("/lists/%d/changes?from=%d&most=%d", to, from, max(most, 1))), nil, &got)
	d.New, d.Gone, d.Changed = got.New.changes(most), got.Gone.changes(most), got.Changed.changes(most)
	return d, err
}

// changes are they as the desk tells them. How many are hidden is not known where
// it is few, and none of what is shown says it.
func (c remoteChanges) changes(most int) (out casework.Changes) {
	hidden, err := strconv.ParseInt(c.Hidden, 10, 64)
	if err != nil {
		hidden = 1
	}
	out.All, out.Hidden = c.All+hidden, hidden
	for _, p := range c.People[:min(len(c.People), max(most, 0))] {
		number, _ := store.ParsePersonID(p.ID) // an id of the server's
		out.People = append(out.People, casework.Change{Was: listed(number, p.Was), Is: listed(number, p.Is)})
	}
	return out
}

// listed is how somebody stands on a list, by the grades of what is otherwise.
func listed(number int64, grades map[string]string) store.Listed {
	l := store.Listed{Number: number}
	for name, grade := range grades {
		k, _ := breach.ParseKind(name)
		switch g, _ := breach.ParseGrade(grade); g {
		case breach.Proven:
			l.Proven |= breach.KindsOf(k)
		case breach.Likely:
			l.Likely |= breach.KindsOf(k)
		case breach.Possible:
			l.Possible |= breach.KindsOf(k)
		}
	}
	return l
}

// Result gives what the latest resolve says as a whole.
func (r *remote) Result(ctx context.Context, id store.CaseID) (casework.Result, error) {
	var got struct {
		At                 time.Time
		Gaps               bool
		OneOf              int64 `json:"one_of"`
		Traces             int64
		Exposed, Strangers map[string]int64
		Outside            struct{ Lower, Upper int64 } `json:"strangers_between"`
		Rows               []struct {
			Group  string
			Counts []struct {
				Kind                                                           string
				Registered, Proven, Likely, Possible, Excluded, Unknown, Upper int64
			}
		}
	}
	err := r.ask(ctx, http.MethodGet, caseAt(id, "/exposure"), nil, &got)
	for _, grades := range []map[string]int64{got.Exposed, got.Strangers} {
		maps.DeleteFunc(grades, func(_ string, n int64) bool { return n == 0 }) // as a resolve counts
	}
	out := casework.Result{At: got.At, Gaps: got.Gaps, OneOf: got.OneOf, Traces: got.Traces, Exposed: got.Exposed, Strangers: got.Strangers}
	out.Outside.Low, out.Outside.High = got.Outside.Lower, got.Outside.Upper
	for _, row := range got.Rows {
		one := casework.Row{Group: row.Group}
		for _, c := range row.Counts {
			kind, _ := breach.ParseKind(c.Kind) // none for any
			one.Counts = append(one.Counts, casework.Count{Kind: kind, Registered: c.Registered, Proven: c.Proven, Likely: c.Likely, Possible: c.Possible,
				Excluded: c.Excluded, Unknown: c.Unknown, Upper: c.Upper})
		}
		out.Rows = append(out.Rows, one)
	}
	return out, err
}

// AccountDeep counts the account.
func (r *remote) AccountDeep(ctx context.Context, id store.CaseID, depth int) (account casework.Account, err error) {
	err = r.ask(ctx, http.MethodGet, caseAt(id, fmt.Sprintf("/account?depth=%d", depth)), nil, &account)
	return account, err
}

// Items calls f for the items that the filter picks.
func (r *remote) Items(ctx context.Context, id store.CaseID, of itemFilter, f func(accountItem) error) error {
	for from := int64(0); ; {
		var got struct {
			Items []struct {
				Path, Format, Missing, Charset string
				State                          breach.State
				Reason                         breach.Reason
				Size, Text                     int64
			}
			Next int64
		}
		query := url.Values{"from": {strconv.FormatInt(from, 10)}, "gaps": {strconv.FormatBool(of.gaps)}, "state": {of.state}}
		if err := r.ask(ctx, http.MethodGet, caseAt(id, "/account/items?"+query.Encode()), nil, &got); err != nil {
			return err
		}
		for _, x := range got.Items {
			if err := f(accountItem{x.Path, x.Format, x.Size, breach.Outcome{State: x.State, Reason: x.Reason, Missing: x.Missing, Text: x.Text, Charset: x.Charset}}); err != nil {
				return err
			}
		}
		if from = got.Next; from == 0 {
			return nil
		}
	}
}

// report writes the report.
func (r *remote) report(ctx context.Context, id store.CaseID, w io.Writer) error {
	return r.copied(ctx, caseAt(id, "/report?paths=true"), w)
}

// copied writes a file of the server's.
func (r *remote) copied(ctx context.Context, path string, w io.Writer) error {
	said, err := r.tried(ctx, request{method: http.MethodGet, path: path})
	if err == nil {
		_, err = w.Write(said)
	}
	return err
}

// drafting is which draft is asked for, in an address.
func drafting(o casework.Drafting) url.Values {
	return url.Values{"complete": {strconv.FormatBool(!o.Incomplete)}, "why": {o.Why}, "withdraw": {o.Withdrawn}}
}

// draftAt is where a form is.
func draftAt(id store.CaseID, form string) string {
	return caseAt(id, "/drafts/"+url.PathEscape(cmp.Or(form, casework.TemplateForm)))
}

// WriteDraft writes a form as it stands, and tells how far it is.
func (r *remote) WriteDraft(ctx context.Context, id store.CaseID, o casework.Drafting, as draftAs, w io.Writer) (d casework.Drafted, err error) {
	at, query := draftAt(id, o.Form), drafting(o)
	var got struct {
		Filled, Asked int
		Flags         json.RawMessage
		Refused       string
	}
	if err := r.ask(ctx, http.MethodGet, at+"?"+query.Encode(), nil, &got); err != nil {
		return d, err
	}
	d.Filled, d.Asked = got.Filled, got.Asked
	if err := json.Unmarshal(got.Flags, &d.Flags); err != nil {
		return d, fmt.Errorf("read the server's answer: %w", err)
	}
	if got.Refused != "" {
		d.Refuse = &breach.Refusal{Key: "cmd.remote.said", Args: map[string]any{"Why": got.Refused}}
	}
	query.Set("format", as.format)
	query.Set("sources", strconv.FormatBool(!as.bare))
	return d, r.copied(ctx, at+"/file?"+query.Encode(), w)
}

// File notes that a form was sent.
func (r *remote) File(ctx context.Context, id store.CaseID, s casework.Sending) (breach.Filing, error) {
	body := map[string]any{"facts": s.Facts, "number": s.Number}
	if !s.At.IsZero() {
		body["at"] = s.At
	}
	var made struct{ Number int64 }
	if err := r.ask(ctx, http.MethodPost, draftAt(id, s.Form)+"/sent?"+drafting(s.Drafting).Encode(), body, &made); err != nil {
		return breach.Filing{}, err
	}
	x, err := r.Dossier(ctx, id, time.Time{})
	for _, f := range x.Filings {
		if f.Number == made.Number {
			return f, err
		}
	}
	return breach.Filing{Number: made.Number}, err
}

// Receive notes the number that an authority gave.
func (r *remote) Receive(ctx context.Context, id store.CaseID, filing int64, number string) (breach.Fact, error) {
	var made struct {
		Item    string
		Version int64
	}
	if err := r.ask(ctx, http.MethodPost, caseAt(id, "/receipts"), map[string]any{"filing": filing, "number": number}, &made); err != nil {
		return breach.Fact{}, err
	}
	return r.entered(ctx, id, "receipt", made)
}
