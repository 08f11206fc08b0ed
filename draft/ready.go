package draft

import (
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Missing lists the fields that have to be answered and are not, in order:
// mandatory ones, and conditional ones whose condition holds. A withdrawal only
// has to say of whom, by whom and why.
func Missing(d Draft) []ID {
	var open []ID
	for _, a := range d.Answers {
		field, _ := FieldOf(a.Field)
		needed := field.needed()
		if d.Withdrawn && !slices.Contains([]string{"notification", "controller", "reporter"}, field.Section) {
			needed = false
		}
		if needed && !a.Given() {
			open = append(open, a.Field)
		}
	}
	return open
}

// Ready refuses a draft that cannot be sent as what it says it is: late without
// reasons (GDPR art. 33(1)), a follow-up to nothing, one that is called complete
// and is not, or an answer that only another sort of notification may give. An
// incomplete one may leave open what it likes; it has to come from somebody.
func Ready(d Draft) error {
	missing := Missing(d)
	switch {
	case slices.Contains(missing, "49"):
		return &breach.Refusal{Key: "draft.refuse.late"}
	case slices.Contains(missing, "6"):
		return &breach.Refusal{Key: "draft.refuse.earlier"}
	case !d.Incomplete && len(missing) > 0:
		return &breach.Refusal{Key: "draft.refuse.open", Args: map[string]any{"Count": len(missing), "Fields": texts(missing)}}
	case d.Incomplete && slices.Contains(missing, "12"):
		return &breach.Refusal{Key: "draft.refuse.controller"}
	}
	if aware, ok := d.Answer("48"); ok && aware.Time.After(d.Made) {
		return &breach.Refusal{Key: "draft.refuse.future"}
	}
	for _, a := range d.Answers {
		field, _ := FieldOf(a.Field)
		for _, id := range a.Options {
			o, _ := field.Option(id)
			if o.Only == "incomplete" && !d.Incomplete || o.Only == "follow-up" && !d.FollowUp {
				return &breach.Refusal{Key: "draft.refuse.option", Args: map[string]any{
					"Field": string(a.Field), "Option": o.Title(d.Lang)}}
			}
		}
	}
	return nil
}

// needed reports whether a field that is asked has to be answered.
func (f Field) needed() bool {
	return f.Need == Mandatory || f.Need == Conditional && len(f.when) > 0
}

func texts(ids []ID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}
