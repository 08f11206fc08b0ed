package casework_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// receiver is a system that is told of events, and holds their signatures against
// its secrets with the standard's own library.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string
	answer  int
	ids     []string
	bodies  []string
	wrong   []error
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{answer: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, secret := range r.secrets {
			hook, wrong := standardwebhooks.NewWebhook(secret)
			if wrong == nil {
				wrong = hook.VerifyIgnoringTimestamp(body, req.Header) // the clock is the test's
			}
			if wrong != nil {
				err = wrong
			}
		}
		if err != nil {
			r.wrong = append(r.wrong, err)
		}
		r.ids, r.bodies = append(r.ids, req.Header.Get("webhook-id")), append(r.bodies, string(body))
		if r.answer/100 == 3 {
			w.Header().Set("Location", r.URL+"/elsewhere")
		}
		w.WriteHeader(r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// hooked is a desk with a webhook to a receiver.
type hooked struct {
	*casework.Desk
	t    *testing.T
	to   *receiver
	hook store.Webhook
	now  time.Time
}

func newHooked(t *testing.T, events ...store.Event) *hooked {
	t.Helper()
	h := &hooked{Desk: desk(t, t.TempDir()), t: t, to: newReceiver(t)}
	h.now = h.Now()
	h.Now = func() time.Time { return h.now }
	var err error
	if h.hook, err = h.Store.AddWebhook(t.Context(), h.grant(), breach.Hide(h.to.URL+"/hook?token=made-up"), events, true, h.now); err != nil {
		t.Fatal(err)
	}
	h.to.secrets = []string{h.hook.Secret.Reveal()}
	return h
}

func (h *hooked) grant() auth.Grant {
	h.t.Helper()
	g, err := h.Store.Grant(h.t.Context(), h.Who, auth.Ask{Action: auth.ManageHooks, Now: auth.Instant{Wall: h.now}})
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

// round sends what waits after some time.
func (h *hooked) round(after time.Duration) casework.WebhookRound {
	h.t.Helper()
	h.now = h.now.Add(after)
	r, err := casework.SendWebhooks(h.t.Context(), h.Store, casework.HookClient(true), func() time.Time { return h.now })
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func TestWebhookIsToldOfAnOpenedCaseByItsNumberAlone(t *testing.T) {
	h := newHooked(t)
	c, err := h.Open(t.Context(), "Mail of Anka, Kajsa")
	if err != nil {
		t.Fatal(err)
	}
	if r := h.round(0); r != (casework.WebhookRound{Sent: 1}) || len(h.to.wrong) > 0 {
		t.Fatalf("told %+v, wrong %v", r, h.to.wrong)
	}
	body := h.to.bodies[0]
	for _, want := range []string{`"type":"case.opened"`, `"case":"` + string(c.ID) + `"`, `"timestamp":"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if strings.Contains(body, "Anka") || !strings.HasPrefix(h.to.ids[0], "msg_") {
		t.Errorf("it says %s, with the id %s", body, h.to.ids[0])
	}
	if r := h.round(time.Hour); r != (casework.WebhookRound{}) || len(h.to.ids) != 1 {
		t.Errorf("told again: %+v", r)
	}
}

func TestWebhookGetsOnlyWhatItAskedFor(t *testing.T) {
	h := newHooked(t, "list.frozen")
	if _, err := h.Open(t.Context(), "A case"); err != nil {
		t.Fatal(err)
	}
	if r := h.round(0); r != (casework.WebhookRound{}) {
		t.Errorf("told %+v", r)
	}
}

func TestMessageIsTriedForThreeDaysAndThenWaitsForSomebody(t *testing.T) {
	h := newHooked(t)
	h.to.answer = http.StatusServiceUnavailable
	if _, err := h.Open(t.Context(), "A case"); err != nil {
		t.Fatal(err)
	}
	var tries, dead int
	for range 200 { // as many half hours
		r := h.round(30 * time.Minute)
		tries, dead = tries+r.Later+r.Dead, dead+r.Dead
	}
	if tries != 10 || dead != 1 {
		t.Fatalf("tried %d times, dead %d", tries, dead)
	}
	list, err := h.Store.Messages(t.Context(), h.grant(), 10)
	if err != nil || len(list) != 1 || list[0].State != store.MessageDead || list[0].Status != http.StatusServiceUnavailable {
		t.Fatalf("%+v, %v", list, err)
	}
	h.to.answer = http.StatusOK
	if n, err := h.Store.Replay(t.Context(), h.grant(), h.hook.ID, "", h.now); err != nil || n != 1 {
		t.Fatalf("sent again %d, %v", n, err)
	}
	if r := h.round(0); r.Sent != 1 || h.to.ids[0] != h.to.ids[len(h.to.ids)-1] {
		t.Errorf("told %+v, with ids %v", r, h.to.ids)
	}
}

func TestGoneEndsAMessageAndARedirectIsNotFollowed(t *testing.T) {
	for answer, want := range map[int]casework.WebhookRound{http.StatusGone: {Dead: 1}, http.StatusFound: {Later: 1}, http.StatusTemporaryRedirect: {Later: 1}} {
		h := newHooked(t)
		h.to.answer = answer
		if _, err := h.Open(t.Context(), "A case"); err != nil {
			t.Fatal(err)
		}
		if r := h.round(0); r != want || len(h.to.ids) != 1 {
			t.Errorf("answered %d: %+v, asked %d times", answer, r, len(h.to.ids))
		}
	}
}

func TestBothSecretsSignWhileTheOldOneHolds(t *testing.T) {
	h := newHooked(t)
	fresh, err := h.Store.RotateWebhook(t.Context(), h.grant(), h.hook.ID, h.now)
	if err != nil {
		t.Fatal(err)
	}
	both := []string{h.hook.Secret.Reveal(), fresh.Secret.Reveal()}
	if both[0] == both[1] {
		t.Fatal("the secret is the same")
	}
	h.to.secrets = both
	if _, err := h.Open(t.Context(), "A case"); err != nil {
		t.Fatal(err)
	}
	if r := h.round(time.Hour); r.Sent != 1 || len(h.to.wrong) > 0 {
		t.Fatalf("told %+v, wrong %v", r, h.to.wrong)
	}
	if _, err := h.Open(t.Context(), "Another"); err != nil {
		t.Fatal(err)
	}
	if h.round(store.OldSecretFor); len(h.to.wrong) != 1 {
		t.Errorf("the old secret signs after its time: %v", h.to.wrong)
	}
}

func TestEndedWebhookIsToldNothing(t *testing.T) {
	h := newHooked(t)
	if _, err := h.Open(t.Context(), "A case"); err != nil {
		t.Fatal(err)
	}
	if err := h.Store.EndWebhook(t.Context(), h.grant(), h.hook.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(t.Context(), "Another"); err != nil {
		t.Fatal(err)
	}
	if r := h.round(0); r != (casework.WebhookRound{}) {
		t.Errorf("told %+v", r)
	}
	if err := h.Store.EndWebhook(t.Context(), h.grant(), h.hook.ID); err == nil {
		t.Error("ended twice")
	}
}

func TestPrivateAddressesAreNotReached(t *testing.T) {
	h := newHooked(t)
	if _, err := h.Open(t.Context(), "A case"); err != nil {
		t.Fatal(err)
	}
	r, err := casework.SendWebhooks(t.Context(), h.Store, casework.HookClient(false), h.Now)
	if err != nil || r.Later != 1 || len(h.to.ids) > 0 {
		t.Errorf("%+v, %v, asked %d times", r, err, len(h.to.ids))
	}
	for address, ok := range map[string]bool{"https://hook.example.com/a?b=c": true, "http://hook.example.com": false, "https://user@hook.example.com": false,
		"https://": false, "ftp://hook.example.com": false, "https://hook.example.com/#a": false, "hook.example.com": false} {
		if _, err := h.Store.AddWebhook(t.Context(), h.grant(), breach.Hide(address), nil, false, h.now); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// special are addresses that are none of the public internet, and some that are.
var special = map[string]bool{
	"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "100.100.100.200": false,
	"168.63.129.16": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "192.0.0.192": false, "198.51.100.7": false,
	"::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false,
	"ff02::1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::7f00:1": false, "2002:7f00:1::": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false, "2001:db8::1": false, "fec0::1": false, "100::1": false,
	"172.32.0.1": true, "100.128.0.1": true, "9.9.9.9": true, "::ffff:9.9.9.9": true, "2620:fe::fe": true, "2a00:1450::1": true,
}

func TestPublicAddresses(t *testing.T) {
	for text, want := range special {
		if got := casework.PublicAddress(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func FuzzPublicAddress(f *testing.F) {
	for text := range special {
		f.Add(netip.MustParseAddr(text).AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok || !casework.PublicAddress(a) {
			return
		}
		if u := a.Unmap(); !u.IsGlobalUnicast() || u.IsPrivate() || u.IsLoopback() || u.IsLinkLocalUnicast() || u.IsMulticast() || u.IsUnspecified() {
			t.Errorf("%s passes", a)
		}
		if a.Is4() && !casework.PublicAddress(netip.AddrFrom16(a.As16())) {
			t.Errorf("%s passes, and mapped into IPv6 does not", a)
		}
	})
}
