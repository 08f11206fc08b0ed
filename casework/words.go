package casework

import (
	"strconv"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// Words is what one part of a fact says, in a language and a zone; "" where it
// says nothing.
func Words(f breach.Fact, name string, say *locale.Printer, zone *time.Location) string {
	sort, _ := SortOf(f.Field)
	p, ok := sort.Part(name)
	value := f.Parts.Says(name)
	if !ok || value == "" {
		return ""
	}
	switch p.Type {
	case MomentPart, LaterPart:
		return say.Time(timeOf(f, name).In(zone))
	case YesPart:
		return p.Title(say)
	case NumberPart:
		n, _ := strconv.ParseInt(value, 10, 64) // only read writes it
		return say.Number(n)
	case ChoicePart, MultiPart:
		var words []string
		for _, chosen := range list(value) {
			for _, c := range p.Choices(say) {
				if c.Value == chosen {
					words = append(words, c.Title)
				}
			}
		}
		return strings.Join(words, "; ")
	}
	return value
}

// FormTitle names a form of an authority, in its own language.
func FormTitle(form string, say *locale.Printer) string {
	if s, ok := draft.ShapeOf(form); ok {
		return s.Title()
	}
	return say.T("form.edpb")
}

// DutyState says in a few words how a duty stands.
func DutyState(d Duty, say *locale.Printer, zone *time.Location) string {
	at := func(t time.Time) string { return say.Time(t.In(zone)) }
	switch {
	case d.Proposed:
		return say.T("duty.proposed", "Time", at(d.Due))
	case d.Waived != nil:
		return say.T("duty.waived", "Why", d.Waived.Why)
	case !d.Met.IsZero() && d.Late:
		return say.T("duty.met-late", "Time", at(d.Met))
	case !d.Met.IsZero():
		return say.T("duty.met", "Time", at(d.Met))
	case d.Due.IsZero():
		return say.T("duty.no-delay")
	case d.Late:
		return say.T("duty.late", "Time", at(d.Due))
	}
	return say.T("duty.due", "Time", at(d.Due))
}

// TimeLeft is how long there is until a time, to the minute, in words; how long ago
// where it has passed.
func TimeLeft(until, now time.Time, say *locale.Printer) string {
	left, some, many := until.Sub(now).Truncate(time.Minute), "left.until", "left.until-days"
	if left < 0 {
		left, some, many = -left, "left.since", "left.since-days"
	}
	hours, minutes := int64(left/time.Hour), int64(left%time.Hour/time.Minute)
	if hours >= 96 {
		return say.T(many, "Count", hours/24)
	}
	return say.T(some, "Hours", hours, "Minutes", minutes)
}
