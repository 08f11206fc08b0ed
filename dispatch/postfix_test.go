package dispatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/dispatch"
)

// logged is a log of Postfix 3.7 with made-up addresses: a message taken and
// passed on, one whose client went away before the dot, one that bounced, one
// in a queue name that is used again, one held.
const logged = `Sep 22 11:59:50 mail postfix/postfix-script[100]: starting the Postfix mail system
Sep 22 12:00:01 mail postfix/smtpd[200]: connect from localhost[127.0.0.1]
Sep 22 12:00:01 mail postfix/smtpd[200]: 4AAA1: client=localhost[127.0.0.1]
Sep 22 12:00:01 mail postfix/cleanup[201]: 4AAA1: message-id=<one@city.example>
Sep 22 12:00:01 mail postfix/qmgr[202]: 4AAA1: from=<x@city.example>, size=1800, nrcpt=1 (queue active)
Sep 22 12:00:02 mail postfix/smtp[203]: 4AAA1: to=<b@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.3, dsn=2.0.0, status=sent (250 Ok)
Sep 22 12:00:02 mail postfix/qmgr[202]: 4AAA1: removed
Sep 22 12:00:03 mail postfix/smtpd[200]: 4AAA2: client=localhost[127.0.0.1]
Sep 22 12:00:03 mail postfix/cleanup[201]: 4AAA2: message-id=<two@city.example>
Sep 22 12:00:03 mail postfix/smtpd[200]: lost connection after DATA (1200 bytes) from localhost[127.0.0.1]
Sep 22 12:00:03 mail postfix/smtpd[200]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4
Sep 22 12:00:04 mail postfix/smtpd[200]: connect from localhost[127.0.0.1]
Sep 22 12:00:04 mail postfix/smtpd[200]: 4AAA1: client=localhost[127.0.0.1]
Sep 22 12:00:04 mail postfix/cleanup[201]: 4AAA1: message-id=<three@city.example>
Sep 22 12:00:04 mail postfix/qmgr[202]: 4AAA1: from=<x@city.example>, size=1800, nrcpt=1 (queue active)
Sep 22 12:00:05 mail postfix/smtp[203]: 4AAA1: to=<c@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.3, dsn=5.1.1, status=bounced (host said: 550 5.1.1 unknown)
Sep 22 12:00:05 mail postfix/qmgr[202]: 4AAA1: removed
Sep 22 12:00:06 mail postfix/smtpd[200]: 4AAA3: client=localhost[127.0.0.1]
Sep 22 12:00:06 mail postfix/cleanup[201]: 4AAA3: message-id=<four@city.example>
Sep 22 12:00:06 mail postfix/cleanup[201]: 4AAA3: hold: header Subject: x from localhost[127.0.0.1]; from=<x@city.example>
Sep 22 12:00:07 mail postfix/smtpd[200]: 4AAA4: client=localhost[127.0.0.1]
Sep 22 12:00:07 mail postfix/cleanup[201]: 4AAA4: message-id=<five@city.example>
not a line of a log
Sep 22 12:00:07 mail sshd[1]: message-id=<six@city.example>
`

const over = "Sep 22 12:00:09 mail postfix/smtpd[200]: disconnect from localhost[127.0.0.1] ehlo=1 quit=1\n"

