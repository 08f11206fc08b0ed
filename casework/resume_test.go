package casework_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

// scanUntilKilled is a process that scans the only case of a data folder.
func scanUntilKilled(data, evidence string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: data, Key: master()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer s.Close()
	d := newDesk(s)
	c, err := d.Case(ctx, "")
	if err == nil {
		err = d.Scan(ctx, c.ID, casework.ScanOptions{Evidence: evidence})
	}
	if err == nil {
		err = d.Resolve(ctx, c.ID, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestKilledScanGoesOnAndGivesTheSameBytes(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 11, People: 300, Files: 200})
	evidence := filepath.Join(dir, "evidence")

	whole := desk(t, t.TempDir())
	id := openCase(t, whole, dir)
	if err := engine.FillCache(t.Context(), whole.Worker, sharedCache(t)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	scan(t, whole, id, casework.ScanOptions{Evidence: evidence})
	took := time.Since(began)
	want := export(t, whole, id)

	data := t.TempDir()
	killed := desk(t, data)
	other := openCase(t, killed, dir)
	seed := uint64(time.Now().UnixNano())
	chance := rand.New(rand.NewPCG(seed, 1))
	const kills = 10
	hit := 0
	for range kills {
		cmd := exec.Command(os.Args[0], "scan-to-be-killed", data, evidence)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Early enough that there is something left to kill the next time.
		time.Sleep(time.Duration(chance.Float64() * float64(took) / 4))
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err != nil {
			hit++
		}
	}
	scan(t, killed, other, casework.ScanOptions{Evidence: evidence})
	if got := export(t, killed, other); !bytes.Equal(got, want) {
		t.Errorf("seed %d, %d of %d killed under way: %d bytes came out, want the %d of a scan that nobody stopped", seed, hit, kills, len(got), len(want))
	}
	if hit < kills/3 {
		t.Errorf("seed %d: only %d of %d were killed under way", seed, hit, kills)
	}
}

func TestStoppedScanKeepsWhatWasRead(t *testing.T) {
	dir := town(t, specimen.Options{Seed: 12, People: 200, Files: 150})
	evidence := filepath.Join(dir, "evidence")
	d := desk(t, t.TempDir())
	id := openCase(t, d, dir)
	ctx, stop := context.WithCancel(context.Background())
	err := d.Scan(ctx, id, casework.ScanOptions{Evidence: evidence, Progress: func(p casework.Progress) {
		if p.Phase == casework.Reading && p.Items > 40 {
			stop()
		}
	}})
	if err == nil {
		t.Fatal("the scan ended by itself")
	}
	account, err := d.Account(context.Background(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range account.States {
		if s.State == "pending" && account.Files-s.Items < 30 {
			t.Errorf("%d of %d files wait: what was read is lost", s.Items, account.Files)
		}
	}
	scan(t, d, id, casework.ScanOptions{Evidence: evidence})
	whole := desk(t, t.TempDir())
	other := openCase(t, whole, dir)
	scan(t, whole, other, casework.ScanOptions{Evidence: evidence})
	if !bytes.Equal(export(t, d, id), export(t, whole, other)) {
		t.Error("a scan that was stopped and went on gives another export")
	}
}
