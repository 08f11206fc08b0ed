package web

import (
	"github.com/klarlagt/klarlagt/auth"
)

// unreachedPage lists whom a notice did not reach: the next version goes to them.
type unreachedPage struct {
	casePage
	ID    string // of the notice
	Path  string
	Lines []unsettledLine
	More  int // that are not listed
	Prove bool
	Write bool
}

func showUnreached(v *visit) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	list, more, err := v.desk().Unreached(v.Context(), base.Case.ID, n, unsettledList)
	if err != nil {
		return err
	}
	p := unreachedPage{casePage: base, ID: string(n.ID), Path: noticePath(base, n), More: more, Prove: v.may(auth.ProveNotice), Write: v.may(auth.WriteNotice)}
	for _, d := range list {
		p.Lines = append(p.Lines, unsettledLine{Number: d.Seq, Subject: string(d.Notice.Subject), Reader: string(d.Notice.Reader), State: "delivery." + string(d.State),
			Reason: reasonKey(d.Reason), Channel: "notice.channel." + string(d.Notice.Channel), Attempt: d.Attempt})
	}
	return v.page("notice-unreached", p)
}
