package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// The bounds of what can be typed.
const (
	mostText = 400
	mostLong = 20_000
)

// Typed is what somebody typed into the parts of a fact, and how it is read.
type Typed struct {
	Parts map[string]string
	Zone  *time.Location  // of times that name none; nil refuses them
	Say   *locale.Printer // in which times are read back
}

// read makes parts of what was typed. A Refusal names the part.
func (s Sort) read(in Typed, now time.Time) (breach.Parts, error) {
	said := map[string]string{}
	for name, value := range in.Parts {
		p, ok := s.Part(name)
		if !ok {
			return nil, &breach.Refusal{Key: "refusal.fact-part", Args: map[string]any{"Part": name, "Fact": s.Name, "Allowed": s.partNames()}}
		}
		value, err := p.read(value, in, now)
		if err != nil {
			return nil, err
		}
		said[name] = value
	}
	for _, p := range s.Parts {
		if p.Needed && said[p.Name] == "" && said["unknown"] == "" {
			return nil, &breach.Refusal{Key: "refusal.fact-needed", Args: map[string]any{"Part": p.Title(in.Say)}}
		}
	}
	return breach.Texts(said), s.coherent(said, in)
}

func (s Sort) partNames() string {
	var names []string
	for _, p := range s.Parts {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func (p Part) read(typed string, in Typed, now time.Time) (string, error) {
	typed = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if typed == "" {
		return "", nil
	}
	if !utf8.ValidString(typed) || strings.ContainsRune(typed, 0) {
		return "", p.wrong(in, "")
	}
	switch p.Type {
	case TextPart, LongPart:
		return p.readText(typed, in)
	case MomentPart, LaterPart:
		t, err := ParseMoment(typed, in.Zone, in.Say)
		if err != nil {
			return "", err
		}
		if p.Type == MomentPart && t.After(now) {
			return "", &breach.Refusal{Key: "refusal.moment-future", Args: map[string]any{"Part": p.Title(in.Say), "Time": in.Say.Time(t.In(zoneOr(in.Zone)))}}
		}
		return t.Format(time.RFC3339), nil
	case YesPart:
		if slices.Contains([]string{"yes", "on", "true", "1"}, typed) {
			return "yes", nil
		}
		if slices.Contains([]string{"no", "off", "false", "0"}, typed) {
			return "", nil
		}
		return "", p.wrong(in, "yes, no")
	case NumberPart:
		n, err := strconv.ParseInt(strings.Map(digits, typed), 10, 64)
		if err != nil || n < 0 {
			return "", p.wrong(in, "0, 1, 2 …")
		}
		return strconv.FormatInt(n, 10), nil
	}
	return p.readChoices(typed, in)
}

// digits drops the blanks by which people set thousands apart.
func digits(r rune) rune {
	if r == ' ' || r == '\u00a0' || r == '\u202f' {
		return -1
	}
	return r
}

func (p Part) readText(typed string, in Typed) (string, error) {
	most := mostLong
	if p.Type == TextPart {
		most, typed = mostText, strings.Join(strings.Fields(typed), " ")
	}
	if utf8.RuneCountInString(typed) > most {
		return "", &breach.Refusal{Key: "refusal.fact-long", Args: map[string]any{"Part": p.Title(in.Say), "Most": most}}
	}
	return typed, nil
}

func (p Part) readChoices(typed string, in Typed) (string, error) {
	var allowed []string
	for _, c := range p.Choices(in.Say) {
		allowed = append(allowed, c.Value)
	}
	var chosen []string
	for value := range strings.SplitSeq(typed, ",") {
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if !slices.Contains(allowed, value) || p.Type == ChoicePart && len(chosen) > 0 {
			return "", p.wrong(in, strings.Join(allowed, ", "))
		}
		chosen = append(chosen, value)
	}
	return strings.Join(chosen, ","), nil
}

// wrong names the part and what can be entered; never what was.
func (p Part) wrong(in Typed, allowed string) error {
	return &breach.Refusal{Key: "refusal.fact-value", Args: map[string]any{"Part": p.Title(in.Say), "Allowed": allowed}}
}

func zoneOr(z *time.Location) *time.Location {
	if z == nil {
		return time.UTC
	}
	return z
}

// coherent refuses parts that contradict each other.
func (s Sort) coherent(said map[string]string, in Typed) error {
	_, timed := s.Part("unknown")
	switch {
	case timed && said["at"] == "" && said["unknown"] == "":
		return &breach.Refusal{Key: "refusal.fact-needed", Args: map[string]any{"Part": in.Say.T("part.at")}}
	case timed && said["at"] != "" && said["unknown"] != "":
		return &breach.Refusal{Key: "refusal.moment-unknown"}
	}
	if s.Name == "clock-mail" {
		if _, err := ParseSender(said["mail"]); err != nil {
			return err
		}
	}
	for _, factor := range []string{"context", "identification", "spread", "change", "loss", "malicious"} {
		if s.Name == "cohort" && said[factor] != "" && said["why"] == "" {
			return &breach.Refusal{Key: "refusal.factor-why"}
		}
	}
	lower, _ := strconv.ParseInt(said["lower"], 10, 64) // empty is 0
	upper, _ := strconv.ParseInt(said["upper"], 10, 64)
	if said["upper"] != "" && upper < lower {
		return &breach.Refusal{Key: "refusal.bounds", Args: map[string]any{"Lower": lower, "Upper": upper}}
	}
	return nil
}

// readAnswer holds an answer against the field of the template that it is for.
func readAnswer(item string, parts breach.Parts) error {
	field, ok := draft.FieldOf(draft.ID(item))
	if !ok {
		return &breach.Refusal{Key: "refusal.fact-answer", Args: map[string]any{"Field": item}}
	}
	for _, id := range list(parts.Says("options")) {
		if _, ok := field.Option(id); !ok {
			var allowed []string
			for _, o := range field.Options {
				allowed = append(allowed, o.ID)
			}
			return &breach.Refusal{Key: "refusal.fact-value", Args: map[string]any{"Part": item, "Allowed": strings.Join(allowed, ", ")}}
		}
	}
	return nil
}

// list takes apart what has several values.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
