package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// channels are ways that lead nowhere: to a port on which nobody listens.
func channels(t *testing.T, dir string) casework.Channels {
	t.Helper()
	for name, text := range map[string]string{"secret": "hemligt", "box.json": `{"kind":"kivra","url":"https://localhost:1","tenant":"t","client_id":"c","subject":"Meddelande","secret_file":"secret"}`,
		"channels.json": `{"mail":{"smtp":"smtp://localhost:1"},"rehearsal":{"seeds":["seed@example.com"],"imap":"imap://seed@localhost:1","secret_file":"secret"},"mailbox":"box.json","posti":{"customer":"000000"}}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := casework.ParseChannels(filepath.Join(dir, "channels.json"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// addressed is a case of two grown-up people who live somewhere.
func (h *house) addressed(id auth.CaseID) {
	h.t.Helper()
	s, ctx := h.tenants["town"], h.t.Context()
	r := store.Register{Name: "pupils", ImportedAt: h.now().Wall, Rows: 2}
	_, err := s.ImportRegister(ctx, h.console("town", auth.Ask{Action: auth.ImportRegister, Case: id}), &r, false, func(im *store.Import) error {
		for n, number := range []string{"010594Y9032", "020594Y904R"} {
			e := breach.Entry{Register: "pupils", Key: breach.Hide(number), Row: int64(n + 2), Group: "pupils", Language: "sv", Names: []breach.FullName{{Given: breach.Hide("Aino"), Surname: breach.Hide("Exempelsson")}},
				NationalIDs: []breach.Personal{breach.Hide(number)}, Emails: []breach.Personal{breach.Hide(fmt.Sprintf("nobody.%d@example.com", n))}, Addresses: []breach.Postal{{Street: breach.Hide("Provgatan 1"), Postcode: breach.Hide("00100"), Town: breach.Hide("Exempelby")}}}
			if err := im.Entry(e, []byte(number)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	w, err := s.BeginPeople(ctx, h.console("town", auth.Ask{Action: auth.Resolve, Case: id}))
	for n := int64(0); n < 2 && err == nil; n++ {
		err = w.Person(store.Person{Number: n + 1, Grade: breach.Proven, Probability: 1, Entries: []breach.EntryID{breach.EntryID(n)}, Exposures: []breach.Exposure{{Kind: breach.Name, Grade: breach.Proven, Places: 1}}})
	}
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// doErrands does what waits, and returns when it has.
func (h *house) doErrands(id string, kinds ...store.ErrandKind) {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.errands.Run(ctx) }()
	for _, kind := range kinds {
		if j := h.errands.Job("town", store.CaseID(id), "n1", kind); j != nil {
			<-j.Done()
		}
	}
	stop()
	<-ended
}

// frozen is a case whose notice is frozen, with an officer and two who approve.
func frozen(t *testing.T, order string) (p *person, others []*browser, page string) {
	t.Helper()
	h := newHouse(t)
	p = h.administrator("town", "kalle").hire("kajsa", auth.Investigator, auth.DPO, auth.Communications)
	p.post("/cases", "title", "Intrång")
	page = p.path
	id := auth.CaseID(strings.TrimPrefix(page, "/cases/"))
	h.addressed(id)
	form := written("sv", "fi", "en")
	for i := range form {
		switch form[i] {
		case "order":
			form[i+1] = order
		case "country":
			form[i+1] = "FI"
		}
	}
	p.post(page+"/notice", form...)
	p.post(page+"/notices/n1/freeze").is(200, page+"/notices/n1").says("2 letters are frozen")
	return p, []*browser{h.member(id, "joakim", auth.Approver), h.member(id, "farmor", auth.Approver)}, page
}

// agreed takes a frozen notice to where it may be sent.
func agreed(p *person, others []*browser, page string) {
	p.t.Helper()
	p.post(page + "/notices/n1/propose")
	proposal := p.path
	approval := strings.Replace(proposal, "/proposals/", "/approvals/", 1)
	for _, b := range others {
		b.get(approval).is(200, approval)
		b.post(approval+"/agree").is(200, approval)
	}
	p.post(proposal+"/do").is(200, page+"/notices/n1")
}

func TestLettersAreWrittenTakenOutAndAccountedForInABrowser(t *testing.T) {
	p, others, page := frozen(t, "letter")
	letters, id := page+"/notices/n1/letters", strings.TrimPrefix(page, "/cases/")
	p.get(letters).is(200, letters).says("what two others have approved")
	p.post(letters, "form", "batch")
	p.doErrands(id, store.ErrandLetters)
	p.get(letters).says("Failed.") // nobody has approved
	agreed(p, others, page)
	p.get(letters).says("2 letters wait to be written.")
	p.post(letters, "form", "pigeon").is(422, letters)
	p.post(letters, "form", "table", "house", "age1").is(422, letters).says("not the public key")
	for range 2 { // a double click
		p.post(letters, "form", "batch", "posti", "yes").is(200, letters).says("Letters are being written")
	}
	s := p.watch(page + "/notices/n1/watch?kind=letters")
	s.until("Väntar på sin tur")
	p.doErrands(id, store.ErrandLetters)
	s.until("event: end")
	s.ended()
	p.get(letters).says("No letters wait").says("2 letters, sheets").says("written, not printed").says("1–2")
	batch := regexp.MustCompile(`Batch ([A-Z0-9]{6})`).FindStringSubmatch(p.words())[1]
	downloaded(p, letters+"/file?batch="+batch)
	p.get(letters+"/file?batch=NOSUCH").is(404, letters+"/file")
	others[0].get(letters+"/file?batch="+batch).is(403, letters+"/file")
	others[0].get(letters).is(200, letters)
	if strings.Contains(others[0].words(), "Download") {
		t.Error("whoever may not take the letters out is offered them")
	}
	p.receive(letters, batch, "seq;state\n1;printed\n1;posted\n9;posted\n").is(200, letters).says("does not have: 9").says("came back: 2.")
	p.receive(letters, batch, "what;is;this\n").is(422, letters+"/receipt").says("no receipt for batch " + batch)
	p.receive(letters, "NOSUCH", "seq;state\n1;posted\n").is(422, letters+"/receipt")
	p.attach(letters+"/receipt").is(422, letters+"/receipt")
	p.post(letters+"/posted", "batch", batch).is(200, letters).says("Every number is accounted for")
	p.post(letters+"/returned", "codes", batch+"-000002-1/1 "+strings.ToLower(batch)+"-000007", "why", "moved").is(422, letters+"/returned").says("are noted: " + batch + ": 7")
	p.get(letters).says("came back")
	p.get(page + "/notices/n1").says("Not reached: 1.")
	p.get(page+"/notices/n1/unreached").is(200, page+"/notices/n1/unreached").says("came back")
	p.post(letters+"/returned", "codes", batch+"-000001", "why", " ").is(422, letters+"/returned")
	p.post(letters+"/returned", "codes", "X", "why", "moved").is(422, letters+"/returned").says("is no code")
	given := 0
	for _, r := range p.journal("town") {
		if strings.Contains(r.Object, "batch="+batch+",given-out") && r.Who == string(p.self(p)) {
			given++
		}
	}
	if given != 1 {
		t.Errorf("the journal knows of %d times that the letters were taken out", given)
	}
}

// downloaded takes the packed letters, and looks what is in them.
func downloaded(p *person, path string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.site.URL+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/zip" {
		p.t.Fatalf("status %d, %s, error %v", answer.StatusCode, answer.Header.Get("Content-Type"), err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, filepath.Base(f.Name))
	}
	if got := strings.Join(names, " "); got != "batch.pdf batch.xml manifest.csv manifest.json" || bytes.Contains(raw, []byte("hemligt")) {
		p.t.Errorf("in the file: %s", got)
	}
}

// receive sends the receipt of a batch.
func (p *person) receive(letters, batch, text string) *browser {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	err := form.WriteField("batch", batch)
	if err == nil {
		var part io.Writer
		if part, err = form.CreateFormFile("receipt", "receipt.csv"); err == nil {
			_, err = io.WriteString(part, text)
		}
	}
	if err = firstOf(err, form.Close()); err != nil {
		p.t.Fatal(err)
	}
	return p.send(http.MethodPost, letters+"/receipt", &body, "Content-Type", form.FormDataContentType())
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestMailboxesAreAskedInABrowser(t *testing.T) {
	p, others, page := frozen(t, "mailbox,letter,email")
	boxes, id := page+"/notices/n1/mailboxes", strings.TrimPrefix(page, "/cases/")
	p.get(boxes).is(200, boxes).says("Kivra")
	if strings.Contains(p.words(), "hemligt") {
		t.Error("a secret is on the page")
	}
	p.post(boxes+"/ask").is(422, boxes+"/ask").says("Kivra does not tell")
	p.post(boxes+"/reach").is(200, boxes).says("The service is being asked")
	p.doErrands(id, store.ErrandReach)
	p.get(boxes).says("Failed.")
	agreed(p, others, page)
	p.post(page+"/notices/n1/send").is(200, page+"/notices/n1")
	p.doErrands(id, store.ErrandSend)
	p.get(page + "/notices/n1").says("0 taken, 0 refused, 0 uncertain")
}

func TestRehearsalIsBegunOnceInABrowser(t *testing.T) {
	p, _, page := frozen(t, "email,letter")
	rehearsal, id := page+"/notices/n1/rehearsal", strings.TrimPrefix(page, "/cases/")
	p.get(rehearsal).is(200, rehearsal).says("Nothing was rehearsed yet")
	for range 2 {
		p.post(rehearsal).is(200, rehearsal).says("The rehearsal is under way")
	}
	p.doErrands(id, store.ErrandRehearse)
	p.get(rehearsal).says("he mail server did not take the rehearsal")
}

func TestAServerWithoutChannelsSaysWhoNamesThem(t *testing.T) {
	h := newHouse(t)
	h.errands.Channels = nil
	p := h.administrator("town", "kalle").hire("kajsa", auth.Investigator, auth.DPO, auth.Communications)
	p.post("/cases", "title", "Intrång")
	page := p.path
	h.people(auth.CaseID(strings.TrimPrefix(page, "/cases/")))
	p.post(page+"/notice", written("sv")...)
	p.get(page + "/notices/n1/mailboxes").says("klarlagt serve --channels")
	p.post(page+"/notices/n1/mailboxes/reach").is(422, page+"/notices/n1/mailboxes/reach").says("name the service")
	p.post(page+"/notices/n1/rehearsal").is(422, page+"/notices/n1/rehearsal")
	p.post(page+"/notices/n1/send").is(422, page+"/notices/n1/send").says("not frozen")
}
