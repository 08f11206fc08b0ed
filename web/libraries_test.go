package web_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// oldest is how long after its release the newest version may be left aside, when
// docs/libraries.tsv was written: SECURITY.md says three months.
const oldest = 92 * 24 * time.Hour

// TestLibrariesAreWithinTheirTime holds docs/libraries.tsv against go.mod, and each
// version in it against what SECURITY.md allows.
func TestLibrariesAreWithinTheirTime(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required := map[string]string{}
	for line := range strings.Lines(string(mod)) {
		if words := strings.Fields(strings.TrimPrefix(line, "require ")); len(words) >= 2 && strings.HasPrefix(words[1], "v") {
			required[words[0]] = words[1]
		}
	}
	raw, err := os.ReadFile("../docs/libraries.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")[1:]
	if len(lines) < 30 {
		t.Errorf("%d libraries: the list is not whole", len(lines))
	}
	for _, line := range lines {
		cells := strings.Split(line, "\t")
		if len(cells) != 7 {
			t.Fatalf("%q has %d columns", line, len(cells))
		}
		name, version, newest, released, looked, why := cells[0], cells[1], cells[3], cells[4], cells[5], cells[6]
		if required[name] != version {
			t.Errorf("%s: the list has %s and go.mod %s: run scripts/libraries.sh", name, version, required[name])
		}
		if newest == version || why != "" {
			continue
		}
		out, err := time.Parse(time.DateOnly, released)
		at, wrong := time.Parse(time.DateOnly, looked)
		if err != nil || wrong != nil || at.Sub(out) > oldest {
			t.Errorf("%s: %s is out since %s, and no reason is given for %s", name, newest, released, version)
		}
	}
}
