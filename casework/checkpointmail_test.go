package casework_test

import (
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/journal"
)

// TestCheckpointsAreMailedOnceADay hands checkpoints to the outbox again and again,
// as a server does that is started anew, and verifies the journal with what the
// data protection officer got.
func TestCheckpointsAreMailedOnceADay(t *testing.T) {
	d := glassBroken(t, "sv")
	var r relay
	clock, key := d.Now(), ""
	for n, want := range []int{3, 0, 1} { // the first with the two mails that glass was broken
		signed, public, err := d.Store.Checkpoint(t.Context(), auth.Instant{Wall: clock})
		if err == nil {
			err = d.Store.MailCheckpoint(t.Context(), signed, clock)
		}
		if err != nil {
			t.Fatal(err)
		}
		sent, err := casework.SendAlerts(t.Context(), d.Store, &r, "klarlagt@example.fi", func() time.Time { return clock })
		if err != nil || sent.Handed != want {
			t.Errorf("after %d times 13 hours %d mails go out, want %d; %v", n, sent.Handed, want, err)
		}
		clock, key = clock.Add(13*time.Hour), public
	}
	if to := r.to[len(r.to)-1]; to != "dpo@example.fi" {
		t.Errorf("it went to %s", to)
	}
	m, err := mail.ReadMessage(strings.NewReader(r.mails[len(r.mails)-1]))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n\n")
	c, _, err := journal.Open([]byte(strings.TrimSpace(rest)+"\n"), key)
	if err != nil || c.Size == 0 {
		t.Errorf("what came by mail vouches for nothing: %v\n%s", err, body)
	}
}