func TestALogSaysWhatWasTaken(t *testing.T) {
	handed := time.Date(2026, 9, 22, 12, 0, 1, 0, time.UTC)
	for _, c := range []struct {
		name, log, id string
		now           time.Duration
		want          dispatch.Verdict
	}{
		{"in the queue", logged, "one", 0, dispatch.Taken},
		{"its client went away before the dot", logged, "two", 0, dispatch.NotTaken},
		{"in a queue name that was used before", logged, "three", 0, dispatch.Taken},
		{"held", logged + over, "four", time.Hour, dispatch.NoEvidence},
		{"its connection is open", logged, "five", time.Hour, dispatch.NoEvidence},
		{"its connection is over", logged + over, "five", 0, dispatch.NotTaken},
		{"no trace, too early", logged + over, "seven", time.Minute, dispatch.NoEvidence},
		{"no trace, a connection is open", logged, "seven", time.Hour, dispatch.NoEvidence},
		{"no trace, and quiet for long", logged + over, "seven", 12 * time.Minute, dispatch.NotTaken},
		{"no trace in a log that begins later", over, "seven", time.Hour, dispatch.NoEvidence},
		{"no log", "", "seven", time.Hour, dispatch.NoEvidence},
		{"another program's line", logged + over, "six", time.Minute, dispatch.NoEvidence},
		{"times as RFC 3339 has them", rfc3339(logged), "one", 0, dispatch.Taken},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := handed.Add(c.now)
			l, err := dispatch.ReadPostfix(strings.NewReader(c.log), now, func(string) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Verdict("<"+c.id+"@city.example>", handed, now); got != c.want {
				t.Errorf("verdict %d, want %d; trace %+v", got, c.want, l.Traces["<"+c.id+"@city.example>"])
			}
		})
	}
}

func rfc3339(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		if rest, ok := strings.CutPrefix(line, "Sep 22 "); ok {
			clock, rest, _ := strings.Cut(rest, " ")
			line = "2026-09-22T" + clock + ".123456+00:00 " + rest
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestALogSaysWhatCameOfIt(t *testing.T) {
	l, err := dispatch.ReadPostfix(strings.NewReader(logged), time.Date(2026, 9, 22, 13, 0, 0, 0, time.UTC), func(id string) bool { return id != "<two@city.example>" })
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"one": "sent 2.0.0", "three": "bounced 5.1.1", "four": " "} {
		trace := l.Traces["<"+id+"@city.example>"]
		if trace == nil || trace.Status+" "+trace.Code != want {
			t.Errorf("%s: %+v, want %s", id, trace, want)
		}
	}
	if l.Traces["<two@city.example>"] != nil {
		t.Error("a message that nobody asked for is kept")
	}
	if l.Open != 1 || l.First.Format(time.DateTime) != "2026-09-22 11:59:50" {
		t.Errorf("%d connections open, from %v", l.Open, l.First)
	}
}

func TestALogOfTheYearBeforeIsOlder(t *testing.T) {
	l, err := dispatch.ReadPostfix(strings.NewReader(strings.ReplaceAll(logged, "Sep 22", "Dec 31")), time.Date(2027, 1, 1, 1, 0, 0, 0, time.UTC), func(string) bool { return true })
	if err != nil || l.First.Year() != 2026 {
		t.Errorf("the log begins %v, error %v", l.First, err)
	}
}

func TestALogMayHoldAnything(t *testing.T) {
	long := "Sep 22 12:00:01 mail postfix/cleanup[201]: 4AAA1: message-id=<" + strings.Repeat("x", 100_000) + "\n"
	l, err := dispatch.ReadPostfix(strings.NewReader(long+logged), time.Date(2026, 9, 22, 13, 0, 0, 0, time.UTC), func(string) bool { return true })
	if err != nil || l.Traces["<one@city.example>"] == nil {
		t.Errorf("a line too long ended the reading: %v", err)
	}
	var many strings.Builder
	for i := range 70_000 {
		fmt.Fprintf(&many, "Sep 22 12:00:01 mail postfix/smtpd[%d]: connect from x[192.0.2.1]\n", i)
	}
	if _, err := dispatch.ReadPostfix(strings.NewReader(many.String()), time.Date(2026, 9, 22, 13, 0, 0, 0, time.UTC), func(string) bool { return true }); err == nil {
		t.Error("a log that nobody could write was read to its end")
	}
}

func FuzzPostfix(f *testing.F) {
	f.Add(logged)
	f.Add(rfc3339(logged) + over)
	now := time.Date(2026, 9, 22, 13, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, log string) {
		l, err := dispatch.ReadPostfix(strings.NewReader(log), now, func(string) bool { return true })
		if err != nil {
			return
		}
		for id, trace := range l.Traces {
			if l.Verdict(id, now, now) == dispatch.Taken && !strings.Contains(log, "(queue active)") && !strings.Contains(log, "status=") {
				t.Errorf("taken without evidence: %+v", trace)
			}
		}
	})
}

