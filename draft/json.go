package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/klarlagt/klarlagt/breach"
)

// The shapes of docs/formats.md: fields may be added, none changes its meaning.
type (
	jsonDraft struct {
		Template   string       `json:"template"`
		Language   string       `json:"language"`
		Country    string       `json:"country"`
		Made       time.Time    `json:"made"`
		Due        *time.Time   `json:"due"`
		Type       string       `json:"type"`
		Incomplete bool         `json:"incomplete"`
		Withdrawn  bool         `json:"withdrawn"`
		Why        string       `json:"why,omitempty"`
		Answers    []jsonAnswer `json:"answers"`
		Changes    []jsonChange `json:"changes,omitempty"`
	}
	jsonAnswer struct {
		Field     ID          `json:"field"`
		Options   []string    `json:"options,omitempty"`
		Text      string      `json:"text,omitempty"`
		Contact   string      `json:"contact,omitempty"`
		Time      *time.Time  `json:"time,omitempty"`
		Estimated bool        `json:"estimated,omitempty"`
		Count     *Range      `json:"count,omitempty"`
		Open      Reason      `json:"open,omitempty"`
		Origin    *jsonOrigin `json:"origin,omitempty"`
	}
	jsonOrigin struct {
		From Source     `json:"from"`
		Rule Rule       `json:"rule,omitempty"`
		By   string     `json:"by,omitempty"`
		At   *time.Time `json:"at,omitempty"`
	}
	jsonChange struct {
		Field  ID          `json:"field"`
		Before *jsonAnswer `json:"before"`
		After  *jsonAnswer `json:"after"`
	}
)

// JSON writes a draft for the next program, and for [Parse]. It holds the
// contacts in the open, as the notification does.
func (d Draft) JSON() ([]byte, error) {
	out := jsonDraft{Template: d.Template, Language: d.Lang, Country: d.Country, Made: d.Made, Due: moment(d.Due), Type: "new",
		Incomplete: d.Incomplete, Withdrawn: d.Withdrawn, Why: d.Why, Answers: []jsonAnswer{}}
	if d.FollowUp {
		out.Type = "follow-up"
	}
	for _, a := range d.Answers {
		out.Answers = append(out.Answers, a.json())
	}
	for _, c := range d.Changes {
		change := jsonChange{Field: c.Field}
		if c.Before != nil {
			a := c.Before.json()
			change.Before = &a
		}
		if c.After != nil {
			a := c.After.json()
			change.After = &a
		}
		out.Changes = append(out.Changes, change)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetIndent("", "\t")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return nil, fmt.Errorf("draft: write JSON: %w", err)
	}
	return buf.Bytes(), nil
}

// moment leaves out what is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a Answer) json() jsonAnswer {
	out := jsonAnswer{Field: a.Field, Options: a.Options, Text: a.Text, Contact: a.Contact.Reveal(), Time: moment(a.Time),
		Estimated: a.Guessed, Count: a.Count, Open: a.Open}
	if a.Origin.From != "" {
		out.Origin = &jsonOrigin{a.Origin.From, a.Origin.Rule, a.Origin.By, moment(a.Origin.At)}
	}
	return out
}

// maxJSON is beyond what any notification comes to.
const maxJSON = 4 << 20

// Parse reads what JSON wrote: what was sent before. Answers to fields that this
// version does not know are an error, and so is another template.
func Parse(raw []byte) (Draft, error) {
	if len(raw) > maxJSON {
		return Draft{}, fmt.Errorf("draft: read JSON: %d bytes are no notification", len(raw))
	}
	var in jsonDraft
	if err := json.Unmarshal(raw, &in); err != nil {
		return Draft{}, fmt.Errorf("draft: read JSON: %w", err)
	}
	if in.Template != Template {
		return Draft{}, fmt.Errorf("draft: read JSON: template %q is not %q", in.Template, Template)
	}
	d := Draft{Template: in.Template, Lang: in.Language, Country: in.Country, Made: in.Made, FollowUp: in.Type == "follow-up",
		Incomplete: in.Incomplete, Withdrawn: in.Withdrawn, Why: in.Why}
	if in.Due != nil {
		d.Due = *in.Due
	}
	for _, a := range in.Answers {
		answer, err := a.answer()
		if err != nil {
			return Draft{}, err
		}
		if _, twice := d.Answer(a.Field); twice {
			return Draft{}, fmt.Errorf("draft: read JSON: field %s is answered twice", a.Field)
		}
		d.Answers = append(d.Answers, answer)
	}
	for _, c := range in.Changes {
		change := Change{Field: c.Field}
		var err error
		if change.Before, err = c.Before.side(); err != nil {
			return Draft{}, err
		}
		if change.After, err = c.After.side(); err != nil {
			return Draft{}, err
		}
		d.Changes = append(d.Changes, change)
	}
	return d, nil
}

// side reads one side of a change, which may be missing.
func (in *jsonAnswer) side() (*Answer, error) {
	if in == nil {
		return nil, nil
	}
	a, err := in.answer()
	return &a, err
}

func (in jsonAnswer) answer() (Answer, error) {
	field, ok := FieldOf(in.Field)
	if !ok {
		return Answer{}, fmt.Errorf("draft: read JSON: no field %q", in.Field)
	}
	for _, id := range in.Options {
		if _, ok := field.Option(id); !ok {
			return Answer{}, fmt.Errorf("draft: read JSON: field %s has no option %q", in.Field, id)
		}
	}
	a := Answer{Field: in.Field, Options: in.Options, Text: in.Text, Contact: breach.Hide(in.Contact), Guessed: in.Estimated,
		Count: in.Count, Open: in.Open}
	if in.Time != nil {
		a.Time = *in.Time
	}
	if o := in.Origin; o != nil {
		a.Origin = Origin{From: o.From, Rule: o.Rule, By: o.By}
		if o.At != nil {
			a.Origin.At = *o.At
		}
	}
	return a, nil
}
