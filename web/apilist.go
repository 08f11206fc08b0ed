package web

import (
	"cmp"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

type (
	apiList struct {
		Number    int64      `json:"number"`
		At        time.Time  `json:"at"`
		People    int64      `json:"people"`
		Strangers int64      `json:"in_no_register"`
		Root      string     `json:"root_sha256"`
		Frozen    *time.Time `json:"frozen_at,omitempty"`
		By        string     `json:"frozen_by,omitempty"`
		Approval  string     `json:"approval,omitempty"`
	}
	apiLists struct {
		Lists []apiList `json:"lists" nullable:"false" doc:"The newest last."`
	}
	apiChange struct {
		ID  string            `json:"id" doc:"Of the newer version, of whoever stands on it; else of the older."`
		Was map[string]string `json:"was" doc:"The grade by kind of data."`
		Is  map[string]string `json:"is"`
	}
	apiChanged struct {
		People []apiChange `json:"people" nullable:"false"`
		All    int64       `json:"all" doc:"How many there are, without those with a protected identity."`
		Hidden string      `json:"protected" doc:"How many have a protected identity: \"0\", \"1-4\", or a number from 5 on."`
	}
	apiChanges struct {
		From    int64      `json:"from"`
		To      int64      `json:"to"`
		New     apiChanged `json:"new"`
		Gone    apiChanged `json:"gone"`
		Changed apiChanged `json:"changed"`
	}
)

func listOperations(a *api) {
	reads(a, "/cases/{case}/lists", auth.ListPeople, "lists-list", "The versions of the list of who is exposed", apiListLists)
	reads(a, "/cases/{case}/lists/{id}/changes", auth.ListPeople, "lists-changes", "What a version says otherwise than another", apiShowChanges)
	acts(a, "/cases/{case}/lists/{id}/freeze", auth.Propose, "lists-freeze", "Propose to freeze a version of the list", apiFreezeList)
}

func apiListLists(v *visit, _ *caseIn) (apiLists, error) {
	out := apiLists{Lists: []apiList{}}
	list, err := v.tenant.Lists(v.Context(), v.grant)
	for _, l := range list {
		one := apiList{Number: l.Number, At: l.At, People: l.People, Strangers: l.Strangers, Root: hex.EncodeToString(l.Root[:]), By: l.By, Approval: l.Approval}
		if !l.Frozen.IsZero() {
			one.Frozen = &l.Frozen
		}
		out.Lists = append(out.Lists, one)
	}
	return out, err
}

type listIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"A list's number."`
}

func apiFreezeList(v *visit, in *listIn) (apiOpened, error) {
	number, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return apiOpened{}, errNotThere
	}
	a, err := v.desk().ProposeFreezing(v.Context(), v.grant.Case(), number)
	return apiOpened{a.ID}, err
}

type changesIn struct {
	Case string `path:"case" doc:"The case's number."`
	ID   string `path:"id" doc:"The number of the newer list."`
	From int64  `query:"from" minimum:"-1" default:"-1" doc:"The number of the older one, 0 for the list on which nobody stands; the one before it where it is missing."`
	Most int    `query:"most" minimum:"1" maximum:"10000" default:"100" doc:"How many people are told of each sort."`
}

func apiShowChanges(v *visit, in *changesIn) (apiChanges, error) {
	to, err := strconv.ParseInt(in.ID, 10, 64)
	if err != nil {
		return apiChanges{}, errNotThere
	}
	if in.From < 0 {
		in.From = to - 1
	}
	d, err := v.desk().Differ(v.Context(), v.grant, in.From, to, in.Most)
	return apiChanges{in.From, to, apiChangedOf(d.New), apiChangedOf(d.Gone), apiChangedOf(d.Changed)}, err
}

func apiChangedOf(c casework.Changes) apiChanged {
	out := apiChanged{People: []apiChange{}, All: c.All - c.Hidden, Hidden: casework.Few(c.Hidden)}
	for _, one := range c.People {
		who := store.Person{Number: cmp.Or(one.Is.Number, one.Was.Number)}
		x := apiChange{ID: string(who.ID()), Was: map[string]string{}, Is: map[string]string{}}
		kinds, was, is := one.Kinds()
		for i, k := range kinds {
			x.Was[k.String()], x.Is[k.String()] = was[i].String(), is[i].String()
		}
		out.People = append(out.People, x)
	}
	return out
}
