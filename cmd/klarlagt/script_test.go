package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the command part of the test's own program, so that scripts
// and the workers that a scan starts run what is tested.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"klarlagt": func() { os.Exit(run(context.Background(), os.Args[1:])) },
	})
}

func TestScripts(t *testing.T) {
	cache := filepath.Join(os.TempDir(), fmt.Sprintf("klarlagt-test-cache-%d", os.Getuid()))
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			data := filepath.Join(e.WorkDir, "data")
			e.Setenv("KLARLAGT_DATA", data)
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
