package extract_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// TestMailboxWithoutTrees reads a mailbox whose header points nowhere.
func TestMailboxWithoutTrees(t *testing.T) {
	for name, roots := range map[string][]int{"unicode.pst": {224, 240}, "ansi.pst": {188, 196}, "pages.ost": {224, 240}} {
		content, err := os.ReadFile("testdata/samples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		whole := walk(t, name, content, extract.Limits{})
		for _, at := range roots {
			copy(content[at:], "\x01\x02\x03\x00")
		}
		lost := walk(t, name, content, extract.Limits{})
		top := lost.items[0]
		if top.State != breach.Partly || top.Reason != breach.Malformed || top.Missing != "nodes whose place in the file is lost" {
			t.Errorf("%s: %s, %s, %q", name, top.State, top.Reason, top.Missing)
		}
		got, want := strings.Join(top.Passages, "\n"), strings.Join(whole.items[0].Passages, "\n")
		if got != want {
			t.Errorf("%s: without its trees\n%s\nwith them\n%s", name, got, want)
		}
	}
}

// TestDamagedMailbox clears 64 bytes at a time: whatever is then missing, the
// account says so.
func TestDamagedMailbox(t *testing.T) {
	for _, name := range []string{"ansi.pst", "unicode.pst"} {
		content, err := os.ReadFile("testdata/samples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		whole := walk(t, "a.pst", content, extract.Limits{})
		for at := 1024; at < len(content); at += 64 {
			broken := bytes.Clone(content)
			clear(broken[at : at+64])
			a := walk(t, "a.pst", broken, extract.Limits{})
			got, want := strings.Join(a.items[0].Passages, "\n"), strings.Join(whole.items[0].Passages, "\n")
			if a.items[0].State == breach.Read && got != want {
				t.Errorf("%s with %d bytes gone from %d is read:\n%s\nwhole:\n%s", name, 64, at, got, want)
			}
		}
	}
}

// TestMailInPackedRTF reads a message that has no other text.
func TestMailInPackedRTF(t *testing.T) {
	content, err := os.ReadFile("testdata/pst/rtf.pst")
	if err != nil {
		t.Fatal(err)
	}
	a := walk(t, "a.pst", content, extract.Limits{})
	if got := strings.Join(a.items[0].Passages, ""); len(a.items) != 1 || !strings.Contains(got, "Matti Mehiläinen") {
		t.Errorf("got %q", got)
	}
}
