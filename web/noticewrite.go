package web

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// writePage is what the communications officer writes, in each language.
type writePage struct {
	casePage
	ID        string // of the notice; "" for a new one
	Draft     casework.NoticeDraft
	Matters   []string
	Matter    string
	Countries []string
	Orders    []link // by path the value, by key the words
	Staff     string
	Languages []writtenIn
}

// writtenIn is the text in one language.
type writtenIn struct {
	Lang   string
	Fields []writtenField
}

type writtenField struct {
	Name, Value string
	Needed      bool // for every matter
}

// The choices of the form.
var (
	noticeMatters   = []string{"first", "update", "correction"}
	noticeCountries = []string{"FI", "AX", "SE"}
	noticeOrders    = []string{"letter,email", "email,letter", "mailbox,letter,email", "mailbox,email,letter", "letter", "email"}
)

func showWriting(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	draft := casework.NoticeDraft{Country: "FI"}
	id := v.URL.Query().Get("notice")
	if id != "" {
		n, err := v.desk().Notice(v.Context(), base.Case.ID, breach.NoticeID(id))
		if isRefusal(err) {
			err = errNotThere
		}
		if err != nil {
			return err
		}
		draft = n.Draft
	}
	return v.form("notice-write", writing(base, id, draft), nil)
}

func writing(base casePage, id string, d casework.NoticeDraft) writePage {
	p := writePage{casePage: base, ID: id, Draft: d, Matters: noticeMatters, Countries: noticeCountries, Staff: strings.Join(d.Staff, ", "), Matter: noticeMatters[0]}
	if int(d.Matter) < len(noticeMatters) {
		p.Matter = noticeMatters[d.Matter]
	}
	var order []string
	for _, c := range d.Policy.Order {
		order = append(order, string(c))
	}
	for _, o := range noticeOrders {
		p.Orders = append(p.Orders, link{"notice.order." + strings.ReplaceAll(o, ",", "-"), o, o == strings.Join(order, ",")})
	}
	for _, lang := range []string{"sv", "fi", "en"} {
		t := d.Texts[lang]
		p.Languages = append(p.Languages, writtenIn{lang, []writtenField{{"controller", t.Controller, true}, {"happened", t.Happened, true}, {"measures", t.Measures, true},
			{"contact", t.Contact, true}, {"kept", t.Kept, false}, {"unread", t.Unread, false}, {"news", t.News, false}, {"mistake", t.Mistake, false}}})
	}
	return p
}

// typedNotice reads the form. A language of which nothing is written is not in
// it. What the form does not ask for stays as it was.
func (v *visit) typedNotice(d casework.NoticeDraft) casework.NoticeDraft {
	said := func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(v.PostFormValue(name), "\r\n", "\n"))
	}
	d.Matter, _ = casework.ParseMatter(said("matter"))
	d.Country, d.Sender.Name, d.Sender.Mail, d.Sender.Bounce = said("country"), said("sender"), said("from"), said("bounce")
	d.Custody, d.AnyHour = said("custody") != "", said("any-hour") != ""
	d.PerMinute, _ = strconv.Atoi(said("per-minute"))
	d.Staff, d.Policy.Order = nil, nil
	for group := range strings.SplitSeq(said("staff"), ",") {
		if group = strings.TrimSpace(group); group != "" {
			d.Staff = append(d.Staff, group)
		}
	}
	if order := said("order"); slices.Contains(noticeOrders, order) {
		for c := range strings.SplitSeq(order, ",") {
			d.Policy.Order = append(d.Policy.Order, breach.Channel(c))
		}
	}
	d.Texts = map[string]casework.NoticeText{}
	for _, lang := range notify.Languages() {
		of := func(field string) string { return said(lang + "-" + field) }
		t := casework.NoticeText{Controller: of("controller"), Happened: of("happened"), Measures: of("measures"), Contact: of("contact"),
			Kept: of("kept"), Unread: of("unread"), News: of("news"), Mistake: of("mistake")}
		if t != (casework.NoticeText{}) {
			d.Texts[lang] = t
		}
	}
	return d
}

// writeNotice keeps what was written.
func writeNotice(v *visit) error {
	base, err := v.theCase()
	if err != nil {
		return err
	}
	id := breach.NoticeID(v.PostFormValue("notice"))
	var draft casework.NoticeDraft
	if id != "" {
		n, err := v.desk().Notice(v.Context(), base.Case.ID, id)
		if isRefusal(err) {
			err = errNotThere
		}
		if err != nil {
			return err
		}
		draft = n.Draft
		if n.State != store.NoticeDraft {
			draft.Earlier = n.Draft.Date
		}
	}
	draft = v.typedNotice(draft)
	draft.Date = v.now.Wall.UTC().Truncate(time.Second)
	err = draft.Whole()
	var n casework.Notice
	if err == nil {
		n, err = v.desk().WriteNotice(v.Context(), base.Case.ID, id, draft)
	}
	if isRefusal(err) {
		return v.form("notice-write", writing(base, string(id), draft), v.fieldNamed(err))
	}
	if err != nil {
		return err
	}
	return v.redirect(noticePath(base, n))
}

// fieldNamed gives a refusal the name that a field has on the form.
func (v *visit) fieldNamed(err error) error {
	var r *breach.Refusal
	if errors.As(err, &r) && r.Key == "refusal.notice-draft" {
		return &breach.Refusal{Key: r.Key, Args: map[string]any{"Field": v.text.T(fmt.Sprint("notice.field.", r.Args["Field"]))}}
	}
	return err
}

// previewPage shows one letter to somebody who is made up.
type previewPage struct {
	casePage
	Path      string
	Letters   []link
	Languages []link
	Preview   casework.Preview
	Lacks     string // why there is none
}

func showPreview(v *visit) error {
	base, n, err := v.theNotice()
	if err != nil {
		return err
	}
	p := previewPage{casePage: base, Path: noticePath(base, n)}
	letters, languages := n.Draft.PreviewLetters(), notify.Languages()
	name, lang := notify.Name(v.URL.Query().Get("letter")), v.URL.Query().Get("language")
	if !slices.Contains(letters, name) {
		name = letters[0]
	}
	if !slices.Contains(languages, lang) {
		lang = languages[0]
		for _, l := range languages {
			if _, written := n.Draft.Texts[l]; written {
				lang = l
				break
			}
		}
	}
	path := func(name notify.Name, lang string) string {
		return p.Path + "/preview?letter=" + string(name) + "&language=" + lang
	}
	for _, l := range letters {
		p.Letters = append(p.Letters, link{"notice.letter." + string(l), path(l, lang), l == name})
	}
	for _, l := range languages {
		p.Languages = append(p.Languages, link{"web.language." + l, path(name, l), l == lang})
	}
	p.Preview, err = n.Draft.Preview(name, lang)
	if isRefusal(err) {
		p.Lacks, err = v.text.T("notice.preview.lacks"), nil
	}
	if err != nil {
		return err
	}
	return v.page("notice-preview", p)
}
