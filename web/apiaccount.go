package web

import (
	"net/http"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

type (
	apiReason struct {
		Reason string `json:"reason"`
		Items  int64  `json:"items"`
	}
	apiState struct {
		State   string      `json:"state"`
		Items   int64       `json:"items"`
		Bytes   int64       `json:"bytes"`
		Reasons []apiReason `json:"reasons" nullable:"false" doc:"Of those that have one."`
	}
	apiShare struct {
		Name   string     `json:"name" doc:"Empty for none."`
		Items  int64      `json:"items"`
		Bytes  int64      `json:"bytes"`
		Gaps   int64      `json:"gaps"`
		States []apiState `json:"states" nullable:"false"`
	}
	apiAccount struct {
		Items   int64      `json:"items"`
		Files   int64      `json:"files"`
		Members int64      `json:"members"`
		Bytes   int64      `json:"bytes"`
		Gaps    int64      `json:"gaps"`
		States  []apiState `json:"states" nullable:"false" doc:"They sum to all items, as each of the following."`
		Formats []apiShare `json:"formats" nullable:"false"`
		Folders []apiShare `json:"folders" nullable:"false"`
		Sizes   []apiShare `json:"sizes" nullable:"false"`
	}
	apiItem struct {
		Path    string `json:"path" doc:"It may hold names."`
		State   string `json:"state"`
		Reason  string `json:"reason,omitempty"`
		Missing string `json:"missing,omitempty" doc:"What was not read, in countable units."`
		Format  string `json:"format,omitempty"`
		Size    int64  `json:"size"`
		Text    int64  `json:"text" doc:"Bytes of text read."`
		Charset string `json:"charset,omitempty"`
	}
	apiItems struct {
		Items []apiItem `json:"items" nullable:"false"`
		Next  int64     `json:"next,omitempty" doc:"What to give as from, for those that follow."`
	}
	apiGap struct {
		Path    string `json:"path"`
		Format  string `json:"format,omitempty"`
		Size    int64  `json:"size"`
		State   string `json:"state"`
		Reason  string `json:"reason,omitempty"`
		Missing string `json:"missing,omitempty"`
	}
	apiCoverage struct {
		Items   int64      `json:"items"`
		Files   int64      `json:"files"`
		Members int64      `json:"members"`
		Bytes   int64      `json:"bytes"`
		States  []apiState `json:"states" nullable:"false" doc:"They sum to all items."`
		Gaps    []apiGap   `json:"gaps" nullable:"false"`
		Pages   int        `json:"pages" doc:"Of gaps."`
	}
)

// itemsPage is how many items of the account one answer has.
const itemsPage = 10_000

func accountOperations(a *api) {
	operation(a, doing{method: http.MethodGet, path: "/cases/{case}/account", action: auth.ReadAccount, id: "account-sums", allowance: reading,
		summary: "What became of the evidence, counted by state, format, folder and size"}, apiShowAccount)
	operation(a, doing{method: http.MethodGet, path: "/cases/{case}/account/items", action: auth.ReadAccount, id: "account-items", allowance: reading,
		summary: "What became of each item of the evidence"}, apiListItems)
	reads(a, "/cases/{case}/coverage", auth.ReadAccount, "exposure-coverage", "What was read, and what was not and why", apiShowCoverage)
}

type accountIn struct {
	Case  string `path:"case" doc:"The case's number."`
	Depth int    `query:"depth" minimum:"1" maximum:"100" default:"1" doc:"By how many steps of their path folders are told apart."`
}

func apiShowAccount(v *visit, in *accountIn) (apiAccount, error) {
	x, err := v.desk().AccountDeep(v.Context(), v.grant.Case(), in.Depth, nil)
	return apiAccount{x.Items, x.Files, x.Members, x.Bytes, x.Gaps, apiStates(x.States), apiShares(x.Formats), apiShares(x.Folders), apiShares(x.Sizes)}, err
}

func apiStates(states []casework.StateSum) []apiState {
	list := []apiState{}
	for _, s := range states {
		one := apiState{string(s.State), s.Items, s.Bytes, []apiReason{}}
		for _, r := range s.Reasons {
			one.Reasons = append(one.Reasons, apiReason{string(r.Reason), r.Items})
		}
		list = append(list, one)
	}
	return list
}

func apiShares(parts []casework.PartSum) []apiShare {
	list := []apiShare{}
	for _, p := range parts {
		list = append(list, apiShare{p.Name, p.Items, p.Bytes, p.Gaps, apiStates(p.States)})
	}
	return list
}

type itemsIn struct {
	Case  string       `path:"case" doc:"The case's number."`
	State breach.State `query:"state" doc:"Only those in this state."`
	Gaps  bool         `query:"gaps" doc:"Only those that were not read whole."`
	From  int64        `query:"from" minimum:"0" doc:"The number of the first item, from 0."`
}

func apiListItems(v *visit, in *itemsIn) (apiItems, error) {
	out, seen := apiItems{Items: []apiItem{}}, int64(0)
	for r, err := range v.tenant.Account(v.Context(), v.grant) {
		o := r.Outcome
		switch {
		case err != nil:
			return out, err
		case in.State != "" && o.State != in.State, in.Gaps && !o.State.IsGap():
			continue
		case seen < in.From:
			seen++
			continue
		case len(out.Items) == itemsPage:
			out.Next = seen
			return out, nil
		}
		seen++
		out.Items = append(out.Items, apiItem{gapOf(r).Path, string(o.State), string(o.Reason), o.Missing, r.Type, r.Size, o.Text, o.Charset})
	}
	return out, nil
}

type coverageIn struct {
	Case string `path:"case" doc:"The case's number."`
	Page int    `query:"page" minimum:"1" default:"1" doc:"Of gaps."`
}

func apiShowCoverage(v *visit, in *coverageIn) (apiCoverage, error) {
	out := apiCoverage{Gaps: []apiGap{}}
	c, err := v.desk().Coverage(v.Context(), v.grant.Case(), int64(in.Page-1)*gapList, gapList)
	for _, r := range c.Listed {
		g := gapOf(r)
		out.Gaps = append(out.Gaps, apiGap{g.Path, r.Type, r.Size, string(g.State), string(g.Reason), g.Missing})
	}
	out.Items, out.Files, out.Members, out.Bytes = c.Items, c.Files, c.Members, c.Bytes
	out.Pages = int((c.Gaps + gapList - 1) / gapList)
	out.States = apiStates(c.States)
	return out, err
}
