package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/locale"
	"github.com/klarlagt/klarlagt/store"
)

// Relay hands one mail over to one recipient; a [dispatch.Relay] does. An error
// that wraps [dispatch.ErrRefused] is final.
type Relay interface {
	Hand(ctx context.Context, from, to string, message []byte) (receipt string, err error)
}

// mostAlerts is how many go out in one round.
const mostAlerts = 50

// The waits between tries double from the first to the last.
const (
	firstWait = time.Minute
	lastWait  = time.Hour
)

// Sent is what came of a round of alerts.
type Sent struct {
	Handed, Refused, Later int
}

// SendAlerts hands over the mails that wait in the outbox of a tenant. What
// cannot be handed over now is tried again later; what may have been handed over
// too, for an alert that comes twice harms less than one that does not come. An
// error is the store's: what became of a mail is in Sent and in the journal.
func SendAlerts(ctx context.Context, s *store.Store, r Relay, from string, now func() time.Time) (sent Sent, err error) {
	waiting, err := s.Alerts(ctx, now(), mostAlerts)
	if err != nil {
		return sent, err
	}
	for _, a := range waiting {
		_, wrong := r.Hand(ctx, from, a.To.Reveal(), alertMail(a, from, now()))
		switch {
		case wrong == nil:
			sent.Handed++
			err = s.AlertSent(ctx, a, now())
		case errors.Is(wrong, dispatch.ErrRefused):
			sent.Refused++
			err = s.AlertRefused(ctx, a, now())
		case ctx.Err() != nil:
			return sent, ctx.Err()
		default:
			sent.Later++
			err = s.AlertLater(ctx, a, now().Add(min(lastWait, firstWait<<min(a.Tries, 10))))
		}
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// alertMail is an alert as it goes out: plain text, in the language of whoever
// is told, with nothing in it but ids and times. Tried again, it is the same
// message, by which a mailbox can tell.
func alertMail(a store.Alert, from string, now time.Time) []byte {
	text := locale.For(a.Language)
	args := map[string]any{}
	for name, value := range a.Args {
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			value = at.Format("2006-01-02 15:04 MST")
		}
		args[name] = value
	}
	if duty := a.Args["Duty"]; duty != "" {
		args["Duty"] = text.T("duty." + duty)
	}
	id := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s %s", a.ID, a.Case, a.Subject, a.MadeAt.Format(time.RFC3339Nano), a.To.Reveal()))
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from},
		{"To", a.To.Reveal()},
		{"Subject", mime.QEncoding.Encode("utf-8", text.Text(a.Subject, args))},
		{"Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000")},
		{"Message-ID", "<" + hex.EncodeToString(id[:16]) + "@" + from[strings.LastIndexByte(from, '@')+1:] + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(q, text.Text(a.Text, args)+"\r\n") // a Buffer takes everything
	_ = q.Close()
	return b.Bytes()
}
