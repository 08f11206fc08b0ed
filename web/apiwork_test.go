package web_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// send sends files in a form: pairs of a name and what is in it.
func (p *program) send(path string, headers []string, files ...string) *program {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.SetBoundary("the-same-each-time"); err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		part, err := form.CreateFormFile("file", files[i])
		if err == nil {
			_, err = part.Write([]byte(files[i+1]))
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		p.t.Fatal(err)
	}
	return p.do(http.MethodPost, path, body.String(), append([]string{"Content-Type", form.FormDataContentType()}, headers...)...)
}

// list is a list of what was said.
func (p *program) list(name string) []any {
	p.t.Helper()
	list, ok := p.said[name].([]any)
	if !ok {
		p.t.Fatalf("no %s in status %d, %v", name, p.status, p.said)
	}
	return list
}

// of is a part of what stands in a list.
func of(one any, name string) any {
	m, _ := one.(map[string]any)
	return m[name]
}

func TestAProgramScansAFolder(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("kajsa", auth.Investigator)
	p := h.programFor(u, forPrograms()...)
	scans := "/api/v1/cases/" + string(id) + "/scans"
	if p.do("GET", scans, ""); len(p.list("folders")) != 1 || p.list("folders")[0] != "share" {
		t.Errorf("folders: %v", p.said)
	}
	for name, body := range map[string]string{"neither": `{}`, "both": `{"folder":"share","uploads":true}`, "another organisation's": `{"folder":"archive"}`,
		"a path": `{"folder":"/etc"}`} {
		if p.do("POST", scans, body); p.status != 422 || p.kind() != "refusal:evidence-name" {
			t.Errorf("%s: %d %v", name, p.status, p.said)
		}
	}
	begin := `{"folder":"share","reached":"likely","passwords":["hemligt"]}`
	if p.do("POST", scans, begin, "Idempotency-Key", "one"); p.status != 200 || p.said["number"] != 1.0 || p.said["state"] != "going" {
		t.Fatalf("begun: %d %v", p.status, p.said)
	}
	if p.do("POST", scans, begin, "Idempotency-Key", "one"); p.status != 200 || p.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("begun again with its key: %d %v", p.status, p.said)
	}
	if p.do("POST", scans, begin); p.kind() != "refusal:scan-open" {
		t.Errorf("begun twice: %v", p.said)
	}
	if p.do("GET", scans, ""); of(p.said["progress"], "waits") != true || of(p.list("scans")[0], "reached") != "likely" || strings.Contains(string(p.raw), "hemligt") {
		t.Errorf("while it waits: %s", p.raw)
	}
	p.do("POST", scans+"/pause", "")
	h.doScans()
	if p.do("GET", scans, ""); of(p.list("scans")[0], "state") != "paused" || p.said["progress"] != nil {
		t.Errorf("paused: %s", p.raw)
	}
	if p.do("POST", scans+"/continue", ""); p.said["state"] != "going" {
		t.Errorf("continued: %v", p.said)
	}
	h.doScans()
	if p.do("GET", scans, ""); of(p.list("scans")[0], "state") != "failed" || !strings.Contains(string(p.raw), "the folder share is not there") {
		t.Errorf("a folder that is gone: %s", p.raw)
	}
	if p.do("POST", scans+"/stop", ""); p.kind() != "refusal:scan-none" {
		t.Errorf("stopped what had ended: %v", p.said)
	}
}

// TestAScanAsksForAllThatItDoes makes a token without leave to resolve.
func TestAScanAsksForAllThatItDoes(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("kajsa", auth.Investigator)
	p := h.programFor(u, auth.Scan)
	if p.do("POST", "/api/v1/cases/"+string(id)+"/scans", `{"folder":"share"}`); p.status != 403 || p.kind() != "verdict:out-of-scope" {
		t.Errorf("%d %v", p.status, p.said)
	}
	i := slices.IndexFunc(web.Routes(), func(r web.Route) bool {
		return r.Program && r.Method == "POST" && strings.HasSuffix(r.Pattern, "/scans")
	})
	if too := web.Routes()[i].Too; !slices.Contains(too, auth.Resolve) || !slices.Contains(too, auth.ReadPictures) {
		t.Errorf("it says that it asks for %v too", too)
	}
}

