package casework

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/assess"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/store"
)

// Cohort is people judged together: those of one group, and by themselves those
// with a protected identity.
//
// Of fewer than [FewPeople] of these, bounds are the outermost they can be.
type Cohort struct {
	Item      string // of the fact; "" where it is only proposed
	Name      string
	Evidence  string // the group of the registers that it is counted by; "" for none
	Kinds     breach.Kinds
	People    *draft.Range // nil where nobody knows
	Protected bool
	Children  bool

	Proposed assess.Factors // what kinds and circumstances come to
	Factors  assess.Factors // as somebody changed them
	Why      string         // they were
	Score    assess.Score
	Fact     breach.Fact

	Risk *breach.Decision // nil: undecided
	Told *breach.Decision
}

// cohortSort is the sort of facts that a group of people is entered as.
const cohortSort = "cohort"

// Changed reports whether somebody changed a factor.
func (c Cohort) Changed() bool {
	return c.Points() != points(c.Proposed) || c.Factors.Identification != c.Proposed.Identification || c.Factors.Circumstances != c.Proposed.Circumstances
}

// Points is the data processing context, 1 to 4.
func (c Cohort) Points() int { return points(c.Factors) }

func points(f assess.Factors) int {
	highest := 1
	for _, c := range f.Contexts {
		highest = max(highest, c.Points())
	}
	return highest
}

// Level is what the score means.
func (c Cohort) Level() assess.Level { return c.Score.Level() }

// Cohorts lists the groups of people that are judged, with what is proposed for
// each and what was decided.
func (x Dossier) Cohorts() []Cohort {
	var all []Cohort
	for _, f := range x.Items(cohortSort) {
		all = append(all, x.cohort(f))
	}
	return all
}

func (x Dossier) cohort(f breach.Fact) Cohort {
	c := Cohort{Item: f.Item, Name: f.Parts.Says("name"), Evidence: f.Parts.Says("evidence"), Protected: f.Parts.Says("protected") != "",
		Children: f.Parts.Says("children") != "", Why: f.Parts.Says("why"), Fact: f, People: rangeOf(f),
		Risk: x.Decided(AboutRisk, f.Item), Told: x.Decided(AboutPeople, f.Item)}
	if row, ok := x.row(c.Evidence); ok {
		c.Kinds = kindsIn(row)
		if c.People == nil {
			c.People = boundsOf(row.Counts[0])
		}
	}
	if c.Protected {
		c.People = fewBounds(c.People)
	}
	for _, name := range list(f.Parts.Says("kinds")) {
		if k, ok := breach.ParseKind(name); ok {
			c.Kinds |= breach.KindsOf(k)
		}
	}
	c.Proposed = assess.Propose(c.Kinds, c.Protected)
	c.Proposed.Circumstances = x.circumstances()
	c.Factors = changed(c.Proposed, f.Parts)
	c.Score = c.Factors.Severity()
	return c
}

// row finds the counts of a group of the registers.
func (x Dossier) row(group string) (Row, bool) {
	if x.Result == nil || group == "" {
		return Row{}, false
	}
	for _, row := range x.Result.Rows[1:] {
		if row.Group == group && len(row.Counts) > 0 {
			return row, true
		}
	}
	return Row{}, false
}

// kindsIn is the kinds of data that became known, or may have, of a group.
func kindsIn(row Row) breach.Kinds {
	var kinds breach.Kinds
	for _, n := range row.Counts[1:] {
		if n.Kind != 0 && n.Upper > 0 {
			kinds |= breach.KindsOf(n.Kind)
		}
	}
	return kinds
}

// circumstances is what the nature of the breach comes to by the method. Whom
// the data reached is somebody's to say; until then mis-sent is to a few known,
// and all else to nobody knows whom.
func (x Dossier) circumstances() assess.Circumstances {
	n := x.Fact("nature", "").Parts
	c := assess.Circumstances{Malicious: strings.HasSuffix(n.Says("cause"), "-malicious") && !strings.HasSuffix(n.Says("cause"), "-non-malicious")}
	if slices.Contains(list(n.Says("nature")), "confidentiality") && n.Says("confidentiality") != "not-disclosed" {
		c.Confidentiality = map[assess.Reach]assess.Spread{assess.Nobody: assess.NoSpread, assess.Trusted: assess.KnownFew, assess.Few: assess.KnownFew,
			assess.Anybody: assess.UnknownFar}[x.reach()]
	}
	c.Integrity = map[string]assess.Change{"reversible": assess.Recoverable, "irreversible": assess.Unrecoverable}[n.Says("integrity")]
	c.Availability = map[string]assess.Loss{"not-determined": assess.WithEffort, "permanent": assess.NothingLeft}[n.Says("availability")]
	return c
}

