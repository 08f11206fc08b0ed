package assess

import (
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/rules"
)

// Risk is how much a breach endangers people's rights and freedoms, as somebody
// decided it for one group of them.
type Risk uint8

// The risks. What nobody has judged counts as a risk: the clock runs.
const (
	NotJudged Risk = iota
	RiskUnlikely
	RiskPresent
	RiskHigh
)

// Group is people for whom the risk is judged together.
type Group struct {
	Name string
	Risk Risk
}

// Circumstance is what the duties of a case hang on beside its times.
type Circumstance struct {
	Groups      []Group
	Significant bool          // a significant incident of a service that NIS2 covers
	Reported    time.Time     // when the NIS2 notification was made; zero: not yet
	Contract    time.Duration // within which the processor promised to tell the controller; 0: no term
}

// Duties lists what the law asks after an incident, and the contract of a
// processor: in the order of the country's rules. A duty whose clock has not
// started is left out.
func Duties(i breach.Incident, c rules.Country, s Circumstance) ([]breach.Duty, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, err
	}
	var list []breach.Duty
	for _, r := range c.Rules {
		start := startOf(i, r.Start, s)
		if start.IsZero() || !r.InForce(start) || !concerns(i.Role, r.Of) {
			continue
		}
		for _, group := range s.owed(r.When) {
			d := DeadlineOf(start, r.Within, c, zone)
			list = append(list, breach.Duty{Rule: string(r.ID), Law: r.Law, Of: string(r.Of), Toward: string(r.Toward),
				Group: group, Starts: start.UTC(), Due: d.Due, Formal: d.Formal})
		}
		if r.ID == processorRule && s.Contract > 0 {
			due := start.Add(s.Contract).UTC()
			list = append(list, breach.Duty{Rule: "contract", Law: "contract", Of: string(r.Of), Toward: string(r.Toward),
				Starts: start.UTC(), Due: due, Formal: due})
		}
	}
	return list, nil
}

// processorRule is the rule that a contract adds a term to.
const processorRule rules.RuleID = "gdpr-33-2"

// startOf gives the moment of an event; zero if it has not happened.
func startOf(i breach.Incident, e rules.Event, s Circumstance) time.Time {
	switch e {
	case rules.Aware:
		return i.Aware.At
	case rules.ProcessorAware:
		return i.Aware.At // a processor keeps the case: it is its own awareness
	case rules.Detected:
		return i.Detected.At
	case rules.Reported:
		return s.Reported
	}
	return time.Time{}
}

// concerns reports whether a duty is that of the organisation that keeps the
// case. NIS2 asks whoever runs the service, in either role.
func concerns(own breach.Role, of rules.Role) bool {
	switch of {
	case rules.Controller:
		return own == breach.Controller
	case rules.Processor:
		return own != breach.Controller
	}
	return true
}

// owed gives the groups that a duty is owed for, or one empty name where it is
// owed once for all.
func (s Circumstance) owed(when rules.Condition) []string {
	once := []string{""}
	switch when {
	case rules.Always:
		return once
	case rules.Significant:
		if s.Significant {
			return once
		}
	case rules.UnlessNoRisk:
		if len(s.Groups) == 0 {
			return once
		}
		for _, g := range s.Groups {
			if g.Risk != RiskUnlikely {
				return once
			}
		}
	case rules.HighRisk:
		var names []string
		for _, g := range s.Groups {
			if g.Risk == RiskHigh {
				names = append(names, g.Name)
			}
		}
		return names
	}
	return nil
}
