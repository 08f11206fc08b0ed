package casework_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func TestAClockThatJumpsHaltsSending(t *testing.T) {
	for name, jump := range map[string]time.Duration{"on": 2 * time.Hour, "back": -2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t)
			d, id, n := kept(t, 50, s)
			var off atomic.Int64
			d.Now = func() time.Time { return noon.Add(time.Duration(off.Load())) }
			began, _ := s.counts()
			s.fault = func(seen int, _ string) string {
				if seen == began+10 {
					off.Store(int64(jump))
				}
				return ""
			}
			run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Connections: 2, Ahead: 2, Once: true})
			taken, twice := s.counts()
			states := total(t, d, id, n)
			if err != nil || run.Halted != "clock" || twice != 0 || states[breach.Handing] != 0 || int64(taken-began) != states[breach.Accepted] || states[breach.Released] == 0 {
				t.Errorf("halted %q, %d taken, %v, error %v", run.Halted, taken-began, states, err)
			}
			off.Store(0)
			lifts(t, d, id, n, s)
			if taken, twice := s.counts(); taken-began != 50 || twice != 0 {
				t.Errorf("afterwards %d are taken, %d of them twice", taken-began, twice)
			}
		})
	}
}

func TestWhatComesBackHalts(t *testing.T) {
	s := newSink(t)
	d, id, n := kept(t, 50, s)
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		heard casework.Heard
		want  string
	}{
		{"a few answers", casework.Heard{Answers: 5}, ""},
		{"more, in a day", casework.Heard{Answers: 60, In: 24 * time.Hour}, ""},
		{"more than expected", casework.Heard{Answers: 6}, "answers"},
		{"somebody got what is another's", casework.Heard{Answers: 1, Foreign: 1}, "complaint"},
	} {
		got, err := d.HearAnswers(t.Context(), id, n, c.heard)
		if err != nil || got != c.want {
			t.Errorf("%s: halted %q (%v), want %q", c.name, got, err, c.want)
		}
		now, err := d.Notice(t.Context(), id, n.ID)
		if err != nil || c.want == "" && now.Halted != "" || c.want == "answers" && now.Halted != "answers" {
			t.Errorf("%s: the notice is halted by %q, error %v", c.name, now.Halted, err)
		}
	}
	lifts(t, d, id, n, s)
}

func TestMailsThatComeBackHalt(t *testing.T) {
	var log bytes.Buffer
	s := newSink(t)
	d, id, n := kept(t, 50, s)
	s.mu.Lock()
	s.log, s.now = &log, d.Now
	s.mu.Unlock()
	if _, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: s.relay(), Once: true}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	text := log.String()
	s.mu.Unlock()
	queues := regexp.MustCompile(`qmgr\[1\]: ([0-9A-F]+): from`).FindAllStringSubmatch(text, -1)
	back := func(many int) io.Reader {
		lines := []string{strings.TrimSpace(text)}
		for _, q := range queues[:many] {
			lines = append(lines, fmt.Sprintf("%s mail postfix/smtp[2]: %s: to=<nobody@example.com>, relay=mx.example.com, delay=1, dsn=5.1.1, status=bounced (unknown)",
				noon.Format(time.RFC3339Nano), q[1]))
		}
		return strings.NewReader(strings.Join(lines, "\n") + "\n")
	}
	for _, c := range []struct {
		many int
		want string
	}{{1, ""}, {3, "refused"}} {
		if _, err := d.SettleByLog(t.Context(), id, n, back(c.many)); err != nil {
			t.Fatal(err)
		}
		now, err := d.Notice(t.Context(), id, n.ID)
		if bounced := total(t, d, id, n)[breach.Bounced]; err != nil || now.Halted != c.want || bounced != int64(c.many) {
			t.Errorf("%d came back, %d by the ledger: halted %q (%v), want %q", c.many, bounced, now.Halted, err, c.want)
		}
	}
}

func TestNoticesGoByTheListThatWasFrozen(t *testing.T) {
	d, id, again := twins(t)
	again()
	officer := at(d, "dpo", auth.DPO, id)
	a, err := officer.ProposeFreezing(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	twoAgree(t, d, a)
	frozen, err := officer.FreezeApproved(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	n, err := d.WriteNotice(t.Context(), id, "", mailFirst())
	if err == nil {
		n, err = d.FreezeNotice(t.Context(), id, n)
	}
	if err != nil || n.Frozen.List != frozen.Number || n.Frozen.ListRoot != fmt.Sprintf("%x", frozen.Root) {
		t.Fatalf("the notice goes by %+v, error %v", n.Frozen, err)
	}
	g, questions := asked(t, d, id, 0)
	if _, err := d.Judge(t.Context(), g, 1, questions[0].People[1], "the class list"); err != nil {
		t.Fatal(err)
	}
	again()
	next, err := d.WriteNotice(t.Context(), id, n.ID, mailFirst())
	if err == nil {
		_, err = d.FreezeNotice(t.Context(), id, next)
	}
	if refused(err) != "refusal.notice-list-old" {
		t.Errorf("another list was found since, and two agreed to the first: %v", err)
	}
}
