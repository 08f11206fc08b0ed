package casework_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/casework"
)

func TestOfNoticesOnlyCountsStayOfAClosedCase(t *testing.T) {
	d := desk(t, t.TempDir())
	id := course(t, d, 5)
	n := frozenNotice(t, d, id, mailFirst())
	g, err := d.Store.Grant(t.Context(), d.Who, auth.Ask{Action: auth.ListCases, Now: auth.Instant{Wall: noon}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Store.Case(t.Context(), g, string(id))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Close(t.Context(), c, casework.CloseOptions{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(d.Store.ClosedDir(id), "notices.csv"))
	if want := "n1,1,frozen," + n.Frozen.Root + ",,planned,5\n"; err != nil || !strings.HasSuffix(string(raw), want) || strings.Contains(string(raw), "email") {
		t.Errorf("kept %q (%v), want a line %q", raw, err, want)
	}
}
