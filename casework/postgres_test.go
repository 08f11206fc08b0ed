package casework_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/specimen"
	"github.com/klarlagt/klarlagt/store"
)

func TestWholeRoadOnPostgreSQLGivesTheSameBytes(t *testing.T) {
	server := os.Getenv("KLARLAGT_TEST_POSTGRES")
	if server == "" {
		t.Skip("PostgreSQL is not installed, or not started by scripts/postgres.sh")
	}
	dir := town(t, specimen.Options{Seed: 5, People: 200, Files: 120})
	road := func(d *casework.Desk) []byte {
		id := openCase(t, d, dir)
		scan(t, d, id, casework.ScanOptions{Evidence: filepath.Join(dir, "evidence")})
		return export(t, d, id)
	}
	want := road(desk(t, t.TempDir()))

	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Key: master(), Postgres: server, Schema: "test_" + strings.ToLower(rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := os.Symlink(sharedCache(t), filepath.Join(s.Dir(), "cache")); err != nil {
		t.Fatal(err)
	}
	got := road(newDesk(s))
	if !bytes.Equal(got, want) {
		t.Errorf("the export is %d bytes on PostgreSQL and %d on SQLite, and not the same", len(got), len(want))
	}
}
