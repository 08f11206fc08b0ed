package web

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// noticeStep takes a notice a step on, and shows it again, or why there was none.
func (v *visit) noticeStep(step func(casePage, casework.Notice) (to string, err error)) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	to, err := step(base, n)
	if isRefusal(err) {
		return v.noticeForm(err)
	}
	if err != nil {
		return err
	}
	if to == "" {
		to = noticePath(base, n)
	}
	return v.redirect(to)
}

// freezeNotice makes every letter. It goes on when nobody waits for the answer.
func freezeNotice(v *visit) error {
	return v.noticeStep(func(base casePage, n casework.Notice) (string, error) {
		_, err := v.desk().FreezeNotice(context.WithoutCancel(v.Context()), base.Case.ID, n)
		return "", err
	})
}

func proposeNotice(v *visit) error {
	return v.noticeStep(func(base casePage, n casework.Notice) (string, error) {
		a, err := v.desk().ProposeSending(v.Context(), base.Case.ID, n)
		return "/cases/" + string(base.Case.ID) + "/proposals/" + a.ID, err
	})
}

// releaseNotice releases a wave: once, however often the form is sent.
func releaseNotice(v *visit) error {
	return v.noticeStep(func(base casePage, n casework.Notice) (string, error) {
		wave, err := strconv.ParseInt(v.PostFormValue("wave"), 10, 64)
		if err != nil || v.PostFormValue("key") == "" {
			return "", errNotThere
		}
		r, err := v.desk().ReleaseWave(v.Context(), base.Case.ID, n, wave, v.PostFormValue("key"))
		if err == nil && !r.Now {
			err = &breach.Refusal{Key: "refusal.notice-not-released", Args: map[string]any{"Wave": wave, "Why": v.text.T("notice.release." + r.Outcome)}}
		}
		if err == nil {
			err = v.handOver(base, n)
		}
		return "", err
	})
}

func haltNotice(v *visit) error {
	return v.noticeStep(func(base casePage, n casework.Notice) (string, error) {
		return "", v.desk().HaltNotice(v.Context(), base.Case.ID, n)
	})
}

func liftNotice(v *visit) error {
	return v.noticeStep(func(base casePage, n casework.Notice) (string, error) {
		a, err := v.desk().ProposeLifting(v.Context(), base.Case.ID, n)
		return "/cases/" + string(base.Case.ID) + "/proposals/" + a.ID, err
	})
}

// doNotice does with a notice what two others have agreed to: it begins to send,
// or goes on after a halt.
func (v *visit) doNotice(base casePage, a auth.Approval, p store.Proposal) error {
	var frozen casework.NoticeFrozen
	id, _, _ := strings.Cut(string(p.Payload), ".")
	if a.Action == auth.SendNotice {
		if err := json.Unmarshal(p.Payload, &frozen); err != nil {
			return err
		}
		id = string(frozen.Notice)
	}
	n, err := v.desk().Notice(v.Context(), base.Case.ID, breach.NoticeID(id))
	if err == nil && a.Action == auth.SendNotice {
		_, err = v.desk().BeginSending(v.Context(), base.Case.ID, n, a.ID)
	} else if err == nil {
		if err = v.desk().LiftHalt(v.Context(), base.Case.ID, n, a.ID); err == nil {
			err = v.handOver(base, n)
		}
	}
	if err != nil {
		return err
	}
	return v.redirect(noticePath(base, n))
}

// unsettledPage lists the dispatches that somebody has to look at.
type unsettledPage struct {
	casePage
	Path  string
	Lines []unsettledLine
	More  int  // that are not listed
	Prove bool // the visitor may see what somebody was told
}

// unsettledLine is one of them: its reader by id, never by name.
type unsettledLine struct {
	Number                 int64
	Subject, Reader        string
	State, Reason, Channel string
	Attempt                int64
	Uncertain              bool
}

// unsettledList is how many a page lists.
const unsettledList = 200

func showUnsettled(v *visit) error { return v.unsettledForm(nil) }

func (v *visit) unsettledForm(wrong error) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	list, more, err := v.desk().Unsettled(v.Context(), base.Case.ID, n, unsettledList)
	if err != nil {
		return err
	}
	p := unsettledPage{casePage: base, Path: noticePath(base, n), More: more, Prove: v.may(auth.ProveNotice)}
	for _, d := range list {
		p.Lines = append(p.Lines, unsettledLine{Number: d.Seq, Subject: string(d.Notice.Subject), Reader: string(d.Notice.Reader), State: "delivery." + string(d.State),
			Reason: reasonKey(d.Reason), Channel: "notice.channel." + string(d.Notice.Channel), Attempt: d.Attempt, Uncertain: d.State == breach.Uncertain})
	}
	return v.form("notice-settle", p, wrong)
}

// settleNotice keeps what somebody decides of one dispatch, with a reason.
func settleNotice(v *visit) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	number, err := strconv.ParseInt(v.PostFormValue("number"), 10, 64)
	if err != nil {
		return errNotThere
	}
	err = v.desk().DecideNotice(v.Context(), base.Case.ID, n, number, casework.NoticeChoice(v.PostFormValue("as")), v.PostFormValue("why"))
	if isRefusal(err) {
		return v.unsettledForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(noticePath(base, n) + "/settle")
}
