package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
	"github.com/klarlagt/klarlagt/web"
)

// openAPIFile is the description of the API as it is checked in.
var openAPIFile = filepath.Join("..", "docs", "openapi.json")

// program asks the API with a token.
type program struct {
	*house
	token  string
	status int
	header http.Header
	said   map[string]any
	raw    []byte
}

// programFor makes a token for somebody who is not at a browser.
func (h *house) programFor(u store.User, scopes ...auth.Action) *program {
	h.t.Helper()
	s, _ := auth.Begin(u.User, u.Tenant, auth.Roles(), nil, auth.OwnNetwork, h.now())
	g, err := h.tenants[u.Tenant].Grant(h.t.Context(), s, auth.Ask{Action: auth.OwnSignIn, Now: h.now()})
	if err != nil {
		h.t.Fatal(err)
	}
	t, secret, err := auth.NewAPIToken(g, breach.Hide("a program"), scopes, 24*time.Hour, h.now().Wall)
	if err == nil {
		err = h.control.AddAPIToken(h.t.Context(), g, t, secret.Hash())
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return &program{house: h, token: auth.APITokenText(secret)}
}

// do asks, with a body of JSON where there is one.
func (p *program) do(method, path, body string, headers ...string) *program {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.site.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer, err := p.site.Client().Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.status, p.header, p.said = answer.StatusCode, answer.Header, nil
	p.raw = raw
	if kind := answer.Header.Get("Content-Type"); !strings.Contains(kind, "json") && p.status == http.StatusOK {
		if at(described(p.t, method, path), "responses", "200", "content", kind) == nil {
			p.t.Errorf("%s %s: %s is not described", method, path, kind)
		}
		return p
	}
	if err := json.Unmarshal(raw, &p.said); err != nil {
		p.t.Fatalf("%s %s: status %d, not JSON: %v", method, path, answer.StatusCode, err)
	}
	if p.status == http.StatusOK {
		p.asDescribed(method, path)
	}
	return p
}

// asDescribed holds an answer against its schema: what it has to have is there,
// and nothing else is.
func (p *program) asDescribed(method, path string) {
	p.t.Helper()
	schema := at(described(p.t, method, path), "responses", "200", "content", "application/json", "schema")
	for _, wrong := range against(openAPI(), schema, p.said, "") {
		p.t.Errorf("%s %s: %s", method, path, wrong)
	}
}

// openAPI is the description as a program reads it.
var openAPI = sync.OnceValue(func() (d map[string]any) {
	raw, err := web.OpenAPI()
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		panic(err)
	}
	return d
})

// described finds the operation that a request asks for: where two fit, the one
// that names less, as OpenAPI has it.
func described(t *testing.T, method, path string) (found map[string]any) {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	names := 0
	for pattern, methods := range at(openAPI(), "paths") {
		op, many := at(methods, strings.ToLower(method)), len(named.FindAllString(pattern, -1))
		ours := regexp.MustCompile("^" + named.ReplaceAllString(pattern, "[^/]+") + "$")
		if op != nil && ours.MatchString(path) && (found == nil || many < names) {
			found, names = op, many
		}
	}
	if found == nil {
		t.Errorf("%s %s is not described", method, path)
	}
	return found
}

// named is a part of a path that stands for what it names.
var named = regexp.MustCompile(`\{[a-z]+\}`)

// at walks down into what was JSON.
func at(of any, steps ...string) map[string]any {
	for _, s := range steps {
		m, _ := of.(map[string]any)
		of = m[s]
	}
	m, _ := of.(map[string]any)
	return m
}

