package extract

import (
	"strconv"
	"strings"
)

// ranges are numbers added in order, kept short: "3, 7-9".
type ranges struct {
	n      int64 // how many numbers
	text   strings.Builder
	from   int64 // of the run that is open
	to     int64
	parted bool
}

// maxRanges bounds the text of ranges; more end in "...".
const maxRanges = 400

// add appends a number larger than those before.
func (r *ranges) add(n int64) {
	if r.n > 0 && n == r.to+1 {
		r.to = n
	} else {
		r.flush()
		r.from, r.to = n, n
	}
	r.n++
}

func (r *ranges) flush() {
	if r.n == 0 || r.text.Len() > maxRanges {
		return
	}
	if r.parted {
		r.text.WriteString(", ")
	}
	r.parted = true
	r.text.WriteString(span(r.from, r.to))
	if r.text.Len() > maxRanges {
		r.text.WriteString(" ...")
	}
}

// String is the numbers; more may be added after.
func (r *ranges) String() string {
	if r.n == 0 || r.text.Len() > maxRanges {
		return r.text.String()
	}
	s := r.text.String()
	if r.parted {
		s += ", "
	}
	return s + span(r.from, r.to)
}

func span(from, to int64) string {
	if from == to {
		return strconv.FormatInt(from, 10)
	}
	return strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to, 10)
}
