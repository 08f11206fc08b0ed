package casework_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/dispatch"
	"github.com/klarlagt/klarlagt/store"
)

// TestHandingOverToARealMailServer hands a campaign to a Postfix that
// scripts/acceptance-dispatch.sh starts, and reads in its log what came of it.
func TestHandingOverToARealMailServer(t *testing.T) {
	server, log := os.Getenv("KLARLAGT_TEST_POSTFIX"), os.Getenv("KLARLAGT_TEST_POSTFIX_LOG")
	if server == "" {
		t.Skip("the mail server is started by scripts/acceptance-dispatch.sh")
	}
	people := campaign("KLARLAGT_CHAOS_PEOPLE", 500)
	d, id, n, _ := approvedFor(t, people)
	d.Now = time.Now // the log's clock
	began := time.Now()
	releaseAll(t, d, id, n)
	n, err := d.Notice(t.Context(), id, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	relay := &dispatch.Relay{Addr: server, Security: dispatch.Loopback}
	defer relay.Close()
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: relay, Connections: 16, Once: true})
	took := time.Since(began)
	if err != nil || run.Halted != "" || run.Handled[breach.Accepted] != int64(people) {
		t.Fatalf("handed over %v, halted %q, error %v", run.Handled, run.Halted, err)
	}
	settled := awaitLog(t, d, id, n, log, people)
	active := activeOnce(t, log)
	if settled != people || len(active) != people {
		t.Errorf("%d of %d are delivered by the log, which has %d messages", settled, people, len(active))
	}
	for message, times := range active {
		if times != 1 {
			t.Errorf("%s was taken %d times", message, times)
		}
	}
	t.Logf("%d messages into Postfix in %.1f s (%.0f a second), %d delivered by its log, 0 twice", people, took.Seconds(), float64(people)/took.Seconds(), settled)
}

// awaitLog reads the log until it tells of everybody.
func awaitLog(t *testing.T, d *casework.Desk, id store.CaseID, n casework.Notice, path string, people int) (arrived int) {
	t.Helper()
	for range 60 {
		log, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.SettleByLog(t.Context(), id, n, log)
		_ = log.Close()
		if err != nil {
			t.Fatal(err)
		}
		if arrived += s.Arrived; arrived >= people {
			break
		}
		time.Sleep(time.Second)
	}
	return arrived
}

// activeOnce counts how often the log took each message into the queue.
func activeOnce(t *testing.T, path string) map[string]int {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	queues, active := map[string]string{}, map[string]int{}
	in := bufio.NewScanner(bytes.NewReader(raw))
	for in.Scan() {
		_, text, _ := strings.Cut(in.Text(), "]: ")
		queue, what, _ := strings.Cut(text, ": ")
		if id, ok := strings.CutPrefix(what, "message-id="); ok && strings.HasSuffix(id, "@city.example>") {
			queues[queue] = id
		}
		if strings.HasSuffix(what, "(queue active)") && queues[queue] != "" {
			active[queues[queue]]++
		}
	}
	return active
}

// approvedFor is an approved notice to so many.
func approvedFor(t testing.TB, people int) (*casework.Desk, store.CaseID, casework.Notice, time.Duration) {
	t.Helper()
	d := desk(t, t.TempDir())
	id := course(t, d, people)
	draft := mailFirst()
	draft.AnyHour = true
	began := time.Now()
	n := frozenNotice(t, d, id, draft)
	planning := time.Since(began)
	return d, id, readyToSend(t, d, id, n, newSink(t)), planning
}

