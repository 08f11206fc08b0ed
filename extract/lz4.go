package extract

import (
	"bufio"
	"context"

	"github.com/pierrec/lz4/v4"

	"github.com/klarlagt/klarlagt/breach"
)

var lz4Format = Format{
	Name:       "lz4",
	Extensions: []string{"lz4"},
	Sniff: func(in *Input) bool {
		h := in.Head()
		return hasAnyPrefix(h, "\x04\x22\x4D\x18", "\x02\x21\x4C\x18") ||
			len(h) > 4 && h[0]&0xF0 == 0x50 && at(h, 1, "\x2A\x4D\x18") // something to skip comes first
	},
	Read: func(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
		return single(in, out, innerName(in.Name, ".lz4"), lz4.NewReader(bufio.NewReaderSize(in.Stream(), 32<<10)))
	},
}
