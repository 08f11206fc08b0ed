package web

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiStanding struct {
		Wave  int64                `json:"wave" doc:"0 for what no machine hands over."`
		State breach.DeliveryState `json:"state"`
		Count int64                `json:"count"`
	}
	apiNotice struct {
		ID         string            `json:"id"`
		Version    int64             `json:"version"`
		State      store.NoticeState `json:"state"`
		Halted     string            `json:"halted,omitempty" doc:"Why nothing goes out."`
		Wave       int64             `json:"wave" doc:"The last that was released."`
		Root       string            `json:"root,omitempty" doc:"SHA-256 over the list and every byte; missing while it is a draft."`
		Count      int               `json:"count,omitempty" doc:"How many it is to."`
		FrozenAt   *time.Time        `json:"frozen_at,omitempty"`
		Approval   string            `json:"approval,omitempty"`
		Dispatches []apiStanding     `json:"dispatches" nullable:"false"`
	}
	apiNotices struct {
		Notices []apiNotice `json:"notices" nullable:"false" doc:"Every version, the newest of a notice last."`
	}
)

// What goes out to people is released by a person who proved who they are, and
// agreed to by two others: programs see how it stands, stop it, and ask.
func noticeOperations(a *api) {
	reads(a, "/cases/{case}/notices", auth.ReadNotices, "notices-list", "Notices with how many are in which state", apiListNotices)
	too := []auth.Action{auth.ReadNotices}
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/notices", action: auth.WriteNotice, too: too, id: "notices-write",
		summary: "Write a notice, or its next version; nothing goes out"}, apiWriteNotice)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/notices/{id}/halt", action: auth.HaltNotice, too: too, id: "notices-halt",
		summary: "Stop a notice before its next message"}, apiHaltNotice)
	operation(a, doing{method: http.MethodPost, path: "/cases/{case}/notices/{id}/lift", action: auth.Propose, too: too, id: "notices-lift",
		summary: "Propose to go on after a halt"}, apiLiftNotice)
}

func apiListNotices(v *visit, _ *caseIn) (apiNotices, error) {
	out := apiNotices{Notices: []apiNotice{}}
	list, err := v.desk().Notices(v.Context(), v.grant.Case())
	if err != nil {
		return out, err
	}
	for _, n := range list {
		one := apiNotice{ID: string(n.ID), Version: n.Version, State: n.State, Halted: n.Halted, Wave: n.Wave, Approval: n.Approval, Dispatches: []apiStanding{}}
		if n.Frozen != nil {
			one.Root, one.Count, one.FrozenAt = n.Frozen.Root, n.Frozen.Count, &n.Frozen.At
			counts, err := v.tenant.DispatchCounts(v.Context(), v.grant, n.NoticeVersion)
			if err != nil {
				return out, err
			}
			for _, wave := range slices.Sorted(maps.Keys(counts)) {
				for _, state := range breach.DeliveryStates() {
					if many := counts[wave][state]; many > 0 {
						one.Dispatches = append(one.Dispatches, apiStanding{wave, state, many})
					}
				}
			}
		}
		out.Notices = append(out.Notices, one)
	}
	return out, nil
}

type noticeIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"A notice's."`
}

func apiHaltNotice(v *visit, in *noticeIn) (apiOpened, error) {
	_, n, err := v.theNotice()
	if err != nil {
		return apiOpened{}, err
	}
	return apiOpened{in.ID}, v.desk().HaltNotice(v.Context(), v.grant.Case(), n)
}

func apiLiftNotice(v *visit, _ *noticeIn) (apiOpened, error) {
	_, n, err := v.theNotice()
	if err != nil {
		return apiOpened{}, err
	}
	a, err := v.desk().ProposeLifting(v.Context(), v.grant.Case(), n)
	return apiOpened{a.ID}, err
}
