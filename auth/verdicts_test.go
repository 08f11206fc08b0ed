package auth_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// situation is where somebody with a role stands when they ask.
type situation struct {
	name string
	set  func(w *world)
}

// world is one ask that is in order, until a situation spoils it.
type world struct {
	ledger *ledger
	asker  auth.Session
	ask    auth.Ask
}

var situations = []situation{
	{"own case", func(*world) {}},
	{"other case", func(w *world) { w.asker.Cases = []auth.CaseID{"another"} }},
	{"no such case", func(w *world) { delete(w.ledger.cases, "case") }},
	{"other tenant", func(w *world) { w.asker.Tenant = "neighbour" }},
	{"closed case", func(w *world) { w.change(func(c *auth.Case) { c.Closed = true }) }},
	{"no session", func(w *world) { w.asker = auth.Session{} }},
	{"session ended", func(w *world) { w.ask.Now = at(auth.IdleFor + time.Second) }},
	{"no purpose", func(w *world) { w.ask.Purpose = "" }},
	{"signed in long ago", func(w *world) { w.ask.Now = at(auth.StepUpFor + time.Second) }},
	{"for oneself", func(w *world) { w.ask.Subject = w.asker.User }},
	{"not approved", func(w *world) { w.ask.Approval = "" }},
	{"something else approved", func(w *world) { w.ask.Payload = []byte("more") }},
	{"not named", func(w *world) { w.change(func(c *auth.Case) { c.Readers, c.Bearers = auth.Readers{"x", "y"}, nil }) }},
	{"other case, not named", func(w *world) {
		w.asker.Cases = nil
		w.change(func(c *auth.Case) { c.Readers, c.Bearers = auth.Readers{"x", "y"}, nil })
	}},
	{"budget spent", func(w *world) { w.ledger.spent = auth.Spent{Case: 1001} }},
	{"glass not reviewed", func(w *world) {
		w.change(func(c *auth.Case) {
			c.Glasses = []auth.BreakGlass{{ID: "glass", Tenant: "town", Case: "case", User: "another", Began: at(0)}}
		})
	}},
	{"other case through glass", func(w *world) {
		w.asker.Cases = nil
		w.change(func(c *auth.Case) {
			c.Glasses = []auth.BreakGlass{{ID: "glass", Tenant: "town", Case: "case", User: w.asker.User, Began: at(0)}}
		})
	}},
}

func (w *world) change(f func(*auth.Case)) {
	c := w.ledger.cases["case"]
	f(&c)
	w.ledger.cases["case"] = c
}

// order makes an ask with all that the action can want.
func order(t *testing.T, role auth.Role, rule auth.Rule) *world {
	t.Helper()
	w := &world{ledger: newLedger(), asker: user("asker", role, "case")}
	w.ledger.cases["case"] = auth.Case{ID: "case", Tenant: "town", Readers: auth.Readers{"asker", "other"}, Bearers: []auth.UserID{"asker"}}
	w.ask = auth.Ask{Action: rule.Action, Object: "p17", Subject: "other", Purpose: auth.AnswerInquiry, Payload: []byte("exactly this"), Now: at(0)}
	if rule.In != auth.InTenant {
		w.ask.Case = "case"
	}
	if rule.FourEyes && slices.Contains(rule.Roles, role) {
		w.ask.Approval = approve(t, w.ledger, w.asker, rule.Action, w.ask.Case, w.ask.Payload).ID
	}
	return w
}

// TestVerdicts is every role, action and situation. What is expected of each
// stands in testdata/verdicts.tsv, to be read by people.
func TestVerdicts(t *testing.T) {
	var b strings.Builder
	b.WriteString("action\trole")
	for _, s := range situations {
		b.WriteString("\t" + s.name)
	}
	b.WriteByte('\n')
	for _, rule := range auth.Rules() {
		for _, role := range auth.Roles() {
			fmt.Fprintf(&b, "%s\t%s", rule.Action, role)
			for _, s := range situations {
				w := order(t, role, rule)
				s.set(w)
				lines := len(w.ledger.acts)
				g, err := auth.Check(t.Context(), w.ledger, w.asker, w.ask)
				verdict := verdictOf(t, err)
				if g.Valid() != (verdict == auth.Allowed) {
					t.Errorf("%s, %s, %s: verdict %s and a grant that is valid: %v", rule.Action, role, s.name, verdict, g.Valid())
				}
				if len(w.ledger.acts) != lines+1 || w.ledger.last().Verdict != verdict {
					t.Errorf("%s, %s, %s: verdict %s, the journal says %q", rule.Action, role, s.name, verdict, w.ledger.last().Verdict)
				}
				b.WriteString("\t" + string(verdict))
			}
			b.WriteByte('\n')
		}
	}
	golden(t, filepath.Join("testdata", "verdicts.tsv"), b.String())
}

// golden holds a text against a file, or rewrites it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(raw), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s line %d: got\n%s\nwant\n%s\n(rewrite with -update, and read what changed)", file, i+1, line, at0(want, i))
		}
	}
	if got != string(raw) {
		t.Fatalf("%s has more lines than came out", file)
	}
}

func at0(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// TestWhatTheTableMustNeverAllow holds the golden file against what it has to
// say, whoever rewrites it.
func TestWhatTheTableMustNeverAllow(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "verdicts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	heads := strings.Split(lines[0], "\t")
	column := func(cells []string, name string) auth.Verdict { return auth.Verdict(cells[slices.Index(heads, name)]) }
	if want := len(auth.Roles())*len(auth.Rules()) + 1; len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		rule, _ := auth.RuleFor(auth.Action(cells[0]))
		never := func(name string, when bool) {
			if when && column(cells, name) == auth.Allowed {
				t.Errorf("%s may %s: %s", cells[1], cells[0], name)
			}
		}
		never("no session", true)
		never("session ended", true)
		never("own case", !slices.Contains(rule.Roles, auth.Role(cells[1])))
		never("other case", rule.In != auth.InTenant && rule.Action != auth.BreakTheGlass)
		never("other case, not named", rule.In != auth.InTenant)
		never("no such case", rule.In != auth.InTenant)
		never("other tenant", rule.In != auth.InTenant)
		never("closed case", rule.In == auth.InCase && !rule.Closed)
		never("no purpose", rule.Purpose)
		never("signed in long ago", rule.StepUp)
		never("for oneself", rule.Others)
		never("not approved", rule.FourEyes)
		never("something else approved", rule.FourEyes)
		never("not named", rule.Named)
		never("budget spent", rule.Counted)
		never("glass not reviewed", rule.Action == auth.Close || rule.Action == auth.Destroy)
		never("other case through glass", !rule.Glass && rule.In != auth.InTenant && rule.Action != auth.BreakTheGlass && rule.Action != auth.ReviewGlass)
		never("other case through glass", rule.Glass && (cells[1] == string(auth.Administrator) || cells[1] == string(auth.Auditor)))
		if a, b := column(cells, "other case, not named"), column(cells, "no such case"); a != b {
			t.Errorf("%s, %s: %s of another's case and %s of none: that tells them apart", cells[0], cells[1], a, b)
		}
	}
}
