package web

import (
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// rehearsalPage is what came of the rehearsals of a notice, and where the next one
// goes.
type rehearsalPage struct {
	casePage
	Notice  casework.Notice
	Path    string
	Errands errandsPart
	Ways    casework.Ways
	Mail    bool                // something of it goes by mail
	Past    *casework.Rehearsal // of what is frozen now; nil: none
	Old     bool                // there was one, of what is no longer
	Begin   bool
}

func showRehearsal(v *visit) error { return v.rehearsalForm(nil) }

func (v *visit) rehearsalForm(wrong error) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	p := rehearsalPage{casePage: base, Notice: n, Path: noticePath(base, n), Ways: v.ways()}
	if p.Errands, err = v.errandsOf(base, n, "/rehearsal", store.ErrandRehearse); err != nil {
		return err
	}
	if n.Frozen != nil {
		p.Mail = n.Frozen.ByChannel[breach.Mail] > 0
		if n.Rehearsal != nil && n.Rehearsal.Root == n.Frozen.Root {
			p.Past = n.Rehearsal
		}
	}
	p.Old = p.Past == nil && n.Rehearsal != nil
	p.Begin = v.may(auth.FreezeNotice) && p.Mail && n.State == store.NoticeFrozen && len(p.Ways.Seeds) > 0 && len(p.Errands.Going) == 0
	return v.form("notice-rehearsal", p, wrong)
}

// ways are those on which the server hands over for the visitor's organisation.
func (v *visit) ways() casework.Ways {
	if v.Errands == nil {
		return casework.Ways{}
	}
	return v.Errands.Ways(v.session.Tenant)
}

func rehearseNotice(v *visit) error {
	return v.noticeErrand(store.ErrandRehearse, "/rehearsal", casework.LetterPlan{}, v.rehearsalForm)
}
