package pdfium_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/extract/pdfium"
)

func TestModuleIsTheOneWeChecked(t *testing.T) {
	b, err := os.ReadFile("pdfium.wasm")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != pdfium.Hash {
		t.Errorf("pdfium.wasm has SHA-256 %s, not %s", got, pdfium.Hash)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), pdfium.Hash) {
		t.Error("README.md names another module")
	}
}