func TestAProgramSendsEvidence(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("kajsa", auth.Investigator)
	p := h.programFor(u, forPrograms()...)
	base := "/api/v1/cases/" + string(id)
	key := []string{"Idempotency-Key", "one"}
	if p.send(base+"/uploads", key, "list.csv", "made up"); p.status != 200 || p.said["number"] != 1.0 || strings.Contains(string(p.raw), "list") {
		t.Fatalf("sent: %d %s", p.status, p.raw)
	}
	if p.send(base+"/uploads", key, "list.csv", "made up"); p.header.Get("Idempotency-Replayed") != "true" || p.said["number"] != 1.0 {
		t.Errorf("sent again with its key: %d %s", p.status, p.raw)
	}
	if p.send(base+"/uploads", key, "list.csv", "something else"); p.status != 409 {
		t.Errorf("another file with the key: %d %s", p.status, p.raw)
	}
	for name, files := range map[string][]string{"none": nil, "two": {"a.csv", "1", "b.csv", "2"}} {
		if p.send(base+"/uploads", nil, files...); p.status != 422 || p.kind() != "refusal:upload-none" {
			t.Errorf("%s: %d %s", name, p.status, p.raw)
		}
	}
	if p.do("POST", base+"/uploads", `{"file":"x"}`); p.status != 422 {
		t.Errorf("no form: %d %s", p.status, p.raw)
	}
	if p.do("GET", base+"/scans", ""); len(p.list("uploads")) != 1 || of(p.list("uploads")[0], "name") != "list.csv" || of(p.list("uploads")[0], "size") != 7.0 {
		t.Errorf("what was refused is kept: %s", p.raw)
	}
	if p.send(base+"/uploads", nil, "big.bin", strings.Repeat("x", casework.MostUpload+1)); p.kind() != "refusal:upload-large" {
		t.Errorf("too large: %d %s", p.status, p.raw)
	}
	if p.do("POST", base+"/scans", `{"uploads":true}`); p.said["state"] != "going" {
		t.Errorf("scanning it: %d %s", p.status, p.raw)
	}
	p.do("POST", base+"/scans/stop", "")
	if p.do("POST", base+"/uploads/1/remove", ""); p.status != 200 {
		t.Errorf("taken back: %d %s", p.status, p.raw)
	}
	if p.do("POST", base+"/uploads/1/remove", ""); p.status != 404 {
		t.Errorf("taken back twice: %d %s", p.status, p.raw)
	}
}

func TestAProgramImportsWhatItHasSeen(t *testing.T) {
	h := newHouse(t)
	u, id := h.worker("kajsa", auth.Investigator)
	h.sentRegister(id)
	p := h.programFor(u, forPrograms()...)
	registers := "/api/v1/cases/" + string(id) + "/registers"
	if p.do("GET", registers, ""); len(p.list("waiting")) != 1 || len(p.list("registers")) != 0 {
		t.Errorf("what waits: %s", p.raw)
	}
	p.do("GET", registers+"/1", "")
	columns := p.list("columns")
	if len(columns) != 2 || of(columns[0], "field") != "key" || of(columns[1], "field") != "ignore" || of(p.list("rejects")[0], "row") != 4.0 || p.said["entries"] != 3.0 {
		t.Errorf("columns: %s", p.raw)
	}
	if samples, _ := of(columns[0], "samples").([]any); len(samples) != 1 || samples[0] != "P•••" {
		t.Errorf("samples are not masked: %s", p.raw)
	}
	for name, body := range map[string]string{"none": `{"columns":[]}`, "one": `{"columns":[{"number":1,"field":"key"}]}`,
		"another": `{"columns":[{"number":1,"field":"key"},{"number":2,"field":"email"}]}`, "one twice": `{"columns":[{"number":1,"field":"key"},{"number":1,"field":"key"}]}`} {
		if p.do("POST", registers+"/1/import", body); p.status != 422 || p.kind() != "refusal:register-columns" {
			t.Errorf("%s: %d %s", name, p.status, p.raw)
		}
	}
	if p.do("POST", registers+"/1/remove", ""); p.status != 200 {
		t.Errorf("taken back: %d %s", p.status, p.raw)
	}
	if p.do("GET", registers+"/1", ""); p.status != 404 {
		t.Errorf("after that: %d", p.status)
	}
}