const bounced = `Return-Path: <>
From: MAILER-DAEMON@mail.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounce@city.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4AAA1.1/mail.example"

This is a MIME-encapsulated message.

--4AAA1.1/mail.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4AAA1.1/mail.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Original-Envelope-Id: 00112233445566778899aabbccddeeff
X-Postfix-Queue-ID: 4AAA1

Final-Recipient: rfc822; nobody.7@example.com
Original-Recipient: rfc822;nobody.7@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown

--4AAA1.1/mail.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: x@city.example
Message-ID: <00112233445566778899aabbccddeeff@city.example>

--4AAA1.1/mail.example--
`

func TestReportsAreTiedToTheirMessage(t *testing.T) {
	const ref = "00112233445566778899aabbccddeeff"
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(bounced) }
	for _, c := range []struct{ name, mail, want string }{
		{"a bounce", bounced, ref + " <" + ref + "@city.example> failed 5.1.1"},
		{"with line ends as on the wire", replace("\n", "\r\n"), ref + " <" + ref + "@city.example> failed 5.1.1"},
		{"success", replace("failed", "delivered", "Status: 5.1.1", "Status: 2.0.0"), ref + " <" + ref + "@city.example> delivered 2.0.0"},
		{"a delay", replace("Action: failed", "Action: Delayed", "Status: 5.1.1", "Status: 4.4.1 (x)"), ref + " <" + ref + "@city.example> delayed 4.4.1"},
		{"without the envelope's id", replace("Original-Envelope-Id", "X-Other"), " <" + ref + "@city.example> failed 5.1.1"},
		{"an id in xtext", replace("Original-Envelope-Id: 00", "Original-Envelope-Id: +30+30"), ref + " <" + ref + "@city.example> failed 5.1.1"},
		{"cut short", bounced[:strings.Index(bounced, "Undelivered Message Headers")], ref + "  failed 5.1.1"},
		{"about nothing that is named", replace("Original-Envelope-Id", "X-Other", "Message-ID", "X-Id"), "refused"},
		{"about two recipients", replace("Diagnostic-Code: smtp; 550 5.1.1 unknown", "\nFinal-Recipient: rfc822; c@example.com\nAction: failed"), "refused"},
		{"an action that is none", replace("Action: failed", "Action: exploded"), "refused"},
		{"a mail from a person", "From: b@example.com\nContent-Type: text/plain\n\nHej\n", "refused"},
		{"an automatic answer", "From: b@example.com\nAuto-Submitted: auto-replied\n\nHej\n", "refused"},
		{"a report of reading", replace("delivery-status;", "disposition-notification;"), "refused"},
		{"nothing", "", "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := dispatch.ReadReport(strings.NewReader(c.mail))
			got := fmt.Sprintf("%s %s %s %s", r.ID, r.MessageID, r.Action, r.Status)
			if err != nil {
				got = "refused"
			}
			if got != c.want {
				t.Errorf("read %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func FuzzReport(f *testing.F) {
	f.Add(bounced)
	f.Add(strings.ReplaceAll(bounced, "\n", "\r\n"))
	f.Fuzz(func(t *testing.T, mail string) {
		r, err := dispatch.ReadReport(strings.NewReader(mail))
		if err == nil && (r.Action == "" || r.ID == "" && r.MessageID == "") {
			t.Errorf("a report of nothing: %+v", r)
		}
	})
}
