package casework

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/klarlagt/klarlagt/store"
)

// mostMessages is how many go out in one round.
const mostMessages = 50

// mostAnswer is how much of an answer is read, in bytes: so that the connection can
// be used again.
const mostAnswer = 16 << 10

// messageWaits are how long a message waits after each try that failed; after the
// last it is dead. The waits are those that Standard Webhooks propose.
func messageWaits() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

// WebhookRound is what came of a round of messages to webhooks.
type WebhookRound struct {
	Sent, Later, Dead int
}

// webhookBody is what a webhook is told: ids, times and words of ours alone.
type webhookBody struct {
	Type      store.Event `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	Case   store.CaseID `json:"case"`
	Object string       `json:"object,omitempty"`
}

// SendWebhooks hands over the messages of a tenant whose time has come. What is not
// taken is tried again later, and the same message has the same id each time, by
// which whoever gets it can tell. An error is the store's: what became of a message
// is kept with it.
func SendWebhooks(ctx context.Context, s *store.Store, c *http.Client, now func() time.Time) (r WebhookRound, err error) {
	list, hooks, err := s.Outgoing(ctx, now(), mostMessages)
	if err != nil {
		return r, err
	}
	for _, m := range list {
		status, wrong := sendMessage(ctx, c, hooks[m.Hook], m, now())
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		waits := messageWaits()
		state, next := store.MessageWaiting, now()
		switch {
		case wrong == nil && status/100 == 2:
			state = store.MessageSent
			r.Sent++
		case m.Tries >= len(waits) || status == http.StatusGone: // "gone" says that it is not to be told again
			state = store.MessageDead
			r.Dead++
		default:
			next = next.Add(waits[m.Tries])
			r.Later++
		}
		if err := s.MessageTried(ctx, m, state, status, next); err != nil {
			return r, err
		}
	}
	return r, nil
}

// sendMessage posts one message, signed, and tells what was answered. The error
// names nothing of the address, which may hold a secret.
func sendMessage(ctx context.Context, c *http.Client, h store.Webhook, m store.Message, now time.Time) (status int, err error) {
	body, err := json.Marshal(webhookBody{m.Event, m.At, webhookData{m.Case, m.Object}})
	if err != nil {
		return 0, fmt.Errorf("write a message: %w", err)
	}
	signature, err := signMessage(h, m.ID, body, now)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Address.Reveal(), bytes.NewReader(body))
	if err != nil {
		return 0, errHook
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Klarlagt")
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	answer, err := c.Do(req)
	if err != nil {
		return 0, errHook
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, mostAnswer)) // what it says is nothing to us
	return answer.StatusCode, nil
}

// errHook says that a webhook could not be reached.
var errHook = errors.New("the webhook is not reached")

// signMessage signs a message with the secret of its webhook, and while the one
// before it holds still, with that too: "v1,… v1,…".
func signMessage(h store.Webhook, id string, body []byte, now time.Time) (string, error) {
	secrets := []string{h.Secret.Reveal()}
	if !h.Old.IsZero() && now.Before(h.OldUntil) {
		secrets = append(secrets, h.Old.Reveal())
	}
	var all string
	for _, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", fmt.Errorf("sign a message: %w", err)
		}
		one, err := signer.Sign(id, now, body)
		if err != nil {
			return "", fmt.Errorf("sign a message: %w", err)
		}
		if all != "" {
			all += " "
		}
		all += one
	}
	return all, nil
}