// misdirected are the incidents by which data come to somebody known.
var misdirected = []string{"mix-up", "mail-lost", "wrong-display", "sent-by-mistake", "open-list", "verbal"}

// reach is whom the data reached.
func (x Dossier) reach() assess.Reach {
	said, ok := map[string]assess.Reach{"nobody": assess.Nobody, "trusted": assess.Trusted, "few": assess.Few, "anybody": assess.Anybody}[x.Says("reach", "reach")]
	switch {
	case ok:
		return said
	case x.Says("nature", "confidentiality") == "not-disclosed":
		return assess.Nobody
	case slices.Contains(misdirected, x.Says("nature", "incident")):
		return assess.Few
	}
	return assess.Anybody
}

// changed lays over what is proposed what somebody entered.
func changed(f assess.Factors, p breach.Parts) assess.Factors {
	if n, err := strconv.Atoi(p.Says("context")); err == nil {
		f.Contexts = []assess.Context{{Class: assess.Class(n)}} // #nosec G115 -- 1 to 4
	}
	if n, err := strconv.Atoi(p.Says("identification")); err == nil {
		f.Identification = assess.Identification(n)
	}
	if n, err := strconv.Atoi(p.Says("spread")); err == nil {
		f.Circumstances.Confidentiality = assess.Spread(n)
	}
	if n, err := strconv.Atoi(p.Says("change")); err == nil {
		f.Circumstances.Integrity = assess.Change(n)
	}
	if n, err := strconv.Atoi(p.Says("loss")); err == nil {
		f.Circumstances.Availability = assess.Loss(n)
	}
	if m := p.Says("malicious"); m != "" {
		f.Circumstances.Malicious = m == "yes"
	}
	return f
}

// Suggested lists the groups of people that the evidence knows and nobody has
// entered yet.
func (x Dossier) Suggested() []Cohort {
	if x.Result == nil {
		return nil
	}
	var all []Cohort
	entered := x.Items("cohort")
	for _, row := range x.Result.Rows[1:] {
		if len(row.Counts) == 0 || row.Counts[0].Upper == 0 ||
			slices.ContainsFunc(entered, func(f breach.Fact) bool { return f.Parts.Says("evidence") == row.Group }) {
			continue
		}
		all = append(all, x.cohort(breach.Fact{Field: "cohort", Parts: breach.Texts(map[string]string{"name": row.Group, "evidence": row.Group})}))
	}
	if n := x.Result.Protected; n > 0 && !slices.ContainsFunc(entered, func(f breach.Fact) bool { return f.Parts.Says("protected") != "" }) {
		c := x.cohort(breach.Fact{Field: "cohort", Parts: breach.Texts(map[string]string{"protected": "yes", "lower": strconv.FormatInt(n, 10)})})
		if len(x.Result.Rows) > 0 {
			c.Kinds = kindsIn(x.Result.Rows[0])
		}
		all = append(all, c)
	}
	return all
}

// TakeCohorts enters the groups of people that the evidence knows, so that each
// can be judged. Protected is what those with a protected identity are called.
func (d *Desk) TakeCohorts(ctx context.Context, id store.CaseID, protected string, how Typed) (int, error) {
	x, err := d.Dossier(ctx, id, d.now())
	if err != nil {
		return 0, err
	}
	suggested := x.Suggested()
	for _, c := range suggested {
		how.Parts = map[string]string{"name": c.Name, "evidence": c.Evidence}
		if c.Protected {
			how.Parts = map[string]string{"name": protected, "protected": "yes", "kinds": strings.Join(c.Kinds.Strings(), ","), "lower": strconv.FormatInt(c.People.Lower, 10)}
		}
		if _, err := d.Enter(ctx, id, Entering{Sort: "cohort", Item: breach.NewItem, Typed: how}); err != nil {
			return 0, err
		}
	}
	return len(suggested), nil
}

func numberOf(f breach.Fact, part string) int64 {
	n, _ := strconv.ParseInt(f.Parts.Says(part), 10, 64) // only read writes it
	return n
}
