package extract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// TestPasswords reads documents that a password locks: with it they are read, and
// without it, or with others, they stay locked and say nothing.
func TestPasswords(t *testing.T) {
	const person = "Åsa Öberg"
	files, _ := filepath.Glob("testdata/locked/*")
	if len(files) == 0 {
		t.Fatal("no locked documents")
	}
	for _, path := range files {
		name := filepath.Base(path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, given := range [][]string{nil, {"fel", ""}, {"fel", "", "hemlig"}} {
			t.Run(name+" "+strings.Join(given, ","), func(t *testing.T) {
				a := walk(t, name, content, extract.Limits{PDF: testPDFium(t), Passwords: given})
				if len(given) < 3 {
					e := a.items[0]
					if len(a.items) != 1 || e.State != breach.Encrypted || e.Reason != breach.PasswordNeeded {
						t.Errorf("%d items, the first %s %s; want one, encrypted by password", len(a.items), e.State, e.Reason)
					}
					return
				}
				var text strings.Builder
				for _, e := range a.items {
					if e.State != breach.Read {
						t.Errorf("%s is %s %s %s", e.Type, e.State, e.Reason, e.Missing)
					}
					text.WriteString(strings.Join(e.Passages, " "))
				}
				if !strings.Contains(text.String(), person) {
					t.Errorf("no %q in %q", person, text.String())
				}
			})
		}
	}
}
