package draft

import (
	"slices"
)

// Change is how one field differs from what was sent before. A side is nil where
// the field was not asked.
type Change struct {
	Field         ID
	Before, After *Answer
}

// Compare lists what a draft says otherwise than an earlier one, in order. Where
// an answer comes from does not matter; what sort of notification it is, and its
// number, differ by nature and are left out.
func Compare(before, after Draft) []Change {
	var list []Change
	for _, field := range model().fields {
		if slices.Contains([]ID{"3", "4", "5", "6"}, field.ID) {
			continue
		}
		was, wasAsked := before.Answer(field.ID)
		is, isAsked := after.Answer(field.ID)
		if wasAsked == isAsked && same(was, is) {
			continue
		}
		c := Change{Field: field.ID}
		if wasAsked {
			c.Before = &was
		}
		if isAsked {
			c.After = &is
		}
		list = append(list, c)
	}
	return list
}

func same(a, b Answer) bool {
	counts := a.Count == b.Count || a.Count != nil && b.Count != nil && *a.Count == *b.Count
	return counts && slices.Equal(a.Options, b.Options) && a.Text == b.Text && a.Contact == b.Contact &&
		a.Time.Equal(b.Time) && a.Guessed == b.Guessed && a.Open == b.Open
}
