package extract

import (
	"bytes"
	"context"

	"github.com/klarlagt/klarlagt/breach"
)

var mboxFormat = Format{
	Name:       "mbox",
	Extensions: []string{"mbox", "mbx"},
	Sniff: func(in *Input) bool {
		head := in.Head()
		i := bytes.IndexByte(head, '\n')
		return i > 0 && isPostmark(head[:i]) && (in.HasExtension("mbox", "mbx") || countHeaders(head[i+1:]) >= 1)
	},
	Read: readMbox,
}

// readMbox hands over the messages of a mailbox, one after another.
func readMbox(_ context.Context, in *Input, out Sink) (breach.Outcome, error) {
	m := newMail(in.Stream(), out)
	m.mbox = true
	for n := int64(1); m.next(); n++ {
		m.pending = !isPostmark(m.line)
		if err := m.message(breach.At(breach.Step{Unit: breach.Message, N: n})); err != nil {
			return breach.Outcome{}, err
		}
	}
	return m.outcome(), m.err
}