// found has three files found as evidence, of which one cannot be read.
func (h *house) found(id auth.CaseID) {
	h.t.Helper()
	s, g := h.tenants["town"], h.console("town", auth.Ask{Action: auth.Scan, Case: id})
	root, err := s.Root(h.t.Context(), g, "/srv/share")
	if err != nil {
		h.t.Fatal(err)
	}
	walk, err := s.BeginWalk(h.t.Context(), g, root)
	var items []store.Item
	for i, path := range []string{"a/b/list.csv", "a/c/list.csv", "letter.doc"} {
		items = append(items, store.Item{Root: root, Path: path, Position: int64(i + 1), Size: 7, MTime: 1, Reached: breach.Likely, State: breach.Pending})
	}
	if err == nil {
		err = errors.Join(s.SeeItems(h.t.Context(), g, walk, items), s.EndWalk(h.t.Context(), g, root, walk))
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestAProgramReadsTheAccountAndTheReport(t *testing.T) {
	boss, page := newExposed(t)
	u, _, err := boss.control.UserNamed(t.Context(), "kajsa")
	if err != nil {
		t.Fatal(err)
	}
	boss.found(auth.CaseID(strings.TrimPrefix(page, "/cases/")))
	p := boss.programFor(u, forPrograms()...)
	base := "/api/v1" + page
	p.do("GET", base+"/account?depth=2", "")
	items, gaps := p.said["items"], p.said["gaps"]
	for _, list := range []string{"states", "formats", "folders", "sizes"} {
		sum := 0.0
		for _, one := range p.list(list) {
			n, _ := of(one, "items").(float64)
			sum += n
		}
		if sum != items || sum == 0 {
			t.Errorf("%s sum to %v of %v: %s", list, sum, items, p.raw)
		}
	}
	if p.do("GET", base+"/account/items", ""); float64(len(p.list("items"))) != items {
		t.Errorf("items: %s", p.raw)
	}
	if p.do("GET", base+"/account/items?gaps=true", ""); float64(len(p.list("items"))) != gaps {
		t.Errorf("gaps: %s", p.raw)
	}
	if p.do("GET", base+"/account/items?from=1", ""); float64(len(p.list("items"))+1) != items {
		t.Errorf("items from the second on: %s", p.raw)
	}
	for path, kind := range map[string]string{"/report": "text/html", "/report?paths=true": "text/html", "/papers/register": "text/html", "/papers/board?format=docx": "openxmlformats", "/papers/board?format=odt": "opendocument"} {
		p.do("GET", base+path, "", "Accept-Language", "sv")
		if p.status != 200 || !strings.Contains(p.header.Get("Content-Type"), kind) || !strings.HasPrefix(p.header.Get("Content-Disposition"), "attachment") || len(p.raw) < 1000 {
			t.Errorf("%s: %d %s, %d bytes", path, p.status, p.header.Get("Content-Type"), len(p.raw))
		}
		if kind == "text/html" && !bytes.Contains(p.raw, []byte(`lang="sv"`)) {
			t.Errorf("%s is not in Swedish", path)
		}
	}
	if p.do("GET", base+"/papers/other", ""); p.status != 422 {
		t.Errorf("no such paper: %d", p.status)
	}
	if p.do("GET", base+"/review/1", ""); p.said["answered"] != false || p.said["reason"] == "" {
		t.Errorf("a question: %s", p.raw)
	}
}

func TestAProgramWritesANotice(t *testing.T) {
	h := newHouse(t)
	u, id := h.officer()
	p := h.programFor(u, forPrograms()...)
	notices := "/api/v1/cases/" + string(id) + "/notices"
	text := `{"controller":"Staden Exempel","happened":"Ett register låg öppet.","measures":"Servern är stängd.","contact":"Ring 09 555 0100."}`
	body := `{"country":"FI","texts":{"sv":` + text + `},"sender":{"name":"Staden Exempel","mail":"dataskydd@city.example"},"order":["letter"]}`
	if p.do("POST", notices, body); p.status != 200 || p.said["state"] != "draft" {
		t.Fatalf("written: %d %s", p.status, p.raw)
	}
	notice, _ := p.said["id"].(string)
	if p.do("POST", notices, strings.Replace(body, `{"country"`, `{"notice":"`+notice+`","per_minute":5,"country"`, 1)); p.said["id"] != notice || p.said["version"] != 1.0 {
		t.Errorf("written over: %d %s", p.status, p.raw)
	}
	for name, wrong := range map[string]string{"no text": strings.Replace(body, `"sv":`+text, "", 1), "no sender": strings.Replace(body, "dataskydd@city.example", "", 1),
		"no such way": strings.Replace(body, `["letter"]`, `["pigeon"]`, 1), "no such notice": strings.Replace(body, `{"country"`, `{"notice":"0a0a0a0a","country"`, 1)} {
		if p.do("POST", notices, wrong); p.status != 422 && p.status != 404 {
			t.Errorf("%s: %d %s", name, p.status, p.raw)
		}
	}
	if p.do("GET", notices, ""); len(p.list("notices")) != 1 {
		t.Errorf("what was refused is kept: %s", p.raw)
	}
	reader := h.programFor(u, auth.WriteNotice)
	if reader.do("POST", notices, strings.Replace(body, `{"country"`, `{"notice":"`+notice+`","country"`, 1)); reader.kind() != "verdict:out-of-scope" {
		t.Errorf("a version of a notice that it may not read: %v", reader.said)
	}
}
