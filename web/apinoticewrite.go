package web

import (
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type apiSender struct {
	Name   string `json:"name"`
	Mail   string `json:"mail" doc:"The address that notices come from."`
	Bounce string `json:"bounce,omitempty" doc:"Where what cannot be delivered comes back to."`
}

type writeIn struct {
	Case string `path:"case" doc:"The case's number."`
	Body struct {
		Notice     string                         `json:"notice,omitempty" doc:"A notice of notices-list, whose draft or next version it is; missing for a new one."`
		Matter     string                         `json:"matter,omitempty" enum:"first,update,correction" default:"first"`
		Country    string                         `json:"country" enum:"FI,AX,SE"`
		Texts      map[string]casework.NoticeText `json:"texts" doc:"By language: sv, fi, en."`
		Sender     apiSender                      `json:"sender"`
		Order      []breach.Channel               `json:"order" minItems:"1" enum:"mailbox,letter,email" doc:"The ways of telling somebody, the best first."`
		Custody    bool                           `json:"custody,omitempty" doc:"The guardians in the registers have custody."`
		Staff      []string                       `json:"staff,omitempty" doc:"Groups of the registers that are employees."`
		AnyHour    bool                           `json:"any_hour,omitempty" doc:"Mails go out at night too: where waiting is the greater harm."`
		PerMinute  int                            `json:"per_minute,omitempty" minimum:"0" doc:"Mails to one domain; 0 for as many as the mail server takes."`
		Letterhead []string                       `json:"letterhead,omitempty" maxItems:"10"`
	}
}

// apiWriteNotice keeps a draft. What a request does not tell stays as it was.
func apiWriteNotice(v *visit, in *writeIn) (apiNotice, error) {
	b := in.Body
	var draft casework.NoticeDraft
	if b.Notice != "" {
		if !identifier.MatchString(b.Notice) {
			return apiNotice{}, errNotThere
		}
		n, err := v.desk().Notice(v.Context(), v.grant.Case(), breach.NoticeID(b.Notice))
		if isRefusal(err) {
			err = errNotThere
		}
		if err != nil {
			return apiNotice{}, err
		}
		if draft = n.Draft; n.State != store.NoticeDraft {
			draft.Earlier = n.Draft.Date
		}
	}
	draft.Matter, _ = casework.ParseMatter(b.Matter)
	draft.Country, draft.Texts, draft.Date = b.Country, b.Texts, v.now.Wall.UTC().Truncate(time.Second)
	draft.Sender.Name, draft.Sender.Mail, draft.Sender.Bounce = strings.TrimSpace(b.Sender.Name), strings.TrimSpace(b.Sender.Mail), strings.TrimSpace(b.Sender.Bounce)
	draft.Policy.Order, draft.Custody, draft.Staff = b.Order, b.Custody, b.Staff
	draft.AnyHour, draft.PerMinute, draft.Letterhead = b.AnyHour, b.PerMinute, b.Letterhead
	if err := draft.Whole(); err != nil {
		return apiNotice{}, v.fieldNamed(err)
	}
	n, err := v.desk().WriteNotice(v.Context(), v.grant.Case(), breach.NoticeID(b.Notice), draft)
	return apiNotice{ID: string(n.ID), Version: n.Version, State: n.State, Dispatches: []apiStanding{}}, err
}
