package casework_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// The moments at which a sender kills itself.
var moments = []string{"claimed", "sender named", "text sent", "before the dot", "after the dot", "answered"}

// suicide is a connection whose process dies at a moment.
type suicide struct {
	net.Conn
	moment string
	left   *atomic.Int64 // so many times it comes by before
	dotted bool
}

func (s *suicide) at(moment string) {
	if s.moment == moment && s.left.Add(-1) == 0 {
		die()
	}
}

func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {} // it comes at once
}

// Write dies on the way where its moment is there: a text goes in one write with
// the dot that ends it and what follows, but a process can die within.
func (s *suicide) Write(b []byte) (int, error) {
	end := bytes.Index(b, []byte("\r\n.\r\n"))
	if end < 0 {
		n, err := s.Conn.Write(b)
		if bytes.HasPrefix(b, []byte("MAIL")) {
			s.at("sender named")
		}
		return n, err
	}
	for _, part := range []struct {
		moment string
		upTo   int
	}{{"text sent", end}, {"before the dot", end + len("\r\n")}} {
		if s.moment == part.moment && s.left.Add(-1) == 0 {
			_, _ = s.Conn.Write(b[:part.upTo])
			die()
		}
	}
	n, err := s.Conn.Write(b)
	s.dotted = true
	s.at("after the dot")
	if len(b) > end+len("\r\n.\r\n") {
		s.at("sender named")
	}
	return n, err
}

func (s *suicide) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if s.dotted {
		s.dotted = false
		s.at("answered")
	}
	return n, err
}

// sendUntilKilled is the sender of the test: folder, case, server, clock in
// seconds, moment, after how many of them.
func sendUntilKilled(args []string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: args[0], Key: master()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	clock, _ := strconv.ParseInt(args[3], 10, 64)
	after, _ := strconv.ParseInt(args[5], 10, 64)
	began := time.Now()
	now := func() time.Time { return time.Unix(clock, 0).UTC().Add(time.Since(began)) }
	d := &casework.Desk{Store: s, Who: auth.Console("console:sender", store.Local, auth.Instant{Wall: now()}), Now: now}
	n, err := d.Notice(ctx, store.CaseID(args[1]), "n1")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	left := &atomic.Int64{}
	left.Store(after)
	relay := &dispatch.Relay{Addr: args[2], Security: dispatch.Loopback, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &suicide{Conn: conn, moment: args[4], left: left}, err
	}}
	run, err := d.SendNotices(ctx, store.CaseID(args[1]), n, casework.SendOptions{Relay: relay, Connections: 16, Once: true, Tell: func(casework.NoticeRun) {
		if args[4] == "claimed" && left.Add(-1) == 0 {
			die()
		}
	}})
	if err != nil || run.Halted != "" {
		fmt.Fprintln(os.Stderr, run.Halted, err)
		return 3
	}
	return 0
}

// chaos is one campaign that is killed again and again.
type chaos struct {
	*testing.T
	d                      *casework.Desk
	dir                    string
	id                     store.CaseID
	s                      *sink
	clock                  time.Time
	random                 *rand.Rand
	people                 int
	kills, settled, passes int
	log                    string
}

// campaign reads how large the campaign is to be; small is what the gate takes.
func campaign(name string, small int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return small
}

// TestKilledAtAnyMomentNobodyIsLostOrToldTwice runs campaigns against a server
// that now and then hangs up after or before it has taken a message, puts one
// off or refuses one. The sender is killed at each named moment, and at random;
// what is uncertain then is settled by the server's log alone.
func TestKilledAtAnyMomentNobodyIsLostOrToldTwice(t *testing.T) {
	people, rounds, kills := campaign("KLARLAGT_CHAOS_PEOPLE", 200), campaign("KLARLAGT_CHAOS_ROUNDS", 1), campaign("KLARLAGT_CHAOS_KILLS", 20)
	var killed, settled, handed int
	for round := range rounds {
		c := newChaos(t, people, uint64(round+1))
		for wave := int64(1); wave <= 3; wave++ {
			c.wave(wave, kills*int(wave*wave)/14+1)
		}
		taken := c.check(people)
		killed, settled, handed = killed+c.kills, settled+c.settled, handed+taken
		t.Logf("round %d: taken %d of %d, killed %d times, settled %d by the log, lost 0, doubled 0, chain valid", round+1, taken, people, c.kills, c.settled)
	}
	t.Logf("in all: messages %d, kills %d, settled %d", handed, killed, settled)
}

func newChaos(t *testing.T, people int, seed uint64) *chaos {
	t.Helper()
	dir := t.TempDir()
	c := &chaos{T: t, d: desk(t, dir), dir: dir, people: people, s: newSink(t), clock: noon, random: rand.New(rand.NewPCG(5, seed)), log: filepath.Join(dir, "mail.log")}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	c.id = course(t, c.d, people)
	draft := mailFirst()
	draft.AnyHour = true
	readyToSend(t, c.d, c.id, frozenNotice(t, c.d, c.id, draft), c.s)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.log, c.s.now = log, func() time.Time { return c.clock }
	c.s.note("qmgr[1]", "0: removed") // the log begins before the first message
	chance := rand.New(rand.NewPCG(6, seed))
	c.s.fault = func(int, string) string {
		switch n := chance.IntN(2000); {
		case n < 2:
			return "drop"
		case n < 4:
			return "lose"
		case n < 10:
			return "451 4.3.0 later"
		case n < 11:
			return "550 5.1.1 unknown"
		}
		return ""
	}
	clear(c.s.taken) // of the rehearsal
	return c
}

