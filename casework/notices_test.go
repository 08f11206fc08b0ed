package casework_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/nationalid"
	"github.com/klarlagt/klarlagt/notify"
	"github.com/klarlagt/klarlagt/store"
)

// sink is a mail server of the tests: it takes everything but where fault says
// otherwise, and is the mailbox of whoever it takes for.
type sink struct {
	addr  string
	fault func(n int, to string) string // an answer to the dot; "drop" takes and hangs up, "lose" hangs up; "" for 250

	// Log, if there is one, is written to as Postfix would, at times that now tells.
	log io.Writer
	now func() time.Time

	mu    sync.Mutex
	seen  int
	open  int
	taken map[string][]byte // by Message-ID
	twice int
	stray int // texts that came to another than they are to
}

// note writes a line of the log; the sink is locked.
func (s *sink) note(program, format string, args ...any) {
	if s.log != nil {
		fmt.Fprintf(s.log, "%s mail postfix/%s: %s\n", s.now().Format(time.RFC3339Nano), program, fmt.Sprintf(format, args...))
	}
}

// connected notes that a connection has begun, or ended.
func (s *sink) connected(conn net.Conn, by int, verb string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += by
	s.note(session(conn), "%s from localhost[127.0.0.1]", verb)
}

// session names a connection as Postfix names the process that has it.
func session(conn net.Conn) string {
	_, port, _ := net.SplitHostPort(conn.RemoteAddr().String())
	return "smtpd[" + port + "]"
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{addr: l.Addr().String(), taken: map[string][]byte{}}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *sink) relay() *dispatch.Relay {
	return &dispatch.Relay{Addr: s.addr, Security: dispatch.Loopback}
}

func (s *sink) serve(conn net.Conn) {
	s.connected(conn, 1, "connect")
	defer s.connected(conn, -1, "disconnect")
	defer func() { _ = conn.Close() }()
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	say := func(text string) { _, _ = out.WriteString(text + "\r\n") }
	say("220 sink")
	to := ""
	for {
		if in.Buffered() == 0 {
			if out.Flush() != nil {
				return
			}
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "EHLO":
			say("250-sink\r\n250-8BITMIME\r\n250 PIPELINING")
		case "RCPT":
			to = strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")
			say("250 Ok")
		case "DATA":
			say("354 go on")
			_ = out.Flush()
			text, err := readText(in)
			if err != nil {
				return
			}
			answer := s.take(conn, to, text)
			if answer == "" {
				return
			}
			say(answer)
		default:
			say("250 Ok")
		}
	}
}

func readText(in *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		line, err := in.ReadSlice('\n')
		if err != nil || string(line) == ".\r\n" {
			return text, err
		}
		text = append(text, bytes.TrimPrefix(line, []byte("."))...)
	}
}

// take gives the answer to the dot; "" hangs up.
func (s *sink) take(conn net.Conn, to string, text []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	s.note(session(conn), "%X: client=localhost[127.0.0.1]", s.seen)
	answer := ""
	if s.fault != nil {
		answer = s.fault(s.seen, to)
	}
	if answer == "" || answer == "drop" || answer[0] == '2' {
		m, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			return "554 not a message"
		}
		id := m.Header.Get("Message-Id")
		if s.taken[id] != nil {
			s.twice++
		}
		if list, err := m.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != to {
			s.stray++
		}
		s.note("cleanup[1]", "%X: message-id=%s", s.seen, id)
		s.note("qmgr[1]", "%X: from=<x@city.example>, size=1, nrcpt=1 (queue active)", s.seen)
		s.taken[id] = append([]byte("Return-Path: <x@example.se>\r\n"), text...)
	}
	switch answer {
	case "":
		return fmt.Sprintf("250 2.0.0 Ok: queued as %X", s.seen)
	case "drop", "lose":
		return ""
	}
	return answer
}

// Find makes the sink the mailbox of a rehearsal.
func (s *sink) Find(_ context.Context, messageID string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.taken[messageID]
	return m, ok, nil
}

func (s *sink) counts() (taken, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken), s.twice
}

