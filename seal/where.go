package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ErrForged means that what was to be opened is not what was sealed there: it
// was moved, altered, put back from an earlier time, or sealed under another
// key. Which of these, nobody can tell.
var ErrForged = errors.New("moved, forged, or sealed with another key")

// Where says what is sealed and where it is kept. It is bound into what is
// sealed, which opens nowhere else. It is printed in errors: its texts are ids,
// never values of somebody's.
type Where struct {
	Tenant  string
	Case    string // "" for what belongs to the tenant
	Table   string // or the kind of a file or key
	Column  string // "" for a row as a whole
	Row     string // or the name of a file, or whose a key is
	Version uint64 // counted up by the caller, if an earlier state put back is to be told
}

// String names the place: `tenant "t1" case "c7" people.name row "12" version 3`.
func (w Where) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tenant %q", w.Tenant)
	if w.Case != "" {
		fmt.Fprintf(&b, " case %q", w.Case)
	}
	b.WriteString(" " + w.Table)
	if w.Column != "" {
		b.WriteString("." + w.Column)
	}
	if w.Row != "" {
		fmt.Fprintf(&b, " row %q", w.Row)
	}
	if w.Version != 0 {
		fmt.Fprintf(&b, " version %d", w.Version)
	}
	return b.String()
}

// bound appends the place as what is sealed is bound to it.
func (w Where) bound(b []byte) []byte {
	b = field(b, w.Tenant)
	b = field(b, w.Case)
	b = field(b, w.Table)
	b = field(b, w.Column)
	b = field(b, w.Row)
	return binary.BigEndian.AppendUint64(b, w.Version)
}
