package extract

import (
	"context"

	"github.com/klarlagt/klarlagt/breach"
)

// volumeFormat is a later piece of an archive that was cut into pieces: it is
// told by its name alone, where its content is nothing else.
var volumeFormat = Format{
	Name: "volume",
	Sniff: func(in *Input) bool {
		ext := extension(in.Name)
		if len(ext) != 3 || !isDigit(ext[1]) || !isDigit(ext[2]) {
			return false
		}
		return ext[0] == 'z' || ext[0] == 'r' || isDigit(ext[0]) && ext != "000" && ext != "001"
	},
	Read: func(context.Context, *Input, Sink) (breach.Outcome, error) {
		return breach.Outcome{}, gap(breach.MissingVolume)
	},
	Strings: true,
}
