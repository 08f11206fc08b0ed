package dispatch

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"time"
)

// Verdict is what evidence says of a message that may have been taken.
type Verdict uint8

// The verdicts.
const (
	NoEvidence Verdict = iota // neither: it stays uncertain
	Taken                     // holds at any time
	NotTaken                  // nothing of it can come any more
)

// Trace is what a mail server's log tells of one message.
type Trace struct {
	Queue   string // its queue's name for it
	Active  bool   // it was put into the queue: the server has taken it
	Held    bool   // somebody looks at it, or is to
	Over    bool   // the connection that brought it has ended
	Status  string // of the last try to pass it on: "sent", "bounced", "deferred", "expired"
	Code    string // RFC 3463, of that try
	Session string // which connection brought it
}

// Quiet is how long after the last line of a connection a message without a
// trace is sure not to come: longer than Postfix waits for a content filter.
const Quiet = 11 * time.Minute

// PostfixLog is what a log of Postfix tells of some messages.
type PostfixLog struct {
	Traces map[string]*Trace // by Message-ID
	First  time.Time         // of the first line that has a time
	Last   time.Time         // of the last line of a connection of anybody
	Open   int               // connections that have begun and not ended

	queues   map[string]string    // the queue's name → Message-ID, while it is in use
	brought  map[string]string    // the queue's name → the connection
	sessions map[string]time.Time // connections that are open
}

// What one line, and one log, may hold.
const (
	logLine   = 8 << 10
	mostOpen  = 1 << 16
	mostNames = 1 << 20
)

// errLog is a log that holds more than any real one.
var errLog = errors.New("more connections or queue names at a time than a log of Postfix has")

// ReadPostfix reads a log from its beginning: lines of syslog, with times of
// RFC 3339 or without a year (then it is now's, or the year before). Only
// messages that are wanted, by Message-ID, are kept. Lines that are no
// Postfix's are passed over; a log may be anybody's text, and no line of it
// can fail the reading.
func ReadPostfix(r io.Reader, now time.Time, wanted func(messageID string) bool) (*PostfixLog, error) {
	l := &PostfixLog{Traces: map[string]*Trace{}, queues: map[string]string{}, brought: map[string]string{}, sessions: map[string]time.Time{}}
	in := bufio.NewReaderSize(r, logLine)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			l.line(string(line), now, wanted)
		}
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of a line too long
			_, err = in.ReadSlice('\n')
		}
		if len(l.sessions) > mostOpen || len(l.queues)+len(l.brought) > mostNames {
			return nil, errLog
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	l.Open = len(l.sessions)
	return l, nil
}

// line takes one line: "TIME HOST postfix/PROGRAM[PID]: TEXT".
func (l *PostfixLog) line(line string, now time.Time, wanted func(string) bool) {
	at, rest, ok := logTime(strings.TrimRight(line, "\r\n"), now)
	if !ok {
		return
	}
	if l.First.IsZero() {
		l.First = at
	}
	_, rest, _ = strings.Cut(rest, " ") // the host
	tag, text, ok := strings.Cut(rest, ": ")
	program, pid, _ := strings.Cut(strings.TrimSuffix(tag, "]"), "[")
	if !ok || !strings.HasPrefix(program, "postfix") || pid == "" {
		return
	}
	switch program[strings.LastIndexByte(program, '/')+1:] {
	case "smtpd":
		l.smtpd(pid, text, at)
	case "cleanup":
		l.cleanup(text, wanted)
	case "qmgr":
		l.qmgr(text)
	default:
		l.delivery(text)
	}
}

func (l *PostfixLog) smtpd(pid, text string, at time.Time) {
	l.Last = at
	switch {
	case strings.HasPrefix(text, "connect from "):
		l.sessions[pid] = at
	case strings.HasPrefix(text, "disconnect from "):
		delete(l.sessions, pid)
		for queue, session := range l.brought {
			if session != pid {
				continue
			}
			if t := l.Traces[l.queues[queue]]; t != nil {
				t.Over = true
			}
			delete(l.brought, queue)
		}
	}
	queue, what, _ := strings.Cut(text, ": ")
	switch {
	case strings.HasPrefix(what, "client="):
		delete(l.queues, queue) // the name is used again
		l.brought[queue] = pid
	case strings.HasPrefix(what, "hold: "):
		if t := l.Traces[l.queues[queue]]; t != nil {
			t.Held = true
		}
	}
}

// cleanup gives the Message-ID to a queue's name. It proves nothing: it is
// written before the final dot.
func (l *PostfixLog) cleanup(text string, wanted func(string) bool) {
	queue, what, _ := strings.Cut(text, ": ")
	if strings.HasPrefix(what, "hold: ") {
		if t := l.Traces[l.queues[queue]]; t != nil {
			t.Held = true
		}
	}
	id, ok := strings.CutPrefix(what, "message-id=")
	if !ok || !wanted(id) {
		return
	}
	if t := l.Traces[id]; t != nil && t.Active {
		return // taken once is taken; what comes after is a copy's
	}
	l.queues[queue] = id
	l.Traces[id] = &Trace{Queue: queue, Session: l.brought[queue]}
}

func (l *PostfixLog) qmgr(text string) {
	queue, what, _ := strings.Cut(text, ": ")
	t := l.Traces[l.queues[queue]]
	switch {
	case what == "removed":
		delete(l.queues, queue)
	case t == nil:
	case strings.HasSuffix(what, "(queue active)"):
		t.Active = true
	case strings.Contains(what, "status="):
		l.delivery(text)
	}
}

// delivery reads "QUEUE: to=<…>, relay=…, dsn=2.0.0, status=sent (…)".
func (l *PostfixLog) delivery(text string) {
	queue, what, _ := strings.Cut(text, ": ")
	t := l.Traces[l.queues[queue]]
	if t == nil {
		return
	}
	before, status, ok := strings.Cut(what, "status=")
	if !ok {
		return
	}
	status, _, _ = strings.Cut(status, " ")
	switch status {
	case "sent", "bounced", "deferred", "expired":
		t.Active, t.Status = true, status
	default:
		return
	}
	if _, code, ok := strings.Cut(before, "dsn="); ok {
		code, _, _ = strings.Cut(code, ",")
		if statusCode(code) {
			t.Code = code
		}
	}
}

// Verdict says whether a message was taken that was handed over at a time.
func (l *PostfixLog) Verdict(messageID string, handed, now time.Time) Verdict {
	t := l.Traces[messageID]
	switch {
	case t != nil && t.Active:
		return Taken
	case t != nil && t.Held:
		return NoEvidence
	case t != nil && t.Over:
		return NotTaken
	case t == nil && !l.First.IsZero() && l.First.Before(handed) && l.Open == 0 && now.Sub(handed) > Quiet && now.Sub(l.Last) > Quiet:
		return NotTaken
	}
	return NoEvidence
}

// logTime reads the time that a line begins with.
func logTime(line string, now time.Time) (time.Time, string, bool) {
	word, rest, _ := strings.Cut(line, " ")
	if at, err := time.Parse(time.RFC3339Nano, word); err == nil {
		return at, rest, true
	}
	const old = "Jan _2 15:04:05"
	if len(line) <= len(old)+1 {
		return time.Time{}, "", false
	}
	at, err := time.ParseInLocation("2006 "+old, now.Format("2006 ")+line[:len(old)], now.Location())
	if err != nil {
		return time.Time{}, "", false
	}
	if at.After(now.Add(24 * time.Hour)) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, line[len(old)+1:], true
}
