package draft

import (
	"strings"

	"github.com/klarlagt/klarlagt/locale"
)

// risk answers sections 4.1 and 4.2 from what was judged and decided, group by
// group. The template's three levels for ENISA's four are a proposal of a
// position paper on the template, and no official rule.
func (f *filler) risk() {
	f.consequences()
	var worst Level
	var highest Risk
	open := len(f.Cohorts) == 0
	var lines []string
	o := follows(RuleRisk)
	for _, c := range f.Cohorts {
		worst = max(worst, c.Level)
		open = open || c.Risk == ""
		highest = higher(highest, c.Risk)
		if c.Risk != "" {
			o = by(c.Mark)
		}
		lines = append(lines, f.cohort(c))
	}
	switch {
	case worst >= High:
		f.option("87", follows(RuleSeverity), "severe")
	case worst == Medium:
		f.option("87", follows(RuleSeverity), "moderate")
	case worst == Low:
		f.option("87", follows(RuleSeverity), "minor")
	case f.Incomplete:
		f.option("87", follows(RuleUnknown), "tbd")
	}
	switch {
	case highest == RiskHigh || highest != "" && !open: // nothing is higher than high
		f.option("89", follows(RuleRisk), string(highest))
	case f.Incomplete:
		f.option("89", follows(RuleUnknown), "more-needed")
	}
	f.text("90", o, strings.Join(lines, "\n"))
}

func higher(a, b Risk) Risk {
	order := map[Risk]int{RiskUnlikely: 1, RiskPresent: 2, RiskHigh: 3}
	if order[b] > order[a] {
		return b
	}
	return a
}

// cohort is a line such as "pupils: high risk (ENISA 4.00), because …".
func (f *filler) cohort(c Cohort) string {
	risk := f.print.T("draft.risk.open")
	if c.Risk != "" {
		risk = f.print.T("draft.risk." + string(c.Risk))
	}
	if c.Level != 0 {
		risk = f.print.T("draft.risk.scored", "Risk", risk, "Score", f.print.Decimal(c.Score, 2))
	}
	return joined(". ", c.Name+": "+risk, c.Why)
}

// measures answers sections 3.5, 4.3 and 4.4.
func (f *filler) measures() {
	f.option("75", by(f.Before.Mark), f.Before.Kinds...)
	f.text("76", by(f.Before.Mark), f.Before.Text)
	f.text("92", by(f.Taken.Mark), f.Taken.Text)
	f.option("94", by(f.Prevention.Mark), f.Prevention.Kinds...)
	f.text("95", by(f.Prevention.Mark), f.Prevention.Text)
}

// told answers section 5.
func (f *filler) told() {
	n, o := f.Notice, by(f.Notice.Mark)
	if n.Told == "" && f.Incomplete {
		f.option("97", follows(RuleUnknown), "investigating")
		return
	}
	f.option("97", o, n.Told)
	if !n.When.IsZero() {
		f.put("98", Answer{Time: n.When.UTC(), Origin: o})
		f.put("99", Answer{Time: n.When.UTC(), Origin: o})
	}
	f.option("100", o, n.Exemption)
	f.text("101", o, n.Why)
	if n.Told == "yes" {
		informed := "not-all"
		if n.All {
			informed = "all"
		}
		f.option("102", o, informed)
	}
	f.text("103", o, n.NotAllWhy)
	f.option("104", o, n.Means)
	f.text("106", o, n.Content)
}

// others answers section 6.1. That nobody noted a report does not mean that
// none was made.
func (f *filler) others() {
	var lines []string
	fields := map[Authority]ID{Police: "109", CSIRT: "110"}
	for _, r := range f.Reports {
		f.option(fields[r.To], by(r.Mark), yesNo(!r.Not))
		if r.Not {
			continue
		}
		line := f.print.T("draft.report." + string(r.To))
		if r.When.Known() {
			line += ", " + f.print.Date(r.When.At.In(f.zone))
		}
		lines = append(lines, joined(". ", line, r.Details))
	}
	f.text("111", follows(RuleReports), strings.Join(lines, "\n"))

	if f.Incident.Detected.Known() {
		f.moment("detected", by(f.IncidentMark), f.Incident.Detected)
	}
	if cause := f.Nature.Cause; cause == "external-malicious" || cause == "internal-malicious" {
		f.option("crime", follows(RuleSpread), "yes")
	}
	if i := f.Incident; i.Contained.Known() {
		f.option("ongoing", follows(RuleTimes), "no")
	}
}

// people writes a number between its bounds, or with the one that is known.
func people(p *locale.Printer, r Range) string {
	switch {
	case r.Lower == 0 && r.Upper > 0:
		return p.T("draft.people.to", "Number", r.Upper)
	case r.Upper < r.Lower:
		return p.T("draft.people.from", "Number", r.Lower)
	}
	return p.Range(r.Lower, r.Upper)
}
