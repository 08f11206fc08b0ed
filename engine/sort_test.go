package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/engine"
)

// collect gives copies of the sorted records.
func collect(t testing.TB, s *engine.Sorter) [][]byte {
	t.Helper()
	var got [][]byte
	for rec, err := range s.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, bytes.Clone(rec))
	}
	return got
}

func someRecords(n int) [][]byte {
	r := rand.New(rand.NewPCG(5, 6))
	records := make([][]byte, n)
	for i := range records {
		switch rec := make([]byte, r.IntN(40)); r.IntN(3) {
		case 0: // many alike
			records[i] = fmt.Appendf(nil, "key %d", r.IntN(50))
		case 1: // alike in their first bytes
			records[i] = append([]byte("the same beginning "), rec...)
		default:
			for j := range rec {
				rec[j] = byte(r.IntN(256))
			}
			records[i] = rec
		}
	}
	return records
}

func TestSortedAsInMemory(t *testing.T) {
	large := bytes.Repeat([]byte("z"), 100_000)
	for _, c := range []struct {
		name    string
		records [][]byte
		memory  int
	}{
		{"nothing", nil, 0},
		{"one", [][]byte{[]byte("a")}, 0},
		{"the empty record", [][]byte{{}, []byte("a"), {}}, 64},
		{"a zero byte is more than no byte", [][]byte{{0}, {}, {0, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0}}, 64},
		{"in memory", someRecords(1000), 0},
		{"few runs", someRecords(2000), 32 << 10},
		{"many runs, merged in between", someRecords(30_000), 4 << 10},
		{"each record a run", someRecords(300), 1},
		{"a record larger than the memory", append(someRecords(100), large, large), 8 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := &engine.Sorter{Dir: dir, Memory: c.memory}
			scratch := make([]byte, 0, 200_000)
			for _, rec := range c.records {
				scratch = append(scratch[:0], rec...) // it is reused: nothing of it may be kept
				if err := s.Add(scratch); err != nil {
					t.Fatal(err)
				}
			}
			want := slices.Clone(c.records)
			slices.SortFunc(want, bytes.Compare)
			if got := collect(t, s); !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("%d records came out of order or changed", len(want))
			}
			empty(t, dir)
		})
	}
}

// empty fails where something was left in a folder.
func empty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%d files left, %v", len(left), err)
	}
}

func TestSorterGivenUp(t *testing.T) {
	for name, end := range map[string]func(*engine.Sorter){
		"closed":      func(s *engine.Sorter) { _ = s.Close() },
		"half sorted": func(s *engine.Sorter) { s.Sorted()(func([]byte, error) bool { return false }) },
	} {
		dir := t.TempDir()
		s := &engine.Sorter{Dir: dir, Memory: 4 << 10}
		for _, rec := range someRecords(3000) {
			if err := s.Add(rec); err != nil {
				t.Fatal(err)
			}
		}
		end(s)
		empty(t, dir)
		if err := s.Add([]byte("one more")); err == nil {
			t.Errorf("%s: it takes another record", name)
		}
		for _, err := range s.Sorted() {
			if err == nil {
				t.Errorf("%s: it gives records again", name)
			}
		}
	}
}

func TestSorterWithoutFolder(t *testing.T) {
	s := &engine.Sorter{Dir: filepath.Join(t.TempDir(), "none"), Memory: 100}
	var err error
	for _, rec := range someRecords(1000) {
		if err = s.Add(rec); err != nil {
			break
		}
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one that says the folder is not there", err)
	}
	if again := s.Add([]byte("a")); again != err {
		t.Errorf("the next record: %v, want the same error", again)
	}
}

func TestSorterStaysSmall(t *testing.T) {
	const memory = 4 << 20
	s := &engine.Sorter{Dir: t.TempDir(), Memory: memory}
	r := rand.New(rand.NewPCG(7, 8))
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most := uint64(0)
	look := func(i int) {
		if i%200_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
		}
	}
	rec := make([]byte, 40)
	const n = 1_000_000
	for i := range n {
		binary.BigEndian.PutUint64(rec, r.Uint64())
		if err := s.Add(rec); err != nil {
			t.Fatal(err)
		}
		look(i)
	}
	last, i := []byte(nil), 0
	for rec, err := range s.Sorted() {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Compare(rec, last) < 0 {
			t.Fatalf("record %d comes before the one before it", i)
		}
		last = append(last[:0], rec...)
		look(i)
		i++
	}
	if i != n {
		t.Errorf("%d records came out, want %d", i, n)
	}
	if most > memory*5/4 {
		t.Errorf("the heap held %d bytes more than before, want about %d", most, memory)
	}
}

func BenchmarkSort(b *testing.B) {
	const n = 500_000
	b.SetBytes(n * 100)
	for b.Loop() {
		s := &engine.Sorter{Dir: b.TempDir(), Memory: 16 << 20}
		r := rand.New(rand.NewPCG(9, 10))
		rec := make([]byte, 100)
		for range n {
			binary.BigEndian.PutUint64(rec, r.Uint64())
			if err := s.Add(rec); err != nil {
				b.Fatal(err)
			}
		}
		for _, err := range s.Sorted() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func ExampleSorter() {
	var s engine.Sorter
	for _, rec := range []string{"p2 email", "p1 name", "p2 address", "p1 name"} {
		if err := s.Add([]byte(rec)); err != nil {
			fmt.Println(err)
		}
	}
	for rec, err := range s.Sorted() {
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s\n", rec)
	}
	// Output:
	// p1 name
	// p1 name
	// p2 address
	// p2 email
}

func FuzzSorter(f *testing.F) {
	f.Add([]byte("b,a,,c,a"), uint16(1))
	f.Add([]byte("\x00,\x00\x00,aaaaaaaa\x00,aaaaaaaa"), uint16(70))
	f.Fuzz(func(t *testing.T, raw []byte, memory uint16) {
		records := bytes.Split(raw, []byte(","))
		if len(records) > 500 {
			return
		}
		s := &engine.Sorter{Dir: t.TempDir(), Memory: int(memory)}
		for _, rec := range records {
			if err := s.Add(rec); err != nil {
				t.Fatal(err)
			}
		}
		got := collect(t, s)
		slices.SortFunc(records, bytes.Compare)
		if !slices.EqualFunc(got, records, bytes.Equal) {
			t.Errorf("sorted to %q, want %q", got, records)
		}
	})
}