// noon is when all that is sent in the tests is sent.
var noon = time.Date(2026, 9, 22, 12, 0, 0, 0, time.UTC)

// course makes a case of so many made-up students, all of whom are exposed by a
// course register; odd adds more of whom something is not ordinary.
func course(t testing.TB, d *casework.Desk, students int, odd ...breach.Entry) store.CaseID {
	t.Helper()
	d.Now = func() time.Time { return noon }
	c, err := d.Open(t.Context(), "a course register")
	if err != nil {
		t.Fatal(err)
	}
	can := func(a auth.Action) auth.Grant {
		g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: a, Case: c.ID, Now: auth.Instant{Wall: noon}})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	r := store.Register{Name: "students", ImportedAt: noon}
	_, err = d.Store.ImportRegister(t.Context(), can(auth.ImportRegister), &r, false, func(im *store.Import) error {
		for n := range students {
			if err := im.Entry(student(n), fmt.Append(nil, n)); err != nil {
				return err
			}
		}
		for i, e := range odd {
			e.Register, e.Row, e.Key = "students", int64(students+i+2), breach.Hide(fmt.Sprint("odd-", i))
			if err := im.Entry(e, fmt.Append(nil, "odd", i)); err != nil {
				return err
			}
		}
		r.Rows = int64(students + len(odd))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := d.Store.BeginPeople(t.Context(), can(auth.Resolve))
	for n := 0; n < students+len(odd) && err == nil; n++ {
		err = w.Person(store.Person{Number: int64(n + 1), Grade: breach.Proven, Probability: 1, Entries: []breach.EntryID{breach.EntryID(n)}, Exposures: []breach.Exposure{
			{Kind: breach.Name, Grade: breach.Proven, Places: 1}, {Kind: breach.Email, Grade: breach.Proven, Places: 1},
			{Kind: breach.Kind(6 + n%17), Grade: breach.Likely, Places: 1}}})
	}
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

var (
	givens   = strings.Fields("Aino Otso Maja Åsa Björn Eevi Ilmari Tuulikki Göran Zsófia")
	surnames = strings.Fields("Esimerkkinen Exempelsson Provberg Testström Mallikas Kuvitelma Påhittad Koekoski")
)

// student is the nth made-up student, who is grown up.
func student(n int) breach.Entry {
	nine := fmt.Sprintf("%02d%02d%02d%03d", 1+n%28, 1+n/28%12, 60+n/336%35, 900+n%100)
	return breach.Entry{Register: "students", Key: breach.Hide(fmt.Sprint("S-", n)), Row: int64(n + 2), Group: "students", Language: notify.Languages()[n%3],
		Names:       []breach.FullName{{Given: breach.Hide(givens[n%10]), Surname: breach.Hide(surnames[n/10%8])}},
		NationalIDs: []breach.Personal{breach.Hide(nine[:6] + "-" + nine[6:] + string(nationalid.HetuCheck(nine)))},
		Emails:      []breach.Personal{breach.Hide(fmt.Sprintf("nobody.%d@example.com", n))},
		Addresses:   []breach.Postal{{Street: breach.Hide(fmt.Sprintf("Provgatan %d", n)), Postcode: breach.Hide("00100"), Town: breach.Hide("Exempelby")}}}
}

// mailFirst is a draft that goes by e-mail where it may.
func mailFirst() casework.NoticeDraft {
	text := casework.NoticeText{Controller: "Staden Exempel", Happened: "Ett register över kurser låg öppet på nätet i två dygn.",
		Measures: "Servern är stängd. Vi har gjort polisanmälan.", Contact: "Ring 09 555 0100 på vardagar klockan 9–15."}
	return casework.NoticeDraft{Country: "FI", Date: noon, Texts: map[string]casework.NoticeText{"sv": text, "fi": text, "en": text},
		Sender: dispatch.Sender{Name: "Staden Exempel", Mail: "dataskydd@city.example"},
		Policy: notify.Policy{Order: []breach.Channel{breach.Mail, breach.Paper}}}
}

// frozenNotice writes and freezes a notice.
func frozenNotice(t testing.TB, d *casework.Desk, id store.CaseID, draft casework.NoticeDraft) casework.Notice {
	t.Helper()
	n, err := d.WriteNotice(t.Context(), id, "", draft)
	if err == nil {
		n, err = d.FreezeNotice(t.Context(), id, n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// agree has two others look at an approval and agree.
func agree(t testing.TB, d *casework.Desk, id store.CaseID, approval string) {
	t.Helper()
	for _, who := range []auth.UserID{"console:aino", "console:kalle"} {
		g, err := d.Store.Grant(t.Context(), auth.Console(who, store.Local, auth.Instant{Wall: noon}), auth.Ask{Action: auth.Approve, Case: id, Now: auth.Instant{Wall: noon}})
		if err == nil {
			_, _, err = d.Store.ShowApproval(t.Context(), g, approval)
		}
		if err == nil {
			_, err = d.Store.Agree(t.Context(), g, approval)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// readyToSend takes a frozen notice through rehearsal and approval.
func readyToSend(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice, s *sink) casework.Notice {
	t.Helper()
	relay := s.relay()
	defer relay.Close()
	n, err := d.RehearseNotice(t.Context(), id, n, casework.RehearseOptions{Seeds: []string{"seed@example.com"}, Relay: relay, Inbox: s, Wait: time.Second, Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.ProposeSending(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, d, id, a.ID)
	if n, err = d.BeginSending(t.Context(), id, n, a.ID); err != nil {
		t.Fatal(err)
	}
	return n
}

// sendAll releases the waves one after another, hours apart, and sends them.
func sendAll(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice, s *sink) casework.NoticeRun {
	t.Helper()
	relay := s.relay()
	defer relay.Close()
	var last casework.NoticeRun
	for wave := range int64(3) {
		now := noon.Add([]time.Duration{0, 31 * time.Minute, 160 * time.Minute}[wave])
		d.Now = func() time.Time { return now }
		r, err := d.ReleaseWave(t.Context(), id, n, wave+1, fmt.Sprint("wave ", wave))
		if err != nil || r.Outcome != "released" {
			t.Fatalf("wave %d: %q, error %v", wave+1, r.Outcome, err)
		}
		if n, err = d.Notice(t.Context(), id, n.ID); err != nil {
			t.Fatal(err)
		}
		if last, err = d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: relay, Once: true}); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

func total(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice) map[breach.DeliveryState]int64 {
	t.Helper()
	counts, err := d.NoticeCounts(t.Context(), id, n)
	if err != nil {
		t.Fatal(err)
	}
	all := map[breach.DeliveryState]int64{}
	for _, states := range counts {
		for state, many := range states {
			all[state] += many
		}
	}
	return all
}

func TestEverybodyIsToldOnce(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 150)
	n := frozenNotice(t, d, id, mailFirst())
	s := newSink(t)
	n = readyToSend(t, d, id, n, s)
	rehearsed, _ := s.counts()
	sendAll(t, d, id, n, s)
	taken, twice := s.counts()
	if got := total(t, d, id, n); got[breach.Accepted] != 150 || taken-rehearsed != 150 || twice != 0 {
		t.Errorf("%v, the server has %d and %d twice; want 150 accepted, 150 and none", got, taken-rehearsed, twice)
	}
	proofs, err := d.ProveNotice(t.Context(), id, "p17", auth.AnswerInquiry)
	if err != nil || len(proofs) != 1 {
		t.Fatalf("%d proofs, error %v", len(proofs), err)
	}
	p := proofs[0]
	if !p.Whole || p.State != breach.Accepted || p.Approval == "" || len(p.Steps) != 3 || !strings.Contains(p.Steps[2].Detail.Reveal(), "queued as") {
		t.Errorf("the proof of one: whole %t, %s, approval %q, %d steps", p.Whole, p.State, p.Approval, len(p.Steps))
	}
	if text := string(p.Notice.Parts[0].Text); !strings.Contains(text, p.Code) {
		t.Error("the letter does not have the code")
	}
}

func refused(err error) string {
	var r *breach.Refusal
	if errors.As(err, &r) {
		return r.Key
	}
	return fmt.Sprint(err)
}
