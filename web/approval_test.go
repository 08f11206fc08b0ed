package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

func TestProtectedIdentityIsSeenByANamedReaderWithTwoOthers(t *testing.T) {
	h, id, base := incident(t)
	reader, officer := h.member(id, "kalle", auth.Investigator), h.member(id, "kajsa", auth.DPO)
	first, second := h.member(id, "joakim", auth.Approver), h.member(id, "farmor", auth.Approver)
	ask := []string{"value", numberProtected, "purpose", "reach-person"}
	reader.post(base+"/people", ask...).says("Nobody was found")

	of := func(name string) string {
		u, _, err := h.control.UserNamed(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return string(u.User)
	}
	officer.get(base + "/members").says("Nobody was named yet")
	officer.post(base+"/readers", "first", of("kalle"), "second", of("kalle")).is(422, base+"/readers")
	officer.get(base + "/members")
	officer.post(base+"/readers", "first", of("kalle"), "second", of("kajsa")).is(200, base+"/members")

	reader.post(base+"/people", ask...).is(200, base+"/people/p2").says("protected identity")
	reader.post(base+"/people/p2/propose", "purpose", "reach-person")
	proposal := reader.path
	if !strings.HasPrefix(proposal, base+"/proposals/") {
		t.Fatalf("the proposal leads to %s: %s", proposal, reader.words())
	}
	approval := strings.Replace(proposal, "/proposals/", "/approvals/", 1)
	reader.post(proposal+"/do").is(403, proposal+"/do") // nobody has agreed
	first.post(approval+"/agree").is(422, approval+"/agree").says("pen the preview first")
	for _, b := range []*browser{first, second} {
		b.get("/approvals").says("See a protected identity")
		b.get(approval).is(200, approval).says(`"person": "p2"`)
		b.post(approval+"/agree").is(200, approval)
	}
	reader.get(proposal).says("2 of 2")
	reader.post(proposal+"/do").is(200, proposal+"/do").says("Joakim von Anka")
	reader.post(proposal + "/do")
	if strings.Contains(reader.words(), "Joakim") {
		t.Error("one approval showed it twice")
	}
}

func TestCaseIsClosedByApprovalsOverTheServer(t *testing.T) {
	h, id, base := incident(t)
	officer := h.member(id, "kajsa", auth.DPO)
	first, second := h.member(id, "joakim", auth.Approver), h.member(id, "farmor", auth.Approver)
	step := func(does string) {
		t.Helper()
		officer.get(base+"/approvals").is(200, base+"/approvals")
		officer.post(base + "/close")
		proposal := officer.path
		approval := strings.Replace(proposal, "/proposals/", "/approvals/", 1)
		for _, b := range []*browser{first, second} {
			b.get(approval).is(200, approval).says(does)
			b.post(approval+"/agree").is(200, approval)
		}
		officer.post(proposal+"/do").is(200, base)
	}
	officer.post(base + "/close")
	declined := strings.Replace(officer.path, "/proposals/", "/approvals/", 1)
	first.get(declined).is(200, declined)
	first.post(declined+"/decline", "reason", "The authority still asks").is(200, declined).says("The authority still asks")
	officer.get(strings.Replace(declined, "/approvals/", "/proposals/", 1)).says("Declined")
	officer.post(base + "/close")
	withdrawn := officer.path
	officer.post(withdrawn+"/withdraw").is(200, withdrawn).says("Withdrawn")

	step("Close the case")
	officer.get(base).says("closed")
	step("Destroy what is left")
	if _, err := h.tenants["town"].CaseOf(t.Context(), h.console("town", auth.Ask{Action: auth.ReadReport, Case: id})); err != nil {
		t.Errorf("the closed case is not listed: %v", err)
	}
	officer.get("/cases").says("key lost")
	h.browser().get(base).is(200, "/sign-in")
}

func TestEmergencyAccessIsToldEndsAndIsReviewed(t *testing.T) {
	h, id, base := incident(t)
	officer := h.member(id, "kajsa", auth.DPO)
	bearer := h.hired("town", "farmor", auth.Desk)
	b := h.entered("farmor")
	reason := []string{"reason", "People are being threatened tonight and nobody answers"}
	b.get(base).is(404, base)
	b.post(base+"/glass", reason...).is(404, base+"/glass")
	officer.post("/glasses/bearers/"+string(bearer)).is(200, "/glasses")
	officer.post("/glasses/bearers/"+nowhere).is(404, "/glasses/bearers/"+nowhere)
	b.post(base+"/glass", reason...).is(422, base+"/glass").says("addresses") // nobody would be told
	officer.post("/glasses/watchers", "dpo", "dpo@example.se", "ciso", "no address").is(422, "/glasses/watchers")
	officer.post("/glasses/watchers", "dpo", "dpo@example.se", "ciso", "security@example.se").is(200, "/glasses")

	b.get("/glass?case="+string(id)).is(200, "/glass").says(string(id))
	b.post(base+"/glass", "reason", "hm").is(422, base+"/glass").says("why it cannot wait")
	b.post(base+"/glass", reason...).is(200, base)
	banner := func() bool { return strings.Contains(text(b.page), "Emergency access.") }
	if !banner() || !strings.Contains(text(b.page), "60 minutes more") {
		t.Error("no banner with the minutes")
	}
	if b.get("/account"); !banner() {
		t.Error("no banner on another page")
	}
	b.get(base+"/people").is(200, base+"/people")
	if got := b.post(base + "/close").verdict(); got != auth.NotYourRole {
		t.Errorf("what is broken opens more than reading: %q", got)
	}
	if list, err := h.tenants["town"].Alerts(t.Context(), h.now().Wall, 10); err != nil || len(list) != 2 {
		t.Errorf("%d mails wait, want one to each of the two; %v", len(list), err)
	}
	h.pass(20 * time.Minute)
	if b.get("/account"); !strings.Contains(text(b.page), "40 minutes more") {
		t.Error("the banner does not count")
	}
	officer = h.entered("kajsa") // twenty minutes later it takes a step-up
	review := officer.get("/glasses").link("/glass/")
	officer.get(review).is(200, review).says("threatened tonight")
	officer.post(review, "finding", "perhaps").is(422, review)
	officer.post(review, "finding", "justified").is(200, "/glasses").says("justified")
	if b.get("/account"); banner() {
		t.Error("it is reviewed and still open")
	}
	b.get(base).is(404, base)
}
