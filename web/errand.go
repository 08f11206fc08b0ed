package web

import (
	"errors"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// errandsPart is what the server does about a notice, and did.
type errandsPart struct {
	Path   string // of the page
	Going  []goingErrand
	Past   []errandLine
	Lost   bool // something should be under way, and is not
	Watch  bool
	Stream bool // it may be watched: not through broken glass
}

// goingErrand is one that is under way, or waits for its turn.
type goingErrand struct {
	Kind, Watch string
	*scanProgress
}

// errandLine is one that has ended.
type errandLine struct {
	casework.Errand
	Who, Outcome, Problem string
}

// errandsOf gives the errands of some kinds about a notice.
func (v *visit) errandsOf(base casePage, n casework.Notice, page string, kinds ...store.ErrandKind) (errandsPart, error) {
	p := errandsPart{Path: noticePath(base, n) + page, Stream: v.grant.Glass() == "", Watch: v.URL.Query().Get("watch") != ""}
	list, err := v.desk().Errands(v.Context(), base.Case.ID, n.ID)
	if err != nil {
		return p, err
	}
	names, err := v.colleagues()
	if err != nil {
		return p, err
	}
	for _, e := range list {
		if slices.Contains(kinds, e.Kind) {
			v.addErrand(&p, base, n, e, names)
		}
	}
	if p.Watch && len(p.Going) > 0 {
		v.out.Header().Set("Refresh", "10")
	}
	return p, nil
}

func (v *visit) addErrand(p *errandsPart, base casePage, n casework.Notice, e casework.Errand, names colleagues) {
	if e.State != store.ErrandGoing {
		l := errandLine{Errand: e, Who: names.of(string(e.By)), Outcome: v.outcome(e)}
		if e.Problem != "" {
			l.Problem = v.text.Text(e.Problem, e.Args)
		}
		p.Past = append(p.Past, l)
		return
	}
	var j *casework.ErrandJob
	if v.Errands != nil {
		j = v.Errands.Job(v.session.Tenant, base.Case.ID, n.ID, e.Kind)
	}
	if j == nil {
		p.Lost = true
		return
	}
	p.Going = append(p.Going, goingErrand{string(e.Kind), noticePath(base, n) + "/watch?kind=" + string(e.Kind), v.errandProgress(j.State())})
}

// outcome puts what came of an errand into words.
func (v *visit) outcome(e casework.Errand) string {
	x := e.Sum
	if e.State == store.ErrandFailed {
		return v.text.T("web.errand.failed")
	}
	switch e.Kind {
	case store.ErrandRehearse:
		return v.text.T("web.errand.did.rehearse", "Same", x.Same, "Of", x.Done)
	case store.ErrandReach:
		return v.text.T("web.errand.did.reach", "Found", x.Found, "Of", x.Of)
	case store.ErrandAsk:
		return v.text.T("web.errand.did.ask", "Taken", x.Settled.Taken, "Arrived", x.Settled.Arrived, "Left", x.Settled.Left)
	case store.ErrandLetters:
		return v.text.T("web.errand.did.letters", "Batch", e.Letters.Batch, "Count", x.Done, "Sheets", x.Sheets)
	}
	return v.text.T("web.errand.did.send", "Accepted", x.Handled[breach.Accepted], "Refused", x.Handled[breach.Refused], "Uncertain", x.Handled[breach.Uncertain])
}

// errandProgress puts how far an errand is into words.
func (v *visit) errandProgress(x casework.ErrandState) *scanProgress {
	p := &scanProgress{Value: x.Sum.Done, Max: x.Sum.Of, Known: x.Sum.Of > 0}
	phase := v.text.T("web.errand.phase." + string(x.Kind))
	if x.InQueue {
		phase = v.text.T("web.scans.waits")
	}
	p.Words = []scanWord{{"phase", "web.scans.phase", title(phase)}}
	if x.Kind == store.ErrandSend {
		for _, state := range []breach.DeliveryState{breach.Uncertain, breach.Accepted, breach.Deferred, breach.Refused} {
			p.Words = append(p.Words, scanWord{string(state), "delivery." + string(state), v.text.Number(x.Sum.Handled[state])})
		}
		p.Words = append(p.Words, scanWord{"later", "web.errand.later", v.text.Number(x.Sum.Waits)})
		return p
	}
	p.Words = append(p.Words, scanWord{"done", "web.errand.done", v.text.T("web.scans.of", "Items", x.Sum.Done, "Of", x.Sum.Of)})
	return p
}

// errands is what errands go by.
func (v *visit) errands() (*casework.Desk, error) {
	if v.Errands == nil {
		return nil, &breach.Refusal{Key: "refusal.errands-off"}
	}
	return v.lasting()
}

// beginErrand begins one about a notice. The same that is under way already is
// what was asked for: a second press begins nothing, and shows how far it is.
func (v *visit) beginErrand(base casePage, n casework.Notice, kind store.ErrandKind, plan casework.LetterPlan) error {
	d, err := v.errands()
	if err == nil {
		err = v.Errands.Begin(v.Context(), d, base.Case.ID, n, kind, plan)
	}
	if store.IsSecret(err) {
		return &breach.Refusal{Key: "refusal.errand-secret"}
	}
	if errors.Is(err, store.ErrErrandOpen) {
		return nil
	}
	return err
}

// handOver has what is released handed over, where the server has the ways and
// the visitor may. In a case in secret mode the command does it.
func (v *visit) handOver(base casePage, n casework.Notice) error {
	if v.Errands == nil || !v.Errands.Carries(v.session.Tenant, n) || !v.may(auth.ReleaseWave) {
		return nil
	}
	err := v.beginErrand(base, n, store.ErrandSend, casework.LetterPlan{})
	if isRefusal(err) {
		return nil
	}
	return err
}

// noticeErrand begins an errand, and shows a page of the notice, or why not.
func (v *visit) noticeErrand(kind store.ErrandKind, page string, plan casework.LetterPlan, form func(error) error) error {
	base, n, err := v.theNotice()
	if err == nil {
		err = v.beginErrand(base, n, kind, plan)
	}
	if isRefusal(err) {
		return form(err)
	}
	if err != nil {
		return err
	}
	return v.redirect(noticePath(base, n) + page)
}

// sendNotice hands over what is released.
func sendNotice(v *visit) error {
	return v.noticeErrand(store.ErrandSend, "", casework.LetterPlan{}, v.noticeForm)
}

// watchErrand tells how far an errand is as long as it lasts.
func watchErrand(v *visit) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	var j *casework.ErrandJob
	if v.Errands != nil {
		j = v.Errands.Job(v.session.Tenant, base.Case.ID, n.ID, store.ErrandKind(v.URL.Query().Get("kind")))
	}
	if j == nil {
		return v.watched(auth.ReadNotices, nil, nil)
	}
	return v.watched(auth.ReadNotices, j, func() any { return v.errandProgress(j.State()) })
}
