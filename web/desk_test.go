package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
)

// mailTown is a town whose officer has a case of one mis-sent mail.
func mailTown(t *testing.T) (h *house, officer *person, page string) {
	t.Helper()
	h = newHouse(t)
	officer = h.administrator("town", "kalle").hire("kajsa", auth.DPO)
	officer.post("/cases", "title", "Felskickat brev")
	return h, officer, officer.path
}

// base is the version that the form on the page was made from.
func (b *browser) base() string {
	value := ""
	each(b.page, func(n *html.Node) {
		if n.Data == "input" && attr(n, "name") == "base" {
			value = attr(n, "value")
		}
	})
	return value
}

// enter fills in a fact as its form asks for it.
func (b *browser) enter(page, fact string, pairs ...string) *browser {
	b.get(page + "/fact?fact=" + fact)
	fields := []string{"fact", fact, "base", b.base()}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, "part-"+pairs[i], pairs[i+1])
	}
	return b.post(page+"/fact", fields...)
}

// TestOfficerCarriesASmallIncidentToWhatWasSent goes the whole road of one
// mis-sent mail, as a browser without a script does.
func TestOfficerCarriesASmallIncidentToWhatWasSent(t *testing.T) {
	h, officer, page := mailTown(t)
	officer.get(page).says("Enter what kind of incident it is")
	officer.get(page + "/drafts").says("Enter first whose rules")
	checkPage(t, officer.browser, "desk-empty-en", "en")
	day := h.now().Wall.AddDate(0, 0, -1).Format("2006-01-02")
	officer.enter(page, "case", "kind", "mis-sent", "country", "SE", "role", "controller", "reference", "DNR-1").is(200, page+"/facts").says("Mis-sent message")
	officer.enter(page, "aware", "at", day+"T09:05").is(422, page+"/fact").says("has to be filled in")
	officer.enter(page, "aware", "at", day+"T09:05", "why", "the reader called").is(200, page+"/facts").says("the reader called")
	officer.enter(page, "occurred-from", "at", day+"T09:06").is(422, page+"/fact").says("before")
	officer.enter(page, "occurred-from", "at", day+"T08:40").is(200, page+"/facts")
	officer.enter(page, "controller", "name", "Exempelby kommun", "sector", "public").is(200, page+"/facts")
	officer.enter(page, "nature", "nature", "confidentiality", "confidentiality", "disclosed", "unintelligible", "no", "incident", "sent-by-mistake",
		"cause", "internal-non-malicious", "description", "A letter went to the wrong address.").is(200, page+"/facts")
	officer.enter(page, "cohort", "name", "pupils", "kinds", "health", "lower", "1", "upper", "1", "children", "yes").is(200, page+"/assessment").says("pupils")
	officer.post(page+"/decisions", "about", "risk", "group", "1", "says", "high", "why", "", "facts", "6").is(422, page+"/decisions").says("needs its reasons")
	officer.post(page+"/decisions", "about", "risk", "group", "1", "says", "high", "why", "health of a child", "facts", "1").is(422, page+"/decisions").says("Others entered facts since")
	officer.post(page+"/decisions", "about", "risk", "group", "1", "says", "high", "why", "health of a child", "facts", "6").is(200, page+"/assessment").says("The risk is high")
	officer.get(page).says("Tell the people concerned").says("left").says("Look at the draft")
	checkPage(t, officer.browser, "desk-en", "en")
	officer.get(page + "/draft?form=se-imy").says("questions are answered").says("Exempelby kommun").says("kajsa")
	checkPage(t, officer.browser, "draft-en", "en")
	officer.post(page+"/draft/sent", "form", "se-imy", "complete", "yes", "facts", "6").is(422, page+"/draft/sent")
	officer.post(page+"/draft/sent", "form", "se-imy", "facts", "6", "number", "IMY-1").is(200, page+"/drafts").says("Integritetsskyddsmyndigheten")
	officer.get(page).says("Done")
	officer.post(page+"/duties/plan").is(200, page+"/duties").says("Ask whoever got it to delete it")
	checkPage(t, officer.browser, "duties-en", "en")
	officer.get(page + "/timeline").says("We became aware").says("Sent:")
	checkPage(t, officer.browser, "timeline-en", "en")
	officer.get(page + "/assessment")
	checkPage(t, officer.browser, "assessment-en", "en")
}

func TestTwoBrowsersOnOneFactAreShownBoth(t *testing.T) {
	_, officer, page := mailTown(t)
	officer.get(page + "/fact?fact=taken")
	old := officer.base()
	officer.enter(page, "taken", "description", "asked for the letter back").is(200, page+"/facts")
	officer.post(page+"/fact", "fact", "taken", "base", old, "part-description", "rang the reader").is(422, page+"/fact")
	officer.says("Somebody else entered this meanwhile").says("asked for the letter back").says("rang the reader")
	officer.post(page+"/fact", "fact", "taken", "base", officer.base(), "part-description", "rang the reader").is(200, page+"/facts").says("rang the reader")
	officer.get(page + "/fact?fact=taken")
	officer.post(page+"/fact", "fact", "taken", "base", officer.base(), "remove", "yes").is(200, page+"/facts")
	if strings.Contains(officer.words(), "rang the reader") {
		t.Error("what was taken back still stands")
	}
}

func TestDraftsAndPapersAreFiles(t *testing.T) {
	_, officer, page := mailTown(t)
	officer.enter(page, "case", "kind", "mis-sent", "country", "FI", "role", "controller").is(200, page+"/facts")
	for path, kind := range map[string]string{
		"/draft/file?form=edpb&format=json":               "application/json",
		"/draft/file?form=fi-dpa-preliminary&format=docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"/draft/file?form=fi-dpa-preliminary&format=odt":  "application/vnd.oasis.opendocument.text",
		"/draft/file?form=fi-dpa-preliminary&format=html": "text/html; charset=utf-8",
		"/paper?paper=register&format=html":               "text/html; charset=utf-8",
		"/paper?paper=board&format=odt":                   "application/vnd.oasis.opendocument.text",
		"/duties/calendar":                                "text/calendar; charset=utf-8",
	} {
		officer.get(page + path)
		if got := officer.header.Get("Content-Type"); officer.status != 200 || got != kind || !strings.HasPrefix(officer.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: status %d, %s", path, officer.status, got)
		}
	}
	for path, want := range map[string]int{"/draft/file?form=edpb&format=exe": 404, "/paper?paper=diary&format=html": 422, "/fact?fact=weather": 404, "/fact?fact=party&item=<b>": 404} {
		if officer.get(page + path); officer.status != want {
			t.Errorf("%s: status %d, want %d", path, officer.status, want)
		}
	}
}
