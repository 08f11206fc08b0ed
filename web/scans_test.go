package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/register"
	"github.com/klarlagt/klarlagt/store"
)

// sentRegister is a register that was sent to a case, and looked at.
func (h *house) sentRegister(id auth.CaseID) {
	h.t.Helper()
	g := h.console("town", auth.Ask{Action: auth.ImportRegister, Case: id})
	u, err := h.tenants["town"].AddUpload(h.t.Context(), g, store.ForRegister, breach.Hide("<pupils>.csv"), strings.NewReader("made up"))
	if err == nil {
		columns := []register.Column{{Number: 1, Heading: "Elev-ID", Field: register.FieldKey, By: register.ByHeading}, {Number: 2, Heading: "Hemma"}}
		u.Note, err = json.Marshal(casework.RegisterLook{Samples: []casework.ColumnSample{{Number: 1, Values: []string{"P•••"}}},
			Result: casework.RegisterResult{Name: "pupils", Import: register.Result{Columns: columns, Entries: 3, Rejected: 1},
				Rejects: []register.Reject{{Row: 4, Column: "Elev-ID", Reason: register.KeyEmpty}}}})
	}
	if err == nil {
		_, err = h.tenants["town"].KeepUpload(h.t.Context(), g, u)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// scanner is an investigator with a case.
func (h *house) scanner() (_ *person, theCase string) {
	h.t.Helper()
	officer := h.administrator("town", "kalle").hire("kajsa", auth.Investigator)
	officer.post("/cases", "title", "Intrång i skolan")
	return officer, officer.path
}

// attach sends files in a form: pairs of a name and what is in it.
func (b *browser) attach(path string, files ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(files); i += 2 {
		part, err := form.CreateFormFile("files", files[i])
		if err == nil {
			_, err = part.Write([]byte(files[i+1]))
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.send(http.MethodPost, path, &body, "Content-Type", form.FormDataContentType())
}

func TestScanIsBegunPausedAndEndedByButtons(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	scans := page + "/scans"
	officer.get(scans).is(200, scans).says("The server's folder share")
	if strings.Contains(officer.words(), "archive") {
		t.Error("another organisation's folder is shown")
	}
	for _, evidence := range []string{"", "folder:", "folder:archive", "folder:/etc", "folder:../share", "/etc"} {
		officer.post(scans, "evidence", evidence, "reached", "proven").is(422, scans)
	}
	officer.post(scans, "evidence", "folder:share", "reached", "likely", "passwords", "hemligt\r\n").is(200, scans).says("Waits for its turn")
	if strings.Contains(officer.words(), "hemligt") {
		t.Error("a password is on the page")
	}
	officer.post(scans, "evidence", "folder:share", "reached", "likely").is(422, scans).says("under way or paused")
	officer.post(scans+"/pause").is(200, scans).says("Keeps what was read")
	h.doScans()
	officer.get(scans).says("The scan is paused")
	officer.post(scans+"/stop").is(200, scans).says("Ended before everything was read")
	officer.post(scans+"/continue").is(422, scans+"/continue")
	officer.post(scans, "evidence", "folder:share", "reached", "likely").is(200, scans)
	h.doScans()
	officer.get(scans).says("The folder share is not there")
	officer.get(page+"/coverage").is(200, page+"/coverage")
}

// doScans does what waits, and returns when it has.
func (h *house) doScans() {
	h.t.Helper()
	ctx, stop := context.WithCancel(h.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.scans.Run(ctx) }()
	cases, err := h.tenants["town"].ScansGoing(h.t.Context())
	if err != nil {
		h.t.Error(err)
	}
	for _, id := range cases {
		if j := h.scans.Job("town", id); j != nil {
			<-j.Done()
		}
	}
	stop()
	<-ended
}

// events is a stream that a browser reads.
type events struct {
	t    *testing.T
	rows *bufio.Scanner
}

// watch opens the stream of a case.
func (b *browser) watch(path string) *events {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "sv")
	answer, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = answer.Body.Close() })
	if b.status = answer.StatusCode; answer.StatusCode == http.StatusOK && answer.Header.Get("Content-Type") != "text/event-stream" {
		b.t.Fatalf("%s: %s", path, answer.Header.Get("Content-Type"))
	}
	return &events{b.t, bufio.NewScanner(answer.Body)}
}

// until reads events until one holds a text.
func (e *events) until(text string) {
	e.t.Helper()
	for e.rows.Scan() {
		if strings.Contains(e.rows.Text(), text) {
			return
		}
	}
	e.t.Fatalf("the stream ended without %q", text)
}

// ended reads to the end.
func (e *events) ended() {
	e.t.Helper()
	for e.rows.Scan() {
	}
	if err := e.rows.Err(); err != nil {
		e.t.Errorf("the stream broke off: %v", err)
	}
}

func TestScanIsWatchedUntilItEnds(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	nothing := officer.watch(page + "/scans/watch")
	nothing.until("event: end")
	nothing.ended()
	officer.post(page+"/scans", "evidence", "folder:share", "reached", "likely")
	s := officer.watch(page + "/scans/watch")
	s.until("Väntar på sin tur")
	officer.post(page + "/scans/pause")
	s.until("Sparar det som lästs")
	h.doScans()
	s.until("event: end")
	s.ended()
}

// TestWatchingKeepsNoSignInOpen lets time pass without a request: the stream ends
// with the sign-in, which it has not made longer.
func TestWatchingKeepsNoSignInOpen(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	officer.post(page+"/scans", "evidence", "folder:share", "reached", "likely")
	s := officer.watch(page + "/scans/watch")
	s.until("Väntar")
	s.until("Väntar") // a beat has looked at the sign-in
	h.pass(auth.IdleFor + 1)
	s.until("event: end")
	s.ended()
	officer.get(page).is(200, "/sign-in")
}

func TestWatchingEndsForWhoeverLeavesTheCase(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	officer, helper := boss.hire("kajsa", auth.Investigator), boss.hire("joakim", auth.Reviewer)
	officer.post("/cases", "title", "Intrång i skolan")
	page := officer.path
	officer.post(page + "/members/" + string(helper.id) + "/join")
	officer.post(page+"/scans", "evidence", "folder:share", "reached", "likely")
	s := helper.watch(page + "/scans/watch")
	s.until("Väntar")
	officer.post(page + "/members/" + string(helper.id) + "/leave")
	s.until("event: end")
	s.ended()
}

func TestStreamsAreBoundedAndEndWithTheServer(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	officer.post(page+"/scans", "evidence", "folder:share", "reached", "likely")
	var open []*events
	for range 6 {
		s := officer.watch(page + "/scans/watch")
		s.until("Väntar")
		open = append(open, s)
	}
	if officer.watch(page + "/scans/watch"); officer.status != http.StatusServiceUnavailable {
		t.Errorf("a seventh window: %d", officer.status)
	}
	close(h.ending)
	for _, s := range open {
		s.ended()
	}
}

func TestEvidenceIsSentListedAndTakenBack(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	scans := page + "/scans"
	officer.attach(page+"/uploads", "<b>list.csv", "made up", "a.zip", "PK").is(200, scans).says("<b>list.csv")
	officer.says("What was sent here: 2 files")
	officer.attach(page+"/uploads").is(422, page+"/uploads").says("choose one first")
	officer.post(page+"/uploads").is(422, page+"/uploads").says("choose one first")
	officer.post(page+"/uploads/1/remove").is(200, scans)
	if strings.Contains(officer.words(), "list.csv") {
		t.Error("what was taken back is listed")
	}
	officer.post(page+"/uploads/1/remove").is(404, page+"/uploads/1/remove")
	officer.post(scans, "evidence", "uploads", "reached", "proven").is(200, scans).says("Waits for its turn")
}

func TestRegisterShowsItsColumnsMaskedAndCorrectable(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	h.sentRegister(auth.CaseID(strings.TrimPrefix(page, "/cases/")))
	officer.get(page + "/registers").says("<pupils>.csv")
	officer.get(page+"/registers/1").is(200, page+"/registers/1").says("3 people would be in the register").says("P•••").says("No key")
	chosen := map[string]string{}
	each(officer.page, func(n *html.Node) {
		if n.Data == "option" && attr(n, "selected") == "" && hasAttr(n, "selected") {
			chosen[attr(n.Parent, "name")] = attr(n, "value")
		}
	})
	if chosen["column-0-1"] != "key" || chosen["column-0-2"] != "ignore" {
		t.Errorf("chosen: %v", chosen)
	}
	officer.post(page+"/registers/1/remove").is(200, page+"/registers")
	officer.get(page+"/registers/1").is(404, page+"/registers/1")
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// TestScriptStaysSmall holds the one script against what a person reads in a
// sitting.
func TestScriptStaysSmall(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("static", "klarlagt.js"))
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 6<<10 || bytes.Contains(raw, []byte("innerHTML")) {
		t.Errorf("%d bytes, at most 6,144; nothing is made HTML", len(raw))
	}
}

func TestScanOfTheCommandIsShownBesideTheServers(t *testing.T) {
	h := newHouse(t)
	officer, page := h.scanner()
	scans, id := page+"/scans", auth.CaseID(strings.TrimPrefix(page, "/cases/"))
	officer.post(scans, "evidence", "folder:share", "reached", "proven")
	s, ctx := h.tenants["town"], t.Context()
	g := h.console("town", auth.Ask{Action: auth.Scan, Case: id})
	x, err := s.BeginScan(ctx, g, store.ScanPlan{Command: true, Folder: "/srv/<evidence>", By: "console:1000", Began: h.now().Wall})
	if err != nil {
		t.Fatal(err)
	}
	officer.get(scans).is(200, scans).says("/srv/<evidence>made at the command line")
	officer.says("Begun; it has not ended, or was cut off").says("the command line (account 1000)")
	officer.says("Waits for its turn") // is the server's own
	x.State, x.ScanSum = store.ScanDone, store.ScanSum{Ended: h.now().Wall, Items: 40, Of: 41, Gaps: 7}
	if _, err := s.KeepScan(ctx, g, x, h.now()); err != nil {
		t.Fatal(err)
	}
	officer.get(scans).says("40 of 41")
	rows := 0
	each(officer.page, func(n *html.Node) {
		if n.Data == "tr" && n.Parent.Data == "tbody" {
			rows++
		}
	})
	if rows != 2 {
		t.Errorf("%d scans are listed, want 2", rows)
	}
}
