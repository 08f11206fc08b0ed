package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the command part of the test's own program, so that scripts
// and the workers that a scan starts run what is tested.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"klarlagt": main})
}

func TestScripts(t *testing.T) {
	cache := filepath.Join(os.TempDir(), fmt.Sprintf("klarlagt-test-cache-%d", os.Getuid()))
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"prepare": scriptPrepare, "served": scriptServed},
		Condition: func(name string) (bool, error) {
			return name == "postgres" && os.Getenv("KLARLAGT_TEST_POSTGRES") != "", nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("POSTGRES", os.Getenv("KLARLAGT_TEST_POSTGRES")+" search_path=test_"+strings.ToLower(rand.Text()))
			data := filepath.Join(e.WorkDir, "data")
			e.Setenv("KLARLAGT_DATA", data)
			e.Setenv("HOME", e.WorkDir) // the master key is made there
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("KLARLAGT_LANG", "en")
			e.Setenv("NO_COLOR", "1")
			if err := os.MkdirAll(data, 0o700); err != nil {
				return err
			}
			// Compiling the PDF reader takes seconds: once for all scripts.
			return os.Symlink(cache, filepath.Join(data, "cache"))
		},
	})
}
