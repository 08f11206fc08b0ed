package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/klarlagt/klarlagt/seal"
)

func here() seal.Where {
	return seal.Where{Tenant: "t1", Case: "c7", Table: "people", Column: "name", Row: "12", Version: 3}
}

// elsewhere is every way to move a row one step, and to shift its ids' borders.
func elsewhere() map[string]seal.Where {
	w := here()
	out := map[string]seal.Where{}
	change := func(name string, f func(w *seal.Where)) { x := w; f(&x); out[name] = x }
	change("another tenant", func(w *seal.Where) { w.Tenant = "t2" })
	change("another case", func(w *seal.Where) { w.Case = "c8" })
	change("no case", func(w *seal.Where) { w.Case = "" })
	change("another table", func(w *seal.Where) { w.Table = "entries" })
	change("another column", func(w *seal.Where) { w.Column = "street" })
	change("another row", func(w *seal.Where) { w.Row = "13" })
	change("an earlier version", func(w *seal.Where) { w.Version = 2 })
	change("a border moved", func(w *seal.Where) { w.Tenant, w.Case = "t1c", "7" })
	change("two ids swapped", func(w *seal.Where) { w.Tenant, w.Case = w.Case, w.Tenant })
	change("column and row joined", func(w *seal.Where) { w.Column, w.Row = "name12", "" })
	change("a NUL between", func(w *seal.Where) { w.Tenant, w.Case = "t1\x00c7", "" })
	return out
}

func rows(t testing.TB, ring seal.Ring) *seal.Rows {
	t.Helper()
	r, err := seal.NewRows(ring)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestARowOpensWhereItWasSealed(t *testing.T) {
	r := rows(t, seal.Ring{1: seal.NewKey()})
	for _, plain := range []string{"", "x", "Testa Test", strings.Repeat("long ", 10_000)} {
		sealed := r.Seal(here(), []byte(plain))
		if len(sealed) != len(plain)+seal.RowOverhead {
			t.Errorf("%d bytes became %d", len(plain), len(sealed))
		}
		if got, err := r.Open(here(), sealed); err != nil || string(got) != plain {
			t.Errorf("%d bytes: %d back, %v", len(plain), len(got), err)
		}
		if bytes.Equal(sealed, r.Seal(here(), []byte(plain))) {
			t.Error("the same value sealed twice is the same bytes")
		}
		if len(plain) > 4 && bytes.Contains(sealed, []byte(plain[:5])) {
			t.Error("the value stands in what was sealed")
		}
	}
}

func TestAMovedRowIsRefused(t *testing.T) {
	r := rows(t, seal.Ring{1: seal.NewKey()})
	sealed := r.Seal(here(), []byte("Testa Test"))
	for name, w := range elsewhere() {
		got, err := r.Open(w, sealed)
		if !errors.Is(err, seal.ErrForged) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "Testa") || !strings.Contains(err.Error(), w.Table)) {
			t.Errorf("%s: the error does not name the place, or names the value: %v", name, err)
		}
	}
}

func TestEachBitOfARowCounts(t *testing.T) {
	r := rows(t, seal.Ring{1: seal.NewKey(), 2: seal.NewKey(), 3: seal.NewKey()})
	sealed := r.Seal(here(), []byte("010594Y9032"))
	for i := range len(sealed) * 8 {
		forged := bytes.Clone(sealed)
		forged[i/8] ^= 1 << (i % 8)
		if _, err := r.Open(here(), forged); !errors.Is(err, seal.ErrForged) && !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("bit %d flipped: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := r.Open(here(), sealed[:n]); !errors.Is(err, seal.ErrForged) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := r.Open(here(), append(sealed, 0)); !errors.Is(err, seal.ErrForged) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	sealed := rows(t, seal.Ring{1: seal.NewKey()}).Seal(here(), []byte("x"))
	if _, err := rows(t, seal.Ring{1: seal.NewKey()}).Open(here(), sealed); !errors.Is(err, seal.ErrForged) {
		t.Error(err)
	}
	_, err := rows(t, seal.Ring{2: seal.NewKey()}).Open(here(), sealed)
	if !errors.Is(err, seal.ErrNoKey) || !strings.Contains(err.Error(), "generation 1") {
		t.Errorf("a lost generation is not named: %v", err)
	}
}

func TestRotationOfRows(t *testing.T) {
	first, second := seal.NewKey(), seal.NewKey()
	old := rows(t, seal.Ring{1: first}).Seal(here(), []byte("Testa Test"))

	both := rows(t, seal.Ring{1: first, 2: second})
	if got, err := both.Open(here(), old); err != nil || string(got) != "Testa Test" {
		t.Fatalf("the older generation does not open: %v", err)
	}
	renewed, err := both.Reseal(here(), old)
	if err != nil {
		t.Fatal(err)
	}
	again, err := both.Reseal(here(), renewed)
	if err != nil || !bytes.Equal(again, renewed) {
		t.Errorf("a row that is new is sealed anew: %v", err)
	}
	first.Destroy()
	after := rows(t, seal.Ring{1: first, 2: second})
	if got, err := after.Open(here(), renewed); err != nil || string(got) != "Testa Test" {
		t.Errorf("the new generation does not open by itself: %v", err)
	}
	if _, err := after.Open(here(), old); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("what was sealed under the destroyed key: %v", err)
	}
	if _, err := both.Reseal(elsewhere()["another row"], old); !errors.Is(err, seal.ErrForged) {
		t.Errorf("rotation launders a moved row: %v", err)
	}
}

func TestRowsFromManyGoroutines(t *testing.T) {
	r := rows(t, seal.Ring{1: seal.NewKey()})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			w := here()
			for n := range 200 {
				w.Version, w.Table = uint64(n), string(rune('a'+n%5))
				if got, err := r.Open(w, r.Seal(w, []byte{byte(i)})); err != nil || got[0] != byte(i) {
					t.Errorf("%s: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	r := rows(f, seal.Ring{1: seal.NewKey()})
	f.Add([]byte{})
	f.Add(make([]byte, seal.RowOverhead))
	f.Add(append([]byte{1}, make([]byte, 60)...))
	under := seal.NewKey()
	private, _, err := seal.NewMember()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := r.Open(here(), b); err == nil {
			t.Error("a row that nobody sealed opens")
		}
		if _, err := seal.Unwrap(under, here(), b); err == nil {
			t.Error("a key that nobody wrapped opens")
		}
		if _, err := seal.UnwrapAs(private, here(), b); err == nil && len(b) < 1169 {
			t.Error("a key that nobody wrapped opens for a member")
		}
	})
}

func BenchmarkRows(b *testing.B) {
	r := rows(b, seal.Ring{1: seal.NewKey()})
	plain := []byte("Testa Testsson, Exempelgatan 1, 123 45 Exempelstad, 010594Y9032")
	sealed := r.Seal(here(), plain)
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Seal(here(), plain)
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Open(here(), sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
