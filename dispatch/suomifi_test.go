package dispatch_test

import (
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

// mailboxNotice is what somebody is told in a digital mailbox.
func mailboxNotice(number string) breach.Notice {
	return notice("p1", func(n *breach.Notice) {
		n.Channel = breach.Mailbox
		n.To = breach.Addressee{Name: breach.Hide("Exempla Provsson"), NationalID: breach.Hide(number)}
	})
}

// suomiFiService does what the interface says, and refuses all else.
type suomiFiService struct {
	t      *testing.T
	url    string
	fault  func(n int, w http.ResponseWriter) bool // for the nth message: true if it has answered
	expire bool                                    // each token holds for one call

	mu     sync.Mutex
	tokens map[string]bool
	active map[string]bool
	taken  map[string]int64 // by externalId
	calls  map[string]int
	events []string
}

func newSuomiFi(t *testing.T) (*suomiFiService, *dispatch.SuomiFi) {
	t.Helper()
	s := &suomiFiService{t: t, tokens: map[string]bool{}, active: map[string]bool{"010594Y9032": true}, taken: map[string]int64{}, calls: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s, &dispatch.SuomiFi{Web: dispatch.Web{Base: server.URL, Wait: 10 * time.Second}, Username: "klarlagt", Password: breach.Hide("made-up"), ServiceID: "service-1"}
}

func (s *suomiFiService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.URL.Path]++
	say := func(code int, body any) {
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(body)
	}
	if r.URL.Path == "/v1/token" {
		var in struct{ Username, Password string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Username != "klarlagt" || in.Password != "made-up" || r.Header.Get("Authorization") != "" {
			say(http.StatusUnauthorized, map[string]string{"reason": "no"})
			return
		}
		token := fmt.Sprint("token-", s.calls[r.URL.Path])
		s.tokens[token] = true
		say(http.StatusOK, map[string]any{"access_token": token, "token_type": "bearer", "expires_in": 3600})
		return
	}
	token := r.Header.Get("Authorization") // without "Bearer"
	if !s.tokens[token] {
		say(http.StatusUnauthorized, map[string]string{"reason": "token"})
		return
	}
	if s.expire {
		delete(s.tokens, token)
	}
	switch r.URL.Path {
	case "/v1/mailboxes/active":
		s.mailboxes(r, say)
	case "/v2/messages/electronic":
		s.message(w, r, say)
	case "/v2/events":
		s.list(r, say)
	default:
		say(http.StatusNotFound, nil)
	}
}

func (s *suomiFiService) mailboxes(r *http.Request, say func(int, any)) {
	var in struct {
		EndUsers []struct{ ID string }
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || len(in.EndUsers) == 0 || len(in.EndUsers) > 10_000 {
		say(http.StatusBadRequest, map[string]string{"reason": "endUsers"})
		return
	}
	out := []map[string]string{}
	for _, u := range in.EndUsers {
		if s.active[u.ID] {
			out = append(out, map[string]string{"id": u.ID})
		}
	}
	say(http.StatusOK, map[string]any{"endUsersWithActiveMailbox": out})
}

func (s *suomiFiService) message(w http.ResponseWriter, r *http.Request, say func(int, any)) {
	var in struct {
		ExternalID        string
		Sender            struct{ ServiceID string }
		Recipient         struct{ ID string }
		Electronic        map[string]any
		PaperMail, Unused any
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || in.Sender.ServiceID != "service-1" || in.ExternalID == "" || in.PaperMail != nil || !s.active[in.Recipient.ID] {
		say(http.StatusBadRequest, map[string]any{"reason": "validation", "validationErrors": []any{map[string]string{"error": "one of the fields", "errorCode": "x"}}})
		return
	}
	title, _ := in.Electronic["title"].(string)
	oneOf := func(name string, words ...string) bool {
		for _, word := range words {
			if in.Electronic[name] == word {
				return true
			}
		}
		return false
	}
	if title == "" || len([]rune(title)) > 256 || in.Electronic["body"] == "" || !oneOf("bodyFormat", "Text", "Markdown") || !oneOf("messageServiceType", "Normal", "Verifiable") ||
		!oneOf("replyAllowedBy", "Anyone", "No one") || !oneOf("visibility", "Normal", "Recipient only") {
		say(http.StatusBadRequest, map[string]string{"reason": "electronic"})
		return
	}
	if before, there := s.taken[in.ExternalID]; there {
		say(http.StatusConflict, map[string]any{"reason": "externalId", "messageId": before})
		return
	}
	if s.fault != nil && s.fault(s.calls[r.URL.Path], w) {
		return
	}
	s.taken[in.ExternalID] = int64(1000 + len(s.taken))
	if s.fault != nil && s.fault(-s.calls[r.URL.Path], w) { // after it was taken
		return
	}
	say(http.StatusOK, map[string]any{"messageId": s.taken[in.ExternalID]})
}

// list gives one event a page; the metadata of every other one is a text.
func (s *suomiFiService) list(r *http.Request, say func(int, any)) {
	at := 0
	_, _ = fmt.Sscan(r.URL.Query().Get("continuationToken"), &at)
	page := []map[string]any{}
	if at < len(s.events) {
		kind, ref, _ := strings.Cut(s.events[at], "|")
		var metadata any = map[string]any{"messageId": 1, "serviceId": "service-1", "externalId": ref}
		if at%2 == 1 {
			metadata = fmt.Sprintf(`{"messageId":1,"externalId":%q}`, ref)
		}
		page, at = append(page, map[string]any{"type": kind, "metadata": metadata}), at+1
	}
	say(http.StatusOK, map[string]any{"events": page, "continuationToken": fmt.Sprint(at)})
}

// count is how many messages were taken.
func (s *suomiFiService) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func TestSuomiFi(t *testing.T) {
	const number = "010594Y9032"
	hangUp := func(w http.ResponseWriter) bool {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
		return true
	}
	for name, c := range map[string]struct {
		number string
		mend   func(*suomiFiService, *dispatch.SuomiFi)
		want   error  // nil with a receipt; errors.ErrUnsupported stands for certain and not final
		holds  string // of the receipt
		taken  int
	}{
		"taken":                      {number, nil, nil, "message 1000", 1},
		"no mailbox":                 {"020594X903P", nil, dispatch.ErrRefused, "", 0},
		"a token that is over":       {number, func(s *suomiFiService, _ *dispatch.SuomiFi) { s.expire = true }, nil, "message 1000", 1},
		"a wrong password":           {number, func(_ *suomiFiService, c *dispatch.SuomiFi) { c.Password = breach.Hide("x") }, errors.ErrUnsupported, "", 0},
		"a service that is not ours": {number, func(_ *suomiFiService, c *dispatch.SuomiFi) { c.ServiceID = "other" }, dispatch.ErrMessage, "", 0},
		"too many at a time":         {number, func(s *suomiFiService, _ *dispatch.SuomiFi) { s.fault = answers(1, http.StatusTooManyRequests) }, errors.ErrUnsupported, "", 0},
		"taken, and the answer lost": {number, func(s *suomiFiService, _ *dispatch.SuomiFi) {
			s.fault = func(n int, w http.ResponseWriter) bool { return n == -1 && hangUp(w) }
		}, nil, "taken before", 1},
		"lost before it was taken": {number, func(s *suomiFiService, _ *dispatch.SuomiFi) {
			s.fault = func(n int, w http.ResponseWriter) bool { return n == 1 && hangUp(w) }
		}, nil, "message 1000", 1},
		"no answer at all": {number, func(s *suomiFiService, _ *dispatch.SuomiFi) {
			s.fault = func(n int, w http.ResponseWriter) bool { return n > 0 && hangUp(w) }
		}, dispatch.ErrUncertain, "", 0},
		"an error of theirs": {number, func(s *suomiFiService, _ *dispatch.SuomiFi) {
			s.fault = func(n int, w http.ResponseWriter) bool { w.WriteHeader(http.StatusInternalServerError); return true }
		}, dispatch.ErrUncertain, "", 0},
		"nobody there": {number, func(_ *suomiFiService, c *dispatch.SuomiFi) { c.Base = "http://127.0.0.1:1" }, errors.ErrUnsupported, "", 0},
		"without TLS":  {number, func(_ *suomiFiService, c *dispatch.SuomiFi) { c.Base = "http://api.example.com" }, errors.ErrUnsupported, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			service, client := newSuomiFi(t)
			if c.mend != nil {
				c.mend(service, client)
			}
			wire, err := client.Compose(mailboxNotice(c.number), "ref-1")
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := client.Send(t.Context(), dispatch.Parcel{Ref: "ref-1", To: breach.Hide(c.number), Wire: wire})
			if !cameTo(err, c.want) || !strings.Contains(receipt, c.holds) || service.count() != c.taken {
				t.Errorf("receipt %q, error %v, %d taken; want %q, %v, %d", receipt, err, service.count(), c.holds, c.want, c.taken)
			}
			if err != nil && strings.Contains(err.Error(), c.number) {
				t.Errorf("the error names somebody: %v", err)
			}
		})
	}
}

// answers answers one message with a code before it is taken.
func answers(nth, code int) func(int, http.ResponseWriter) bool {
	return func(n int, w http.ResponseWriter) bool {
		if n == nth {
			w.WriteHeader(code)
		}
		return n == nth
	}
}

// cameTo holds an error against one of the three outcomes; ErrUnsupported
// stands for an error that is none of the named ones: certain, and not final.
func cameTo(err, want error) bool {
	if want == nil || err == nil {
		return err == nil && want == nil
	}
	for _, named := range []error{dispatch.ErrRefused, dispatch.ErrUncertain, dispatch.ErrMessage} {
		if errors.Is(err, named) != (named == want) {
			return false
		}
	}
	return true
}

func TestSuomiFiReachesInPortions(t *testing.T) {
	service, client := newSuomiFi(t)
	ids := make([]breach.Personal, 10_001)
	for i := range ids {
		ids[i] = breach.Hide(fmt.Sprint("none-", i))
	}
	ids[10_000] = breach.Hide("010594Y9032")
	reached, err := client.Reach(t.Context(), ids)
	if err != nil || len(reached) != len(ids) || !reached[10_000] || reached[0] || service.calls["/v1/mailboxes/active"] != 2 || service.calls["/v1/token"] != 1 {
		t.Errorf("%d answers, error %v, calls %v", len(reached), err, service.calls)
	}
}

func TestSuomiFiReadsBack(t *testing.T) {
	_, client := newSuomiFi(t)
	n := mailboxNotice("010594Y9032")
	wire, err := client.Compose(n, "ref-1")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := client.Read(wire)
	if err != nil || seen.To != n.To.NationalID || seen.Ref != "ref-1" || !strings.Contains(string(seen.Text), "portkod") {
		t.Errorf("read back %q to %v, error %v", seen.Ref, seen.To == n.To.NationalID, err)
	}
	for name, mend := range map[string][2]string{
		"a field more":    {`"sender"`, `"cc":"x","sender"`},
		"another service": {`service-1`, `service-2`},
		"another format":  {`"Text"`, `"Markdown"`},
		"something after": {`}}}`, `}}} {}`},
		"cut short":       {`}}}`, `}}`},
	} {
		bad := strings.Replace(string(wire), mend[0], mend[1], 1)
		if _, err := client.Read([]byte(bad)); bad == string(wire) || !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, n := range map[string]breach.Notice{"a letter": notice("p1", nil), "a title of two lines": func() breach.Notice {
		n := mailboxNotice("010594Y9032")
		n.Parts[0].Title = breach.Content("a\nb")
		return n
	}(), "a long title": func() breach.Notice {
		n := mailboxNotice("010594Y9032")
		n.Parts[0].Title = breach.Content(strings.Repeat("å", 257))
		return n
	}()} {
		if _, err := client.Compose(n, "ref-1"); !errors.Is(err, dispatch.ErrMessage) {
			t.Errorf("%s was composed: %v", name, err)
		}
	}
}

func TestSuomiFiEvents(t *testing.T) {
	service, client := newSuomiFi(t)
	service.events = []string{"Electronic message created|a", "Electronic message read|b", "Paper mail created|c"}
	list, next, err := client.Events(t.Context(), "")
	if got := fmt.Sprint(list); err != nil || got != "[{a Electronic message created accepted} {b Electronic message read delivered} {c Paper mail created }]" {
		t.Errorf("events %s, error %v", got, err)
	}
	if list, again, err := client.Events(t.Context(), next); len(list) != 0 || again != next || err != nil {
		t.Errorf("after the last: %d, %q, %v", len(list), again, err)
	}
}
