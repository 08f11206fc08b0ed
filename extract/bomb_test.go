package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// bomb is an archive of ten of the archive below it, and so on: ten to the
// power of levels texts in a few kilobytes.
func bomb(t testing.TB, levels int, pack func(testing.TB, ...file) []byte) []byte {
	name, content := "text.txt", []byte(strings.Repeat("Bo Ek bor i Exempelstad.\n", 20))
	for level := range levels {
		var all []file
		for i := range 10 {
			all = append(all, file{fmt.Sprintf("%d %s", i, name), content})
		}
		name, content = fmt.Sprintf("nivå %d", level), pack(t, all...)
	}
	return content
}

// TestNestedArchives has archives that unpack to more than anybody can read:
// each stops at a limit, and what was not reached is named at every level.
func TestNestedArchives(t *testing.T) {
	tgz := func(t testing.TB, files ...file) []byte { return packGzip(t, packTar(t, files...)) }
	tests := []struct {
		name    string
		content []byte
		limits  extract.Limits
		reason  breach.Reason
	}{
		{"a hundred million texts by number", bomb(t, 8, packZip), extract.Limits{Entries: 2000}, breach.EntryCount},
		{"a hundred million texts by size", bomb(t, 8, packZip), extract.Limits{Free: 1 << 20, Ratio: 10}, breach.BombRatio},
		{"the same as tapes", bomb(t, 8, tgz), extract.Limits{Free: 1 << 20, Ratio: 10}, breach.BombRatio},
		{"a budget of all", bomb(t, 8, packZip), extract.Limits{Total: 2 << 20}, breach.BudgetTotal},
		{"deeper than deep", bomb(t, 14, packZip), extract.Limits{Entries: 3000}, breach.EntryCount},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := walk(t, "x.zip", tt.content, tt.limits)
			top := a.items[0]
			if top.State != breach.Partly || top.Reason != tt.reason || !strings.HasPrefix(top.Missing, "members ") {
				t.Errorf("the archive is %s %s, missing %q; want partly, %s, and members from one on", top.State, top.Reason, top.Missing, tt.reason)
			}
			texts := 0
			for _, e := range a.items {
				if e.Type == "text" && e.State == breach.Read {
					texts++
				}
			}
			if texts == 0 && tt.name != "deeper than deep" {
				t.Error("no text was read before the limit")
			}
		})
	}
}

// TestManyMembers has archives of very many members, which say what they do not
// tell one by one.
func TestManyMembers(t *testing.T) {
	const n = 30_000
	files := make([]file, n)
	for i := range files {
		files[i] = file{fmt.Sprintf("%d.txt", i), []byte("Bo Ek\n")}
	}
	for name, content := range map[string][]byte{"a.zip": packZip(t, files...), "a.tar": packTar(t, files...)} {
		a := walk(t, name, content, extract.Limits{Entries: 10_000})
		if top := a.items[0]; len(a.items) != 10_000 || top.State != breach.Partly || top.Reason != breach.EntryCount || top.Missing != "members 10000 on" {
			t.Errorf("%s: %d items, %s %s %q", name, len(a.items), top.State, top.Reason, top.Missing)
		}
	}
}
