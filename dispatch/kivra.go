package dispatch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	nethtml "golang.org/x/net/html"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/pdfletter"
)

// Kivra hands notices over to Kivra's mailboxes in Sweden by its sender
// interface, each as one page without pictures, links or scripts.
//
// Source: kivra/swagger.yml as a public sender service has it
// (Sundsvallskommun/api-service-digital-mail-sender); it has not been tried
// against the service itself. Kivra drops an identical letter that comes twice,
// and in production alone: nothing here relies on it, so what may have been taken
// stays uncertain.
type Kivra struct {
	Web
	Tenant   string // key of the sender
	ClientID string
	Secret   breach.Personal
	SignIn   string // where tokens are given; "": /v2/auth at Base
	Subject  string // of every letter: it says nothing of the matter, for it is shown in notifications

	mu    sync.Mutex
	token breach.Personal
	until time.Time
}

// kivraAtOnce is how many numbers are asked about at once: 10 MB are allowed.
const kivraAtOnce = 100_000

// kivraContent is a letter; Read refuses other fields.
type (
	kivraContent struct {
		SSN     string      `json:"ssn"`
		Subject string      `json:"subject"`
		Type    string      `json:"type"`
		Parts   []kivraPart `json:"parts"`
	}
	kivraPart struct {
		Name        string `json:"name"`
		Data        []byte `json:"data"` // base64 in JSON
		ContentType string `json:"content_type"`
	}
)

// Name names the service.
func (k *Kivra) Name() string { return "Kivra" }

// Compose writes the letter. The subject is the same for everybody, and the
// interface has no place for a name of ours.
func (k *Kivra) Compose(n breach.Notice, _ string) (breach.Content, error) {
	_, _, err := letterText(n)
	number := n.To.NationalID.Reveal()
	if err == nil && (!swedishNumber(number) || k.Subject == "") {
		err = fmt.Errorf("compose %s: no Swedish number, or no subject: %w", n, ErrMessage)
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(kivraContent{number, k.Subject, "letter", []kivraPart{{"brev.html", kivraPage(n), "text/html"}}})
	return b.Bytes(), err
}

// swedishNumber reports whether a number is written as mailboxes want it: in
// twelve digits.
func swedishNumber(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// kivraPage is a notice as a page.
func kivraPage(n breach.Notice) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=%q>\n<head><meta charset=\"utf-8\"><title>%s</title></head>\n<body>\n", n.Parts[0].Language, html.EscapeString(string(n.Parts[0].Title)))
	for i, p := range n.Parts {
		if i > 0 {
			b.WriteString("<p>----------</p>\n")
		}
		fmt.Fprintf(&b, "<div lang=%q>\n", p.Language)
		fmt.Fprintf(&b, "<h1>%s</h1>\n", html.EscapeString(string(p.Title)))
		list := false
		for _, block := range blocks(string(p.Text)) {
			tag := map[pdfletter.Role]string{pdfletter.Paragraph: "p", pdfletter.Heading: "h2", pdfletter.Item: "li"}[block.Role]
			if item := block.Role == pdfletter.Item; item != list {
				b.WriteString(map[bool]string{true: "<ul>\n", false: "</ul>\n"}[item])
				list = item
			}
			fmt.Fprintf(&b, "<%s>%s</%s>\n", tag, strings.ReplaceAll(html.EscapeString(block.Text), "\n", "<br>"), tag)
		}
		if list {
			b.WriteString("</ul>\n")
		}
		b.WriteString("</div>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.Bytes()
}

// Read reads a letter back.
func (k *Kivra) Read(wire []byte) (Seen, error) {
	wrong := fmt.Errorf("read a letter to Kivra back: %w", ErrMessage)
	var c kivraContent
	d := json.NewDecoder(bytes.NewReader(wire))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Seen{}, wrong
	}
	if _, err := d.Token(); err != io.EOF || c.Subject != k.Subject || c.Type != "letter" || len(c.Parts) != 1 || c.Parts[0].ContentType != "text/html" {
		return Seen{}, wrong
	}
	text, ok := readPage(c.Parts[0].Data)
	if !ok {
		return Seen{}, wrong
	}
	return Seen{"", breach.Hide(c.SSN), text}, nil
}

// readPage gives what a page says in the order in which it is read; not ok where
// it has anything that a letter of ours has not.
func readPage(page []byte) (breach.Content, bool) {
	z := nethtml.NewTokenizer(bytes.NewReader(page))
	var text bytes.Buffer
	hidden := false
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return text.Bytes(), errors.Is(z.Err(), io.EOF)
		case nethtml.TextToken:
			if !hidden {
				text.Write(z.Text())
			}
		case nethtml.CommentToken:
			return nil, false
		case nethtml.StartTagToken, nethtml.EndTagToken:
			t := z.Token()
			if !slices.Contains([]string{"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "ul", "li", "br"}, t.Data) {
				return nil, false
			}
			for _, a := range t.Attr {
				if a.Key != "lang" && a.Key != "charset" {
					return nil, false
				}
			}
			if t.Data == "title" {
				hidden = t.Type == nethtml.StartTagToken
			}
			text.WriteByte('\n')
			if t.Data == "li" && t.Type == nethtml.StartTagToken {
				text.WriteString("- ")
			}
		case nethtml.SelfClosingTagToken:
			return nil, false
		}
	}
}

