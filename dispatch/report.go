package dispatch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
)

// Report is what a report of delivery (RFC 3464) says of one message to one
// recipient. It holds no address.
type Report struct {
	ID        string // ENVID of the dispatch; "" if the server dropped it
	MessageID string // of the message that it is about; "" if it does not say
	Action    Action
	Status    string // RFC 3463, such as 5.1.1
}

// Action is what became of a message.
type Action string

// The actions of RFC 3464 section 2.3.3.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
	Relayed   Action = "relayed"  // to a server that reports nothing
	Expanded  Action = "expanded" // to several
)

// ErrReport is a mail that is no report of delivery, or of more than one
// recipient: then it is not about a message of ours.
var ErrReport = errors.New("not a report of delivery")

// What a report may hold.
const (
	reportBytes = 1 << 20
	reportParts = 16
)

// ReadReport reads a mail that is a report.
func ReadReport(r io.Reader) (Report, error) {
	m, err := mail.ReadMessage(io.LimitReader(r, reportBytes))
	if err != nil {
		return Report{}, fmt.Errorf("read a report: %w", errors.Join(ErrReport, err))
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return Report{}, fmt.Errorf("read a report: %w", ErrReport)
	}
	var rep Report
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range reportParts {
		p, err := parts.NextPart()
		if err != nil {
			break // the end, or a report cut short: what was read counts
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			err = rep.status(p)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			head, _ := textproto.NewReader(bufio.NewReader(p)).ReadMIMEHeader() // cut short as it may be
			rep.MessageID = strings.TrimSpace(head.Get("Message-Id"))
		}
		if err != nil {
			return Report{}, fmt.Errorf("read a report: %w", err)
		}
	}
	if rep.Action == "" || rep.ID == "" && rep.MessageID == "" {
		return Report{}, fmt.Errorf("read a report: it does not say of what: %w", ErrReport)
	}
	return rep, nil
}

// status reads the fields: of the message, then of each recipient.
func (rep *Report) status(r io.Reader) error {
	text, err := io.ReadAll(r) // bounded by the whole
	if err != nil {
		return errors.Join(ErrReport, err)
	}
	text = bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	groups := bytes.Split(text, []byte("\n\n"))
	if len(groups) != 2 {
		return fmt.Errorf("%d groups of fields: %w", len(groups), ErrReport)
	}
	field := func(group []byte, name string) string {
		h, _ := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(group), strings.NewReader("\n\n")))).ReadMIMEHeader()
		return strings.TrimSpace(h.Get(name))
	}
	rep.ID = fromXtext(field(groups[0], "Original-Envelope-Id"))
	action := Action(strings.ToLower(field(groups[1], "Action")))
	switch action {
	case Failed, Delayed, Delivered, Relayed, Expanded:
		rep.Action = action
	default:
		return fmt.Errorf("its action is unknown: %w", ErrReport)
	}
	code, _, _ := strings.Cut(field(groups[1], "Status"), " ")
	if statusCode(code) {
		rep.Status = code
	}
	return nil
}

// statusCode reports whether a text is a code of RFC 3463.
func statusCode(code string) bool {
	return len(code) > 0 && status(code, 100*int(code[0]-'0')) != "" && strings.ContainsRune("245", rune(code[0]))
}

// fromXtext undoes what xtext did; a text that it did not write stays.
func fromXtext(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '+' && i+2 < len(s) {
			if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &c); err == nil {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
