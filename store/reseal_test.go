package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// officeTables are sealed under the office's key, and not under a case's.
var officeTables = map[string]bool{"approvals": true, "glasses": true, "offices": true, "alerts": true}

// rotated gives a case a new key.
func rotated(t *testing.T, s *store.Store, id store.CaseID) {
	t.Helper()
	if _, err := s.RotateCase(t.Context(), can(t, s, "", auth.ManageKeys), id, clock); err != nil {
		t.Fatal(err)
	}
}

// TestEverySealedTableIsSealedAnew goes by the schema: a sealed column that is
// added has to be in the list, or it stays under the old key.
func TestEverySealedTableIsSealedAnew(t *testing.T) {
	if os.Getenv(onPostgres) != "" {
		t.Skip("the schema is looked at in SQLite's; what is sealed is the same on either database")
	}
	c := lite(t)
	s := opened(t, c)
	id := filled(t, s)
	other := filled(t, s)
	rotated(t, s, id)
	var told store.Resealed
	r, err := s.Reseal(t.Context(), can(t, s, "", auth.ManageKeys), id, clock, func(r store.Resealed) { told = r })
	if err != nil || r.Rows == 0 || r.Files == 0 || told.Looked == 0 {
		t.Fatalf("sealed anew: %+v, told %+v, error %v", r, told, err)
	}
	db := file(t, database(c))
	for _, col := range sealedColumns(t, db) {
		for _, at := range values(t, db, col[0], col[1], id, "=") {
			if at.value[0] != 2 && !officeTables[col[0]] {
				t.Errorf("%s.%s, row %d: sealed under key %d still", col[0], col[1], at.row, at.value[0])
			}
		}
		for _, at := range values(t, db, col[0], col[1], other, "=") {
			if at.value[0] != 1 {
				t.Errorf("%s.%s, row %d of another case: sealed under key %d", col[0], col[1], at.row, at.value[0])
			}
		}
	}
	if _, err := viewOf(t, s, id).read([][32]byte{{}}, "links", "again"); err != nil {
		t.Errorf("read afterwards: %v", err)
	}
	again, err := s.Reseal(t.Context(), can(t, s, "", auth.ManageKeys), id, clock, nil)
	if err != nil || again.Files != 0 || again.Rows != 0 || again.Looked < r.Rows {
		t.Errorf("a second time: %+v, error %v", again, err)
	}
}

func TestResealGoesOnWhereItWasStopped(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	id := filled(t, s)
	rotated(t, s, id)
	under := func() map[seal.Generation]int64 {
		counts, err := s.SealedUnder(t.Context(), can(t, s, "", auth.ManageKeys), id)
		if err != nil {
			t.Fatal(err)
		}
		return counts
	}
	whole := under()[1]
	stops := 0
	for rows := int64(1); ; rows += 3 {
		ctx, stop := context.WithCancel(t.Context())
		_, err := s.Reseal(ctx, can(t, s, "", auth.ManageKeys), id, clock, func(r store.Resealed) {
			if r.Rows+r.Files >= rows {
				stop()
			}
		})
		stop()
		if _, wrong := viewOf(t, s, id).read([][32]byte{{}}, "links", "again"); wrong != nil {
			t.Fatalf("stopped after %d rows: %v", rows, wrong)
		}
		if err == nil {
			break
		}
		if stops++; !errors.Is(err, context.Canceled) || stops > 200 {
			t.Fatalf("stopped after %d rows: %v", rows, err)
		}
	}
	if left := under(); left[1] != 0 || left[2] < whole || stops == 0 {
		t.Errorf("after %d stops: %v, of %d", stops, left, whole)
	}
}

func TestKeysAreDroppedWhenNothingIsSealedUnderThem(t *testing.T) {
	c := config(t)
	s := opened(t, c)
	beside := opened(t, c) // another process, which has the old key in memory
	id := filled(t, s)
	if _, err := beside.Registers(t.Context(), can(t, beside, id, auth.ReadAccount)); err != nil {
		t.Fatal(err)
	}
	manage := func() auth.Grant { return can(t, s, "", auth.ManageKeys) }
	rotated(t, s, id)
	newer(t, s, id)
	rotated(t, s, id)
	if _, err := s.DropKeys(t.Context(), manage(), id, clock); refusalOf(err) != "refusal.key-in-use" {
		t.Errorf("while rows are sealed under it: %v", err)
	}
	if _, err := s.Reseal(t.Context(), manage(), id, clock, nil); err != nil {
		t.Fatal(err)
	}
	n, err := s.DropKeys(t.Context(), manage(), id, clock)
	if err != nil || n != 1 {
		t.Fatalf("dropped %d, error %v", n, err)
	}
	if n, err := s.DropKeys(t.Context(), manage(), id, clock); err != nil || n != 0 {
		t.Errorf("a second time: dropped %d, error %v", n, err)
	}
	again(t, beside, id, 3)
	for name, s := range map[string]*store.Store{"here": s, "beside": beside, "anew": opened(t, c)} {
		if _, err := viewOf(t, s, id).read([][32]byte{{}}, "links", "again"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	load(t, beside, id, "pupils", false, map[string]string{"P-1": "a", "P-9": "new"}) // look-ups are keyed as before
	counts, err := s.SealedUnder(t.Context(), manage(), id)
	if err != nil || len(counts) != 1 || counts[3] == 0 {
		t.Errorf("sealed under %v, error %v", fmt.Sprint(counts), err)
	}
}
