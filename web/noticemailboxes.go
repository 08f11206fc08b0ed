package web

import (
	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// mailboxesPage is which service of digital mailboxes there is, who has one, and
// what became of what was handed to it.
type mailboxesPage struct {
	casePage
	Notice  casework.Notice
	Path    string
	Errands errandsPart
	Ways    casework.Ways
	First   bool // mailboxes come first in what was written
	Asked   bool
	Has     int64 // readers who have one, as was asked
	Frozen  int64 // readers who are told in one
	Reach   bool
	Send    bool
	Ask     bool
}

func showMailboxes(v *visit) error { return v.mailboxesForm(nil) }

func (v *visit) mailboxesForm(wrong error) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	p := mailboxesPage{casePage: base, Notice: n, Path: noticePath(base, n), Ways: v.ways(), Has: int64(len(n.Draft.Mailboxes))}
	if p.Errands, err = v.errandsOf(base, n, "/mailboxes", store.ErrandReach, store.ErrandSend, store.ErrandAsk); err != nil {
		return err
	}
	for _, e := range p.Errands.Past {
		p.Asked = p.Asked || e.Kind == store.ErrandReach && e.Version == n.Version && e.State == store.ErrandDone
	}
	p.Asked = p.Asked || p.Has > 0 // by the command
	for _, channel := range n.Draft.Policy.Order {
		p.First = p.First || channel == breach.Mailbox
	}
	if n.Frozen != nil {
		p.Frozen = int64(n.Frozen.ByChannel[breach.Mailbox])
	}
	there := p.Ways.Mailbox != ""
	p.Reach = there && p.First && v.may(auth.FreezeNotice) && n.State == store.NoticeDraft
	waits, err := v.waiting(base, n)
	if err != nil {
		return err
	}
	p.Send = there && waits > 0 && v.maySend(n)
	p.Ask = there && p.Frozen > 0 && p.Ways.Tells && v.may(auth.SettleNotice) && n.State == store.NoticeApproved
	return v.form("notice-mailboxes", p, wrong)
}

// waiting counts what is released of a notice and not handed over.
func (v *visit) waiting(base casePage, n casework.Notice) (waits int64, err error) {
	counts, err := v.desk().NoticeCounts(v.Context(), base.Case.ID, n)
	for wave, states := range counts {
		if wave > 0 {
			waits += states[breach.Released] + states[breach.Deferred]
		}
	}
	return waits, err
}

// maySend reports whether the visitor may have handed over what is released of a
// notice.
func (v *visit) maySend(n casework.Notice) bool {
	return v.may(auth.ReleaseWave) && n.State == store.NoticeApproved && n.Halted == "" && n.Wave > 0 && v.Errands != nil && v.Errands.Carries(v.session.Tenant, n)
}

func reachMailboxes(v *visit) error {
	return v.noticeErrand(store.ErrandReach, "/mailboxes", casework.LetterPlan{}, v.mailboxesForm)
}

func askMailboxes(v *visit) error {
	return v.noticeErrand(store.ErrandAsk, "/mailboxes", casework.LetterPlan{}, v.mailboxesForm)
}
