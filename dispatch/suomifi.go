package dispatch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
)

// SuomiFi hands notices over to Suomi.fi Messages by its REST interface, as
// electronic messages alone: paper goes through our own letters, for there the
// sender sees what is printed.
//
// Source: the interface as clients of it in public repositories have it
// (City-of-Helsinki/django-helsinki-suomifi-messages, espoon-voltti/evaka); it
// has not been tried against the service itself.
type SuomiFi struct {
	Web
	Username  string
	Password  breach.Personal
	ServiceID string
	Prefix    string // before the token in Authorization; "" as other clients do, or "Bearer "

	// Open lets people whom the reader has authorised read the message too; else
	// it is for the reader alone.
	Open bool

	mu    sync.Mutex
	token breach.Personal
	until time.Time
}

// Limits of the interface.
const (
	suomiFiAtOnce = 10_000 // numbers in one question
	suomiFiTitle  = 256    // characters
	suomiFiTries  = 3      // of one message with one externalId
)

// The bodies of the interface: fields beyond these are not used, and Read
// refuses them.
type (
	suomiFiMessage struct {
		ExternalID string            `json:"externalId"`
		Sender     suomiFiSender     `json:"sender"`
		Recipient  suomiFiID         `json:"recipient"`
		Electronic suomiFiElectronic `json:"electronic"`
	}
	suomiFiSender struct {
		ServiceID string `json:"serviceId"`
	}
	suomiFiID struct {
		ID string `json:"id"`
	}
	suomiFiElectronic struct {
		Title         string               `json:"title"`
		Body          string               `json:"body"`
		Format        string               `json:"bodyFormat"`
		Service       string               `json:"messageServiceType"`
		Reply         string               `json:"replyAllowedBy"`
		Visibility    string               `json:"visibility"`
		Notifications suomiFiNotifications `json:"notifications"`
	}
	suomiFiNotifications struct {
		Sender string `json:"senderDetailsInNotifications"`
	}
	suomiFiAnswer struct {
		MessageID *int64 `json:"messageId"`
	}
)

// Name names the service.
func (s *SuomiFi) Name() string { return "Suomi.fi" }

// Compose writes the message: plain text, to the reader alone, without
// attachments and without a link.
func (s *SuomiFi) Compose(n breach.Notice, ref string) (breach.Content, error) {
	title, text, err := letterText(n)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(title) > suomiFiTitle {
		title = string(n.Parts[0].Title) // the reader's own language
	}
	if utf8.RuneCountInString(title) > suomiFiTitle || ref == "" {
		return nil, fmt.Errorf("compose %s: the title is too long, or it has no name: %w", n, ErrMessage)
	}
	visibility := "Recipient only"
	if s.Open {
		visibility = "Normal"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(suomiFiMessage{ref, suomiFiSender{s.ServiceID}, suomiFiID{n.To.NationalID.Reveal()},
		suomiFiElectronic{title, text, "Text", "Normal", "No one", visibility, suomiFiNotifications{"Organisation and service name"}}})
	return b.Bytes(), err
}

// Read reads a message back.
func (s *SuomiFi) Read(wire []byte) (Seen, error) {
	var m suomiFiMessage
	d := json.NewDecoder(bytes.NewReader(wire))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Seen{}, fmt.Errorf("read a message to Suomi.fi back: %w", ErrMessage)
	}
	if _, err := d.Token(); err != io.EOF || m.Sender.ServiceID != s.ServiceID || m.Electronic.Format != "Text" {
		return Seen{}, fmt.Errorf("read a message to Suomi.fi back: %w", ErrMessage)
	}
	return Seen{m.ExternalID, breach.Hide(m.Recipient.ID), breach.Content(m.Electronic.Title + "\n" + m.Electronic.Body)}, nil
}

// Reach asks which numbers have an active mailbox.
func (s *SuomiFi) Reach(ctx context.Context, ids []breach.Personal) ([]bool, error) {
	reached := make([]bool, 0, len(ids))
	for some := range slices.Chunk(ids, suomiFiAtOnce) {
		var ask struct {
			EndUsers []suomiFiID `json:"endUsers"`
		}
		for _, id := range some {
			ask.EndUsers = append(ask.EndUsers, suomiFiID{id.Reveal()})
		}
		body, err := json.Marshal(ask)
		if err != nil {
			return nil, err
		}
		code, text, err := s.call(ctx, http.MethodPost, "/v1/mailboxes/active", body)
		if err != nil {
			return nil, fmt.Errorf("ask Suomi.fi for mailboxes: %w", err)
		}
		var answer struct {
			Active []suomiFiID `json:"endUsersWithActiveMailbox"`
		}
		if code != http.StatusOK || json.Unmarshal(text, &answer) != nil {
			return nil, fmt.Errorf("ask Suomi.fi for mailboxes: %w", &webFault{Code: code})
		}
		active := map[breach.Personal]bool{}
		for _, a := range answer.Active {
			active[breach.Hide(a.ID)] = true
		}
		for _, id := range some {
			reached = append(reached, active[id])
		}
	}
	return reached, nil
}