// Reach asks which numbers have a mailbox that takes letters of ours.
func (k *Kivra) Reach(ctx context.Context, ids []breach.Personal) ([]bool, error) {
	reached := make([]bool, 0, len(ids))
	for some := range slices.Chunk(ids, kivraAtOnce) {
		list := map[string][]string{"list": {}}
		for _, id := range some {
			list["list"] = append(list["list"], id.Reveal())
		}
		body, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		code, text, _, err := k.call(ctx, "/v2/tenant/"+url.PathEscape(k.Tenant)+"/usermatch/ssn", body)
		var answer struct {
			List []string `json:"list"`
		}
		if err == nil && (code != http.StatusOK || json.Unmarshal(text, &answer) != nil) {
			err = &webFault{Code: code}
		}
		if err != nil {
			return nil, fmt.Errorf("ask Kivra for mailboxes: %w", err)
		}
		has := map[breach.Personal]bool{}
		for _, id := range answer.List {
			has[breach.Hide(id)] = true
		}
		for _, id := range some {
			reached = append(reached, has[id])
		}
	}
	return reached, nil
}

// Send hands a letter over, once.
func (k *Kivra) Send(ctx context.Context, p Parcel) (string, error) {
	reached, err := k.Reach(ctx, []breach.Personal{p.To})
	if err != nil {
		return "", fmt.Errorf("%v: not sent", err) // no more than a question has gone out: certain
	}
	if !reached[0] {
		return "", fmt.Errorf("no mailbox at Kivra: %w", ErrRefused)
	}
	code, _, head, err := k.call(ctx, "/v2/tenant/"+url.PathEscape(k.Tenant)+"/content", p.Wire)
	if err == nil && code/100 != 2 {
		err = judge(code)
	}
	if err != nil {
		return "", fmt.Errorf("hand over to Kivra: %w", err)
	}
	return "letter " + head.Get("Kivra-Objkey"), nil
}

// call asks with a token, and once more with a new one where it was turned away.
func (k *Kivra) call(ctx context.Context, path string, body []byte) (int, []byte, http.Header, error) {
	for renewed := false; ; renewed = true {
		token, err := k.sign(ctx, renewed)
		if err != nil {
			return 0, nil, nil, err
		}
		answer, text, err := k.ask(ctx, http.MethodPost, k.Base+path, body, http.Header{"Authorization": {"Bearer " + token.Reveal()}, "Content-Type": {"application/json"}})
		if err != nil {
			return 0, nil, nil, err
		}
		if answer.StatusCode != http.StatusUnauthorized || renewed {
			return answer.StatusCode, text, answer.Header, nil
		}
	}
}

// sign gets a token by OAuth 2.0's client credentials (RFC 6749 section 4.4).
func (k *Kivra) sign(ctx context.Context, renew bool) (breach.Personal, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !renew && k.now().Before(k.until) {
		return k.token, nil
	}
	scope := fmt.Sprintf("get:kivra.v2.tenant.%[1]s.usermatch.ssn post:kivra.v1.tenant.%[1]s.content", k.Tenant)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}.Encode()
	basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(k.ClientID) + ":" + url.QueryEscape(k.Secret.Reveal())))
	answer, text, err := k.ask(ctx, http.MethodPost, cmp.Or(k.SignIn, k.Base+"/v2/auth"), []byte(form), http.Header{"Authorization": {"Basic " + basic}, "Content-Type": {"application/x-www-form-urlencoded"}})
	if err != nil { // a token is no letter: nothing of ours was taken
		return breach.Personal{}, errors.New("sign in to Kivra: no answer")
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(text, &got) != nil || got.Token == "" || strings.ContainsAny(got.Token, "\r\n") {
		return breach.Personal{}, fmt.Errorf("sign in to Kivra: answered %d", answer.StatusCode)
	}
	k.token = breach.Hide(got.Token)
	k.until = k.now().Add(time.Duration(got.Expires) * time.Second / 2)
	return k.token, nil
}
