package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// onPostgres is set in the process that runs the suite on PostgreSQL: every
// test that asks for a store then gets one there.
const onPostgres = "KLARLAGT_TEST_ON_POSTGRES"

// TestEverythingOnPostgreSQL runs all other tests once more, on a server.
func TestEverythingOnPostgreSQL(t *testing.T) {
	if os.Getenv("KLARLAGT_TEST_POSTGRES") == "" {
		t.Skip("PostgreSQL is not installed, or not started by scripts/postgres.sh")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.skip=^(TestEverythingOnPostgreSQL|Fuzz.*)$")
	cmd.Env = append(os.Environ(), onPostgres+"=1")
	out, err := cmd.CombinedOutput()
	passed := strings.Count(string(out), "\n--- PASS")
	if err != nil || passed == 0 {
		t.Errorf("on PostgreSQL: %v, %d tests passed\n%s", err, passed, out)
	}
	t.Logf("%d tests passed on PostgreSQL", passed)
}

// config gives a fresh store's settings: on SQLite, or on a schema of its own.
func config(t testing.TB) store.Config {
	t.Helper()
	if os.Getenv(onPostgres) == "" {
		return lite(t)
	}
	return postgresConfig(t)
}

// lite gives the settings of a fresh store on SQLite.
func lite(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Dir: t.TempDir(), Key: master(t), KeyFrom: "a test"}
}

// console is somebody who may do everything in the tests' tenant.
func console() auth.Session { return auth.Console("console:test", store.Local, moment(0)) }

// can is leave to do something in a case.
func can(t testing.TB, s *store.Store, id store.CaseID, a auth.Action) auth.Grant {
	t.Helper()
	g, err := s.Grant(context.Background(), console(), auth.Ask{Action: a, Case: id, Purpose: auth.JudgeMatch, Now: moment(0)})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// master is the master key of all tests, fixtures among them.
func master(t testing.TB) seal.Key {
	t.Helper()
	k, err := masterOfTests()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// database is the SQLite file of a store.
func database(c store.Config) string { return filepath.Join(c.Dir, "tenants", "local", "klarlagt.db") }

// postgresConfig gives a fresh schema on the server.
func postgresConfig(t testing.TB) store.Config {
	t.Helper()
	c := store.Config{Dir: t.TempDir(), Key: master(t), Postgres: os.Getenv("KLARLAGT_TEST_POSTGRES"), Schema: "test_" + strings.ToLower(rand.Text())}
	if c.Postgres == "" {
		t.Skip("PostgreSQL is not installed, or not started by scripts/postgres.sh")
	}
	t.Cleanup(func() {
		_, err := server(t).ExecContext(context.Background(), fmt.Sprintf(`DROP SCHEMA IF EXISTS %s CASCADE`, c.Schema))
		if err != nil {
			t.Error(err)
		}
	})
	return c
}

// server is the test server itself, for what goes past the store.
func server(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", os.Getenv("KLARLAGT_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
