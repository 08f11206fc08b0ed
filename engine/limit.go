package engine

import (
	"errors"
	"strconv"
	"strings"

	"github.com/klarlagt/klarlagt/extract"
)

// Limit sets a limit of a worker from its command line: "text=1000000".
func (o *WorkerOptions) Limit(text string) error {
	name, value, _ := strings.Cut(text, "=")
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 || !SetLimit(&o.Limits, name, n) {
		return errors.New("no such limit")
	}
	return nil
}

// SetLimit sets a limit by its name on the command line; false where there is
// none of that name.
func SetLimit(l *extract.Limits, name string, n int64) bool {
	switch name {
	case "depth":
		l.Depth = int(n)
	case "entries":
		l.Entries = int(n)
	case "member":
		l.Member = n
	case "ratio":
		l.Ratio = n
	case "total":
		l.Total = n
	case "text":
		l.Text = n
	case "all-text":
		l.AllText = n
	default:
		return false
	}
	return true
}