// wave releases a wave, and sends it with so many kills.
func (c *chaos) wave(wave int64, kills int) {
	c.Helper()
	c.later(3 * time.Hour)
	n := c.notice()
	if r, err := c.d.ReleaseWave(c.Context(), c.id, n, wave, fmt.Sprint("wave ", wave)); err != nil || r.Outcome != "released" {
		c.Fatalf("wave %d: %q, %v", wave, r.Outcome, err)
	}
	for pass := 0; ; pass++ {
		if pass > 10*kills+50 {
			c.Fatal("it does not come to an end")
		}
		c.later(10 * time.Minute)
		switch {
		case pass >= kills:
			if !c.send("", 0, 0) {
				c.Fatal("the sender failed")
			}
		case pass%4 < 3 || c.people < 1000: // a small one is over before chance strikes
			moment := moments[c.passes%len(moments)]
			far := min(c.people, []int{50, 500, c.people}[wave-1]) / kills // so that kills are spread over the wave
			if moment == "claimed" {
				far /= 40 // which come by together
			}
			c.send(moment, 1+c.random.IntN(max(4, far/2)), 0)
		default:
			c.send("", 0, time.Duration(20+c.random.IntN(200))*time.Millisecond)
		}
		c.passes++
		if pass >= kills || pass%5 == 4 {
			if c.settle() == 0 && pass >= kills {
				return
			}
		}
	}
}

func (c *chaos) later(by time.Duration) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.clock = c.clock.Add(by)
	now := c.clock
	c.d.Now = func() time.Time { return now }
}

func (c *chaos) notice() casework.Notice {
	c.Helper()
	n, err := c.d.Notice(c.Context(), c.id, "n1")
	if err != nil {
		c.Fatal(err)
	}
	return n
}

// send runs a sender, which is killed after a time or kills itself; false if it
// ended otherwise than by itself.
func (c *chaos) send(moment string, after int, patience time.Duration) bool {
	c.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(c.Context(), os.Args[0], "send-to-be-killed", c.dir, string(c.id), c.s.addr, fmt.Sprint(c.clock.Unix()), moment, fmt.Sprint(after))
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	if patience > 0 {
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	err := cmd.Wait()
	if err != nil && cmd.ProcessState.ExitCode() != -1 && !strings.Contains(said.String(), "deferred") {
		c.Errorf("the sender ended with %v: %s", err, said.String())
	}
	if err != nil {
		c.kills++
	}
	return err == nil
}

// settle settles what is uncertain by the log, and tells how much was left to be
// handed over or settled before.
func (c *chaos) settle() int {
	c.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		c.s.mu.Lock()
		open := c.s.open
		c.s.mu.Unlock()
		if open == 0 {
			break
		}
		if time.Since(began) > 10*time.Second {
			c.Fatalf("%d connections are open", open)
		}
	}
	c.later(20 * time.Minute)
	n := c.notice()
	g, err := c.d.Store.Grant(c.Context(), c.d.Who, auth.Ask{Action: auth.ReleaseWave, Case: c.id, Now: auth.Instant{Wall: c.clock}})
	if err != nil {
		c.Fatal(err)
	}
	if _, err := c.d.Store.Recover(c.Context(), g, n.NoticeVersion, c.clock); err != nil {
		c.Fatal(err)
	}
	log, err := os.Open(c.log)
	if err != nil {
		c.Fatal(err)
	}
	defer log.Close()
	s, err := c.d.SettleByLog(c.Context(), c.id, n, log)
	if err != nil {
		c.Fatal(err)
	}
	if s.Left > 0 {
		c.Errorf("%d are uncertain though nothing is on its way", s.Left)
	}
	c.settled += s.Taken + s.NotTaken
	states := total(c, c.d, c.id, n)
	return int(states[breach.Released] + states[breach.Deferred] + states[breach.Handing] + states[breach.Uncertain])
}

// check holds the ledger against what the server has, in both directions.
func (c *chaos) check(people int) (taken int) {
	c.Helper()
	n := c.notice()
	g, err := c.d.Store.Grant(c.Context(), c.d.Who, auth.Ask{Action: auth.SettleNotice, Case: c.id, Now: auth.Instant{Wall: c.clock}})
	if err != nil {
		c.Fatal(err)
	}
	accepted, refused := 0, 0
	for x, err := range c.d.Store.Dispatches(c.Context(), g, n.NoticeVersion, "") {
		if err != nil {
			c.Fatal(err)
		}
		has := c.s.taken["<"+x.Ref+"@city.example>"] != nil
		switch {
		case x.State == breach.Accepted && has:
			accepted++
		case x.State == breach.Refused && !has:
			refused++
		default:
			c.Errorf("dispatch %d is %s, and the server has it: %t", x.Seq, x.State, has)
		}
	}
	if accepted+refused != people || accepted != len(c.s.taken) || c.s.twice != 0 || c.s.stray != 0 {
		c.Errorf("%d accepted and %d refused of %d; the server has %d, %d of them twice, and %d to another", accepted, refused, people, len(c.s.taken), c.s.twice, c.s.stray)
	}
	for _, err := range c.d.Store.Steps(c.Context(), g) {
		if err != nil {
			c.Error(err)
			break
		}
	}
	return accepted
}
