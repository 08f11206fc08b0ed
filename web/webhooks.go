package web

import (
	"net/url"
	"slices"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// hooksPage is whom events of the tenant's cases are told to, and what became of
// the newest messages.
type hooksPage struct {
	Hooks    []hookLine
	Messages []hookMessage
	Events   []hookEvent
	Address  string // as typed
	Made     string // the secret of a new one, shown this once
}

// hookLine is one webhook: of its address the host alone, for the rest may be a
// secret.
type hookLine struct {
	ID, Host string
	Events   []store.Event
	MadeAt   time.Time
	OldUntil time.Time // zero where no older secret signs too
	Dead     int       // of the messages listed
}

// hookMessage is one message.
type hookMessage struct {
	store.Message
	Host string
}

// hookEvent is an event that can be ticked.
type hookEvent struct {
	Event store.Event
	On    bool
}

// mostMessages is how many of the newest messages the page lists.
const mostMessages = 100

func showHooks(v *visit) error { return v.hooksForm("", nil) }

func (v *visit) hooksForm(made string, wrong error) error {
	hooks, err := v.tenant.Webhooks(v.Context(), v.grant)
	if err != nil {
		return err
	}
	messages, err := v.tenant.Messages(v.Context(), v.grant, mostMessages)
	if err != nil {
		return err
	}
	p := hooksPage{Made: made}
	hosts, dead := map[string]string{}, map[string]int{}
	for _, m := range messages {
		if m.State == store.MessageDead {
			dead[m.Hook]++
		}
	}
	for _, h := range hooks {
		if u, err := url.Parse(h.Address.Reveal()); err == nil {
			hosts[h.ID] = u.Host // of a server, not of somebody
		}
		l := hookLine{ID: h.ID, Host: hosts[h.ID], Events: h.Events, MadeAt: h.MadeAt, Dead: dead[h.ID]}
		if v.now.Wall.Before(h.OldUntil) {
			l.OldUntil = h.OldUntil
		}
		p.Hooks = append(p.Hooks, l)
	}
	for _, m := range messages {
		p.Messages = append(p.Messages, hookMessage{m, hosts[m.Hook]})
	}
	for _, e := range store.Events() {
		p.Events = append(p.Events, hookEvent{e, wrong != nil && slices.Contains(v.PostForm["event"], string(e))})
	}
	if wrong != nil {
		p.Address = v.PostFormValue("address")
	}
	return v.form("webhooks", p, wrong)
}

// makeHook makes a webhook, and shows its secret in this answer alone.
func makeHook(v *visit) error {
	address := breach.Hide(v.PostFormValue("address"))
	var events []store.Event
	for _, e := range v.PostForm["event"] {
		events = append(events, store.Event(e))
	}
	h, err := v.tenant.AddWebhook(v.Context(), v.grant, address, events, v.PlainHooks, v.now.Wall)
	if err != nil {
		return v.hooksForm("", err)
	}
	return v.hooksForm(h.Secret.Reveal(), nil)
}

// rotateHook gives a webhook a new secret, shown in this answer alone.
func rotateHook(v *visit) error {
	h, err := v.tenant.RotateWebhook(v.Context(), v.grant, v.PathValue("id"), v.now.Wall)
	if err != nil {
		return v.noHook(err)
	}
	return v.hooksForm(h.Secret.Reveal(), nil)
}

func endHook(v *visit) error {
	if err := v.tenant.EndWebhook(v.Context(), v.grant, v.PathValue("id")); err != nil {
		return v.noHook(err)
	}
	return v.redirect("/webhooks")
}

// replayHook has tried anew what nobody took; with a message's id, that one.
func replayHook(v *visit) error {
	if _, err := v.tenant.Replay(v.Context(), v.grant, v.PathValue("id"), v.PostFormValue("message"), v.now.Wall); err != nil {
		return v.noHook(err)
	}
	return v.redirect("/webhooks")
}

// noHook answers a webhook that is not there as any page that is not.
func (v *visit) noHook(err error) error {
	if isRefusal(err) {
		return errNotThere
	}
	return err
}
