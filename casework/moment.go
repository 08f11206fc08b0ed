package casework

import (
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/locale"
)

// ParseMoment reads a moment to the minute: RFC 3339, or a date and a time of
// day in a zone, which may follow them by its IANA name. Without any zone it is
// read in none and refused, and so is a time that a change of clocks left out,
// or that it brought twice. The refusals read it back in words.
func ParseMoment(typed string, zone *time.Location, say *locale.Printer) (time.Time, error) {
	typed = strings.TrimSpace(typed)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04 Z07:00"} {
		if t, err := time.Parse(layout, typed); err == nil {
			return t.UTC().Truncate(time.Minute), nil
		}
	}
	clock := typed
	if i := strings.LastIndexByte(typed, ' '); i > 0 && strings.Contains(typed[i:], "/") {
		named, err := time.LoadLocation(typed[i+1:])
		if err != nil {
			return time.Time{}, &breach.Refusal{Key: "refusal.moment-zone", Args: map[string]any{"Zone": typed[i+1:]}}
		}
		clock, zone = typed[:i], named
	}
	wall, err := wallClock(clock)
	if err != nil {
		return time.Time{}, &breach.Refusal{Key: "refusal.moment", Args: map[string]any{"Typed": typed}}
	}
	if zone == nil {
		return time.Time{}, &breach.Refusal{Key: "refusal.moment-no-zone", Args: map[string]any{"Date": say.Date(wall), "Clock": wall.Format("15:04"),
			"Like": wall.Format("2006-01-02T15:04") + "+02:00"}}
	}
	return inZone(wall, zone, say)
}

func wallClock(text string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04", strings.Replace(text, "T", " ", 1))
	if err != nil {
		t, err = time.Parse("2006-01-02 15:04:05", strings.Replace(text, "T", " ", 1))
	}
	return t, err
}

// inZone is when a clock on a wall in a zone showed a time: never, once or twice.
func inZone(wall time.Time, zone *time.Location, say *locale.Printer) (time.Time, error) {
	const layout = "2006-01-02 15:04"
	var found []time.Time
	// The hours around it have every offset that the zone can have then.
	for _, near := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, time.FixedZone("", offset)).UTC()
		if t.In(zone).Format(layout) == wall.Format(layout) && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	args := map[string]any{"Date": say.Date(wall), "Clock": wall.Format("15:04"), "Zone": zone.String()}
	switch len(found) {
	case 0:
		return time.Time{}, &breach.Refusal{Key: "refusal.moment-gap", Args: args}
	case 2:
		args["First"], args["Second"] = found[0].In(zone).Format(time.RFC3339), found[1].In(zone).Format(time.RFC3339)
		return time.Time{}, &breach.Refusal{Key: "refusal.moment-twice", Args: args}
	}
	return found[0], nil
}
