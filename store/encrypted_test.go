package store_test

import (
	"testing"

	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// TestADatabaseElsewhereIsReachedEncryptedAlone names servers that are not there:
// what is refused is refused before anything is sent.
func TestADatabaseElsewhereIsReachedEncryptedAlone(t *testing.T) {
	for name, c := range map[string]struct {
		setting string
		refused bool
	}{
		"nothing said":              {"postgres://klarlagt@db.example/klarlagt", true},
		"where it can be had":       {"postgres://klarlagt@db.example/klarlagt?sslmode=prefer", true},
		"where it is asked for":     {"postgres://klarlagt@db.example/klarlagt?sslmode=allow", true},
		"never":                     {"postgres://klarlagt@192.0.2.7/klarlagt?sslmode=disable", true},
		"one of two":                {"host=/nowhere,db.example user=klarlagt sslmode=disable", true},
		"a name that begins so":     {"postgres://klarlagt@localhost.example/klarlagt", true},
		"always":                    {"postgres://klarlagt@127.0.0.1:1/klarlagt?sslmode=require", false},
		"with a certificate":        {"postgres://klarlagt@127.0.0.1:1/klarlagt?sslmode=verify-full", false},
		"a socket":                  {"host=/nowhere user=klarlagt sslmode=disable", false},
		"this machine by number":    {"postgres://klarlagt@127.0.0.1:1/klarlagt?sslmode=disable", false},
		"this machine by number, 6": {"postgres://klarlagt@[::1]:1/klarlagt?sslmode=disable", false},
	} {
		s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Postgres: c.setting, Key: seal.NewKey(), KeyFrom: "the test"})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: opened", name)
		} else if got := refusalOf(err) == "refusal.database-unencrypted"; got != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
