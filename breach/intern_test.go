package breach_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

func TestEqualTextsAreEqualWhereverTheyAreHidden(t *testing.T) {
	const people, rounds = 2000, 8
	hidden := make([][]breach.Personal, rounds)
	var wait sync.WaitGroup
	for r := range rounds {
		wait.Go(func() {
			for i := range people {
				if i%500 == 0 {
					runtime.GC() // what others use must not be forgotten
				}
				hidden[r] = append(hidden[r], breach.Hide(fmt.Sprintf("person %d of nobody", i)))
				breach.Hide(fmt.Sprintf("passing %d %d", r, i))
			}
		})
	}
	wait.Wait()
	seen := map[breach.Personal]bool{}
	for i := range people {
		seen[hidden[0][i]] = true
		for r := range rounds {
			if hidden[r][i] != hidden[0][i] {
				t.Fatalf("text %d hidden twice is not equal", i)
			}
			if hidden[r][i].Reveal() != fmt.Sprintf("person %d of nobody", i) {
				t.Fatalf("text %d does not come back", i)
			}
		}
	}
	if len(seen) != people {
		t.Errorf("%d different values of %d texts", len(seen), people)
	}
}

func TestTextsThatNobodyUsesAreForgotten(t *testing.T) {
	heap := func() uint64 {
		for range 3 {
			runtime.GC()
			time.Sleep(20 * time.Millisecond) // what is gone is cleaned up in the background
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	long := strings.Repeat("x", 1000)
	before := heap()
	for i := range 50_000 { // 50 MB
		breach.Hide(fmt.Sprint(i, long))
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("%d MB are kept of texts that nobody uses", (after-before)>>20)
	}
}

func BenchmarkHide(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		buf := make([]byte, 0, 64)
		for n := 0; b.Loop(); n++ {
			buf = fmt.Appendf(buf[:0], "person%d@example.se", n)
			breach.Hide(string(buf))
		}
	})
	b.Run("again", func(b *testing.B) {
		kept := breach.Hide("person@example.se")
		for b.Loop() {
			if breach.Hide("person@example.se") != kept {
				b.Fatal("not equal")
			}
		}
	})
}
