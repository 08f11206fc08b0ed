package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
)

// ticked is who is ticked on a page.
func (b *browser) ticked() string {
	var names []string
	each(b.page, func(n *html.Node) {
		for _, a := range n.Attr {
			if n.Data == "input" && attr(n, "name") == "member" && a.Key == "checked" {
				names = append(names, attr(n, "value"))
			}
		}
	})
	return strings.Join(names, " ")
}

// TestACaseIsMadeSecretInTheBrowser takes a case in secret mode over from one member
// to another, and out of it.
func TestACaseIsMadeSecretInTheBrowser(t *testing.T) {
	h, id, base := incident(t)
	keys, _, _ := h.keyed()
	page, list := base+"/secret", base+"/exposure/list"
	investigator, desk := h.member(id, "kajsa", auth.Investigator), h.member(id, "roope", auth.Desk)

	desk.get(base + "/members")
	if strings.Contains(desk.words(), "Secret mode") || desk.get(page).status == 200 {
		t.Error("customer service may choose who opens the case")
	}
	investigator.get(base + "/members").says("Secret mode")
	investigator.get(page).is(200, page).says("The recovery key, both halves")
	checkPage(t, investigator, "secret-en", "en")
	investigator.post(page).is(422, page).says("Tick who")
	investigator.post(page+"/end").is(422, page+"/end").says("not in secret mode")
	investigator.post(page, "member", "aino", "member", "farmor").is(422, page).says("no key of a member called farmor")
	if got := investigator.ticked(); got != "aino" {
		t.Errorf("what was ticked and refused stands as %q", got)
	}

	investigator.post(page, "member", "aino", "member", "recovery").is(200, page)
	if got := investigator.ticked(); got != "aino recovery" {
		t.Errorf("the case is opened by %q, want aino and recovery", got)
	}
	for _, act := range []string{page, page + "/end"} { // without a key
		investigator.post(act, "member", "kalle").is(200, "/unlock")
	}
	investigator.get(list).is(200, "/unlock")
	investigator.unlock(keys["aino"], page).is(200, page)
	if got := investigator.ticked(); got != "aino recovery" {
		t.Errorf("the case is opened by %q, want aino and recovery", got)
	}
	investigator.get(list).is(200, list)

	investigator.post(page, "member", "kalle")
	investigator.get(list).is(422, list).says("secret mode") // aino's key is none of its keys any more
	investigator.unlock(keys["kalle"], list).is(200, list)
	investigator.post(page+"/end").is(200, page)
	investigator.post("/unlock/end").is(200, "/unlock")
	investigator.get(list).is(200, list)

	said := map[string]bool{}
	for _, r := range h.journal("town") {
		object, _, _ := strings.Cut(r.Object, ",generation=")
		said[object] = said[object] || r.Case == string(id) && r.Session != ""
	}
	if !said["secret:aino,recovery"] || !said["secret:kalle"] || !said["secret:"] {
		t.Errorf("the journal does not say who chose whom: %v", said)
	}
}
