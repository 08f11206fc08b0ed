package web

import (
	"crypto/rand"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// noticesPage lists the notices of a case.
type noticesPage struct {
	casePage
	Notices []noticeLine
	Write   bool
}

// noticeLine is one version of a notice.
type noticeLine struct {
	ID, Path string // "" for a version that a newer one has replaced
	Version  int64
	State    store.NoticeState
	Halted   string
	Count    int64
}

func showNotices(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	list, err := v.desk().Notices(v.Context(), base.Case.ID)
	if err != nil {
		return err
	}
	p := noticesPage{casePage: base, Write: v.may(auth.WriteNotice)}
	for i, n := range list {
		l := noticeLine{ID: string(n.ID), Version: n.Version, State: n.State, Halted: n.Halted}
		if n.Frozen != nil {
			l.Count = int64(n.Frozen.Count)
		}
		if i+1 == len(list) || list[i+1].ID != n.ID {
			l.Path = noticePath(base, n)
		}
		p.Notices = append(p.Notices, l)
	}
	return v.page("notices", p)
}

func noticePath(base casePage, n casework.Notice) string {
	return "/cases/" + string(base.Case.ID) + "/notices/" + string(n.ID)
}

// theNotice finds the newest version of the notice that the path names.
func (v *visit) theNotice() (casePage, casework.Notice, error) {
	base, err := v.theCase()
	if err != nil {
		return base, casework.Notice{}, err
	}
	n, err := v.desk().Notice(v.Context(), base.Case.ID, breach.NoticeID(v.PathValue("id")))
	if isRefusal(err) {
		err = errNotThere
	}
	return base, n, err
}

// noticePage is how the newest version of a notice stands, what needs somebody
// first.
type noticePage struct {
	casePage
	Notice    casework.Notice
	Path      string
	Uncertain int64
	Waits     int64 // released, and not handed over
	Waves     []waveLine
	Channels  []counted
	Reasons   []counted
	ByHand    int
	All       int64
	Rehearse  bool // there is mail in it, which has not been rehearsed
	Next      int64
	HaltKey   string
	Key       string // of the command that releases: made with the page, so that two clicks are one
	Watch     bool
	At        time.Time
	Errands   errandsPart
	Letters   bool // something of it goes by letter
	Mailboxes bool // something of it goes, or is to go, to digital mailboxes
	Unreached int64
	Carries   bool // the server hands over what a machine hands over of it

	Write, Freeze, Propose, Release, Send, Halt, Lift, Settle bool // what the visitor may do now
}

// counted is how many there are of something.
type counted struct {
	Key   string
	Count int64
}

// waveLine is how far what goes out together has come.
type waveLine struct {
	Wave, All int64
	Bar       template.HTML
	States    []counted
}

func showNotice(v *visit) error { return v.noticeForm(nil) }

// noticeForm shows a notice, with what is wrong with what was asked for.
func (v *visit) noticeForm(wrong error) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	p := noticePage{casePage: base, Notice: n, Path: noticePath(base, n), Key: rand.Text(), At: v.now.Wall, Watch: v.URL.Query().Get("watch") != "" && wrong == nil}
	if n.State != store.NoticeDraft {
		if err := v.countNotice(&p); err != nil {
			return err
		}
	}
	frozen, approved := n.State == store.NoticeFrozen, n.State == store.NoticeApproved
	p.Rehearse = frozen && n.Frozen.ByChannel[breach.Mail] > 0 && (n.Rehearsal == nil || !n.Rehearsal.Stood || n.Rehearsal.Root != n.Frozen.Root)
	p.Write = v.may(auth.WriteNotice)
	p.Freeze = v.may(auth.FreezeNotice) && n.State == store.NoticeDraft
	p.Propose = v.may(auth.FreezeNotice) && frozen && !p.Rehearse
	p.Release = v.may(auth.ReleaseWave) && approved && n.Halted == "" && n.Wave < casework.NoticeWaves
	p.Next = n.Wave + 1
	p.Halt = v.may(auth.HaltNotice) && approved && n.Halted == ""
	p.Lift = v.may(auth.LiftHalt) && n.Halted != ""
	p.HaltKey = "notice.halt." + strings.ReplaceAll(n.Halted, "_", "-")
	p.Settle = v.may(auth.SettleNotice) && n.State != store.NoticeDraft
	p.Send = p.Waits > 0 && v.maySend(n)
	p.Carries = v.Errands != nil && v.Errands.Carries(v.session.Tenant, n)
	p.Mailboxes = slices.Contains(n.Draft.Policy.Order, breach.Mailbox)
	p.Letters = n.Frozen != nil && n.Frozen.ByChannel[breach.Paper]+n.Frozen.ByChannel[breach.Envelope] > 0
	if p.Errands, err = v.errandsOf(base, n, "", store.ErrandSend); err != nil {
		return err
	}
	if p.Watch {
		v.out.Header().Set("Refresh", "10")
	}
	return v.form("notice", p, wrong)
}

// countNotice counts what there is of a frozen version, by way, reason and state.
func (v *visit) countNotice(p *noticePage) error {
	counts, err := v.desk().NoticeCounts(v.Context(), p.Case.ID, p.Notice)
	if err != nil {
		return err
	}
	for _, wave := range slices.Sorted(maps.Keys(counts)) {
		l := waveLine{Wave: wave}
		var segments []segment
		for _, state := range breach.DeliveryStates() {
			many := counts[wave][state]
			if many == 0 {
				continue
			}
			l.All += many
			l.States = append(l.States, counted{"delivery." + string(state), many})
			switch {
			case state == breach.Uncertain:
				p.Uncertain += many
			case state.Missed():
				p.Unreached += many
			case wave > 0 && (state == breach.Released || state == breach.Deferred):
				p.Waits += many
			}
		}
		for _, fill := range []string{"read", "likely", "gap", "all"} {
			many := int64(0)
			for state, n := range counts[wave] {
				if fillOf(state) == fill {
					many += n
				}
			}
			segments = append(segments, segment{fill, many})
		}
		l.Bar = bars(l.All, segments...)
		p.Waves = append(p.Waves, l)
	}
	for _, channel := range breach.Channels() {
		if many := p.Notice.Frozen.ByChannel[channel]; many > 0 {
			p.Channels = append(p.Channels, counted{"notice.channel." + string(channel), int64(many)})
		}
	}
	p.All = int64(p.Notice.Frozen.Count)
	p.ByHand = p.Notice.Frozen.ByChannel[breach.ByHand]
	for _, reason := range slices.Sorted(maps.Keys(p.Notice.Frozen.ByReason)) {
		p.Reasons = append(p.Reasons, counted{reasonKey(reason), int64(p.Notice.Frozen.ByReason[reason])})
	}
	return nil
}

// fillOf is how a state is drawn: done, on the way, what needs somebody, and
// what has not begun.
func fillOf(state breach.DeliveryState) string {
	switch state {
	case breach.Accepted, breach.Arrived, breach.Counted:
		return "read"
	case breach.Handing, breach.Released, breach.Deferred:
		return "likely"
	case breach.Uncertain, breach.Refused, breach.Bounced, breach.Replaced:
		return "gap"
	}
	return "all"
}

// reasonKey is the key of the words for why somebody is told in a way.
func reasonKey(reason string) string { return "notice.reason." + strings.ReplaceAll(reason, "_", "-") }
