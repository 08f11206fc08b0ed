package dispatch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

// A number whose check digit is wrong, and so nobody's.
const testPersonnummer = "198112289841"

// kivraService does what the interface says, and refuses all else. Like the
// sandbox it has no control of duplicates.
type kivraService struct {
	fault func(w http.ResponseWriter) bool // true if it has answered
	late  func(w http.ResponseWriter) bool // after the letter was taken

	mu     sync.Mutex
	tokens int
	old    map[string]bool // tokens that are over
	taken  []string
}

func newKivra(t *testing.T) (*kivraService, *dispatch.Kivra) {
	t.Helper()
	s := &kivraService{old: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, &dispatch.Kivra{Web: dispatch.Web{Base: server.URL, Wait: 10 * time.Second}, Tenant: "tenant-1", ClientID: "klarlagt", Secret: breach.Hide("made-up"), Subject: "Meddelande från Staden Exempel"}
}

func (s *kivraService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/v2/auth" {
		user, password, _ := r.BasicAuth()
		if user != "klarlagt" || password != "made-up" || r.FormValue("grant_type") != "client_credentials" || !strings.Contains(r.FormValue("scope"), "kivra.v1.tenant.tenant-1.content") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.tokens++
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprint("k", s.tokens), "token_type": "bearer", "expires_in": 600})
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok || token != fmt.Sprint("k", s.tokens) || s.old[token]:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/v2/tenant/tenant-1/usermatch/ssn":
		var in struct{ List []string }
		if r.ContentLength > 10<<20 || json.NewDecoder(r.Body).Decode(&in) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		out := []string{}
		for _, id := range in.List {
			if id == testPersonnummer {
				out = append(out, id)
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"list": out})
	case r.URL.Path == "/v2/tenant/tenant-1/content":
		s.content(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *kivraService) content(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SSN, Subject, Type string
		Parts              []struct {
			Name, ContentType string
			Data              []byte
			Kind              string `json:"content_type"`
		}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || in.SSN != testPersonnummer || in.Subject == "" || in.Type != "letter" || len(in.Parts) != 1 || in.Parts[0].Kind == "" ||
		bytes.Contains(in.Parts[0].Data, []byte("<script")) || bytes.Contains(in.Parts[0].Data, []byte("href")) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s.fault != nil && s.fault(w) {
		return
	}
	s.taken = append(s.taken, in.SSN)
	if s.late != nil && s.late(w) {
		return
	}
	w.Header().Set("kivra-objkey", fmt.Sprint("object-", len(s.taken)))
	w.WriteHeader(http.StatusCreated)
}

// count is how many letters were taken.
func (s *kivraService) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

// hungUp ends the connection without an answer.
func hungUp(w http.ResponseWriter) bool {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
	return true
}

func TestKivra(t *testing.T) {
	code := func(code int) func(w http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool { w.WriteHeader(code); return true }
	}
	for name, c := range map[string]struct {
		number string
		mend   func(*kivraService, *dispatch.Kivra)
		want   error
		taken  int
	}{
		"taken":                  {testPersonnummer, nil, nil, 1},
		"no mailbox":             {"199001012385", nil, dispatch.ErrRefused, 0},
		"a token that is over":   {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.old["k1"] = true }, nil, 1},
		"a wrong secret":         {testPersonnummer, func(_ *kivraService, k *dispatch.Kivra) { k.Secret = breach.Hide("x") }, errors.ErrUnsupported, 0},
		"another tenant":         {testPersonnummer, func(_ *kivraService, k *dispatch.Kivra) { k.Tenant = "other" }, errors.ErrUnsupported, 0},
		"turned away":            {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.fault = code(http.StatusServiceUnavailable) }, errors.ErrUnsupported, 0},
		"not to be had":          {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.fault = code(http.StatusBadRequest) }, dispatch.ErrMessage, 0},
		"gone meanwhile":         {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.fault = code(http.StatusGone) }, dispatch.ErrRefused, 0},
		"an error of theirs":     {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.fault = code(http.StatusBadGateway) }, dispatch.ErrUncertain, 0},
		"the answer lost":        {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.late = hungUp }, dispatch.ErrUncertain, 1},
		"lost before it was had": {testPersonnummer, func(s *kivraService, _ *dispatch.Kivra) { s.fault = hungUp }, dispatch.ErrUncertain, 0},
		"nobody there":           {testPersonnummer, func(_ *kivraService, k *dispatch.Kivra) { k.Base = "http://127.0.0.1:1" }, errors.ErrUnsupported, 0},
	} {
		t.Run(name, func(t *testing.T) {
			service, client := newKivra(t)
			if c.mend != nil {
				c.mend(service, client)
			}
			wire, err := client.Compose(mailboxNotice(c.number), "ref-1")
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := client.Send(t.Context(), dispatch.Parcel{Ref: "ref-1", To: breach.Hide(c.number), Wire: wire})
			if !cameTo(err, c.want) || err == nil && receipt != "letter object-1" || service.count() != c.taken {
				t.Errorf("receipt %q, error %v, %d taken; want %v, %d", receipt, err, service.count(), c.want, c.taken)
			}
		})
	}
}

func TestKivraReadsBack(t *testing.T) {
	_, client := newKivra(t)
	n := mailboxNotice(testPersonnummer)
	n.Parts[0].Text = append(n.Parts[0].Text, "\nKlockan 9–15 & <inte> annars\n"...)
	wire, err := client.Compose(n, "")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := client.Read(wire)
	if err != nil || !seen.Says(n, "") {
		t.Errorf("read back as\n%s\nerror %v", string(seen.Text), err)
	}
	if other := mailboxNotice("199001012385"); seen.Says(other, "") {
		t.Error("it is taken for somebody else's")
	}
	page := func(html string) []byte {
		raw, err := json.Marshal(map[string]any{"ssn": testPersonnummer, "subject": client.Subject, "type": "letter", "parts": []any{map[string]any{"name": "x", "data": []byte(html), "content_type": "text/html"}}})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, html := range map[string]string{"a link": `<p><a href="https://example.com">x</a></p>`, "a script": `<script>x</script>`, "a picture": `<p><img src="x"></p>`,
		"a hidden word": `<p style="display:none">x</p>`, "a comment": `<p>x</p><!-- 1 -->`} {
		if _, err := client.Read(page(html)); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.Compose(mailboxNotice("900625-2384"), ""); !errors.Is(err, dispatch.ErrMessage) {
		t.Errorf("a number without its century: %v", err)
	}
}