// Send hands a message over. The service knows it by its externalId: what may
// have been taken is asked for again under the same, and answered 409 if it was.
func (s *SuomiFi) Send(ctx context.Context, p Parcel) (string, error) {
	reached, err := s.Reach(ctx, []breach.Personal{p.To})
	if err != nil {
		return "", fmt.Errorf("%v: not sent", err) // no more than a question has gone out: certain
	}
	if !reached[0] {
		return "", fmt.Errorf("no active mailbox at Suomi.fi: %w", ErrRefused)
	}
	for try := 1; ; try++ {
		code, text, err := s.call(ctx, http.MethodPost, "/v2/messages/electronic", p.Wire)
		if err == nil {
			receipt, fault := suomiFiOutcome(code, text)
			if err = fault; err == nil {
				return receipt, nil
			}
		}
		if !errors.Is(err, ErrUncertain) || try == suomiFiTries || ctx.Err() != nil {
			return "", fmt.Errorf("hand over to Suomi.fi: %w", err)
		}
	}
}

func suomiFiOutcome(code int, text []byte) (string, error) {
	var answer suomiFiAnswer
	known := json.Unmarshal(text, &answer) == nil && answer.MessageID != nil
	switch {
	case code/100 == 2 && known:
		return "message " + strconv.FormatInt(*answer.MessageID, 10), nil
	case code/100 == 2:
		return "message without a number", nil
	case code == http.StatusConflict && known:
		return "message " + strconv.FormatInt(*answer.MessageID, 10) + " (taken before)", nil
	case code == http.StatusConflict: // something has our externalId: somebody has to look
		return "", &webFault{Code: code, Outcome: ErrUncertain}
	}
	return "", judge(code)
}

// call asks with a token, and once more with a new one where it was not taken.
func (s *SuomiFi) call(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	for renewed := false; ; renewed = true {
		token, err := s.sign(ctx, renewed)
		if err != nil {
			return 0, nil, err
		}
		answer, text, err := s.ask(ctx, method, s.Base+path, body, http.Header{"Authorization": {s.Prefix + token.Reveal()}, "Content-Type": {"application/json"}, "Accept": {"application/json"}})
		if err != nil {
			return 0, nil, err
		}
		if answer.StatusCode != http.StatusUnauthorized || renewed {
			return answer.StatusCode, text, nil
		}
	}
}

// sign gives a token that holds for a while yet.
func (s *SuomiFi) sign(ctx context.Context, renew bool) (breach.Personal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !renew && s.now().Before(s.until) {
		return s.token, nil
	}
	body, err := json.Marshal(map[string]string{"username": s.Username, "password": s.Password.Reveal()})
	if err != nil {
		return breach.Personal{}, err
	}
	answer, text, err := s.ask(ctx, http.MethodPost, s.Base+"/v1/token", body, http.Header{"Content-Type": {"application/json"}})
	if err != nil { // a token is no message: nothing of ours was taken
		return breach.Personal{}, errors.New("sign in to Suomi.fi: no answer")
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(text, &got) != nil || got.Token == "" || strings.ContainsAny(got.Token, "\r\n") {
		return breach.Personal{}, fmt.Errorf("sign in to Suomi.fi: answered %d", answer.StatusCode)
	}
	s.token = breach.Hide(got.Token)
	s.until = s.now().Add(time.Duration(got.Expires)*time.Second - min(time.Minute, time.Duration(got.Expires)*time.Second/2))
	return s.token, nil
}

// SuomiFiEvent is what became of a message.
type SuomiFiEvent struct {
	Ref   string // our externalId; "" where the service does not say
	Type  string // "Electronic message created", "Electronic message read"
	State breach.DeliveryState
}

// Events reads what the service tells of messages, of 60 days at most, after a
// token that an earlier reading gave; "" is the beginning.
func (s *SuomiFi) Events(ctx context.Context, after string) (list []SuomiFiEvent, next string, err error) {
	for next = after; ; {
		code, text, err := s.call(ctx, http.MethodGet, "/v2/events?continuationToken="+url.QueryEscape(next), nil)
		if err != nil {
			return nil, after, fmt.Errorf("read events of Suomi.fi: %w", err)
		}
		var page struct {
			Token  string `json:"continuationToken"`
			Events []struct {
				Type     string          `json:"type"`
				Metadata json.RawMessage `json:"metadata"`
			} `json:"events"`
		}
		if code != http.StatusOK || json.Unmarshal(text, &page) != nil {
			return nil, after, fmt.Errorf("read events of Suomi.fi: %w", &webFault{Code: code})
		}
		for _, e := range page.Events {
			list = append(list, SuomiFiEvent{suomiFiRef(e.Metadata), e.Type, suomiFiState(e.Type)})
		}
		if len(page.Events) == 0 || page.Token == "" || page.Token == next {
			return list, next, nil
		}
		next = page.Token
	}
}

// suomiFiRef finds our name in metadata, which older services give as a text.
func suomiFiRef(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	var m struct {
		ExternalID string `json:"externalId"`
	}
	_ = json.Unmarshal(raw, &m) // what cannot be read names no message of ours
	return m.ExternalID
}

func suomiFiState(kind string) breach.DeliveryState {
	switch kind {
	case "Electronic message created":
		return breach.Accepted
	case "Electronic message read":
		return breach.Arrived
	}
	return ""
}
