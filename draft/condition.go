package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// condition is when a field is asked: all its clauses hold. None: always.
type condition []clause

// clause holds when one of some earlier fields is answered with one of some
// options ("50=processor|press"; "10=*" for any answer), when none of them is
// ("23!=dpo"), or when a named fact of the case is so.
type clause struct {
	fields  []ID
	not     bool
	options []string
	fact    fact
}

// fact is something of the case that conditions ask by name.
type fact string

// The facts.
const (
	isLate     fact = "late"        // a new notification, after the time of GDPR art. 33(1)
	isInside   fact = "eea"         // the controller is established in the EEA
	isOutside  fact = "outside-eea" // it is not
	isIfGiven  fact = "if-given"    // asked of nobody: shown where the case has an answer
	anyAnswer       = "*"
	allClauses      = " & "
)

var comparison = regexp.MustCompile(`^([0-9|]+)(!?=)([a-z0-9|*-]+)$`)

// parseCondition reads a cell of the column "when".
func parseCondition(text string) (condition, error) {
	if text == "" {
		return nil, nil
	}
	var all condition
	for part := range strings.SplitSeq(text, allClauses) {
		switch fact(part) {
		case isLate, isInside, isOutside, isIfGiven:
			all = append(all, clause{fact: fact(part)})
			continue
		}
		m := comparison.FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf("no condition: %q", part)
		}
		c := clause{not: m[2] == "!=", options: strings.Split(m[3], "|")}
		for id := range strings.SplitSeq(m[1], "|") {
			c.fields = append(c.fields, ID(id))
		}
		all = append(all, c)
	}
	return all, nil
}

// met reports whether a field is asked, by the answers to the fields before it.
func (c condition) met(answers map[ID]Answer, facts map[fact]bool) bool {
	for _, cl := range c {
		if !cl.met(answers, facts) {
			return false
		}
	}
	return true
}

func (c clause) met(answers map[ID]Answer, facts map[fact]bool) bool {
	if c.fact != "" {
		return facts[c.fact]
	}
	said := slices.ContainsFunc(c.fields, func(id ID) bool {
		a, ok := answers[id]
		if !ok || a.Open != "" {
			return false
		}
		return c.options[0] == anyAnswer || slices.ContainsFunc(a.Options, func(o string) bool { return slices.Contains(c.options, o) })
	})
	return said != c.not
}

// Ask is one answer that the condition of a field looks at.
type Ask struct {
	Field  ID
	Option string // "*" for any
}

// Asks lists what the field's condition looks at.
func (f Field) Asks() []Ask {
	var list []Ask
	for _, c := range f.when {
		for _, id := range c.fields {
			for _, o := range c.options {
				list = append(list, Ask{id, o})
			}
		}
	}
	return list
}
