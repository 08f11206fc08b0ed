package web

import (
	"context"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// openGlass is emergency access that the visitor has: what the banner tells on
// each page.
type openGlass struct {
	ID      string
	Case    auth.CaseID
	Minutes int
}

// openGlasses are the visitor's own, with the minutes that are left.
func (v *visit) openGlasses() ([]openGlass, error) {
	if v.session.User == "" || v.tenant == nil {
		return nil, nil
	}
	own, err := v.tenant.OwnGlasses(v.Context(), v.session, v.now)
	var list []openGlass
	for _, b := range own {
		list = append(list, openGlass{b.ID, b.Case, int((b.Left(v.now) + time.Minute - 1) / time.Minute)})
	}
	return list, err
}

// glassPage is where emergency access begins. Which case is asked for, the page
// does not look up.
type glassPage struct {
	Case, Reason string
	Minutes      int
}

func showGlass(v *visit) error { return v.glassForm(v.FormValue("case"), nil) }

func (v *visit) glassForm(id string, wrong error) error {
	if !identifier.MatchString(id) {
		id = ""
	}
	return v.form("glass", glassPage{id, v.PostFormValue("reason"), int(auth.GlassFor / time.Minute)}, wrong)
}

func breakGlass(v *visit) error {
	if _, err := v.tenant.BreakGlass(v.Context(), v.grant, v.PostFormValue("reason")); isRefusal(err) {
		return v.glassForm(v.PathValue("case"), err)
	} else if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case"))
}

func endGlass(v *visit) error {
	if err := v.tenant.EndGlass(v.Context(), v.grant, v.PathValue("id")); err != nil {
		return err
	}
	return v.redirect("/cases")
}

// glassesPage lists what was broken, and says who may and who is told.
type glassesPage struct {
	Lines   []glassLine
	Name    bool // who may is for the visitor to say
	Bearers []person
	Others  []person
	Tell    bool
	DPO     breach.Personal
	CISO    breach.Personal
}

// glassLine is one emergency access.
type glassLine struct {
	ID      string
	Case    auth.CaseID
	User    auth.UserID
	Who     breach.Personal
	Began   time.Time
	Open    bool
	Finding string // the key of what the review found
	Review  bool   // it is for the visitor to review
}

func showGlasses(v *visit) error { return v.glassesForm(nil) }

func (v *visit) glassesForm(wrong error) error {
	list, err := v.tenant.Glasses(v.Context(), v.grant, false)
	if err != nil {
		return err
	}
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p := glassesPage{Name: v.may(auth.NameGlassBearers), Tell: v.may(auth.NameWatchers)}
	for _, b := range list {
		l := glassLine{b.ID, b.Case, b.User, names[b.User], b.Began.Wall, b.Open(v.now), "web.glasses.waits", false}
		if b.Reviewed != "" {
			l.Finding = "glass." + string(b.Finding)
		} else {
			l.Review = v.may(auth.ReviewGlass) && b.User != v.session.User
		}
		p.Lines = append(p.Lines, l)
	}
	bearers, err := v.tenant.Bearers(v.Context(), v.grant)
	if err != nil {
		return err
	}
	bears := map[auth.UserID]bool{}
	for _, u := range bearers {
		bears[u] = true
		p.Bearers = append(p.Bearers, person{ID: u, Shown: names[u]})
	}
	for u, name := range names {
		if !bears[u] && u != v.session.User {
			p.Others = append(p.Others, person{ID: u, Shown: name})
		}
	}
	sortPeople(p.Others)
	w, err := v.tenant.Watchers(v.Context(), v.grant)
	if err != nil {
		return err
	}
	p.DPO, p.CISO = w.DPO, w.CISO
	return v.form("glasses", p, wrong)
}

func nameBearer(v *visit) error { return v.changeBearer(v.tenant.NameBearer) }
func dropBearer(v *visit) error { return v.changeBearer(v.tenant.DropBearer) }

// changeBearer lets a colleague break the glass, or no longer. Nobody else is
// there.
func (v *visit) changeBearer(change func(context.Context, auth.Grant) error) error {
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return err
	}
	if _, there := names[v.grant.Subject()]; !there {
		return errNotThere
	}
	return v.named(change(v.Context(), v.grant))
}

// nameWatchers says where alerts go.
func nameWatchers(v *visit) error {
	return v.named(v.tenant.SetWatchers(v.Context(), v.grant, store.Watchers{Language: v.text.Lang(),
		Watchers: auth.Watchers{DPO: breach.Hide(v.PostFormValue("dpo")), CISO: breach.Hide(v.PostFormValue("ciso"))}}))
}

func (v *visit) named(err error) error {
	if err != nil {
		return err
	}
	return v.redirect("/glasses")
}

// reviewPage is one emergency access, to be judged by somebody else.
type reviewPage struct {
	glassLine
	Reason breach.Personal
}

func showReview(v *visit) error {
	b, err := v.tenant.Glass(v.Context(), v.grant, v.PathValue("id"))
	if err != nil {
		return err
	}
	names, err := v.Control.Shown(v.Context(), v.grant)
	if err != nil {
		return err
	}
	return v.page("glass-review", reviewPage{glassLine{ID: b.ID, Case: b.Case, User: b.User, Who: names[b.User], Began: b.Began.Wall, Open: b.Open(v.now)}, b.Reason})
}

func reviewGlass(v *visit) error {
	return v.named(v.tenant.ReviewGlass(v.Context(), v.grant, v.PathValue("id"), auth.GlassFinding(v.PostFormValue("finding"))))
}

// setReaders names the two who may see protected identities in a case.
func setReaders(v *visit) error {
	r, err := auth.NewReaders(auth.UserID(v.PostFormValue("first")), auth.UserID(v.PostFormValue("second")))
	if err == nil {
		err = v.tenant.SetReaders(v.Context(), v.grant, r)
	}
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/members")
}

// raiseBudget lets somebody else be shown more people today.
func raiseBudget(v *visit) error {
	more, err := strconv.Atoi(v.PostFormValue("more"))
	if err != nil {
		more = 0 // refused with how many there may be
	}
	r, err := auth.NewRaise(v.grant, auth.OfUser, more, v.now.Wall)
	if err == nil {
		err = v.tenant.Raise(v.Context(), v.grant, r)
	}
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/members")
}
