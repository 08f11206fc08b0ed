package store_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/store"
)

// folder is how many processes are killed in one data folder, one after the
// other, before the next is begun: each is read whole after every kill.
const folder = 25

// TestKilledProcessLeavesWhatItToldAndNothingHalf kills processes that act from
// three sides at once. KLARLAGT_KILLS says how many.
func TestKilledProcessLeavesWhatItToldAndNothingHalf(t *testing.T) {
	kills := 20
	if os.Getenv(onPostgres) != "" {
		kills = 5
	}
	if n, err := strconv.Atoi(os.Getenv("KLARLAGT_KILLS")); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	chance := rand.New(rand.NewPCG(seed, 1))
	var c store.Config
	var acts []string
	toldOf, found, before := 0, 0, 0
	for n := range kills {
		if n%folder == 0 {
			c, acts, before = named(config(t)), nil, 0
		}
		// One in five before it is ready, the others under way.
		more := killed(t, c, chance.IntN(5) > 0, time.Duration(chance.Int64N(int64(150*time.Millisecond))))
		acts, toldOf = append(acts, more...), toldOf+len(more)
		now := wholeAfter(t, c, acts)
		found, before = found+now-before, now
		if t.Failed() {
			t.Fatalf("seed %d, kill %d", seed, n+1)
		}
	}
	if toldOf < kills/2 {
		t.Errorf("%d kills: only %d acts were told of, so this proves little", kills, toldOf)
	}
	t.Logf("kills: %d, acts told: %d, rows with their records: %d, lost: 0, half: 0", kills, toldOf, found)
}

// killed starts a process, kills it after a while, and gives the acts that it
// told of.
func killed(t *testing.T, c store.Config, ready bool, after time.Duration) []string {
	t.Helper()
	out, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "act", "load", c.Dir)
	cmd.Env = acting(c)
	cmd.Stdout = to
	var failed bytes.Buffer
	cmd.Stderr = &failed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = to.Close()
	lines := make(chan string, 1)
	go func() {
		defer close(lines)
		waits := ready
		var all []byte
		buf := make([]byte, 64<<10)
		for {
			n, err := out.Read(buf)
			all = append(all, buf[:n]...)
			if waits && bytes.Contains(all, []byte("ready\n")) {
				waits = false
				time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			}
			if err != nil {
				lines <- string(all)
				return
			}
		}
	}()
	if !ready {
		time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	}
	text := <-lines
	if err := cmd.Wait(); err == nil || failed.Len() > 0 {
		t.Fatalf("the process ended by itself: %v\n%s", err, failed.String())
	}
	forgotten(t, c)
	var acts []string
	for _, line := range strings.Split(text, "\n") {
		if line != "" && line != "ready" {
			acts = append(acts, line)
		}
	}
	return acts
}

// named gives the connections of a store on a server a name of their own.
func named(c store.Config) store.Config {
	if c.Postgres != "" {
		c.Postgres += " application_name=" + c.Schema
	}
	return c
}

// forgotten waits until the server has noticed that a process is gone: what it
// was in the middle of is done, or is not.
func forgotten(t *testing.T, c store.Config) {
	t.Helper()
	if c.Postgres == "" {
		return
	}
	db := server(t)
	defer db.Close()
	for range 1000 {
		var left int
		if err := db.QueryRow(`SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1`, c.Schema).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server holds on to a process that is gone")
}
