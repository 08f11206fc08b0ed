package web

import (
	"regexp"
	"strings"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/draft"
	"github.com/klarlagt/klarlagt/locale"
)

// colleagues tell a colleague by name who did something.
type colleagues struct {
	names map[auth.UserID]breach.Personal
	text  *locale.Printer
}

// colleagues are those of the visitor.
func (v *visit) colleagues() (colleagues, error) {
	names, err := v.Control.Shown(v.Context(), v.grant)
	return colleagues{names, v.text}, err
}

// of names a user; whoever used the command, of whom only the account's number
// is known, by that; anybody else by id.
func (c colleagues) of(id string) string {
	if name, ok := c.names[auth.UserID(id)]; ok {
		return name.Reveal()
	}
	return consoles.ReplaceAllStringFunc(id, c.console)
}

// consoles are ids of whoever used the command: "console:1000".
var consoles = regexp.MustCompile(`\bconsole:[0-9A-Za-z-]+`)

func (c colleagues) console(id string) string {
	return c.text.T("web.by.console", "Account", strings.TrimPrefix(id, "console:"))
}

// in names the users in the origins of a form.
func (c colleagues) in(f draft.Form) draft.Form {
	for i := range f.Sections {
		for j := range f.Sections[i].Rows {
			origin := &f.Sections[i].Rows[j].Origin
			for id, name := range c.names {
				*origin = strings.ReplaceAll(*origin, string(id), name.Reveal())
			}
			*origin = consoles.ReplaceAllStringFunc(*origin, c.console)
		}
	}
	return f
}
