package extract

import (
	"context"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// thumbsFormat is the small pictures that Windows keeps of the pictures in a
// folder. They show nothing that these do not: they are left out by their name.
var thumbsFormat = Format{
	Name: "thumbs",
	Sniff: func(in *Input) bool {
		name := in.Name[strings.LastIndexAny(in.Name, `/\`)+1:]
		return hasAnyPrefix(in.Head(), "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") &&
			(strings.EqualFold(name, "thumbs.db") || strings.EqualFold(name, "ehthumbs.db"))
	},
	Read: func(context.Context, *Input, Sink) (breach.Outcome, error) {
		return breach.Outcome{State: breach.LeftOut}, nil
	},
}
