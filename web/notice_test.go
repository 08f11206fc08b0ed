package web_test

import (
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
)

// written is a notice as the form sends it, with a text in some languages.
func written(languages ...string) []string {
	form := []string{"matter", "first", "country", "SE", "order", "letter,email", "sender", "Staden Exempel", "from", "dataskydd@city.example"}
	for _, lang := range languages {
		form = append(form, lang+"-controller", "Staden Exempel", lang+"-happened", "Ett register låg öppet på nätet i två dygn.",
			lang+"-measures", "Servern är stängd.", lang+"-contact", "Ring 09 555 0100 på vardagar.")
	}
	return form
}

// newNotice is a case with people in it, and a communications officer.
func newNotice(t *testing.T) (*person, string) {
	t.Helper()
	h := newHouse(t)
	p := h.administrator("town", "kalle").hire("kajsa", auth.Investigator, auth.DPO, auth.Communications)
	p.post("/cases", "title", "Intrång")
	page := p.path
	h.people(auth.CaseID(strings.TrimPrefix(page, "/cases/")))
	return p, page
}

func TestANoticeIsWrittenLookedAtAndChanged(t *testing.T) {
	p, page := newNotice(t)
	p.get(page+"/notices").is(200, page+"/notices")
	p.post(page+"/notice", "matter", "first", "country", "SE", "sender", "Staden", "from", "nowhere", "sv-happened", "Något hände.").is(422, page+"/notice").says("Något hände.")
	p.post(page+"/notice", written("sv")...).is(200, page+"/notices/n1").says("n1")
	p.get(page+"/notices/n1/preview?letter=possible&language=sv").is(200, page+"/notices/n1/preview").says("Staden Exempel")
	if words := p.words(); strings.Contains(words, "{") || strings.Contains(words, "# ") {
		t.Error("a field of the letter is not filled, or a heading shows its mark")
	}
	p.get(page+"/notice?notice=n1").is(200, page+"/notice").says("Ett register låg öppet")
	p.post(page+"/notice", append(written("sv", "en"), "notice", "n1")...).is(200, page+"/notices/n1")
	p.get(page+"/notices").is(200, page+"/notices").says("n1")
	if strings.Contains(p.words(), "n2") {
		t.Error("a change has made another notice")
	}
	p.get(page+"/notices/n9").is(404, page+"/notices/n9")
	p.get(page+"/notice?notice=n9").is(404, page+"/notice")
}

func TestADraftGoesNoFurther(t *testing.T) {
	p, page := newNotice(t)
	p.post(page+"/notice", written("sv")...)
	for _, step := range []string{"propose", "halt", "lift"} {
		p.post(page + "/notices/n1/" + step)
	}
	p.post(page+"/notices/n1/release", "wave", "1", "key", "k").is(422, page+"/notices/n1/release")
	p.post(page+"/notices/n1/release", "wave", "one", "key", "k").is(404, page+"/notices/n1/release")
	p.post(page+"/notices/n1/settle", "number", "1", "as", "told", "why", "").is(422, page+"/notices/n1/settle")
	p.get(page+"/people/p1/told").is(200, page+"/people/p1/told")
}
