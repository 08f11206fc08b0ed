package web

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// changesShown is how many people a page names of each sort of change.
const changesShown = 100

// listsPage is the versions of the list of who is exposed, the newest first.
type listsPage struct {
	casePage
	Lists   []listLine
	Propose bool // freezing the newest may be proposed
}

// listLine is one version.
type listLine struct {
	store.List
	Path     string // of what it says otherwise than the one before; "" where that is forgotten
	Root     string
	FrozenBy string
}

func showLists(v *visit) error { return v.listsForm(nil) }

func (v *visit) listsForm(wrong error) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	lists, err := v.tenant.Lists(v.Context(), v.grant)
	if err != nil {
		return err
	}
	names, err := v.colleagues()
	if err != nil {
		return err
	}
	p := listsPage{casePage: base}
	for i, l := range lists {
		line := listLine{List: l, Root: hex.EncodeToString(l.Root[:]), FrozenBy: names.of(l.By)}
		if l.Kept && (i == 0 || lists[i-1].Kept) {
			line.Path = fmt.Sprintf("/cases/%s/lists/%d", base.Case.ID, l.Number)
		}
		p.Lists = append(p.Lists, line)
	}
	slices.Reverse(p.Lists)
	p.Propose = len(lists) > 0 && lists[len(lists)-1].Frozen.IsZero() && v.may(auth.FreezeList)
	return v.form("lists", p, wrong)
}

// listPage is what a version says otherwise than another.
type listPage struct {
	casePage
	From, To int64
	Root     string
	Others   []int64 // that it can be held against
	Parts    []changedPart
}

// changedPart is one sort of change.
type changedPart struct {
	Name   string // "new", "gone", "changed"
	All    int64  // without those with a protected identity: by the sum, these could be counted
	Hidden string // how many have a protected identity beside them; "" for none
	People []changedLine
	More   int64 // that are not named here
}

// changedLine is one person. Path is "" for whoever is on no list any more.
type changedLine struct {
	ID, Path string
	Kinds    []changedKind
}

type changedKind struct {
	Title   string
	Was, Is breach.Grade
}

// showList holds a version against the one before, or the one that was asked for.
func showList(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	to, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return errNotThere
	}
	from := to - 1
	if asked := v.URL.Query().Get("from"); asked != "" {
		if from, err = strconv.ParseInt(asked, 10, 64); err != nil {
			return errNotThere
		}
	}
	lists, err := v.tenant.Lists(v.Context(), v.grant)
	if err != nil {
		return err
	}
	if to < 1 || to > int64(len(lists)) || from < 0 || from > int64(len(lists)) {
		return errNotThere
	}
	d, err := v.desk().Differ(v.Context(), v.grant, from, to, changesShown)
	if err != nil {
		return err
	}
	p := listPage{casePage: base, From: from, To: to, Root: hex.EncodeToString(d.To.Root[:])}
	for _, l := range lists {
		if l.Kept && l.Number != to {
			p.Others = append(p.Others, l.Number)
		}
	}
	newest := to == int64(len(lists))
	p.Parts = []changedPart{v.changedPart(base, "new", d.New, newest), v.changedPart(base, "gone", d.Gone, false), v.changedPart(base, "changed", d.Changed, newest)}
	return v.page("list", p)
}

// changedPart puts changes into words. Only people of the newest version have a
// page.
func (v *visit) changedPart(base casePage, name string, c casework.Changes, linked bool) changedPart {
	p := changedPart{Name: name, All: c.All - c.Hidden, More: c.All - c.Hidden - int64(len(c.People))}
	if c.Hidden > 0 {
		p.Hidden = people(c.Hidden, true, v.text)
	}
	for _, one := range c.People {
		who := one.Is
		if name == "gone" {
			who = one.Was
		}
		l := changedLine{ID: string(store.Person{Number: who.Number}.ID())}
		if linked {
			l.Path = "/cases/" + string(base.Case.ID) + "/exposure/" + l.ID
		}
		kinds, was, is := one.Kinds()
		for i, k := range kinds {
			l.Kinds = append(l.Kinds, changedKind{k.Title(v.text.Lang()), was[i], is[i]})
		}
		p.People = append(p.People, l)
	}
	return p
}

// proposeFreezing proposes that notices go by the newest version.
func proposeFreezing(v *visit) error {
	number, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return errNotThere
	}
	a, err := v.desk().ProposeFreezing(v.Context(), v.grant.Case(), number)
	if isRefusal(err) {
		return v.listsForm(err)
	}
	if err != nil {
		return err
	}
	return v.redirect("/cases/" + v.PathValue("case") + "/proposals/" + a.ID)
}
