package store_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// TestDiskThatFailsAtAnyWriteOfASenderTellsNobodyTwice lets the n-th write of a sender fail, for
// some n or with KLARLAGT_FAULTS for as many as it says, and has it begin
// again: nobody is lost, and nobody is told twice.
func TestDiskThatFailsAtAnyWriteOfASenderTellsNobodyTwice(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("a server's disk is the server's")
	}
	const mails = 10
	ready := lite(t)
	s := openWith(t, ready)
	opened, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	id := opened.ID
	n := approvedNotice(t, s, id, frozen(t, s, id, mails+1)) // the last is a letter
	if _, err := s.Release(t.Context(), can(t, s, id, auth.ReleaseWave), n, store.Command{Key: "k", Wave: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv(sendCase, string(id))
	sending := func(f fault, dir string) (told []string, writes int) {
		t.Helper()
		told, writes, err := traced(t, "send", dir, f)
		if err != nil {
			t.Skipf("processes cannot be traced here: %v", err)
		}
		return told, writes
	}
	copied := func() store.Config {
		t.Helper()
		c := lite(t)
		if err := os.CopyFS(c.Dir, os.DirFS(ready.Dir)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	told, writes := sending(fault{}, copied().Dir)
	if len(told) != mails || writes < 20 {
		t.Fatalf("without a fault: %d told, %d writes", len(told), writes)
	}
	every := max(1, writes/4)
	if many, err := strconv.Atoi(os.Getenv("KLARLAGT_FAULTS")); err == nil {
		every = max(1, writes/many)
	}
	tried, uncertain := 0, 0
	for from := 1; from <= writes; from += every {
		for _, f := range []fault{{from, true, syscall.ENOSPC}, {from, false, syscall.EIO}} {
			c := copied()
			before, _ := sending(f, c.Dir)
			after, _ := sending(fault{}, c.Dir)
			uncertain += toldOnce(t, c, id, n, mails, slices.Concat(before, after))
			if tried++; t.Failed() {
				t.Fatalf("write %d of %d failed, all later ones: %t", from, writes, f.lasting)
			}
		}
	}
	t.Logf("writes: %d, failed at: %d, messages: %d, uncertain: %d, lost: 0, twice: 0", writes, tried, tried*mails, uncertain)
}

func openWith(t *testing.T, c store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// toldOnce holds what a server took against what the ledger says, and gives how
// many are uncertain.
func toldOnce(t *testing.T, c store.Config, id store.CaseID, n store.NoticeVersion, mails int, lines []string) (uncertain int) {
	t.Helper()
	s := openWith(t, c)
	defer s.Close()
	if _, err := audited(t, s, id); err != nil {
		t.Errorf("the chain: %v", err)
	}
	taken := map[string]int{}
	for _, line := range lines {
		taken[line]++
	}
	seen := 0
	for d, err := range s.Dispatches(t.Context(), can(t, s, id, auth.ReleaseWave), n, "") {
		if err != nil {
			t.Fatal(err)
		}
		if d.Wave == 0 {
			continue
		}
		seen++
		times := taken["taken "+strconv.FormatInt(d.Seq, 10)]
		switch {
		case d.State == breach.Uncertain && times < 2:
			uncertain++
		case d.State != breach.Accepted || times != 1:
			t.Errorf("dispatch %d is %s, and was taken %d times", d.Seq, d.State, times)
		}
	}
	if seen != mails || uncertain > sendAtOnce || len(strings.Join(lines, "")) == 0 {
		t.Errorf("%d dispatches, %d uncertain; at most %d were on their way", seen, uncertain, sendAtOnce)
	}
	return uncertain
}
