package casework_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
)

func TestWhatIsLockedIsTriedAgainWithOtherPasswords(t *testing.T) {
	evidence := t.TempDir()
	for to, from := range map[string]string{"a.zip": "aes256.zip", "b.7z": "locked.7z"} {
		content, err := os.ReadFile(filepath.Join("../extract/testdata/archives", from))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(evidence, to), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"c.txt", "d.txt", "e.txt"} {
		if err := os.WriteFile(filepath.Join(evidence, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := desk(t, t.TempDir())
	c, err := d.Open(t.Context(), "passwords")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name      string
		passwords []string
		want      string // of what is locked
		read      int64  // contents read in this step
	}{
		{"without passwords", nil, "encrypted password", 5},
		{"with a wrong one", []string{"fel"}, "encrypted password", 2},
		{"with the same list", []string{"fel"}, "encrypted password", 0},
		{"without in between", nil, "encrypted password", 0},
		{"with that list again", []string{"fel"}, "encrypted password", 2},
		{"with the right one", []string{"fel", "hemlig"}, "read", 2},
		{"without passwords again", nil, "read", 0},
		{"with another list", []string{"hemlig2"}, "read", 0},
	} {
		var last, read int64
		o := casework.ScanOptions{Evidence: evidence, Passwords: step.passwords, Progress: func(p casework.Progress) {
			if p.Items == last+1 { // what needs no reading comes at once
				read++
			}
			last = p.Items
		}}
		if err := d.Scan(t.Context(), c.ID, o); err != nil {
			t.Fatal(err)
		}
		if read != step.read {
			t.Errorf("%s: %d contents were read, want %d", step.name, read, step.read)
		}
		members := 0
		for name, state := range states(t, d, c.ID) {
			if strings.Contains(name, "!/") {
				if members++; state != step.want {
					t.Errorf("%s: %s is %s, want %s", step.name, name, state, step.want)
				}
			}
		}
		if members != 4 {
			t.Errorf("%s: %d members, want 4", step.name, members)
		}
	}
}

func TestReadPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.txt")
	for name, c := range map[string]struct {
		content string
		want    []string
		refused string
	}{
		"one a line":       {"hemlig\nmed blanksteg \n", []string{"hemlig", "med blanksteg "}, ""},
		"lines of Windows": {"\xEF\xBB\xBFhemlig\r\n\r\nannan", []string{"hemlig", "annan"}, ""},
		"far too many":     {strings.Repeat("x\n", 10_001), nil, "refusal.too-many-passwords"},
		"an empty file":    {"", nil, ""},
	} {
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := casework.ReadPasswords(file)
		var refusal *breach.Refusal
		if errors.As(err, &refusal) != (c.refused != "") || refusal != nil && refusal.Key != c.refused || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, error %v", name, got, err)
		}
	}
}

func TestTextOfLockedFiles(t *testing.T) {
	d := desk(t, t.TempDir())
	var text []string
	err := d.Text(t.Context(), []string{"../extract/testdata/archives/aes256.zip"}, casework.TextOptions{Passwords: []string{"hemlig"}},
		func(_ string, row engine.Row) error {
			if p, ok := row.(*engine.Passage); ok {
				text = append(text, string(p.Text))
			}
			return nil
		})
	if err != nil || !strings.Contains(strings.Join(text, ""), "Åsa Öberg") {
		t.Errorf("text %q, error %v", text, err)
	}
}