// against lists how a value differs from a schema.
func against(d map[string]any, schema map[string]any, value any, where string) (wrong []string) {
	if ref, ok := schema["$ref"].(string); ok {
		schema = at(d, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	switch v := value.(type) {
	case map[string]any:
		if schema["additionalProperties"] != false {
			return nil
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, there := v[name.(string)]; !there {
				wrong = append(wrong, where+"."+name.(string)+" is missing")
			}
		}
		for name, inner := range v {
			if at(schema, "properties", name) == nil {
				wrong = append(wrong, where+"."+name+" is not described")
				continue
			}
			wrong = append(wrong, against(d, at(schema, "properties", name), inner, where+"."+name)...)
		}
	case []any:
		for _, inner := range v {
			wrong = append(wrong, against(d, at(schema, "items"), inner, where+"[]")...)
		}
	case nil:
		wrong = append(wrong, where+" is null")
	}
	return wrong
}

// kind is what the problem names: "verdict:not-your-role".
func (p *program) kind() string {
	text, _ := p.said["type"].(string)
	return strings.TrimPrefix(text, "urn:klarlagt:")
}

// forPrograms is every action that a token can be made for.
func forPrograms() []auth.Action {
	return slices.DeleteFunc(auth.Actions(), func(a auth.Action) bool { return !auth.ForPrograms(a) })
}

// programAsked asks for an operation with a token for all that programs can do,
// and gives the verdict.
func (st *street) programAsked(role auth.Role, r web.Route, situation string) string {
	st.t.Helper()
	p := &program{house: st.house}
	if role != "" {
		if st.programs == nil {
			st.programs = map[auth.Role]*program{}
		}
		if st.programs[role] == nil {
			st.programs[role] = st.programFor(st.users[role], forPrograms()...)
		}
		p = st.programs[role]
	}
	body := ""
	if r.Method == http.MethodPost {
		body = "{}"
	}
	p.do(r.Method, st.path(r, situation), body)
	if p.status >= 500 {
		st.t.Errorf("%s %s, %s: status %d", r.Method, r.Pattern, situation, p.status)
	}
	if verdict, ok := strings.CutPrefix(p.kind(), "verdict:"); ok && (p.status == 401 || p.status == 403 || p.status == 404 && verdict != "") {
		if p.status == http.StatusNotFound && situation == "own case" {
			return string(auth.Allowed) // the case is there, and what the path names in it is not
		}
		return verdict
	}
	return string(auth.Allowed)
}

func TestOpenAPIIsTheOneCheckedIn(t *testing.T) {
	raw, err := web.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, '\n')
	if *update {
		if err := os.WriteFile(openAPIFile, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if kept, err := os.ReadFile(openAPIFile); err != nil || !bytes.Equal(raw, kept) {
		t.Errorf("docs/openapi.json is another: rewrite it with -update, and read what changed (%v)", err)
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	if text := string(raw); strings.Count(text, `"in": "path"`) < strings.Count(text, "/cases/{case}") {
		t.Error("a path names what no parameter describes")
	}
	seen, routes := map[string]bool{}, 0
	for _, r := range web.Routes() {
		if r.Program {
			routes++
		}
	}
	for path, methods := range d.Paths {
		for method, op := range methods {
			if seen[op.OperationID] || op.OperationID == "" || len(op.Security) == 0 || op.Responses["200"] == nil {
				t.Errorf("%s %s: operation %q, security %v", method, path, op.OperationID, op.Security)
			}
			seen[op.OperationID] = true
		}
	}
	if d.OpenAPI != "3.1.0" || len(seen) != routes || routes < 25 {
		t.Errorf("OpenAPI %s, %d operations for %d routes", d.OpenAPI, len(seen), routes)
	}
}

// officer is a data protection officer who works on a case of the town.
func (h *house) officer() (store.User, auth.CaseID) {
	h.t.Helper()
	return h.worker("officer", auth.DPO)
}

// worker is somebody who works on a case of the town.
func (h *house) worker(name string, roles ...auth.Role) (store.User, auth.CaseID) {
	h.t.Helper()
	h.administrator("town", "chief")
	id := h.hired("town", name, roles...)
	c, err := h.tenants["town"].OpenCase(h.t.Context(), auth.Console("test", "town", h.now()), "Made up", h.now())
	if err == nil {
		err = h.control.Join(h.t.Context(), h.console("town", auth.Ask{Action: auth.ManageMembers, Case: c.ID, Object: string(id), Subject: id}))
	}
	u, ok, found := h.control.UserNamed(h.t.Context(), name)
	if err != nil || !ok || found != nil {
		h.t.Fatal(err, found)
	}
	return u, c.ID
}

// TestAProgramCarriesACase enters facts, reads what follows from them, decides
// and notes what was sent, by the API alone.
func TestAProgramCarriesACase(t *testing.T) {
	h := newHouse(t)
	u, id := h.officer()
	p := h.programFor(u, forPrograms()...)
	base := "/api/v1/cases/" + string(id)
	enter := func(fact string, parts map[string]string) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"fact": fact, "parts": parts})
		if err != nil {
			t.Fatal(err)
		}
		if p.do("POST", base+"/facts", string(body)); p.status != 200 || p.said["version"] == nil {
			t.Fatalf("%s: status %d, %v", fact, p.status, p.said)
		}
	}
	enter("case", map[string]string{"country": "FI", "kind": "mis-sent", "role": "controller"})
	enter("controller", map[string]string{"name": "Exempelstad"})
	enter("aware", map[string]string{"at": "2026-03-02T07:00:00Z", "why": "a call"})
	p.do("GET", base+"/duties", "")
	duties, _ := p.said["duties"].([]any)
	due := ""
	for _, d := range duties {
		if one, _ := d.(map[string]any); one["rule"] == "gdpr-33" {
			due, _ = one["due"].(string)
		}
	}
	if due != "2026-03-05T07:00:00Z" {
		t.Errorf("72 hours after awareness is %q: %v", due, p.said)
	}
	if p.do("GET", base+"/facts?at=2026-03-02T07:59:59Z", ""); len(p.said["facts"].([]any)) != 0 {
		t.Errorf("known before it was entered: %v", p.said)
	}
	p.do("POST", base+"/decisions", `{"about":"authority","says":"no-notice","why":"nobody is at risk","facts":3}`)
	if p.status != 200 || p.said["number"] != 1.0 {
		t.Errorf("decision: status %d, %v", p.status, p.said)
	}
	if p.do("POST", base+"/drafts/edpb/sent", `{"facts":3,"number":"A-1"}`); p.status != 200 {
		t.Errorf("sent: status %d, %v", p.status, p.said)
	}
	for _, path := range []string{"", "/facts", "/timeline", "/assessment", "/drafts", "/drafts/edpb", "/approvals", "/members", "/journal", "/coverage", "/review"} {
		if p.do("GET", base+path, ""); p.status != 200 {
			t.Errorf("%s: status %d, %v", path, p.status, p.said)
		}
	}
	if p.do("GET", "/api/v1/cases", ""); len(p.said["cases"].([]any)) != 1 {
		t.Errorf("cases: %v", p.said)
	}
	if p.do("GET", base+"/exposure", ""); p.kind() != "refusal:not-resolved" || p.status != 422 {
		t.Errorf("exposure before a resolve: %d, %v", p.status, p.said)
	}
}

func TestATokenDoesNoMoreThanItWasMadeFor(t *testing.T) {
	h := newHouse(t)
	u, id := h.officer()
	reader := h.programFor(u, auth.ReadFacts)
	base := "/api/v1/cases/" + string(id)
	if reader.do("GET", base+"/facts", ""); reader.status != 200 {
		t.Errorf("what it was made for: %d", reader.status)
	}
	if reader.do("POST", base+"/facts", `{"fact":"case","parts":{"country":"FI"}}`); reader.kind() != "verdict:out-of-scope" {
		t.Errorf("what it was not made for: %v", reader.said)
	}
	for name, token := range map[string]string{"another": auth.APITokenText(auth.NewToken()), "none": "", "a session's": auth.NewToken().Reveal(), "half": reader.token[:20]} {
		p := &program{house: h, token: token}
		if p.do("GET", base+"/facts", ""); p.status != 401 || p.header.Get("WWW-Authenticate") == "" || p.kind() != "verdict:signed-out" {
			t.Errorf("%s: %d %v", name, p.status, p.said)
		}
	}
	// A token opens no page, and a browser's session no operation.
	b := h.browser()
	if b.do("GET", "/cases", nil, "Authorization", "Bearer "+reader.token); b.path != "/sign-in" {
		t.Errorf("a token opened a page: %s", b.path)
	}
	if reader.do("GET", "/api/v1/cases", ""); reader.kind() != "verdict:out-of-scope" {
		t.Errorf("another operation: %v", reader.said)
	}
	h.pass(24 * time.Hour)
	if reader.do("GET", base+"/facts", ""); reader.status != 401 {
		t.Errorf("after its time: %d", reader.status)
	}
	later := h.programFor(u, auth.ReadFacts)
	h.pass(-time.Hour)
	if later.do("GET", base+"/facts", ""); later.status != 401 {
		t.Errorf("before it was made: %d", later.status)
	}
	h.pass(time.Hour)
	// Who is reset or ended has no program any more.
	if _, err := h.control.ResetSignIn(t.Context(), h.console("town", auth.Ask{Action: auth.ResetSignIn, Object: string(u.User), Subject: u.User}), h.now()); err != nil {
		t.Fatal(err)
	}
	if later.do("GET", base+"/facts", ""); later.status != 401 {
		t.Errorf("after its owner was reset: %d", later.status)
	}
}

func TestAnActIsDoneOnceForAKey(t *testing.T) {
	h := newHouse(t)
	u, id := h.officer()
	p := h.programFor(u, auth.RecordFacts, auth.ReadFacts)
	path := "/api/v1/cases/" + string(id) + "/facts"
	task := `{"fact":"task","item":"+","parts":{"name":"call the school"}}`
	tasks := func() int {
		p.do("GET", path, "")
		return len(p.said["facts"].([]any))
	}
	first := p.do("POST", path, task, "Idempotency-Key", "one").said
	if p.status != 200 || first["item"] == nil {
		t.Fatalf("status %d, %v", p.status, first)
	}
	again := p.do("POST", path, task, "Idempotency-Key", "one").said
	if p.status != 200 || again["item"] != first["item"] || p.header.Get("Idempotency-Replayed") != "true" || tasks() != 1 {
		t.Errorf("again: %d %v, first %v", p.status, again, first)
	}
	if p.do("POST", path, strings.Replace(task, "call", "visit", 1), "Idempotency-Key", "one"); p.status != 409 || p.kind() != "refusal:api-key-used" {
		t.Errorf("another act with the key: %d %v", p.status, p.said)
	}
	if p.do("POST", path, `{"fact":"aware","parts":{"at":"tomorrow"}}`, "Idempotency-Key", "two"); p.status != 422 {
		t.Errorf("a refused act: %d %v", p.status, p.said)
	}
	if p.do("POST", path, task, "Idempotency-Key", "two"); p.status != 200 || tasks() != 2 {
		t.Errorf("the key of what was refused: %d %v", p.status, p.said)
	}
	other := h.programFor(u, auth.RecordFacts)
	if other.do("POST", path, task, "Idempotency-Key", "one"); other.status != 200 || tasks() != 3 {
		t.Errorf("another token's key: %d %v", other.status, other.said)
	}
	if p.do("POST", path, task, "Idempotency-Key", strings.Repeat("k", 201)); p.status != 422 {
		t.Errorf("a long key: %d", p.status)
	}
}

// TestProblemsDoNotRepeatWhatWasSent holds what huma says of a request that is
// not as described.
func TestProblemsDoNotRepeatWhatWasSent(t *testing.T) {
	h := newHouse(t)
	u, id := h.officer()
	p := h.programFor(u, auth.Explain, auth.Search)
	for _, body := range []string{`{"value":19121212,"purpose":"answer-inquiry"}`, `{"value":"no","purpose":"x","more":"Aku Ankka"}`, `{"value":`, `[]`} {
		p.do("POST", "/api/v1/cases/"+string(id)+"/people/search", body)
		raw, _ := json.Marshal(p.said)
		if p.status < 400 || p.status >= 500 || bytes.Contains(raw, []byte("19121212")) || bytes.Contains(raw, []byte("Ankka")) {
			t.Errorf("%d: %s", p.status, raw)
		}
	}
	if log := h.logged.String(); strings.Contains(log, "19121212") || strings.Contains(log, "Ankka") {
		t.Error("the log repeats what was sent")
	}
}

// TestAProgramNeverSeesWho reads everything of a case with people in it, of whom
// one has a protected identity.
func TestAProgramNeverSeesWho(t *testing.T) {
	boss, page := newExposed(t)
	u, ok, err := boss.control.UserNamed(t.Context(), "kajsa")
	if err != nil || !ok {
		t.Fatal(err)
	}
	p := boss.programFor(u, forPrograms()...)
	base := "/api/v1" + page
	if p.do("GET", base+"/exposure", ""); len(p.said["rows"].([]any)) != 2 {
		t.Errorf("counts: %v", p.said)
	}
	for _, row := range p.said["rows"].([]any) {
		counts := row.(map[string]any)["counts"].([]any)
		if last := counts[len(counts)-1].(map[string]any); last["kind"] != "protected-identity" || last["few"] != true || last["likely"] != 0.0 || last["upper"] != 0.0 || last["unknown"] != 0.0 {
			t.Errorf("a few protected people are counted out: %v", last)
		}
	}
	for _, path := range []string{"/people?group=1", "/people?grade=likely", "/people/p1", "/people/p1?from=1000", "/review", "/review?answered=true", "/coverage", "/journal"} {
		p.do("GET", base+path, "")
		raw, _ := json.Marshal(p.said)
		if p.status != 200 || bytes.Contains(raw, []byte("Kajsa A")) || bytes.Contains(raw, []byte(numberOne)) || bytes.Contains(raw, []byte(`"p2"`)) {
			t.Errorf("%s: %d %s", path, p.status, raw)
		}
	}
	search := func(value string) bool {
		body, _ := json.Marshal(map[string]string{"value": value, "purpose": "answer-inquiry"})
		p.do("POST", base+"/people/search", string(body))
		return p.status == 200 && p.said["found"] == true
	}
	if !search(numberOne) || search(numberOne[:11]) {
		t.Errorf("found by a whole value alone: %d %v", p.status, p.said)
	}
	if p.do("POST", base+"/review/1", `{"is":"p1","reason":"the class list"}`); p.status != 200 {
		t.Errorf("judged: %d %v", p.status, p.said)
	}
	if p.do("POST", base+"/review/1/undo", ""); p.status != 200 {
		t.Errorf("taken back: %d %v", p.status, p.said)
	}
	if p.do("GET", base+"/people/p9", ""); p.status != 404 {
		t.Errorf("nobody: %d", p.status)
	}
}

func TestATokenIsMadeShownOnceAndEnded(t *testing.T) {
	h := newHouse(t)
	boss := h.administrator("town", "kalle")
	kajsa := boss.hire("kajsa", auth.Investigator)
	kajsa.post("/account/tokens", "name", "", "scope", "list-cases", "days", "30").is(422, "/account/tokens")
	kajsa.post("/account/tokens", "name", "Lists", "days", "30").is(422, "/account/tokens").says("Choose what the token may do")
	kajsa.post("/account/tokens", "name", "Lists", "scope", "reveal", "days", "30").is(422, "/account/tokens")
	kajsa.post("/account/tokens", "name", "Lists", "scope", "list-cases", "days", "30").is(200, "/account/tokens")
	p := &program{house: h, token: regexp.MustCompile(`klarlagt_[A-Za-z0-9_-]{43}`).FindString(kajsa.words())}
	if p.do("GET", "/api/v1/cases", ""); p.status != 200 {
		t.Errorf("status %d: %v", p.status, p.said)
	}
	if kajsa.get("/account/tokens").is(200, "/account/tokens").says("list my cases"); strings.Contains(kajsa.words(), "klarlagt_") {
		t.Error("the secret is shown again")
	}
	var end string
	for _, to := range forms(kajsa.page) {
		if strings.HasSuffix(to, "/end") {
			end = to
		}
	}
	boss.post(end) // another's
	if p.do("GET", "/api/v1/cases", ""); p.status != 200 {
		t.Errorf("ended by somebody else: %d", p.status)
	}
	kajsa.post(end)
	if p.do("GET", "/api/v1/cases", ""); p.status != 401 {
		t.Errorf("after its end: %d", p.status)
	}
}
