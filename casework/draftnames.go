package casework

import (
	"context"
	"errors"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/detect"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/register"
)

// flags says what of a draft somebody should look at. The names of the registers
// are known from their index, which lies sealed under the case's key; without
// one, no name is.
func (d *Desk) flags(ctx context.Context, g auth.Grant, of draft.Draft) (flags []draft.Flag, err error) {
	if !d.Store.HasIndex(g.Case()) {
		return draft.Check(of, nil), nil
	}
	x, err := d.openIndex(ctx, g)
	if err != nil {
		return nil, err
	}
	defer closing(&err, x)
	return draft.Check(of, func(text string) bool { return namesSomebody(x.Index, text) }), nil
}

var errNamed = errors.New("a name was found")

// namesSomebody reports whether a text holds the name of somebody in the
// registers, as it is found in evidence: also inflected, and last name first.
func namesSomebody(x *register.Index, text string) bool {
	scanner := detect.New(x)
	look := func(m breach.Mention) error {
		for _, f := range m.Findings {
			if f.Kind == breach.Name {
				return errNamed
			}
		}
		return nil
	}
	err := scanner.Passage(breach.Passage{Place: breach.At(breach.Step{Unit: breach.Paragraph, N: 1}), Text: []byte(text)}, look)
	if err == nil {
		err = scanner.End(look)
	}
	return err != nil // look fails alone
}
