package web_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func TestAdministratorNamesASystemThatIsToldOfEvents(t *testing.T) {
	h := newHouse(t)
	p := h.administrator("town", "kalle")
	p.get("/webhooks").is(200, "/webhooks")
	for name, address := range map[string]string{"without TLS": "http://hook.example.com/", "with a user": "https://kalle@hook.example.com/", "no server": "https:///a", "nothing": ""} {
		if p.post("/webhooks", "address", address); p.status != 422 || strings.Contains(p.words(), "whsec_") {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	p.post("/webhooks", "address", "https://hook.example.com/in?token=made-up", "event", "case.opened").is(200, "/webhooks")
	first := secretOn(p.page)
	if !strings.HasPrefix(first, "whsec_") || strings.Contains(p.words(), "made-up") {
		t.Fatalf("the secret is %q; the page says %s", first, p.words())
	}
	p.get("/webhooks").is(200, "/webhooks")
	if again := secretOn(p.page); again != "" {
		t.Errorf("the secret is shown again: %q", again)
	}
	p.says("hook.example.com")
	var rotate, end string
	for _, f := range forms(p.page) {
		if strings.HasSuffix(f, "/rotate") {
			rotate = f
		}
		if strings.HasSuffix(f, "/end") && strings.HasPrefix(f, "/webhooks/") {
			end = f
		}
	}
	p.post(rotate).is(200, rotate)
	if second := secretOn(p.page); second == first || !strings.HasPrefix(second, "whsec_") {
		t.Errorf("the new secret is %q", second)
	}
	p.post(strings.Replace(end, "/end", "/replay", 1)).is(404, strings.Replace(end, "/end", "/replay", 1)) // nothing is dead
	p.post(end).is(200, "/webhooks")
	if strings.Contains(p.words(), "hook.example.com") {
		t.Error("it is not ended")
	}
	h.pass(20 * time.Minute)
	if p.post("/webhooks", "address", "https://hook.example.com/"); p.path != "/step-up" {
		t.Errorf("made without a proof of who asks: %d at %s", p.status, p.path)
	}
}

// secretOn is what a page shows this once.
func secretOn(page *html.Node) (secret string) {
	each(page, func(n *html.Node) {
		if n.Data == "code" && attr(n, "class") == "secret" {
			secret = text(n)
		}
	})
	return secret
}