// releaseAll releases every wave at once, past the desk, which would wait.
func releaseAll(t testing.TB, d *casework.Desk, id store.CaseID, n casework.Notice) {
	t.Helper()
	now := auth.Instant{Wall: d.Now()}
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ReleaseWave, Case: id, Now: now})
	for wave := int64(1); wave <= 3 && err == nil; wave++ {
		_, err = d.Store.Release(t.Context(), g, n.NoticeVersion, store.Command{Key: fmt.Sprint("wave ", wave), Wave: wave})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHandingOverBesideOthers measures handing over to the sink that
// scripts/bench-dispatch.sh starts, and beside it a loop over the standard
// library's client that keeps no ledger and looks into no message; and listmonk,
// where the script has one.
func TestHandingOverBesideOthers(t *testing.T) {
	server := os.Getenv("KLARLAGT_BENCH_SINK")
	if server == "" {
		t.Skip("the sink is started by scripts/bench-dispatch.sh")
	}
	people, rounds := campaign("KLARLAGT_CHAOS_PEOPLE", 500), campaign("KLARLAGT_CHAOS_ROUNDS", 1)
	counts := strings.Fields(os.Getenv("KLARLAGT_BENCH_CONNECTIONS"))
	if len(counts) == 0 {
		counts = []string{"1", "4", "8", "16", "32"}
	}
	t.Log("connections | ledger /s | listmonk /s | x listmonk | with planning | loop without a ledger /s | x loop | turns")
	for _, count := range counts {
		connections, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		var ours, whole, peers, loops []float64
		turns := int64(0)
		for range rounds {
			r := besideOthers(t, server, connections, people)
			ours, whole, peers, loops, turns = append(ours, r.ours), append(whole, r.whole), append(peers, r.peer), append(loops, r.loop), r.turns
		}
		t.Logf("%11d | %9.0f | %11.0f | %10.2f | %13.2f | %24.0f | %6.2f | %5d", connections, median(ours), median(peers), median(ours)/median(peers), median(whole)/median(peers),
			median(loops), median(ours)/median(loops), turns)
	}
}

// rates are messages a second.
type rates struct {
	ours, whole, peer, loop float64
	turns                   int64
}

func besideOthers(t *testing.T, server string, connections, people int) (r rates) {
	t.Helper()
	d, id, n, planning := approvedFor(t, people)
	var messages [][]byte
	var text []byte
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.FreezeNotice, Case: id, Now: auth.Instant{Wall: noon}})
	if err != nil {
		t.Fatal(err)
	}
	for x, err := range d.Store.Dispatches(t.Context(), g, n.NoticeVersion, "") {
		if err != nil {
			t.Fatal(err)
		}
		messages, text = append(messages, x.Notice.Bytes), x.Notice.Parts[0].Text
	}
	r.loop = float64(people) / loop(t, server, connections, messages).Seconds()
	r.peer = peer(t, server, connections, people, text)
	releaseAll(t, d, id, n)
	if n, err = d.Notice(t.Context(), id, n.ID); err != nil {
		t.Fatal(err)
	}
	relay := &dispatch.Relay{Addr: server, Security: dispatch.Loopback}
	defer relay.Close()
	began := time.Now()
	run, err := d.SendNotices(t.Context(), id, n, casework.SendOptions{Relay: relay, Connections: connections, Once: true})
	took := time.Since(began)
	if err != nil || run.Handled[breach.Accepted] != int64(people) {
		t.Fatalf("handed over %v, halted %q, error %v", run.Handled, run.Halted, err)
	}
	r.ours, r.whole, r.turns = float64(people)/took.Seconds(), float64(people)/(took+planning).Seconds(), run.Turns
	return r
}

// peer hands as many messages over with the program that
// scripts/bench-dispatch.sh names; 0 where it names none.
func peer(t *testing.T, server string, connections, people int, text []byte) float64 {
	t.Helper()
	program := os.Getenv("KLARLAGT_BENCH_PEER")
	if program == "" {
		return 0
	}
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, strconv.Itoa(connections), strconv.Itoa(people), server, file)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	rate, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		t.Fatal(err)
	}
	return rate
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// loop hands messages over as most programs do.
func loop(t *testing.T, server string, connections int, messages [][]byte) time.Duration {
	t.Helper()
	began := time.Now()
	var wait sync.WaitGroup
	for w := range connections {
		wait.Go(func() {
			c, err := smtp.Dial(server)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			for i := w; i < len(messages); i += connections {
				if err := handOver(c, messages[i]); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began)
}

func handOver(c *smtp.Client, message []byte) error {
	if err := c.Mail("x@city.example"); err != nil {
		return err
	}
	if err := c.Rcpt("nobody.1@example.com"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	return w.Close()
}

// BenchmarkFreezing makes, looks through and keeps letters to so many students:
// KLARLAGT_CHAOS_PEOPLE, or a few. It tells by how many bytes the database grew
// for each.
func BenchmarkFreezing(b *testing.B) {
	people := campaign("KLARLAGT_CHAOS_PEOPLE", 500)
	dir := b.TempDir()
	d := desk(b, dir)
	id := course(b, d, people)
	before := databaseSize(b, dir)
	for b.Loop() {
		if n := frozenNotice(b, d, id, mailFirst()); n.Frozen.Count != people {
			b.Fatalf("%d of %d are frozen", n.Frozen.Count, people)
		}
	}
	b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric(float64(databaseSize(b, dir)-before)/float64(people*b.N), "bytes/letter")
}

func databaseSize(b *testing.B, dir string) int64 {
	b.Helper()
	info, err := os.Stat(filepath.Join(dir, "tenants", string(store.Local), "klarlagt.db"))
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}
