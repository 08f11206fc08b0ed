package auth_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
)

func TestTheTableKeepsItsWord(t *testing.T) {
	seen := map[auth.Action]bool{}
	for _, r := range auth.Rules() {
		wrong := func(when bool, what string) {
			if when {
				t.Errorf("%s: %s", r.Action, what)
			}
		}
		wrong(seen[r.Action], "stands in the table twice")
		seen[r.Action] = true
		wrong(len(r.Roles) == 0, "nobody may")
		for _, role := range r.Roles {
			_, known := auth.ParseRole(string(role))
			wrong(!known, "a role that is none")
		}
		wrong(r.Shows >= auth.Masked && slices.Contains(r.Roles, auth.Administrator), "an administrator sees people")
		wrong(r.Shows != auth.Nothing && slices.Contains(r.Roles, auth.Auditor), "an auditor handles people")
		wrong(r.Shows == auth.Values && (!r.Purpose || !r.StepUp), "values without a purpose or a step-up")
		wrong(r.Shows == auth.Values && !r.Counted && !r.FourEyes, "values without a budget or four eyes")
		wrong(r.Shows >= auth.Masked && r.In == auth.InTenant, "people outside a case")
		wrong(r.Glass && (r.In != auth.InCase || r.FourEyes || r.Named || r.Others), "more than reading through glass")
		wrong(r.FourEyes && !r.StepUp, "four eyes without a step-up")
	}
	for _, a := range []auth.Action{auth.Close, auth.Destroy, auth.ExportValues, auth.Restore, auth.RevealProtected} {
		r, ok := auth.RuleFor(a)
		if !ok || !r.FourEyes || r.Glass {
			t.Errorf("%s needs four eyes, and no way through glass", a)
		}
	}
	if _, ok := auth.RuleFor("read-everything"); ok {
		t.Error("an action that is none has a row")
	}
}

// TestRolesPage writes docs/roles.md from the table.
func TestRolesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Who may do what

Made from the table in ` + "`auth/table.go`" + `, with ` + "`go test ./auth -update`" + `. What comes of each row in each situation is in ` + "`auth/testdata/verdicts.tsv`" + `.

- **Where**: in one case, for those who work on it; in the tenant; or in either.
- **Shows** of people: nothing; unseen (handled, and not shown); masked; values.
- **Asks**: a *purpose* from a short list; a *step-up*, which is a sign-in at most ` + minutes(auth.StepUpFor.Minutes()) + ` old; *four eyes*, which is the approval of exactly these bytes by two others; that it concerns *others* and not oneself; that one is *named* for it in the case.
- **Counted**: against the budgets of the user, the case and the tenant.
- **Closed**: also on a closed case.
- **Glass**: also through broken glass (emergency access), for ` + minutes(auth.GlassFor.Minutes()) + `.

| Action | Where | Shows | Asks | Counted | Closed | Glass |`)
	for _, role := range auth.Roles() {
		b.WriteString(" " + string(role) + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 7+len(auth.Roles())) + "\n")
	yes := func(set bool) string {
		if set {
			return "yes"
		}
		return ""
	}
	for _, r := range auth.Rules() {
		var asks []string
		for _, a := range []struct {
			set  bool
			name string
		}{{r.Purpose, "purpose"}, {r.StepUp, "step-up"}, {r.FourEyes, "four eyes"}, {r.Others, "others"}, {r.Named, "named"}, {r.Outside, "no membership"}} {
			if a.set {
				asks = append(asks, a.name)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |", r.Action, [...]string{"tenant", "case", "either"}[r.In],
			[...]string{"nothing", "unseen", "masked", "values"}[r.Shows], strings.Join(asks, ", "), yes(r.Counted), yes(r.Closed), yes(r.Glass))
		for _, role := range auth.Roles() {
			b.WriteString(" " + yes(slices.Contains(r.Roles, role)) + " |")
		}
		b.WriteByte('\n')
	}
	golden(t, filepath.Join("..", "docs", "roles.md"), b.String())
}

func minutes(n float64) string { return fmt.Sprintf("%g minutes", n) }
