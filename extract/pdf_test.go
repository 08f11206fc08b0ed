package extract_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/extract"
)

// testPDFium gives a PDF reader whose compiled form is kept between tests.
func testPDFium(t testing.TB) *extract.PDFium {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	p := &extract.PDFium{CacheDir: filepath.Join(dir, "klarlagt-test")}
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}
