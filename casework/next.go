package casework

import (
	"strconv"

	"github.com/klarlagt/klarlagt/breach"
)

// Next is something to do next in a case: the key of a text, and where.
type Next struct {
	Key   string
	Where string // "fact", "assessment", "drafts", "duties"
	Fact  string // which, where it is a fact
	Item  string
	Group string // whose, in words
}

// Next lists what to do next, the most pressing first: what starts clocks, then
// what they wait for.
func (x Dossier) Next() []Next {
	var steps []Next
	add := func(when bool, n Next) {
		if when {
			steps = append(steps, n)
		}
	}
	none := func(field string) bool { return x.Fact(field, "").Version == 0 }
	add(x.Outlived(), Next{Key: "next.retention", Where: "approvals"})
	add(none("case"), Next{Key: "next.case", Where: "fact", Fact: "case"})
	add(none("aware"), Next{Key: "next.aware", Where: "fact", Fact: "aware"})
	add(none("nature"), Next{Key: "next.nature", Where: "fact", Fact: "nature"})
	cohorts := x.Cohorts()
	add(len(cohorts) == 0 && len(x.Suggested()) > 0, Next{Key: "next.suggested", Where: "assessment"})
	add(len(cohorts) == 0 && len(x.Suggested()) == 0, Next{Key: "next.cohort", Where: "fact", Fact: "cohort", Item: breach.NewItem})
	for _, c := range cohorts {
		add(c.Risk == nil, Next{Key: "next.risk", Where: "assessment", Group: c.Name})
	}
	duties, err := x.Duties(false)
	if err != nil {
		return steps
	}
	for _, d := range duties {
		add(d.Open() && d.Late && d.Late33 && none("late"), Next{Key: "next.late", Where: "fact", Fact: "late"})
		add(d.Open() && d.Rule == "gdpr-33" && none("controller"), Next{Key: "next.controller", Where: "fact", Fact: "controller"})
		add(d.Open() && d.Rule == "gdpr-33" && len(cohorts) > 0 && x.Conclusive() && x.Decided(AboutAuthority, "") == nil, Next{Key: "next.authority", Where: "assessment"})
		add(d.Open() && d.Rule == "gdpr-33", Next{Key: "next.draft", Where: "drafts"})
		add(d.Open() && d.Rule == "gdpr-34", Next{Key: "next.tell", Where: "assessment", Group: d.GroupName})
		add(d.Open() && d.Toward == "csirt", Next{Key: "next.csirt", Where: "drafts"})
	}
	for _, f := range x.Filings {
		item := strconv.FormatInt(f.Number, 10)
		add(x.Fact("receipt", item).Version == 0, Next{Key: "next.receipt", Where: "drafts"})
	}
	add(len(x.Items("task")) == 0 && !none("case"), Next{Key: "next.plan", Where: "duties"})
	return steps
}
