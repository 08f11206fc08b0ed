package assess

import "github.com/klarlagt/klarlagt/breach"

// From these probabilities on, a link is proven and likely.
const (
	ProvenFrom = 0.99
	LikelyFrom = 0.9
)

// Grade is how sure it is that something became known of somebody: as sure as
// the link to the person, but never surer than the rule by which it was linked
// allows, nor surer than that whoever broke in reached the evidence. A trace,
// whose rule allows nothing, stays Unknown.
func Grade(probability float64, rule, reached breach.Grade) breach.Grade {
	grade := breach.Possible
	switch {
	case probability >= ProvenFrom:
		grade = breach.Proven
	case probability >= LikelyFrom:
		grade = breach.Likely
	}
	return min(grade, rule, reached)
}
