package resolve

import (
	_ "embed" // for the list of function mailboxes
	"strings"
	"sync"
)

//go:embed functionboxes.txt
var functionBoxes string

// boxes is the list, read once.
var boxes = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(functionBoxes) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words[line] = true
		}
	}
	return words
})

// functionBox reports whether an address is a function's or a machine's, and so
// nobody's own.
func functionBox(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	parts := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	if len(parts) == 0 {
		return true
	}
	words := boxes()
	last := parts[len(parts)-1]
	return words[parts[0]] || words[strings.Join(parts, "")] || generated(local) ||
		words[last] && len(last) >= 4 && last != "post" // Anna Post is somebody
}

// generated reports whether a machine made the local part up: mostly digits, or
// longer than people can stand.
func generated(local string) bool {
	digits := 0
	for i := range len(local) {
		if '0' <= local[i] && local[i] <= '9' {
			digits++
		}
	}
	return len(local) > 40 || digits > 8 && 2*digits > len(local)
}
